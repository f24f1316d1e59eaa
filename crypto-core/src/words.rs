//! Numbers as words that can be read out, printed and typed. SPEC §12.
//!
//! What counts are the numbers; a list only shows them. Two languages show the same numbers in different words, so a code
//! may be read out in either, and typed in either.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::error::WordsError;

/// Words in each list: 6^5, or 12.9 bits a word.
pub const WORDS: u16 = 7776;
/// Longest text that is looked at; twice what the longest code takes in the longest words.
const MAX_TYPED_BYTES: usize = 512;

/// The language that a number is shown in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// `words/de.txt`
    German,
    /// `words/en.txt`
    English,
}

impl Language {
    const ALL: [Self; 2] = [Self::German, Self::English];

    fn list(self) -> impl Iterator<Item = &'static str> {
        match self {
            Self::German => include_str!("words/de.txt"),
            Self::English => include_str!("words/en.txt"),
        }
        .lines()
    }

    /// The word of a number; empty for a number that has none.
    pub(crate) fn word(self, number: u16) -> &'static str {
        self.list().nth(usize::from(number)).unwrap_or_default()
    }

    /// The number of a word in lower case. A hyphen that belongs to a word may be left out.
    fn number(self, typed: &str) -> Option<u16> {
        let find = |same: &dyn Fn(&str) -> bool| self.list().position(same);
        let exact = find(&|word| word == typed);
        let found = exact.or_else(|| {
            find(&|word| word.contains('-') && word.split('-').flat_map(str::chars).eq(typed.chars()))
        });
        found.and_then(|number| u16::try_from(number).ok())
    }
}

/// Fills `numbers` with random ones, two bytes each, most significant first.
pub(crate) fn draw(numbers: &mut [u8], rng: &mut impl CryptoRng) {
    for number in numbers.chunks_exact_mut(2) {
        loop {
            rng.fill_bytes(number);
            // 13 bits, of which 95 % are numbers of words: all of them equally likely.
            number[0] &= 0x1f;
            if u16::from_be_bytes([number[0], number[1]]) < WORDS {
                break;
            }
        }
    }
}

/// The words of numbers as [`draw`] writes them, with spaces between.
pub(crate) fn spell(numbers: &[u8], language: Language) -> Zeroizing<String> {
    // Reserved, so that no copy stays behind: no word has more than 9 letters.
    let mut text = Zeroizing::new(String::with_capacity(5 * numbers.len()));
    for number in numbers.as_chunks::<2>().0 {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(language.word(u16::from_be_bytes(*number)));
    }
    text
}

/// Reads words in one language, or in the other: `accept` says which of the readings is right.
///
/// Between words may stand whatever is neither letter nor hyphen; capitals do not matter.
pub(crate) fn read<const BYTES: usize, T>(
    typed: &str,
    accept: impl Fn(&[u8; BYTES]) -> Option<T>,
) -> Result<T, WordsError> {
    if typed.len() > MAX_TYPED_BYTES {
        return Err(WordsError::WrongCount);
    }
    let typed = Zeroizing::new(typed.to_lowercase());
    let words = || typed.split(|c: char| !c.is_alphabetic() && c != '-').filter(|word| !word.is_empty());
    let mut error = WordsError::UnknownWord;
    for language in Language::ALL {
        let mut numbers = Zeroizing::new([0; BYTES]);
        let mut known = 0;
        for (word, place) in words().zip(numbers.as_chunks_mut::<2>().0) {
            let Some(number) = language.number(word) else { break };
            *place = number.to_be_bytes();
            known += 1;
        }
        if words().count() != BYTES / 2 {
            error = WordsError::WrongCount;
        } else if known == BYTES / 2 {
            match accept(&numbers) {
                Some(value) => return Ok(value),
                None => error = WordsError::Mistyped,
            }
        }
    }
    Err(error)
}

/// Could the words in one language be taken for the words of other numbers in the other, or one of them be heard as
/// another (the English list has a word both with a hyphen and without)?
pub(crate) fn is_ambiguous(numbers: &[u8]) -> bool {
    let numbers = || numbers.as_chunks::<2>().0.iter().map(|number| u16::from_be_bytes(*number));
    let all_in =
        |from: Language, to: Language| numbers().all(|number| to.number(from.word(number)).is_some());
    let letters = |word: &'static str| word.chars().filter(|c| *c != '-');
    let twins = |number: u16| {
        let word = Language::English.word(number);
        Language::English.list().filter(|other| letters(other).eq(letters(word))).count() > 1
    };
    all_in(Language::German, Language::English)
        || all_in(Language::English, Language::German)
        || numbers().any(twins)
}

/// Words of [`propose`]: 77 bits.
const PROPOSED: usize = 6;

