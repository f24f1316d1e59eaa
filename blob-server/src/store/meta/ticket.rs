//! Tickets: what lets somebody without an account submit.

use blob_api::{BoxId, Language, Level, TicketId, UnixSeconds};
use sqlx::{Executor, Sqlite};

use super::account::{language_text, read_language};
use super::delivery::insert;
use super::mail::enqueue;
use super::{AccountId, LockedDelivery, MetaStore, NewDelivery, NewMail, StoreError, fixed, number};

/// Who has made a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// An account.
    Account(AccountId),
    /// The bearer of a ticket.
    Ticket(TicketId),
}

/// A ticket with what its box says of it now, and with what it has brought.
#[derive(Clone)]
pub struct StoredTicket {
    /// Names it.
    pub id: TicketId,
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// The mailbox that it went to.
    pub email: String,
    /// The same as login name.
    pub login: String,
    /// Of mails to it.
    pub language: Language,
    /// When it was made.
    pub created: UnixSeconds,
    /// Until when a submission can be begun.
    pub expires: UnixSeconds,
    /// How often something may be submitted.
    pub uses: u16,
    /// What the box's owner asks for.
    pub sealed: Option<Vec<u8>>,
    /// When that is due.
    pub due: Option<UnixSeconds>,
    /// When it was withdrawn.
    pub withdrawn: Option<UnixSeconds>,
    /// The box.
    pub submit_box: BoxId,
    /// The box's title.
    pub title: String,
    /// Does the box take submissions: is it on, and its owner of the staff?
    pub is_open: bool,
    /// What submissions are sealed to.
    pub card: Option<Vec<u8>>,
    /// Most bytes of a submission.
    pub max_bytes: u64,
    /// Days that a submission lives.
    pub days: u16,
    /// Does a submission end once its files are with the owner?
    pub deletes: bool,
    /// Whose box it is.
    pub owner: AccountId,
    /// The owner's login name.
    pub owner_login: String,
    /// Deliveries that were begun with it and not submitted.
    pub drafts: u32,
    /// Deliveries that were submitted with it.
    pub sent: u32,
    /// Is one of them there that the owner has not collected?
    pub uncollected: bool,
}

impl StoredTicket {
    /// At which level its box takes submissions.
    pub fn level(&self) -> Level {
        if self.card.is_some() { Level::Four } else { Level::Two }
    }
}

/// What a new ticket's row is made of.
pub struct NewTicket<'a> {
    /// Names it.
    pub id: TicketId,
    /// The box that it is for.
    pub submit_box: BoxId,
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// The mailbox that it goes to.
    pub email: &'a str,
    /// The same as login name.
    pub login: &'a str,
    /// Of mails to it.
    pub language: Language,
    /// Now.
    pub created: UnixSeconds,
    /// Until when a submission can be begun.
    pub expires: UnixSeconds,
    /// How often something may be submitted.
    pub uses: u16,
    /// What the box's owner asks for.
    pub sealed: Option<&'a [u8]>,
    /// The secret of its link, sealed for the owner.
    pub kept: Option<&'a [u8]>,
    /// When it is due.
    pub due: Option<UnixSeconds>,
}

/// How many tickets there may be.
#[derive(Debug, Clone, Copy)]
pub struct MostTickets {
    /// Counted from then on.
    pub since: UnixSeconds,
    /// Of one address, over all boxes.
    pub of_login: u32,
    /// Of one box.
    pub of_box: u32,
}

#[derive(sqlx::FromRow)]
struct TicketColumns {
    id: Vec<u8>,
    token_hash: Vec<u8>,
    email: String,
    login: String,
    language: String,
    created: i64,
    expires: i64,
    uses: i64,
    sealed: Option<Vec<u8>>,
    due: Option<i64>,
    withdrawn: Option<i64>,
    #[sqlx(rename = "box")]
    submit_box: Vec<u8>,
    title: String,
    is_open: bool,
    card: Option<Vec<u8>>,
    max_bytes: i64,
    days: i64,
    deletes: bool,
    owner: i64,
    owner_login: String,
    drafts: i64,
    sent: i64,
    uncollected: bool,
}

impl TryFrom<TicketColumns> for StoredTicket {
    type Error = StoreError;
    fn try_from(row: TicketColumns) -> Result<Self, StoreError> {
        Ok(Self {
            id: TicketId(fixed(&row.id)?),
            token_hash: fixed(&row.token_hash)?,
            email: row.email,
            login: row.login,
            language: read_language(&row.language)?,
            created: row.created,
            expires: row.expires,
            uses: number(row.uses)?,
            sealed: row.sealed,
            due: row.due,
            withdrawn: row.withdrawn,
            submit_box: BoxId(fixed(&row.submit_box)?),
            title: row.title,
            is_open: row.is_open,
            card: row.card,
            max_bytes: number(row.max_bytes)?,
            days: number(row.days)?,
            deletes: row.deletes,
            owner: AccountId(row.owner),
            owner_login: row.owner_login,
            drafts: number(row.drafts)?,
            sent: number(row.sent)?,
            uncollected: row.uncollected,
        })
    }
}

