//! Mails that wait, and what became of the others.

use blob_api::{DeliveryId, Language, MailState, RecipientId, TicketId, UnixSeconds};
use sqlx::{Executor, Sqlite};

use super::account::{language_text, read_language};
use super::{MetaStore, StoreError, fixed, number};

/// A mail for the queue.
#[derive(Clone)]
pub struct NewMail {
    /// Whom it goes to.
    pub address: String,
    /// The language it is written in.
    pub language: Language,
    /// What kind of mail it is, for logs and statistics.
    pub kind: &'static str,
    /// What it says, as JSON.
    pub payload: String,
    /// Its `Message-ID` without brackets, the same for every try.
    pub message_id: String,
    /// The delivery that it is about: mails about one are grouped, and its removal removes them.
    pub delivery: Option<DeliveryId>,
    /// The recipient of that delivery whose mail it is.
    pub recipient: Option<RecipientId>,
    /// The ticket that it brings or is about: its removal removes the mail.
    pub ticket: Option<TicketId>,
    /// When it was written.
    pub created: UnixSeconds,
}

/// A mail that is being tried. Nobody else tries it before the lease ends.
pub struct ClaimedMail {
    /// Its row.
    pub id: i64,
    /// Whom it goes to.
    pub address: String,
    /// The language it is written in.
    pub language: Language,
    /// What kind of mail it is.
    pub kind: String,
    /// What it says, as JSON.
    pub payload: String,
    /// Its `Message-ID` without brackets.
    pub message_id: String,
    /// The delivery that it is about.
    pub delivery: Option<DeliveryId>,
    /// When it was written.
    pub created: UnixSeconds,
    /// How often it was tried, this time included, without tries for which the mail server could not be used.
    pub tries: u32,
}

/// How a mail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailEnd {
    /// The mail server took it.
    Gone,
    /// It will not be tried again.
    Refused,
}

/// Puts a mail into the queue, within the transaction that makes it due: either both happen or neither.
///
/// # Errors
/// When the database fails.
pub(super) async fn enqueue<'a>(
    executor: impl Executor<'a, Database = Sqlite>,
    mail: &NewMail,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO mail (address, language, kind, payload, message_id, delivery, recipient, ticket, created, next_try)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
    )
    .bind(&mail.address)
    .bind(language_text(mail.language))
    .bind(mail.kind)
    .bind(&mail.payload)
    .bind(&mail.message_id)
    .bind(mail.delivery.as_ref().map(|id| &id.0[..]))
    .bind(mail.recipient.as_ref().map(|id| &id.0[..]))
    .bind(mail.ticket.as_ref().map(|id| &id.0[..]))
    .bind(mail.created)
    .execute(executor)
    .await?;
    Ok(())
}

/// Takes back the mails to a delivery's recipients that still wait, to one or to all: what they invite to is no more.
///
/// # Errors
/// When the database fails.
pub(super) async fn withdraw<'a>(
    executor: impl Executor<'a, Database = Sqlite>,
    delivery: &DeliveryId,
    recipient: Option<&RecipientId>,
) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM mail WHERE delivery = $1 AND state = 'waiting' AND recipient IS NOT NULL
             AND ($2 IS NULL OR recipient = $2)",
    )
    .bind(&delivery.0[..])
    .bind(recipient.map(|id| &id.0[..]))
    .execute(executor)
    .await?;
    Ok(())
}

