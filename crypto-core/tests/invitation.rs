//! Invitations: two people who never met, and a server that would like to stand between them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::people::{NOW, key_of, name, neighbours, person, send, sent};
use common::rng;
use crypto_core::error::{InvitationError, OpenError, SealError, TrustError, WordsError};
use crypto_core::id::{Level, RecipientId};
use crypto_core::identity::Identity;
use crypto_core::invitation::{
    InvitationCode, InvitationSecret, MAX_OFFER_BYTES, SentInvitation, open_offer, seal_offer,
};
use crypto_core::link::Link;
use crypto_core::release::release;
use crypto_core::trust::{Pins, Trust};
use crypto_core::words::Language;

const BOB: &str = "bob@example.org";

#[test]
fn with_a_link_both_know_each_other_and_nobody_waits() {
    let (ada, bob) = (person("ada@example.org"), person(BOB));
    let sent_by_ada = send(&ada, Level::Four);
    let place = (sent_by_ada.place.delivery, RecipientId::generate(&mut rng()));
    let secret = InvitationSecret::generate(&mut rng());
    let fragment = secret.fragment().to_string();
    let mut invitation = SentInvitation::new(&ada, place, &name(BOB), secret);
    assert_eq!(*invitation.fragment(), fragment);
    let offer = seal_offer(&ada, &invitation, Level::Four, Some(&sent_by_ada.access), &mut rng()).unwrap();
    assert!(offer.len() <= MAX_OFFER_BYTES);

    // Bob, with what stands in the link.
    let secret = InvitationSecret::parse(&fragment).ok().unwrap();
    let opened = open_offer(&secret, place, Level::Four, &offer).ok().unwrap();
    let mut pins = Pins::default();
    let key = pins.inviter(&opened, &[sent(&ada)], NOW).unwrap();
    assert_eq!(key.trust(), Trust::Invited);
    let access = opened.access().unwrap();
    assert!(access.open_part(&key, &sent_by_ada.part, None).is_ok());
    let proof = opened.prove(&secret, bob.card()).unwrap();

    // Ada, with what came back.
    let proved = invitation.check(&sent(&bob), &proof).ok().unwrap();
    let key = Pins::default().invited(&proved, NOW).unwrap();
    assert_eq!((key.trust(), key.fingerprint()), (Trust::Invited, bob.card().fingerprint()));
    let given = release(&ada, sent_by_ada.place, &sent_by_ada.own, &key, NOW, &mut rng());
    assert!(given.is_ok());
    // The same card again is no alarm.
    assert!(invitation.check(&sent(&bob), &proof).is_ok());
}

#[test]
fn with_a_code_by_phone() {
    let (ada, bob) = (person("ada@example.org"), person(BOB));
    let place = (Link::generate(&mut rng()).delivery, RecipientId::generate(&mut rng()));
    let code = InvitationCode::generate(&mut rng());
    let stretched = |code: &InvitationCode| InvitationSecret::from_code(code, place.0, place.1).ok().unwrap();
    let mut invitation = SentInvitation::new(&ada, place, &name(BOB), stretched(&code));
    let offer = seal_offer(&ada, &invitation, Level::Three, None, &mut rng()).unwrap();
    for language in [Language::German, Language::English] {
        let words = code.words(language);
        assert_eq!(words.split(' ').count(), 7);
        let typed = InvitationCode::read(&words.to_uppercase()).ok().unwrap();
        let secret = stretched(&typed);
        let opened = open_offer(&secret, place, Level::Three, &offer).ok().unwrap();
        assert!(opened.access().is_none());
        assert_eq!(opened.email(), BOB);
        let proof = opened.prove(&secret, bob.card()).unwrap();
        assert!(invitation.check(&sent(&bob), &proof).is_ok());
    }
    let other = stretched(&InvitationCode::generate(&mut rng()));
    assert_eq!(open_offer(&other, place, Level::Three, &offer).err(), Some(OpenError::Damaged));
    assert_eq!(InvitationCode::read("aachener").err(), Some(WordsError::WrongCount));
}

