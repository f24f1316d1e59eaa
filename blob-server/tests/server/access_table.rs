//! The table of docs/AUTHORISATION.md, asked line by line: every route, by everyone.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use blob_api::*;
use reqwest::{Method, RequestBuilder};

use crate::boxes::{anybody, box_settings, create_request, submit_by_link};
use crate::harness::*;
use crate::keys::keys;
use crate::recipients::{Addressed, send, to_recipients};

const TABLE: &str = include_str!("../../../docs/AUTHORISATION.md");
const PATHS: &str =
    concat!(include_str!("../../api/src/path.rs"), include_str!("../../api/src/path/submit.rs"));
/// The sender's.
const BOX: &str = "sender";

/// Who asks; the columns of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Actor {
    /// Has nothing.
    Stranger,
    /// Has a recipient's link to a delivery of level 2.
    Link,
    /// Has an account, and another delivery opened.
    Other,
    /// Has both.
    OtherWithLink,
    /// Has the account that the link was sent to, and has opened it.
    Recipient,
    /// Sent it.
    Sender,
    /// Manages the server, and has not sent it.
    Admin,
    /// Has a ticket for the sender's submit box, and no account.
    Ticket,
}
use Actor::*;

const ACTORS: [Actor; 8] = [Stranger, Link, Other, OtherWithLink, Recipient, Sender, Admin, Ticket];

/// The people, who stay.
struct People {
    sender: Person,
    admin: Person,
    recipient: Person,
    other: Person,
}

const SENDER: &str = "sender@amt.example";
const ADMIN: &str = "admin@amt.example";
const RECIPIENT: &str = "rita@post.example";
const OTHER: &str = "otto@post.example";

impl People {
    async fn log_in(server: &Running) -> Self {
        Self {
            sender: server.log_in(SENDER, PASSWORD).await,
            admin: server.log_in(ADMIN, PASSWORD).await,
            recipient: server.log_in(RECIPIENT, PASSWORD).await,
            other: server.log_in(OTHER, PASSWORD).await,
        }
    }
}

/// What they ask about, made anew where it was changed.
struct Things {
    /// Sent by the sender to the recipient.
    sent: Sealed,
    addressed: Addressed,
    opening: Token,
    /// Sent by the sender to the other.
    elsewhere: Addressed,
    elsewhere_opening: Token,
    /// Begun by the sender, complete up to sending.
    draft: Sealed,
    /// The sender's other session.
    session: SessionId,
    /// For the sender's box.
    ticket: crate::boxes::Ticket,
    /// Begun with it, complete up to submitting.
    submission: Sealed,
    /// What the sender asks somebody for.
    request: TicketId,
}

impl Things {
    async fn new(server: &Running, people: &People) -> Self {
        let (addressed, elsewhere) = (Addressed::new(RECIPIENT), Addressed::new(OTHER));
        let sent = send(server, &people.sender, Level::Two, &[&addressed]).await;
        let foreign = send(server, &people.sender, Level::Two, &[&elsewhere]).await;
        let opened = |who: &Addressed, sealed: &Sealed| {
            let (gate, auth, id) = (who.gate.clone(), sealed.auth.clone(), sealed.id);
            async move |person: &Person| {
                let open = OpenDelivery { email: None, auth };
                let request = person.call(server, Method::POST, &path::openings(&id));
                let opening: Opening = ok(request.bearer_auth(gate.to_text()).json(&open)).await;
                opening.token
            }
        };
        let opening = opened(&addressed, &sent)(&people.recipient).await;
        let elsewhere_opening = opened(&elsewhere, &foreign)(&people.other).await;
        let draft = Sealed::new(&[b"ciphertext"]);
        let body = CreateDelivery { level: Level::Two, gate_hash: None, ..draft.create_body() };
        let created = people.sender.call(server, Method::POST, path::DELIVERIES).json(&body);
        assert_eq!(created.send().await.unwrap().status(), 201);
        draft.put_cover(server, &people.sender, COVER_BYTES).await;
        draft.upload(server, &people.sender, &draft.files[0].0, b"x", 1).await;
        let session = Self::other_session(server, people).await;
        let own: OwnBox = ok(people.sender.call(server, Method::GET, path::OWN_BOX)).await;
        if own.settings.is_none() {
            let stored = server.store_box(&people.sender, 0, &box_settings(BOX, None)).await;
            assert_eq!(stored.status(), 204);
        }
        let ticket = server.ticket(BOX, &anybody()).await;
        let submission = server.submission_draft(&ticket, Level::Two).await;
        let request = create_request();
        let asked = people.sender.call(server, Method::POST, path::REQUESTS).json(&request);
        assert_eq!(asked.send().await.unwrap().status(), 201);
        let request = request.ticket;
        Self {
            sent,
            addressed,
            opening,
            elsewhere,
            elsewhere_opening,
            draft,
            session,
            ticket,
            submission,
            request,
        }
    }

    async fn other_session(server: &Running, people: &People) -> SessionId {
        loop {
            let account: AccountInfo = ok(people.sender.call(server, Method::GET, path::ACCOUNT)).await;
            match account.sessions.iter().find(|session| !session.current) {
                Some(other) => return other.session,
                None => server.log_in(SENDER, PASSWORD).await,
            };
        }
    }

