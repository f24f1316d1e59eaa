//! A delivery of level 3 or 4 is opened, by a grant or by an invitation code. SPEC §15 to §17.
//!
//! First whose it is, and its keys; then what the server fetched for us with the token that follows from them. Nothing
//! leaves this module before all of it was verified.

use std::rc::Rc;

use blob_api::{GivenBy, Opaque, ProveInvitation, Token, path};
use crypto_core::{
    deputy::Deputation,
    error::{DeputyError, GrantError, KeyError, OpenError, TrustError, WordsError},
    grant::{self, Access, Giver, Place},
    id::{BoxId, DeliveryId, RecipientId},
    identity::Card,
    invitation::{InvitationCode, InvitationSecret, open_offer},
    link::Link,
    manifest::Manifest,
    sealed,
    stream::FileRoot,
    trust::{self, VerifiedKey},
    words,
};
use web_model::{
    protocol::{Answer, Failure, JobId, MemberAnswer, Person, Sealed, Standing, UnsealJob, Unsealed},
    secupass::KeysFault,
};

use super::{
    Kept,
    keys::{self, Keys, Stop, people},
    open::{ReadLink, fetch, find},
    receive::{Opened, Root},
    send::core_level,
};
use crate::{
    pipeline::{Cancel, download},
    worker::{Outcome, Worker},
};

/// The keys of a delivery, and the key of who says to have sent it.
struct Granted {
    level: blob_api::Level,
    access: Access,
    sender: VerifiedKey,
}

impl Root for Granted {
    fn root(&self) -> FileRoot<'_> {
        self.access.key().into()
    }
}

pub(crate) async fn run(
    worker: &Worker,
    id: JobId,
    job: UnsealJob,
    cancel: Cancel,
) -> Result<Outcome, Failure> {
    match job {
        UnsealJob::ByGrant { keys, sealed, now } => {
            keys::told(by_grant(worker, id, keys, *sealed, now).map(MemberAnswer::Unsealed))
        }
        UnsealJob::ByCode { keys, sealed, code, now } => {
            keys::told(by_code(worker, id, keys, *sealed, &code.0, now).map(MemberAnswer::Unsealed))
        }
        UnsealJob::Open { granted, opening } => open(worker, id, granted, &opening, cancel).await,
        UnsealJob::KeepLink { keys, link } => {
            keys::told(keep_link(worker, keys, link).map(MemberAnswer::LinkKept))
        }
        UnsealJob::FindLink { keys, delivery } => {
            let found = find_link(worker, id, keys, DeliveryId(delivery.0));
            keys::told(found.map(|()| MemberAnswer::LinkKept(None)))
        }
    }
}

fn by_grant(worker: &Worker, id: JobId, keys: JobId, sealed: Sealed, now: u64) -> Result<Unsealed, Stop> {
    let keys = keys::get(worker, keys)?;
    let Sealed { delivery, level, sender, received } = sealed;
    let place = Place { delivery: DeliveryId(delivery.0), level: core_level(level) };
    let grant = received.grant.ok_or(Failure::Internal)?;
    let person = Person { email: sender, cards: received.sender };
    if let Some(into) = received.submitted_to {
        return submitted(worker, id, (&keys, BoxId(into.0)), place, &person, &grant.0);
    }
    let given = given(&keys, place, &person, received.given_by.as_ref(), &grant.0)?;
    let Given { access, sender, in_use, deputy } = given;
    // Keys that their owner has lost are not to be mistaken for those to send to.
    let vault = if in_use { remember(&keys, &sender, now)? } else { None };
    let (look, auth) = (Keys::look_of(&sender), auth(&access)?);
    worker.keep(id, Kept::Granted(Rc::new(Granted { level, access, sender })));
    Ok(Unsealed { auth: Some(auth), look, deputy, proof: None, vault })
}

/// Opens what somebody sent into our box, who has no account: their card is made for it alone, and vouches for nothing.
fn submitted(
    worker: &Worker,
    id: JobId,
    (keys, into): (&Keys, BoxId),
    place: Place,
    person: &Person,
    grant: &[u8],
) -> Result<Unsealed, Stop> {
    let (email, cards) = people::read(person).ok_or(KeysFault::KeyDamaged)?;
    let [card] = &cards[..] else { return Err(KeysFault::KeyDamaged.into()) };
    let sender = trust::submitter(card.clone(), place.delivery, &email).map_err(people::trust_fault)?;
    let mut vault = keys.vault();
    let box_keys = vault.box_keys(into).ok_or(KeysFault::BoxKeysGone)?;
    let access = grant::open_in_box(box_keys, place, &sender, grant).map_err(|error| match error {
        GrantError::UnknownFormat => KeysFault::Newer,
        // To a key that was forgotten since, or that is not in this vault yet.
        GrantError::NotForMe => KeysFault::BoxKeysGone,
        GrantError::Damaged | GrantError::OtherPlace | GrantError::NotEntitled | GrantError::BadSignature => {
            KeysFault::GrantDamaged
        }
    })?;
    let look = Keys::look_of(&sender);
    let auth = keep(worker, id, access, sender)?;
    Ok(Unsealed { auth: Some(auth), look, deputy: None, proof: None, vault: None })
}

