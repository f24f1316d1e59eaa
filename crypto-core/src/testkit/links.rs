//! Cases of kind `link`.

use super::case::{Case, Failed};
use crate::error::ParseError;
use crate::kdf::Password;
use crate::link::Link;

/// Reads the fragment, writes it again, and compares everything derived from it.
pub(super) fn run(case: &Case<'_>) -> Result<(), Failed> {
    let fragment = case.text("fragment")?;
    let link = match Link::parse(case.delivery()?, fragment) {
        Ok(link) => link,
        Err(ParseError::UnknownFormat) => return case.expect("unknown format"),
        Err(ParseError::Malformed) => return case.expect("malformed"),
    };
    case.expect("ok")?;
    if *link.fragment() != fragment {
        return Err("the fragment is written differently".to_owned());
    }
    let password =
        case.optional("password").map(Password::new).transpose().map_err(|error| error.to_string())?;
    let keys = link.keys(password.as_ref()).map_err(|error| error.to_string())?;
    case.equal("gate", link.gate().expose())?;
    case.equal("auth", keys.auth.expose())?;
    case.equal("cover_key", keys.cover.expose())
}
