//! Where an object lies: every storage path is made here and nowhere else.

use base64ct::{Base64UrlUnpadded, Encoding};
use blob_api::{BlobId, DeliveryId};
use object_store::path::Path;

use super::meta::Sheet;

/// Names one object. Keys are unique per attempt, so an object is never overwritten: whoever holds a key holds one
/// fixed content, and two uploads of the same part cannot mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKey {
    /// One part of a file: `deliveries/<delivery>/<blob>/<number>-<attempt>`.
    Part {
        /// The delivery it belongs to.
        delivery: DeliveryId,
        /// The file's ciphertext it belongs to.
        blob: BlobId,
        /// Position, from 0.
        number: u32,
        /// Random.
        attempt: Attempt,
    },
    /// An encrypted manifest: `deliveries/<delivery>/cover-<attempt>`, or `sealed-`.
    Sheet {
        /// Which.
        sheet: Sheet,
        /// The delivery it belongs to.
        delivery: DeliveryId,
        /// Random.
        attempt: Attempt,
    },
}

/// Tells attempts to store the same thing apart: 16 random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt(pub [u8; 16]);

impl core::fmt::Display for Attempt {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&Base64UrlUnpadded::encode_string(&self.0))
    }
}

impl ObjectKey {
    /// The folder that all objects lie in.
    pub(super) const ROOT: &'static str = "deliveries";

    /// The path that the object store and the database know.
    pub(super) fn path(&self) -> Path {
        Path::from(self.to_string())
    }
}

impl core::fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let root = Self::ROOT;
        match self {
            Self::Part { delivery, blob, number, attempt } => {
                write!(f, "{root}/{delivery}/{blob}/{number}-{attempt}")
            }
            Self::Sheet { sheet, delivery, attempt } => {
                let name = match sheet {
                    Sheet::Cover => "cover",
                    Sheet::Sealed => "sealed",
                };
                write!(f, "{root}/{delivery}/{name}-{attempt}")
            }
        }
    }
}
