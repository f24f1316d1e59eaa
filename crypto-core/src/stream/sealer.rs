//! Plaintext in, sealed chunks out.

use core::future::Future;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use rand_core::CryptoRng;

use crate::error::SealError;
use crate::link::CoverKey;
use crate::stream::header::FileKey;
use crate::stream::{ChunkAead, ChunkNonce, FileContext, FileHeader, FileRef, Layout, PART_CHUNKS};
use crate::suite;

/// Encrypts one file, chunk after chunk.
///
/// [`Sealer::seal`] hands out a future and does not wait for it: several chunks can be in the cipher at once.
pub struct Sealer<A> {
    aead: Arc<A>,
    file: FileContext,
    layout: Layout,
    header: FileHeader,
    /// Number of the chunk that is sealed next.
    next: u64,
    /// How many chunks the cipher has finished, counted by the futures themselves.
    sealed: Arc<AtomicU64>,
}

impl<A: ChunkAead> Sealer<A> {
    /// Starts a file with a new key.
    ///
    /// # Errors
    /// [`SealError::CipherFailed`] when the cipher does not take the key.
    pub async fn new(
        key: &CoverKey,
        file: FileContext,
        layout: Layout,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, SealError> {
        let (file_key, header) = FileKey::generate(key, &file, layout.chunk_size(), rng);
        let aead = A::import(file_key.expose()).await.map_err(|_| SealError::CipherFailed)?;
        Ok(Self { aead: Arc::new(aead), file, layout, header, next: 0, sealed: Arc::default() })
    }

    /// Stands before the first chunk, in part 0.
    pub fn header(&self) -> &FileHeader {
        &self.header
    }

    /// Sizes of the file and its chunks.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Number of the chunk that is sealed next, from 0; [`Layout::chunks`] when there is none.
    pub fn position(&self) -> u64 {
        self.next
    }

    /// Seals the next chunk. Its place is fixed by this call, whenever the future is awaited.
    ///
    /// # Errors
    /// At once [`SealError::OutOfOrder`] when the file has no more chunks, [`SealError::BadInput`] when `plain` does not have
    /// the length that this chunk must have; from the future [`SealError::CipherFailed`].
    pub fn seal(
        &mut self,
        plain: A::Plain,
    ) -> Result<impl Future<Output = Result<A::Sealed, SealError>> + use<A>, SealError> {
        let expected = self.layout.plain_bytes(self.next).ok_or(SealError::OutOfOrder)?;
        if A::plain_bytes(&plain) != expected {
            return Err(SealError::BadInput);
        }
        let nonce = ChunkNonce::new(self.next, self.layout.is_last(self.next));
        self.next += 1;
        let (aead, sealed) = (Arc::clone(&self.aead), Arc::clone(&self.sealed));
        Ok(async move {
            let chunk = aead.seal(nonce, plain).await.map_err(|_| SealError::CipherFailed)?;
            sealed.fetch_add(1, Ordering::Relaxed);
            Ok(chunk)
        })
    }

    /// Goes back to the start of a part that did not reach the server, to seal it again. Parts before it must have
    /// arrived.
    ///
    /// Sealing again repeats nonces. That is harmless for the same bytes, which give the same ciphertext, and fatal for
    /// other bytes: two plaintexts under one nonce reveal each other and let anyone forge. [`SamePlaintext`] is the
    /// proof that the bytes are the same. When they are not, start the file anew with [`Sealer::new`].
    ///
    /// # Errors
    /// [`SealError::OutOfOrder`] for a part that has not been begun.
    pub fn restart(&mut self, part: u64, _proof: SamePlaintext) -> Result<(), SealError> {
        let chunk = part.checked_mul(PART_CHUNKS).ok_or(SealError::OutOfOrder)?;
        if chunk > self.next {
            return Err(SealError::OutOfOrder);
        }
        self.next = chunk;
        // A new counter: a future of the interrupted attempt that ends late must not count.
        self.sealed = Arc::new(AtomicU64::new(chunk));
        Ok(())
    }

    /// What the manifest says about this file, once the cipher has finished every chunk.
    ///
    /// # Errors
    /// [`SealError::OutOfOrder`] before that.
    pub fn finish(&self) -> Result<FileRef, SealError> {
        if self.sealed.load(Ordering::Relaxed) == self.layout.chunks() {
            Ok(FileRef { blob: self.file.blob, layout: self.layout, salt: self.header.salt })
        } else {
            Err(SealError::OutOfOrder)
        }
    }
}

/// Proof that a part's plaintext is, byte for byte, what it was when it was sealed first.
pub struct SamePlaintext(());

impl SamePlaintext {
    /// Compares the SHA-256 of the part's plaintext, taken before it was sealed first, with that of the bytes about to be
    /// sealed. The hashes stay in the browser: a hash of plaintext tells the server what it hides.
    pub fn compare(before: &[u8; 32], now: &[u8; 32]) -> Option<Self> {
        suite::equal(before, now).then_some(Self(()))
    }
}
