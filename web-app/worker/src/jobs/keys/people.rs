//! Other people's keys: how they stand, and what is remembered of them.

use blob_api::{Opaque, Token};
use crypto_core::{
    deputy,
    error::TrustError,
    identity::{Card, Fingerprint},
    login::LoginName,
    trust::{Trust, VerifiedKey},
    words::Language,
};
use web_model::{
    protocol::{self, KeysAnswer, Look, Person, Standing},
    secupass::KeysFault,
};

use super::{Keys, Stop};

impl Keys {
    /// Somebody's key, to seal to or to believe.
    ///
    /// # Errors
    /// How it stands, where it may not be used.
    pub(crate) fn verify(&self, person: &Person) -> Result<VerifiedKey, Standing> {
        if person.cards.is_empty() {
            return Err(Standing::Missing);
        }
        let (email, cards) = read(person).ok_or(Standing::Damaged)?;
        // One's own key is known better than any server knows it.
        let own = self.identity().card();
        if email == *own.email() && cards.last().is_some_and(|card| card.hash() != own.hash()) {
            return Err(Standing::Damaged);
        }
        self.vault().pins.verify(&email, &cards).map_err(|error| match error {
            TrustError::Changed | TrustError::RolledBack => Standing::Changed,
            TrustError::OtherAddress | TrustError::FingerprintDiffers | TrustError::Full => Standing::Damaged,
        })
    }

    /// How these people's keys stand.
    pub(super) fn look_at(&self, people: &[Person]) -> Vec<Look> {
        people.iter().map(|person| self.look(person)).collect()
    }

    /// How somebody's key stands.
    pub(crate) fn look(&self, person: &Person) -> Look {
        let (standing, fingerprint, before) = match self.verify(person) {
            Ok(key) => return Look { email: person.email.clone(), ..Self::look_of(&key) },
            // Only words can say whether a key that has changed is the right one.
            Err(Standing::Changed) => {
                let read = read(person);
                let before = read.as_ref().and_then(|(email, _)| self.vault().pins.known(email));
                let last = read.and_then(|(_, mut cards)| cards.pop());
                (Standing::Changed, last.map(|card| card.fingerprint()), before)
            }
            Err(standing) => (standing, None, None),
        };
        let [fingerprint, before] = [fingerprint, before].map(|one| one.as_ref().map(shown));
        Look { email: person.email.clone(), standing, fingerprint, before }
    }

    /// How this key stands, which was looked at.
    pub(crate) fn look_of(key: &VerifiedKey) -> Look {
        Look {
            email: key.card().email().as_str().to_owned(),
            standing: Standing::Known(trust(key.trust())),
            fingerprint: Some(shown(&key.fingerprint())),
            before: None,
        }
    }

    /// Remembers a key from now on; gives the vault when that is new.
    pub(crate) fn remember(&self, key: &VerifiedKey, now: u64) -> Result<Option<blob_api::Vault>, Stop> {
        if self.vault().pins.knows(key) {
            return Ok(None);
        }
        self.vault().pins.remember(key, now).map_err(trust_fault)?;
        Ok(Some(self.seal_vault()?))
    }

    /// Remembers a key that something is granted to. Who has seen more people than there is room for is vouched for by the
    /// server alone, each time anew.
    pub(crate) fn pin(&self, key: &VerifiedKey, now: u64) -> Result<(), TrustError> {
        match self.vault().pins.remember(key, now) {
            Ok(()) | Err(TrustError::Full) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(super) fn own(&self) -> protocol::Fingerprint {
        shown(&self.identity().card().fingerprint())
    }

    /// Names a deputy. Their key is remembered: whoever may grant in our place should not change unnoticed.
    pub(super) fn appoint(&self, person: &Person, now: u64, until: u64) -> Result<KeysAnswer, Stop> {
        let key = self.verify(person).map_err(|standing| match standing {
            Standing::Changed => KeysFault::KeyChanged,
            _ => KeysFault::KeyDamaged,
        })?;
        self.vault().pins.remember(&key, now).map_err(trust_fault)?;
        let deputation = Opaque(deputy::appoint(self.identity(), &key, now, until));
        let card = Token(key.card().hash().0);
        Ok(KeysAnswer::Appointed { deputation, card, vault: self.seal_vault()? })
    }

    pub(super) fn compared(&self, person: &Person, digits: &str, now: u64) -> Result<blob_api::Vault, Stop> {
        let (email, cards) = read(person).ok_or(KeysFault::KeyDamaged)?;
        let card = cards.last().ok_or(KeysFault::KeyDamaged)?;
        let fingerprint = card.fingerprint();
        // Those words were shown, and no others.
        if fingerprint.digits() != digits {
            return Err(KeysFault::KeyChanged.into());
        }
        self.vault().pins.compared(&email, card, &fingerprint, now).map_err(trust_fault)?;
        Ok(self.seal_vault()?)
    }
}

/// What stands against a key, for its owner's name to be put before it.
pub(crate) fn trust_fault(error: TrustError) -> KeysFault {
    match error {
        TrustError::Changed | TrustError::RolledBack | TrustError::FingerprintDiffers => {
            KeysFault::KeyChanged
        }
        TrustError::OtherAddress => KeysFault::KeyDamaged,
        TrustError::Full => KeysFault::VaultFull,
    }
}

/// Does more than the server vouch for this key: words that were compared, or an invitation code?
pub(crate) fn is_proved(key: &VerifiedKey) -> bool {
    key.trust() >= Trust::WordsCompared
}

/// Their cards; `None` when there is none, or one is none of ours.
pub(crate) fn read(person: &Person) -> Option<(LoginName, Vec<Card>)> {
    let email = LoginName::new(&person.email).ok()?;
    let cards: Vec<Card> =
        person.cards.iter().map(|card| Card::parse(&card.0).ok()).collect::<Option<_>>()?;
    (!cards.is_empty()).then_some((email, cards))
}

fn trust(trust: Trust) -> protocol::Trust {
    match trust {
        Trust::ServerVouched => protocol::Trust::ServerVouched,
        Trust::Pinned => protocol::Trust::Pinned,
        Trust::WordsCompared => protocol::Trust::WordsCompared,
        Trust::Invited => protocol::Trust::Invited,
    }
}

pub(crate) fn shown(fingerprint: &Fingerprint) -> protocol::Fingerprint {
    let words = |language| fingerprint.words(language).map(str::to_owned).to_vec();
    protocol::Fingerprint {
        german: words(Language::German),
        english: words(Language::English),
        digits: fingerprint.digits(),
    }
}
