//! One delivery held in a write transaction: between looking and changing, nobody else changes it.

use blob_api::{BlobId, DeliveryId, RecipientId, UnixSeconds};
use sqlx::{Sqlite, Transaction};

use super::account::{AccountColumns, SELECT_BY_ID};
use super::delivery::{DeliveryColumns, PartColumns, SELECT_DELIVERY, SELECT_PART};
use super::{
    Account, MetaStore, NewMail, NewOpening, NewPart, OpeningRow, Part, Sheet, StoreError, StoredDelivery,
    mail, number, stored,
};

/// A delivery and the right to change it. What is not committed with [`LockedDelivery::commit`] did not happen.
pub struct LockedDelivery {
    pub(super) tx: Transaction<'static, Sqlite>,
    /// As it was when the lock was taken.
    pub row: StoredDelivery,
}

/// What sending fixes.
pub struct Sending {
    /// Now.
    pub sent: UnixSeconds,
    /// When it ends.
    pub expires: UnixSeconds,
    /// Its files.
    pub files: u32,
    /// Do recipients see each other?
    pub listed: bool,
    /// From level 3 on: its keys, granted to its sender.
    pub own_grant: Option<Vec<u8>>,
}

/// How far a blob is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobState {
    /// Parts may still come.
    Incomplete,
    /// Its sender has declared that all parts are there.
    Complete,
    /// Its sender took it back. It never counts, and no part comes to it any more.
    Removed,
}

impl MetaStore {
    /// Locks the delivery with this id.
    ///
    /// # Errors
    /// When the database fails, or another writer holds the lock for ten seconds.
    pub async fn lock(&self, id: &DeliveryId) -> Result<Option<LockedDelivery>, StoreError> {
        let mut tx = self.write().await?;
        let row: Option<DeliveryColumns> =
            sqlx::query_as(SELECT_DELIVERY).bind(&id.0[..]).fetch_optional(&mut *tx).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(LockedDelivery { tx, row: row.try_into()? }))
    }
}

