//! Boxes and submissions: what their owners, submitters and hostile servers can do.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::people::{NOW, letter, name, person, sent};
use common::rng;
use crypto_core::error::{BoxError, GrantError, TrustError};
use crypto_core::grant::{self, Access, Giver, Place};
use crypto_core::id::{BoxId, DeliveryId, Level, TicketId};
use crypto_core::identity::{Card, Identity};
use crypto_core::link::Link;
use crypto_core::request::{Request, RequestSecret};
use crypto_core::sealed::{self, DeliveryKey};
use crypto_core::submission::{Receipt, ReceiptSecret, TicketLink};
use crypto_core::submit_box::{self, BoxCard, BoxKeys, CARD_LIFETIME, VerifiedBox};
use crypto_core::trust;
use crypto_core::vault::Vault;

const DAY: u64 = 86_400;
const CARL: &str = "carl@example.net";

fn open_box(owner: &Identity) -> (BoxKeys, BoxCard) {
    BoxKeys::create(owner, BoxId::generate(&mut rng()), NOW, &mut rng()).unwrap()
}

fn verified(card: &BoxCard) -> VerifiedBox {
    BoxCard::parse(card.as_bytes()).unwrap().check(Some(card.fingerprint()), card.created()).unwrap()
}

struct Submitted {
    secret: ReceiptSecret,
    card: Vec<u8>,
    place: Place,
    part: Vec<u8>,
    grant: Vec<u8>,
}

fn submit(to: &VerifiedBox) -> Submitted {
    let (link, key) = (Link::generate(&mut rng()), DeliveryKey::generate(&mut rng()));
    let secret = ReceiptSecret::generate(&mut rng());
    let submitter = secret.identity(link.delivery, &name(CARL)).unwrap();
    let part = sealed::seal_part(&submitter, &key, &letter(&link, Level::Four), None, &mut rng()).unwrap();
    let access = Access::new(&link, &key, Level::Four, &part).unwrap();
    let grant = grant::seal_to_box(&submitter, &access, to, NOW, &mut rng()).unwrap();
    let card = submitter.card().as_bytes().to_vec();
    Submitted { secret, card, place: access.place(), part, grant }
}

fn open(keys: &BoxKeys, submitted: &Submitted) -> Result<Access, GrantError> {
    let card = Card::parse(&submitted.card).unwrap();
    let submitter = trust::submitter(card, submitted.place.delivery, &name(CARL)).unwrap();
    let access = grant::open_in_box(keys, submitted.place, &submitter, &submitted.grant)?;
    assert_eq!(access.open_part(&submitter, &submitted.part, None).unwrap().subject, "Unterlagen");
    Ok(access)
}

#[test]
fn another_box_than_the_links_is_refused() {
    let (ada, eve) = (person("ada@example.org"), person("eve@example.org"));
    let ((keys, card), (_, eves)) = (open_box(&ada), open_box(&eve));
    let fragment = submit_box::fragment(&keys.fingerprint());
    assert_eq!(fragment.len(), 30);
    let named = submit_box::parse_fragment(&fragment).unwrap();
    assert_eq!(eves.clone().check(Some(named), NOW).err(), Some(BoxError::OtherKey));
    assert!(!eves.check(None, NOW).unwrap().is_named());
    let card = card.check(Some(named), NOW).unwrap();
    assert!(card.is_named());
    assert_eq!(card.card().owner(), ada.card().fingerprint());
    for other in
        ["", "1b", "1b.", "1.AAAA", &fragment[..29], &format!("{fragment}A"), &fragment.replace("1b", "2b")]
    {
        assert!(submit_box::parse_fragment(other).is_err(), "{other}");
    }
}

#[test]
fn cards_are_sealed_to_for_a_year() {
    let (_, card) = open_box(&person("ada@example.org"));
    for (now, is_good) in [
        (NOW - DAY - 1, false),
        (NOW - DAY, true),
        (NOW + CARD_LIFETIME - 1, true),
        (NOW + CARD_LIFETIME, false),
    ] {
        assert_eq!(card.clone().check(None, now).is_ok(), is_good, "{now}");
    }
}

