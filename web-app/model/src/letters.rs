//! What takes tables of all the world's letters: upper and lower case, and one form for what can be written in several.
//!
//! Every browser has them. Modules that brought their own would be a tenth larger, and so this asks the browser; tests,
//! which run without one, have tables of their own. Text of plain letters, which is most, needs no table.

use tables::{Form, normal};

/// Upper case, as in `String.prototype.toUpperCase`.
#[must_use]
pub fn upper(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_uppercase() } else { tables::upper(text) }
}

/// Lower case, as in `String.prototype.toLowerCase`.
#[must_use]
pub fn lower(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { tables::lower(text) }
}

/// Letters and their marks in one character where there is one (NFC).
#[must_use]
pub fn composed(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { normal(text, Form::Nfc) }
}

/// Letters and their marks apart (NFD).
#[must_use]
pub fn decomposed(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { normal(text, Form::Nfd) }
}

/// The browser's.
#[cfg(target_arch = "wasm32")]
mod tables {
    use js_sys::JsString;

    pub(super) enum Form {
        Nfc,
        Nfd,
    }

    pub(super) fn upper(text: &str) -> String {
        JsString::from(text).to_upper_case().into()
    }

    pub(super) fn lower(text: &str) -> String {
        JsString::from(text).to_lower_case().into()
    }

    pub(super) fn normal(text: &str, form: Form) -> String {
        let form = match form {
            Form::Nfc => "NFC",
            Form::Nfd => "NFD",
        };
        JsString::from(text).normalize(form).into()
    }
}

/// Those of the tests.
#[cfg(not(target_arch = "wasm32"))]
mod tables {
    use unicode_normalization::UnicodeNormalization;

    pub(super) enum Form {
        Nfc,
        Nfd,
    }

    pub(super) fn upper(text: &str) -> String {
        text.to_uppercase()
    }

    pub(super) fn lower(text: &str) -> String {
        text.to_lowercase()
    }

    pub(super) fn normal(text: &str, form: Form) -> String {
        match form {
            Form::Nfc => text.nfc().collect(),
            Form::Nfd => text.nfd().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_other_letters() {
        assert_eq!((upper("zip").as_str(), upper("größe").as_str()), ("ZIP", "GRÖSSE"));
        assert_eq!((lower("ZIP").as_str(), lower("ÄRGER").as_str()), ("zip", "ärger"));
        assert_eq!((composed("u\u{308}").as_str(), decomposed("ü").as_str()), ("ü", "u\u{308}"));
        assert_eq!((composed("zip").as_str(), decomposed("zip").as_str()), ("zip", "zip"));
    }
}
