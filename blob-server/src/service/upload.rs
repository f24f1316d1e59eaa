//! Ciphertext on its way in: `Part → PUT → BlobStore`.

use blob_api::{BlobId, CompleteBlob, DeliveryId, MAX_PART_BYTES};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use super::delivery::draft;
use super::hashing::Hashing;
use super::quota::Reservation;
use super::{Author, Error, Service};
use crate::store::{BlobState, LockedDelivery, NewPart, ObjectKey, Part};

/// A blob may have so many parts of any size, and more of them only where parts are large on average: rows and files are
/// not bounded by a limit on bytes.
const FEW_PARTS: u32 = 64;
/// What its parts must have on average then.
const LEAST_AVERAGE: u64 = MAX_PART_BYTES / 2;

/// A request's body: pieces as they arrive, or [`Error::BodyBroken`].
pub trait BodyStream: Stream<Item = Result<Bytes, Error>> + Unpin + Send {}
impl<S: Stream<Item = Result<Bytes, Error>> + Unpin + Send> BodyStream for S {}

/// What a part's request says about it.
#[derive(Debug, Clone, Copy)]
pub struct PartUpload {
    /// The delivery.
    pub delivery: DeliveryId,
    /// The file's ciphertext.
    pub blob: BlobId,
    /// Position, from 0.
    pub number: u32,
    /// Bytes that will come.
    pub size: u64,
    /// Their SHA-256.
    pub digest: [u8; 32],
    /// Is this part, the first, all of the blob?
    pub whole: bool,
}

impl PartUpload {
    /// The blob that consists of this part alone.
    fn as_blob(&self) -> CompleteBlob {
        CompleteBlob { parts: 1, size: self.size }
    }
}

impl Service {
    /// Stores a part, and completes the blob when it is all of it. The same bytes again change nothing; other bytes are refused, since a file that changed gets a new
    /// salt and with it a new blob. What this acknowledges survives a power cut.
    ///
    /// # Errors
    /// [`Error::Conflict`], [`Error::TooLarge`], [`Error::DigestMismatch`], [`Error::BodyBroken`], no space.
    pub async fn put_part(
        &self,
        author: &Author,
        part: &PartUpload,
        body: &mut impl BodyStream,
    ) -> Result<(), Error> {
        let row = self.owned(author, &part.delivery).await?;
        if let Some(stored) = self.meta.part(&part.delivery, &part.blob, part.number).await? {
            check_same(&stored, part)?;
            check_digest(part, body).await?;
            return match part.whole {
                true => self.complete_blob(author, &part.delivery, &part.blob, &part.as_blob()).await,
                false => Ok(()),
            };
        }
        draft(row)?;
        if part.size == 0 || (part.whole && part.number > 0) {
            return Err(Error::Invalid);
        }
        if part.size > MAX_PART_BYTES || part.number >= self.quota.parts {
            return Err(Error::TooLarge);
        }
        let space = self.quota.reserve(&self.meta, part.size).await?;
        let key = ObjectKey::Part {
            delivery: part.delivery,
            blob: part.blob,
            number: part.number,
            attempt: self.attempt()?,
        };
        self.write_object(&key, &space, Some(&part.digest), body).await?;
        if self.or_delete(&key, self.name_part(author, part, &key)).await? == Named::Earlier {
            self.delete_objects([key.to_string()]).await;
        }
        Ok(())
    }

    /// Writes the row of a stored part, and checks again what may have changed while the bytes came.
    async fn name_part(&self, author: &Author, part: &PartUpload, key: &ObjectKey) -> Result<Named, Error> {
        let mut locked = self.lock_draft(author, &part.delivery).await?;
        let named = match locked.part(&part.blob, part.number).await? {
            // The same part came twice at the same time and the other was faster.
            Some(stored) => check_same(&stored, part).map(|()| Named::Earlier)?,
            None => self.add_part(&mut locked, part, key).await.map(|()| Named::Now)?,
        };
        if part.whole {
            self.complete(&mut locked, &part.blob, &part.as_blob()).await?;
        }
        locked.commit().await?;
        Ok(named)
    }

    async fn add_part(
        &self,
        locked: &mut LockedDelivery,
        part: &PartUpload,
        key: &ObjectKey,
    ) -> Result<(), Error> {
        let blob_bytes = match locked.blob(&part.blob).await? {
            Some((BlobState::Complete | BlobState::Removed, _)) => return Err(Error::Conflict),
            None if locked.blobs().await?.0 >= self.quota.blobs => return Err(Error::TooLarge),
            Some((BlobState::Incomplete, bytes)) => bytes,
            None => 0,
        };
        let most = match locked.ticket(self.clock.now()).await? {
            Some(ticket) => self.quota.of_ticket(&ticket),
            None => self.quota.delivery_bytes,
        };
        if locked.row.bytes + part.size > most
            || blob_bytes + part.size > self.quota.blob_bytes
            || part.number
                > FEW_PARTS + u32::try_from(blob_bytes / LEAST_AVERAGE).unwrap_or(u32::MAX - FEW_PARTS)
        {
            return Err(Error::TooLarge);
        }
        let stored = Part { size: part.size, digest: part.digest, object: key.to_string() };
        let new = NewPart { blob: part.blob, number: part.number, part: stored };
        Ok(locked.add_part(&new, self.clock.now()).await?)
    }

