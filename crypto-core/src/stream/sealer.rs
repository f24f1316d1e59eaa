//! Plaintext in, sealed chunks out.

use core::future::Future;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use rand_core::CryptoRng;

use crate::error::SealError;
use crate::stream::header::FileKey;
use crate::stream::{ChunkAead, ChunkNonce, FileContext, FileHeader, FileRef, FileRoot, Layout};

/// Encrypts one file, chunk after chunk.
///
/// [`Sealer::seal`] hands out a future and does not wait for it: several chunks can be in the cipher at once.
///
/// It only goes forward. Two plaintexts under one key and nonce reveal each other and let anyone forge, so whoever begins
/// again does it with [`Sealer::new`], under a new key, or with [`Sealer::again`] and a [`PartLedger`](super::PartLedger).
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
    /// [`SealError::BadInput`] when the key is not the one for this level, [`SealError::CipherFailed`] when the cipher does
    /// not take it.
    pub async fn new(
        key: impl Into<FileRoot<'_>>,
        file: FileContext,
        layout: Layout,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, SealError> {
        let mut salt = [0; 32];
        rng.fill_bytes(&mut salt);
        Self::again(key, file, layout, &salt).await
    }

    /// Goes on with a file under the key of an earlier [`Sealer::new`], named by the salt of its header: from the first
    /// chunk, over the same bytes.
    ///
    /// That they are the same is what the caller must prove: no byte of a part may leave before a
    /// [`PartLedger`](super::PartLedger) restored with what was recorded under this salt has admitted it. The layout is the
    /// earlier one.
    ///
    /// # Errors
    /// [`SealError::BadInput`] when the key is not the one for this level, [`SealError::CipherFailed`] when the cipher does
    /// not take it.
    pub async fn again(
        key: impl Into<FileRoot<'_>>,
        file: FileContext,
        layout: Layout,
        salt: &[u8; 32],
    ) -> Result<Self, SealError> {
        let (file_key, header) = FileKey::with_salt(key.into(), &file, layout.chunk_size(), salt)?;
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
