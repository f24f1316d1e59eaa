//! Upload requests: tickets that the owner of a box has made.

use blob_api::{MailState, TicketId, UnixSeconds};

use super::mail::{enqueue, mail_state};
use super::ticket::insert_ticket;
use super::{AccountId, MetaStore, NewMail, NewTicket, StoreError, fixed, number};

/// A request, as its owner sees it.
pub struct RequestRow {
    /// Names it.
    pub ticket: TicketId,
    /// Whom it asked.
    pub email: String,
    /// When.
    pub created: UnixSeconds,
    /// Until when something can be submitted.
    pub expires: UnixSeconds,
    /// When it is due.
    pub due: Option<UnixSeconds>,
    /// How often something may be submitted.
    pub uses: u16,
    /// How often something was.
    pub sent: u32,
    /// When something was submitted last.
    pub last: Option<UnixSeconds>,
    /// What became of the first mail.
    pub mail: MailState,
    /// Since when it is withdrawn.
    pub withdrawn: Option<UnixSeconds>,
    /// The secret of its link, sealed for the owner.
    pub kept: Option<Vec<u8>>,
}

#[derive(sqlx::FromRow)]
struct RequestColumns {
    id: Vec<u8>,
    email: String,
    created: i64,
    expires: i64,
    due: Option<i64>,
    uses: i64,
    sent: i64,
    last: Option<i64>,
    mail: Option<String>,
    mail_ended: Option<i64>,
    withdrawn: Option<i64>,
    kept: Option<Vec<u8>>,
}

impl TryFrom<RequestColumns> for RequestRow {
    type Error = StoreError;
    fn try_from(row: RequestColumns) -> Result<Self, StoreError> {
        let mail = row.mail.as_deref().map(|state| mail_state(state, row.mail_ended)).transpose()?;
        Ok(Self {
            ticket: TicketId(fixed(&row.id)?),
            email: row.email,
            created: row.created,
            expires: row.expires,
            due: row.due,
            uses: number(row.uses)?,
            sent: number(row.sent)?,
            last: row.last,
            mail: mail.unwrap_or(MailState::None),
            withdrawn: row.withdrawn,
            kept: row.kept,
        })
    }
}

/// A request of the account `$1`; what follows says which.
macro_rules! select_request {
    ($which:literal) => {
        concat!(
            "SELECT ticket.id, ticket.email, ticket.created, ticket.expires, due, uses,
                 (SELECT COUNT(*) FROM delivery WHERE delivery.ticket = ticket.id AND sent IS NOT NULL) AS sent,
                 (SELECT MAX(sent) FROM delivery WHERE delivery.ticket = ticket.id) AS last,
                 mail.state AS mail, mail.ended AS mail_ended, withdrawn, kept
             FROM ticket JOIN submit_box ON submit_box.id = box
                 LEFT JOIN mail ON mail.id = (SELECT MIN(id) FROM mail WHERE mail.ticket = ticket.id)
             WHERE account = $1 AND sealed IS NOT NULL ",
            $which
        )
    };
}

impl MetaStore {
    /// Makes a request, with its mail if there is one. False, and nothing happens, when its identifier or its token is taken,
    /// or the account has `most` requests that are open, or four times as many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_request(
        &self,
        account: AccountId,
        new: &NewTicket<'_>,
        mail: Option<&NewMail>,
        most: usize,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let (taken, open, all): (bool, i64, i64) = sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM ticket WHERE id = $1 OR token_hash = $2),
                    COUNT(*) FILTER (WHERE withdrawn IS NULL AND expires > $4), COUNT(*)
             FROM ticket JOIN submit_box ON submit_box.id = box WHERE account = $3 AND sealed IS NOT NULL",
        )
        .bind(&new.id.0[..])
        .bind(&new.token_hash[..])
        .bind(account.0)
        .bind(new.created)
        .fetch_one(&mut *tx)
        .await?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        if taken || open >= most || all >= most.saturating_mul(4) {
            return Ok(false);
        }
        insert_ticket(&mut *tx, new).await?;
        if let Some(mail) = mail {
            enqueue(&mut *tx, mail).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// An account's requests, the latest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn requests(&self, account: AccountId) -> Result<Vec<RequestRow>, StoreError> {
        let rows: Vec<RequestColumns> =
            sqlx::query_as(select_request!("ORDER BY ticket.created DESC, ticket.id"))
                .bind(account.0)
                .fetch_all(&self.pool)
                .await?;
        rows.into_iter().map(RequestRow::try_from).collect()
    }

    /// One of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn request(
        &self,
        account: AccountId,
        ticket: &TicketId,
    ) -> Result<Option<RequestRow>, StoreError> {
        let row: Option<RequestColumns> = sqlx::query_as(select_request!("AND ticket.id = $2"))
            .bind(account.0)
            .bind(&ticket.0[..])
            .fetch_optional(&self.pool)
            .await?;
        row.map(RequestRow::try_from).transpose()
    }

    /// Withdraws a request with the mails that still wait. False when it is no request of this account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn withdraw_request(
        &self,
        account: AccountId,
        ticket: &TicketId,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(
            "UPDATE ticket SET withdrawn = COALESCE(withdrawn, $1)
             WHERE id = $2 AND sealed IS NOT NULL AND box = (SELECT id FROM submit_box WHERE account = $3)",
        )
        .bind(now)
        .bind(&ticket.0[..])
        .bind(account.0)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("DELETE FROM mail WHERE ticket = $1 AND state = 'waiting'")
            .bind(&ticket.0[..])
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Requests that were due, to which nothing has come, and of which nobody was reminded.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn overdue_requests(&self, now: UnixSeconds) -> Result<Vec<TicketId>, StoreError> {
        let rows: Vec<Vec<u8>> = sqlx::query_scalar(
            "SELECT id FROM ticket WHERE due <= $1 AND reminded IS NULL AND withdrawn IS NULL AND expires > $1
                 AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.ticket = ticket.id AND sent IS NOT NULL)",
        )
        .bind(now)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|id| Ok(TicketId(fixed(id)?))).collect()
    }

    /// Notes that somebody is reminded of a request, with the mail, unless they were or it was withdrawn.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remind_of_request(
        &self,
        ticket: &TicketId,
        mail: &NewMail,
        now: UnixSeconds,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(
            "UPDATE ticket SET reminded = $1 WHERE id = $2 AND reminded IS NULL AND withdrawn IS NULL",
        )
        .bind(now)
        .bind(&ticket.0[..])
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 1 {
            enqueue(&mut *tx, mail).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
