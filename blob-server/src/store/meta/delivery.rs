//! Deliveries, their parts and their openings, read.

use blob_api::{BlobId, DeliveryId, Level, RecipientId, TicketId, UnixSeconds};
use sqlx::{Executor, Sqlite};

use super::{AccountId, MetaStore, Origin, StoreError, fixed, number};

/// A delivery's row.
#[derive(Clone)]
pub struct StoredDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// Who made it.
    pub origin: Origin,
    /// How well it is protected.
    pub level: Level,
    /// SHA-256 of the gate token of its own link.
    pub gate_hash: [u8; 32],
    /// May its own link be used?
    pub open_link: bool,
    /// Do recipients see each other?
    pub listed: bool,
    /// The delivery that it answers.
    pub answer_to: Option<DeliveryId>,
    /// SHA-256 of the auth token.
    pub auth_hash: [u8; 32],
    /// Must a password be typed?
    pub password: bool,
    /// Days it lives once sent.
    pub days: u16,
    /// Seals what the sender's browser keeps of a draft; `None` once sent.
    pub resume: Option<[u8; 32]>,
    /// The last progress of a draft.
    pub touched: UnixSeconds,
    /// When it was sent; `None` for a draft.
    pub sent: Option<UnixSeconds>,
    /// When it ends; `None` for a draft.
    pub expires: Option<UnixSeconds>,
    /// When its content was removed.
    pub ended: Option<UnixSeconds>,
    /// What links open.
    pub cover: Option<SheetObject>,
    /// What only keys open.
    pub sealed: Option<SheetObject>,
    /// Sum of the sizes of all parts.
    pub bytes: u64,
    /// Wrong passwords since the last right one.
    pub wrong_guesses: u32,
    /// No guess is looked at before this time.
    pub wait_until: UnixSeconds,
}

/// One of the two encrypted manifests that a delivery may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sheet {
    /// What links open: levels 1 to 3.
    Cover,
    /// What only keys open: levels 3 and 4.
    Sealed,
}

/// Where an encrypted manifest lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetObject {
    /// Object key.
    pub object: String,
    /// Bytes.
    pub size: u64,
}

impl StoredDelivery {
    /// The object of one of its sheets.
    pub fn sheet(&self, sheet: Sheet) -> Option<&SheetObject> {
        match sheet {
            Sheet::Cover => self.cover.as_ref(),
            Sheet::Sealed => self.sealed.as_ref(),
        }
    }
}

/// What a new delivery's row is made of.
pub struct NewDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// Who makes it.
    pub origin: Origin,
    /// How well it is protected.
    pub level: Level,
    /// SHA-256 of the gate token of its own link.
    pub gate_hash: [u8; 32],
    /// May its own link be used?
    pub open_link: bool,
    /// The delivery that it answers.
    pub answer_to: Option<DeliveryId>,
    /// SHA-256 of the auth token.
    pub auth_hash: [u8; 32],
    /// Must a password be typed?
    pub password: bool,
    /// Days it shall live once sent.
    pub days: u16,
    /// Seals what the sender's browser keeps of it.
    pub resume: [u8; 32],
}

/// A stored part of a file's ciphertext.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Bytes.
    pub size: u64,
    /// SHA-256.
    pub digest: [u8; 32],
    /// Object key.
    pub object: String,
}

/// What a new part's row is made of.
pub struct NewPart {
    /// The file's ciphertext.
    pub blob: BlobId,
    /// Position, from 0.
    pub number: u32,
    /// The object that is already stored.
    pub part: Part,
}

/// An opening, found by its token.
#[derive(Debug, Clone, Copy)]
pub struct OpeningRow {
    /// Row.
    pub(super) id: i64,
    /// When it was made.
    pub opened: UnixSeconds,
    /// It was made by the link of a recipient from whom the delivery was taken back since.
    pub revoked: bool,
}

/// What a new opening's row is made of.
pub struct NewOpening<'a> {
    /// SHA-256 of the opening token.
    pub token_hash: [u8; 32],
    /// Whose link it was; `None` for the delivery's own.
    pub recipient: Option<RecipientId>,
    /// The address: as typed, or the account's.
    pub email: &'a str,
    /// Now.
    pub opened: UnixSeconds,
}

#[derive(sqlx::FromRow)]
pub(super) struct DeliveryColumns {
    id: Vec<u8>,
    sender: Option<i64>,
    ticket: Option<Vec<u8>>,
    level: i64,
    gate_hash: Vec<u8>,
    open_link: bool,
    listed: bool,
    answer_to: Option<Vec<u8>>,
    auth_hash: Vec<u8>,
    password: bool,
    days: i64,
    resume: Option<Vec<u8>>,
    touched: i64,
    sent: Option<i64>,
    expires: Option<i64>,
    ended: Option<i64>,
    cover_object: Option<String>,
    cover_size: i64,
    sealed_object: Option<String>,
    sealed_size: i64,
    bytes: i64,
    wrong_guesses: i64,
    wait_until: i64,
}

#[derive(sqlx::FromRow)]
pub(super) struct PartColumns {
    size: i64,
    digest: Vec<u8>,
    object: String,
}

impl TryFrom<DeliveryColumns> for StoredDelivery {
    type Error = StoreError;
    fn try_from(row: DeliveryColumns) -> Result<Self, StoreError> {
        Ok(Self {
            id: DeliveryId(fixed(&row.id)?),
            origin: origin(row.sender, row.ticket.as_deref())?,
            level: Level::try_from(number::<u8>(row.level)?).map_err(StoreError::Missing)?,
            gate_hash: fixed(&row.gate_hash)?,
            open_link: row.open_link,
            listed: row.listed,
            answer_to: row.answer_to.as_deref().map(fixed).transpose()?.map(DeliveryId),
            auth_hash: fixed(&row.auth_hash)?,
            password: row.password,
            days: number(row.days)?,
            resume: row.resume.as_deref().map(fixed).transpose()?,
            touched: row.touched,
            sent: row.sent,
            expires: row.expires,
            ended: row.ended,
            cover: sheet(row.cover_object, row.cover_size)?,
            sealed: sheet(row.sealed_object, row.sealed_size)?,
            bytes: number(row.bytes)?,
            wrong_guesses: number(row.wrong_guesses)?,
            wait_until: row.wait_until,
        })
    }
}

