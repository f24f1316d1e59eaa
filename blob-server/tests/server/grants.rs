//! The handshake of levels 3 and 4, as the server keeps it. To it cards, grants and proofs are bytes.

use blob_api::*;
use reqwest::{Method, Response};
use sha2::{Digest, Sha256};

use crate::harness::*;
use crate::keys::keys;
use crate::mail::eventually;
use crate::recipients::Addressed;

pub const SENDER: &str = "sender@amt.example";
pub const RITA: &str = "rita@post.example";
const ALL: [&str; 4] = ["--staff-domains", "amt.example", "--staff-levels", "1,2,3,4"];

pub fn hash(bytes: &[u8]) -> Token {
    Token(Sha256::digest(bytes).into())
}

/// A grant to the card of [`keys`] that replaced this revision.
pub fn grant(replaced: u32) -> GiveGrant {
    GiveGrant {
        grant: Opaque(random::<{ GiveGrant::BYTES }>().to_vec()),
        card: hash(&keys(replaced, 1).card.0),
    }
}

pub fn sealed_send(recipients: Vec<NewRecipient>) -> SendDelivery {
    SendDelivery { recipients, own_grant: Some(grant(0).grant), ..to_anyone() }
}

/// A recipient of this level.
pub fn addressed(email: &str, level: Level) -> NewRecipient {
    let new = Addressed::new(email).new;
    if level == Level::Four { NewRecipient { link: None, ..new } } else { new }
}

impl Running {
    pub async fn with_sender() -> (Self, Person) {
        let server = Self::start(&ALL).await;
        server.set_up("admin@amt.example").await;
        let sender = server.register_by_mail(SENDER).await;
        (server, sender)
    }

    /// A delivery with one file, complete up to sending.
    pub async fn sealed_draft(&self, sender: &Person, level: Level) -> Sealed {
        let sealed = Sealed::new(&[b"ciphertext"]);
        let body = CreateDelivery { level, gate_hash: None, password: false, ..sealed.create_body() };
        let created = sender.call(self, Method::POST, path::DELIVERIES).json(&body).send().await.unwrap();
        assert_eq!(created.status(), 201);
        sealed.upload(self, sender, &sealed.files[0].0, b"ciphertext", 100).await;
        if level.has_cover() {
            sealed.put_cover(self, sender, COVER_BYTES).await;
        }
        assert_eq!(self.put_sealed(sender, &sealed.id).await.status(), 204);
        sealed
    }

    async fn put_sealed(&self, sender: &Person, id: &DeliveryId) -> Response {
        let put = sender.call(self, Method::PUT, &path::sealed(id));
        put.body("what only keys open").send().await.unwrap()
    }

    pub async fn try_send_sealed(&self, sender: &Person, id: &DeliveryId, send: &SendDelivery) -> Response {
        sender.call(self, Method::POST, &path::send(id)).json(send).send().await.unwrap()
    }

    pub async fn activate(&self, person: &Person, keys: &StoreKeys) {
        let stored = person.call(self, Method::PUT, path::KEYS).json(keys).send().await.unwrap();
        assert_eq!(stored.status(), 204);
    }

    pub async fn releases(&self, sender: &Person) -> Vec<Waiting> {
        let Releases { waiting, more } = ok(sender.call(self, Method::GET, path::RELEASES)).await;
        assert!(!more);
        waiting
    }

    pub async fn release(
        &self,
        sender: &Person,
        id: &DeliveryId,
        recipient: &RecipientId,
        grant: &GiveGrant,
    ) -> Response {
        sender.call(self, Method::PUT, &path::release(id, recipient)).json(grant).send().await.unwrap()
    }

    async fn received(&self, person: &Person, id: &DeliveryId) -> RecipientState {
        let received: Received = ok(person.call(self, Method::GET, &path::received(id))).await;
        received.state
    }

    pub async fn received_grant(&self, person: &Person, id: &DeliveryId) -> ReceivedGrant {
        ok(person.call(self, Method::GET, &path::grant(id))).await
    }

    /// Opens by the session alone.
    async fn open_from_inbox(&self, person: &Person, sealed: &Sealed) -> Response {
        let open = OpenDelivery { email: None, auth: sealed.auth.clone() };
        person.call(self, Method::POST, &path::openings(&sealed.id)).json(&open).send().await.unwrap()
    }

