//! Whose key it is, and the vault in which that is remembered.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::people::{NOW, key_of, name, neighbours, person, send, sent};
use common::rng;
use crypto_core::error::{SealError, TrustError, VaultError};
use crypto_core::id::{AccountId, Level, RecipientId};
use crypto_core::identity::{Card, Identity};
use crypto_core::invitation::{InvitationSecret, SentInvitation, open_offer, seal_offer};
use crypto_core::link::Link;
use crypto_core::trust::{Pins, Trust};
use crypto_core::vault::{MAX_VAULT_BYTES, Vault};

fn verify(pins: &Pins, email: &str, cards: &[Card]) -> Result<Trust, TrustError> {
    pins.verify(&name(email), cards).map(|key| key.trust())
}

const ADA: &str = "ada@example.org";

#[test]
fn a_key_is_vouched_for_then_pinned() {
    let ada = person(ADA);
    let mut pins = Pins::default();
    assert_eq!(verify(&pins, ADA, &[sent(&ada)]), Ok(Trust::ServerVouched));
    assert_eq!(pins.known(&name(ADA)), None);
    pins.remember(&pins.verify(&name(ADA), &[sent(&ada)]).unwrap(), NOW).unwrap();
    assert_eq!(verify(&pins, ADA, &[sent(&ada)]), Ok(Trust::Pinned));
    pins.compared(&name(ADA), &sent(&ada), &ada.card().fingerprint(), NOW).unwrap();
    assert_eq!(verify(&pins, ADA, &[sent(&ada)]), Ok(Trust::WordsCompared));
    // Remembering again lowers nothing.
    pins.remember(&pins.verify(&name(ADA), &[sent(&ada)]).unwrap(), NOW).unwrap();
    assert_eq!(verify(&pins, ADA, &[sent(&ada)]), Ok(Trust::WordsCompared));
    assert!(Trust::Invited > Trust::WordsCompared && Trust::Pinned > Trust::ServerVouched);
}

#[test]
fn another_address_is_refused() {
    let ada = person(ADA);
    let pins = Pins::default();
    assert_eq!(verify(&pins, "eve@example.org", &[sent(&ada)]), Err(TrustError::OtherAddress));
    assert_eq!(verify(&pins, ADA, &[]), Err(TrustError::OtherAddress));
}

#[test]
fn a_changed_key_blocks_until_words_are_compared() {
    let ada = person(ADA);
    let mut pins = Pins::default();
    pins.remember(&key_of(&ada), NOW).unwrap();
    for forged in [
        // The same account, the next generation; another account; another's old card before it.
        Identity::create(ada.card().account(), &name(ADA), 2, NOW, &mut rng()).unwrap(),
        Identity::create(ada.card().account(), &name(ADA), 1, NOW, &mut rng()).unwrap(),
        Identity::create(AccountId::generate(&mut rng()), &name(ADA), 9, NOW, &mut rng()).unwrap(),
    ] {
        assert_eq!(verify(&pins, ADA, &[sent(&forged)]), Err(TrustError::Changed));
        assert_eq!(pins.known(&name(ADA)), Some(ada.card().fingerprint()));
        assert_eq!(verify(&pins, ADA, &[sent(&ada), sent(&forged)]), Err(TrustError::Changed));
        assert_eq!(pins.remember(&key_of(&forged), NOW).err(), Some(TrustError::Changed));
        let rotated = forged.rotate(NOW, &mut rng()).unwrap();
        assert_eq!(verify(&pins, ADA, &[sent(&ada), sent(&rotated)]), Err(TrustError::Changed));
    }
    let again = Identity::create(ada.card().account(), &name(ADA), 2, NOW, &mut rng()).unwrap();
    let shown = again.card().fingerprint();
    // The server swaps the card between showing and using it.
    let swapped = pins.compared(&name(ADA), &sent(&person(ADA)), &shown, NOW);
    assert_eq!(swapped.err(), Some(TrustError::FingerprintDiffers));
    let key = pins.compared(&name(ADA), &sent(&again), &shown, NOW).unwrap();
    assert_eq!((key.trust(), key.fingerprint()), (Trust::WordsCompared, shown));
    assert_eq!(verify(&pins, ADA, &[sent(&again)]), Ok(Trust::WordsCompared));
    assert_eq!(verify(&pins, ADA, &[sent(&ada)]), Err(TrustError::RolledBack));
}