/// Keeps the keys of a delivery of level 4, and gives what proves to the server that they are here.
pub(super) fn keep(
    worker: &Worker,
    id: JobId,
    access: Access,
    sender: VerifiedKey,
) -> Result<Token, Failure> {
    let auth = auth(&access)?;
    worker.keep(id, Kept::Granted(Rc::new(Granted { level: blob_api::Level::Four, access, sender })));
    Ok(auth)
}

/// A grant that was opened.
struct Given {
    access: Access,
    sender: VerifiedKey,
    /// Is it the key that the sender uses now?
    in_use: bool,
    /// The address of who granted it in the sender's place.
    deputy: Option<String>,
}

/// Opens a grant by the sender's cards as they were when it was given: somebody who lost their keys since has others now,
/// and what they granted before still counts, as far as those keys were known.
fn given(
    keys: &Keys,
    place: Place,
    sender: &Person,
    deputy: Option<&GivenBy>,
    grant: &[u8],
) -> Result<Given, KeysFault> {
    let mut fault = None;
    let all = sender.cards.len();
    for then in (1..=all).rev() {
        let cards = sender.cards.iter().take(then).cloned().collect();
        let key = match keys.verify(&Person { email: sender.email.clone(), cards }) {
            Ok(key) => key,
            Err(standing) => {
                fault.get_or_insert(standing_fault(standing));
                continue;
            }
        };
        let opened = match deputy {
            None => grant::open(keys.identity(), place, &key, Giver::Sender, grant).map(|it| (it, None)),
            Some(deputy) => by_deputy(keys, place, &key, deputy, grant),
        };
        match opened {
            Ok((access, deputy)) => return Ok(Given { access, sender: key, in_use: then == all, deputy }),
            Err(GrantError::NotEntitled) => {
                fault.get_or_insert(KeysFault::GiverUnknown);
            }
            Err(GrantError::UnknownFormat) => return Err(KeysFault::Newer),
            Err(
                GrantError::Damaged
                | GrantError::OtherPlace
                | GrantError::NotForMe
                | GrantError::BadSignature,
            ) => return Err(KeysFault::GrantDamaged),
        }
    }
    Err(fault.unwrap_or(KeysFault::KeyDamaged))
}

/// Opens what somebody gave whom the sender has named. That the card is theirs the sender has signed, too.
fn by_deputy(
    keys: &Keys,
    place: Place,
    sender: &VerifiedKey,
    deputy: &GivenBy,
    grant: &[u8],
) -> Result<(Access, Option<String>), GrantError> {
    let deputation = Deputation::verify(sender, &deputy.deputation.0).map_err(|error| match error {
        DeputyError::UnknownFormat => GrantError::UnknownFormat,
        DeputyError::Malformed => GrantError::Damaged,
        DeputyError::BadSignature => GrantError::NotEntitled,
    })?;
    let mut cards = deputy.cards.iter().filter_map(|card| Card::parse(&card.0).ok());
    let card = cards.find(|card| card.fingerprint() == deputation.deputy());
    let card = card.ok_or(GrantError::NotEntitled)?;
    let access = grant::open(keys.identity(), place, sender, Giver::Deputy(&deputation, &card), grant)?;
    Ok((access, Some(card.email().as_str().to_owned())))
}

/// What cannot be remembered any more can still be read.
fn remember(keys: &Keys, sender: &VerifiedKey, now: u64) -> Result<Option<blob_api::Vault>, Stop> {
    match keys.remember(sender, now) {
        Err(Stop::Fault(KeysFault::VaultFull)) => Ok(None),
        remembered => remembered,
    }
}