#[test]
fn renewed_keys_open_what_was_sent_before_and_forget_in_time() {
    let ada = person("ada@example.org");
    let (mut keys, first) = open_box(&ada);
    let old = submit(&verified(&first));
    let second = keys.renew(&ada, NOW + 30 * DAY, 90 * DAY, &mut rng()).unwrap();
    assert_eq!((second.serial(), second.fingerprint()), (2, first.fingerprint()));
    assert!(keys.is_latest(&second) && !keys.is_latest(&first));
    open(&keys, &old).unwrap();
    keys.renew(&ada, NOW + 120 * DAY, 90 * DAY, &mut rng()).unwrap();
    open(&keys, &old).unwrap();
    keys.renew(&ada, NOW + 120 * DAY + 1, 90 * DAY, &mut rng()).unwrap();
    assert_eq!(open(&keys, &old).err(), Some(GrantError::NotForMe));
    let new = submit(&verified(&second));
    open(&keys, &new).unwrap();
}

#[test]
fn keys_come_along_in_the_vault() {
    let ada = person("ada@example.org");
    let (keys, card) = open_box(&ada);
    let submitted = submit(&verified(&card));
    let mut vault = Vault::after(0);
    let id = keys.id();
    vault.keep_box(keys).unwrap();
    let sealed = vault.seal(&ada, &mut rng()).unwrap();
    let mut vault = Vault::open(&ada, &sealed, 0).unwrap();
    open(vault.box_keys(id).unwrap(), &submitted).unwrap();
    let rotated = ada.rotate(NOW, &mut rng()).unwrap();
    let sealed = vault.seal(&rotated, &mut rng()).unwrap();
    let mut vault = Vault::open(&rotated, &sealed, 0).unwrap();
    open(vault.box_keys(id).unwrap(), &submitted).unwrap();
    vault.forget_box(id);
    assert!(vault.box_keys(id).is_none());
}

#[test]
fn a_submission_cannot_be_moved_or_taken_over() {
    let ada = person("ada@example.org");
    let ((keys, card), (eves, _)) = (open_box(&ada), open_box(&person("eve@example.org")));
    let submitted = submit(&verified(&card));
    assert_eq!(open(&eves, &submitted).err(), Some(GrantError::NotForMe));
    let carl = || Card::parse(&submitted.card).unwrap();
    let key = trust::submitter(carl(), submitted.place.delivery, &name(CARL)).unwrap();
    // As level 3, in another delivery, by another submitter, as an ordinary grant.
    let lower = Place { level: Level::Three, ..submitted.place };
    assert_eq!(grant::open_in_box(&keys, lower, &key, &submitted.grant).err(), Some(GrantError::OtherPlace));
    let other = Place { delivery: DeliveryId::generate(&mut rng()), ..submitted.place };
    assert_eq!(grant::open_in_box(&keys, other, &key, &submitted.grant).err(), Some(GrantError::OtherPlace));
    let second = submit(&verified(&card));
    let stranger = Card::parse(&second.card).unwrap();
    let stranger = trust::submitter(stranger, second.place.delivery, &name(CARL)).unwrap();
    let found = grant::open_in_box(&keys, submitted.place, &stranger, &submitted.grant);
    assert_eq!(found.err(), Some(GrantError::NotEntitled));
    let found = grant::open(&ada, submitted.place, &key, Giver::Sender, &submitted.grant);
    assert_eq!(found.err(), Some(GrantError::NotForMe));
    // A card of another delivery, of another address, or a person's own.
    let found = trust::submitter(carl(), second.place.delivery, &name(CARL));
    assert_eq!(found.err(), Some(TrustError::OtherAddress));
    let found = trust::submitter(carl(), submitted.place.delivery, &name("eve@example.org"));
    assert_eq!(found.err(), Some(TrustError::OtherAddress));
    let found = trust::submitter(sent(&ada), submitted.place.delivery, &name("ada@example.org"));
    assert_eq!(found.err(), Some(TrustError::OtherAddress));
}

