//! What a blob consists of, read without holding all of it: a large file has thousands of parts.

use blob_api::{BlobId, DeliveryId};
use futures_util::TryStreamExt;

use super::delivery::PartColumns;
use super::{MetaStore, Part, StoreError, fixed, number};

/// A complete blob as a whole.
pub struct BlobContent<H> {
    /// Bytes of all parts.
    pub size: u64,
    /// What the digests of all parts were folded into.
    pub digests: H,
}

impl MetaStore {
    /// Size of a complete blob, and its parts' digests in order, folded into `digests`; `None` when there is no such
    /// blob or it is not complete.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn blob_content<H>(
        &self,
        delivery: &DeliveryId,
        blob: &BlobId,
        mut digests: H,
        fold: impl Fn(H, [u8; 32]) -> H,
    ) -> Result<Option<BlobContent<H>>, StoreError> {
        let mut rows = sqlx::query_as::<_, (i64, Vec<u8>)>(
            "SELECT part.size, part.digest FROM part
             JOIN blob ON blob.delivery = part.delivery AND blob.id = part.blob
             WHERE part.delivery = $1 AND part.blob = $2 AND blob.parts IS NOT NULL ORDER BY part.number",
        )
        .bind(&delivery.0[..])
        .bind(&blob.0[..])
        .fetch(&self.pool);
        let (mut size, mut found) = (0, false);
        while let Some((bytes, digest)) = rows.try_next().await? {
            found = true;
            size += number::<u64>(bytes)?;
            digests = fold(digests, fixed(&digest)?);
        }
        Ok(found.then_some(BlobContent { size, digests }))
    }

    /// At most `most` parts of a complete blob in order, from the one with the number `from` on; fewer only at its end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn complete_parts(
        &self,
        delivery: &DeliveryId,
        blob: &BlobId,
        from: u32,
        most: u32,
    ) -> Result<Vec<Part>, StoreError> {
        let rows: Vec<PartColumns> = sqlx::query_as(
            "SELECT part.size, part.digest, part.object FROM part
             JOIN blob ON blob.delivery = part.delivery AND blob.id = part.blob
             WHERE part.delivery = $1 AND part.blob = $2 AND part.number >= $3 AND blob.parts IS NOT NULL
             ORDER BY part.number LIMIT $4",
        )
        .bind(&delivery.0[..])
        .bind(&blob.0[..])
        .bind(i64::from(from))
        .bind(i64::from(most))
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Part::try_from).collect()
    }
}
