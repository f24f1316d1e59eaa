//! Submit boxes.

use blob_api::{BoxId, BoxSettings, Opaque, UnixSeconds};

use super::{AccountId, MetaStore, StoreError, fixed, number, stored};

/// A box with its owner.
pub struct StoredBox {
    /// Counts the changes.
    pub revision: u32,
    /// What its owner set.
    pub settings: BoxSettings,
    /// The owner's display name.
    pub owner: String,
    /// Does it take submissions: is it on, and is its owner still of the staff?
    pub is_open: bool,
}

#[derive(sqlx::FromRow)]
struct BoxColumns {
    id: Vec<u8>,
    revision: i64,
    name: String,
    title: String,
    greeting_de: String,
    greeting_en: String,
    max_bytes: i64,
    types: String,
    is_on: bool,
    delete_after_download: bool,
    days: i64,
    card: Option<Vec<u8>>,
    owner: String,
    of_staff: bool,
}

impl TryFrom<BoxColumns> for StoredBox {
    type Error = StoreError;
    fn try_from(row: BoxColumns) -> Result<Self, StoreError> {
        let settings = BoxSettings {
            id: BoxId(fixed(&row.id)?),
            name: row.name,
            title: row.title,
            greeting_de: row.greeting_de,
            greeting_en: row.greeting_en,
            max_bytes: number(row.max_bytes)?,
            types: row.types.split_whitespace().map(str::to_owned).collect(),
            is_on: row.is_on,
            delete_after_download: row.delete_after_download,
            days: number(row.days)?,
            card: row.card.map(Opaque),
        };
        let is_open = settings.is_on && row.of_staff;
        Ok(Self { revision: number(row.revision)?, settings, owner: row.owner, is_open })
    }
}

/// A box with its owner; what follows says which.
macro_rules! select_box {
    ($which:literal) => {
        concat!(
            "SELECT submit_box.id, revision, submit_box.name, title, greeting_de, greeting_en, max_bytes, types, is_on,
                 delete_after_download, days, card, account.name AS owner, role IN ('staff', 'admin') AS of_staff
             FROM submit_box JOIN account ON account.id = submit_box.account WHERE ",
            $which
        )
    };
}

/// What became of a box that was to be deleted.
pub enum DeletedBox {
    /// It is gone; nothing names these objects any more.
    Gone(Vec<String>),
    /// Something that was submitted is still there.
    InUse,
}

impl MetaStore {
    /// The account's box.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn box_of(&self, account: AccountId) -> Result<Option<StoredBox>, StoreError> {
        let row: Option<BoxColumns> = sqlx::query_as(select_box!("submit_box.account = $1"))
            .bind(account.0)
            .fetch_optional(&self.pool)
            .await?;
        row.map(StoredBox::try_from).transpose()
    }

    /// The box with this name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn box_named(&self, name: &str) -> Result<Option<StoredBox>, StoreError> {
        let row: Option<BoxColumns> =
            sqlx::query_as(select_box!("submit_box.name = $1")).bind(name).fetch_optional(&self.pool).await?;
        row.map(StoredBox::try_from).transpose()
    }

    /// The box with this identifier.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn submit_box(&self, id: &BoxId) -> Result<Option<StoredBox>, StoreError> {
        let row: Option<BoxColumns> = sqlx::query_as(select_box!("submit_box.id = $1"))
            .bind(&id.0[..])
            .fetch_optional(&self.pool)
            .await?;
        row.map(StoredBox::try_from).transpose()
    }

    /// Makes the account's box, or changes it. False, and nothing happens, when another revision than `replaces` is there,
    /// when the name or the identifier is another box', and when it would get another identifier.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn store_box(
        &self,
        account: AccountId,
        replaces: u32,
        new: &BoxSettings,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let there: Option<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT revision, id FROM submit_box WHERE account = $1")
                .bind(account.0)
                .fetch_optional(&mut *tx)
                .await?;
        let (revision, id) = there.unwrap_or_else(|| (0, new.id.0.to_vec()));
        let taken: Option<i64> =
            sqlx::query_scalar("SELECT 1 FROM submit_box WHERE (name = $1 OR id = $2) AND account <> $3")
                .bind(&new.name)
                .bind(&new.id.0[..])
                .bind(account.0)
                .fetch_optional(&mut *tx)
                .await?;
        if revision != i64::from(replaces) || id != new.id.0 || taken.is_some() {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO submit_box (id, account, revision, name, title, greeting_de, greeting_en, max_bytes, types, is_on,
                 delete_after_download, days, card)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, name = excluded.name, title = excluded.title,
                 greeting_de = excluded.greeting_de, greeting_en = excluded.greeting_en,
                 max_bytes = excluded.max_bytes, types = excluded.types, is_on = excluded.is_on,
                 delete_after_download = excluded.delete_after_download, days = excluded.days, card = excluded.card",
        )
        .bind(&new.id.0[..])
        .bind(account.0)
        .bind(revision + 1)
        .bind(&new.name)
        .bind(&new.title)
        .bind(&new.greeting_de)
        .bind(&new.greeting_en)
        .bind(stored(new.max_bytes))
        .bind(new.types.join(" "))
        .bind(new.is_on)
        .bind(new.delete_after_download)
        .bind(i64::from(new.days))
        .bind(new.card.as_ref().map(|card| &card.0[..]))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Deletes the account's box with its tickets and what they have begun, unless something that was submitted or answered is there.
    /// `None` when there is no box.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_box(
        &self,
        account: AccountId,
        now: UnixSeconds,
    ) -> Result<Option<DeletedBox>, StoreError> {
        let mut tx = self.write().await?;
        let id: Option<Vec<u8>> = sqlx::query_scalar("SELECT id FROM submit_box WHERE account = $1")
            .bind(account.0)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(id) = id else { return Ok(None) };
        let in_use: Option<i64> = sqlx::query_scalar(
            "SELECT 1 FROM delivery JOIN ticket ON ticket.id = delivery.ticket
             WHERE box = $1 AND sent IS NOT NULL AND ended IS NULL AND delivery.expires > $2
             UNION ALL
             SELECT 1 FROM delivery AS answer JOIN delivery AS asked ON asked.id = answer.answer_to
             JOIN ticket ON ticket.id = asked.ticket
             WHERE box = $1 AND answer.sent IS NOT NULL AND answer.ended IS NULL AND answer.expires > $2 LIMIT 1",
        )
        .bind(&id)
        .bind(now)
        .fetch_optional(&mut *tx)
        .await?;
        if in_use.is_some() {
            return Ok(Some(DeletedBox::InUse));
        }
        let objects = sqlx::query_scalar(
            "WITH gone AS (SELECT delivery.id, cover_object, sealed_object FROM delivery
                               JOIN ticket ON ticket.id = delivery.ticket WHERE box = $1)
             SELECT object FROM part WHERE delivery IN (SELECT id FROM gone)
             UNION ALL SELECT cover_object FROM gone WHERE cover_object IS NOT NULL
             UNION ALL SELECT sealed_object FROM gone WHERE sealed_object IS NOT NULL",
        )
        .bind(&id)
        .fetch_all(&mut *tx)
        .await?;
        sqlx::query("DELETE FROM submit_box WHERE id = $1").bind(&id).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(Some(DeletedBox::Gone(objects)))
    }
}
