//! A short message under a key, committing to that key. SPEC §3.
//!
//! AES-GCM alone does not commit: one ciphertext can be made that opens under two keys, to different plaintexts. With a
//! password-derived key that lets a server test many passwords with one question; between recipients it lets a sender
//! show each something else. So a hash of the key stands before the ciphertext and is compared before GCM runs.

use crate::error::{OpenError, SealError};
use crate::label::{Label, context};
use crate::suite::{self, Aead, Hkdf, NONCE_BYTES, TAG_BYTES};

/// Bytes of the commitment.
pub(crate) const COMMITMENT_BYTES: usize = 32;
/// What a wrap adds to header and message.
pub(crate) const OVERHEAD: usize = COMMITMENT_BYTES + TAG_BYTES;

/// `header || commitment || ciphertext || tag`.
///
/// `header` must hold at least 16 fresh random bytes: with them each derived key encrypts one message only, which is why
/// the nonce can be zero.
pub(crate) fn wrap(key: &[u8; 32], header: &[u8], message: &[u8]) -> Result<Vec<u8>, SealError> {
    let keys = Keys::derive(key, header);
    let mut head = Vec::with_capacity(header.len() + OVERHEAD + message.len());
    head.extend_from_slice(header);
    head.extend_from_slice(&keys.commitment);

    let mut body = Vec::with_capacity(message.len() + TAG_BYTES);
    body.extend_from_slice(message);
    keys.aead.seal(&[0; NONCE_BYTES], &head, &mut body).map_err(|_| SealError::CipherFailed)?;
    head.append(&mut body);
    Ok(head)
}

/// The commitment that [`wrap`] writes behind this header.
pub(crate) fn commitment(key: &[u8; 32], header: &[u8]) -> [u8; COMMITMENT_BYTES] {
    Keys::derive(key, header).commitment
}

/// The message of [`wrap`]. The caller has checked the header; `wrapped` starts with it.
pub(crate) fn unwrap(key: &[u8; 32], header_bytes: usize, wrapped: &[u8]) -> Result<Vec<u8>, OpenError> {
    let aad_bytes = header_bytes + COMMITMENT_BYTES;
    let (Some(header), Some(commitment), Some(body)) =
        (wrapped.get(..header_bytes), wrapped.get(header_bytes..aad_bytes), wrapped.get(aad_bytes..))
    else {
        return Err(OpenError::Damaged);
    };
    let commitment = commitment.try_into().map_err(|_| OpenError::Damaged)?;
    let keys = Keys::derive(key, header);
    if !suite::equal(&keys.commitment, commitment) {
        return Err(OpenError::Damaged);
    }
    let mut message = body.to_vec();
    let aad = wrapped.get(..aad_bytes).ok_or(OpenError::Damaged)?;
    keys.aead.open(&[0; NONCE_BYTES], aad, &mut message).map_err(|_| OpenError::Damaged)?;
    Ok(message)
}

struct Keys {
    aead: Aead,
    commitment: [u8; COMMITMENT_BYTES],
}

impl Keys {
    /// > SPEC §3: `prk = Extract(K)`, `kek = Expand(prk, ctx("kek", hdr))`, `com = Expand(prk, ctx("com", hdr))`
    fn derive(key: &[u8; 32], header: &[u8]) -> Self {
        let prk = Hkdf::extract(&[], key);
        let mut commitment = [0; COMMITMENT_BYTES];
        prk.expand(&context(Label::WrapCommitment, &[header]), &mut commitment);
        let kek = crate::secret::SecretBytes::<32>::build(|kek| {
            prk.expand(&context(Label::WrapKey, &[header]), kek)
        });
        Self { aead: Aead::new(kek.expose()), commitment }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{OVERHEAD, unwrap, wrap};
    use crate::error::OpenError;

    #[test]
    fn every_byte_and_the_length_matter() {
        let wrapped = wrap(&[7; 32], b"header", b"message").unwrap();
        assert_eq!(wrapped.len(), 6 + 7 + OVERHEAD);
        assert_eq!(unwrap(&[7; 32], 6, &wrapped).unwrap(), b"message");
        assert_eq!(unwrap(&[8; 32], 6, &wrapped), Err(OpenError::Damaged));
        for i in 0..wrapped.len() {
            let mut other = wrapped.clone();
            other[i] ^= 1;
            assert_eq!(unwrap(&[7; 32], 6, &other), Err(OpenError::Damaged), "byte {i}");
            assert_eq!(unwrap(&[7; 32], 6, &wrapped[..i]), Err(OpenError::Damaged), "length {i}");
        }
    }
}