    /// The cookie and the token that somebody has for a path.
    fn ask(&self, people: &People, actor: Actor, template: &str, request: RequestBuilder) -> RequestBuilder {
        let person = match actor {
            Stranger | Link | Ticket => None,
            Other | OtherWithLink => Some(&people.other),
            Recipient => Some(&people.recipient),
            Sender => Some(&people.sender),
            Admin => Some(&people.admin),
        };
        let for_link = [path::STATE, path::OPENINGS].contains(&template);
        let token = match actor {
            Stranger | Sender | Admin => None,
            Ticket => self.ticket.person.ticket.as_ref(),
            Link | OtherWithLink => Some(&self.addressed.gate),
            Recipient if for_link => Some(&self.addressed.gate),
            Recipient => Some(&self.opening),
            Other if for_link => Some(&self.elsewhere.gate),
            Other => Some(&self.elsewhere_opening),
        };
        let request = match person {
            Some(person) => request.header("cookie", &person.cookie),
            None => request,
        };
        match token {
            Some(token) => request.bearer_auth(token.to_text()),
            None => request,
        }
    }

    /// A request that is well-formed, about what exists.
    fn request(&self, server: &Running, method: &Method, template: &str) -> RequestBuilder {
        let drafts = [path::BLOBS, path::PART, path::COMPLETE, path::SEND];
        let on_draft = drafts.contains(&template)
            || ([path::COVER, path::SEALED].contains(&template) && method == Method::PUT)
            || (template, method) == (path::BLOB, &Method::DELETE);
        let sealed = match template {
            path::SUBMIT => &self.submission,
            _ if on_draft => &self.draft,
            _ => &self.sent,
        };
        let ticket = if template == path::REQUEST { self.request } else { self.ticket.id };
        let blob = sealed.files[0].0;
        let filled = template
            .replace("{delivery}", &sealed.id.to_string())
            .replace("{blob}", &blob.to_string())
            .replace("{part}", "0")
            .replace("{recipient}", &self.addressed.new.recipient.to_string())
            .replace("{session}", &self.session.to_string())
            .replace("{account}", &AccountId([1; 16]).to_string())
            .replace("{name}", BOX)
            .replace("{ticket}", &ticket.to_string())
            .replace("{passkey}", &PasskeyId([1; 16]).to_string());
        let request = server.call(method.clone(), &filled);
        let nothing = || Token([9; 32]);
        let opaque = || Opaque(Vec::new());
        let hidden = || Hidden("12345678".to_owned());
        let email = anybody();
        match (method.as_str(), template) {
            ("POST", path::SETUP_START) => {
                request.json(&SetupStart { token: nothing(), email, request: opaque() })
            }
            ("POST", path::SETUP_FINISH) => request.json(&SetupFinish {
                token: nothing(),
                email,
                name: "N".to_owned(),
                language: Language::De,
                upload: opaque(),
            }),
            ("POST", path::LOGIN_START) => {
                let password = crypto_core::kdf::Password::new(PASSWORD).unwrap();
                let (_, started) = crypto_core::login::ClientLogin::start(password, &mut rng()).unwrap();
                request.json(&LoginStart { email, request: Opaque(started) })
            }
            ("POST", path::LOGIN_FINISH | path::CONFIRM) => {
                request.json(&LoginFinish { login: nothing(), finalization: opaque() })
            }
            ("POST", path::LOGIN_SECOND) => {
                request.json(&SecondFactor { login: nothing(), shown: Factor::Totp(hidden()) })
            }
            ("POST", path::CODES) => {
                request.json(&AskCode { email, purpose: Purpose::Reset, language: Language::De })
            }
            ("POST", path::CREDENTIAL_START) => {
                request.json(&CredentialStart { proof: nothing(), code: hidden(), request: opaque() })
            }
            ("POST", path::CREDENTIAL_FINISH) => {
                let upload = Opaque(self.record());
                let name = Some("N".to_owned());
                request.json(&CredentialFinish { proof: nothing(), name, language: Language::De, upload })
            }
            ("PATCH", path::ACCOUNT) => request.json(&ChangeAccount::default()),
            ("POST", path::PASSWORD_START) => request.json(&PasswordStart { request: opaque() }),
            ("POST", path::PASSWORD_FINISH) => request.json(&PasswordFinish { upload: opaque() }),
            ("POST", path::TOTP_CONFIRM) => request.json(&TotpConfirm { code: hidden() }),
            ("POST", path::PASSKEY_MADE) => {
                request.json(&PasskeyMade { name: "N".to_owned(), credential: "{}".to_owned() })
            }
            ("POST", path::INVITATION) => {
                let proof = Opaque(vec![1; ProveInvitation::BYTES]);
                request.json(&ProveInvitation { proof, card: nothing() })
            }
            ("PUT", path::RELEASE) => {
                let grant = Opaque(vec![1; GiveGrant::BYTES]);
                request.json(&GiveGrant { grant, card: nothing() })
            }
            ("PUT", path::SEALED) => request.body("a sealed part"),
            ("PUT", path::DEPUTIES) => {
                let deputation = Opaque(vec![1; NameDeputy::BYTES]);
                let until = server.clock.now() + 3600;
                request.json(&NameDeputy { email, deputation, card: nothing(), until })
            }
            ("PUT", path::KEYS) => request.json(&keys(1, 1)),
            ("PUT", path::VAULT) => request.json(&keys(1, 1).vault),
            ("POST", path::CARDS) => request.json(&AskCards { emails: vec![email] }),
            ("POST", path::READINESS) => {
                request.json(&AskReadiness { level: Level::Two, emails: vec![email] })
            }
            ("POST", path::DELIVERIES) => {
                let sealed = Sealed::new(&[]);
                let body = sealed.create_body();
                request.json(&CreateDelivery { level: Level::Two, gate_hash: None, password: false, ..body })
            }
            ("PATCH", path::DELIVERY) => request.json(&ChangeDelivery { days: 3 }),
            ("PUT", path::PART) => request.header(CONTENT_DIGEST, digest(b"x")).body("x"),
            ("POST", path::COMPLETE) => request.json(&CompleteBlob { parts: 1, size: 1 }),
            ("PUT", path::COVER) => request.body("a cover"),
            ("POST", path::SEND) => request.json(&to_recipients(&[&Addressed::new("x@nowhere.example")])),
            ("POST", path::OPENINGS) => {
                request.json(&OpenDelivery { email: None, auth: sealed.auth.clone() })
            }
            ("PUT", path::OWN_BOX) => {
                let name = format!("box-{}", server.clock.now());
                request.json(&StoreBox { replaces: 0, settings: box_settings(&name, None) })
            }
            ("POST", path::TICKETS) => request.json(&AskTicket { email, language: Language::De }),
            ("POST", path::SUBMIT) => request.json(&submit_by_link()),
            ("POST", path::REQUESTS) => request.json(&create_request()),
            ("POST", path::COLLECTED) => request.json(&Collected { blobs: vec![blob] }),
            _ => request,
        }
    }

