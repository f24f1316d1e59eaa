//! What a receipt states: all that is stored of a submission, as one hash. The submitter's browser computes the same from
//! what it sent (crypto-core SPEC §18.5).

use blob_api::{BlobId, DeliveryId};
use sha2::{Digest, Sha256};

use super::Error;
use crate::store::{LockedDelivery, Sheet};

/// Begins what is hashed, before its fields: `ctx("receipt", …)` of crypto-core SPEC §2.2.
const CONTEXT: &[u8] = b"siegel/v1 receipt\0";

/// A file's digest, growing part by part.
struct Entry {
    blob: BlobId,
    parts: Sha256,
}

/// The digest of what is stored of a delivery.
///
/// # Errors
/// [`Error::Conflict`] when its sheet is from a time that kept no digests.
pub(super) async fn digest(locked: &mut LockedDelivery, sheet: Sheet) -> Result<[u8; 32], Error> {
    let id = locked.row.id;
    let sheet = locked.sheet_digest(sheet).await?.ok_or(Error::Conflict)?;
    let entries = locked
        .fold_parts(Vec::new(), |mut entries: Vec<Entry>, blob, digest| {
            match entries.last_mut().filter(|last| last.blob == blob) {
                Some(last) => last.parts.update(digest),
                None => entries.push(Entry { blob, parts: Sha256::new_with_prefix(digest) }),
            }
            entries
        })
        .await?;
    Ok(of(&id, &sheet, entries.into_iter().map(|entry| (entry.blob, entry.parts.finalize().into()))))
}

/// `SHA-256(ctx("receipt", delivery, sheet, blob || parts, …))`; blobs ascend, each with SHA-256 of its parts' digests.
fn of(
    delivery: &DeliveryId,
    sheet: &[u8; 32],
    entries: impl Iterator<Item = (BlobId, [u8; 32])>,
) -> [u8; 32] {
    let field = |hash: Sha256, parts: &[&[u8]]| {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let hash = hash.chain_update(u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        parts.iter().fold(hash, |hash, part| hash.chain_update(part))
    };
    let hash = field(Sha256::new_with_prefix(CONTEXT), &[&delivery.0]);
    let hash = field(hash, &[&sheet[..]]);
    entries.fold(hash, |hash, (blob, parts)| field(hash, &[&blob.0, &parts])).finalize().into()
}

/// As people read it: hexadecimal in groups of eight.
pub(super) fn groups(digest: &[u8; 32]) -> String {
    let group = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    digest.chunks(4).map(group).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
    }

    /// `receipt_ok` and `receipt_ok_none` of crypto-core's test cases, with which the submitter's side is tested.
    #[test]
    fn both_sides_compute_the_same() {
        let delivery = DeliveryId(bytes("1fbe8908faafd2ebeb20a7b63c7ad857"));
        let sheet = bytes("fb848a627a1abe05e85649acefc8a1c13736512b964b2fb36503ec4b90f0ac91");
        let blobs = [
            (
                "6c65aecb2dae2bc3e7ea93c664baf601",
                "b8f3145925a4b88588252c74551beca465c233f80336669e85d47213a1816f680cbcadf68edc69a70720c2475bff26607c1c13000e8ebbfbafcde7f3658bb2cb",
            ),
            (
                "dcd4d1fea424e0215bc797448deb48f2",
                "a9e6d76fd0ad2353d099c8ab28ddbaa1cc5b05ed3b27e24042a6a25e46afcb9e",
            ),
            (
                "f0d1c7644cde97ead1c7068e4ecad31d",
                "9a99be0dd22cdd457f8656c39abad3d58791f0412ef66c59dff8a49e5f60c457",
            ),
        ];
        let entries = blobs.map(|(blob, parts)| {
            let digests = parts.as_bytes().chunks(64).map(|part| bytes::<32>(str::from_utf8(part).unwrap()));
            let parts = digests.fold(Sha256::new(), |hash, digest| hash.chain_update(digest));
            (BlobId(bytes(blob)), parts.finalize().into())
        });
        let digest = of(&delivery, &sheet, entries.into_iter());
        assert_eq!(digest, bytes("b231c95891188bdb35df765619b3616e7d277bf5dfada0fc189804ed4e006f95"));
        assert!(groups(&digest).starts_with("b231c958 91188bdb ") && groups(&digest).len() == 64 + 7);
        let none = of(&delivery, &sheet, std::iter::empty());
        assert_eq!(none, bytes("61433495b8409b5048063aacda4b5062b4ed9f958a78e3bdc713a15f964efccb"));
    }
}
