//! What a server shows of people and of what was granted. Each target takes the bytes as they come, and as a change of one
//! byte in what is true: the first two bytes choose where, the third what.

use std::sync::LazyLock;

use crypto_core::deputy::{self, Deputation};
use crypto_core::grant::{self, Access, Giver};
use crypto_core::id::{AccountId, Level, RecipientId};
use crypto_core::identity::{AccountKey, Card, Identity, RecoveryCode};
use crypto_core::invitation::{InvitationCode, InvitationSecret, SentInvitation, open_offer, seal_offer};
use crypto_core::link::Link;
use crypto_core::login::LoginName;
use crypto_core::manifest::Manifest;
use crypto_core::sealed::{self, DeliveryKey};
use crypto_core::trust::{Pins, VerifiedKey};
use crypto_core::vault::Vault;
use crypto_core::words::{self, Language};

use super::{Counter, DELIVERY, FRAGMENT};

const RECIPIENT: RecipientId = RecipientId([5; 16]);
const INVITATION: &str = "1i.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Two people, and everything that one left at the server for the other and for herself.
struct World {
    ada: Identity,
    bob: Identity,
    key: VerifiedKey,
    code: RecoveryCode,
    lock: Vec<u8>,
    identity: Vec<u8>,
    vault: Vec<u8>,
    access: Access,
    part: Vec<u8>,
    grant: Vec<u8>,
    offer: Vec<u8>,
    deputation: Vec<u8>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| match World::new() {
    Some(world) => world,
    None => unreachable!("everything in it is well formed"),
});

fn person(account: u8, email: &str) -> Option<Identity> {
    let email = LoginName::new(email).ok()?;
    Identity::create(AccountId([account; 16]), &email, 1, 0, &mut Counter(u64::from(account))).ok()
}

fn key_of(person: &Identity) -> Option<VerifiedKey> {
    let card = Card::parse(person.card().as_bytes()).ok()?;
    Pins::default().verify(person.card().email(), &[card]).ok()
}

impl World {
    fn new() -> Option<Self> {
        let rng = &mut Counter(10);
        let (ada, bob) = (person(1, "ada@example.org")?, person(2, "bob@example.org")?);
        let code = RecoveryCode::generate(rng);
        let lock = ada.key().lock_with_code(ada.card().account(), &code, rng).ok()?;
        let mut vault = Vault::after(0);
        vault.pins.remember(&key_of(&bob)?, 0).ok()?;
        let link = Link::parse(DELIVERY, FRAGMENT).ok()?;
        vault.keep_link(&link).ok()?;
        let key = DeliveryKey::generate(rng);
        let part = sealed::seal_part(&ada, &key, &manifest(), None, rng).ok()?;
        let access = Access::new(&link, &key, Level::Four, &part).ok()?;
        let secret = InvitationSecret::parse(INVITATION).ok()?;
        let invitation = SentInvitation::new(&ada, (DELIVERY, RECIPIENT), bob.card().email(), secret);
        let offer = seal_offer(&ada, &invitation, Level::Four, Some(&access), rng).ok()?;
        vault.keep_invitation(invitation);
        Some(Self {
            identity: ada.seal(rng).ok()?,
            vault: vault.seal(&ada, rng).ok()?,
            grant: grant::seal(&ada, &access, &key_of(&bob)?, 0, rng).ok()?,
            deputation: deputy::appoint(&ada, &key_of(&bob)?, 0, 9),
            key: key_of(&ada)?,
            ada,
            bob,
            code,
            lock,
            access,
            part,
            offer,
        })
    }
}

/// The manifest of an empty delivery at level 4.
pub(super) fn manifest() -> Manifest {
    Manifest {
        delivery: DELIVERY,
        level: Level::Four,
        subject: String::new(),
        message: String::new(),
        created: 0,
        expires: None,
        files: Vec::new(),
        name: String::new(),
        reference: String::new(),
    }
}

/// The bytes as they come must not be taken; what is true must be, and with one byte changed must not.
pub(super) fn check(data: &[u8], good: &[u8], opens: impl Fn(&[u8]) -> bool) {
    assert!(!opens(data) || data == good);
    let Some(&[at_0, at_1, change]) = data.first_chunk() else { return };
    let mut other = good.to_vec();
    let at = usize::from(u16::from_be_bytes([at_0, at_1])) % other.len();
    other[at] ^= change;
    assert_eq!(opens(&other), change == 0, "byte {at}");
}

/// A card. One with another signature by the same key is as good, so only its form is looked at.
pub fn card(data: &[u8]) {
    if let Ok(card) = Card::parse(data) {
        assert_eq!(card.as_bytes(), data);
    }
    check(data, WORLD.ada.card().as_bytes(), |card| Card::parse(card).is_ok());
}

/// What the server keeps for somebody alone: lock, sealed identity, vault.
pub fn kept(data: &[u8]) {
    let world = &*WORLD;
    let account = world.ada.card().account();
    let unlock = |lock: &[u8]| AccountKey::unlock_with_code(account, lock, &world.code).ok();
    check(data, &world.lock, |lock| unlock(lock).is_some());
    check(data, &world.identity, |identity| {
        let Some(key) = unlock(&world.lock) else { return false };
        Identity::open(key, account, identity, world.ada.card().as_bytes()).is_ok()
    });
    check(data, &world.vault, |vault| Vault::open(&world.ada, vault, 1).is_ok());
}

/// What the server keeps for a recipient: sealed part, grant, offer, deputation.
pub fn granted(data: &[u8]) {
    let world = &*WORLD;
    let place = world.access.place();
    check(data, &world.part, |part| world.access.open_part(&world.key, part, None).is_ok());
    check(data, &world.grant, |grant| {
        grant::open(&world.bob, place, &world.key, Giver::Sender, grant).is_ok()
    });
    check(data, &world.offer, |offer| {
        InvitationSecret::parse(INVITATION)
            .is_ok_and(|secret| open_offer(&secret, (DELIVERY, RECIPIENT), Level::Four, offer).is_ok())
    });
    check(data, &world.deputation, |bytes| Deputation::verify(&world.key, bytes).is_ok());
}

/// What somebody types as a code.
pub fn code(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let _ = words::unknown(text);
    if let Ok(code) = RecoveryCode::read(text) {
        assert!(RecoveryCode::read(&code.words(Language::German)).is_ok());
    }
    if let Ok(code) = InvitationCode::read(text) {
        assert!(InvitationCode::read(&code.words(Language::English)).is_ok());
    }
}
