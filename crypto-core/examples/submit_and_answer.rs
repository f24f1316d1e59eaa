//! Somebody without an account sends into a box at level 4, and gets an answer that only they can open.
//!
//! `cargo run --package crypto-core --example submit_and_answer`

use std::error::Error;

use crypto_core::grant::{self, Access, Giver};
use crypto_core::id::{AccountId, BoxId, DeliveryId, Level, TicketId};
use crypto_core::identity::{Card, Identity};
use crypto_core::link::Link;
use crypto_core::login::LoginName;
use crypto_core::manifest::Manifest;
use crypto_core::sealed::{self, DeliveryKey};
use crypto_core::submission::{Receipt, ReceiptSecret, TicketLink};
use crypto_core::submit_box::{self, BoxCard, BoxKeys};
use crypto_core::trust;
use crypto_core::vault::Vault;
use getrandom::SysRng;
use rand_core::UnwrapErr;

const NOW: u64 = 1_795_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let rng = &mut UnwrapErr(SysRng);

    // Ada opens a box. She publishes the link; the server shows the card.
    let ada = Identity::create(AccountId::generate(rng), &LoginName::new("ada@example.org")?, 1, NOW, rng)?;
    let (keys, card) = BoxKeys::create(&ada, BoxId::generate(rng), NOW, rng)?;
    let (published, shown) = (submit_box::fragment(&keys.fingerprint()), card.as_bytes().to_vec());
    let mut vault = Vault::after(0);
    vault.keep_box(keys)?;

    // Carl follows the link. His browser refuses every other box than the one that was published.
    let named = submit_box::parse_fragment(&published)?;
    let adas_box = BoxCard::parse(&shown)?.check(Some(named), NOW)?;
    let (link, delivery_key) = (Link::generate(rng), DeliveryKey::generate(rng));
    let (ticket, token) =
        (TicketId::generate(rng), TicketLink::parse("1t.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")?);
    let (carl, secret) = (LoginName::new("carl@example.net")?, ReceiptSecret::generate(rng));
    let submitter = secret.identity(link.delivery, &carl)?;
    let manifest = letter(link.delivery, "My application", "Carl Citizen");
    let part = sealed::seal_part(&submitter, &delivery_key, &manifest, None, rng)?;
    let access = Access::new(&link, &delivery_key, Level::Four, &part)?;
    let place = access.place();
    let given = grant::seal_to_box(&submitter, &access, &adas_box, NOW, rng)?;
    let submitters_card = submitter.card().as_bytes().to_vec();
    let receipt = Receipt { token: token.token(ticket), secret, owner: adas_box.card().owner() }.fragment();

    // Ada opens it with the keys in her vault.
    let keys = vault.box_keys(adas_box.card().id()).ok_or("the box is gone")?;
    let carls_key = trust::submitter(Card::parse(&submitters_card)?, place.delivery, &carl)?;
    let opened = grant::open_in_box(keys, place, &carls_key, &given)?;
    assert_eq!(opened.open_part(&carls_key, &part, None)?.name, "Carl Citizen");

    // She answers, to a man without an account.
    let (link, delivery_key) = (Link::generate(rng), DeliveryKey::generate(rng));
    let manifest = letter(link.delivery, "Granted", "");
    let part = sealed::seal_part(&ada, &delivery_key, &manifest, None, rng)?;
    let access = Access::new(&link, &delivery_key, Level::Four, &part)?;
    let answer = grant::seal(&ada, &access, &carls_key, NOW, rng)?;

    // Carl opens the link that he kept: it leads to the same identity, and says whose answer to believe.
    let TicketLink::Kept(kept) = TicketLink::parse(&receipt)? else { return Err("no receipt".into()) };
    let submitter = kept.secret.identity(place.delivery, &carl)?;
    let adas_key = trust::answering(&[Card::parse(ada.card().as_bytes())?], &kept.owner)?;
    let opened = grant::open(&submitter, access.place(), &adas_key, Giver::Sender, &answer)?;
    assert_eq!(opened.open_part(&adas_key, &part, None)?.subject, "Granted");
    Ok(())
}

fn letter(delivery: DeliveryId, subject: &str, name: &str) -> Manifest {
    Manifest {
        delivery,
        level: Level::Four,
        subject: subject.to_owned(),
        message: String::new(),
        created: NOW,
        expires: None,
        files: Vec::new(),
        name: name.to_owned(),
        reference: String::new(),
    }
}
