//! A SecuPass: what it must be, and what can go wrong with the keys that it opens. Only members' pages tell of it.

use serde::{Deserialize, Serialize};

use crate::input::MAX_PASSWORD_BYTES;
use crate::strength::Reason;
use crate::text::Language;
use crate::tone::Tone;
use crate::trouble::Tells;

/// Characters of the shortest SecuPass.
pub const MIN_CHARS: usize = 12;
/// Words of the shortest one that has fewer characters.
pub const MIN_WORDS: usize = 6;

/// What stands against a SecuPass, a recovery code, or the keys behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeysFault {
    /// The new one has neither enough characters nor enough words.
    TooShort,
    /// The new one is longer than anyone means.
    TooLong,
    /// The new one holds a character that no two keyboards type alike.
    Unusable,
    /// The new one is too soon guessed, for this reason above all.
    TooEasy(Reason),
    /// How soon the new one is guessed cannot be told: what tells it could not be loaded.
    Unrated,
    /// The second time it was typed differently.
    Differs,
    /// The new one is the old one.
    Same,
    /// The new one is the login password.
    IsLogin,
    /// It opens nothing.
    Wrong,
    /// This word of a recovery code, counted from 1, is in no list.
    CodeWord(usize),
    /// A recovery code has another number of words.
    CodeCount,
    /// The words of a recovery code do not belong together, or are not those that were shown.
    CodeMistyped,
    /// The server demands a derivation that is none of ours. Nothing was derived.
    ProfileRefused,
    /// What the server keeps was not sealed by this account's owner.
    Damaged,
    /// The public keys that the server shows are not those of the private ones.
    KeysDiffer,
    /// The server shows a vault that is older than one this browser has seen.
    RolledBack,
    /// From a newer version of this software.
    Newer,
    /// The device has too little memory.
    NoMemory,
    /// Another browser has changed the keys meanwhile.
    ChangedElsewhere,
    /// The server says that there are no keys, and this browser has seen some.
    Gone,
    /// The keys were put in the place of others too often.
    TooOften,
    /// Somebody else's key is another than the one seen before.
    KeyChanged,
    /// What the server shows as somebody else's key is none.
    KeyDamaged,
    /// Who granted a delivery is not its sender, or was it with keys that are lost since.
    GiverUnknown,
    /// What the server shows as a grant is none for us.
    GrantDamaged,
    /// An invitation code has another number of words.
    InvitationCount,
    /// An invitation code opens nothing.
    InvitationWrong,
    /// An invitation code was used already, with other keys.
    InvitationUsed,
    /// The server shows another's key as that of who made an invitation code.
    InviterDiffers,
    /// The link of this delivery is not remembered.
    LinkNotKept,
    /// The keys of a box are not among the owner's any more.
    BoxKeysGone,
    /// No more can be remembered.
    VaultFull,
}

/// Looks at a new SecuPass, typed twice. How soon it is guessed tells [`crate::strength`].
///
/// # Errors
/// What is wrong with it.
pub fn check(secupass: &str, again: &str) -> Result<(), KeysFault> {
    if missing(secupass) > 0 {
        return Err(KeysFault::TooShort);
    }
    if secupass.len() > MAX_PASSWORD_BYTES {
        return Err(KeysFault::TooLong);
    }
    if secupass.chars().any(char::is_control) {
        return Err(KeysFault::Unusable);
    }
    if secupass == again { Ok(()) } else { Err(KeysFault::Differs) }
}

/// Characters that are missing until it is long enough.
#[must_use]
pub fn missing(secupass: &str) -> usize {
    if secupass.split_whitespace().count() >= MIN_WORDS {
        return 0;
    }
    // Spaces around it are easily lost, and add nothing.
    MIN_CHARS.saturating_sub(secupass.trim().chars().count())
}

