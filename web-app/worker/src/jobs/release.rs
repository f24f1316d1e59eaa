//! A sender grants what was sent before to those who wait for it. SPEC §17.
//!
//! Files and sealed part stay where they are: what is granted is the sender's own access.

use blob_api::{GiveGrant, Level, Opaque, Token, Waiting};
use crypto_core::{
    error::{InvitationError, ReleaseError, TrustError},
    grant::Place,
    id::{DeliveryId, RecipientId},
    identity::Card,
    release::{release, release_as_deputy},
    trust::{Trust, VerifiedKey},
};
use web_model::protocol::{
    Failure, ForRecipient, MemberAnswer, Person, Refusal, Refused, ReleaseJob, Released, Standing,
};

use super::{
    keys::{self, Keys, people},
    rng,
    send::core_level,
};
use crate::worker::{Outcome, Worker};

/// Why there is no grant: a defect, or something to tell.
enum Stop {
    Failure(Failure),
    Refusal(Refusal),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}
impl From<Standing> for Stop {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Changed => Refusal::Changed.into(),
            // Who waits has keys, or the server contradicts itself.
            Standing::Missing | Standing::Damaged => Refusal::Damaged.into(),
            Standing::Known(_) => Self::Failure(Failure::Internal),
        }
    }
}
impl From<TrustError> for Stop {
    fn from(error: TrustError) -> Self {
        match error {
            TrustError::Changed | TrustError::RolledBack | TrustError::FingerprintDiffers => Refusal::Changed,
            TrustError::OtherAddress | TrustError::Full => Refusal::Damaged,
        }
        .into()
    }
}

pub(crate) fn run(worker: &Worker, job: ReleaseJob) -> Result<Outcome, Failure> {
    let ReleaseJob { keys, waiting, needs_proof, now } = job;
    let keys = keys::get(worker, keys)?;
    let mut released = Released { grants: Vec::new(), refused: Vec::new(), vault: None };
    for one in waiting {
        let (delivery, recipient) = (one.delivery, one.recipient);
        match grant(&keys, one, needs_proof, now) {
            Ok(give) => released.grants.push(ForRecipient { delivery, recipient, give }),
            Err(Stop::Refusal(why)) => released.refused.push(Refused { delivery, recipient, why }),
            Err(Stop::Failure(failure)) => return Err(failure),
        }
    }
    // What was granted to is remembered, which counts once the server has it.
    if !released.grants.is_empty() {
        released.vault = Some(keys.seal_vault()?);
    }
    Ok(MemberAnswer::Released(released).into())
}

fn grant(keys: &Keys, one: Waiting, needs_proof: bool, now: u64) -> Result<GiveGrant, Stop> {
    let key = key_of(keys, &one, now)?;
    if needs_proof && one.level == Level::Four && !people::is_proved(&key) {
        return Err(Refusal::Unproved.into());
    }
    let place = Place { delivery: DeliveryId(one.delivery.0), level: core_level(one.level) };
    let (held, rng) = (&one.own_grant.0, &mut rng());
    let grant = match &one.in_place_of {
        None => release(keys.identity(), place, held, &key, now, rng),
        Some(sender) => {
            let sender = Person { email: sender.email.clone(), cards: sender.cards.clone() };
            let sender = keys.verify(&sender).map_err(|_| Refusal::Sender)?;
            keys.pin(&sender, now)?;
            release_as_deputy(keys.identity(), place, &sender, held, &key, now, rng)
        }
    };
    let grant = grant.map_err(|error| match error {
        ReleaseError::Held(_) => Refusal::Held.into(),
        ReleaseError::Seal(_) => Stop::Failure(Failure::Internal),
    })?;
    keys.pin(&key, now)?;
    Ok(GiveGrant { grant: Opaque(grant), card: Token(key.card().hash().0) })
}

/// The recipient's key: as it is known, or as an invitation has proved it.
fn key_of(keys: &Keys, one: &Waiting, now: u64) -> Result<VerifiedKey, Stop> {
    let person = Person { email: one.email.clone(), cards: one.cards.clone() };
    let known = keys.verify(&person);
    let Some(proof) = &one.proof else { return Ok(known?) };
    // What people have compared or proved before needs no proof any more; and where somebody else has the code, it is
    // how they go on.
    match known {
        Ok(key) if key.trust() >= Trust::WordsCompared => Ok(key),
        // What is no key of this address no proof makes one, and there are no words to compare.
        Err(Standing::Damaged) => Err(Refusal::Damaged.into()),
        known => {
            let (_, cards) = people::read(&person).ok_or(Refusal::Damaged)?;
            if prove(keys, one, &cards, &proof.0, now)? { Ok(keys.verify(&person)?) } else { Ok(known?) }
        }
    }
}

/// Checks what came back with our invitation. False when there is none that it could answer, because it is another's or the
/// vault that had it is lost, or no room to remember it.
fn prove(keys: &Keys, one: &Waiting, cards: &[Card], proof: &[u8], now: u64) -> Result<bool, Stop> {
    let mut vault = keys.vault();
    let place = (DeliveryId(one.delivery.0), RecipientId(one.recipient.0));
    let Some(invitation) = vault.invitation(place.0, place.1) else { return Ok(false) };
    // The card that was proved may have been followed by others.
    for card in cards.iter().rev() {
        match invitation.check(card, proof) {
            Ok(proved) => match vault.pins.invited(&proved, now) {
                Ok(_) => return Ok(true),
                Err(TrustError::Full) => return Ok(false),
                Err(error) => return Err(error.into()),
            },
            Err(InvitationError::UsedTwice) => return Err(Refusal::UsedTwice.into()),
            Err(_) => {}
        }
    }
    Err(Refusal::WrongProof.into())
}
