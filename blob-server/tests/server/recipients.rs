//! Deliveries to named recipients.

use blob_api::*;
use crypto_core::access::TokenHash;
use reqwest::{Method, Response, StatusCode};

use crate::harness::*;

const COLLEAGUE: &str = "colleague@amt.example";

/// A link whose gate token has this hash.
pub fn new_link(gate_hash: Token) -> NewLink {
    NewLink { gate_hash, sealed: Opaque(random::<{ NewLink::SEALED_BYTES }>().to_vec()) }
}

/// A recipient with the token of their link.
pub struct Addressed {
    pub new: NewRecipient,
    pub gate: Token,
}

impl Addressed {
    pub fn new(email: &str) -> Self {
        let gate = Token(random());
        let new = NewRecipient {
            recipient: RecipientId(random()),
            email: email.to_owned(),
            link: Some(new_link(Token(TokenHash::of(&gate.0).to_bytes()))),
            mail: None,
            grant: None,
            offer: None,
        };
        Self { new, gate }
    }

    async fn state(&self, server: &Running, id: &DeliveryId) -> Response {
        server.call(Method::GET, &path::state(id)).bearer_auth(self.gate.to_text()).send().await.unwrap()
    }

    /// Opens the delivery, with or without an account.
    pub async fn open(
        &self,
        server: &Running,
        sealed: &Sealed,
        who: Option<&Person>,
        email: Option<&str>,
    ) -> Response {
        let open = OpenDelivery { email: email.map(str::to_owned), auth: sealed.auth.clone() };
        let request = server.call(Method::POST, &path::openings(&sealed.id)).bearer_auth(self.gate.to_text());
        let request = match who {
            Some(person) => request.header("cookie", &person.cookie),
            None => request,
        };
        request.json(&open).send().await.unwrap()
    }
}

/// A delivery with one file, complete up to sending.
async fn prepared(server: &Running, sender: &Person, level: Level, answer_to: Option<DeliveryId>) -> Sealed {
    let sealed = Sealed::new(&[b"ciphertext"]);
    let gate_hash =
        (!level.needs_account() && answer_to.is_none()).then(|| sealed.create_body().gate_hash).flatten();
    let body = CreateDelivery { level, gate_hash, answer_to, ..sealed.create_body() };
    let created = sender.call(server, Method::POST, path::DELIVERIES).json(&body).send().await.unwrap();
    assert_eq!(created.status(), 201);
    sealed.upload(server, sender, &sealed.files[0].0, b"ciphertext", 100).await;
    sealed.put_cover(server, sender, COVER_BYTES).await;
    sealed
}

pub fn to_recipients(recipients: &[&Addressed]) -> SendDelivery {
    SendDelivery { recipients: recipients.iter().map(|one| one.new.clone()).collect(), ..to_anyone() }
}

async fn try_send(server: &Running, sender: &Person, id: &DeliveryId, send: &SendDelivery) -> Response {
    sender.call(server, Method::POST, &path::send(id)).json(send).send().await.unwrap()
}

pub async fn send(server: &Running, sender: &Person, level: Level, recipients: &[&Addressed]) -> Sealed {
    let sealed = prepared(server, sender, level, None).await;
    let _: Sent = read(try_send(server, sender, &sealed.id, &to_recipients(recipients)).await).await;
    sealed
}

async fn detail(server: &Running, sender: &Person, id: &DeliveryId) -> SentDetail {
    ok(sender.call(server, Method::GET, &path::delivery(id))).await
}

/// Each recipient's state, in words.
async fn states(server: &Running, sender: &Person, id: &DeliveryId) -> Vec<String> {
    let name = |recipient: &Recipient| {
        serde_json::to_value(recipient.state).unwrap()["is"].as_str().unwrap().to_owned()
    };
    detail(server, sender, id).await.delivery.recipients.iter().map(name).collect()
}

