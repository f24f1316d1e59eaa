//! Cases of kind `draft`.

use super::case::{Case, Failed};
use super::open_outcome;
use crate::draft::{self, ResumeKey};
use crate::suite;

/// Opens the body, compares what it holds, and seals it again with the same salt.
pub(super) fn run(case: &Case<'_>) -> Result<(), Failed> {
    let key = ResumeKey::from_bytes(&case.bytes("resume_key")?);
    let body = case.body()?;
    let opened = match draft::open(&key, case.delivery()?, &body) {
        Ok(opened) => opened,
        Err(error) => return case.expect(open_outcome(error)),
    };
    case.expect("ok")?;
    case.equal("secret", opened.link.secret().expose())?;
    case.equal("auth", opened.keys.auth.expose())?;
    case.equal("cover_key", opened.keys.cover.expose())?;
    case.equal("notes_sha256", &suite::sha256(&opened.notes))?;
    let again = draft::seal(&key, &opened.link, &opened.keys, &opened.notes, &mut case.replay("salt")?)
        .map_err(|error| error.to_string())?;
    if again == body { Ok(()) } else { Err("sealing again gives other bytes".to_owned()) }
}
