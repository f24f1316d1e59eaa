//! Ed25519 (RFC 8032), verified strictly.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::secret::SecretBytes;

/// Bytes of a public key.
pub(crate) const PUBLIC_BYTES: usize = 32;
/// Bytes of a signature.
pub(crate) const SIGNATURE_BYTES: usize = 64;

/// A private key. The public key is always computed from it: signing under another would give the private key away.
pub(crate) struct SigningSeed(SecretBytes<32>);

impl SigningSeed {
    pub(crate) fn build(fill: impl FnOnce(&mut [u8; 32])) -> Self {
        Self(SecretBytes::build(fill))
    }
    pub(crate) fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }
    pub(crate) fn public(&self) -> SignatureKey {
        SignatureKey(self.key().verifying_key().to_bytes())
    }
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        self.key().sign(message).to_bytes()
    }
    fn key(&self) -> SigningKey {
        SigningKey::from_bytes(self.0.expose())
    }
}

/// A public key that is a point, written in the one way, and not of small order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct SignatureKey([u8; PUBLIC_BYTES]);

impl SignatureKey {
    /// None for what no honest software makes: under a point of small order one signature fits almost every message.
    pub(crate) fn from_bytes(bytes: &[u8; PUBLIC_BYTES]) -> Option<Self> {
        let key = VerifyingKey::from_bytes(bytes).ok()?;
        let canonical = key.to_edwards().compress().to_bytes() == *bytes;
        (canonical && !key.is_weak()).then_some(Self(*bytes))
    }
    pub(crate) const fn to_bytes(self) -> [u8; PUBLIC_BYTES] {
        self.0
    }
    /// > RFC 8032 §5.1.7, with the cofactorless equation, S below the group order, and no small-order R or A.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
        VerifyingKey::from_bytes(&self.0)
            .is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok())
    }
}