    /// Bytes that could be somebody's login record.
    fn record(&self) -> Vec<u8> {
        crypto_core::login::ServerSetup::generate(&mut rng()).decoy(&mut rng())
    }
}

/// What an answer means: yes, or why not.
async fn meaning(request: RequestBuilder) -> String {
    let response = request.send().await.unwrap();
    if response.status().is_success() {
        return "yes".to_owned();
    }
    let problem: serde_json::Value = response.json().await.unwrap();
    problem["type"].as_str().unwrap().trim_start_matches("urn:siegel:").to_owned()
}

/// Every path with every method that it has.
async fn offered(server: &Running) -> BTreeSet<String> {
    let paths = PATHS.lines().filter_map(|line| line.strip_prefix("pub const ")?.split('"').nth(1));
    let mut offered = BTreeSet::new();
    for template in paths.filter(|path| path.starts_with('/')) {
        let filled = template.split('/').map(|part| if part.starts_with('{') { "0" } else { part });
        let filled = filled.collect::<Vec<_>>().join("/");
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let status = server.call(method.clone(), &filled).send().await.unwrap().status();
            if status != 405 {
                offered.insert(format!("{method} {template}"));
            }
        }
    }
    offered
}

#[tokio::test]
async fn every_route_answers_everyone_as_written_down() {
    let rows: Vec<Vec<&str>> = TABLE
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect())
        .collect();
    let limits =
        ["--staff-domains", "amt.example", "--logins-per-minute", "1000", "--codes-per-hour", "1000"];
    let server = Running::start(&limits).await;
    let written: BTreeSet<_> = rows.iter().map(|row| row[0].to_owned()).collect();
    assert_eq!(written, offered(&server).await, "left: the table; right: the routes");

    server.set_up(ADMIN).await;
    let sender = server.register_by_mail(SENDER).await;
    for guest in [RECIPIENT, OTHER] {
        server.send_to(&sender, guest).await;
        server.register_by_mail(guest).await;
    }
    let mut people = People::log_in(&server).await;
    let mut things = Things::new(&server, &people).await;
    let (mut seen, mut differs) = (String::new(), false);
    for row in &rows {
        let (method, template) = row[0].split_once(' ').unwrap();
        let method: Method = method.parse().unwrap();
        write!(seen, "| `{method} {template}` |").unwrap();
        for (actor, expected) in ACTORS.into_iter().zip(&row[1..]) {
            let request = things.request(&server, &method, template);
            let answer = meaning(things.ask(&people, actor, template, request)).await;
            write!(seen, " {answer} |").unwrap();
            differs |= answer != *expected;
            if template == path::SESSIONS && actor == Other {
                people.other = server.log_in(OTHER, PASSWORD).await;
            }
        }
        seen.push('\n');
        if method != Method::GET && [path::SESSION, path::SESSIONS].contains(&template) {
            people = People::log_in(&server).await;
        }
        let changes = template.contains('{') || template == path::OWN_BOX;
        if method != Method::GET && changes {
            things = Things::new(&server, &people).await;
        }
    }
    assert!(!differs, "what was answered:\n{seen}");
}