#[tokio::test]
async fn level_2_opens_for_the_addressed_account_only() {
    let (server, admin, colleague) = Running::with_colleague().await;
    let (own, other) = (Addressed::new("Colleague@AMT.example"), Addressed::new("admin@amt.example"));
    let sealed = send(&server, &admin, Level::Two, &[&own, &other]).await;

    let state: LinkState = read(own.state(&server, &sealed.id).await).await;
    assert_eq!(state.level, Level::Two);
    let personal = state.personal.unwrap();
    assert_eq!(
        (personal.recipient, personal.sealed),
        (own.new.recipient, own.new.link.clone().unwrap().sealed)
    );
    assert_eq!((personal.hint.as_str(), personal.others.len()), ("C…@amt.example", 0));

    refused(own.open(&server, &sealed, None, None).await, ProblemKind::LoggedOut).await;
    refused(own.open(&server, &sealed, None, Some(COLLEAGUE)).await, ProblemKind::LoggedOut).await;
    refused(own.open(&server, &sealed, Some(&admin), None).await, ProblemKind::WrongAccount).await;
    refused(other.open(&server, &sealed, Some(&colleague), None).await, ProblemKind::WrongAccount).await;
    // Whatever the sender's browser made for itself opens nothing.
    refused(sealed.state(&server).await, ProblemKind::NotFound).await;
    refused(sealed.try_open(&server, &sealed.auth).await, ProblemKind::NotFound).await;

    let opening: Opening = read(own.open(&server, &sealed, Some(&colleague), None).await).await;
    let cover = sealed.fetch(&server, &opening.token, &path::cover(&sealed.id)).send().await.unwrap();
    assert_eq!(cover.bytes().await.unwrap(), COVER_BYTES);
    assert_eq!(states(&server, &admin, &sealed.id).await, ["opened", "ready"]);
    let openings = detail(&server, &admin, &sealed.id).await.openings;
    assert_eq!(openings.len(), 1);
    assert_eq!(
        (openings[0].recipient, openings[0].email.as_str()),
        (Some(own.new.recipient), "Colleague@amt.example")
    );
}

#[tokio::test]
async fn each_recipient_has_a_state_of_their_own() {
    let (server, admin, colleague) = Running::with_colleague().await;
    let (own, late, gone) =
        (Addressed::new(COLLEAGUE), Addressed::new("late@post.example"), Addressed::new("gone@post.example"));
    let sealed = send(&server, &admin, Level::Two, &[&own, &late, &gone]).await;
    assert_eq!(states(&server, &admin, &sealed.id).await, ["ready", "needs_account", "needs_account"]);

    let opening: Opening = read(own.open(&server, &sealed, Some(&colleague), None).await).await;
    let collected = Collected { blobs: vec![sealed.files[0].0] };
    let request =
        server.call(Method::POST, &path::collected(&sealed.id)).bearer_auth(opening.token.to_text());
    assert_eq!(request.json(&collected).send().await.unwrap().status(), 204);
    let revoke = |person: &Person, recipient: &Addressed| {
        person.call(&server, Method::DELETE, &path::recipient(&sealed.id, &recipient.new.recipient)).send()
    };
    refused(revoke(&colleague, &gone).await.unwrap(), ProblemKind::NotFound).await;
    for _ in 0..2 {
        assert_eq!(revoke(&admin, &gone).await.unwrap().status(), StatusCode::NO_CONTENT);
    }
    assert_eq!(states(&server, &admin, &sealed.id).await, ["collected", "needs_account", "revoked"]);
    refused(gone.state(&server, &sealed.id).await, ProblemKind::Expired).await;
    let openings = detail(&server, &admin, &sealed.id).await.openings;
    assert_eq!(openings[0].collected.iter().map(|file| file.blob).collect::<Vec<_>>(), collected.blobs);

    // Taken back after it was opened: what was opened does not fetch any more.
    assert_eq!(revoke(&admin, &own).await.unwrap().status(), StatusCode::NO_CONTENT);
    let fetch = sealed.fetch(&server, &opening.token, &path::cover(&sealed.id)).send().await.unwrap();
    refused(fetch, ProblemKind::Expired).await;

    server.clock.advance(8 * 86_400);
    let admin = server.log_in("admin@amt.example", PASSWORD).await;
    assert_eq!(states(&server, &admin, &sealed.id).await, ["revoked", "expired", "revoked"]);
}

