//! Deliveries as their recipients and senders find them again.

use blob_api::{BlobId, BoxId, DeliveryId, Level, RecipientId, SubmissionInfo, TicketId, UnixSeconds};

use super::{AccountId, MetaStore, StoreError, fixed, number};

/// A sent delivery, without its recipients.
pub struct SentRow {
    /// Its id.
    pub id: DeliveryId,
    /// Who sent it: display name, or the address that a ticket went to.
    pub sender: String,
    /// Who sent it: address.
    pub sender_email: String,
    /// How well it is protected.
    pub level: Level,
    /// Must a password be typed?
    pub password: bool,
    /// When it was sent.
    pub sent: UnixSeconds,
    /// When it ends or ended.
    pub expires: UnixSeconds,
    /// When its content was removed.
    pub ended: Option<UnixSeconds>,
    /// Its files when it was sent.
    pub files: u32,
    /// May its own link be used?
    pub open_link: bool,
    /// The delivery that it answers.
    pub answer_to: Option<DeliveryId>,
    /// Present when it came with a ticket.
    pub submission: Option<SubmissionRow>,
}

/// What makes a delivery a submission.
pub struct SubmissionRow {
    /// The box.
    pub submit_box: BoxId,
    /// What the box's owner is told.
    pub info: SubmissionInfo,
    /// The submitter's card.
    pub submitter: Option<Vec<u8>>,
    /// SHA-256 of all that was stored of it.
    pub digest: [u8; 32],
    /// Bytes of its files' ciphertext.
    pub bytes: u64,
}

/// An opening, with the files that were collected by it.
pub struct OpeningWithFiles {
    /// Whose link it was; `None` for the delivery's own.
    pub recipient: Option<RecipientId>,
    /// The address.
    pub email: String,
    /// When.
    pub opened: UnixSeconds,
    /// The files, with the times.
    pub files: Vec<(BlobId, UnixSeconds)>,
}

#[derive(sqlx::FromRow)]
pub(super) struct SentColumns {
    id: Vec<u8>,
    sender: String,
    sender_email: String,
    level: i64,
    password: bool,
    sent: i64,
    expires: i64,
    ended: Option<i64>,
    files: i64,
    open_link: bool,
    answer_to: Option<Vec<u8>>,
    #[sqlx(flatten)]
    submission: SubmissionColumns,
}

/// All are empty where a delivery did not come with a ticket.
#[derive(sqlx::FromRow)]
struct SubmissionColumns {
    submit_box: Option<Vec<u8>>,
    ticket: Option<Vec<u8>>,
    name: Option<String>,
    title: Option<String>,
    deletes: Option<bool>,
    addition: bool,
    request: bool,
    submitter: Option<Vec<u8>>,
    receipt_digest: Option<Vec<u8>>,
    sent_bytes: i64,
}

impl SubmissionColumns {
    fn read(self) -> Result<Option<SubmissionRow>, StoreError> {
        let (Some(submit_box), Some(ticket), Some(box_name), Some(title)) =
            (self.submit_box, self.ticket, self.name, self.title)
        else {
            return Ok(None);
        };
        let info = SubmissionInfo {
            box_name,
            title,
            ticket: TicketId(fixed(&ticket)?),
            is_addition: self.addition,
            deletes: self.deletes.unwrap_or_default(),
            request: self.request,
            submitter: None,
        };
        let submit_box = BoxId(fixed(&submit_box)?);
        let digest = fixed(&self.receipt_digest.unwrap_or_default())?;
        let (submitter, bytes) = (self.submitter, number(self.sent_bytes)?);
        Ok(Some(SubmissionRow { submit_box, info, submitter, digest, bytes }))
    }
}

impl TryFrom<SentColumns> for SentRow {
    type Error = StoreError;
    fn try_from(row: SentColumns) -> Result<Self, StoreError> {
        Ok(Self {
            id: DeliveryId(fixed(&row.id)?),
            sender: row.sender,
            sender_email: row.sender_email,
            level: Level::try_from(number::<u8>(row.level)?).map_err(StoreError::Missing)?,
            password: row.password,
            sent: row.sent,
            expires: row.expires,
            ended: row.ended,
            files: number(row.files)?,
            open_link: row.open_link,
            answer_to: row.answer_to.as_deref().map(fixed).transpose()?.map(DeliveryId),
            submission: row.submission.read()?,
        })
    }
}

/// The columns of a sent delivery; what follows says which.
macro_rules! select_sent {
    ($($which:literal)*) => {
        concat!(
            "SELECT delivery.id, COALESCE(account.name, ticket.email) AS sender,
                    COALESCE(account.email, ticket.email) AS sender_email, level, password, sent,
                    COALESCE(delivery.expires, 0) AS expires, ended, files, open_link, answer_to,
                    submit_box.id AS submit_box, ticket.id AS ticket, submit_box.name, title,
                    delete_after_download AS deletes, addition, ticket.sealed IS NOT NULL AS request, submitter,
                    receipt_digest, sent_bytes
             FROM delivery LEFT JOIN account ON account.id = delivery.sender
                 LEFT JOIN ticket ON ticket.id = delivery.ticket LEFT JOIN submit_box ON submit_box.id = box
             WHERE sent IS NOT NULL AND ",
            $($which),*
        )
    };
}
pub(super) use select_sent;