    /// Declares that all parts of a blob are there. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a blob without parts, [`Error::Conflict`] when the numbers are not those stored.
    pub async fn complete_blob(
        &self,
        author: &Author,
        delivery: &DeliveryId,
        blob: &BlobId,
        complete: &CompleteBlob,
    ) -> Result<(), Error> {
        let mut locked = self.lock_owned(author, delivery).await?;
        self.complete(&mut locked, blob, complete).await?;
        Ok(locked.commit().await?)
    }

    async fn complete(
        &self,
        locked: &mut LockedDelivery,
        blob: &BlobId,
        complete: &CompleteBlob,
    ) -> Result<(), Error> {
        let known = locked.blob(blob).await?.filter(|(state, _)| *state != BlobState::Removed);
        let (state, size) = known.ok_or(Error::NotFound)?;
        let (count, end) = locked.part_count(blob).await?;
        if (complete.parts, complete.parts, complete.size) != (count, end, size) {
            return Err(Error::Conflict);
        }
        if state == BlobState::Incomplete {
            locked.complete_blob(blob, count, self.clock.now()).await?;
        }
        Ok(())
    }

    /// Takes a file of a draft back: it will be sent anew under another id, or not at all. Its id is used up, so that a
    /// part which is still on its way cannot bring it back. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`Error::Conflict`] once the delivery is sent.
    pub async fn remove_blob(
        &self,
        author: &Author,
        delivery: &DeliveryId,
        blob: &BlobId,
    ) -> Result<(), Error> {
        let mut locked = self.lock_draft(author, delivery).await?;
        let objects = locked.remove_blob(blob, self.clock.now()).await?;
        locked.commit().await?;
        self.delete_objects(objects).await;
        Ok(())
    }

    /// Streams a body of exactly the promised size into an object, which appears only when all of it has come and has
    /// the right digest, which is returned.
    pub(super) async fn write_object(
        &self,
        key: &ObjectKey,
        space: &Reservation,
        digest: Option<&[u8; 32]>,
        body: &mut impl BodyStream,
    ) -> Result<[u8; 32], Error> {
        let mut writer = self.blobs.write(key, space.promised_to_all()).await?;
        let size = space.size;
        let mut measure = Measure::new(Hashing::new(writer.few_write()));
        let received = async {
            while let Some(bytes) = body.next().await {
                let bytes = bytes?;
                measure.add(bytes.clone(), size).await?;
                writer.append(bytes).await?;
            }
            measure.check(size, digest).await
        };
        match received.await {
            Ok(hash) => {
                writer.finish().await?;
                Ok(hash)
            }
            Err(error) => {
                writer.abort().await;
                Err(error)
            }
        }
    }
}

/// Whose object a part's row names.
#[derive(PartialEq, Eq)]
enum Named {
    /// The one just written.
    Now,
    /// One that was there before.
    Earlier,
}

/// Size and hash of what has come so far.
struct Measure {
    size: u64,
    hash: Hashing,
}

impl Measure {
    fn new(hash: Hashing) -> Self {
        Self { size: 0, hash }
    }

    async fn add(&mut self, bytes: Bytes, announced: u64) -> Result<(), Error> {
        self.size = self.size.saturating_add(bytes.len() as u64);
        if self.size > announced {
            return Err(Error::Invalid);
        }
        self.hash.add(bytes).await
    }

    /// The hash of all that has come, if that is as announced.
    async fn check(self, announced: u64, digest: Option<&[u8; 32]>) -> Result<[u8; 32], Error> {
        if self.size != announced {
            return Err(Error::BodyBroken);
        }
        let hash = self.hash.finish().await?;
        if digest.is_none_or(|digest| hash == *digest) { Ok(hash) } else { Err(Error::DigestMismatch) }
    }
}

fn check_same(stored: &Part, part: &PartUpload) -> Result<(), Error> {
    if (stored.size, stored.digest) == (part.size, part.digest) { Ok(()) } else { Err(Error::Conflict) }
}

/// Reads a body to its end without keeping it.
async fn check_digest(part: &PartUpload, body: &mut impl BodyStream) -> Result<(), Error> {
    let mut measure = Measure::new(Hashing::default());
    while let Some(bytes) = body.next().await {
        measure.add(bytes?, part.size).await?;
    }
    measure.check(part.size, Some(&part.digest)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use blob_api::DeliveryId;
    use bytes::Bytes;
    use futures_util::stream;

    use crate::clock::Clock;
    use crate::service::{Error, Service};
    use crate::store::{Attempt, ObjectKey, Sheet, StoreError};

    #[tokio::test]
    async fn the_reserve_holds_for_all_uploads_together() {
        let folder = tempfile::tempdir().unwrap();
        let flags = ["siegel", "--reserve-bytes", "0", "--data", folder.path().to_str().unwrap()];
        let settings = crate::config::load(flags.map(Into::into), []).ok().unwrap();
        let (service, _) = Service::start(settings, Clock::default(), "http://localhost").await.ok().unwrap();
        let key = ObjectKey::Sheet {
            sheet: Sheet::Cover,
            delivery: DeliveryId([1; 16]),
            attempt: Attempt([2; 16]),
        };
        let write = async || {
            let space = service.quota.reserve(&service.meta, 1).await?;
            let mut body = stream::iter([Ok(Bytes::from_static(b"x"))]);
            service.write_object(&key, &space, None, &mut body).await
        };
        let running = service.quota.reserve(&service.meta, 1 << 60).await.ok().unwrap();
        assert!(matches!(write().await, Err(Error::Store(StoreError::Full))));
        drop(running);
        assert!(write().await.is_ok());
    }
}
