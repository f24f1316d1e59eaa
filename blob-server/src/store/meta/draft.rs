//! What is not sent yet, read for the sender who goes on with it.

use blob_api::{BlobId, DeliveryId, UnixSeconds};

use super::{MetaStore, Origin, StoreError, fixed, number};

/// A draft that its sender's browser can go on with.
pub struct DraftRow {
    /// Its id.
    pub id: DeliveryId,
    /// When it was made.
    pub created: UnixSeconds,
    /// Seals what the sender's browser keeps of it.
    pub resume: [u8; 32],
}

/// One part that has arrived, or the news that its blob is complete.
pub struct Arrival {
    /// The file's ciphertext.
    pub blob: BlobId,
    /// Position and SHA-256 of a part; `None` for a blob that is complete, or of which no part is there.
    pub part: Option<(u32, [u8; 32])>,
    /// Was the blob declared complete?
    pub complete: bool,
}

#[derive(sqlx::FromRow)]
struct ArrivalColumns {
    id: Vec<u8>,
    complete: bool,
    number: Option<i64>,
    digest: Option<Vec<u8>>,
}

impl MetaStore {
    /// Drafts of an account or a ticket with progress at `since` or later, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn drafts(&self, origin: Origin, since: UnixSeconds) -> Result<Vec<DraftRow>, StoreError> {
        let rows: Vec<(Vec<u8>, i64, Vec<u8>)> = sqlx::query_as(
            "SELECT id, created, resume FROM delivery
             WHERE (sender = $1 OR ticket = $2) AND sent IS NULL AND touched >= $3 AND resume IS NOT NULL
             ORDER BY created DESC, id",
        )
        .bind(origin.account())
        .bind(origin.ticket())
        .bind(since)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|(id, created, resume)| {
                Ok(DraftRow { id: DeliveryId(fixed(&id)?), created, resume: fixed(&resume)? })
            })
            .collect()
    }

    /// What has arrived of a delivery's blobs, in one query: ordered by blob and number, without what was removed and
    /// without the parts of complete blobs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn arrivals(&self, delivery: &DeliveryId) -> Result<Vec<Arrival>, StoreError> {
        let rows: Vec<ArrivalColumns> = sqlx::query_as(
            "SELECT blob.id, blob.parts IS NOT NULL AS complete, part.number, part.digest FROM blob
             LEFT JOIN part ON part.delivery = blob.delivery AND part.blob = blob.id AND blob.parts IS NULL
             WHERE blob.delivery = $1 AND NOT blob.removed ORDER BY blob.id, part.number",
        )
        .bind(&delivery.0[..])
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let part = match row.number.zip(row.digest) {
                    Some((position, digest)) => Some((number(position)?, fixed(&digest)?)),
                    None => None,
                };
                Ok(Arrival { blob: BlobId(fixed(&row.id)?), part, complete: row.complete })
            })
            .collect()
    }
}
