//! Submissions: what came with tickets, and what their owners answered.

use blob_api::{BlobId, DeliveryId, TicketId, UnixSeconds};
use futures_util::TryStreamExt;

use super::boxes::{SentColumns, select_sent};
use super::{LockedDelivery, MetaStore, SentRow, Sheet, StoreError, fixed, stored};

/// What submitting fixes besides what sending does.
pub struct Submitting<'a> {
    /// SHA-256 of all that is stored of it.
    pub digest: [u8; 32],
    /// The submitter's card.
    pub submitter: Option<&'a [u8]>,
    /// Was something submitted with this ticket as often as it may be, so that this is beside it?
    pub is_addition: bool,
}

impl MetaStore {
    /// What was submitted with a ticket, the earliest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn submissions(&self, ticket: &TicketId) -> Result<Vec<SentRow>, StoreError> {
        let rows: Vec<SentColumns> =
            sqlx::query_as(select_sent!("delivery.ticket = $1 ORDER BY sent, delivery.id"))
                .bind(&ticket.0[..])
                .fetch_all(&self.pool)
                .await?;
        rows.into_iter().map(SentRow::try_from).collect()
    }

    /// What was answered to what was submitted with a ticket, the earliest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answers(&self, ticket: &TicketId) -> Result<Vec<SentRow>, StoreError> {
        let rows: Vec<SentColumns> = sqlx::query_as(select_sent!(
            "answer_to IN (SELECT asked.id FROM delivery AS asked WHERE asked.ticket = $1)
             ORDER BY sent, delivery.id LIMIT 1000"
        ))
        .bind(&ticket.0[..])
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(SentRow::try_from).collect()
    }

    /// What was begun with a ticket and not submitted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn drafts_of_ticket(&self, ticket: &TicketId) -> Result<Vec<DeliveryId>, StoreError> {
        let rows: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT id FROM delivery WHERE ticket = $1 AND sent IS NULL")
                .bind(&ticket.0[..])
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(|id| Ok(DeliveryId(fixed(id)?))).collect()
    }
}

impl LockedDelivery {
    /// Notes what a submission is besides a delivery.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn submit(&mut self, submitting: &Submitting<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE delivery SET receipt_digest = $1, sent_bytes = $2, submitter = $3, addition = $4 WHERE id = $5",
        )
        .bind(&submitting.digest[..])
        .bind(stored(self.row.bytes))
        .bind(submitting.submitter)
        .bind(submitting.is_addition)
        .bind(&self.row.id.0[..])
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// What the submitter was told that was stored of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn receipt_digest(&mut self) -> Result<Option<[u8; 32]>, StoreError> {
        let digest: Option<Vec<u8>> = sqlx::query_scalar("SELECT receipt_digest FROM delivery WHERE id = $1")
            .bind(&self.row.id.0[..])
            .fetch_one(&mut *self.tx)
            .await?;
        digest.as_deref().map(fixed).transpose()
    }

    /// SHA-256 of one of its sheets.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sheet_digest(&mut self, sheet: Sheet) -> Result<Option<[u8; 32]>, StoreError> {
        let query = match sheet {
            Sheet::Cover => "SELECT cover_digest FROM delivery WHERE id = $1",
            Sheet::Sealed => "SELECT sealed_digest FROM delivery WHERE id = $1",
        };
        let digest: Option<Vec<u8>> =
            sqlx::query_scalar(query).bind(&self.row.id.0[..]).fetch_one(&mut *self.tx).await?;
        digest.as_deref().map(fixed).transpose()
    }

    /// The digests of all parts, by blob and number, each given to `fold`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fold_parts<T>(
        &mut self,
        mut folded: T,
        fold: impl Fn(T, BlobId, [u8; 32]) -> T,
    ) -> Result<T, StoreError> {
        let mut rows = sqlx::query_as::<_, (Vec<u8>, Vec<u8>)>(
            "SELECT part.blob, part.digest FROM part
             JOIN blob ON blob.delivery = part.delivery AND blob.id = part.blob
             WHERE part.delivery = $1 AND NOT removed ORDER BY part.blob, part.number",
        )
        .bind(&self.row.id.0[..])
        .fetch(&mut *self.tx);
        while let Some((blob, digest)) = rows.try_next().await? {
            folded = fold(folded, BlobId(fixed(&blob)?), fixed(&digest)?);
        }
        Ok(folded)
    }

    /// Notes that the box's owner has deleted it; the first time counts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn deleted(&mut self, now: UnixSeconds) -> Result<(), StoreError> {
        sqlx::query("UPDATE recipient SET deleted = COALESCE(deleted, $1) WHERE delivery = $2")
            .bind(now)
            .bind(&self.row.id.0[..])
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Lets it end now at the latest.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expire(&mut self, now: UnixSeconds) -> Result<(), StoreError> {
        sqlx::query("UPDATE delivery SET expires = MIN(expires, $1) WHERE id = $2")
            .bind(now)
            .bind(&self.row.id.0[..])
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }
}
