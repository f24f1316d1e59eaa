//! People with identities, and deliveries between them.

use crypto_core::delivery;
use crypto_core::grant::{self, Access, Place};
use crypto_core::id::{AccountId, Level};
use crypto_core::identity::{Card, Identity};
use crypto_core::link::Link;
use crypto_core::login::LoginName;
use crypto_core::manifest::Manifest;
use crypto_core::sealed::{self, DeliveryKey};
use crypto_core::trust::{Pins, VerifiedKey};

use super::rng;

/// The time of the tests.
pub(crate) const NOW: u64 = 1_795_000_000;

pub(crate) fn name(email: &str) -> LoginName {
    LoginName::new(email).unwrap()
}

/// A new identity.
pub(crate) fn person(email: &str) -> Identity {
    Identity::create(AccountId::generate(&mut rng()), &name(email), 1, NOW, &mut rng()).unwrap()
}

/// The card as a server gives it back.
pub(crate) fn sent(identity: &Identity) -> Card {
    Card::parse(identity.card().as_bytes()).unwrap()
}

/// Somebody's key as it looks to those who never heard of them.
pub(crate) fn key_of(identity: &Identity) -> VerifiedKey {
    Pins::default().verify(identity.card().email(), &[sent(identity)]).unwrap()
}

/// A delivery as its sender leaves it at the server.
pub(crate) struct Sent {
    pub(crate) place: Place,
    pub(crate) access: Access,
    pub(crate) cover: Option<Vec<u8>>,
    pub(crate) part: Vec<u8>,
    pub(crate) own: Vec<u8>,
}

pub(crate) fn letter(link: &Link, level: Level) -> Manifest {
    Manifest {
        delivery: link.delivery,
        level,
        subject: "Unterlagen".to_owned(),
        message: "Guten Tag".to_owned(),
        created: NOW,
        expires: None,
        files: Vec::new(),
        name: String::new(),
        reference: String::new(),
    }
}

/// Seals a delivery without files.
pub(crate) fn send(sender: &Identity, level: Level) -> Sent {
    let link = Link::generate(&mut rng());
    let key = DeliveryKey::generate(&mut rng());
    let (cover, rest) = letter(&link, level).split();
    let cover = cover.map(|cover| {
        let key = link.keys(None).unwrap().cover;
        sealed::seal_cover(sender, &key, &cover, &mut rng()).unwrap()
    });
    let part = sealed::seal_part(sender, &key, &rest.unwrap(), cover.as_deref(), &mut rng()).unwrap();
    let access = Access::new(&link, &key, level, &part).unwrap();
    let own = grant::seal_own(sender, &access, NOW, &mut rng()).unwrap();
    Sent { place: access.place(), access, cover, part, own }
}

/// The unsigned cover of level 1, for comparison.
pub(crate) fn unsigned_cover(link: &Link) -> Vec<u8> {
    delivery::seal_cover(&link.keys(None).unwrap().cover, &letter(link, Level::One), &mut rng()).unwrap()
}

/// Every byte string one step away: each bit flipped, cut at each place, a byte more; `step` skips some places.
pub(crate) fn neighbours(bytes: &[u8], step: usize) -> impl Iterator<Item = Vec<u8>> {
    let flipped = (0..bytes.len()).step_by(step).map(|at| {
        let mut other = bytes.to_vec();
        other[at] ^= 1 << (at % 8);
        other
    });
    let cut = (0..bytes.len()).step_by(step).map(|at| bytes[..at].to_vec());
    flipped.chain(cut).chain([[bytes, &[0]].concat()])
}
