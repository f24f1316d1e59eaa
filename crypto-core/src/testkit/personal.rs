//! Cases of kind `personal`.

use super::case::{Case, Failed};
use super::open_outcome;
use crate::error::ParseError;
use crate::id::RecipientId;
use crate::personal::AnyLink;

/// Reads the fragment, opens the body with it, compares what comes out, and seals it again with the same salt.
pub(super) fn run(case: &Case<'_>) -> Result<(), Failed> {
    let fragment = case.text("fragment")?;
    let personal = match AnyLink::parse(case.delivery()?, fragment) {
        Ok(AnyLink::Personal(personal)) => personal,
        Ok(AnyLink::Own(_)) => return case.expect("own"),
        Err(ParseError::UnknownFormat) => return case.expect("unknown format"),
        Err(ParseError::Malformed) => return case.expect("malformed"),
    };
    let (recipient, level) = (RecipientId(case.bytes("recipient")?), case.level()?);
    let body = case.body()?;
    let link = match personal.open(recipient, level, &body) {
        Ok(link) => link,
        Err(error) => return case.expect(open_outcome(error)),
    };
    case.expect("ok")?;
    case.equal("gate", personal.gate().expose())?;
    case.equal("secret", link.secret().expose())?;
    if *personal.fragment() != fragment {
        return Err("the fragment is written differently".to_owned());
    }
    let again = personal
        .seal(&link, recipient, level, &mut case.replay("salt")?)
        .map_err(|error| error.to_string())?;
    if again == body { Ok(()) } else { Err("sealing again gives other bytes".to_owned()) }
}
