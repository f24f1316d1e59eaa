//! What levels 3 and 4 need beside: signed sheets, grants and invitations.
//!
//! Nothing is granted to a key that is not what was known of its owner, and the keys that are granted to are remembered:
//! the page stores the vault before it sends what was made here.

use blob_api::{DeputyGrant, GiveGrant, Opaque, Token, path};
use crypto_core::{
    error::KeyError,
    grant::{self, Access},
    id::{DeliveryId, RecipientId},
    identity::Card,
    invitation::{InvitationCode, InvitationSecret, SentInvitation, seal_offer},
    login::LoginName,
    sealed,
    trust::{self, VerifiedKey},
    words::Language,
};
use web_model::{
    protocol::{
        Addressed, ByReceipt, Failure, Granted, Granting, Invitation, Letter, MemberAnswer, Note, Person,
        Secret, Standing,
    },
    secupass::KeysFault,
};

use super::{Prepared, find, seal_failure};
use crate::{
    jobs::{
        keys::{self, Keys, Stop, people::is_proved, tongue},
        rng,
    },
    pipeline::{Cancel, timer::Timer},
    worker::{Outcome, Reporter, Worker},
};

/// Grants between two moments in which the worker hears that it shall stop.
const AT_A_TIME: u32 = 16;

/// Who grants what.
struct Giving<'a> {
    prepared: &'a Prepared,
    keys: &'a Keys,
    access: Access,
    /// Of invitation codes, for those without keys.
    codes: Option<Language>,
    /// The key is one that is used once: it is not remembered.
    has_receipt: bool,
    now: u64,
}

pub(crate) async fn grant(
    worker: &Worker,
    granting: Granting,
    reporter: Reporter,
    cancel: Cancel,
) -> Result<Outcome, Failure> {
    keys::told(give(worker, granting, reporter, &cancel).await)
}

async fn give(
    worker: &Worker,
    Granting { prepared, keys, letter, people, deputies, codes, receipt, needs_proof, now }: Granting,
    reporter: Reporter,
    cancel: &Cancel,
) -> Result<MemberAnswer, Stop> {
    let (prepared, keys) = (find(worker, prepared)?, keys::get(worker, keys)?);
    let mut holders = Vec::with_capacity(people.len());
    let mut withheld = Vec::new();
    let submitter = receipt.as_ref().map(|receipt| by_receipt(receipt, &people)).transpose()?;
    let has_receipt = submitter.is_some();
    holders.extend(submitter.map(Some));
    // Whoever is granted to by a receipt is the only one.
    for person in people.iter().filter(|_| !has_receipt) {
        match keys.verify(person) {
            Ok(key) => holders.push(Some(key).filter(|key| !needs_proof || is_proved(key))),
            Err(Standing::Missing) => holders.push(None),
            Err(_) => withheld.push(person.email.clone()),
        }
    }
    if !withheld.is_empty() {
        return Ok(MemberAnswer::Withheld(withheld));
    }
    let access = prepared.send_sheets(&keys, letter, cancel).await?;
    // What an earlier try invited to is of no use any more.
    keys.vault().forget(access.place().delivery);
    let giving =
        Giving { prepared: &prepared, keys: &keys, access, codes: codes.map(tongue), has_receipt, now };
    let mut recipients = Vec::with_capacity(people.len());
    for (place, (person, holder)) in (0_u32..).zip(people.iter().zip(&holders)) {
        if holder.is_none() && codes.is_some() || place.is_multiple_of(AT_A_TIME) {
            reporter.note(Note::Granted(place));
            // The worker hears in between that it shall stop.
            Timer::new(0).await;
            cancel.check()?;
        }
        recipients.push(giving.to(person, holder.as_ref())?);
    }
    let own_grant = grant::seal_own(keys.identity(), &giving.access, now, &mut rng());
    let own_grant = Opaque(own_grant.map_err(seal_failure)?);
    let (mut held, mut passed_over) = (Vec::new(), Vec::new());
    for (deputy, person) in deputies {
        // Whoever cannot be granted to cannot stand in; that is no reason not to send.
        match keys.verify(&person) {
            Ok(key) if !needs_proof || is_proved(&key) => {
                held.push(DeputyGrant { deputy, grant: giving.hold(&key)? });
            }
            _ => passed_over.push(person.email),
        }
    }
    let vault = keys.seal_vault()?;
    Ok(MemberAnswer::Granted(Box::new(Granted { recipients, own_grant, deputies: held, passed_over, vault })))
}

