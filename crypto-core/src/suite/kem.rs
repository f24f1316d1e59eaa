//! HPKE (RFC 9180) in base mode, with the KEM X-Wing (ML-KEM-768 and X25519, 0x647A), HKDF-SHA256 and AES-256-GCM.

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, single_shot_open, single_shot_seal_with_rng,
};
use rand_core::CryptoRng;

use super::CipherRefused;
use crate::secret::SecretBytes;

/// Bytes of a public key: ML-KEM-768's 1,184, then X25519's 32.
pub(crate) const PUBLIC_BYTES: usize = 1216;
/// Bytes of an encapsulated key: ML-KEM-768's 1,088, then X25519's 32.
pub(crate) const ENCAPSULATED_BYTES: usize = 1120;
const X25519_BYTES: usize = 32;

/// A private key, from which X-Wing expands those of its two parts.
pub(crate) struct KemSeed(SecretBytes<32>);

impl KemSeed {
    pub(crate) fn build(fill: impl FnOnce(&mut [u8; 32])) -> Self {
        Self(SecretBytes::build(fill))
    }
    pub(crate) fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }
    pub(crate) fn public(&self) -> Option<KemKey> {
        let private = <XWing as Kem>::PrivateKey::from_bytes(self.0.expose()).ok()?;
        let key = XWing::sk_to_pk(&private);
        Some(KemKey { bytes: key.to_bytes().to_vec(), key: Box::new(key) })
    }
    /// > RFC 9180 §6.1: `OpenBase(enc, skR, info, aad, ct)`, with an empty `aad`
    pub(crate) fn open(
        &self,
        encapsulated: &[u8],
        info: &[u8],
        ciphertext: &[u8],
    ) -> Result<Vec<u8>, CipherRefused> {
        let private = <XWing as Kem>::PrivateKey::from_bytes(self.0.expose()).map_err(|_| CipherRefused)?;
        let encapsulated =
            <XWing as Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| CipherRefused)?;
        single_shot_open::<AesGcm256, HkdfSha256, XWing>(
            &OpModeR::Base,
            &private,
            &encapsulated,
            info,
            ciphertext,
            &[],
        )
        .map_err(|_| CipherRefused)
    }
}

/// A public key that has been looked at: both parts are such as key generation makes.
///
/// It is kept as the library has expanded it, so that this happens once, and not again with each seal.
#[derive(Clone)]
pub(crate) struct KemKey {
    key: Box<<XWing as Kem>::PublicKey>,
    bytes: Vec<u8>,
}

impl KemKey {
    /// None when ML-KEM's part has a coefficient out of range (FIPS 203 §7.2), or X25519's part is not in its one form or
    /// of small order. The library checks the first alone.
    pub(crate) fn from_bytes(bytes: &[u8; PUBLIC_BYTES]) -> Option<Self> {
        let (_, x25519) = bytes.split_last_chunk::<X25519_BYTES>()?;
        let key = <XWing as Kem>::PublicKey::from_bytes(bytes).ok()?;
        is_x25519_key(x25519).then(|| Self { key: Box::new(key), bytes: bytes.to_vec() })
    }
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// The encapsulated key, then the ciphertext.
    ///
    /// > RFC 9180 §6.1: `SealBase(pkR, info, aad, pt)`, with an empty `aad`
    pub(crate) fn seal(
        &self,
        info: &[u8],
        plaintext: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, CipherRefused> {
        let (encapsulated, ciphertext) = single_shot_seal_with_rng::<AesGcm256, HkdfSha256, XWing>(
            &OpModeS::Base,
            &self.key,
            info,
            plaintext,
            &[],
            rng,
        )
        .map_err(|_| CipherRefused)?;
        Ok([encapsulated.to_bytes().as_slice(), &ciphertext].concat())
    }
}

/// Is it written in the one way, and does a shared secret under it depend on the other side?
///
/// > RFC 7748 §6.1: a point of small order gives zero, whatever the private key is.
pub(super) fn is_x25519_key(bytes: &[u8; X25519_BYTES]) -> bool {
    // Every private key is a multiple of the cofactor, so any one finds the points of small order.
    x25519_dalek::x25519([0x40; 32], *bytes) != [0; 32] && is_below_prime(bytes)
}

/// Below 2^255 - 19, least significant byte first.
fn is_below_prime(bytes: &[u8; X25519_BYTES]) -> bool {
    let [first, middle @ .., last] = bytes;
    *last < 0x7f || (*last == 0x7f && (middle.iter().any(|byte| *byte != 0xff) || *first < 0xed))
}
