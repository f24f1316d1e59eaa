//! Normalization Form C, so that what two keyboards type differently is one password and one name.
//!
//! Composed here from the library's steps: its ready-made iterator can do compatibility forms too, whose tables every
//! browser would load and nothing would use. And no letter of a password stays behind in memory.

use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical};
use zeroize::Zeroizing;

/// Most characters that one becomes.
const MOST_PARTS: usize = 4;

/// Appends text to `to` in NFC. When `to` has room for it, no part of it is copied elsewhere.
///
/// > Unicode §3.11, D117: decompose canonically, order marks by their class, compose.
pub(crate) fn push_nfc(to: &mut String, text: impl Iterator<Item = char> + Clone) {
    let mut letters = Zeroizing::new(Vec::with_capacity(MOST_PARTS * text.clone().count()));
    for letter in text {
        decompose_canonical(letter, |part| insert(&mut letters, part));
    }
    let composed = compose_all(&mut letters);
    to.extend(&letters[..composed]);
}

/// Puts a character behind those of no higher class; starters, of class 0, stay where they come.
fn insert(letters: &mut Vec<char>, part: char) {
    let class = canonical_combining_class(part);
    let before = |letter: &char| class == 0 || canonical_combining_class(*letter) <= class;
    let place = letters.iter().rposition(before).map_or(0, |last| last + 1);
    letters.insert(place, part);
}

/// Composes what can be, in place; returns how many characters are left at the beginning.
///
/// > Unicode §3.11, D115: a character is blocked from a starter by one between them that is a starter or of no lower class.
fn compose_all(letters: &mut [char]) -> usize {
    let (mut length, mut starter, mut last_class) = (0, None, 0);
    for next in 0..letters.len() {
        let letter = letters[next];
        let class = canonical_combining_class(letter);
        if let Some(starter) = starter {
            let blocked = length > starter + 1 && last_class >= class;
            if !blocked && let Some(both) = compose(letters[starter], letter) {
                letters[starter] = both;
                continue;
            }
        }
        if class == 0 {
            starter = Some(length);
        }
        last_class = class;
        letters[length] = letter;
        length += 1;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::push_nfc;
    use proptest::{collection::vec, prelude::*};
    use unicode_normalization::UnicodeNormalization;

    fn nfc(text: &str) -> String {
        let mut normal = String::new();
        push_nfc(&mut normal, text.chars());
        normal
    }

    #[test]
    fn every_character_alone_and_among_marks() {
        // Behind the plane of the ideographs nothing composes or decomposes.
        for letter in '\0'..='\u{2ffff}' {
            for text in [format!("{letter}"), format!("a\u{301}{letter}\u{327}e\u{323}{letter}\u{302}")] {
                assert_eq!(nfc(&text), text.nfc().collect::<String>(), "{letter:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn as_the_library_does(letters in vec(
            prop_oneof![
                any::<char>(),
                prop::char::range('\u{300}', '\u{36f}'), // marks
                prop::char::range('\u{1100}', '\u{11ff}'), // parts of Hangul
                prop::char::range('A', 'z'),
                prop::char::range('\u{c0}', '\u{24f}'),
                prop::char::range('\u{1f00}', '\u{1fff}'), // up to four parts
                prop::char::range('\u{915}', '\u{9f0}'), // composed ones that stay apart
            ],
            0..24,
        )) {
            let text: String = letters.into_iter().collect();
            prop_assert_eq!(nfc(&text), text.nfc().collect::<String>());
        }
    }
}
