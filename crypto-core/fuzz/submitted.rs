//! What a server shows of boxes, submissions and requests, and what stands in links to them.

use std::sync::LazyLock;

use crypto_core::grant::{self, Access};
use crypto_core::id::{AccountId, BoxId, Level, TicketId};
use crypto_core::identity::Identity;
use crypto_core::link::Link;
use crypto_core::login::LoginName;
use crypto_core::request::{Request, RequestSecret};
use crypto_core::sealed::{self, DeliveryKey};
use crypto_core::submission::{ReceiptSecret, TicketLink};
use crypto_core::submit_box::{self, BoxCard, BoxKeys};
use crypto_core::trust::{self, VerifiedKey};

use super::granted::{check, manifest};
use super::{Counter, DELIVERY, FRAGMENT};

const TICKET: TicketId = TicketId([7; 16]);

/// A box, what was sent into it, and a request.
struct World {
    owner: Identity,
    keys: BoxKeys,
    card: BoxCard,
    submitter: VerifiedKey,
    access: Access,
    grant: Vec<u8>,
    secret: RequestSecret,
    request: Vec<u8>,
    kept: Vec<u8>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| match World::new() {
    Some(world) => world,
    None => unreachable!("everything in it is well formed"),
});

impl World {
    fn new() -> Option<Self> {
        let rng = &mut Counter(20);
        let email = LoginName::new("carl@example.net").ok()?;
        let owner = Identity::create(AccountId([1; 16]), &email, 1, 0, rng).ok()?;
        let (keys, card) = BoxKeys::create(&owner, BoxId([6; 16]), 0, rng).ok()?;
        let submitter = ReceiptSecret::generate(rng).identity(DELIVERY, &email).ok()?;
        let (link, key) = (Link::parse(DELIVERY, FRAGMENT).ok()?, DeliveryKey::generate(rng));
        let part = sealed::seal_part(&submitter, &key, &manifest(), None, rng).ok()?;
        let access = Access::new(&link, &key, Level::Four, &part).ok()?;
        let holder = card.clone().check(None, 0).ok()?;
        let secret = RequestSecret::generate(rng);
        let submit_box = Some(keys.fingerprint());
        let asked = Request { note: "please".to_owned(), items: vec!["one".to_owned()], submit_box };
        Some(Self {
            grant: grant::seal_to_box(&submitter, &access, &holder, 0, rng).ok()?,
            submitter: trust::submitter(submitter.card().clone(), DELIVERY, &email).ok()?,
            request: secret.seal(TICKET, &asked, rng).ok()?,
            kept: secret.keep(&owner, TICKET, rng).ok()?,
            owner,
            keys,
            card,
            access,
            secret,
        })
    }
}

/// Cards of boxes, grants to them, requests, and fragments.
pub fn submitted(data: &[u8]) {
    let world = &*WORLD;
    check(data, world.card.as_bytes(), |card| BoxCard::parse(card).is_ok());
    let place = world.access.place();
    check(data, &world.grant, |grant| {
        grant::open_in_box(&world.keys, place, &world.submitter, grant).is_ok()
    });
    check(data, &world.request, |request| world.secret.open(TICKET, request).is_ok());
    check(data, &world.kept, |kept| RequestSecret::kept(&world.owner, TICKET, kept).is_ok());
    let Ok(text) = core::str::from_utf8(data) else { return };
    match TicketLink::parse(text) {
        Ok(TicketLink::Requested(secret)) => assert_eq!(*secret.fragment(), text),
        Ok(TicketLink::Kept(receipt)) => assert_eq!(*receipt.fragment(), text),
        Ok(TicketLink::Mailed(_)) | Err(_) => {}
    }
    if let Ok(fingerprint) = submit_box::parse_fragment(text) {
        assert_eq!(submit_box::fragment(&fingerprint), text);
    }
}
