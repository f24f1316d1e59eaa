//! Cases of kinds `part` and `signed cover`.

use super::case::{Case, Failed};
use super::{open_outcome, people};
use crate::manifest::Manifest;
use crate::sealed::{self, Commitment, DeliveryKey};
use crate::suite;

/// Opens a sealed part, and seals it again with the same salt.
pub(super) fn part(case: &Case<'_>) -> Result<(), Failed> {
    let sender = people::key(case.text("sender")?)?;
    let bytes = case.bytes("key")?;
    let key = DeliveryKey::build(|key| *key = bytes);
    let cover = case.optional("cover").map(|_| case.hex("cover")).transpose()?;
    let granted = Commitment(case.bytes("commitment")?);
    let opened = sealed::open_part(&key, &sender, case.place()?, granted, &case.body()?, cover.as_deref());
    let manifest = match opened {
        Ok(manifest) => manifest,
        Err(error) => return case.expect(open_outcome(error)),
    };
    check(case, &manifest)?;
    let mut salt = case.replay("salt")?;
    let again = sealed::seal_part(&signer(case)?, &key, &manifest, cover.as_deref(), &mut salt);
    case.again(&again.map_err(|error| error.to_string())?)
}

/// Opens a signed cover, and seals it again with the same salt.
pub(super) fn cover(case: &Case<'_>) -> Result<(), Failed> {
    let sender = people::key(case.text("sender")?)?;
    let key = case.cover_key()?;
    let manifest = match sealed::open_cover(&key, &sender, case.delivery()?, &case.body()?) {
        Ok(manifest) => manifest,
        Err(error) => return case.expect(open_outcome(error)),
    };
    check(case, &manifest)?;
    let again = sealed::seal_cover(&signer(case)?, &key, &manifest, &mut case.replay("salt")?);
    case.again(&again.map_err(|error| error.to_string())?)
}

/// Good ones are signed by the first whose cards are shown.
fn signer(case: &Case<'_>) -> Result<crate::identity::Identity, Failed> {
    people::identity(case.text("sender")?.split(' ').next().unwrap_or_default())
}

fn check(case: &Case<'_>, manifest: &Manifest) -> Result<(), Failed> {
    case.expect("ok")?;
    let encoded = manifest.encode().map_err(|error| error.to_string())?;
    case.equal("manifest_sha256", &suite::sha256(&encoded))
}
