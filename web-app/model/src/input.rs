//! What people type, looked at before it is sent.

use blob_api::MAX_EMAIL_BYTES;

/// Fewest characters of a login password.
pub const MIN_PASSWORD: usize = 12;
/// Fewest characters of a delivery's password.
pub const MIN_DELIVERY_PASSWORD: usize = 8;
/// Longest password in bytes; longer ones are mistakes.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// The address as typed, without blanks around it, or `None` when it cannot be one. Only mistakes are found here: whether
/// the address exists is seen when a mail arrives.
#[must_use]
pub fn email(typed: &str) -> Option<&str> {
    let address = typed.trim();
    let (local, domain) = address.rsplit_once('@')?;
    let clean = |character: char| !character.is_whitespace() && !character.is_control();
    let labels = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    let good = !local.is_empty()
        && local.len() <= 64
        && !local.contains('@')
        && address.len() <= MAX_EMAIL_BYTES
        && domain.contains('.')
        && domain.split('.').all(labels)
        && address.chars().all(clean)
        && !address.contains(['<', '>', ',', ';', '"', '(', ')', '\\']);
    good.then_some(address)
}

/// What is wrong with a new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordFault {
    /// Fewer characters than this.
    TooShort(usize),
    /// Longer than anyone means.
    TooLong,
    /// With a control character, which no two keyboards type alike.
    Unusable,
    /// One character over and over, or the address itself.
    TooEasy,
    /// The second time it was typed differently.
    Differs,
}

/// Looks at a new login password.
///
/// # Errors
/// What is wrong with it.
pub fn new_password(password: &str, again: &str, email: &str) -> Result<(), PasswordFault> {
    check(password, MIN_PASSWORD)?;
    if !email.is_empty() && password.eq_ignore_ascii_case(email) {
        return Err(PasswordFault::TooEasy);
    }
    if password == again { Ok(()) } else { Err(PasswordFault::Differs) }
}

/// Looks at a new password for a delivery.
///
/// # Errors
/// What is wrong with it.
pub fn delivery_password(password: &str) -> Result<(), PasswordFault> {
    check(password, MIN_DELIVERY_PASSWORD)
}

/// Digits of a code of this length, typed or pasted with blanks and hyphens between them; `None` when it is no such code.
#[must_use]
pub fn digits(typed: &str, length: usize) -> Option<String> {
    let between = |character: &char| !character.is_whitespace() && !matches!(character, '-' | '\u{2013}');
    let digits: String = typed.chars().filter(between).collect();
    (digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// Characters that are missing until a login password is long enough.
#[must_use]
pub fn missing(password: &str) -> usize {
    MIN_PASSWORD.saturating_sub(password.chars().count())
}

fn check(password: &str, least: usize) -> Result<(), PasswordFault> {
    if password.chars().count() < least {
        return Err(PasswordFault::TooShort(least));
    }
    if password.len() > MAX_PASSWORD_BYTES {
        return Err(PasswordFault::TooLong);
    }
    if password.chars().any(char::is_control) {
        return Err(PasswordFault::Unusable);
    }
    let mut characters = password.chars();
    let first = characters.next();
    if characters.all(|character| Some(character) == first) { Err(PasswordFault::TooEasy) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn addresses() {
        for good in
            ["a@b.de", " erika.mustermann+tag@amt.example.org ", "jörg@müller.example", "o'hara@x-y.example"]
        {
            assert_eq!(email(good), Some(good.trim()));
        }
        let long = format!("{}@b.de", "x".repeat(65));
        for bad in [
            "",
            "a",
            "@b.de",
            "a@",
            "a@b",
            "a@b..de",
            "a b@c.de",
            "a@b.de, c@d.de",
            "A <a@b.de>",
            "a@-b.de",
            "a@@b.de",
            "a@b.de\nx",
            &long,
        ] {
            assert_eq!(email(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn codes() {
        for typed in ["12345678", " 1234 5678\n", "1234-5678", "12 34\u{2013}56 78"] {
            assert_eq!(digits(typed, 8).as_deref(), Some("12345678"));
        }
        for typed in ["", "1234567", "123456789", "1234567a", "١٢٣٤٥٦٧٨", "12.345.678"] {
            assert_eq!(digits(typed, 8), None, "{typed:?}");
        }
    }

    #[test]
    fn passwords() {
        use PasswordFault::*;
        assert_eq!((missing(""), missing("elf zeichen"), missing("zwölf zeichen")), (12, 1, 0));
        assert_eq!(new_password("correct horse battery", "correct horse battery", "a@b.de"), Ok(()));
        assert_eq!(new_password("short", "short", ""), Err(TooShort(MIN_PASSWORD)));
        assert_eq!(new_password("correct horse battery", "correct horse", ""), Err(Differs));
        assert_eq!(new_password("aaaaaaaaaaaa", "aaaaaaaaaaaa", ""), Err(TooEasy));
        assert_eq!(new_password("Erika@example.de", "Erika@example.de", "erika@example.de"), Err(TooEasy));
        assert_eq!(delivery_password(&"ab".repeat(600)), Err(TooLong));
        assert_eq!(delivery_password("straße 7"), Ok(()));
        assert_eq!(delivery_password("eins\tzwei drei"), Err(Unusable));
        assert_eq!(delivery_password("1234567"), Err(TooShort(MIN_DELIVERY_PASSWORD)));
    }
}
