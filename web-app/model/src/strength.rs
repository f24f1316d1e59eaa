//! How long a SecuPass or a login password would last against somebody who has what the server keeps, and tries many.
//!
//! How many guesses it takes is estimated by zxcvbn (`www/strength/strength.js`); what follows from that is decided here.

use serde::{Deserialize, Serialize};

use crate::text::Language;

/// Guesses that ten good graphics cards make in a second: each costs Argon2id with 64 MiB and three passes, and so half a
/// gigabyte of the 1 TB that the memory of one such card moves in a second.
const GUESSES_PER_SECOND: f64 = 20_000.0;
/// Guesses from which on a SecuPass can be chosen: one and a half years of those ten cards, for one account. Twelve
/// characters without any pattern count as that many.
const FAIR: f64 = 1e12;
/// Guesses from which on it lasts: more than a hundred years.
const STRONG: f64 = 1e14;

const MINUTE: f64 = 60.0;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;
const YEAR: f64 = 365.25 * DAY;
const MONTH: f64 = YEAR / 12.0;

/// In a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rating {
    /// It is soon guessed; no SecuPass can be that.
    Weak,
    /// It lasts a while.
    Fair,
    /// It lasts.
    Strong,
}

/// What above all makes it weak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// Many people choose it, or nearly it.
    Common,
    /// It is what everybody knows of this person, or of this site.
    Own,
    /// First names and family names.
    Name,
    /// A single word.
    Word,
    /// The same again and again.
    Repeated,
    /// Keys that lie beside each other.
    Row,
    /// As in the alphabet, or as one counts.
    Sequence,
    /// A date or a year.
    Date,
    /// There is too little of it.
    Few,
}

impl Reason {
    /// By the name that zxcvbn-ts has for its warning; empty for none.
    #[must_use]
    pub fn of(warning: &str) -> Self {
        match warning {
            "topTen" | "topHundred" | "common" | "similarToCommon" => Self::Common,
            "userInputs" => Self::Own,
            "namesByThemselves" | "commonNames" => Self::Name,
            "wordByItself" => Self::Word,
            "simpleRepeat" | "extendedRepeat" => Self::Repeated,
            "straightRow" | "keyPattern" => Self::Row,
            "sequences" => Self::Sequence,
            "recentYears" | "dates" => Self::Date,
            _ => Self::Few,
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn sentence(self, language: Language) -> &'static str {
        match self {
            Self::Common => language.strength_common(),
            Self::Own => language.strength_own(),
            Self::Name => language.strength_name(),
            Self::Word => language.strength_word(),
            Self::Repeated => language.strength_repeated(),
            Self::Row => language.strength_row(),
            Self::Sequence => language.strength_sequence(),
            Self::Date => language.strength_date(),
            Self::Few => language.strength_few(),
        }
    }
}

/// What the estimator says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// How many guesses it takes.
    pub guesses: f64,
    /// What would make it weak.
    pub reason: Reason,
}

impl Estimate {
    /// Of six words that were drawn at random: 77 bits, which needs no estimator.
    pub const PROPOSED: Self = Self { guesses: 1.5e23, reason: Reason::Few };

    /// In a word.
    #[must_use]
    pub fn rating(self) -> Rating {
        // What is no number is no good sign.
        match self.guesses {
            STRONG.. => Rating::Strong,
            FAIR.. => Rating::Fair,
            _ => Rating::Weak,
        }
    }

    /// How long it lasts.
    #[must_use]
    pub fn sentence(self, language: Language) -> String {
        let seconds = self.guesses / GUESSES_PER_SECOND;
        let whole = |unit: f64| format!("{:.0}", seconds / unit);
        let time = match self.rating() {
            Rating::Strong => return language.strength_strong().to_owned(),
            Rating::Fair => return language.strength_fair(&whole(YEAR)),
            Rating::Weak if seconds >= 2.0 * MONTH => language.strength_months(&whole(MONTH)),
            Rating::Weak if seconds >= 2.0 * DAY => language.strength_days(&whole(DAY)),
            Rating::Weak if seconds >= 2.0 * HOUR => language.strength_hours(&whole(HOUR)),
            Rating::Weak if seconds >= 2.0 * MINUTE => language.strength_minutes(&whole(MINUTE)),
            Rating::Weak => language.strength_moments().to_owned(),
        };
        language.strength_weak(&time)
    }
}

/// What somebody who guesses would try first, because everybody knows it: names, addresses, and their parts.
#[must_use]
pub fn known<'a>(facts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut known = vec!["siegel".to_owned(), "secupass".to_owned()];
    for fact in facts {
        let whole = fact.trim().to_lowercase();
        let between = |letter: char| !letter.is_alphanumeric();
        known.extend(whole.split(between).filter(|part| part.chars().count() > 2).map(str::to_owned));
        known.extend(whole.split('@').map(str::to_owned));
        known.push(whole);
    }
    known.sort_unstable();
    known.dedup();
    known.retain(|fact| !fact.is_empty());
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(guesses: f64) -> Estimate {
        Estimate { guesses, reason: Reason::Few }
    }

    #[test]
    fn guesses_become_a_word_and_a_time() {
        for (guesses, rating, time) in [
            (1.0, Rating::Weak, "less than two minutes"),
            (f64::NAN, Rating::Weak, "less than two minutes"),
            (6e6, Rating::Weak, "5 minutes"),
            (2e8, Rating::Weak, "3 hours"),
            (1e10, Rating::Weak, "6 days"),
            (9.99e11, Rating::Weak, "19 months"),
            (1e12, Rating::Fair, "2 years"),
            (9.9e13, Rating::Fair, "157 years"),
            (1e14, Rating::Strong, "a hundred years"),
            (f64::INFINITY, Rating::Strong, "a hundred years"),
        ] {
            let estimate = of(guesses);
            assert_eq!(estimate.rating(), rating, "{guesses}");
            let sentence = estimate.sentence(Language::En);
            assert!(sentence.replace('\u{a0}', " ").contains(time), "{guesses}: {sentence}");
        }
        assert_eq!(Estimate::PROPOSED.rating(), Rating::Strong);
    }

    #[test]
    fn every_reason_has_its_sentence() {
        let warnings =
            ["similarToCommon", "userInputs", "commonNames", "wordByItself", "extendedRepeat", "keyPattern"];
        let mut sentences: Vec<_> = warnings
            .into_iter()
            .chain(["sequences", "dates", ""])
            .flat_map(|warning| Language::ALL.iter().map(|language| Reason::of(warning).sentence(*language)))
            .collect();
        sentences.sort_unstable();
        sentences.dedup();
        assert_eq!(sentences.len(), 18);
        assert_eq!(Reason::of("a warning of a later version"), Reason::Few);
    }

    #[test]
    fn what_everybody_knows_is_taken_apart() {
        let known = known(["Erika.Mustermann@amt.example", " Erika Mustermann ", ""]);
        for fact in ["erika.mustermann@amt.example", "erika.mustermann", "erika", "mustermann", "amt.example"]
        {
            assert!(known.iter().any(|one| one == fact), "{fact}: {known:?}");
        }
        assert_eq!(known.iter().filter(|one| *one == "erika").count(), 1);
        assert!(known.contains(&"siegel".to_owned()) && !known.contains(&String::new()));
    }
}
