//! A delivery at level 4 to somebody who has no keys yet: sent, released, opened; and the same with an invitation.
//!
//! `cargo run --package crypto-core --example grant_and_release`

use std::error::Error;

use crypto_core::grant::{self, Access, GRANT_BYTES, Giver};
use crypto_core::id::{AccountId, Level, RecipientId};
use crypto_core::identity::{AccountKey, Card, Identity, LOCK_BYTES, RecoveryCode};
use crypto_core::invitation::{InvitationSecret, SentInvitation, open_offer, seal_offer};
use crypto_core::kdf::Password;
use crypto_core::link::Link;
use crypto_core::login::LoginName;
use crypto_core::manifest::Manifest;
use crypto_core::release::release;
use crypto_core::sealed::{self, DeliveryKey};
use crypto_core::trust::{Pins, Trust};
use crypto_core::vault::Vault;
use crypto_core::words::Language;
use getrandom::SysRng;
use rand_core::UnwrapErr;

const NOW: u64 = 1_795_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let rng = &mut UnwrapErr(SysRng);

    // Ada chooses a SecuPass. The server keeps two locks, the sealed identity, the vault and the card.
    let (account, email) = (AccountId::generate(rng), LoginName::new("ada@example.org")?);
    let ada = Identity::create(account, &email, 1, NOW, rng)?;
    let secupass = Password::new("seven green doors")?;
    let code = RecoveryCode::generate(rng);
    assert_eq!(code.words(Language::German).split(' ').count(), 12); // shown once, to be printed
    let lock = ada.key().lock_with_password(account, &secupass, rng)?;
    let _second_lock = ada.key().lock_with_code(account, &code, rng)?;
    let (sealed_identity, card) = (ada.seal(rng)?, ada.card().as_bytes().to_vec());
    let vault = Vault::after(0).seal(&ada, rng)?;

    // In another browser she unlocks it.
    let key = AccountKey::unlock_with_password(account, &lock, &secupass)?;
    let ada = Identity::open(key, account, &sealed_identity, &card)?;
    let mut vault = Vault::open(&ada, &vault, 0)?;

    // She sends to Bob, who has no keys, and keeps a grant for herself.
    let (link, delivery_key) = (Link::generate(rng), DeliveryKey::generate(rng));
    let manifest = Manifest {
        delivery: link.delivery,
        level: Level::Four,
        subject: "As promised".to_owned(),
        message: "The answers.".to_owned(),
        created: NOW,
        expires: None,
        files: Vec::new(),
        name: String::new(),
        reference: String::new(),
    };
    let (cover, part) = manifest.split();
    assert!(cover.is_none());
    let part = sealed::seal_part(&ada, &delivery_key, &part.ok_or("nothing to seal")?, None, rng)?;
    let access = Access::new(&link, &delivery_key, Level::Four, &part)?;
    let place = access.place();
    let own = grant::seal_own(&ada, &access, NOW, rng)?;

    // She also hands him an invitation, so that he need not wait and both know each other's keys.
    let bobs_address = LoginName::new("bob@example.org")?;
    let at = (place.delivery, RecipientId::generate(rng));
    let secret = InvitationSecret::generate(rng);
    let fragment = secret.fragment();
    let invitation = SentInvitation::new(&ada, at, &bobs_address, secret);
    let offer = seal_offer(&ada, &invitation, Level::Four, Some(&access), rng)?;
    vault.keep_invitation(invitation);

    // Bob opens the link, makes keys, and opens the delivery at once.
    let bob = Identity::create(AccountId::generate(rng), &bobs_address, 1, NOW, rng)?;
    let secret = InvitationSecret::parse(&fragment)?;
    let opened = open_offer(&secret, at, Level::Four, &offer)?;
    let adas_key = Pins::default().inviter(&opened, &[Card::parse(&card)?], NOW)?;
    let access = opened.access().ok_or("Ada did not let him")?;
    assert_eq!(access.open_part(&adas_key, &part, None)?.subject, "As promised");
    let proof = opened.prove(&secret, bob.card())?;

    // Ada's browser checks the proof. From now on she knows Bob's key, whatever the server says.
    let bobs_card = Card::parse(bob.card().as_bytes())?;
    let invitation = vault.invitation(at.0, at.1).ok_or("no invitation")?;
    let proved = invitation.check(&bobs_card, &proof)?;
    let bobs_key = vault.pins.invited(&proved, NOW)?;
    assert_eq!(bobs_key.trust(), Trust::Invited);

    // And she releases the delivery, so that Bob opens it from his inbox on any device.
    let given = release(&ada, place, &own, &bobs_key, NOW, rng)?;
    let access = grant::open(&bob, place, &adas_key, Giver::Sender, &given)?;
    assert_eq!(access.open_part(&adas_key, &part, None)?.message, "The answers.");
    assert_eq!((lock.len(), given.len()), (LOCK_BYTES, GRANT_BYTES));
    Ok(())
}
