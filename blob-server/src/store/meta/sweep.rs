//! What the sweeper asks.

use blob_api::{DeliveryId, UnixSeconds};

use super::{MetaStore, StoreError, fixed};

impl MetaStore {
    /// Sent deliveries that ended at `now` or before and still have their content.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expired(&self, now: UnixSeconds) -> Result<Vec<DeliveryId>, StoreError> {
        self.ids("SELECT id FROM delivery WHERE sent IS NOT NULL AND ended IS NULL AND expires <= $1", now)
            .await
    }

    /// Drafts without progress since `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stale_drafts(&self, before: UnixSeconds) -> Result<Vec<DeliveryId>, StoreError> {
        self.ids("SELECT id FROM delivery WHERE sent IS NULL AND touched < $1", before).await
    }

    /// Removes tombstones of deliveries that ended before `before`, with the records of their openings; returns how
    /// many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_tombstones(&self, before: UnixSeconds) -> Result<u64, StoreError> {
        let done =
            sqlx::query("DELETE FROM delivery WHERE ended < $1").bind(before).execute(&self.pool).await?;
        Ok(done.rows_affected())
    }

    /// Does a row name this object?
    ///
    /// # Errors
    /// When the database fails.
    pub async fn names_object(&self, object: &str) -> Result<bool, StoreError> {
        let named: i64 = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM part WHERE object = $1)
                 OR EXISTS (SELECT 1 FROM delivery WHERE cover_object = $1 OR sealed_object = $1)",
        )
        .bind(object)
        .fetch_one(&self.pool)
        .await?;
        Ok(named != 0)
    }

    async fn ids(&self, query: &'static str, time: UnixSeconds) -> Result<Vec<DeliveryId>, StoreError> {
        let rows: Vec<Vec<u8>> = sqlx::query_scalar(query).bind(time).fetch_all(&self.pool).await?;
        rows.iter().map(|id| Ok(DeliveryId(fixed(id)?))).collect()
    }
}
