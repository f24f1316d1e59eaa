//! Removing what has ended. The clock decides what has expired; the sweeper only makes the space free.

use std::time::{Duration, SystemTime};

use blob_api::DeliveryId;
use futures_util::StreamExt;

use super::{Error, Service};

/// Objects younger than this may belong to an upload whose row is not written yet. Measured by the machine's clock, as the
/// objects' times are.
const GRACE: Duration = Duration::from_secs(3600);

/// What a sweep removed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Deliveries that expired.
    pub expired: u64,
    /// Drafts that nobody went on with.
    pub drafts: u64,
    /// Tombstones that nobody needs any more.
    pub tombstones: u64,
    /// Tickets that ended and brought nothing that is still there.
    pub tickets: u64,
    /// Sessions that ended.
    pub sessions: u64,
    /// Mails that ended a while ago.
    pub mails: u64,
    /// Objects that no row names, and unfinished ones.
    pub orphans: u64,
}

impl Service {
    /// Removes everything that has ended. What fails is tried again by the next sweep.
    ///
    /// # Errors
    /// The first failure; what came before it is done.
    pub async fn sweep(&self) -> Result<Swept, Error> {
        let now = self.clock.now();
        self.logins.sweep(now);
        self.second_steps.sweep(now);
        self.offers.sweep(now);
        self.rates.sweep(now);
        let ago = |seconds: i64| now.saturating_sub(seconds);
        let tombstones_before = ago(i64::from(self.settings.tombstone_days.get()) * 86_400);
        let (created, used) = self.session_bounds();
        self.remind_of_requests().await?;
        self.remind_of_releases().await?;
        self.meta.delete_old_proofs(self.proofs_since()).await?;
        self.meta.delete_old_places(self.places_since()).await?;
        let swept = Swept {
            expired: self.end_all(self.meta.expired(now).await?).await?,
            drafts: self.end_all(self.meta.stale_drafts(self.drafts_since()).await?).await?,
            tombstones: self.meta.delete_tombstones(tombstones_before).await?,
            // A day longer, so that their bearers are told.
            tickets: self.meta.delete_old_tickets(ago(86_400), tombstones_before).await?,
            sessions: self.meta.delete_old_sessions(created, used).await?,
            mails: self.sweep_mails(now).await?,
            orphans: self.delete_orphans(SystemTime::now() - GRACE).await?,
        };
        self.meta.empty_log().await?;
        Ok(swept)
    }

    async fn end_all(&self, ids: Vec<DeliveryId>) -> Result<u64, Error> {
        let mut ended = 0;
        for id in ids {
            let Some(locked) = self.meta.lock(&id).await? else { continue };
            // Since the list was made a draft may have gone on or been sent; then it is not the sweeper's.
            let due = match locked.row.sent {
                None => locked.row.touched < self.drafts_since(),
                Some(_) => self.live(&locked.row).is_err(),
            };
            if due {
                self.end(locked).await?;
                ended += 1;
            }
        }
        Ok(ended)
    }

    async fn delete_orphans(&self, before: SystemTime) -> Result<u64, Error> {
        let mut deleted = self.blobs.delete_unfinished(before).await?;
        let mut objects = self.blobs.list();
        while let Some(object) = objects.next().await {
            let object = object?;
            if object.written < before && !self.meta.names_object(&object.name).await? {
                self.blobs.delete(&object.name).await?;
                deleted += 1;
            }
        }
        Ok(deleted)
    }
}
