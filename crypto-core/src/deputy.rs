//! Deputies: who may grant in somebody's place, and until when. SPEC §17.3.
//!
//! A deputy holds a grant of each delivery that is sent while they are one. What they give to recipients is signed with
//! their own key; the deputation, signed by the sender, says that it counts.

use crate::codec::take;
use crate::error::DeputyError;
use crate::identity::{Card, Fingerprint, Identity};
use crate::label::{Label, context};
use crate::suite::SUITE;
use crate::suite::sign::SIGNATURE_BYTES;
use crate::trust::VerifiedKey;

const PREFIX: [u8; 8] = [b'S', b'G', b'U', b'1', SUITE, 0, 0, 0];
const SIGNED_BYTES: usize = 64;
/// Bytes of a deputation.
pub const DEPUTATION_BYTES: usize = SIGNED_BYTES + SIGNATURE_BYTES;

/// A deputation whose signature was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deputation {
    sender: Fingerprint,
    deputy: Fingerprint,
    from: u64,
    until: u64,
}

/// Names a deputy, [`DEPUTATION_BYTES`] long. Times are seconds since 1970-01-01T00:00:00Z; `until` is the first second
/// that does not count.
///
/// > SPEC §17.3: `"SGU1" | suite | 0x000000 | sender 20 B | deputy 20 B | from u64be | until u64be |
/// > Sign(ctx("deputation", what stands before))`
pub fn appoint(sender: &Identity, deputy: &VerifiedKey, from: u64, until: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(DEPUTATION_BYTES);
    bytes.extend_from_slice(&PREFIX);
    bytes.extend_from_slice(&sender.card().fingerprint().to_bytes());
    bytes.extend_from_slice(&deputy.fingerprint().to_bytes());
    bytes.extend_from_slice(&from.to_be_bytes());
    bytes.extend_from_slice(&until.to_be_bytes());
    let signature = sender.signing().sign(&context(Label::Deputation, &[&bytes]));
    bytes.extend_from_slice(&signature);
    bytes
}

impl Deputation {
    /// Reads a deputation and checks that this sender made it.
    ///
    /// # Errors
    /// All of [`DeputyError`].
    pub fn verify(sender: &VerifiedKey, bytes: &[u8]) -> Result<Self, DeputyError> {
        let mut rest = bytes;
        let prefix = *take::<8>(&mut rest)?;
        if prefix[..3] != PREFIX[..3] || !prefix[3].is_ascii_digit() {
            return Err(DeputyError::Malformed);
        }
        if prefix != PREFIX {
            return Err(DeputyError::UnknownFormat);
        }
        if bytes.len() != DEPUTATION_BYTES {
            return Err(DeputyError::Malformed);
        }
        let deputation = Self {
            sender: Fingerprint::from_bytes(*take(&mut rest)?),
            deputy: Fingerprint::from_bytes(*take(&mut rest)?),
            from: u64::from_be_bytes(*take(&mut rest)?),
            until: u64::from_be_bytes(*take(&mut rest)?),
        };
        let signature = take::<SIGNATURE_BYTES>(&mut rest)?;
        let signed = bytes.get(..SIGNED_BYTES).ok_or(DeputyError::Malformed)?;
        let signer = sender.signing_key_of(&deputation.sender).ok_or(DeputyError::BadSignature)?;
        if signer.verify(&context(Label::Deputation, &[signed]), signature) {
            Ok(deputation)
        } else {
            Err(DeputyError::BadSignature)
        }
    }

    /// Whom it names.
    pub fn deputy(&self) -> Fingerprint {
        self.deputy
    }
    /// From when.
    pub fn from(&self) -> u64 {
        self.from
    }
    /// Until when; that second does not count any more.
    pub fn until(&self) -> u64 {
        self.until
    }

    /// May the owner of this card give in this sender's place at this time?
    pub fn admits(&self, sender: &VerifiedKey, card: &Card, at: u64) -> bool {
        sender.signing_key_of(&self.sender).is_some()
            && card.fingerprint() == self.deputy
            && (self.from..self.until).contains(&at)
    }
}
