//! Release: the sender, or a deputy, grants a waiting recipient what was sent before. SPEC §17.
//!
//! Files and sealed part are not touched: they stay as they were uploaded. The same happens again when a recipient lost
//! all keys and made new ones.

use rand_core::CryptoRng;

use crate::error::ReleaseError;
use crate::grant::{self, Place};
use crate::identity::Identity;
use crate::trust::VerifiedKey;

/// The sender grants a delivery they sent. `own` is what [`grant::seal_own`] made; nothing but the sender's own signature on
/// it counts, so a server cannot have something else released in its place.
///
/// Whether a key is known well enough for the delivery's level is for the caller to decide: [`VerifiedKey::trust`].
///
/// # Errors
/// All of [`ReleaseError`].
pub fn release(
    sender: &Identity,
    place: Place,
    own: &[u8],
    recipient: &VerifiedKey,
    given: u64,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, ReleaseError> {
    let access = grant::open_own(sender, place, own)?;
    Ok(grant::seal(sender, &access, recipient, given, rng)?)
}

/// A deputy grants a delivery in its sender's place. `held` is what [`grant::seal_for_deputy`] made.
///
/// # Errors
/// All of [`ReleaseError`].
pub fn release_as_deputy(
    deputy: &Identity,
    place: Place,
    sender: &VerifiedKey,
    held: &[u8],
    recipient: &VerifiedKey,
    given: u64,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, ReleaseError> {
    let access = grant::open_as_deputy(deputy, place, sender, held)?;
    Ok(grant::seal(deputy, &access, recipient, given, rng)?)
}