#[test]
fn a_rotation_that_the_known_key_signed_keeps_the_trust() {
    let first = person(ADA);
    let mut pins = Pins::default();
    pins.compared(&name(ADA), &sent(&first), &first.card().fingerprint(), NOW).unwrap();
    let one = sent(&first);
    let second = first.rotate(NOW, &mut rng()).unwrap();
    let two = sent(&second);
    let third = second.rotate(NOW, &mut rng()).unwrap();
    let three = sent(&third);
    let all = [one.clone(), two.clone(), three.clone()];
    assert_eq!(verify(&pins, ADA, &all), Ok(Trust::WordsCompared));
    assert_eq!(verify(&pins, ADA, &all[..2]), Ok(Trust::WordsCompared));
    // Steps left out, or in another order, prove nothing.
    assert_eq!(verify(&pins, ADA, &all[2..]), Err(TrustError::Changed));
    assert_eq!(verify(&pins, ADA, &[one.clone(), three.clone()]), Err(TrustError::Changed));
    assert_eq!(verify(&pins, ADA, &[two.clone(), one.clone(), three.clone()]), Err(TrustError::Changed));
    pins.remember(&pins.verify(&name(ADA), &all).unwrap(), NOW).unwrap();
    assert_eq!(verify(&pins, ADA, &all[2..]), Ok(Trust::WordsCompared));
    assert_eq!(verify(&pins, ADA, &all[..2]), Err(TrustError::RolledBack));
    assert_eq!(verify(&pins, ADA, &all[..1]), Err(TrustError::RolledBack));
}

fn keep(vault: &mut Vault, owner: &Identity) -> Vec<u8> {
    vault.seal(owner, &mut rng()).unwrap()
}

fn full(owner: &Identity) -> Vault {
    let mut vault = Vault::after(0);
    for email in ["zoe@example.org", ADA, "bob@example.org"] {
        vault.pins.remember(&key_of(&person(email)), NOW).unwrap();
        vault.keep_link(&Link::generate(&mut rng())).unwrap();
        let place = (send(owner, Level::Four).place.delivery, RecipientId::generate(&mut rng()));
        let secret = InvitationSecret::generate(&mut rng());
        vault.keep_invitation(SentInvitation::new(owner, place, &name(email), secret));
    }
    vault
}

#[test]
fn a_vault_keeps_what_was_put_into_it() {
    let (owner, ada) = (person("owner@example.org"), person(ADA));
    let mut vault = Vault::after(0);
    let link = Link::generate(&mut rng());
    vault.keep_link(&link).unwrap();
    vault.pins.remember(&key_of(&ada), NOW).unwrap();
    let (delivery, recipient) = (link.delivery, RecipientId::generate(&mut rng()));
    let secret = InvitationSecret::generate(&mut rng());
    let fragment = secret.fragment().to_string();
    let invitation = SentInvitation::new(&owner, (delivery, recipient), &name(ADA), secret);
    vault.keep_invitation(invitation);
    let kept = keep(&mut vault, &owner);
    assert_eq!(vault.version(), 1);
    let mut opened = Vault::open(&owner, &kept, 0).ok().unwrap();
    assert_eq!(opened.version(), 1);
    assert_eq!(*opened.link(delivery).unwrap().fragment(), *link.fragment());
    assert_eq!(verify(&opened.pins, ADA, &[sent(&ada)]), Ok(Trust::Pinned));
    assert_eq!(*opened.invitation(delivery, recipient).unwrap().fragment(), fragment);
    opened.forget(delivery);
    assert!(opened.link(delivery).is_none() && opened.invitation(delivery, recipient).is_none());
    keep(&mut opened, &owner);
    assert_eq!(opened.version(), 2);
}

