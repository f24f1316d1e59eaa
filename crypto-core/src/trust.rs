//! Whose key it is: the only module that makes a [`VerifiedKey`]. SPEC §14.
//!
//! A server that hands out cards can hand out its own. What stands against that is what people do outside of it: hand over
//! an invitation, compare words; or at least that a key, once seen, does not change unnoticed.

use std::collections::BTreeMap;

use crate::error::TrustError;
use crate::id::{AccountId, DeliveryId};
use crate::identity::{Card, CardHash, Fingerprint};
use crate::invitation::{Offer, ProvedCard};
use crate::login::LoginName;
use crate::suite::sign::SignatureKey;

/// How far a key is known to be that of the address. Later ones are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// The server says so, and we never heard otherwise.
    ServerVouched,
    /// It is the key we have seen before, or its owner has signed the step from that one to this.
    Pinned,
    /// Its words were compared.
    WordsCompared,
    /// It was proved with an invitation that the server did not see.
    Invited,
}

/// A key that has been looked at, and how far it can be trusted: what everything that seals to somebody, or believes
/// somebody's signature, demands. It does not change after that: what was shown is what is used.
///
/// Nothing outside of this module makes one:
/// ```compile_fail,E0451
/// use crypto_core::{identity::Card, trust::{Trust, VerifiedKey}};
/// fn forge(card: Card) -> VerifiedKey {
///     VerifiedKey { card, former: Vec::new(), trust: Trust::Invited }
/// }
/// ```
pub struct VerifiedKey {
    card: Card,
    /// Earlier keys of the same owner, each of which signed the step to the next. Oldest first.
    former: Vec<(Fingerprint, SignatureKey)>,
    trust: Trust,
}

impl VerifiedKey {
    /// The card.
    pub fn card(&self) -> &Card {
        &self.card
    }
    /// What people compare.
    pub fn fingerprint(&self) -> Fingerprint {
        self.card.fingerprint()
    }
    /// How far it can be trusted.
    pub fn trust(&self) -> Trust {
        self.trust
    }
    /// The signature key behind one of its owner's fingerprints.
    pub(crate) fn signing_key_of(&self, fingerprint: &Fingerprint) -> Option<SignatureKey> {
        if *fingerprint == self.card.fingerprint() {
            return Some(self.card.signing());
        }
        self.former.iter().find(|former| former.0 == *fingerprint).map(|former| former.1)
    }
}

/// What is remembered of somebody's key.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Pin {
    pub(crate) account: AccountId,
    pub(crate) generation: u32,
    pub(crate) signing: SignatureKey,
    pub(crate) card: CardHash,
    pub(crate) trust: Trust,
    /// When the trust was last raised: seconds since 1970-01-01T00:00:00Z.
    pub(crate) since: u64,
}

/// The keys that somebody has seen, by address. It lives in their vault.
#[derive(Default)]
pub struct Pins(pub(crate) BTreeMap<String, Pin>);

impl Pins {
    /// Most keys that are remembered.
    pub const MOST: usize = 1_000;

    /// Looks at the cards that the server shows for an address, oldest first; the last one is to be used.
    ///
    /// > SPEC §14.2: the last card names the address; known: not an older generation, and the same key, or one to which the
    /// > known key has signed the way, step by step.
    ///
    /// # Errors
    /// [`TrustError::Changed`]: send nothing until the words were compared. [`TrustError::RolledBack`],
    /// [`TrustError::OtherAddress`].
    pub fn verify(&self, email: &LoginName, cards: &[Card]) -> Result<VerifiedKey, TrustError> {
        let (card, former) = linked(cards).ok_or(TrustError::OtherAddress)?;
        if card.email() != email {
            return Err(TrustError::OtherAddress);
        }
        let trust = self.trust_in(email, card, &former)?;
        let former = former.into_iter().map(|card| (card.fingerprint(), card.signing())).collect();
        Ok(VerifiedKey { card: card.clone(), former, trust })
    }