impl MetaStore {
    /// Puts a mail into the queue.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enqueue_mail(&self, mail: &NewMail) -> Result<(), StoreError> {
        enqueue(&self.pool, mail).await
    }

    /// What became of the latest mail to each recipient of a delivery. Who is missing got none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mail_states(
        &self,
        delivery: &DeliveryId,
    ) -> Result<Vec<(RecipientId, MailState)>, StoreError> {
        let rows: Vec<(Vec<u8>, String, Option<i64>)> = sqlx::query_as(
            "SELECT recipient, state, ended FROM mail WHERE id IN
                 (SELECT MAX(id) FROM mail WHERE delivery = $1 AND recipient IS NOT NULL GROUP BY recipient)",
        )
        .bind(&delivery.0[..])
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|(recipient, state, ended)| {
                Ok((RecipientId(fixed(&recipient)?), mail_state(&state, ended)?))
            })
            .collect()
    }

    /// Takes the mail that is due longest. It is this caller's until `lease`; a server that dies during the try leaves it
    /// to be tried again then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_mail(
        &self,
        now: UnixSeconds,
        lease: UnixSeconds,
    ) -> Result<Option<ClaimedMail>, StoreError> {
        let row: Option<ClaimedColumns> = sqlx::query_as(
            "UPDATE mail SET next_try = $2, tries = tries + 1 WHERE id =
                 (SELECT id FROM mail WHERE state = 'waiting' AND next_try <= $1 ORDER BY next_try, id LIMIT 1)
             RETURNING id, address, language, kind, payload, message_id, delivery, created, tries",
        )
        .bind(now)
        .bind(lease)
        .fetch_optional(&self.pool)
        .await?;
        row.map(ClaimedMail::try_from).transpose()
    }

    /// Is the claim that ends at `lease` the last thing that happened to this mail?
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_claimed(&self, id: i64, lease: UnixSeconds) -> Result<bool, StoreError> {
        let row: Option<i64> =
            sqlx::query_scalar("SELECT 1 FROM mail WHERE id = $1 AND state = 'waiting' AND next_try = $2")
                .bind(id)
                .bind(lease)
                .fetch_optional(&self.pool)
                .await?;
        Ok(row.is_some())
    }

    /// When the next mail is due; `None` when none waits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_mail(&self) -> Result<Option<UnixSeconds>, StoreError> {
        Ok(sqlx::query_scalar("SELECT MIN(next_try) FROM mail WHERE state = 'waiting'")
            .fetch_one(&self.pool)
            .await?)
    }

    /// A try failed: the mail waits until `next_try`. Whether the try `counts` says if it was about this mail.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn postpone_mail(
        &self,
        id: i64,
        next_try: UnixSeconds,
        error: &str,
        counts: bool,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE mail SET next_try = $2, error = $3, tries = tries - $4 WHERE id = $1 AND state = 'waiting'",
        )
        .bind(id)
        .bind(next_try)
        .bind(error)
        .bind(i64::from(!counts))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The mail has left us, or never will. What it said is forgotten.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_mail(
        &self,
        id: i64,
        end: MailEnd,
        error: Option<&str>,
        now: UnixSeconds,
    ) -> Result<(), StoreError> {
        let state = match end {
            MailEnd::Gone => "gone",
            MailEnd::Refused => "refused",
        };
        sqlx::query("UPDATE mail SET state = $2, error = $3, ended = $4, payload = NULL WHERE id = $1")
            .bind(id)
            .bind(state)
            .bind(error)
            .bind(now)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Forgets mails that ended before `before` and are about no delivery or ticket; the others go with it. Returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_old_mails(&self, before: UnixSeconds) -> Result<u64, StoreError> {
        let done = sqlx::query("DELETE FROM mail WHERE ended < $1 AND delivery IS NULL AND ticket IS NULL")
            .bind(before)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }
}

#[derive(sqlx::FromRow)]
struct ClaimedColumns {
    id: i64,
    address: String,
    language: String,
    kind: String,
    payload: Option<String>,
    message_id: String,
    delivery: Option<Vec<u8>>,
    created: i64,
    tries: i64,
}

impl TryFrom<ClaimedColumns> for ClaimedMail {
    type Error = StoreError;
    fn try_from(row: ClaimedColumns) -> Result<Self, StoreError> {
        let delivery = row.delivery.map(|id| fixed(&id).map(DeliveryId)).transpose()?;
        Ok(Self {
            id: row.id,
            address: row.address,
            language: read_language(&row.language)?,
            kind: row.kind,
            payload: row.payload.ok_or(StoreError::Missing("mail"))?,
            message_id: row.message_id,
            delivery,
            created: row.created,
            tries: number(row.tries)?,
        })
    }
}

pub(super) fn mail_state(state: &str, ended: Option<i64>) -> Result<MailState, StoreError> {
    match (state, ended) {
        ("waiting", _) => Ok(MailState::Waiting),
        ("gone", Some(at)) => Ok(MailState::Gone(at)),
        ("refused", Some(at)) => Ok(MailState::Refused(at)),
        _ => Err(StoreError::Missing("state of a mail")),
    }
}