    async fn prove(&self, person: &Person, id: &DeliveryId, proof: [u8; 32], card: Token) -> Response {
        let prove = ProveInvitation { proof: Opaque(proof.to_vec()), card };
        person.call(self, Method::POST, &path::invitation(id)).json(&prove).send().await.unwrap()
    }
}

/// The end of a word that names a state.
fn is(state: RecipientState) -> String {
    serde_json::to_value(state).unwrap()["is"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn someone_new_registers_makes_keys_waits_and_opens() {
    let (server, sender) = Running::with_sender().await;
    for level in [Level::Three, Level::Four] {
        let email = format!("{}{RITA}", u8::from(level));
        let sealed = server.sealed_draft(&sender, level).await;
        let new = addressed(&email, level);
        let send = sealed_send(vec![new.clone()]);
        let sent = server.try_send_sealed(&sender, &sealed.id, &send).await;
        assert_eq!(sent.status(), 200);

        let rita = server.register_by_mail(&email).await;
        assert_eq!(is(server.received(&rita, &sealed.id).await), "needs_keys");
        assert!(server.releases(&sender).await.is_empty());
        refused(server.open_from_inbox(&rita, &sealed).await, ProblemKind::Conflict).await;

        server.activate(&rita, &keys(0, 1)).await;
        assert_eq!(is(server.received(&rita, &sealed.id).await), "needs_release");
        assert!(server.received_grant(&rita, &sealed.id).await.grant.is_none());
        refused(server.open_from_inbox(&rita, &sealed).await, ProblemKind::Conflict).await;
        let waiting = server.releases(&sender).await;
        let [one] = &waiting[..] else { panic!("{}", waiting.len()) };
        assert_eq!((one.delivery, one.recipient, &one.email), (sealed.id, new.recipient, &email));
        assert_eq!((&one.cards, Some(&one.own_grant)), (&vec![keys(0, 1).card], send.own_grant.as_ref()));

        let other_card = GiveGrant { card: hash(b"another card"), ..grant(0) };
        let refused_card = server.release(&sender, &sealed.id, &new.recipient, &other_card).await;
        refused(refused_card, ProblemKind::Conflict).await;
        let given = grant(0);
        for _ in 0..2 {
            let released = server.release(&sender, &sealed.id, &new.recipient, &given).await;
            assert_eq!(released.status(), 204);
        }
        assert!(server.releases(&sender).await.is_empty());
        let received = server.received_grant(&rita, &sealed.id).await;
        assert_eq!((received.grant, received.recipient), (Some(given.grant), new.recipient));
        assert_eq!(is(server.received(&rita, &sealed.id).await), "ready");

        let opening: Opening = read(server.open_from_inbox(&rita, &sealed).await).await;
        let sheet = sealed.fetch(&server, &opening.token, &path::sealed(&sealed.id)).send().await.unwrap();
        assert_eq!(sheet.bytes().await.unwrap(), "what only keys open");
        let cover = sealed.fetch(&server, &opening.token, &path::cover(&sealed.id)).send().await.unwrap();
        assert_eq!(cover.status(), if level == Level::Three { 200 } else { 404 });
    }
}

#[tokio::test]
async fn mails_tell_who_must_act() {
    let (server, sender) = Running::with_sender().await;
    let sealed = server.sealed_draft(&sender, Level::Four).await;
    let new = NewRecipient { mail: Some(Hidden(String::new())), ..addressed(RITA, Level::Four) };
    let note = Some("Akte 17".to_owned());
    let send = SendDelivery { note, ..sealed_send(vec![new.clone()]) };
    assert_eq!(server.try_send_sealed(&sender, &sealed.id, &send).await.status(), 200);
    let invitation = &server.wait_for_mails(RITA, 1).await[0];
    assert!(invitation.text.contains(&format!("/r/{}>", sealed.id)), "{}", invitation.text);
    assert!(!invitation.text.contains('#') && invitation.text.contains("SecuPass"), "{}", invitation.text);

    let rita = server.register_by_mail(RITA).await;
    let before = server.mails(SENDER).await.len();
    server.activate(&rita, &keys(0, 1)).await;
    let mails = server.wait_for_mails(SENDER, before + 1).await;
    assert!(mails.iter().any(|mail| mail.subject.contains(RITA)));

    let before = server.mails(RITA).await.len();
    for _ in 0..2 {
        let released = server.release(&sender, &sealed.id, &new.recipient, &grant(0)).await;
        assert_eq!(released.status(), 204);
    }
    let mails = server.wait_for_mails(RITA, before + 1).await;
    let released = mails.iter().find(|mail| mail.text.contains(&format!("/inbox/{}", sealed.id)));
    assert!(!released.unwrap().text.contains('#'));
    // Another browser of the sender did the same at the same time: one mail.
    assert_eq!(server.written_mails(RITA).await, before as i64 + 1);
}

/// One of the three has neither account nor keys, one has no keys, and one has all.
#[tokio::test]
async fn mails_tell_their_recipient_what_is_left_to_do() {
    const KNOWN: &str = "known@post.example";
    const READY: &str = "ready@post.example";
    let (server, sender) = Running::with_sender().await;
    for email in [KNOWN, READY] {
        server.send_to(&sender, email).await;
        let person = server.register_by_mail(email).await;
        if email == READY {
            server.activate(&person, &keys(0, 1)).await;
        }
    }
    let sealed = server.sealed_draft(&sender, Level::Four).await;
    let mail = Some(Hidden(String::new()));
    let to = |email, grant| NewRecipient { mail: mail.clone(), grant, ..addressed(email, Level::Four) };
    let rita = NewRecipient { offer: Some(Opaque(vec![1])), ..to(RITA, None) };
    let send = sealed_send(vec![rita.clone(), to(KNOWN, None), to(READY, Some(grant(0)))]);
    assert_eq!(server.try_send_sealed(&sender, &sealed.id, &send).await.status(), 200);
    let (account, choose) = ("Make one on the page", "choose on the way");
    let (code, release) = ("invitation code", "releases it for you");
    let says = async |email: &str, number: usize, said: &[&str]| {
        let link = format!("/r/{}>", sealed.id);
        let mails = eventually(async || {
            let mails: Vec<_> =
                server.mails(email).await.into_iter().filter(|mail| mail.text.contains(&link)).collect();
            (mails.len() == number).then_some(mails)
        })
        .await;
        // Of invitation and reminder, in whatever order they lie there.
        let texts = mails.iter().map(|mail| mail.text.split_whitespace().collect::<Vec<_>>().join(" "));
        let says_so = |text: &String| {
            [account, choose, code, release].iter().all(|one| text.contains(one) == said.contains(one))
        };
        let texts: Vec<_> = texts.collect();
        assert!(texts.iter().any(says_so), "{said:?} to {email}: {texts:?}");
    };
    says(RITA, 1, &[account, choose, code]).await;
    says(KNOWN, 1, &[choose, release]).await;
    says(READY, 1, &[]).await;

    // The reminder goes by what has changed meanwhile.
    server.register_by_mail(RITA).await;
    server.clock.advance(86_400);
    let sender = server.log_in(SENDER, PASSWORD).await;
    let remind = sender.call(&server, Method::POST, &path::reminder(&sealed.id, &rita.recipient));
    assert_eq!(remind.send().await.unwrap().status(), 204);
    says(RITA, 2, &[choose, code]).await;
}

#[tokio::test]
async fn who_has_keys_is_granted_at_once_or_nothing_is_sent() {
    let (server, sender) = Running::with_sender().await;
    server.send_to(&sender, RITA).await;
    let rita = server.register_by_mail(RITA).await;
    server.activate(&rita, &keys(0, 1)).await;
    let ask = AskReadiness { level: Level::Four, emails: vec![RITA.to_owned(), SENDER.to_owned()] };
    let told: ReadinessAnswer = ok(sender.call(&server, Method::POST, path::READINESS).json(&ask)).await;
    assert_eq!(told.readiness, [Readiness::Ready, Readiness::NeedsKeys]);

    let sealed = server.sealed_draft(&sender, Level::Four).await;
    let granted = |grant| NewRecipient { grant: Some(grant), ..addressed(RITA, Level::Four) };
    let old_card = GiveGrant { card: hash(b"an old card"), ..grant(0) };
    let sent = server.try_send_sealed(&sender, &sealed.id, &sealed_send(vec![granted(old_card)])).await;
    refused(sent, ProblemKind::Conflict).await;
    let send = sealed_send(vec![granted(grant(0))]);
    assert_eq!(server.try_send_sealed(&sender, &sealed.id, &send).await.status(), 200);
    assert_eq!(is(server.received(&rita, &sealed.id).await), "ready");
    assert!(server.releases(&sender).await.is_empty());
}

#[tokio::test]
async fn what_does_not_belong_to_a_level_is_refused() {
    let (server, sender) = Running::with_sender().await;
    let four = server.sealed_draft(&sender, Level::Four).await;
    let cover = sender.call(&server, Method::PUT, &path::cover(&four.id)).body("a cover").send().await;
    refused(cover.unwrap(), ProblemKind::Conflict).await;
    let with = |change: fn(&mut SendDelivery)| {
        let mut send = sealed_send(vec![addressed(RITA, Level::Four)]);
        change(&mut send);
        send
    };
    let wrong = [
        with(|send| send.own_grant = None),
        with(|send| send.own_grant.as_mut().unwrap().0.truncate(100)),
        with(|send| send.recipients[0].link = Addressed::new(RITA).new.link),
        with(|send| send.recipients[0].mail = Some(Hidden("1p.x".to_owned()))),
        with(|send| send.recipients[0].offer = Some(Opaque(vec![]))),
        with(|send| send.recipients[0].offer = Some(Opaque(vec![1; NewRecipient::MOST_OFFER_BYTES + 1]))),
        with(|send| send.recipients[0].grant = Some(GiveGrant { grant: Opaque(vec![1]), ..grant(0) })),
        with(|send| send.recipients.clear()),
    ];
    for send in &wrong {
        refused(server.try_send_sealed(&sender, &four.id, send).await, ProblemKind::BadRequest).await;
    }

    let with_password = CreateDelivery { level: Level::Four, gate_hash: None, ..four.create_body() };
    let created = sender.call(&server, Method::POST, path::DELIVERIES).json(&with_password).send().await;
    refused(created.unwrap(), ProblemKind::BadRequest).await;

    // Level 3 without its sealed part; level 2 with one, or with a grant.
    let three = Sealed::new(&[]);
    for (level, sealed) in [(Level::Three, &three), (Level::Two, &Sealed::new(&[]))] {
        let body = CreateDelivery { level, gate_hash: None, password: false, ..sealed.create_body() };
        let created = sender.call(&server, Method::POST, path::DELIVERIES).json(&body).send().await;
        assert_eq!(created.unwrap().status(), 201);
        sealed.put_cover(&server, &sender, COVER_BYTES).await;
        if level == Level::Three {
            let send = sealed_send(vec![addressed(RITA, level)]);
            refused(server.try_send_sealed(&sender, &sealed.id, &send).await, ProblemKind::Conflict).await;
        } else {
            refused(server.put_sealed(&sender, &sealed.id).await, ProblemKind::Conflict).await;
            let send = sealed_send(vec![addressed(RITA, level)]);
            refused(server.try_send_sealed(&sender, &sealed.id, &send).await, ProblemKind::BadRequest).await;
        }
    }
}

#[tokio::test]
async fn an_invitation_code_opens_without_a_release_once() {
    let (server, sender) = Running::with_sender().await;
    let sealed = server.sealed_draft(&sender, Level::Four).await;
    let offer = Opaque(b"what the code opens".to_vec());
    let new = NewRecipient { offer: Some(offer.clone()), ..addressed(RITA, Level::Four) };
    let send = sealed_send(vec![new.clone()]);
    assert_eq!(server.try_send_sealed(&sender, &sealed.id, &send).await.status(), 200);
    let rita = server.register_by_mail(RITA).await;
    let card = hash(&keys(0, 1).card.0);
    refused(server.prove(&rita, &sealed.id, [1; 32], card.clone()).await, ProblemKind::Conflict).await;
    let before = server.written_mails(SENDER).await;
    server.activate(&rita, &keys(0, 1)).await;
    assert_eq!(server.received_grant(&rita, &sealed.id).await.offer, Some(offer));

    let other_card = server.prove(&rita, &sealed.id, [1; 32], hash(b"another card")).await;
    refused(other_card, ProblemKind::Conflict).await;
    for _ in 0..2 {
        assert_eq!(server.prove(&rita, &sealed.id, [1; 32], card.clone()).await.status(), 204);
    }
    refused(server.prove(&rita, &sealed.id, [2; 32], card).await, ProblemKind::Conflict).await;
    assert_eq!(is(server.received(&rita, &sealed.id).await), "ready");
    let _: Opening = read(server.open_from_inbox(&rita, &sealed).await).await;
    // The sender need not act, and finds the proof when they come by.
    assert_eq!(server.written_mails(SENDER).await, before);
    assert_eq!(server.releases(&sender).await[0].proof, Some(Opaque(vec![1; 32])));
    let released = server.release(&sender, &sealed.id, &new.recipient, &grant(0)).await;
    assert_eq!(released.status(), 204);
    let received = server.received_grant(&rita, &sealed.id).await;
    assert!(received.grant.is_some() && received.offer.is_none());
}

/// Whoever overlooks that mail and the number in the navigation is told once more, of each who waits.
#[tokio::test]
async fn senders_are_reminded_of_those_who_wait() {
    let (server, sender) = Running::with_sender().await;
    let told = async || {
        server.service.sweep().await.unwrap();
        server.count("SELECT COUNT(*) FROM mail WHERE kind = 'release_reminder'").await
    };
    let people: Vec<String> = (0..3).map(|number| format!("{number}{RITA}")).collect();
    let sealed = server.sealed_draft(&sender, Level::Four).await;
    let send = sealed_send(people.iter().map(|email| addressed(email, Level::Four)).collect());
    assert_eq!(server.try_send_sealed(&sender, &sealed.id, &send).await.status(), 200);
    server.clock.advance(DAY);
    assert_eq!(told().await, 0, "nobody has keys");
    for email in &people[..2] {
        let person = server.register_by_mail(email).await;
        server.activate(&person, &keys(0, 1)).await;
    }
    server.clock.advance(DAY - 1);
    assert_eq!(told().await, 0, "it is too early");
    server.clock.advance(1);
    assert_eq!(told().await, 1);
    let mails = server.mails(SENDER).await;
    assert!(mails.iter().any(|mail| mail.text.contains("2 people")), "it does not say how many");
    server.clock.advance(DAY);
    assert_eq!(told().await, 1, "of the same people twice");

    let last = server.register_by_mail(&people[2]).await;
    server.activate(&last, &keys(0, 1)).await;
    server.clock.advance(DAY);
    assert_eq!(told().await, 2);
    // Whoever was let in waits no more.
    let sender = server.log_in(SENDER, PASSWORD).await;
    let another = server.sealed_draft(&sender, Level::Four).await;
    let new = addressed(&format!("4{RITA}"), Level::Four);
    let send = sealed_send(vec![new.clone()]);
    assert_eq!(server.try_send_sealed(&sender, &another.id, &send).await.status(), 200);
    let person = server.register_by_mail(&new.email).await;
    server.activate(&person, &keys(0, 1)).await;
    let released = server.release(&sender, &another.id, &new.recipient, &grant(0)).await;
    assert_eq!(released.status(), 204);
    server.clock.advance(DAY);
    assert_eq!(told().await, 2);
}

#[tokio::test]
async fn after_a_reset_everything_waits_again() {
    let (server, sender) = Running::with_sender().await;
    server.send_to(&sender, RITA).await;
    let rita = server.register_by_mail(RITA).await;
    server.activate(&rita, &keys(0, 1)).await;
    let sealed = server.sealed_draft(&sender, Level::Four).await;
    let new = NewRecipient { grant: Some(grant(0)), ..addressed(RITA, Level::Four) };
    let send = sealed_send(vec![new.clone()]);
    assert_eq!(server.try_send_sealed(&sender, &sealed.id, &send).await.status(), 200);
    let _: Opening = read(server.open_from_inbox(&rita, &sealed).await).await;

    // The same keys under another SecuPass change nothing for others.
    assert_eq!(server.confirm(&rita, RITA, PASSWORD).await.status(), 204);
    server.activate(&rita, &StoreKeys { card: keys(0, 1).card, ..keys(1, 2) }).await;
    assert_eq!(is(server.received(&rita, &sealed.id).await), "opened");

    let before = server.mails(SENDER).await.len();
    server.activate(&rita, &StoreKeys { reset: true, ..keys(2, 3) }).await;
    assert_eq!(is(server.received(&rita, &sealed.id).await), "needs_release");
    refused(server.open_from_inbox(&rita, &sealed).await, ProblemKind::Conflict).await;
    assert!(server.received_grant(&rita, &sealed.id).await.grant.is_none());
    assert_eq!(server.wait_for_mails(SENDER, before + 1).await.len(), before + 1);
    assert_eq!(server.releases(&sender).await.len(), 1);
    let old = server.release(&sender, &sealed.id, &new.recipient, &grant(0)).await;
    refused(old, ProblemKind::Conflict).await;
    let released = server.release(&sender, &sealed.id, &new.recipient, &grant(2)).await;
    assert_eq!(released.status(), 204);
    assert_eq!(is(server.received(&rita, &sealed.id).await), "opened");
}

#[tokio::test]
async fn what_is_taken_back_waits_for_nobody() {
    let (server, sender) = Running::with_sender().await;
    server.send_to(&sender, RITA).await;
    let rita = server.register_by_mail(RITA).await;
    server.activate(&rita, &keys(0, 1)).await;
    let sealed = server.sealed_draft(&sender, Level::Four).await;
    let new = addressed(RITA, Level::Four);
    let sent = server.try_send_sealed(&sender, &sealed.id, &sealed_send(vec![new.clone()])).await;
    assert_eq!((sent.status().as_u16(), server.releases(&sender).await.len()), (200, 1));
    let revoke = sender.call(&server, Method::DELETE, &path::recipient(&sealed.id, &new.recipient));
    assert_eq!(revoke.send().await.unwrap().status(), 204);
    assert!(server.releases(&sender).await.is_empty());
    let late = server.release(&sender, &sealed.id, &new.recipient, &grant(0)).await;
    refused(late, ProblemKind::Conflict).await;
    let asked = rita.call(&server, Method::GET, &path::grant(&sealed.id)).send().await.unwrap();
    refused(asked, ProblemKind::NotFound).await;
}

#[tokio::test]
async fn who_waits_behind_the_first_hundred_is_asked_for() {
    let (server, sender) = Running::with_sender().await;
    server.send_to(&sender, RITA).await;
    let rita = server.register_by_mail(RITA).await;
    for _ in 0..Releases::MOST + 2 {
        let sealed = server.sealed_draft(&sender, Level::Four).await;
        let mut new = addressed(RITA, Level::Four);
        new.mail = None;
        let sent = server.try_send_sealed(&sender, &sealed.id, &sealed_send(vec![new])).await;
        assert_eq!(sent.status(), 200);
    }
    server.activate(&rita, &keys(0, 1)).await;
    let first: Releases = ok(sender.call(&server, Method::GET, path::RELEASES)).await;
    assert!(first.more && first.waiting.len() == Releases::MOST);
    let last = first.waiting.last().unwrap();
    let both = format!("{}?delivery={}&recipient={}", path::RELEASES, last.delivery, last.recipient);
    let rest: Releases = ok(sender.call(&server, Method::GET, &both)).await;
    assert!(!rest.more && rest.waiting.len() == 2);
    assert!(rest.waiting.iter().all(|one| !first.waiting.contains(one)));
    // Whoever is granted to meanwhile moves nobody out of sight.
    let released = server.release(&sender, &last.delivery, &last.recipient, &grant(0)).await;
    assert_eq!(released.status(), 204);
    let again: Releases = ok(sender.call(&server, Method::GET, &both)).await;
    assert_eq!(again, rest);
    let half = format!("{}?delivery={}", path::RELEASES, last.delivery);
    let half = sender.call(&server, Method::GET, &half).send().await.unwrap();
    refused(half, ProblemKind::BadRequest).await;
}