    /// What people compared the known key of an address by, or could have. `None` when none is known.
    pub fn known(&self, email: &LoginName) -> Option<Fingerprint> {
        self.0.get(email.as_str()).map(|pin| Fingerprint::of(pin.account, email, pin.signing))
    }

    fn trust_in(&self, email: &LoginName, card: &Card, former: &[&Card]) -> Result<Trust, TrustError> {
        let Some(pin) = self.0.get(email.as_str()) else { return Ok(Trust::ServerVouched) };
        if card.generation() < pin.generation {
            return Err(TrustError::RolledBack);
        }
        // The known card itself, or one that the known key has signed.
        let known = |card: &Card| {
            card.account() == pin.account
                && card.signing() == pin.signing
                && (card.hash() == pin.card || card.generation() > pin.generation)
        };
        if known(card) || former.iter().any(|card| known(card)) {
            Ok(pin.trust)
        } else {
            Err(TrustError::Changed)
        }
    }

    /// Is this the very card that is remembered, so that remembering it changes nothing?
    pub fn knows(&self, key: &VerifiedKey) -> bool {
        self.0.get(key.card.email().as_str()).is_some_and(|pin| pin.card == key.card.hash())
    }

    /// Remembers a key that was looked at, from now on at least as [`Trust::Pinned`].
    ///
    /// # Errors
    /// As [`Pins::verify`], when another key became known in between; [`TrustError::Full`].
    pub fn remember(&mut self, key: &VerifiedKey, now: u64) -> Result<(), TrustError> {
        if let Some(pin) = self.0.get(key.card.email().as_str()) {
            if key.card.generation() < pin.generation {
                return Err(TrustError::RolledBack);
            }
            let same = key.card.account() == pin.account
                && (key.card.signing() == pin.signing
                    || key.former.iter().any(|former| former.1 == pin.signing));
            if !same || (key.card.generation() == pin.generation && key.card.hash() != pin.card) {
                return Err(TrustError::Changed);
            }
        }
        self.put(&key.card, key.trust.max(Trust::Pinned), now)
    }

    /// Somebody has compared the words of this card with its owner, and they were the same. A key that was known before is
    /// replaced.
    ///
    /// # Errors
    /// [`TrustError::FingerprintDiffers`] when the card is not the one whose words were shown, [`TrustError::OtherAddress`],
    /// [`TrustError::RolledBack`] when the same key has a newer card, [`TrustError::Full`].
    pub fn compared(
        &mut self,
        email: &LoginName,
        card: &Card,
        shown: &Fingerprint,
        now: u64,
    ) -> Result<VerifiedKey, TrustError> {
        if card.fingerprint() != *shown {
            return Err(TrustError::FingerprintDiffers);
        }
        self.replace(email, card, Trust::WordsCompared, now)
    }

    /// Trusts a card that was proved with our invitation. The first time it replaces a key that was known before; a proof that
    /// comes again brings back no key that was replaced since.
    ///
    /// # Errors
    /// [`TrustError::RolledBack`], [`TrustError::Full`].
    pub fn invited(&mut self, proved: &ProvedCard, now: u64) -> Result<VerifiedKey, TrustError> {
        let card = proved.card();
        let known = self.0.get(card.email().as_str());
        if !proved.is_first() && known.is_some_and(|pin| pin.signing != card.signing()) {
            return Err(TrustError::RolledBack);
        }
        self.replace(&card.email().clone(), card, Trust::Invited, now)
    }

    /// Trusts the card of the person whose invitation we opened: it names their fingerprint. `cards` as in
    /// [`Pins::verify`]: the one that was named, or one to which its key has signed the way. It replaces a key that was only
    /// seen before, but none that was proved or compared: an invitation can be opened again long after.
    ///
    /// # Errors
    /// [`TrustError::FingerprintDiffers`] when the server shows another's cards, [`TrustError::OtherAddress`] when there
    /// are none, [`TrustError::Changed`], [`TrustError::RolledBack`], [`TrustError::Full`].
    pub fn inviter(&mut self, offer: &Offer, cards: &[Card], now: u64) -> Result<VerifiedKey, TrustError> {
        let (card, former) = linked(cards).ok_or(TrustError::OtherAddress)?;
        let named = |card: &Card| card.fingerprint() == offer.inviter();
        if !named(card) && !former.iter().any(|card| named(card)) {
            return Err(TrustError::FingerprintDiffers);
        }
        let email = card.email();
        if self.0.get(email.as_str()).is_some_and(|pin| pin.trust > Trust::Pinned) {
            self.trust_in(email, card, &former)?;
        }
        self.put(card, Trust::Invited, now)?;
        let former = former.into_iter().map(|card| (card.fingerprint(), card.signing())).collect();
        Ok(VerifiedKey { card: card.clone(), former, trust: Trust::Invited })
    }

