//! Suite 1, and the only file that names primitive crates. SPEC §2.1.
//!
//! One suite belongs to a format version and nothing is negotiated: AES-256-GCM, HKDF-SHA256, SHA-256, Argon2id, and
//! OPAQUE over ristretto255 with SHA-512, Ed25519, and HPKE with X-Wing. Everything here is crate-private; what other modules may do with it is what
//! they offer themselves.

use aes_gcm::aead::{AeadInOut, Buffer, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

pub(crate) mod kem;
pub(crate) mod sign;
#[cfg(test)]
mod vectors;

/// The number of this suite in headers.
pub(crate) const SUITE: u8 = 1;
/// Bytes that AES-GCM adds to a message.
pub(crate) const TAG_BYTES: usize = 16;
/// Bytes of an AES-GCM nonce.
pub(crate) const NONCE_BYTES: usize = 12;

/// The cipher refused: wrong tag when opening, message too long when sealing.
pub(crate) struct CipherRefused;

/// AES-256-GCM (NIST SP 800-38D) with 96-bit nonces and 128-bit tags, keyed once and used for many messages.
pub(crate) struct Aead(Aes256Gcm);

impl Aead {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(Aes256Gcm::new(key.into()))
    }

    /// Replaces the plaintext in `buffer` by ciphertext and tag.
    pub(crate) fn seal(
        &self,
        nonce: &[u8; NONCE_BYTES],
        aad: &[u8],
        buffer: &mut impl Buffer,
    ) -> Result<(), CipherRefused> {
        self.0.encrypt_in_place(&Nonce::from(*nonce), aad, buffer).map_err(|_| CipherRefused)
    }

    /// Replaces ciphertext and tag in `buffer` by the plaintext, once the tag is verified.
    pub(crate) fn open(
        &self,
        nonce: &[u8; NONCE_BYTES],
        aad: &[u8],
        buffer: &mut impl Buffer,
    ) -> Result<(), CipherRefused> {
        self.0.decrypt_in_place(&Nonce::from(*nonce), aad, buffer).map_err(|_| CipherRefused)
    }
}

/// HKDF-SHA256 (RFC 5869) after its extract step.
pub(crate) struct Hkdf(hkdf::Hkdf<Sha256>);

impl Hkdf {
    /// Extract. An empty salt is the RFC's "not provided": 32 zero bytes, which HMAC pads the same way.
    pub(crate) fn extract(salt: &[u8], key: &[u8]) -> Self {
        let (mut prk, hkdf) = hkdf::Hkdf::extract(Some(salt), key);
        prk.as_mut_slice().zeroize();
        Self(hkdf)
    }

    /// Expand. `N` is at most 64 here, far below the RFC's limit of 8,160, so the library's error cannot occur.
    pub(crate) fn expand<const N: usize>(&self, info: &[u8], out: &mut [u8; N]) {
        const { assert!(N <= 64) };
        let fits = self.0.expand(info, out);
        debug_assert!(fits.is_ok());
    }
}

/// SHA-256 (FIPS 180-4).
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// HMAC-SHA256 (RFC 2104). It pads a key to a block with zeros; so do we, and the library's error cannot occur.
pub(crate) fn hmac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    block[..32].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block);
    block.as_mut_slice().zeroize();
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// Equality in time that does not depend on where the two differ.
pub(crate) fn equal<const N: usize>(a: &[u8; N], b: &[u8; N]) -> bool {
    a.ct_eq(b).into()
}

/// The same for slices, whose lengths are no secret.
pub(crate) fn equal_slices(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// Argon2id version 0x13 (RFC 9106) without secret and associated data. `memory` is in KiB.
pub(crate) fn argon2id(
    memory: u32,
    passes: u32,
    lanes: u32,
    password: &[u8],
    salt: &[u8],
    out: &mut [u8],
) -> Result<(), argon2::Error> {
    let params = argon2::Params::new(memory, passes, lanes, Some(out.len()))?;
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_into(password, salt, out)
}

/// OPAQUE-3DH (RFC 9807) with ristretto255 and SHA-512.
pub(crate) mod opaque {
    use generic_array::{ArrayLength, GenericArray};
    pub(crate) use opaque_ke::errors::{InternalError, ProtocolError};
    pub(crate) use opaque_ke::{
        ClientLoginFinishParameters, ClientRegistrationFinishParameters, CredentialFinalization,
        CredentialRequest, CredentialResponse, Identifiers, RegistrationRequest, RegistrationResponse,
        RegistrationUpload, ServerLoginParameters,
    };
    use rand_core::CryptoRng;

    use crate::kdf::Profile;

    /// The configuration of RFC 9807 §7 with ristretto255, except for the parameters of Argon2id: those of our profile 1.
    pub(crate) struct Suite1;

    impl opaque_ke::CipherSuite for Suite1 {
        type OprfCs = opaque_ke::Ristretto255;
        type KeyExchange = opaque_ke::TripleDh<opaque_ke::Ristretto255, sha2_010::Sha512>;
        type Ksf = Stretch;
    }

    pub(crate) type ServerSetup = opaque_ke::ServerSetup<Suite1>;
    pub(crate) type ClientRegistration = opaque_ke::ClientRegistration<Suite1>;
    pub(crate) type ServerRegistration = opaque_ke::ServerRegistration<Suite1>;
    pub(crate) type ClientLogin = opaque_ke::ClientLogin<Suite1>;
    pub(crate) type ServerLogin = opaque_ke::ServerLogin<Suite1>;

    /// > RFC 9807 §7: Argon2id(S = zeroes(16), …)
    ///
    /// The salt is zero because the input is already the output of a keyed, per-user OPRF.
    #[derive(Default)]
    pub(crate) struct Stretch;

    impl opaque_ke::ksf::Ksf for Stretch {
        fn hash<L: ArrayLength<u8>>(
            &self,
            input: GenericArray<u8, L>,
        ) -> Result<GenericArray<u8, L>, InternalError> {
            let mut out = GenericArray::default();
            Profile::One.stretch(&input, &[0; 16], &mut out).map_err(|_| InternalError::KsfError)?;
            Ok(out)
        }
    }

    /// Our generator under the trait of the generation before.
    pub(crate) struct OldRng<'a, R>(pub(crate) &'a mut R);

    impl<R: CryptoRng> rand_core_06::RngCore for OldRng<'_, R> {
        fn next_u32(&mut self) -> u32 {
            self.0.next_u32()
        }
        fn next_u64(&mut self) -> u64 {
            self.0.next_u64()
        }
        fn fill_bytes(&mut self, dest: &mut [u8]) {
            self.0.fill_bytes(dest);
        }
        fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), rand_core_06::Error> {
            self.0.fill_bytes(dest);
            Ok(())
        }
    }
    impl<R: CryptoRng> rand_core_06::CryptoRng for OldRng<'_, R> {}
}
