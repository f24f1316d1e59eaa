//! Display names.

use blob_api::MAX_NAME_CHARS;

use super::Error;

/// Reads a name that can be shown: one line, at most [`MAX_NAME_CHARS`] as typed, without control characters. Spaces at the
/// ends go.
///
/// # Errors
/// [`Error::Invalid`] for anything else.
pub(super) fn display_name(typed: &str) -> Result<&str, Error> {
    let name = typed.trim();
    let short = typed.chars().count() <= MAX_NAME_CHARS;
    if short && !name.is_empty() && !typed.chars().any(char::is_control) {
        Ok(name)
    } else {
        Err(Error::Invalid)
    }
}