#[tokio::test]
async fn inbox_and_sent_show_the_same_from_both_sides() {
    let (server, admin, colleague) = Running::with_colleague().await;
    let own = Addressed::new(COLLEAGUE);
    let sealed = send(&server, &admin, Level::Two, &[&own]).await;
    let anyone = server.send(&admin, &[b"x"], 100).await;
    let draft = Sealed::new(&[]);
    draft.create(&server, &admin).await;

    let inbox: Inbox = ok(colleague.call(&server, Method::GET, path::INBOX)).await;
    assert_eq!(inbox.deliveries.len(), 1);
    let received = &inbox.deliveries[0];
    assert_eq!(
        (received.delivery, received.level, received.sender.as_str()),
        (sealed.id, Level::Two, ADMIN_NAME)
    );
    assert_eq!(received.sender_email, "admin@amt.example");
    let empty: Inbox = ok(admin.call(&server, Method::GET, path::INBOX)).await;
    assert!(empty.deliveries.is_empty() && !empty.more);

    let sent: SentBox = ok(admin.call(&server, Method::GET, path::SENT)).await;
    let mut ids: Vec<_> =
        sent.deliveries.iter().map(|delivery| (delivery.delivery, delivery.open_link)).collect();
    ids.sort();
    let mut expected = vec![(sealed.id, false), (anyone.id, true)];
    expected.sort();
    assert_eq!(ids, expected);
    refused(
        colleague.call(&server, Method::GET, &path::delivery(&sealed.id)).send().await.unwrap(),
        ProblemKind::NotFound,
    )
    .await;
    refused(
        admin.call(&server, Method::GET, &path::delivery(&draft.id)).send().await.unwrap(),
        ProblemKind::NotFound,
    )
    .await;
    let contacts: Contacts = ok(admin.call(&server, Method::GET, path::CONTACTS)).await;
    assert_eq!(contacts.contacts, [Contact { email: COLLEAGUE.to_owned(), name: Some("Karl".to_owned()) }]);
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let (server, admin, colleague) = Running::with_colleague().await;
    let mut ids = Vec::new();
    for number in 0..60 {
        let own = Addressed::new(COLLEAGUE);
        ids.push(send(&server, &admin, Level::Two, &[&own]).await.id);
        // Several in the same second, too.
        server.clock.advance(number % 3);
    }
    for (person, list) in [(&colleague, path::INBOX), (&admin, path::SENT)] {
        let (mut seen, mut before) = (Vec::new(), String::new());
        loop {
            let body: serde_json::Value =
                ok(person.call(&server, Method::GET, &format!("{list}{before}"))).await;
            let page: Vec<DeliveryId> = body["deliveries"]
                .as_array()
                .unwrap()
                .iter()
                .map(|delivery| delivery["delivery"].as_str().unwrap().parse().unwrap())
                .collect();
            before = format!("?before={}", page.last().unwrap());
            seen.extend(page);
            if body["more"] == false {
                break;
            }
        }
        assert_eq!(seen.len(), 60);
        let mut sorted = seen.clone();
        sorted.sort();
        let mut all = ids.clone();
        all.sort();
        assert_eq!(sorted, all, "each once");
    }
    refused(
        admin.call(&server, Method::GET, "/api/sent?before=x").send().await.unwrap(),
        ProblemKind::BadRequest,
    )
    .await;
}

#[tokio::test]
async fn recipients_that_the_api_does_not_allow() {
    let (server, admin) = Running::with_admin(&[]).await;
    let sealed = prepared(&server, &admin, Level::Two, None).await;
    let one = || Addressed::new("a@post.example");
    let changed = |change: fn(&mut NewRecipient)| {
        let mut addressed = one();
        change(&mut addressed.new);
        to_recipients(&[&addressed])
    };
    let (first, second) = (one(), Addressed::new("A@Post.example"));
    let mut same_gate = Addressed::new("b@post.example");
    same_gate.new.link.clone_from(&first.new.link);
    let many: Vec<_> = (0..101).map(|number| Addressed::new(&format!("a{number}@post.example"))).collect();
    let many: Vec<_> = many.iter().collect();
    for (wrong, kind) in [
        (to_recipients(&[]), ProblemKind::BadRequest),
        (to_recipients(&[&first, &second]), ProblemKind::BadRequest),
        (to_recipients(&[&first, &same_gate]), ProblemKind::BadRequest),
        (to_recipients(&many), ProblemKind::TooLarge),
        (changed(|new| new.email = "a@post.example\r\nBcc: x@y.example".to_owned()), ProblemKind::BadRequest),
        (changed(|new| new.link.as_mut().unwrap().sealed.0.truncate(100)), ProblemKind::BadRequest),
        (changed(|new| new.mail = Some(Hidden("1p.short".to_owned()))), ProblemKind::BadRequest),
        (changed(|new| new.mail = Some(Hidden(format!("1p.{}", "<".repeat(43))))), ProblemKind::BadRequest),
        (
            SendDelivery { note: Some("two\nlines".to_owned()), ..to_recipients(&[&first]) },
            ProblemKind::BadRequest,
        ),
        (SendDelivery { note: Some("x".repeat(201)), ..to_recipients(&[&first]) }, ProblemKind::BadRequest),
    ] {
        refused(try_send(&server, &admin, &sealed.id, &wrong).await, kind).await;
    }
    // Nothing of that was kept, and the right thing still works; once more changes nothing.
    let sent: Sent = read(try_send(&server, &admin, &sealed.id, &to_recipients(&[&first])).await).await;
    let again: Sent = read(try_send(&server, &admin, &sealed.id, &to_recipients(&[&second])).await).await;
    assert_eq!(sent, again);
    assert_eq!(states(&server, &admin, &sealed.id).await, ["needs_account"]);

    let open_at_2 = CreateDelivery { level: Level::Two, ..Sealed::new(&[]).create_body() };
    let response = admin.call(&server, Method::POST, path::DELIVERIES).json(&open_at_2).send().await.unwrap();
    refused(response, ProblemKind::BadRequest).await;
}

