//! Cases of the kinds `draft` and `own draft`.

use super::case::{Case, Failed};
use super::open_outcome;
use super::people;
use crate::draft::{self, Draft, ResumeKey};
use crate::suite;

/// Opens the body, compares what it holds, and seals it again with the same salt.
pub(super) fn open(case: &Case<'_>) -> Result<(), Failed> {
    let key = ResumeKey::from_bytes(&case.bytes("resume_key")?);
    let body = case.body()?;
    let opened = match draft::open(&key, case.delivery()?, &body) {
        Ok(opened) => opened,
        Err(error) => return case.expect(open_outcome(error)),
    };
    compare(case, &opened)?;
    let again = draft::seal(&key, &opened.link, &opened.keys, &opened.notes, &mut case.replay("salt")?)
        .map_err(|error| error.to_string())?;
    if again == body { Ok(()) } else { Err("sealing again gives other bytes".to_owned()) }
}

/// The same with the owner's keys.
pub(super) fn own(case: &Case<'_>) -> Result<(), Failed> {
    let key = ResumeKey::from_bytes(&case.bytes("resume_key")?);
    let owner = people::identity(case.text("owner")?)?;
    let body = case.body()?;
    let (opened, delivery_key) = match draft::open_own(&key, &owner, case.delivery()?, &body) {
        Ok(opened) => opened,
        Err(error) => return case.expect(open_outcome(error)),
    };
    compare(case, &opened)?;
    case.equal("delivery_key", delivery_key.expose())?;
    let keys = (&opened.link, &opened.keys, &delivery_key);
    let again = draft::seal_own(&key, &owner, keys, &opened.notes, &mut case.replay("salt")?)
        .map_err(|error| error.to_string())?;
    if again == body { Ok(()) } else { Err("sealing again gives other bytes".to_owned()) }
}

pub(super) fn compare(case: &Case<'_>, opened: &Draft) -> Result<(), Failed> {
    case.expect("ok")?;
    case.equal("secret", opened.link.secret().expose())?;
    case.equal("auth", opened.keys.auth.expose())?;
    case.equal("cover_key", opened.keys.cover.expose())?;
    case.equal("notes_sha256", &suite::sha256(&opened.notes))
}
