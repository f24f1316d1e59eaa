//! The cover of a delivery: its manifest, encrypted under the key of its link. SPEC §8.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::codec::take;
use crate::error::{OpenError, ParseError, SealError};
use crate::id::{DeliveryId, Level};
use crate::link::CoverKey;
use crate::manifest::Manifest;
use crate::suite::SUITE;
use crate::wrap;

/// The largest cover in bytes. With names of usual length that is room for some 10,000 files.
pub const MAX_COVER_BYTES: usize = 4 << 20;
/// The least padded manifest: a short greeting and a long one look alike.
const LEAST_PADDED_BYTES: usize = 512;
const HEADER_BYTES: usize = 56;

/// Encrypts a manifest. Seal the files first: each [`crate::stream::Sealer::finish`] gives what its entry needs.
///
/// > SPEC §8.1: `cover = wrap(cover key, "SGC1" | suite | level | 0x0000 | delivery 16 B | salt 32 B, padded manifest)`
///
/// # Errors
/// [`SealError::TooLarge`] and [`SealError::BadInput`] for a manifest over its limits.
pub fn seal_cover(
    key: &CoverKey,
    manifest: &Manifest,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
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
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(&prefix(level));
    header[8..24].copy_from_slice(&delivery.0);
    rng.fill_bytes(&mut header[24..]);
    wrap::wrap(key.expose(), &header, message)
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
    if cover.len() > MAX_COVER_BYTES {
        return Err(OpenError::Damaged);
    }
    check_header(cover, delivery, level)?;
    let message = Zeroizing::new(wrap::unwrap(key.expose(), HEADER_BYTES, cover)?);
    let manifest = Manifest::decode(unpad(&message)?)?;
    if manifest.delivery == delivery && manifest.level == level {
        Ok(manifest)
    } else {
        Err(OpenError::Damaged)
    }
}

/// The first 8 bytes of a cover.
const fn prefix(level: Level) -> [u8; 8] {
    [b'S', b'G', b'C', b'1', SUITE, level.number(), 0, 0]
}

fn check_header(mut cover: &[u8], delivery: DeliveryId, level: Level) -> Result<(), OpenError> {
    let [m0, m1, m2, version, suite, level_number, flags @ ..] = *take::<8>(&mut cover)?;
    if [m0, m1, m2] != *b"SGC" || !version.is_ascii_digit() {
        return Err(OpenError::Damaged);
    }
    if version != b'1' || suite != SUITE || flags != [0, 0] {
        return Err(OpenError::UnknownFormat);
    }
    if level_number == level.number() && *take::<16>(&mut cover)? == delivery.0 {
        Ok(())
    } else {
        Err(OpenError::Damaged)
    }
}

/// > SPEC §8.2: `u32be(n) || manifest, n bytes || zeros`, in all `max(512, padme(4 + n))` bytes.
pub(crate) fn pad(manifest: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let padded = padded_bytes(4 + manifest.len());
    if HEADER_BYTES + wrap::OVERHEAD + padded > MAX_COVER_BYTES {
        return Err(SealError::TooLarge);
    }
    let length = u32::try_from(manifest.len()).map_err(|_| SealError::TooLarge)?;
    let mut message = Zeroizing::new(Vec::with_capacity(padded));
    message.extend_from_slice(&length.to_be_bytes());
    message.extend_from_slice(manifest);
    message.resize(padded, 0);
    Ok(message)
}

fn unpad(mut message: &[u8]) -> Result<&[u8], ParseError> {
    let padded = message.len();
    let length = u32::from_be_bytes(*take(&mut message)?) as usize;
    let (manifest, zeros) = message.split_at_checked(length).ok_or(ParseError::Malformed)?;
    if padded == padded_bytes(4 + length) && zeros.iter().all(|byte| *byte == 0) {
        Ok(manifest)
    } else {
        Err(ParseError::Malformed)
    }
}

fn padded_bytes(length: usize) -> usize {
    padme(length).max(LEAST_PADDED_BYTES)
}

/// Padmé (Nikitin et al. 2019): rounds up so that a length of `E` bits reveals only about `log2 E` of them, for at most
/// 12 % more bytes. `length` is at least 4 here.
fn padme(length: usize) -> usize {
    let exponent = length.ilog2();
    let kept = exponent.ilog2() + 1;
    let mask = (1_usize << exponent.saturating_sub(kept)) - 1;
    (length + mask) & !mask
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{
        CoverKey, DeliveryId, HEADER_BYTES, Level, MAX_COVER_BYTES, Manifest, OpenError, open_cover, pad,
        padded_bytes, padme, prefix, unpad, wrap,
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
            };
            let encoded = manifest.encode().unwrap();
            let mut message = [&(encoded.len() as u32).to_be_bytes(), encoded.as_slice()].concat();
            message.resize(padded_bytes(message.len()), 0);
            let header = [prefix(Level::One).as_slice(), &delivery.0, &[3; 32]].concat();
            assert_eq!(header.len(), HEADER_BYTES);
            wrap::wrap(key.expose(), &header, &message).unwrap()
        };
        let (small, large) = (sealed(3_000), sealed(4_500));
        assert!(small.len() <= MAX_COVER_BYTES && large.len() > MAX_COVER_BYTES);
        assert!(open_cover(&key, delivery, Level::One, &small).is_ok());
        assert_eq!(open_cover(&key, delivery, Level::One, &large).err(), Some(OpenError::Damaged));
    }

    #[test]
    fn padme_of_known_lengths() {
        // The paper's examples: 9 → 10; and, by its formula, powers of two stay.
        for (length, padded) in [(4, 4), (8, 8), (9, 10), (512, 512), (513, 544), (1_000_000, 1_015_808)] {
            assert_eq!(padme(length), padded, "{length}");
        }
    }

    #[test]
    fn padding_is_read_in_one_way_only() {
        for length in [0, 1, 507, 508, 509, 5_000] {
            let manifest = vec![7; length];
            let message = pad(&manifest).map(|message| message.to_vec()).unwrap_or_default();
            assert_eq!(message.len(), padded_bytes(4 + length));
            assert_eq!(unpad(&message), Ok(manifest.as_slice()));
            let longer = [message.as_slice(), &[0]].concat();
            assert!(unpad(&longer).is_err());
            assert!(unpad(&message[..message.len() - 1]).is_err());
            if message.len() > 4 + length {
                let mut dirty = message.clone();
                dirty[4 + length] = 1;
                assert!(unpad(&dirty).is_err());
            }
        }
    }
}
