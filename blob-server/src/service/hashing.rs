//! SHA-256 of what arrives, on another thread where that saves time.

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::task::{JoinHandle, spawn_blocking};

use super::Error;
use crate::store::StoreError;

/// Bytes hashed at once on another thread: to wake it takes as long as to hash a few thousand.
const AT_ONCE: usize = 512 << 10;

/// A hash that grows.
#[derive(Default)]
pub(super) struct Hashing {
    /// Is another thread asked? Where many upload, the processors are busy without that.
    beside: bool,
    hash: Sha256,
    waiting: Vec<Bytes>,
    waiting_bytes: usize,
    running: Option<JoinHandle<Sha256>>,
}

impl Hashing {
    /// Of nothing yet; `beside` when other processors may have time.
    pub(super) fn new(beside: bool) -> Self {
        Self { beside, ..Self::default() }
    }

    /// Of these bytes, too. They are not copied; returns when there is room for more.
    pub(super) async fn add(&mut self, bytes: Bytes) -> Result<(), Error> {
        if !self.beside {
            self.hash.update(&bytes);
            return Ok(());
        }
        self.waiting_bytes += bytes.len();
        self.waiting.push(bytes);
        if self.waiting_bytes >= AT_ONCE {
            self.settle().await?;
            self.waiting_bytes = 0;
            let (hash, batch) = (std::mem::take(&mut self.hash), std::mem::take(&mut self.waiting));
            self.running = Some(spawn_blocking(move || batch.iter().fold(hash, Sha256::chain_update)));
        }
        Ok(())
    }

    /// The hash of all of it.
    pub(super) async fn finish(mut self) -> Result<[u8; 32], Error> {
        self.settle().await?;
        Ok(self.waiting.iter().fold(self.hash, Sha256::chain_update).finalize().into())
    }

    async fn settle(&mut self) -> Result<(), Error> {
        if let Some(running) = self.running.take() {
            self.hash = running.await.map_err(|_| StoreError::Missing("worker thread"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn both_ways_give_the_hash() {
        let bytes: Vec<u8> =
            (0..3_000_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let expected: [u8; 32] = Sha256::digest(&bytes).into();
        for (beside, piece) in
            [(false, 70_000), (true, 70_000), (true, AT_ONCE), (true, 2_000_000), (true, 4_000_000)]
        {
            let mut hashing = Hashing::new(beside);
            for piece in bytes.chunks(piece) {
                hashing.add(Bytes::copy_from_slice(piece)).await.unwrap();
            }
            assert_eq!(hashing.finish().await.unwrap(), expected, "{beside} {piece}");
        }
        assert_eq!(Hashing::new(true).finish().await.unwrap(), <[u8; 32]>::from(Sha256::digest(b"")));
    }
}
