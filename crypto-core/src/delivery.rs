//! The cover of a delivery: its manifest, encrypted under the key of its link. SPEC §8.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::codec::take;
use crate::error::{OpenError, SealError};
use crate::id::{DeliveryId, Level};
use crate::link::CoverKey;
use crate::manifest::Manifest;
use crate::padding::{self, unpad};
use crate::suite::SUITE;
use crate::wrap;

/// The largest cover in bytes. With names of usual length that is room for some 10,000 files.
pub const MAX_COVER_BYTES: usize = 4 << 20;
/// How a cover begins.
pub(crate) const MAGIC: [u8; 4] = *b"SGC1";
/// Bytes of the header of a cover, and of a sealed part.
pub(crate) const HEADER_BYTES: usize = 56;

/// Encrypts a manifest of level 1 or 2. From level 3 on a cover is signed: [`crate::sealed`]. Seal the files first: each [`crate::stream::Sealer::finish`] gives what its entry needs.
///
/// > SPEC §8.1: `cover = wrap(cover key, "SGC1" | suite | level | 0x0000 | delivery 16 B | salt 32 B, padded manifest)`
///
/// # Errors
/// [`SealError::TooLarge`] and [`SealError::BadInput`] for a manifest over its limits, and of another level.
pub fn seal_cover(
    key: &CoverKey,
    manifest: &Manifest,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    if is_signed(manifest.level) {
        return Err(SealError::BadInput);
    }
    let message = pad(&Zeroizing::new(manifest.encode()?))?;
    seal_message(key, manifest.delivery, manifest.level, &message, rng)
}

/// Encrypts a padded manifest. The fuzzer also gives it what is none.
pub(crate) fn seal_message(
    key: &CoverKey,
    delivery: DeliveryId,
    level: Level,
    message: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    wrap::wrap(key.expose(), &header(MAGIC, delivery, level, rng), message)
}

/// > SPEC §8.1: `magic | suite | level | 0x0000 | delivery 16 B | salt 32 B`
pub(crate) fn header(
    magic: [u8; 4],
    delivery: DeliveryId,
    level: Level,
    rng: &mut impl CryptoRng,
) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(&prefix(magic, level));
    header[8..24].copy_from_slice(&delivery.0);
    rng.fill_bytes(&mut header[24..]);
    header
}

/// A padded manifest that fits into a cover.
pub(crate) fn pad(manifest: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let message = padding::pad(manifest)?;
    if HEADER_BYTES + wrap::OVERHEAD + message.len() > MAX_COVER_BYTES {
        return Err(SealError::TooLarge);
    }
    Ok(message)
}

/// From level 3 on a manifest carries its sender's statement.
const fn is_signed(level: Level) -> bool {
    matches!(level, Level::Three | Level::Four)
}

/// Decrypts and checks a cover. The manifest says which files there are; nothing else may.
///
/// > SPEC §8.3, order of checks: length → version and suite → delivery and level as expected → commitment → tag →
/// > padding → manifest → delivery and level inside as outside.
///
/// # Errors
/// [`OpenError::UnknownFormat`] for another version or suite, [`OpenError::Damaged`] for everything else.
pub fn open_cover(
    key: &CoverKey,
    delivery: DeliveryId,
    level: Level,
    cover: &[u8],
) -> Result<Manifest, OpenError> {
    if is_signed(level) {
        return Err(OpenError::Damaged);
    }
    check_header(MAGIC, cover, delivery, level)?;
    let message = Zeroizing::new(wrap::unwrap(key.expose(), HEADER_BYTES, cover)?);
    let manifest = Manifest::decode(unpad(&message)?)?;
    if manifest.delivery == delivery && manifest.level == level {
        Ok(manifest)
    } else {
        Err(OpenError::Damaged)
    }
}

/// The first 8 bytes of a cover or sealed part.
const fn prefix(magic: [u8; 4], level: Level) -> [u8; 8] {
    let [m0, m1, m2, version] = magic;
    [m0, m1, m2, version, SUITE, level.number(), 0, 0]
}

/// > SPEC §8.3, steps 1 to 3.
pub(crate) fn check_header(
    magic: [u8; 4],
    mut cover: &[u8],
    delivery: DeliveryId,
    level: Level,
) -> Result<(), OpenError> {
    if cover.len() > MAX_COVER_BYTES {
        return Err(OpenError::Damaged);
    }
    let [m0, m1, m2, version, suite, level_number, flags @ ..] = *take::<8>(&mut cover)?;
    if [m0, m1, m2] != magic[..3] || !version.is_ascii_digit() {
        return Err(OpenError::Damaged);
    }
    if version != magic[3] || suite != SUITE || flags != [0, 0] {
        return Err(OpenError::UnknownFormat);
    }
    if level_number == level.number() && *take::<16>(&mut cover)? == delivery.0 {
        Ok(())
    } else {
        Err(OpenError::Damaged)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{
        CoverKey, DeliveryId, HEADER_BYTES, Level, MAGIC, MAX_COVER_BYTES, Manifest, OpenError, open_cover,
        padding, prefix, wrap,
    };
    use crate::id::BlobId;
    use crate::manifest::FileEntry;
    use crate::stream::{ChunkSize, FileRef, Layout};

    /// As a hostile sender would make it: nothing is wrong with it but its size.
    #[test]
    fn a_cover_over_the_limit_is_refused() {
        let (delivery, key) = (DeliveryId([1; 16]), CoverKey::build(|key| key.fill(2)));
        let sealed = |files: u128| {
            let content = FileRef {
                blob: BlobId([0; 16]),
                layout: Layout::new(0, ChunkSize::STANDARD).unwrap(),
                salt: [0; 32],
            };
            let entry = |i: u128| FileEntry {
                content: FileRef { blob: BlobId(i.to_be_bytes()), ..content },
                name: "\u{1f4be}".repeat(255),
                media_type: String::new(),
                modified: None,
                folder: String::new(),
            };
            let manifest = Manifest {
                delivery,
                level: Level::One,
                subject: String::new(),
                message: String::new(),
                created: 0,
                expires: None,
                files: (0..files).map(entry).collect(),
                name: String::new(),
                reference: String::new(),
            };
            let encoded = manifest.encode().unwrap();
            let message = padding::pad(&encoded).unwrap();
            let header = [prefix(MAGIC, Level::One).as_slice(), &delivery.0, &[3; 32]].concat();
            assert_eq!(header.len(), HEADER_BYTES);
            wrap::wrap(key.expose(), &header, &message).unwrap()
        };
        let (small, large) = (sealed(3_000), sealed(4_500));
        assert!(small.len() <= MAX_COVER_BYTES && large.len() > MAX_COVER_BYTES);
        assert!(open_cover(&key, delivery, Level::One, &small).is_ok());
        assert_eq!(open_cover(&key, delivery, Level::One, &large).err(), Some(OpenError::Damaged));
    }
}