#[tokio::test]
async fn doubled_submits_make_one_delivery() {
    let (server, admin) = Running::with_admin(&[]).await;
    let sealed = prepared(&server, &admin, Level::Two, None).await;
    let (one, two) = (Addressed::new("a@post.example"), Addressed::new("b@post.example"));
    let (to_one, to_two) = (to_recipients(&[&one]), to_recipients(&[&two]));
    let (first, second) = tokio::join!(
        try_send(&server, &admin, &sealed.id, &to_one),
        try_send(&server, &admin, &sealed.id, &to_two),
    );
    assert_eq!((first.status(), second.status()), (StatusCode::OK, StatusCode::OK));
    assert_eq!(detail(&server, &admin, &sealed.id).await.delivery.recipients.len(), 1);
}

#[tokio::test]
async fn readiness_tells_senders_who_needs_an_account() {
    let (server, admin, _) = Running::with_colleague().await;
    let ask = |level| AskReadiness {
        level,
        emails: [COLLEAGUE, "new@post.example", "no address"].map(str::to_owned).to_vec(),
    };
    for (level, expected) in [
        (Level::One, [Readiness::Ready, Readiness::Ready, Readiness::Invalid]),
        (Level::Two, [Readiness::Ready, Readiness::NeedsAccount, Readiness::Invalid]),
    ] {
        let answer: ReadinessAnswer =
            ok(admin.call(&server, Method::POST, path::READINESS).json(&ask(level))).await;
        assert_eq!(answer.readiness, expected);
    }
    let many = AskReadiness { level: Level::One, emails: vec!["a@b".to_owned(); 101] };
    let response = admin.call(&server, Method::POST, path::READINESS).json(&many).send().await.unwrap();
    refused(response, ProblemKind::TooLarge).await;
}

#[tokio::test]
async fn an_end_can_be_moved() {
    let (server, admin, colleague) = Running::with_colleague().await;
    let own = Addressed::new(COLLEAGUE);
    let sealed = send(&server, &admin, Level::Two, &[&own]).await;
    let change = |person: &Person, days| {
        person.call(&server, Method::PATCH, &path::delivery(&sealed.id)).json(&ChangeDelivery { days }).send()
    };
    refused(change(&colleague, 30).await.unwrap(), ProblemKind::NotFound).await;
    for days in [0, 91] {
        refused(change(&admin, days).await.unwrap(), ProblemKind::BadRequest).await;
    }
    let moved: Sent = read(change(&admin, 30).await.unwrap()).await;
    assert!((0..5).contains(&(server.clock.now() + 30 * 86_400 - moved.expires)));
    server.clock.advance(20 * 86_400);
    let _: LinkState = read(own.state(&server, &sealed.id).await).await;
    server.clock.advance(11 * 86_400);
    refused(own.state(&server, &sealed.id).await, ProblemKind::Expired).await;
}

