//! Addresses that a sender types, pastes or chooses.

use crate::input;

/// What was typed, taken apart: addresses to add, and what is none and stays in the field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// In their order, each once.
    pub addresses: Vec<String>,
    /// In its order.
    pub rest: Vec<String>,
}

/// Reads a list as people have it: separated by commas, semicolons, spaces or lines, with names around the addresses
/// (`Erika Muster <erika@amt.example>`), as mail programs copy it.
#[must_use]
pub fn read(typed: &str) -> Typed {
    let mut read = Typed::default();
    for entry in typed.split([',', ';', '\n', '\r', '\t']).map(str::trim).filter(|entry| !entry.is_empty()) {
        let named = entry.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(inner, _)| inner);
        // Without brackets, blanks separate, too.
        let words: Vec<&str> =
            named.map_or_else(|| entry.split_whitespace().collect(), |address| vec![address]);
        for word in words {
            let word = word.trim_start_matches("mailto:");
            match input::email(word) {
                Some(address) if read.addresses.iter().any(|known| is_same(known, address)) => {}
                Some(address) => read.addresses.push(address.to_owned()),
                None => read.rest.push(word.to_owned()),
            }
        }
    }
    read
}

/// Do these name the same mailbox, as the server sees it?
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(typed: &str) -> Vec<String> {
        read(typed).addresses
    }

    #[test]
    fn lists_as_people_have_them() {
        for typed in [
            "a@x.example, b@x.example",
            "a@x.example; b@x.example;",
            " a@x.example b@x.example ",
            "a@x.example\r\nb@x.example\n",
            "Erika Muster <a@x.example>, \"Muster, Max\" <b@x.example>",
            "mailto:a@x.example,mailto:b@x.example",
            "a@x.example, A@X.example, b@x.example",
        ] {
            assert_eq!(addresses(typed), ["a@x.example", "b@x.example"], "{typed:?}");
        }
    }

    #[test]
    fn what_is_no_address_stays() {
        let read = read("a@x.example, erika, b@, c@x.example");
        assert_eq!(read.addresses, ["a@x.example", "c@x.example"]);
        assert_eq!(read.rest, ["erika", "b@"]);
        assert_eq!(super::read("  ,; "), Typed::default());
    }
}
