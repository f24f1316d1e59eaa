//! Ciphertext on its way out: `BlobStore → GET`.

use std::ops::Range;

use blob_api::BlobId;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use sha2::{Digest, Sha256};

use super::{Error, Opened, Service};
use crate::store::{BlobStore, Part, StoreError};

/// Objects that joined are one body, of known size and with a name for this content.
pub struct BlobPlan {
    /// Bytes altogether.
    pub size: u64,
    /// Says which bytes these are, for `ETag`.
    pub tag: [u8; 16],
    objects: Vec<(String, u64)>,
    store: BlobStore,
}

/// A body.
pub trait Content: Stream<Item = Result<Bytes, StoreError>> + Send + 'static {}
impl<S: Stream<Item = Result<Bytes, StoreError>> + Send + 'static> Content for S {}

impl Service {
    /// The encrypted manifest.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the database names none, which would be a defect: a delivery is sent with a cover.
    pub fn cover(&self, opened: &Opened) -> Result<BlobPlan, Error> {
        let object = opened.delivery.cover_object.clone().ok_or(StoreError::Missing("cover"))?;
        // The object's name is unique, and so is its content.
        let tag = tag(Sha256::new().chain_update(&object));
        let size = opened.delivery.cover_size;
        Ok(BlobPlan { size, tag, objects: vec![(object, size)], store: self.blobs.clone() })
    }

    /// A file's whole ciphertext.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the delivery has no such file.
    pub async fn blob(&self, opened: &Opened, blob: &BlobId) -> Result<BlobPlan, Error> {
        let parts = self.meta.complete_parts(&opened.delivery.id, blob).await?;
        if parts.is_empty() {
            return Err(Error::NotFound);
        }
        let tag = tag(parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part.digest)));
        let size = parts.iter().map(|part| part.size).sum();
        let objects = parts.into_iter().map(|Part { object, size, .. }| (object, size)).collect();
        Ok(BlobPlan { size, tag, objects, store: self.blobs.clone() })
    }
}

impl BlobPlan {
    /// The bytes `range`, read as they are asked for.
    pub fn read(self, range: Range<u64>) -> impl Content {
        let Self { objects, store, .. } = self;
        let mut start = 0;
        let pieces: Vec<_> = objects
            .into_iter()
            .filter_map(|(name, size)| {
                let piece = overlap(&range, start, size);
                start += size;
                (!piece.is_empty()).then_some((name, piece))
            })
            .collect();
        stream::iter(pieces).flat_map(move |(name, piece)| store.read(&name, piece))
    }
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