#[tokio::test]
async fn an_answer_goes_to_its_asker_alone() {
    let (server, admin, colleague) = Running::with_colleague().await;
    let own = Addressed::new(COLLEAGUE);
    let question = send(&server, &admin, Level::Two, &[&own]).await;
    let create = |level, gate_hash| CreateDelivery {
        level,
        gate_hash,
        answer_to: Some(question.id),
        ..Sealed::new(&[]).create_body()
    };
    let begin = |person: &Person, body: CreateDelivery| {
        person.call(&server, Method::POST, path::DELIVERIES).json(&body).send()
    };
    // Not before it was opened, and not by others.
    refused(begin(&colleague, create(Level::Two, None)).await.unwrap(), ProblemKind::NotFound).await;
    let _: Opening = read(own.open(&server, &question, Some(&colleague), None).await).await;
    refused(begin(&admin, create(Level::Two, None)).await.unwrap(), ProblemKind::NotFound).await;
    refused(begin(&colleague, create(Level::One, None)).await.unwrap(), ProblemKind::NotAllowed).await;

    let answer = prepared(&server, &colleague, Level::Two, Some(question.id)).await;
    let (asker, other) = (Addressed::new("admin@amt.example"), Addressed::new("x@post.example"));
    for wrong in [to_recipients(&[&other]), to_recipients(&[&asker, &other])] {
        refused(try_send(&server, &colleague, &answer.id, &wrong).await, ProblemKind::NotAllowed).await;
    }
    let _: Sent = read(try_send(&server, &colleague, &answer.id, &to_recipients(&[&asker])).await).await;
    let inbox: Inbox = ok(admin.call(&server, Method::GET, path::INBOX)).await;
    assert_eq!((inbox.deliveries[0].delivery, inbox.deliveries[0].answer_to), (answer.id, Some(question.id)));
}

#[tokio::test]
async fn reminders_come_once_a_day_at_most() {
    let (server, admin, colleague) = Running::with_colleague().await;
    let (mut mailed, handed) = (Addressed::new("a@post.example"), Addressed::new("b@post.example"));
    mailed.new.mail = Some(Hidden(format!("1p.{}", "x".repeat(43))));
    let mut opened = Addressed::new(COLLEAGUE);
    opened.new.mail = Some(Hidden(format!("1p.{}", "y".repeat(43))));
    let sealed = send(&server, &admin, Level::Two, &[&mailed, &handed, &opened]).await;
    let _: Opening = read(opened.open(&server, &sealed, Some(&colleague), None).await).await;
    let remind = |person: &Person, to: &Addressed| {
        person.call(&server, Method::POST, &path::reminder(&sealed.id, &to.new.recipient)).send()
    };
    refused(remind(&admin, &mailed).await.unwrap(), ProblemKind::TooMany).await;
    server.clock.advance(86_400);
    let admin = server.log_in("admin@amt.example", PASSWORD).await;
    let colleague = server.log_in(COLLEAGUE, PASSWORD).await;
    refused(remind(&colleague, &mailed).await.unwrap(), ProblemKind::NotFound).await;
    for nothing in [&handed, &opened] {
        refused(remind(&admin, nothing).await.unwrap(), ProblemKind::Conflict).await;
    }
    let (first, second) = tokio::join!(remind(&admin, &mailed), remind(&admin, &mailed));
    let mut statuses = [first.unwrap().status().as_u16(), second.unwrap().status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 429], "two at once make one mail");
    server.clock.advance(7 * 86_400);
    let admin = server.log_in("admin@amt.example", PASSWORD).await;
    refused(remind(&admin, &mailed).await.unwrap(), ProblemKind::Expired).await;
}

#[tokio::test]
async fn listed_recipients_see_each_other() {
    let (server, admin) = Running::with_admin(&[]).await;
    let (one, two) = (Addressed::new("a@post.example"), Addressed::new("b@post.example"));
    for listed in [false, true] {
        let sealed = prepared(&server, &admin, Level::Two, None).await;
        let _: Sent = read(
            try_send(&server, &admin, &sealed.id, &SendDelivery { listed, ..to_recipients(&[&one, &two]) })
                .await,
        )
        .await;
        let state: LinkState = read(one.state(&server, &sealed.id).await).await;
        let expected = if listed { vec!["b@post.example".to_owned()] } else { vec![] };
        assert_eq!(state.personal.unwrap().others, expected);
    }
}

#[tokio::test]
async fn personal_links_at_level_1_need_no_account() {
    let (server, admin) = Running::with_admin(&[]).await;
    let one = Addressed::new("a@post.example");
    let sealed = send(&server, &admin, Level::One, &[&one]).await;
    refused(one.open(&server, &sealed, None, None).await, ProblemKind::BadRequest).await;
    let _: Opening = read(one.open(&server, &sealed, None, Some("c@post.example")).await).await;
    let _: Opening = read(sealed.try_open(&server, &sealed.auth).await).await;
    let openings = detail(&server, &admin, &sealed.id).await.openings;
    let seen: Vec<_> = openings.iter().map(|opening| (opening.recipient, opening.email.as_str())).collect();
    assert_eq!(seen, [(Some(one.new.recipient), "c@post.example"), (None, "Rita@post.example")]);
}