/// Who made a delivery, from the two columns of which one is empty.
fn origin(sender: Option<i64>, ticket: Option<&[u8]>) -> Result<Origin, StoreError> {
    match (sender, ticket) {
        (Some(account), None) => Ok(Origin::Account(AccountId(account))),
        (None, Some(ticket)) => Ok(Origin::Ticket(TicketId(fixed(ticket)?))),
        _ => Err(StoreError::Missing("origin of a delivery")),
    }
}

impl Origin {
    /// For the column `sender`.
    pub(super) fn account(self) -> Option<i64> {
        match self {
            Self::Account(account) => Some(account.0),
            Self::Ticket(_) => None,
        }
    }

    /// For the column `ticket`.
    pub(super) fn ticket(self) -> Option<Vec<u8>> {
        match self {
            Self::Account(_) => None,
            Self::Ticket(ticket) => Some(ticket.0.to_vec()),
        }
    }
}

fn sheet(object: Option<String>, size: i64) -> Result<Option<SheetObject>, StoreError> {
    object.map(|object| Ok(SheetObject { object, size: number(size)? })).transpose()
}

impl TryFrom<PartColumns> for Part {
    type Error = StoreError;
    fn try_from(row: PartColumns) -> Result<Self, StoreError> {
        Ok(Self { size: number(row.size)?, digest: fixed(&row.digest)?, object: row.object })
    }
}

pub(super) const SELECT_DELIVERY: &str = "SELECT id, sender, ticket, level, gate_hash, open_link, listed, answer_to, auth_hash, password, days, resume, touched, \
     sent, expires, ended, cover_object, cover_size, sealed_object, sealed_size, bytes, wrong_guesses, wait_until FROM delivery WHERE id = $1";
pub(super) const SELECT_PART: &str =
    "SELECT size, digest, object FROM part WHERE delivery = $1 AND blob = $2 AND number = $3";

/// Makes a draft; false, and nothing happens, when the id is taken.
///
/// # Errors
/// When the database fails.
pub(super) async fn insert<'a>(
    executor: impl Executor<'a, Database = Sqlite>,
    new: &'a NewDelivery,
    now: UnixSeconds,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
            "INSERT INTO delivery
                 (id, sender, ticket, level, gate_hash, open_link, answer_to, auth_hash, password, days, resume, created,
                  touched)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) ON CONFLICT (id) DO NOTHING",
        )
        .bind(&new.id.0[..])
        .bind(new.origin.account())
        .bind(new.origin.ticket())
        .bind(i64::from(u8::from(new.level)))
        .bind(&new.gate_hash[..])
        .bind(new.open_link)
        .bind(new.answer_to.map(|id| id.0.to_vec()))
        .bind(&new.auth_hash[..])
        .bind(new.password)
        .bind(i64::from(new.days))
        .bind(&new.resume[..])
        .bind(now)
        .execute(executor)
        .await?;
    Ok(done.rows_affected() == 1)
}

impl MetaStore {
    /// Makes a draft; false, and nothing happens, when the id is taken.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_delivery(&self, new: &NewDelivery, now: UnixSeconds) -> Result<bool, StoreError> {
        insert(&self.pool, new, now).await
    }

    /// The delivery with this id, in whatever state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delivery(&self, id: &DeliveryId) -> Result<Option<StoredDelivery>, StoreError> {
        let row: Option<DeliveryColumns> =
            sqlx::query_as(SELECT_DELIVERY).bind(&id.0[..]).fetch_optional(&self.pool).await?;
        row.map(StoredDelivery::try_from).transpose()
    }

    /// A stored part.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn part(
        &self,
        delivery: &DeliveryId,
        blob: &BlobId,
        number: u32,
    ) -> Result<Option<Part>, StoreError> {
        let row: Option<PartColumns> = sqlx::query_as(SELECT_PART)
            .bind(&delivery.0[..])
            .bind(&blob.0[..])
            .bind(i64::from(number))
            .fetch_optional(&self.pool)
            .await?;
        row.map(Part::try_from).transpose()
    }

    /// The opening of this delivery with this token, however old it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn opening(
        &self,
        delivery: &DeliveryId,
        token_hash: &[u8; 32],
    ) -> Result<Option<OpeningRow>, StoreError> {
        let row: Option<(i64, i64, bool)> = sqlx::query_as(
            "SELECT opening.id, opening.opened, revoked IS NOT NULL FROM opening LEFT JOIN recipient
                 ON recipient.delivery = opening.delivery AND recipient.id = opening.recipient
             WHERE opening.delivery = $1 AND token_hash = $2",
        )
        .bind(&delivery.0[..])
        .bind(&token_hash[..])
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|(id, opened, revoked)| OpeningRow { id, opened, revoked }))
    }

    /// Bytes of all stored parts and covers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn used_bytes(&self) -> Result<u64, StoreError> {
        let used: i64 = sqlx::query_scalar(
            "SELECT CAST(COALESCE(SUM(bytes + cover_size + sealed_size), 0) AS BIGINT) FROM delivery WHERE ended IS NULL",
        )
        .fetch_one(&self.pool)
        .await?;
        number(used)
    }
}