/// Verifpal's attack on two sessions: whoever learns the secret later proves a key of their own.
#[test]
fn a_second_card_is_an_alarm() {
    let (ada, bob, eve) = (person("ada@example.org"), person(BOB), person(BOB));
    let place = (Link::generate(&mut rng()).delivery, RecipientId::generate(&mut rng()));
    let secret = InvitationSecret::generate(&mut rng());
    let fragment = secret.fragment().to_string();
    let mut invitation = SentInvitation::new(&ada, place, &name(BOB), secret);
    let offer = seal_offer(&ada, &invitation, Level::Four, None, &mut rng()).unwrap();
    let secret = InvitationSecret::parse(&fragment).ok().unwrap();
    let opened = open_offer(&secret, place, Level::Four, &offer).ok().unwrap();
    let prove = |who: &Identity| opened.prove(&secret, who.card()).unwrap();
    let bobs = prove(&bob);
    assert_eq!(invitation.check(&sent(&eve), &bobs).err(), Some(InvitationError::WrongProof));
    assert!(invitation.check(&sent(&bob), &bobs).is_ok());
    assert_eq!(invitation.used(), Some(bob.card().hash()));
    assert_eq!(invitation.check(&sent(&eve), &prove(&eve)).err(), Some(InvitationError::UsedTwice));
    assert_eq!(invitation.check(&sent(&eve), &bobs).err(), Some(InvitationError::WrongProof));
    assert_eq!(invitation.used(), Some(bob.card().hash()));
}

#[test]
fn a_proof_holds_for_one_card_address_place_and_inviter() {
    let (ada, dora, bob) = (person("ada@example.org"), person("dora@example.org"), person(BOB));
    let (carl, here) = (person("carl@example.org"), RecipientId::generate(&mut rng()));
    let delivery = Link::generate(&mut rng()).delivery;
    let fragment = InvitationSecret::generate(&mut rng()).fragment().to_string();
    let secret = || InvitationSecret::parse(&fragment).ok().unwrap();
    let invite = |who: &Identity, delivery, recipient, email| {
        SentInvitation::new(who, (delivery, recipient), &name(email), secret())
    };
    let offer = |invitation: &SentInvitation, by: &Identity| {
        seal_offer(by, invitation, Level::Four, None, &mut rng()).unwrap()
    };
    let mut invitation = invite(&ada, delivery, here, BOB);
    let opened =
        open_offer(&secret(), (delivery, here), Level::Four, &offer(&invitation, &ada)).ok().unwrap();
    let proof = opened.prove(&secret(), bob.card()).unwrap();
    assert!(invitation.check(&sent(&bob), &proof).is_ok());
    assert_eq!(opened.prove(&secret(), carl.card()).err(), Some(InvitationError::OtherAddress));
    assert_eq!(invitation.check(&sent(&carl), &proof).err(), Some(InvitationError::OtherAddress));
    let elsewhere = Link::generate(&mut rng()).delivery;
    for mut other in [
        invite(&dora, delivery, here, BOB),
        invite(&ada, elsewhere, here, BOB),
        invite(&ada, delivery, RecipientId::generate(&mut rng()), BOB),
    ] {
        assert_eq!(other.check(&sent(&bob), &proof).err(), Some(InvitationError::WrongProof));
    }
    for at in 0..proof.len() {
        let mut wrong = proof;
        wrong[at] ^= 1;
        assert_eq!(invitation.check(&sent(&bob), &wrong).err(), Some(InvitationError::WrongProof));
        assert_eq!(invitation.check(&sent(&bob), &proof[..at]).err(), Some(InvitationError::WrongProof));
    }
    // The server shows another's card as that of the inviter.
    let swapped = Pins::default().inviter(&opened, &[sent(&dora)], NOW).err();
    assert_eq!(swapped, Some(TrustError::FingerprintDiffers));
    // Ada's card and then one that she did not sign.
    let forged = Identity::create(ada.card().account(), ada.card().email(), 2, NOW, &mut rng()).unwrap();
    let swapped = Pins::default().inviter(&opened, &[sent(&ada), sent(&forged)], NOW).err();
    assert_eq!(swapped, Some(TrustError::FingerprintDiffers));
    let first = sent(&ada);
    let rotated = ada.rotate(NOW, &mut rng()).unwrap();
    let key = Pins::default().inviter(&opened, &[first, sent(&rotated)], NOW).unwrap();
    assert_eq!(key.trust(), Trust::Invited);
}

