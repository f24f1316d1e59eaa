//! The 72 bytes before the first chunk, and the key that belongs to them.

use crate::codec::take;
use crate::error::{OpenError, ParseError, SealError};
use crate::label::{Label, context};
use crate::secret::SecretBytes;
use crate::stream::{ChunkSize, FileContext, FileRoot};
use crate::suite::{self, Hkdf, SUITE};

/// Bytes of a [`FileHeader`].
pub const HEADER_BYTES: usize = 72;

/// > SPEC §6.1: `"SGL1" | suite 1 B | chunk_log2 1 B | flags 2 B, zero | salt 32 B | commitment 32 B`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileHeader {
    /// Plaintext bytes of a full chunk.
    pub chunk: ChunkSize,
    /// Makes the file key unique.
    pub salt: [u8; 32],
    /// Hash of the file key, compared before anything is decrypted.
    pub commitment: [u8; 32],
}

impl FileHeader {
    /// The bytes as written.
    pub fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(&prefix(self.chunk));
        bytes[8..40].copy_from_slice(&self.salt);
        bytes[40..].copy_from_slice(&self.commitment);
        bytes
    }

    /// Reads a header. Nothing in it is authenticated yet.
    ///
    /// # Errors
    /// [`ParseError::UnknownFormat`] for another version, suite, chunk size or flag; [`ParseError::Malformed`] for
    /// another length, or bytes that are no header at all.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut rest: &[u8] = <&[u8; HEADER_BYTES]>::try_from(bytes).map_err(|_| ParseError::Malformed)?;
        let [m0, m1, m2, version, suite, chunk_log2, flags @ ..] = *take::<8>(&mut rest)?;
        if [m0, m1, m2] != *b"SGL" || !version.is_ascii_digit() {
            return Err(ParseError::Malformed);
        }
        if version != b'1' || suite != SUITE || flags != [0, 0] {
            return Err(ParseError::UnknownFormat);
        }
        let chunk = ChunkSize::from_log2(chunk_log2)?;
        Ok(Self { chunk, salt: *take(&mut rest)?, commitment: *take(&mut rest)? })
    }
}

/// The first 8 bytes of a header.
const fn prefix(chunk: ChunkSize) -> [u8; 8] {
    [b'S', b'G', b'L', b'1', SUITE, chunk.log2(), 0, 0]
}

/// The key of one file.
pub(super) struct FileKey(SecretBytes<32>);

impl FileKey {
    pub(super) fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// The key that belongs to a salt, and its header.
    pub(super) fn with_salt(
        root: FileRoot<'_>,
        file: &FileContext,
        chunk: ChunkSize,
        salt: &[u8; 32],
    ) -> Result<(Self, FileHeader), SealError> {
        let key = root.at(file.level).ok_or(SealError::BadInput)?;
        let (file_key, commitment) = Self::derive(key, file, chunk, salt);
        Ok((file_key, FileHeader { chunk, salt: *salt, commitment }))
    }

    /// The key of an existing header, which proves by its commitment that it was made with the same key and context.
    pub(super) fn recover(
        root: FileRoot<'_>,
        file: &FileContext,
        header: &FileHeader,
    ) -> Result<Self, OpenError> {
        let key = root.at(file.level).ok_or(OpenError::Damaged)?;
        let (file_key, commitment) = Self::derive(key, file, header.chunk, &header.salt);
        if suite::equal(&commitment, &header.commitment) { Ok(file_key) } else { Err(OpenError::Damaged) }
    }

    /// > SPEC §6.2: `file key || commitment = HKDF(salt, K, ctx("file", delivery, blob, level, header[0..8]), 64)`
    fn derive(key: &[u8; 32], file: &FileContext, chunk: ChunkSize, salt: &[u8; 32]) -> (Self, [u8; 32]) {
        let info =
            context(Label::File, &[&file.delivery.0, &file.blob.0, &[file.level.number()], &prefix(chunk)]);
        let prk = Hkdf::extract(salt, key);
        let both = SecretBytes::<64>::build(|both| prk.expand(&info, both));
        let (file_key, commitment) = both.expose().split_at(32);
        let mut public = [0; 32];
        public.copy_from_slice(commitment);
        (Self(SecretBytes::build(|bytes| bytes.copy_from_slice(file_key))), public)
    }
}