/// The key of somebody without an account, if it is the one that was verified when their submission was opened.
fn by_receipt(receipt: &ByReceipt, people: &[Person]) -> Result<VerifiedKey, Stop> {
    let [Person { email, .. }] = people else { return Err(Failure::Internal.into()) };
    let email = LoginName::new(email).map_err(|_| Failure::Internal)?;
    let card = Card::parse(&receipt.card.0).map_err(|_| KeysFault::KeyDamaged)?;
    let key = trust::submitter(card, DeliveryId(receipt.submission.0), &email)
        .map_err(|_| KeysFault::KeyDamaged)?;
    if key.fingerprint().digits() != receipt.digits {
        return Err(KeysFault::KeyChanged.into());
    }
    Ok(key)
}

impl Prepared {
    /// Signs, seals and stores what the delivery says; gives the keys to it.
    async fn send_sheets(&self, keys: &Keys, letter: Letter, cancel: &Cancel) -> Result<Access, Failure> {
        let key = self.delivery_key.as_ref().ok_or(Failure::Internal)?;
        let (cover, part) = self.manifest(letter)?.split();
        let sealed_cover = |cover| sealed::seal_cover(keys.identity(), &self.keys.cover, &cover, &mut rng());
        let cover = cover.map(sealed_cover).transpose().map_err(seal_failure)?;
        let part = part.ok_or(Failure::Internal)?;
        let part = sealed::seal_part(keys.identity(), key, &part, cover.as_deref(), &mut rng());
        let part = part.map_err(seal_failure)?;
        if let Some(cover) = &cover {
            self.put(&path::cover(&self.delivery()), cover, cancel).await?;
        }
        self.put(&path::sealed(&self.delivery()), &part, cancel).await?;
        Access::new(&self.link, key, self.level(), &part).map_err(seal_failure)
    }
}

impl Giving<'_> {
    /// What is one recipient's.
    fn to(&self, person: &Person, holder: Option<&VerifiedKey>) -> Result<Addressed, Stop> {
        let recipient = RecipientId::generate(&mut rng());
        let has_cover = self.prepared.fixed.terms.level.has_cover();
        let link = has_cover.then(|| self.prepared.own_link(recipient)).transpose()?;
        let (grant, invitation) = match (holder, self.codes) {
            (Some(holder), _) => (Some(self.grant(holder)?), None),
            (None, Some(language)) => (None, Some(self.invite(&person.email, recipient, language)?)),
            (None, None) => (None, None),
        };
        let unproved = holder.is_none() && !person.cards.is_empty();
        Ok(Addressed { recipient: blob_api::RecipientId(recipient.0), link, grant, invitation, unproved })
    }

    /// Grants to a key, and remembers it.
    fn grant(&self, holder: &VerifiedKey) -> Result<GiveGrant, Stop> {
        if !self.has_receipt {
            self.keys.pin(holder, self.now).map_err(|_| Failure::Internal)?;
        }
        let grant = grant::seal(self.keys.identity(), &self.access, holder, self.now, &mut rng());
        Ok(GiveGrant { grant: Opaque(grant.map_err(seal_failure)?), card: Token(holder.card().hash().0) })
    }

    /// What a deputy holds. Their key was remembered when they were named.
    fn hold(&self, deputy: &VerifiedKey) -> Result<GiveGrant, Stop> {
        let grant = grant::seal_for_deputy(self.keys.identity(), &self.access, deputy, self.now, &mut rng());
        Ok(GiveGrant { grant: Opaque(grant.map_err(seal_failure)?), card: Token(deputy.card().hash().0) })
    }

    /// Seven words, and what they open.
    fn invite(&self, email: &str, recipient: RecipientId, language: Language) -> Result<Invitation, Stop> {
        let place = self.access.place();
        let code = InvitationCode::generate(&mut rng());
        let secret =
            InvitationSecret::from_code(&code, place.delivery, recipient).map_err(|error| match error {
                KeyError::OutOfMemory => Stop::from(KeysFault::NoMemory),
                _ => Failure::Internal.into(),
            })?;
        let email = LoginName::new(email).map_err(|_| Failure::Internal)?;
        let identity = self.keys.identity();
        let invitation = SentInvitation::new(identity, (place.delivery, recipient), &email, secret);
        let offer = seal_offer(identity, &invitation, place.level, Some(&self.access), &mut rng());
        let offer = Opaque(offer.map_err(seal_failure)?);
        self.keys.vault().keep_invitation(invitation);
        Ok(Invitation { offer, code: Secret(code.words(language).to_string()) })
    }
}