/// Random words for somebody to choose as their SecuPass.
pub fn propose(language: Language, rng: &mut impl CryptoRng) -> Zeroizing<String> {
    let mut numbers = Zeroizing::new([0; 2 * PROPOSED]);
    draw(numbers.as_mut_slice(), rng);
    spell(numbers.as_slice(), language)
}

/// The places of typed words that stand in neither list, counted from 0: what an entry form marks.
pub fn unknown(typed: &str) -> Vec<usize> {
    let typed =
        Zeroizing::new(typed.chars().take(MAX_TYPED_BYTES).flat_map(char::to_lowercase).collect::<String>());
    typed
        .split(|c: char| !c.is_alphabetic() && c != '-')
        .filter(|word| !word.is_empty())
        .enumerate()
        .filter(|(_, word)| Language::ALL.iter().all(|language| language.number(word).is_none()))
        .map(|(place, _)| place)
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Language, WORDS, WordsError, read, spell, unknown};
    use crate::suite::sha256;

    #[test]
    fn the_lists_are_sorted_whole_and_without_doubles() {
        for language in Language::ALL {
            let words: Vec<_> = language.list().collect();
            assert_eq!(words.len(), usize::from(WORDS));
            assert!(words.is_sorted_by(|a, b| a < b));
            assert!(words.iter().all(|word| (3..=9).contains(&word.len())));
            assert!(words.iter().all(|word| word.bytes().all(|c| c.is_ascii_lowercase() || c == b'-')));
        }
    }

    /// People have printed codes: the lists never change.
    #[test]
    fn the_lists_are_those_of_the_specification() {
        let hash = |text: &str| sha256(text.as_bytes()).map(|byte| format!("{byte:02x}")).concat();
        assert_eq!(
            [hash(include_str!("words/de.txt")), hash(include_str!("words/en.txt"))],
            [
                "5e7d2f4f2ef70b861d5b7488f742997e58cbf42d7defbbd84e5182b8a83b9f53",
                "6d557f0693958fb5e650b68b5bee585eb82cf4da32965505c789e924743bc522"
            ]
        );
    }

    #[test]
    fn words_are_proposed_from_the_list_and_never_twice() {
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        for language in Language::ALL {
            let [one, other] = [(); 2].map(|()| super::propose(language, &mut rng));
            assert_ne!(one, other);
            assert_eq!(one.split(' ').count(), super::PROPOSED);
            assert!(one.split(' ').all(|word| language.number(word).is_some()), "{}", one.as_str());
        }
    }

    fn any(typed: &str) -> Result<[u8; 4], WordsError> {
        read(typed, |numbers: &[u8; 4]| Some(*numbers))
    }

    #[test]
    fn every_word_is_read_as_its_number() {
        for language in Language::ALL {
            for number in (0..WORDS).step_by(97).chain([WORDS - 1]) {
                let word = language.word(number);
                assert_eq!(language.number(word), Some(number), "{word}");
            }
        }
    }

    #[test]
    fn words_are_read_however_they_are_typed() {
        let numbers = [[0x01, 0x02], [0x1e, 0x5f]].concat();
        for language in Language::ALL {
            let text = spell(&numbers, language);
            for typed in [
                text.to_string(),
                text.to_uppercase(),
                format!(" {} \n", text.replace(' ', ",\t1. ")),
                text.replace(' ', "\u{a0}"),
            ] {
                assert_eq!(any(&typed).map(Vec::from), Ok(numbers.clone()), "{typed}");
            }
        }
        assert_eq!(any("T-Shirt felttip"), any("tshirt felt-tip"));
        assert!(any("t-shirt felt-tip").is_ok());
    }

    #[test]
    fn what_could_be_heard_as_something_else_is_found() {
        let numbers = |words: &str| any(words).unwrap();
        assert!(!super::is_ambiguous(&numbers("aachener aalen")));
        assert!(
            super::is_ambiguous(&numbers("yo-yo zoologist"))
                && super::is_ambiguous(&numbers("yoyo zoologist"))
        );
        // Words of both lists alone.
        assert!(super::is_ambiguous(&numbers("alarm alarm")));
    }

    #[test]
    fn what_is_wrong_is_told() {
        assert_eq!(any("aachener qqqqq"), Err(WordsError::UnknownWord));
        assert_eq!(any("aachener"), Err(WordsError::WrongCount));
        assert_eq!(any("aachener aalen abart"), Err(WordsError::WrongCount));
        assert_eq!(any(&"aachener ".repeat(100)), Err(WordsError::WrongCount));
        assert_eq!(any(""), Err(WordsError::WrongCount));
        // One language at a time.
        assert_eq!(any("aachener zoologist"), Err(WordsError::UnknownWord));
        assert_eq!(read("aachener aalen", |_: &[u8; 4]| None::<()>), Err(WordsError::Mistyped));
        assert_eq!(unknown("aachener qqqqq zoologist x"), [1, 3]);
    }
}
