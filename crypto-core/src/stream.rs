//! One file as a stream of chunks. SPEC §6.
//!
//! ```text
//! blob    = header (72 B) || chunk 0 || chunk 1 || … || chunk n-1
//! chunk i = AES-256-GCM(file key, nonce i, plaintext i) || tag (16 B)
//! nonce i = i as 11 bytes big-endian || 1 for the last chunk, else 0
//! ```
//!
//! This is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) with the nonce layout of age. A chunk opens at its own
//! place only, and the last chunk only as the last: reordering, dropping, repeating, cutting off and appending all
//! fail. The manifest, which is authenticated apart, also says how long the file is. A [`PartLedger`] keeps a file that
//! goes on after an interruption from being sealed in two ways.
//!
//! [`Sealer`] and [`Opener`] are generic over [`ChunkAead`], so that a browser can let WebCrypto do the arithmetic on
//! buffers that never enter WebAssembly memory. What is checked, and in which order, is written here once.

mod aead;
mod header;
mod layout;
mod ledger;
mod opener;
mod sealer;

pub use aead::{ChunkAead, ChunkNonce, CipherFailed, RustCryptoAead};
pub use header::{FileHeader, HEADER_BYTES};
pub use layout::{ChunkSize, Layout, MAX_FILE_BYTES, PART_CHUNKS};
pub use ledger::{Admitted, PartLedger};
pub use opener::{Complete, Opened, Opener};
pub use sealer::Sealer;

use crate::id::{BlobId, DeliveryId, Level};
use crate::link::CoverKey;
use crate::sealed::DeliveryKey;

/// What the key of a file comes from. Which of the two it is belongs to the level: nobody can seal a file at level 3
/// under what the link gives.
#[derive(Clone, Copy)]
pub struct FileRoot<'a>(Root<'a>);

#[derive(Clone, Copy)]
enum Root<'a> {
    Cover(&'a [u8; 32]),
    Delivery(&'a [u8; 32]),
}

impl<'a> From<&'a CoverKey> for FileRoot<'a> {
    fn from(key: &'a CoverKey) -> Self {
        Self(Root::Cover(key.expose()))
    }
}
impl<'a> From<&'a DeliveryKey> for FileRoot<'a> {
    fn from(key: &'a DeliveryKey) -> Self {
        Self(Root::Delivery(key.expose()))
    }
}

impl<'a> FileRoot<'a> {
    /// > SPEC §6.2: the cover key at levels 1 and 2, the delivery key at levels 3 and 4
    const fn at(self, level: Level) -> Option<&'a [u8; 32]> {
        match (self.0, level) {
            (Root::Cover(key), Level::One | Level::Two)
            | (Root::Delivery(key), Level::Three | Level::Four) => Some(key),
            (Root::Cover(_), Level::Three | Level::Four) | (Root::Delivery(_), Level::One | Level::Two) => {
                None
            }
        }
    }
}

/// What a file's key is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileContext {
    /// The delivery it belongs to.
    pub delivery: DeliveryId,
    /// The file within the delivery.
    pub blob: BlobId,
    /// The delivery's level.
    pub level: Level,
}

/// What a manifest says about a file's ciphertext; an [`Opener`] accepts nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileRef {
    /// Names the ciphertext.
    pub blob: BlobId,
    /// Plaintext bytes and their division into chunks.
    pub layout: Layout,
    /// The salt in the header, 32 bytes. It belongs to one content of the file, so the server cannot bring back another.
    pub salt: [u8; 32],
}