impl LockedDelivery {
    /// Makes the changes visible and durable.
    ///
    /// # Errors
    /// When the database fails; then nothing changed.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.tx.commit().await?)
    }

    /// The account that sends it; `None` when it comes with a ticket.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sender(&mut self) -> Result<Option<Account>, StoreError> {
        let Some(account) = self.row.origin.account() else { return Ok(None) };
        let row: AccountColumns = sqlx::query_as(SELECT_BY_ID).bind(account).fetch_one(&mut *self.tx).await?;
        row.try_into().map(Some)
    }

    /// Puts a mail into the queue with what else happens to the delivery.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enqueue_mail(&mut self, new: &NewMail) -> Result<(), StoreError> {
        mail::enqueue(&mut *self.tx, new).await
    }

    /// When the last mail about it to this recipient was written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_mail(&mut self, recipient: &RecipientId) -> Result<Option<UnixSeconds>, StoreError> {
        Ok(sqlx::query_scalar("SELECT MAX(created) FROM mail WHERE delivery = $1 AND recipient = $2")
            .bind(&self.row.id.0[..])
            .bind(&recipient.0[..])
            .fetch_one(&mut *self.tx)
            .await?)
    }

    /// Takes back the mails to its recipients that still wait: to one of them, or to all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn withdraw_mails(&mut self, recipient: Option<&RecipientId>) -> Result<(), StoreError> {
        mail::withdraw(&mut *self.tx, &self.row.id, recipient).await
    }

    /// A stored part.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn part(&mut self, blob: &BlobId, number: u32) -> Result<Option<Part>, StoreError> {
        let row: Option<PartColumns> = sqlx::query_as(SELECT_PART)
            .bind(&self.row.id.0[..])
            .bind(&blob.0[..])
            .bind(i64::from(number))
            .fetch_optional(&mut *self.tx)
            .await?;
        row.map(Part::try_from).transpose()
    }

    /// How far a blob is, and the sum of its parts' sizes: `None` when it was never heard of.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn blob(&mut self, blob: &BlobId) -> Result<Option<(BlobState, u64)>, StoreError> {
        let row: Option<(bool, bool, i64)> = sqlx::query_as(
            "SELECT removed, parts IS NOT NULL, bytes FROM blob WHERE delivery = $1 AND id = $2",
        )
        .bind(&self.row.id.0[..])
        .bind(&blob.0[..])
        .fetch_optional(&mut *self.tx)
        .await?;
        let state = |row| match row {
            (true, _) => BlobState::Removed,
            (false, true) => BlobState::Complete,
            (false, false) => BlobState::Incomplete,
        };
        row.map(|(removed, complete, bytes)| Ok((state((removed, complete)), number(bytes)?))).transpose()
    }

    /// Number of blobs that were not removed, and how many of them are complete.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn blobs(&mut self) -> Result<(u32, u32), StoreError> {
        let (all, complete): (i64, i64) =
            sqlx::query_as("SELECT COUNT(*), COUNT(parts) FROM blob WHERE delivery = $1 AND NOT removed")
                .bind(&self.row.id.0[..])
                .fetch_one(&mut *self.tx)
                .await?;
        Ok((number(all)?, number(complete)?))
    }

    /// Number of a blob's parts, and one more than the greatest of their positions.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn part_count(&mut self, blob: &BlobId) -> Result<(u32, u32), StoreError> {
        let (count, end): (i64, i64) = sqlx::query_as(
            "SELECT COUNT(*), CAST(COALESCE(MAX(number) + 1, 0) AS BIGINT) FROM part WHERE delivery = $1 AND blob = $2",
        )
        .bind(&self.row.id.0[..])
        .bind(&blob.0[..])
        .fetch_one(&mut *self.tx)
        .await?;
        Ok((number(count)?, number(end)?))
    }

    /// Adds a part, and its blob when it is the first one.
    ///
    /// # Errors
    /// When the part is already there, or the database fails.
    pub async fn add_part(&mut self, new: &NewPart, now: UnixSeconds) -> Result<(), StoreError> {
        let delivery = &self.row.id.0[..];
        sqlx::query(
            "INSERT INTO blob (delivery, id, bytes) VALUES ($1, $2, $3)
             ON CONFLICT (delivery, id) DO UPDATE SET bytes = blob.bytes + excluded.bytes",
        )
        .bind(delivery)
        .bind(&new.blob.0[..])
        .bind(stored(new.part.size))
        .execute(&mut *self.tx)
        .await?;
        sqlx::query(
            "INSERT INTO part (delivery, blob, number, size, digest, object) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(delivery)
        .bind(&new.blob.0[..])
        .bind(i64::from(new.number))
        .bind(stored(new.part.size))
        .bind(&new.part.digest[..])
        .bind(&new.part.object)
        .execute(&mut *self.tx)
        .await?;
        sqlx::query("UPDATE delivery SET bytes = bytes + $1, touched = $2 WHERE id = $3")
            .bind(stored(new.part.size))
            .bind(now)
            .bind(delivery)
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Declares a blob complete.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn complete_blob(
        &mut self,
        blob: &BlobId,
        parts: u32,
        now: UnixSeconds,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE blob SET parts = $1 WHERE delivery = $2 AND id = $3")
            .bind(i64::from(parts))
            .bind(&self.row.id.0[..])
            .bind(&blob.0[..])
            .execute(&mut *self.tx)
            .await?;
        self.touch(now).await
    }

    /// Names the object that is the cover, or the sealed part, now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_sheet(
        &mut self,
        sheet: Sheet,
        object: &str,
        size: u64,
        digest: &[u8; 32],
        now: UnixSeconds,
    ) -> Result<(), StoreError> {
        let query = match sheet {
            Sheet::Cover => {
                "UPDATE delivery SET cover_object = $1, cover_size = $2, cover_digest = $3, touched = $4 WHERE id = $5"
            }
            Sheet::Sealed => {
                "UPDATE delivery SET sealed_object = $1, sealed_size = $2, sealed_digest = $3, touched = $4 WHERE id = $5"
            }
        };
        sqlx::query(query)
            .bind(object)
            .bind(stored(size))
            .bind(&digest[..])
            .bind(now)
            .bind(&self.row.id.0[..])
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Makes the delivery visible, and forgets what only a draft needs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn send(&mut self, sending: &Sending) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE delivery SET sent = $1, expires = $2, files = $3, listed = $4, own_grant = $5, resume = NULL
             WHERE id = $6",
        )
            .bind(sending.sent)
            .bind(sending.expires)
            .bind(i64::from(sending.files))
            .bind(sending.listed)
            .bind(&sending.own_grant)
            .bind(&self.row.id.0[..])
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Sets when it ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn extend(&mut self, expires: UnixSeconds) -> Result<(), StoreError> {
        sqlx::query("UPDATE delivery SET expires = $1 WHERE id = $2")
            .bind(expires)
            .bind(&self.row.id.0[..])
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Sets the count of wrong passwords and the end of the wait that follows from it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_guesses(&mut self, wrong: u32, wait_until: UnixSeconds) -> Result<(), StoreError> {
        sqlx::query("UPDATE delivery SET wrong_guesses = $1, wait_until = $2 WHERE id = $3")
            .bind(i64::from(wrong))
            .bind(wait_until)
            .bind(&self.row.id.0[..])
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Number of openings after `since`, and the time of the first of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn openings(&mut self, since: UnixSeconds) -> Result<(u64, UnixSeconds), StoreError> {
        let (count, oldest): (i64, i64) = sqlx::query_as(
            "SELECT COUNT(*), CAST(COALESCE(MIN(opened), 0) AS BIGINT) FROM opening WHERE delivery = $1 AND opened > $2",
        )
        .bind(&self.row.id.0[..])
        .bind(since)
        .fetch_one(&mut *self.tx)
        .await?;
        Ok((number(count)?, oldest))
    }

    /// Records an opening, and returns it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_opening(&mut self, new: &NewOpening<'_>) -> Result<OpeningRow, StoreError> {
        let id = sqlx::query_scalar(
            "INSERT INTO opening (delivery, recipient, token_hash, email, opened) VALUES ($1, $2, $3, $4, $5)
             RETURNING id",
        )
        .bind(&self.row.id.0[..])
        .bind(new.recipient.map(|id| id.0.to_vec()))
        .bind(&new.token_hash[..])
        .bind(new.email)
        .bind(new.opened)
        .fetch_one(&mut *self.tx)
        .await?;
        Ok(OpeningRow { id, opened: new.opened, revoked: false })
    }

    /// Removes the content and the mails that still invite to it, and leaves a tombstone; returns the objects that nothing names any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end(&mut self, now: UnixSeconds) -> Result<Vec<String>, StoreError> {
        let objects = self.objects().await?;
        self.withdraw_mails(None).await?;
        // Parts go with their blobs.
        sqlx::query("DELETE FROM blob WHERE delivery = $1")
            .bind(&self.row.id.0[..])
            .execute(&mut *self.tx)
            .await?;
        sqlx::query(
            "UPDATE delivery SET ended = $1, cover_object = NULL, cover_size = 0, sealed_object = NULL, sealed_size = 0,
                 own_grant = NULL, bytes = 0 WHERE id = $2",
        )
        .bind(now)
        .bind(&self.row.id.0[..])
        .execute(&mut *self.tx)
        .await?;
        // What gives access goes with what it gives access to.
        sqlx::query("DELETE FROM deputy_grant WHERE delivery = $1")
            .bind(&self.row.id.0[..])
            .execute(&mut *self.tx)
            .await?;
        sqlx::query("UPDATE recipient SET sealed = $1, grant_bytes = NULL, offer = NULL, proof = NULL WHERE delivery = $2")
            .bind(&[][..])
            .bind(&self.row.id.0[..])
            .execute(&mut *self.tx)
            .await?;
        Ok(objects)
    }

    /// Removes everything, as if the delivery had never been; returns the objects that nothing names any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove(&mut self) -> Result<Vec<String>, StoreError> {
        let objects = self.objects().await?;
        sqlx::query("DELETE FROM delivery WHERE id = $1")
            .bind(&self.row.id.0[..])
            .execute(&mut *self.tx)
            .await?;
        Ok(objects)
    }

    /// Removes one file's ciphertext, and remembers the blob as removed, whether or not it was heard of before: a part
    /// of it may be on its way. Returns the objects that nothing names any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_blob(&mut self, blob: &BlobId, now: UnixSeconds) -> Result<Vec<String>, StoreError> {
        let objects = sqlx::query_scalar("SELECT object FROM part WHERE delivery = $1 AND blob = $2")
            .bind(&self.row.id.0[..])
            .bind(&blob.0[..])
            .fetch_all(&mut *self.tx)
            .await?;
        sqlx::query(
            "UPDATE delivery SET touched = $1, bytes = bytes
                 - COALESCE((SELECT blob.bytes FROM blob WHERE blob.delivery = $2 AND blob.id = $3), 0)
             WHERE id = $2",
        )
        .bind(now)
        .bind(&self.row.id.0[..])
        .bind(&blob.0[..])
        .execute(&mut *self.tx)
        .await?;
        sqlx::query("DELETE FROM part WHERE delivery = $1 AND blob = $2")
            .bind(&self.row.id.0[..])
            .bind(&blob.0[..])
            .execute(&mut *self.tx)
            .await?;
        sqlx::query(
            "INSERT INTO blob (delivery, id, removed) VALUES ($1, $2, TRUE)
             ON CONFLICT (delivery, id) DO UPDATE SET removed = TRUE, parts = NULL, bytes = 0",
        )
        .bind(&self.row.id.0[..])
        .bind(&blob.0[..])
        .execute(&mut *self.tx)
        .await?;
        Ok(objects)
    }

    async fn objects(&mut self) -> Result<Vec<String>, StoreError> {
        let mut objects: Vec<String> = sqlx::query_scalar("SELECT object FROM part WHERE delivery = $1")
            .bind(&self.row.id.0[..])
            .fetch_all(&mut *self.tx)
            .await?;
        let sheets = [Sheet::Cover, Sheet::Sealed].map(|sheet| self.row.sheet(sheet).cloned());
        objects.extend(sheets.into_iter().flatten().map(|sheet| sheet.object));
        Ok(objects)
    }

    async fn touch(&mut self, now: UnixSeconds) -> Result<(), StoreError> {
        sqlx::query("UPDATE delivery SET touched = $1 WHERE id = $2")
            .bind(now)
            .bind(&self.row.id.0[..])
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }
}
