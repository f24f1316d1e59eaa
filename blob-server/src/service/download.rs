//! Ciphertext on its way out: `BlobStore → GET`.

use std::ops::Range;

use blob_api::{BlobId, DeliveryId};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};

use super::{Error, Opened, Service};
use crate::store::{BlobStore, MetaStore, ObjectRange, Part, Sheet, SheetObject, StoreError};

/// Parts that are looked up at once: memory does not grow with the file.
const PAGE: u32 = 64;

/// Objects that joined are one body, of known size and with a name for this content.
pub struct BlobPlan {
    /// Bytes altogether.
    pub size: u64,
    /// Says which bytes these are, for `ETag`.
    pub tag: [u8; 16],
    objects: Objects,
    blobs: BlobStore,
}

/// Where the bytes lie.
enum Objects {
    /// In one object.
    One(String),
    /// In the parts of a blob, which are looked up as they are needed.
    Parts { delivery: DeliveryId, blob: BlobId, meta: MetaStore },
}

/// A body.
pub trait Content: Stream<Item = Result<Bytes, StoreError>> + Send + 'static {}
impl<S: Stream<Item = Result<Bytes, StoreError>> + Send + 'static> Content for S {}

impl Service {
    /// An encrypted manifest.
    ///
    /// # Errors
    /// [`Error::NotFound`] when a delivery of this level has no such sheet.
    pub fn sheet(&self, opened: &Opened, sheet: Sheet) -> Result<BlobPlan, Error> {
        let SheetObject { object, size } = opened.delivery.sheet(sheet).cloned().ok_or(Error::NotFound)?;
        // The object's name is unique, and so is its content.
        let tag = tag(Sha256::new().chain_update(&object));
        Ok(BlobPlan { size, tag, objects: Objects::One(object), blobs: self.blobs.clone() })
    }

    /// A file's whole ciphertext.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the delivery has no such file.
    pub async fn blob(&self, opened: &Opened, blob: &BlobId) -> Result<BlobPlan, Error> {
        let delivery = opened.delivery.id;
        let content = self.meta.blob_content(&delivery, blob, Sha256::new(), Sha256::chain_update).await?;
        let content = content.ok_or(Error::NotFound)?;
        let objects = Objects::Parts { delivery, blob: *blob, meta: self.meta.clone() };
        Ok(BlobPlan { size: content.size, tag: tag(content.digests), objects, blobs: self.blobs.clone() })
    }
}

impl BlobPlan {
    /// The bytes `range`, read as they are asked for.
    pub fn read(self, range: Range<u64>) -> impl Content {
        let Self { size, objects, blobs, .. } = self;
        let objects = match objects {
            Objects::One(object) => stream::iter([Ok((object, size))]).boxed(),
            Objects::Parts { delivery, blob, meta } => parts(delivery, blob, meta).boxed(),
        };
        blobs.read(ranges(objects, range))
    }
}

/// Names and sizes of a blob's parts, a page at a time.
fn parts(
    delivery: DeliveryId,
    blob: BlobId,
    meta: MetaStore,
) -> impl Stream<Item = Result<(String, u64), StoreError>> + Send {
    stream::try_unfold(0, move |from| {
        let meta = meta.clone();
        async move {
            let page = meta.complete_parts(&delivery, &blob, from, PAGE).await?;
            let page = page.into_iter().map(|Part { object, size, .. }| Ok((object, size)));
            Ok::<_, StoreError>((page.len() > 0).then(|| (stream::iter(page), from + PAGE)))
        }
    })
    .try_flatten()
}

/// What of each object lies in `range` of all of them joined, up to the end of the range. Objects that end before it does
/// have been removed meanwhile; a body that is too short would look whole to whoever does not count.
fn ranges(
    objects: impl Stream<Item = Result<(String, u64), StoreError>> + Send,
    range: Range<u64>,
) -> impl Stream<Item = Result<ObjectRange, StoreError>> + Send {
    let objects = Box::pin(objects);
    stream::try_unfold((objects, 0), move |(mut objects, mut start)| {
        let range = range.clone();
        async move {
            while start < range.end {
                let (name, size) = objects.try_next().await?.ok_or(StoreError::Missing("part"))?;
                let bytes = overlap(&range, start, size);
                start += size;
                if !bytes.is_empty() {
                    return Ok(Some((ObjectRange { name, bytes }, (objects, start))));
                }
            }
            Ok(None)
        }
    })
}

/// The part of `range` that lies in an object of `size` bytes that begins at `start`, counted from its beginning.
fn overlap(range: &Range<u64>, start: u64, size: u64) -> Range<u64> {
    range.start.saturating_sub(start).min(size)..range.end.saturating_sub(start).min(size)
}

fn tag(hash: Sha256) -> [u8; 16] {
    let mut tag = [0; 16];
    tag.copy_from_slice(&hash.finalize()[..16]);
    tag
}

#[cfg(test)]
mod tests {
    use super::overlap;

    #[test]
    fn ranges_across_objects() {
        // Three objects of 10 bytes, bytes 5 to 25.
        assert_eq!([0, 10, 20].map(|start| overlap(&(5..25), start, 10)), [5..10, 0..10, 0..5]);
        assert_eq!([0, 10, 20].map(|start| overlap(&(10..20), start, 10)), [10..10, 0..10, 0..0]);
    }
}
