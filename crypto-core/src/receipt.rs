//! What was sent, as one hash: submitter and server compute it each for themselves. SPEC §18.5.

use crate::id::{BlobId, DeliveryId};
use crate::label::{Label, context};
use crate::suite;

/// A file's ciphertext, for a receipt.
pub struct ReceivedBlob {
    /// Which.
    pub blob: BlobId,
    /// SHA-256 of each of its parts, in their order.
    pub parts: Vec<[u8; 32]>,
}

/// SHA-256 of a sealed part, or of the cover of level 2.
pub fn sheet(bytes: &[u8]) -> [u8; 32] {
    suite::sha256(bytes)
}

/// What a receipt states. `sheet` is SHA-256 of the sealed part, or at level 2 of the cover; the order of the blobs does not
/// matter.
///
/// > SPEC §18.5: `SHA-256(ctx("receipt", delivery, SHA-256(sheet), (blob || SHA-256(digest of each part))*))`, blobs ascending
pub fn digest(delivery: DeliveryId, sheet: &[u8; 32], blobs: &[ReceivedBlob]) -> [u8; 32] {
    let mut entries: Vec<[u8; 48]> = blobs
        .iter()
        .map(|received| {
            let mut entry = [0; 48];
            entry[..16].copy_from_slice(&received.blob.0);
            entry[16..].copy_from_slice(&suite::sha256(&received.parts.concat()));
            entry
        })
        .collect();
    entries.sort_unstable();
    let mut fields: Vec<&[u8]> = vec![&delivery.0, sheet];
    fields.extend(entries.iter().map(<[u8; 48]>::as_slice));
    suite::sha256(&context(Label::Receipt, &fields))
}
