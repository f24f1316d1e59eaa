//! How much fits: limits are told in plaintext bytes, and checked against ciphertext.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use blob_api::{CHUNK_BYTES, CHUNKS_PER_PART};

use super::Error;
use crate::config::Settings;
use crate::store::{MetaStore, StoreError, StoredTicket};

/// Bytes of a file's header (crypto-core SPEC, stream).
const HEADER: u64 = 72;
/// Bytes that sealing adds to a chunk.
const TAG: u64 = 16;

/// Limits on ciphertext.
pub(super) struct Quota {
    /// Largest blob.
    pub(super) blob_bytes: u64,
    /// Largest sum of a delivery's blobs.
    pub(super) delivery_bytes: u64,
    /// Most blobs of a delivery.
    pub(super) blobs: u32,
    /// Most parts of a blob.
    pub(super) parts: u32,
    /// Most bytes altogether, `None` when only the disk is the limit.
    storage_bytes: Option<u64>,
    /// Bytes that are being written and have no row yet.
    writing: Arc<AtomicU64>,
}

/// Space that an upload has been promised, until this is dropped.
pub(super) struct Reservation {
    /// Bytes of this upload.
    pub(super) size: u64,
    writing: Arc<AtomicU64>,
}

impl Reservation {
    /// Bytes that are promised to all running uploads, this one included.
    pub(super) fn promised_to_all(&self) -> u64 {
        self.writing.load(Ordering::SeqCst)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.writing.fetch_sub(self.size, Ordering::SeqCst);
    }
}

impl Quota {
    pub(super) fn new(settings: &Settings) -> Self {
        let (file, all, blobs) = (settings.file_bytes.0, settings.delivery_bytes.0, settings.files.get());
        let parts = chunks(file).div_ceil(CHUNKS_PER_PART);
        Self {
            blob_bytes: file + HEADER + TAG * chunks(file),
            delivery_bytes: of_delivery(all, blobs),
            blobs,
            parts: u32::try_from(parts).unwrap_or(u32::MAX),
            storage_bytes: Some(settings.storage_bytes.0).filter(|limit| *limit > 0),
            writing: Arc::default(),
        }
    }

    /// Most bytes of what is submitted with a ticket.
    pub(super) fn of_ticket(&self, ticket: &StoredTicket) -> u64 {
        of_delivery(ticket.max_bytes, self.blobs).min(self.delivery_bytes)
    }

    /// Promises space for `size` bytes. What is being written counts as stored, so that uploads which run together
    /// cannot all fit by themselves and overflow together; the disk is asked when the writing starts.
    ///
    /// # Errors
    /// [`StoreError::Full`] when the server's quota does not allow it.
    pub(super) async fn reserve(&self, meta: &MetaStore, size: u64) -> Result<Reservation, Error> {
        let reservation = Reservation { size, writing: Arc::clone(&self.writing) };
        let writing = self.writing.fetch_add(size, Ordering::SeqCst).saturating_add(size);
        match self.storage_bytes {
            Some(limit) if meta.used_bytes().await?.saturating_add(writing) > limit => {
                Err(StoreError::Full.into())
            }
            _ => Ok(reservation),
        }
    }
}

/// Ciphertext of so many bytes in at most so many files. Each may have one chunk that is not full.
fn of_delivery(bytes: u64, blobs: u32) -> u64 {
    bytes + HEADER * u64::from(blobs) + TAG * (chunks(bytes) + u64::from(blobs))
}

/// Chunks of a file of this size; an empty file has an empty one.
fn chunks(size: u64) -> u64 {
    size.div_ceil(CHUNK_BYTES).max(1)
}

#[cfg(test)]
mod tests {
    use super::chunks;

    #[test]
    fn chunk_counts() {
        assert_eq!([0, 1, 1 << 18, (1 << 18) + 1].map(chunks), [1, 1, 1, 2]);
    }
}