impl Tells for KeysFault {
    fn kind(&self) -> &'static str {
        match self {
            Self::TooShort => "secupass-too-short",
            Self::TooLong => "secupass-too-long",
            Self::Unusable => "secupass-unusable",
            Self::TooEasy(_) => "secupass-too-easy",
            Self::Unrated => "secupass-unrated",
            Self::Differs => "secupass-differs",
            Self::Same => "secupass-same",
            Self::IsLogin => "secupass-is-login",
            Self::Wrong => "secupass-wrong",
            Self::CodeWord(_) => "code-word",
            Self::CodeCount => "code-count",
            Self::CodeMistyped => "code-mistyped",
            Self::ProfileRefused => "profile-refused",
            Self::Damaged => "keys-damaged",
            Self::KeysDiffer => "keys-differ",
            Self::RolledBack => "vault-rolled-back",
            Self::Newer => "keys-newer",
            Self::NoMemory => "no-memory",
            Self::ChangedElsewhere => "keys-changed-elsewhere",
            Self::Gone => "keys-gone",
            Self::TooOften => "keys-too-often",
            Self::KeyChanged => "key-changed",
            Self::KeyDamaged => "key-damaged",
            Self::GiverUnknown => "giver-unknown",
            Self::GrantDamaged => "grant-damaged",
            Self::InvitationCount => "invitation-count",
            Self::InvitationWrong => "invitation-wrong",
            Self::InvitationUsed => "invitation-used",
            Self::InviterDiffers => "inviter-differs",
            Self::LinkNotKept => "link-not-kept",
            Self::BoxKeysGone => "box-keys-gone",
            Self::VaultFull => "vault-full",
        }
    }

    fn sentence(&self, language: Language) -> String {
        match self {
            Self::TooShort => {
                return language.keys_too_short(&MIN_CHARS.to_string(), &MIN_WORDS.to_string());
            }
            Self::CodeWord(place) => return language.keys_code_word(&place.to_string()),
            Self::TooLong => language.keys_too_long(),
            Self::Unusable => language.keys_unusable(),
            Self::TooEasy(reason) => return language.keys_too_easy(reason.sentence(language)),
            Self::Unrated => language.keys_unrated(),
            Self::Differs => language.keys_again_differs(),
            Self::Same => language.keys_same(),
            Self::IsLogin => language.keys_is_login(),
            Self::Wrong => language.keys_wrong(),
            Self::CodeCount => language.keys_code_count(),
            Self::CodeMistyped => language.keys_code_mistyped(),
            Self::ProfileRefused => language.keys_profile_refused(),
            Self::Damaged => language.keys_damaged(),
            Self::KeysDiffer => language.keys_differ(),
            Self::RolledBack => language.keys_rolled_back(),
            Self::Newer => language.keys_newer(),
            Self::NoMemory => language.keys_no_memory(),
            Self::ChangedElsewhere => language.keys_changed_elsewhere(),
            Self::Gone => language.keys_gone(),
            Self::TooOften => language.keys_too_often(),
            Self::KeyChanged => language.keys_other_changed(),
            Self::KeyDamaged => language.keys_other_damaged(),
            Self::GiverUnknown => language.granted_giver_unknown(),
            Self::GrantDamaged => language.granted_damaged(),
            Self::InvitationCount => language.granted_code_count(),
            Self::InvitationWrong => language.granted_code_wrong(),
            Self::InvitationUsed => language.granted_code_used(),
            Self::InviterDiffers => language.granted_inviter_differs(),
            Self::LinkNotKept => language.granted_link_not_kept(),
            Self::BoxKeysGone => language.granted_box_keys_gone(),
            Self::VaultFull => language.keys_vault_full(),
        }
        .to_owned()
    }

    fn tone(&self) -> Tone {
        match self {
            Self::ChangedElsewhere | Self::Unrated => Tone::Warning,
            _ => Tone::Danger,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_characters_or_six_words() {
        for good in ["zwölf Zeiche", "a b c d e f", "eins zwei drei vier"] {
            assert_eq!(check(good, good), Ok(()), "{good}");
        }
        for (short, by) in [("", 12), ("elf Zeichen", 1), ("a b c d e", 3), ("   kurz und   ", 4)] {
            assert_eq!(missing(short), by, "{short}");
            assert_eq!(check(short, short), Err(KeysFault::TooShort), "{short}");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        let long = "x".repeat(MAX_PASSWORD_BYTES + 1);
        assert_eq!(check(&long, &long), Err(KeysFault::TooLong));
        assert_eq!(check("mit\tTabulator", "mit\tTabulator"), Err(KeysFault::Unusable));
        assert_eq!(check("zwölf Zeichen", "zwölf Zeichem"), Err(KeysFault::Differs));
        for language in Language::ALL {
            for fault in [
                KeysFault::TooShort,
                KeysFault::CodeWord(3),
                KeysFault::ProfileRefused,
                KeysFault::TooEasy(Reason::Row),
            ] {
                let sentence = fault.sentence(*language);
                assert!(sentence.ends_with('.') && !sentence.contains('{'), "{sentence}");
            }
        }
    }
}
