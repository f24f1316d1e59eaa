//! The people whom cases name.

use super::case::{Case, Failed};
use crate::identity::{Card, Identity};
use crate::login::LoginName;
use crate::trust::{Pins, VerifiedKey};

macro_rules! people {
    ($($name:literal,)*) => {
        const PEOPLE: &[(&str, &str)] =
            &[$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/testkit/people/", $name, ".txt")))),*];
    };
}
people! { "ada", "ada2", "ada3", "bob", "dora", "eve", }

fn file(name: &str) -> Result<Case<'static>, Failed> {
    let found = PEOPLE.iter().find(|person| person.0 == name).ok_or(format!("nobody is called {name}"))?;
    Case::parse(found.1)
}

/// Somebody's card.
pub(super) fn card(name: &str) -> Result<Card, Failed> {
    Card::parse(&file(name)?.body()?).map_err(|error| error.to_string())
}

/// Somebody with all their secrets.
pub(super) fn identity(name: &str) -> Result<Identity, Failed> {
    let file = file(name)?;
    let keys = [file.bytes("account_key")?, file.bytes("signing_seed")?, file.bytes("kem_seed")?];
    let former = file.text("former")?.split_whitespace().map(identity).collect::<Result<_, _>>()?;
    Identity::with_keys(keys, card(name)?, former).map_err(|error| error.to_string())
}

/// Somebody's key as it looks when the server shows the cards of these names, oldest first.
pub(super) fn key(names: &str) -> Result<VerifiedKey, Failed> {
    let cards = names.split_whitespace().map(card).collect::<Result<Vec<_>, _>>()?;
    let email = cards.last().map(|card| card.email().clone()).ok_or("nobody is named")?;
    Pins::default().verify(&email, &cards).map_err(|error| error.to_string())
}

/// An address as a case gives it.
pub(super) fn name(case: &Case<'_>, field: &str) -> Result<LoginName, Failed> {
    LoginName::new(case.text(field)?).map_err(|error| error.to_string())
}
