//! The cases in `testkit/`, and what runs them: good ones that must give exactly these bytes in both directions, hostile
//! ones that must fail in exactly this way. They were made by a second implementation (`testkit/siegel.py`).
//!
//! The runner is part of the library, so that every [`ChunkAead`] is run through the same cases: the one in Rust by
//! this crate's tests, the one over WebCrypto by the worker's tests in a browser. Programs that do not call it do
//! not carry it.
//!
//! A case is text: fields `name: value`, then perhaps an empty line and a body in base64. Cases name people, whose keys
//! stand in `testkit/people/`.

mod boxes;
mod case;
mod drafts;
mod grants;
mod identities;
mod invitations;
mod links;
mod parts;
mod people;
mod personal;
mod streams;

pub use streams::Buffers;

use rand_core::CryptoRng;

use case::{Case, Failed};

use crate::delivery::{self, open_cover, seal_cover};
use crate::error::{OpenError, SealError};
use crate::id::{DeliveryId, Level};
use crate::link::CoverKey;
use crate::stream::ChunkAead;
use crate::suite;

macro_rules! cases {
    ($($name:literal,)*) => {
        /// Every case: its name and its text.
        pub const CASES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/testkit/", $name, ".txt")))),*];
    };
}
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/testkit/cases.rs"));

/// Runs one case with this cipher. Only files use it.
///
/// # Errors
/// A sentence about what came out otherwise than the case says.
pub async fn run<A: ChunkAead>(text: &str, buffers: &Buffers<A>) -> Result<(), String> {
    let case = Case::parse(text)?;
    match case.text("kind")? {
        "stream" => streams::run(&case, buffers).await,
        "cover" => cover(&case),
        "draft" => drafts::open(&case),
        "own draft" => drafts::own(&case),
        "link" => links::run(&case),
        "personal" => personal::run(&case),
        "recovery" => identities::recovery(&case),
        "card" => identities::card(&case),
        "lock" => identities::lock(&case),
        "identity" => identities::identity(&case),
        "vault" => identities::vault(&case),
        "part" => parts::part(&case),
        "signed cover" => parts::cover(&case),
        "grant" => grants::grant(&case),
        "deputation" => grants::deputation(&case),
        "invitation code" => invitations::code(&case),
        "offer" => invitations::offer(&case),
        "answer" => invitations::answer(&case),
        "box card" => boxes::card(&case),
        "submission" => boxes::submission(&case),
        "submitter" => boxes::submitter(&case),
        "submission draft" => boxes::draft(&case),
        "request" => boxes::request(&case),
        "kept request" => boxes::kept(&case),
        "ticket link" => boxes::link(&case),
        "receipt" => boxes::receipt(&case),
        other => Err(format!("unknown kind {other}")),
    }
}

/// Opens the body, compares the manifest, and seals it again with the same salt.
fn cover(case: &Case<'_>) -> Result<(), Failed> {
    let key = case.cover_key()?;
    let (delivery, level) = (case.delivery()?, case.level()?);
    let body = case.body()?;
    let manifest = match open_cover(&key, delivery, level, &body) {
        Ok(manifest) => manifest,
        Err(error) => return case.expect(open_outcome(error)),
    };
    case.expect("ok")?;
    let encoded = manifest.encode().map_err(|error| error.to_string())?;
    case.equal("manifest_sha256", &suite::sha256(&encoded))?;
    let again = seal_cover(&key, &manifest, &mut case.replay("salt")?).map_err(|error| error.to_string())?;
    if again == body { Ok(()) } else { Err("sealing again gives other bytes".to_owned()) }
}

/// The error as a case names it.
fn open_outcome(error: OpenError) -> &'static str {
    match error {
        OpenError::UnknownFormat => "unknown format",
        OpenError::Damaged => "damaged",
    }
}

/// Seals any message as a cover, as a hostile sender may: for the fuzzer, which without it never gets behind the
/// commitment. With `pad`, the message is padded as a manifest is.
#[doc(hidden)]
pub fn seal_any(
    key: &CoverKey,
    delivery: DeliveryId,
    level: Level,
    message: &[u8],
    pad: bool,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    if pad {
        delivery::seal_message(key, delivery, level, &delivery::pad(message)?, rng)
    } else {
        delivery::seal_message(key, delivery, level, message, rng)
    }
}