fn by_code(
    worker: &Worker,
    id: JobId,
    keys: JobId,
    sealed: Sealed,
    typed: &str,
    now: u64,
) -> Result<Unsealed, Stop> {
    let keys = keys::get(worker, keys)?;
    let Sealed { delivery, level, sender, received } = sealed;
    let code = InvitationCode::read(typed).map_err(|error| words_fault(error, typed))?;
    let at = (DeliveryId(delivery.0), RecipientId(received.recipient.0));
    let secret = InvitationSecret::from_code(&code, at.0, at.1).map_err(|error| match error {
        KeyError::OutOfMemory => Stop::Fault(KeysFault::NoMemory),
        _ => Stop::Failure(Failure::Internal),
    })?;
    let offer = received.offer.ok_or(Failure::Internal)?;
    let offer = open_offer(&secret, at, core_level(level), &offer.0).map_err(|error| match error {
        OpenError::UnknownFormat => KeysFault::Newer,
        OpenError::Damaged => KeysFault::InvitationWrong,
    })?;
    let person = Person { email: sender, cards: received.sender };
    let (email, cards) = people::read(&person).ok_or(KeysFault::KeyDamaged)?;
    if cards.last().is_none_or(|card| card.email() != &email) {
        return Err(KeysFault::KeyDamaged.into());
    }
    let proof = offer.prove(&secret, keys.identity().card()).map_err(|_| KeysFault::InvitationWrong)?;
    let sender = keys.vault().pins.inviter(&offer, &cards, now).map_err(|error| match error {
        TrustError::FingerprintDiffers => KeysFault::InviterDiffers,
        error => people::trust_fault(error),
    })?;
    let vault = Some(keys.seal_vault()?);
    let own = keys.identity().card().hash();
    let proof = Some(ProveInvitation { proof: Opaque(proof.to_vec()), card: Token(own.0) });
    let look = Keys::look_of(&sender);
    let auth = match offer.into_access() {
        None => None,
        Some(access) => {
            let auth = auth(&access)?;
            worker.keep(id, Kept::Granted(Rc::new(Granted { level, access, sender })));
            Some(auth)
        }
    };
    Ok(Unsealed { auth, look, deputy: None, proof, vault })
}

async fn open(
    worker: &Worker,
    id: JobId,
    granted: JobId,
    opening: &Token,
    cancel: Cancel,
) -> Result<Outcome, Failure> {
    let granted: Rc<Granted> = worker.get(granted, |kept| match kept {
        Kept::Granted(granted) => Rc::clone(granted).downcast().ok(),
        _ => None,
    })?;
    let Granted { level, access, sender } = &*granted;
    let delivery = access.place().delivery;
    let named = blob_api::DeliveryId(delivery.0);
    let part = fetch(&path::sealed(&named), opening, &cancel).await?;
    let manifest = if level.has_cover() {
        let bytes = fetch(&path::cover(&named), opening, &cancel).await?;
        let keys = access.link().keys(None).map_err(|_| Failure::Internal)?;
        let cover = sealed::open_cover(&keys.cover, sender, delivery, &bytes).map_err(download::failure)?;
        let part = access.open_part(sender, &part, Some(&bytes)).map_err(download::failure)?;
        Manifest { subject: cover.subject, message: cover.message, ..part }
    } else {
        access.open_part(sender, &part, None).map_err(download::failure)?
    };
    let opened = Opened::new(manifest, Rc::clone(&granted) as Rc<dyn Root>);
    let cover = opened.show(*level);
    worker.keep(id, Kept::Opened(Rc::new(opened)));
    Ok(Answer::Cover(cover).into())
}

/// SPEC §14.3: at level 2 whoever has link and account opens; the vault gives the link to the account's owner alone.
fn keep_link(worker: &Worker, keys: JobId, link: JobId) -> Result<Option<blob_api::Vault>, Stop> {
    let keys = keys::get(worker, keys)?;
    let link = find(worker, link)?.link().ok_or(Failure::Internal)?;
    if keys.vault().link(link.delivery).is_some() {
        return Ok(None);
    }
    keys.vault().keep_link(&link).map_err(|_| KeysFault::VaultFull)?;
    Ok(Some(keys.seal_vault()?))
}

fn find_link(worker: &Worker, id: JobId, keys: JobId, delivery: DeliveryId) -> Result<(), Stop> {
    let keys = keys::get(worker, keys)?;
    let link = keys.vault().link(delivery).map(Link::copy).ok_or(KeysFault::LinkNotKept)?;
    worker.keep(id, Kept::Link(Rc::new(ReadLink::of(link))));
    Ok(())
}

/// What proves to the server that the keys are here.
fn auth(access: &Access) -> Result<Token, Failure> {
    let keys = access.link().keys(None).map_err(|_| Failure::Internal)?;
    Ok(Token(keys.auth.to_bytes()))
}

const fn standing_fault(standing: Standing) -> KeysFault {
    match standing {
        Standing::Changed => KeysFault::KeyChanged,
        Standing::Missing | Standing::Damaged | Standing::Known(_) => KeysFault::KeyDamaged,
    }
}

fn words_fault(error: WordsError, typed: &str) -> KeysFault {
    match (error, words::unknown(typed).first()) {
        (_, Some(place)) => KeysFault::CodeWord(place + 1),
        (WordsError::WrongCount, None) => KeysFault::InvitationCount,
        (WordsError::UnknownWord | WordsError::Mistyped, None) => KeysFault::InvitationWrong,
    }
}
