//! What was begun and not sent, for a browser that goes on with it.

use blob_api::{DeliveryId, DraftInfo, Drafts, StoredBlob, StoredBlobs, StoredPart, Token, UnixSeconds};

use super::author::Maker;
use super::delivery::draft;
use super::{Author, Error, Service};
use crate::store::{Arrival, DraftRow};

impl Service {
    /// The author's drafts, newest first. One that is due to be removed is not offered any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn drafts(&self, author: &Author) -> Result<Drafts, Error> {
        let rows = self.meta.drafts(author.origin(), self.drafts_since()).await?;
        let told =
            |DraftRow { id, created, resume }| DraftInfo { delivery: id, created, resume: Token(resume) };
        Ok(Drafts { drafts: rows.into_iter().map(told).collect() })
    }

    /// What has arrived of a draft's files.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not the sender's, [`Error::Conflict`] once it is sent.
    pub async fn stored_blobs(&self, author: &Author, id: &DeliveryId) -> Result<StoredBlobs, Error> {
        draft(self.owned(author, id).await?)?;
        let mut blobs: Vec<StoredBlob> = Vec::new();
        for Arrival { blob, part, complete } in self.meta.arrivals(id).await? {
            let part = part.map(|(number, digest)| StoredPart { number, digest: Token(digest) });
            match blobs.last_mut().filter(|last| last.blob == blob) {
                Some(last) => last.parts.extend(part),
                None => blobs.push(StoredBlob { blob, complete, parts: part.into_iter().collect() }),
            }
        }
        Ok(StoredBlobs { blobs })
    }

    /// A draft without progress since this time is removed.
    pub(super) fn drafts_since(&self) -> UnixSeconds {
        self.clock.now().saturating_sub(i64::from(self.settings.draft_hours.get()) * 3600)
    }
}
