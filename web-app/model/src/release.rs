//! What stands against a release, in words: for whoever sent the delivery.

use crate::protocol::Refusal;
use crate::text::Language;

impl Refusal {
    /// The name that tests can rely on.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Damaged => "damaged",
            Self::WrongProof => "wrong-proof",
            Self::UsedTwice => "used-twice",
            Self::Held => "held",
            Self::Unproved => "unproved",
            Self::Sender => "sender",
        }
    }

    /// Is it out of the way once their words were compared?
    #[must_use]
    pub fn ends_by_words(self) -> bool {
        matches!(self, Self::Changed | Self::WrongProof | Self::UsedTwice | Self::Unproved)
    }

    /// What happened and what to do.
    #[must_use]
    pub fn sentence(self, language: Language, email: &str) -> String {
        match self {
            Self::Changed => language.release_changed(email),
            Self::Damaged => language.release_damaged(email),
            Self::WrongProof => language.release_wrong_proof(email),
            Self::UsedTwice => language.release_used_twice(email),
            Self::Held => language.release_held(email),
            Self::Unproved => language.release_unproved(email),
            Self::Sender => language.release_sender(email),
        }
    }
}
