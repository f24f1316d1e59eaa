//! Padding, so that lengths say little. SPEC §8.2.

use zeroize::Zeroizing;

use crate::codec::take;
use crate::error::{ParseError, SealError};

/// The least padded message: a short greeting and a long one look alike.
const LEAST_PADDED_BYTES: usize = 512;

/// > SPEC §8.2: `u32be(n) || message, n bytes || zeros`, in all `max(512, padme(4 + n))` bytes.
pub(crate) fn pad(message: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let length = u32::try_from(message.len()).map_err(|_| SealError::TooLarge)?;
    let total = padded_bytes(4 + message.len());
    let mut padded = Zeroizing::new(Vec::with_capacity(total));
    padded.extend_from_slice(&length.to_be_bytes());
    padded.extend_from_slice(message);
    padded.resize(total, 0);
    Ok(padded)
}

/// What [`pad`] was given, and nothing that it would not have made.
pub(crate) fn unpad(mut padded: &[u8]) -> Result<&[u8], ParseError> {
    let total = padded.len();
    let length = u32::from_be_bytes(*take(&mut padded)?) as usize;
    let (message, zeros) = padded.split_at_checked(length).ok_or(ParseError::Malformed)?;
    if total == padded_bytes(4 + length) && zeros.iter().all(|byte| *byte == 0) {
        Ok(message)
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
mod tests {
    use super::{pad, padded_bytes, padme, unpad};

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
