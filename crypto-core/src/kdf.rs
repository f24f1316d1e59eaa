//! From a password to a key: normalisation, then Argon2id with compiled-in parameters. SPEC §4.

use zeroize::Zeroizing;

use crate::error::KeyError;
use crate::suite;
use crate::text::push_nfc;

/// Parameters of Argon2id, known by number. There is no way to ask for others: a server that could choose them could
/// choose weak ones, or ones that exhaust the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// 64 MiB, 3 passes, 1 lane: the second recommendation of RFC 9106 §4, but with one lane, since a browser computes
    /// them one after another and only an attacker would gain from more.
    One,
}

impl Profile {
    /// The profile of this number; 0 is none and stays free to say "no password".
    ///
    /// # Errors
    /// [`KeyError::UnknownProfile`] for every number but 1.
    pub const fn from_number(number: u8) -> Result<Self, KeyError> {
        match number {
            1 => Ok(Self::One),
            _ => Err(KeyError::UnknownProfile),
        }
    }

    /// The number as it is written, 1 byte.
    pub const fn number(self) -> u8 {
        match self {
            Self::One => 1,
        }
    }

    /// `(memory in KiB, passes, lanes)`
    const fn parameters(self) -> (u32, u32, u32) {
        match self {
            Self::One => (64 * 1024, 3, 1),
        }
    }

    /// Argon2id over any input: of a [`Password`] here, of an OPRF output in [`crate::login`].
    pub(crate) fn stretch(self, input: &[u8], salt: &[u8; 16], out: &mut [u8]) -> Result<(), KeyError> {
        #[cfg(test)]
        STRETCHED.with(|count| count.set(count.get() + 1));
        let (memory, passes, lanes) = self.parameters();
        // Input, salt and output have lengths that Argon2 takes, so memory is all that can be missing.
        suite::argon2id(memory, passes, lanes, input, salt, out).map_err(|_| KeyError::OutOfMemory)
    }
}

#[cfg(test)]
thread_local! {
    /// How often this thread has run Argon2id: a refused profile must not come to that.
    pub(crate) static STRETCHED: core::cell::Cell<usize> = const { core::cell::Cell::new(0) };
}

/// A password in the one form in which it is hashed, so that it matches however the keyboard composed it.
///
/// ```compile_fail,E0277
/// fn f<T: core::fmt::Debug>() {}
/// f::<crypto_core::kdf::Password>();
/// ```
pub struct Password(Zeroizing<String>);

impl Password {
    /// The longest password, in bytes of UTF-8 after normalisation.
    pub const MAX_BYTES: usize = 1024;

    /// Normalises what was typed.
    ///
    /// > RFC 8265 §4.2.2, OpaqueString: map non-ASCII spaces to U+0020; change nothing else, not even case; apply NFC;
    /// > refuse the empty string.
    ///
    /// One rule is narrower than the RFC's FreeformClass: only control characters are refused. That class would also
    /// refuse every character its tables do not know yet and the joiners inside emoji, and so lock out people whose
    /// password a phone keyboard proposed.
    ///
    /// # Errors
    /// [`KeyError::EmptyPassword`], [`KeyError::LongPassword`], [`KeyError::ForbiddenCharacter`].
    pub fn new(typed: &str) -> Result<Self, KeyError> {
        Self::with_nfc(typed, |text| {
            // NFC at most triples the length of UTF-8; with the room reserved, no reallocation leaves a copy behind.
            let mut normal = String::with_capacity(3 * text.len());
            push_nfc(&mut normal, text.chars());
            normal
        })
    }

    /// As [`Password::new`], where the platform knows NFC: browsers do, and to bring its tables along would make up a
    /// tenth of what a recipient loads. What is ASCII only is in NFC already and is not given away.
    ///
    /// # Errors
    /// As [`Password::new`].
    pub fn with_nfc(typed: &str, nfc: impl FnOnce(&str) -> String) -> Result<Self, KeyError> {
        if typed.len() > Self::MAX_BYTES {
            return Err(KeyError::LongPassword);
        }
        if typed.chars().any(char::is_control) {
            return Err(KeyError::ForbiddenCharacter);
        }
        // No space is shorter than U+0020: with the room reserved, no reallocation leaves a copy behind.
        let mut text = Zeroizing::new(String::with_capacity(typed.len()));
        text.extend(typed.chars().map(|c| if is_space(c) { ' ' } else { c }));
        if !text.is_ascii() {
            text = Zeroizing::new(nfc(&text));
        }
        match text.len() {
            0 => Err(KeyError::EmptyPassword),
            n if n > Self::MAX_BYTES => Err(KeyError::LongPassword),
            _ => Ok(Self(text)),
        }
    }

    pub(crate) fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// General category Zs.
const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{KeyError, Password, Profile};

    fn normal(typed: &str) -> Result<String, KeyError> {
        Password::new(typed).map(|password| String::from_utf8(password.expose().to_vec()).unwrap())
    }

    #[test]
    fn the_platforms_nfc_gets_what_needs_it() {
        let with = |typed: &str, nfc: fn(&str) -> String| {
            Password::with_nfc(typed, nfc)
                .map(|password| String::from_utf8(password.expose().to_vec()).unwrap())
        };
        assert_eq!(with("Gr\u{2003}u\u{308}n", |text| text.replace("u\u{308}", "ü")).unwrap(), "Gr ün");
        assert_eq!(with("plain\u{a0}text", |_| String::new()).unwrap(), "plain text");
        assert_eq!(with("ü", |_| String::new()), Err(KeyError::EmptyPassword));
        assert_eq!(with("ü", |text| text.repeat(513)), Err(KeyError::LongPassword));
    }

    #[test]
    fn rfc_8265_section_4_3() {
        for same in [
            "correct horse battery staple",
            "Correct Horse Battery Staple",
            "\u{3c0}\u{df}\u{e5}",
            "Jack of \u{2666}s",
        ] {
            assert_eq!(normal(same).unwrap(), same);
        }
        assert_eq!(normal("foo\u{1680}bar").unwrap(), "foo bar");
        assert_eq!(normal(""), Err(KeyError::EmptyPassword));
        assert_eq!(normal("my cat is a \u{9}by"), Err(KeyError::ForbiddenCharacter));
    }

    #[test]
    fn composed_and_decomposed_are_one_password() {
        assert_eq!(normal("gru\u{308}n"), normal("gr\u{fc}n"));
        assert_ne!(normal("Gr\u{fc}n"), normal("gr\u{fc}n"));
    }

    #[test]
    fn emoji_are_allowed() {
        assert!(normal("\u{1f469}\u{200d}\u{1f4bb}\u{2764}\u{fe0f}").is_ok());
    }

    #[test]
    fn long_passwords_are_refused_before_and_after_normalisation() {
        assert!(normal(&"x".repeat(Password::MAX_BYTES)).is_ok());
        assert_eq!(normal(&"x".repeat(Password::MAX_BYTES + 1)), Err(KeyError::LongPassword));
        // U+FB2C is 3 bytes and decomposes, even under NFC, into 6.
        assert_eq!(normal(&"\u{fb2c}".repeat(Password::MAX_BYTES / 3)), Err(KeyError::LongPassword));
    }

    #[test]
    fn only_compiled_in_profiles_exist() {
        for number in (0..=u8::MAX).filter(|number| *number != 1) {
            assert_eq!(Profile::from_number(number), Err(KeyError::UnknownProfile));
        }
        assert_eq!(Profile::from_number(Profile::One.number()), Ok(Profile::One));
    }
}
