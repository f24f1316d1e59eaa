//! Sealed chunks in, verified plaintext out.

use core::future::Future;
use std::sync::Arc;

use crate::error::OpenError;
use crate::id::{DeliveryId, Level};
use crate::stream::header::FileKey;
use crate::stream::{ChunkAead, ChunkNonce, FileContext, FileHeader, FileRef, FileRoot, Layout};

/// Decrypts one file, chunk after chunk.
///
/// [`Opener::open`] hands out a future and does not wait for it, so several chunks can be in the cipher at once; their
/// plaintext comes out through [`Opener::accept`], in order. After any error the opener gives nothing more.
///
/// Plaintext that was accepted is a true beginning of the file, but only [`Opener::finish`] proves that it is the whole
/// file: keep it where nobody can take it for a file until then.
pub struct Opener<A> {
    aead: Arc<A>,
    layout: Layout,
    /// Number of the chunk that goes into the cipher next.
    next: u64,
    /// Number of the chunk that is accepted next.
    accepted: u64,
    failed: bool,
}

/// A chunk whose tag is verified; [`Opener::accept`] takes out the plaintext.
pub struct Opened<A: ChunkAead> {
    aead: Arc<A>,
    index: u64,
    plain: A::Plain,
}

/// Proof that a whole file was opened: exactly the chunks and bytes that the manifest announced. Nothing but
/// [`Opener::finish`] makes it.
///
/// ```compile_fail,E0423
/// let forged = crypto_core::stream::Complete(());
/// ```
#[must_use = "a file may be handed over only with this proof"]
pub struct Complete(());

impl<A: ChunkAead> Opener<A> {
    /// Starts to open the blob that begins with `header`.
    ///
    /// > SPEC §6.4: header well formed, chunk size and salt as in the manifest, commitment – and only then any chunk.
    ///
    /// # Errors
    /// [`OpenError::UnknownFormat`] for a header of another version or suite, [`OpenError::Damaged`] for everything else.
    pub async fn new(
        key: impl Into<FileRoot<'_>>,
        delivery: DeliveryId,
        level: Level,
        expected: &FileRef,
        header: &[u8],
    ) -> Result<Self, OpenError> {
        let header = FileHeader::parse(header)?;
        if header.chunk != expected.layout.chunk_size() || header.salt != expected.salt {
            return Err(OpenError::Damaged);
        }
        let file = FileContext { delivery, blob: expected.blob, level };
        let file_key = FileKey::recover(key.into(), &file, &header)?;
        let aead = A::import(file_key.expose()).await.map_err(|_| OpenError::Damaged)?;
        Ok(Self { aead: Arc::new(aead), layout: expected.layout, next: 0, accepted: 0, failed: false })
    }

    /// Sizes of the file and its chunks.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Bytes that the next sealed chunk must have; `None` when there must be no more.
    pub fn next_sealed_bytes(&self) -> Option<u64> {
        self.layout.sealed_bytes(self.next)
    }

    /// Puts the next chunk into the cipher.
    ///
    /// # Errors
    /// [`OpenError::Damaged`]: at once when there must be no more chunks or this one has the wrong length, from the future
    /// when its tag is wrong.
    pub fn open(
        &mut self,
        sealed: A::Sealed,
    ) -> Result<impl Future<Output = Result<Opened<A>, OpenError>> + use<A>, OpenError> {
        let index = self.next;
        if self.failed || self.layout.sealed_bytes(index) != Some(A::sealed_bytes(&sealed)) {
            return self.fail();
        }
        self.next += 1;
        let nonce = ChunkNonce::new(index, self.layout.is_last(index));
        let aead = Arc::clone(&self.aead);
        Ok(async move {
            let plain = aead.open(nonce, sealed).await.map_err(|_| OpenError::Damaged)?;
            Ok(Opened { aead, index, plain })
        })
    }

    /// Takes the plaintext of the next chunk. Chunks are accepted in order, each once, and only from this opener.
    ///
    /// # Errors
    /// [`OpenError::Damaged`] otherwise.
    pub fn accept(&mut self, chunk: Opened<A>) -> Result<A::Plain, OpenError> {
        let ours = Arc::ptr_eq(&self.aead, &chunk.aead);
        let length = Some(A::plain_bytes(&chunk.plain));
        if self.failed
            || !ours
            || chunk.index != self.accepted
            || length != self.layout.plain_bytes(chunk.index)
        {
            return self.fail();
        }
        self.accepted += 1;
        Ok(chunk.plain)
    }

    /// The end: every announced chunk was accepted. The caller has also seen that the blob has no further bytes, or
    /// offers them to [`Opener::open`], which refuses them.
    ///
    /// # Errors
    /// [`OpenError::Damaged`] when chunks are missing or anything failed before.
    pub fn finish(self) -> Result<Complete, OpenError> {
        if !self.failed && self.accepted == self.layout.chunks() {
            Ok(Complete(()))
        } else {
            Err(OpenError::Damaged)
        }
    }

    fn fail<T>(&mut self) -> Result<T, OpenError> {
        self.failed = true;
        Err(OpenError::Damaged)
    }
}