    fn replace(
        &mut self,
        email: &LoginName,
        card: &Card,
        trust: Trust,
        now: u64,
    ) -> Result<VerifiedKey, TrustError> {
        if card.email() != email {
            return Err(TrustError::OtherAddress);
        }
        // What was known of the same key better than by words stays known better.
        let known = self.0.get(email.as_str()).filter(|pin| pin.signing == card.signing());
        let trust = known.map_or(trust, |pin| pin.trust.max(trust));
        self.put(card, trust, now)?;
        Ok(VerifiedKey { card: card.clone(), former: Vec::new(), trust })
    }

    fn put(&mut self, card: &Card, trust: Trust, now: u64) -> Result<(), TrustError> {
        let email = card.email().as_str();
        if self
            .0
            .get(email)
            .is_some_and(|pin| pin.signing == card.signing() && pin.generation > card.generation())
        {
            return Err(TrustError::RolledBack);
        }
        let since = self.0.get(email).filter(|pin| pin.trust == trust).map_or(now, |pin| pin.since);
        if self.0.len() >= Self::MOST && !self.0.contains_key(email) {
            return Err(TrustError::Full);
        }
        let pin = Pin {
            account: card.account(),
            generation: card.generation(),
            signing: card.signing(),
            card: card.hash(),
            trust,
            since,
        };
        self.0.insert(email.to_owned(), pin);
        Ok(())
    }
}

/// The key of whoever sent this delivery into a box, without an account: made for it alone, and vouched for by nobody. The
/// server says that the mailbox is theirs.
///
/// > SPEC §18.3: the card names the delivery and the address, has generation 1, and follows none.
///
/// # Errors
/// [`TrustError::OtherAddress`].
pub fn submitter(card: Card, delivery: DeliveryId, email: &LoginName) -> Result<VerifiedKey, TrustError> {
    let fits = card.account().0 == delivery.0 && card.email() == email && card.generation() == 1;
    if !fits {
        return Err(TrustError::OtherAddress);
    }
    Ok(VerifiedKey { card, former: Vec::new(), trust: Trust::ServerVouched })
}

/// The key of who answers a submission. `owner` is what the box's card said when it was sent, `cards` as in [`Pins::verify`].
///
/// # Errors
/// [`TrustError::FingerprintDiffers`] when none of the linked cards is the owner's, [`TrustError::OtherAddress`] when there
/// are none.
pub fn answering(cards: &[Card], owner: &Fingerprint) -> Result<VerifiedKey, TrustError> {
    let (card, former) = linked(cards).ok_or(TrustError::OtherAddress)?;
    let named = |card: &Card| card.fingerprint() == *owner;
    if !named(card) && !former.iter().any(|card| named(card)) {
        return Err(TrustError::FingerprintDiffers);
    }
    let former = former.into_iter().map(|card| (card.fingerprint(), card.signing())).collect();
    Ok(VerifiedKey { card: card.clone(), former, trust: Trust::Pinned })
}

/// The last card, and those before it as far as each was signed by the one before.
fn linked(cards: &[Card]) -> Option<(&Card, Vec<&Card>)> {
    let (last, rest) = cards.split_last()?;
    let mut former = Vec::new();
    let mut next = last;
    for card in rest.iter().rev().take_while(|card| {
        let follows = next.follows(card);
        next = card;
        follows
    }) {
        former.push(card);
    }
    former.reverse();
    Some((last, former))
}