#[test]
fn hostile_offers() {
    let ada = person("ada@example.org");
    let sent = send(&ada, Level::Four);
    let (delivery, recipient) = (sent.place.delivery, RecipientId::generate(&mut rng()));
    let place = (delivery, recipient);
    let fragment = InvitationSecret::generate(&mut rng()).fragment().to_string();
    let secret = || InvitationSecret::parse(&fragment).ok().unwrap();
    let invitation = SentInvitation::new(&ada, place, &name(BOB), secret());
    let offer = seal_offer(&ada, &invitation, Level::Four, Some(&sent.access), &mut rng()).unwrap();
    let open = |place, level, offer: &[u8]| open_offer(&secret(), place, level, offer).err();
    assert_eq!(open(place, Level::Four, &offer), None);
    assert_eq!(open(place, Level::Three, &offer), Some(OpenError::Damaged));
    assert_eq!(open((delivery, RecipientId([0; 16])), Level::Four, &offer), Some(OpenError::Damaged));
    let elsewhere = Link::generate(&mut rng()).delivery;
    assert_eq!(open((elsewhere, recipient), Level::Four, &offer), Some(OpenError::Damaged));
    for neighbour in neighbours(&offer, 1) {
        assert!(open(place, Level::Four, &neighbour).is_some());
    }
    let mut later = offer;
    later[3] = b'2';
    assert_eq!(open(place, Level::Four, &later), Some(OpenError::UnknownFormat));
    // Not of this delivery, not at this level, not by this person.
    let other = send(&ada, Level::Four);
    let bad = |by: &Identity, level, access| seal_offer(by, &invitation, level, access, &mut rng()).err();
    assert_eq!(bad(&ada, Level::Four, Some(&other.access)), Some(SealError::BadInput));
    assert_eq!(bad(&ada, Level::Three, Some(&sent.access)), Some(SealError::BadInput));
    assert_eq!(bad(&person("eve@example.org"), Level::Four, None), Some(SealError::BadInput));
}

#[test]
fn an_invitation_link_is_the_recipients_own_link() {
    let link = Link::generate(&mut rng());
    let secret = InvitationSecret::generate(&mut rng());
    let again = InvitationSecret::parse(&secret.fragment()).ok().unwrap();
    let gate = secret.personal(link.delivery).gate().to_bytes();
    assert_eq!(gate, again.personal(link.delivery).gate().to_bytes());
    let elsewhere = Link::generate(&mut rng()).delivery;
    assert_ne!(gate, secret.personal(elsewhere).gate().to_bytes());
    let recipient = RecipientId::generate(&mut rng());
    let sealed = secret.personal(link.delivery).seal(&link, recipient, Level::Three, &mut rng()).unwrap();
    let opened = again.personal(link.delivery).open(recipient, Level::Three, &sealed).ok().unwrap();
    assert_eq!(*opened.fragment(), *link.fragment());
    for fragment in neighbours(secret.fragment().as_bytes(), 1) {
        let other = String::from_utf8(fragment).ok().and_then(|text| InvitationSecret::parse(&text).ok());
        assert!(other.is_none_or(|other| other.personal(link.delivery).gate().to_bytes() != gate));
    }
}

/// Whoever rotated their keys had a reason: an old invitation must not bring the old key back.
#[test]
fn an_old_invitation_brings_no_old_key_back() {
    let (ada, bob) = (person("ada@example.org"), person(BOB));
    let place = (Link::generate(&mut rng()).delivery, RecipientId::generate(&mut rng()));
    let secret = InvitationSecret::generate(&mut rng());
    let fragment = secret.fragment().to_string();
    let mut invitation = SentInvitation::new(&ada, place, &name(BOB), secret);
    let offer = seal_offer(&ada, &invitation, Level::Four, None, &mut rng()).unwrap();
    let secret = InvitationSecret::parse(&fragment).ok().unwrap();
    let opened = open_offer(&secret, place, Level::Four, &offer).ok().unwrap();
    let (mut adas, mut bobs) = (Pins::default(), Pins::default());
    bobs.inviter(&opened, &[sent(&ada)], NOW).unwrap();
    let proof = opened.prove(&secret, bob.card()).unwrap();
    let bobs_first = sent(&bob);
    let proved = invitation.check(&bobs_first, &proof).ok().unwrap();
    assert!(proved.is_first());
    // A key that was only seen gives way to the proved one; the same again changes nothing.
    adas.remember(&key_of(&person(BOB)), NOW).unwrap();
    adas.invited(&proved, NOW).unwrap();
    let again = invitation.check(&bobs_first, &proof).ok().unwrap();
    assert!(!again.is_first() && adas.invited(&again, NOW).is_ok());
    // Both rotate, and the server shows what came before.
    let adas_first = sent(&ada);
    let (ada, bob) = (ada.rotate(NOW, &mut rng()).unwrap(), bob.rotate(NOW, &mut rng()).unwrap());
    let key = adas.verify(&name(BOB), &[bobs_first.clone(), sent(&bob)]).unwrap();
    assert_eq!(key.trust(), Trust::Invited);
    adas.remember(&key, NOW).unwrap();
    assert_eq!(adas.invited(&again, NOW).err(), Some(TrustError::RolledBack));
    bobs.inviter(&opened, &[adas_first.clone(), sent(&ada)], NOW).unwrap();
    assert_eq!(bobs.inviter(&opened, &[adas_first], NOW).err(), Some(TrustError::RolledBack));
    assert_eq!(adas.verify(&name(BOB), &[bobs_first, sent(&bob)]).unwrap().trust(), Trust::Invited);
}