/// A ticket with its box, its owner and what it has brought; what follows says which. `$2` is the time.
macro_rules! select_ticket {
    ($which:literal) => {
        concat!(
            "SELECT ticket.id, token_hash, ticket.email, login, ticket.language, ticket.created, ticket.expires, uses, sealed,
                 due, withdrawn, box, title, (is_on AND account.role IN ('staff', 'admin')) AS is_open, card, max_bytes,
                 days, delete_after_download AS deletes, account.id AS owner, account.email AS owner_login,
                 (SELECT COUNT(*) FROM delivery WHERE delivery.ticket = ticket.id AND sent IS NULL) AS drafts,
                 (SELECT COUNT(*) FROM delivery WHERE delivery.ticket = ticket.id AND sent IS NOT NULL) AS sent,
                 EXISTS (SELECT 1 FROM delivery JOIN recipient ON recipient.delivery = delivery.id
                         WHERE delivery.ticket = ticket.id AND sent IS NOT NULL AND ended IS NULL
                           AND delivery.expires > $2 AND collected IS NULL) AS uncollected
             FROM ticket JOIN submit_box ON submit_box.id = box JOIN account ON account.id = submit_box.account WHERE ",
            $which
        )
    };
}
const SELECT_BY_ID: &str = select_ticket!("ticket.id = $1");
const SELECT_BY_TOKEN: &str = select_ticket!("token_hash = $1");

impl MetaStore {
    /// The ticket with this token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ticket_with_token(
        &self,
        token_hash: &[u8; 32],
        now: UnixSeconds,
    ) -> Result<Option<StoredTicket>, StoreError> {
        let row: Option<TicketColumns> = sqlx::query_as(SELECT_BY_TOKEN)
            .bind(&token_hash[..])
            .bind(now)
            .fetch_optional(&self.pool)
            .await?;
        row.map(StoredTicket::try_from).transpose()
    }

    /// The ticket with this identifier.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ticket(&self, id: &TicketId, now: UnixSeconds) -> Result<Option<StoredTicket>, StoreError> {
        let row: Option<TicketColumns> =
            sqlx::query_as(SELECT_BY_ID).bind(&id.0[..]).bind(now).fetch_optional(&self.pool).await?;
        row.map(StoredTicket::try_from).transpose()
    }

    /// Makes a ticket for somebody who came by themselves, with the mail that brings it, unless address or box have had
    /// their share. Returns whether it was made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn issue_ticket(
        &self,
        new: &NewTicket<'_>,
        most: MostTickets,
        mail: &NewMail,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let (of_login, of_box): (i64, i64) = sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM ticket WHERE login = $1 AND created > $3 AND sealed IS NULL),
                    (SELECT COUNT(*) FROM ticket WHERE box = $2 AND created > $3 AND sealed IS NULL)",
        )
        .bind(new.login)
        .bind(&new.submit_box.0[..])
        .bind(most.since)
        .fetch_one(&mut *tx)
        .await?;
        if of_login >= i64::from(most.of_login) || of_box >= i64::from(most.of_box) {
            return Ok(false);
        }
        insert_ticket(&mut *tx, new).await?;
        enqueue(&mut *tx, mail).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Makes a draft with a ticket, if `check` allows it by what the ticket is and has brought so far; nobody makes another
    /// one in between. False, and nothing happens, when the id is taken.
    ///
    /// # Errors
    /// What `check` says; otherwise when the database fails.
    pub async fn create_with_ticket<E: From<StoreError>>(
        &self,
        ticket: &TicketId,
        new: &NewDelivery,
        now: UnixSeconds,
        check: impl FnOnce(&StoredTicket) -> Result<(), E> + Send,
    ) -> Result<bool, E> {
        let mut tx = self.write().await?;
        let row: Option<TicketColumns> = sqlx::query_as(SELECT_BY_ID)
            .bind(&ticket.0[..])
            .bind(now)
            .fetch_optional(&mut *tx)
            .await
            .map_err(StoreError::from)?;
        let Some(row) = row else { return Ok(false) };
        check(&row.try_into()?)?;
        let made = insert(&mut *tx, new, now).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(made)
    }

    /// Forgets tickets that ended before `before`, and requests that ended before `requests_before`, once nothing that came
    /// with them is there; returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_old_tickets(
        &self,
        before: UnixSeconds,
        requests_before: UnixSeconds,
    ) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "DELETE FROM ticket WHERE expires < CASE WHEN sealed IS NULL THEN $1 ELSE $2 END
                 AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.ticket = ticket.id)",
        )
        .bind(before)
        .bind(requests_before)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }
}

/// Makes a ticket.
///
/// # Errors
/// When there is one with its identifier or its token, or the database fails.
pub(super) async fn insert_ticket<'a>(
    executor: impl Executor<'a, Database = Sqlite>,
    new: &NewTicket<'_>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO ticket (id, box, token_hash, email, login, language, created, expires, uses, sealed, kept, due)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(new.id.0.to_vec())
    .bind(new.submit_box.0.to_vec())
    .bind(new.token_hash.to_vec())
    .bind(new.email.to_owned())
    .bind(new.login.to_owned())
    .bind(language_text(new.language))
    .bind(new.created)
    .bind(new.expires)
    .bind(i64::from(new.uses))
    .bind(new.sealed.map(<[u8]>::to_vec))
    .bind(new.kept.map(<[u8]>::to_vec))
    .bind(new.due)
    .execute(executor)
    .await?;
    Ok(())
}

impl LockedDelivery {
    /// The ticket that it came with.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ticket(&mut self, now: UnixSeconds) -> Result<Option<StoredTicket>, StoreError> {
        let Some(ticket) = self.row.origin.ticket() else { return Ok(None) };
        let row: Option<TicketColumns> =
            sqlx::query_as(SELECT_BY_ID).bind(ticket).bind(now).fetch_optional(&mut *self.tx).await?;
        row.map(StoredTicket::try_from).transpose()
    }
}
