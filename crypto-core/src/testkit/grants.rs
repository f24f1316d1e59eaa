//! Cases of kinds `grant` and `deputation`.

use super::case::{Case, Failed};
use super::people;
use crate::deputy::{self, Deputation};
use crate::error::{DeputyError, GrantError};
use crate::grant::{self, Giver, Place};

/// Opens a grant, and where the case tells the randomness, gives it again.
pub(super) fn grant(case: &Case<'_>) -> Result<(), Failed> {
    let holder = people::identity(case.text("holder")?)?;
    let sender = people::key(case.text("sender")?)?;
    let (delivery, level) = case.place()?;
    let (place, body) = (Place { delivery, level }, case.body()?);
    let purpose = case.text("purpose")?;
    let opened = match (purpose, case.optional("deputation")) {
        ("own", None) => grant::open_own(&holder, place, &body),
        ("deputy", None) => grant::open_as_deputy(&holder, place, &sender, &body),
        ("recipient", None) => grant::open(&holder, place, &sender, Giver::Sender, &body),
        ("recipient", Some(_)) => {
            let deputation = Deputation::verify(&sender, &case.hex("deputation")?);
            let deputation = deputation.map_err(|error| error.to_string())?;
            let card = people::card(case.text("deputy")?)?;
            grant::open(&holder, place, &sender, Giver::Deputy(&deputation, &card), &body)
        }
        _ => return Err(format!("unknown purpose {purpose}")),
    };
    let access = match opened {
        Ok(access) => access,
        Err(error) => {
            return case.expect(match error {
                GrantError::UnknownFormat => "unknown format",
                GrantError::Damaged => "damaged",
                GrantError::OtherPlace => "other place",
                GrantError::NotForMe => "not for me",
                GrantError::NotEntitled => "not entitled",
                GrantError::BadSignature => "bad signature",
            });
        }
    };
    case.expect("ok")?;
    case.equal("delivery_key", access.key().expose())?;
    case.equal("link_secret", access.link().secret().expose())?;
    case.equal("commitment", &access.commitment().0)?;
    if case.optional("random").is_none() {
        return Ok(());
    }
    let giver = people::identity(case.text("giver")?)?;
    let (given, mut random) = (case.number("given")?, case.replay("random")?);
    let to = people::key(case.text("holder")?)?;
    let again = match purpose {
        "own" => grant::seal_own(&giver, &access, given, &mut random),
        "deputy" => grant::seal_for_deputy(&giver, &access, &to, given, &mut random),
        _ => grant::seal(&giver, &access, &to, given, &mut random),
    };
    case.again(&again.map_err(|error| error.to_string())?)
}

/// Checks a deputation, and signs it again.
pub(super) fn deputation(case: &Case<'_>) -> Result<(), Failed> {
    let names = case.text("sender")?;
    let found = match Deputation::verify(&people::key(names)?, &case.body()?) {
        Ok(found) => found,
        Err(error) => {
            return case.expect(match error {
                DeputyError::UnknownFormat => "unknown format",
                DeputyError::Malformed => "malformed",
                DeputyError::BadSignature => "bad signature",
            });
        }
    };
    case.expect("ok")?;
    let deputy = people::key(case.text("deputy")?)?;
    if found.deputy() != deputy.fingerprint() {
        return Err("the deputy differs".to_owned());
    }
    let sender = people::identity(names.split(' ').next().unwrap_or_default())?;
    case.again(&deputy::appoint(&sender, &deputy, case.number("since")?, case.number("until")?))
}
