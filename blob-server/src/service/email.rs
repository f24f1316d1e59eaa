//! E-mail addresses.

use blob_api::MAX_EMAIL_BYTES;
use crypto_core::login::LoginName;

use super::Error;

/// Reads an address that is sane enough to be kept, shown and compared: one `@`, no spaces or control characters, a
/// domain of letters, digits, dots and dashes, at most [`MAX_EMAIL_BYTES`] as typed. Spaces at the ends go, the domain
/// takes the form that it has in login names, the local part stays as typed. Whether somebody reads it is another matter.
///
/// # Errors
/// [`Error::Invalid`] for anything else.
pub(super) fn address(typed: &str) -> Result<String, Error> {
    if typed.len() > MAX_EMAIL_BYTES {
        return Err(Error::Invalid);
    }
    let typed = typed.trim();
    let (local, domain) = typed.split_once('@').ok_or(Error::Invalid)?;
    if !(1..=64).contains(&local.len()) || !local.chars().all(is_local) || !is_domain(domain) {
        return Err(Error::Invalid);
    }
    let login = LoginName::new(typed).map_err(|_| Error::Invalid)?;
    let (_, ascii) = login.as_str().rsplit_once('@').ok_or(Error::Invalid)?;
    // Labels grow when they become ASCII.
    if is_domain(ascii) { Ok(format!("{local}@{ascii}")) } else { Err(Error::Invalid) }
}

/// Reads an address as login name: all of it in lower case, so that people need not remember how they wrote it. The
/// browser normalises what was typed in the same way, since OPAQUE binds the name.
///
/// # Errors
/// [`Error::Invalid`] for what is no address.
pub(super) fn login_name(typed: &str) -> Result<LoginName, Error> {
    address(typed)?;
    LoginName::new(typed).map_err(|_| Error::Invalid)
}

/// An address as it may be shown to whoever has a link that was sent to it: enough for its owner to know which of their
/// addresses it is, and little for anybody else.
pub(super) fn hint(address: &str) -> String {
    let (local, domain) = address.split_once('@').unwrap_or((address, ""));
    format!("{}…@{domain}", local.chars().next().unwrap_or_default())
}

/// Printable, and none of the characters that end an address in a mail header.
fn is_local(c: char) -> bool {
    !c.is_control() && !c.is_whitespace() && !"@,;:<>()[]\\\"".contains(c)
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        let inner = |c: char| c.is_alphanumeric() || c == '-';
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{address, login_name};

    #[test]
    fn sane_addresses() {
        for (typed, kept, login) in [
            ("a@b", "a@b", "a@b"),
            (" Erika.Muster@Amt.Example ", "Erika.Muster@amt.example", "erika.muster@amt.example"),
            ("o'neill+x@mail.example", "o'neill+x@mail.example", "o'neill+x@mail.example"),
            ("Jörg@Müller.example", "Jörg@xn--mller-kva.example", "jörg@xn--mller-kva.example"),
        ] {
            assert_eq!(address(typed).ok().unwrap(), kept);
            assert_eq!(login_name(typed).ok().unwrap().as_str(), login);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let long = format!("{}@b.example", "a".repeat(65));
        let longer = format!("a@{}", "b.".repeat(130));
        let padded = format!("{}a@b", " ".repeat(252));
        for typed in [
            "",
            "@",
            "a@",
            "@b",
            "a",
            "a@b@c",
            "a b@c",
            "a@b c",
            "a@b\r\nBcc: x@y",
            "a\u{0}@b",
            "a@b..c",
            "a@.b",
            "a@b.",
            "a@-b",
            "<a@b>",
            "a@b,c@d",
            "a@[127.0.0.1]",
            "a\u{2028}@b",
            "\"a\"@b",
            "a@b。c",
            "a@☃.example",
            "a@ҽʃмчȫϒիϝűѡӷƥȗԑбϖӑÿҧěˊвȥȡӫɳìɗբɸн.example",
            &long,
            &longer,
            &padded,
        ] {
            assert!(address(typed).is_err() && login_name(typed).is_err(), "{typed:?}");
        }
    }
}