#[test]
fn a_vault_that_is_not_the_current_one_is_refused() {
    let owner = person("owner@example.org");
    let mut vault = full(&owner);
    let (one, two) = (keep(&mut vault, &owner), keep(&mut vault, &owner));
    let open = |vault: &[u8], seen| Vault::open(&owner, vault, seen).err();
    assert_eq!((open(&two, 2), open(&two, 1), open(&two, 0)), (None, None, None));
    // Only a device that has seen the new one can tell.
    assert_eq!((open(&one, 2), open(&one, 0)), (Some(VaultError::RolledBack), None));
    // Of another account, and of an earlier generation.
    let other = person("owner@example.org");
    assert_eq!(Vault::open(&other, &two, 0).err(), Some(VaultError::OtherIdentity));
    let rotated = owner.rotate(NOW, &mut rng()).unwrap();
    assert_eq!(Vault::open(&rotated, &two, 0).err(), Some(VaultError::OtherIdentity));
    let three = keep(&mut vault, &rotated);
    assert!(Vault::open(&rotated, &three, 2).is_ok());
    // After a reset nothing is left, and the number goes on.
    let card = rotated.card();
    let reset = Identity::create(card.account(), card.email(), 3, NOW, &mut rng()).unwrap();
    let mut empty = Vault::after(vault.version());
    let four = keep(&mut empty, &reset);
    assert_eq!(Vault::open(&reset, &four, 3).ok().unwrap().version(), 4);
}

#[test]
fn hostile_vaults() {
    let owner = person("owner@example.org");
    let kept = keep(&mut full(&owner), &owner);
    for neighbour in neighbours(&kept, 1) {
        assert!(Vault::open(&owner, &neighbour, 0).is_err());
    }
    let mut later = kept;
    later[3] = b'2';
    assert_eq!(Vault::open(&owner, &later, 0).err(), Some(VaultError::UnknownFormat));
    assert_eq!(Vault::open(&owner, &vec![0; MAX_VAULT_BYTES + 1], 0).err(), Some(VaultError::Damaged));
}

#[test]
fn a_vault_has_limits() {
    let owner = person("owner@example.org");
    let mut vault = Vault::after(0);
    let mut last = Link::generate(&mut rng());
    for _ in 0..crypto_core::vault::MAX_LINKS {
        last = Link::generate(&mut rng());
        vault.keep_link(&last).unwrap();
    }
    assert!(keep(&mut vault, &owner).len() <= MAX_VAULT_BYTES);
    assert_eq!(vault.keep_link(&Link::generate(&mut rng())), Err(SealError::TooLarge));
    assert_eq!(vault.keep_link(&last), Ok(()));
    vault.forget(last.delivery);
    assert_eq!(vault.keep_link(&Link::generate(&mut rng())), Ok(()));
    assert_eq!(Vault::after(u32::MAX).seal(&owner, &mut rng()), Err(SealError::TooLarge));
}

#[test]
fn the_oldest_invitation_that_was_used_makes_room_for_a_new_one() {
    let (owner, ada) = (person("owner@example.org"), person(ADA));
    let mut vault = Vault::after(0);
    let delivery = Link::generate(&mut rng()).delivery;
    let invite = |vault: &mut Vault| {
        let place = (delivery, RecipientId::generate(&mut rng()));
        let secret = InvitationSecret::generate(&mut rng());
        let fragment = secret.fragment();
        vault.keep_invitation(SentInvitation::new(&owner, place, &name(ADA), secret));
        (place, fragment)
    };
    let places: Vec<_> = (0..crypto_core::vault::MAX_INVITATIONS).map(|_| invite(&mut vault)).collect();
    let has =
        |vault: &mut Vault, place: usize| vault.invitation(places[place].0.0, places[place].0.1).is_some();

    // The third is answered.
    let (at, fragment) = &places[2];
    let secret = InvitationSecret::parse(fragment).unwrap();
    let sent = vault.invitation(at.0, at.1).unwrap();
    let offer = seal_offer(&owner, sent, Level::Four, None, &mut rng()).unwrap();
    let proof =
        open_offer(&secret, *at, Level::Four, &offer).ok().unwrap().prove(&secret, ada.card()).unwrap();
    assert!(sent.check(ada.card(), &proof).is_ok());

    invite(&mut vault);
    assert!(!has(&mut vault, 2) && has(&mut vault, 0), "the one that was used goes first");
    invite(&mut vault);
    assert!(!has(&mut vault, 0) && has(&mut vault, 1), "then the oldest");
    let kept = keep(&mut vault, &owner);
    assert!(Vault::open(&owner, &kept, 0).is_ok());
}