/// The page of these deliveries that lies behind a given one, or the first, the latest delivery first.
macro_rules! select_page {
    ($which:literal) => {
        select_sent!(
            $which
            " AND ($2 IS NULL OR (sent, delivery.id) < (SELECT sent, id FROM delivery WHERE id = $2))
              ORDER BY sent DESC, delivery.id DESC LIMIT $3"
        )
    };
}
const SELECT_ONE: &str = select_sent!("delivery.id = $1");
const SELECT_SENT: &str = select_page!("delivery.sender = $1");
const SELECT_RECEIVED: &str = select_page!(
    "delivery.id IN (SELECT recipient.delivery FROM recipient WHERE login = $1 AND deleted IS NULL)"
);

impl MetaStore {
    /// A sent delivery.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sent_delivery(&self, id: &DeliveryId) -> Result<Option<SentRow>, StoreError> {
        let row: Option<SentColumns> =
            sqlx::query_as(SELECT_ONE).bind(&id.0[..]).fetch_optional(&self.pool).await?;
        row.map(SentRow::try_from).transpose()
    }

    /// What an account has sent, the latest first; with `before`, only what is older than that delivery.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sent_by(
        &self,
        sender: AccountId,
        before: Option<&DeliveryId>,
        most: u32,
    ) -> Result<Vec<SentRow>, StoreError> {
        let rows: Vec<SentColumns> = sqlx::query_as(SELECT_SENT)
            .bind(sender.0)
            .bind(before.map(|id| id.0.to_vec()))
            .bind(i64::from(most))
            .fetch_all(&self.pool)
            .await?;
        rows.into_iter().map(SentRow::try_from).collect()
    }

    /// What was sent to this login name and not deleted by it, likewise.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn received(
        &self,
        login: &str,
        before: Option<&DeliveryId>,
        most: u32,
    ) -> Result<Vec<SentRow>, StoreError> {
        let rows: Vec<SentColumns> = sqlx::query_as(SELECT_RECEIVED)
            .bind(login)
            .bind(before.map(|id| id.0.to_vec()))
            .bind(i64::from(most))
            .fetch_all(&self.pool)
            .await?;
        rows.into_iter().map(SentRow::try_from).collect()
    }

    /// The first openings of a delivery, with the files that were collected by each.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn openings(&self, id: &DeliveryId, most: u32) -> Result<Vec<OpeningWithFiles>, StoreError> {
        let rows: Vec<OpeningColumns> = sqlx::query_as(
            "SELECT opening.id, opening.recipient, email, opened, blob, collected
             FROM (SELECT * FROM opening WHERE delivery = $1 ORDER BY opened, id LIMIT $2) AS opening
             LEFT JOIN collection ON collection.opening = opening.id
             ORDER BY opened, opening.id, collected, blob",
        )
        .bind(&id.0[..])
        .bind(i64::from(most))
        .fetch_all(&self.pool)
        .await?;
        let mut openings: Vec<(i64, OpeningWithFiles)> = Vec::new();
        for row in rows {
            let file = match (row.blob, row.collected) {
                (Some(blob), Some(at)) => Some((BlobId(fixed(&blob)?), at)),
                _ => None,
            };
            match openings.last_mut() {
                Some((last, opening)) if *last == row.id => opening.files.extend(file),
                _ => {
                    let recipient = row.recipient.as_deref().map(fixed).transpose()?.map(RecipientId);
                    let (email, opened, files) = (row.email, row.opened, file.into_iter().collect());
                    openings.push((row.id, OpeningWithFiles { recipient, email, opened, files }));
                }
            }
        }
        Ok(openings.into_iter().map(|(_, opening)| opening).collect())
    }

    /// Addresses with the account's display name, where there is one: those that the account has sent to or received from,
    /// the latest first, and then, when asked for, the other staff.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn contacts(
        &self,
        account: AccountId,
        login: &str,
        with_staff: bool,
        most: u32,
    ) -> Result<Vec<(String, Option<String>)>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT MAX(known.email) AS email, MAX(account.name) AS name
             FROM (SELECT login, email, sent AS latest FROM recipient JOIN delivery ON delivery.id = delivery
                    WHERE sender = $1 AND sent IS NOT NULL
                   UNION ALL
                   SELECT account.email, account.email, sent FROM recipient JOIN delivery ON delivery.id = delivery
                     JOIN account ON account.id = sender WHERE login = $2 AND sent IS NOT NULL
                   UNION ALL
                   SELECT email, email, 0 FROM account WHERE $3 AND role IN ('staff', 'admin')) AS known
             LEFT JOIN account ON account.email = known.login
             WHERE known.login <> $2 GROUP BY known.login ORDER BY MAX(latest) DESC, known.login LIMIT $4",
        )
        .bind(account.0)
        .bind(login)
        .bind(with_staff)
        .bind(i64::from(most))
        .fetch_all(&self.pool)
        .await?)
    }
}

#[derive(sqlx::FromRow)]
struct OpeningColumns {
    id: i64,
    recipient: Option<Vec<u8>>,
    email: String,
    opened: i64,
    blob: Option<Vec<u8>>,
    collected: Option<i64>,
}
