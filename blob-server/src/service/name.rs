//! Display names.

use super::Error;

/// Most characters of a display name.
const MOST_CHARS: usize = 100;

/// Reads a name that can be shown: one line, without control characters, spaces at the ends removed.
///
/// # Errors
/// [`Error::Invalid`] for anything else.
pub(super) fn display_name(typed: &str) -> Result<&str, Error> {
    let name = typed.trim();
    let fits = (1..=MOST_CHARS).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(name) } else { Err(Error::Invalid) }
}
