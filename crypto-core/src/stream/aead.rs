//! The cipher under the stream, as a trait.

use core::future::{Future, ready};

use crate::suite::{Aead, NONCE_BYTES, TAG_BYTES};

/// The nonce of one chunk; only the stream makes them, so an implementation cannot be asked to use one twice.
///
/// > SPEC §6.3: `nonce = chunk number, 11 bytes big-endian || last flag, 1 byte`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkNonce([u8; NONCE_BYTES]);

impl ChunkNonce {
    pub(super) fn new(index: u64, last: bool) -> Self {
        let mut bytes = [0; NONCE_BYTES];
        bytes[3..11].copy_from_slice(&index.to_be_bytes());
        bytes[11] = u8::from(last);
        Self(bytes)
    }

    /// The 12 bytes.
    pub const fn as_bytes(&self) -> &[u8; NONCE_BYTES] {
        &self.0
    }
}

/// The cipher refused; it does not say why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CipherFailed;

/// AES-256-GCM with a 16-byte tag behind the ciphertext and no associated data, over buffers of the implementer's choice.
pub trait ChunkAead: Sized {
    /// A buffer of plaintext.
    type Plain;
    /// A buffer of ciphertext and tag.
    type Sealed;

    /// Takes the key of one file. The implementer keeps no readable copy that outlives the cipher.
    fn import(key: &[u8; 32]) -> impl Future<Output = Result<Self, CipherFailed>>;
    /// Encrypts; the result has 16 bytes more.
    fn seal(
        &self,
        nonce: ChunkNonce,
        plain: Self::Plain,
    ) -> impl Future<Output = Result<Self::Sealed, CipherFailed>>;
    /// Verifies the tag, then decrypts; the result has 16 bytes less.
    fn open(
        &self,
        nonce: ChunkNonce,
        sealed: Self::Sealed,
    ) -> impl Future<Output = Result<Self::Plain, CipherFailed>>;
    /// Bytes in a buffer of plaintext.
    fn plain_bytes(plain: &Self::Plain) -> u64;
    /// Bytes in a buffer of ciphertext and tag.
    fn sealed_bytes(sealed: &Self::Sealed) -> u64;
}

/// [`ChunkAead`] in Rust, over `Vec<u8>`, in place. Its futures are ready at once.
pub struct RustCryptoAead(Aead);

impl ChunkAead for RustCryptoAead {
    type Plain = Vec<u8>;
    type Sealed = Vec<u8>;

    fn import(key: &[u8; 32]) -> impl Future<Output = Result<Self, CipherFailed>> {
        ready(Ok(Self(Aead::new(key))))
    }
    fn seal(&self, nonce: ChunkNonce, plain: Vec<u8>) -> impl Future<Output = Result<Vec<u8>, CipherFailed>> {
        let mut buffer = plain;
        buffer.reserve_exact(TAG_BYTES);
        ready(self.0.seal(nonce.as_bytes(), &[], &mut buffer).map(|()| buffer).map_err(|_| CipherFailed))
    }
    fn open(
        &self,
        nonce: ChunkNonce,
        sealed: Vec<u8>,
    ) -> impl Future<Output = Result<Vec<u8>, CipherFailed>> {
        let mut buffer = sealed;
        ready(self.0.open(nonce.as_bytes(), &[], &mut buffer).map(|()| buffer).map_err(|_| CipherFailed))
    }
    fn plain_bytes(plain: &Vec<u8>) -> u64 {
        plain.len() as u64
    }
    fn sealed_bytes(sealed: &Vec<u8>) -> u64 {
        sealed.len() as u64
    }
}