#[test]
fn nothing_below_level_4_is_sealed_to_a_box() {
    let (_, card) = open_box(&person("ada@example.org"));
    let (ada, sent) =
        (person("ada@example.org"), common::people::send(&person("b@example.org"), Level::Three));
    assert!(grant::seal_to_box(&ada, &sent.access, &verified(&card), NOW, &mut rng()).is_err());
}

#[test]
fn an_answer_comes_from_the_owner_of_the_box() {
    let ada = person("ada@example.org");
    let (_, card) = open_box(&ada);
    let submitted = submit(&verified(&card));
    let Submitted { secret, place, .. } = submitted;
    let ticket = TicketId::generate(&mut rng());
    let token = TicketLink::parse(&format!("1t.{}", "A".repeat(43))).unwrap().token(ticket);
    let fragment = Receipt { token, secret, owner: card.owner() }.fragment();
    assert_eq!(fragment.len(), 118);
    let TicketLink::Kept(kept) = TicketLink::parse(&fragment).unwrap() else { panic!("no receipt") };
    let again = kept.secret.identity(place.delivery, &name(CARL)).unwrap();
    assert_eq!(again.card().as_bytes(), submitted.card);
    let adas_card = sent(&ada);
    let rotated = ada.rotate(NOW, &mut rng()).unwrap();
    assert!(trust::answering(&[adas_card.clone(), sent(&rotated)], &kept.owner).is_ok());
    let eve = sent(&person("ada@example.org"));
    for cards in [vec![eve.clone()], vec![adas_card, eve]] {
        let found = trust::answering(&cards, &kept.owner);
        assert_eq!(found.err(), Some(TrustError::FingerprintDiffers));
    }
    for other in
        ["", "1r", "1t", "1t.", &fragment[..117], &format!("{}.A", *fragment), &fragment.replace("1r", "1t")]
    {
        assert!(TicketLink::parse(other).is_err(), "{other}");
    }
}

#[test]
fn a_request_is_read_by_who_is_asked_and_who_asks() {
    let (ada, ticket) = (person("ada@example.org"), TicketId::generate(&mut rng()));
    let secret = RequestSecret::generate(&mut rng());
    let (keys, _) = BoxKeys::create(&ada, BoxId([6; 16]), NOW, &mut rng()).unwrap();
    let request = Request {
        note: "Bitte bis Freitag".to_owned(),
        items: vec!["Ausweis".to_owned()],
        submit_box: Some(keys.fingerprint()),
    };
    let sealed = secret.seal(ticket, &request, &mut rng()).unwrap();
    let kept = secret.keep(&ada, ticket, &mut rng()).unwrap();
    let TicketLink::Requested(asked) = TicketLink::parse(&secret.fragment()).unwrap() else {
        panic!("no request")
    };
    assert!(asked.open(ticket, &sealed).unwrap() == request);
    assert_eq!(asked.token(ticket).to_bytes(), secret.token(ticket).to_bytes());
    let again = RequestSecret::kept(&ada, ticket, &kept).unwrap();
    assert!(again.open(ticket, &sealed).unwrap() == request);
    assert!(RequestSecret::kept(&person("ada@example.org"), ticket, &kept).is_err());
    let other = TicketId::generate(&mut rng());
    assert!(asked.open(other, &sealed).is_err() && RequestSecret::kept(&ada, other, &kept).is_err());
    assert!(RequestSecret::generate(&mut rng()).open(ticket, &sealed).is_err());
    let nameless = Request { note: String::new(), items: vec![String::new()], submit_box: None };
    assert!(secret.seal(ticket, &nameless, &mut rng()).is_err());
}
