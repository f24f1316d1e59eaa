//! Submit boxes and tickets, as their owners and anybody see them.

use blob_api::*;
use crypto_core::access::TokenHash;
use reqwest::{Method, Response};

use crate::harness::*;
use crate::recipients::new_link;

pub const OWNER: &str = "owner@amt.example";
pub const BOX: &str = "bauamt";

/// An address that nobody has.
pub fn anybody() -> String {
    format!("{}@nowhere.example", DeliveryId(random()).to_string().replace(['_', '-'], "x"))
}

pub fn box_settings(name: &str, card: Option<&[u8]>) -> BoxSettings {
    BoxSettings {
        id: BoxId(random()),
        name: name.to_owned(),
        title: "Bauamt, Frau Muster".to_owned(),
        greeting_de: "Guten Tag!\nSenden Sie uns Ihren Bauantrag.".to_owned(),
        greeting_en: String::new(),
        max_bytes: 1 << 20,
        types: vec!["pdf".to_owned(), "jpg".to_owned()],
        is_on: true,
        delete_after_download: false,
        days: 7,
        card: card.map(|card| Opaque(card.to_vec())),
    }
}

pub fn create_request() -> CreateRequest {
    CreateRequest {
        ticket: TicketId(random()),
        token_hash: Token(random()),
        email: anybody(),
        language: Language::De,
        sealed: Opaque(vec![1; 300]),
        kept: Some(Opaque(vec![2; 150])),
        due: None,
        days: 14,
        uses: 2,
        mail: None,
        note: None,
    }
}

/// As a browser submits at level 2.
pub fn submit_by_link() -> Submit {
    Submit {
        recipient: RecipientId(random()),
        link: Some(new_link(Token(random()))),
        mail: Some(Hidden(format!("1p.{}", Token(random()).to_text()))),
        grant: None,
        submitter: None,
        sealed_to: None,
        language: Language::De,
    }
}

/// A ticket with who has it.
pub struct Ticket {
    pub id: TicketId,
    pub person: Person,
}

impl Ticket {
    pub fn new(id: TicketId, token: Token) -> Self {
        Self { id, person: Person { cookie: String::new(), ticket: Some(token) } }
    }

    /// From a mail.
    pub fn in_mail(text: &str) -> Self {
        let (_, link) = text.split_once("/t/").unwrap();
        let (id, token) = link.split_once("#1t.").unwrap();
        Self::new(id.parse().unwrap(), Token::from_text(&token[..43]).unwrap())
    }

    pub async fn info(&self, server: &Running) -> TicketInfo {
        ok(self.person.call(server, Method::GET, &path::ticket(&self.id))).await
    }

    pub async fn try_info(&self, server: &Running) -> Response {
        self.person.call(server, Method::GET, &path::ticket(&self.id)).send().await.unwrap()
    }
}

impl Running {
    /// A server with somebody of the staff, and their box.
    pub async fn with_box(flags: &[&str], settings: &BoxSettings) -> (Self, Person) {
        let server = Self::start(&[&["--staff-domains", "amt.example"], flags].concat()).await;
        server.set_up("admin@amt.example").await;
        let owner = server.register_by_mail(OWNER).await;
        assert_eq!(server.store_box(&owner, 0, settings).await.status(), 204);
        (server, owner)
    }

    pub async fn store_box(&self, owner: &Person, replaces: u32, settings: &BoxSettings) -> Response {
        let store = StoreBox { replaces, settings: settings.clone() };
        owner.call(self, Method::PUT, path::OWN_BOX).json(&store).send().await.unwrap()
    }

    pub async fn ask_ticket(&self, name: &str, email: &str) -> Response {
        let ask = AskTicket { email: email.to_owned(), language: Language::En };
        self.call(Method::POST, &path::tickets(name)).json(&ask).send().await.unwrap()
    }

    /// A ticket from the mail that brings it; the first mail at this address.
    pub async fn ticket(&self, name: &str, email: &str) -> Ticket {
        assert_eq!(self.ask_ticket(name, email).await.status(), 204);
        Ticket::in_mail(&self.wait_for_mails(email, 1).await[0].text)
    }

    /// A delivery with one file, complete up to submitting.
    pub async fn submission_draft(&self, ticket: &Ticket, level: Level) -> Sealed {
        let sealed = Sealed::new(&[b"ciphertext"]);
        let body = CreateDelivery { level, gate_hash: None, password: false, ..sealed.create_body() };
        let created = ticket.person.call(self, Method::POST, path::DELIVERIES).json(&body);
        assert_eq!(created.send().await.unwrap().status(), 201);
        sealed.upload(self, &ticket.person, &sealed.files[0].0, b"ciphertext", 4).await;
        match level.has_cover() {
            true => sealed.put_cover(self, &ticket.person, COVER_BYTES).await,
            false => {
                let put = ticket.person.call(self, Method::PUT, &path::sealed(&sealed.id));
                assert_eq!(put.body(COVER_BYTES).send().await.unwrap().status(), 204);
            }
        }
        sealed
    }

    async fn own_box(&self, owner: &Person) -> OwnBox {
        ok(owner.call(self, Method::GET, path::OWN_BOX)).await
    }
}

#[tokio::test]
async fn a_box_is_made_changed_and_deleted_by_its_owner() {
    let settings = box_settings(BOX, None);
    let (server, owner) = Running::with_box(&[], &settings).await;
    let own = server.own_box(&owner).await;
    assert_eq!((own.revision, own.settings.as_ref()), (1, Some(&settings)));
    // A lost answer, and another browser that is late.
    assert_eq!(server.store_box(&owner, 0, &settings).await.status(), 204);
    let changed = BoxSettings { name: "bau-amt-2".to_owned(), card: Some(Opaque(vec![7; 1600])), ..settings };
    refused(server.store_box(&owner, 0, &changed).await, ProblemKind::Conflict).await;
    assert_eq!(server.store_box(&owner, 1, &changed).await.status(), 204);
    assert_eq!(server.own_box(&owner).await.revision, 2);
    refused(server.get(&path::submit_box(BOX)).await, ProblemKind::NotFound).await;

    let shown: PublicBox = read(server.get(&path::submit_box("bau-amt-2")).await).await;
    assert_eq!((shown.id, shown.level, shown.owner.as_str()), (changed.id, Level::Four, "New Person"));
    assert_eq!((shown.card, shown.max_bytes, shown.days), (changed.card.clone(), 1 << 20, 7));
    assert!(!server.get(&path::submit_box("bau-amt-2")).await.text().await.unwrap().contains(OWNER));

    let other = server.register_by_mail("other@amt.example").await;
    let mut taken = box_settings("bau-amt-2", None);
    refused(server.store_box(&other, 0, &taken).await, ProblemKind::Conflict).await;
    (taken.name, taken.id) = ("other".to_owned(), changed.id);
    refused(server.store_box(&other, 0, &taken).await, ProblemKind::Conflict).await;
    let moved = BoxSettings { id: BoxId(random()), ..changed.clone() };
    refused(server.store_box(&owner, 2, &moved).await, ProblemKind::Conflict).await;

    let off = BoxSettings { is_on: false, ..changed };
    assert_eq!(server.store_box(&owner, 2, &off).await.status(), 204);
    refused(server.get(&path::submit_box("bau-amt-2")).await, ProblemKind::NotFound).await;
    refused(server.ask_ticket("bau-amt-2", "c@post.example").await, ProblemKind::NotFound).await;

    let delete = async || owner.call(&server, Method::DELETE, path::OWN_BOX).send().await.unwrap();
    assert_eq!(delete().await.status(), 204);
    refused(delete().await, ProblemKind::NotFound).await;
    assert_eq!(server.own_box(&owner).await.revision, 0);
}

#[tokio::test]
async fn bounds_hold() {
    let settings = box_settings(BOX, None);
    let (server, owner) = Running::with_box(&[], &settings).await;
    let with = |change: &dyn Fn(&mut BoxSettings)| {
        let mut changed = settings.clone();
        change(&mut changed);
        changed
    };
    for wrong in [
        with(&|new| new.name = "ab".to_owned()),
        with(&|new| new.name = "a".repeat(41)),
        with(&|new| new.name = "Bauamt".to_owned()),
        with(&|new| new.title = " ".to_owned()),
        with(&|new| new.title = "a\nb".to_owned()),
        with(&|new| new.greeting_de = "ä".repeat(2001)),
        with(&|new| new.greeting_en = "\u{1b}".to_owned()),
        with(&|new| new.max_bytes = 0),
        with(&|new| new.types = vec![".pdf".to_owned()]),
        with(&|new| new.types = vec!["pdf".to_owned(); 51]),
        with(&|new| new.days = 0),
        with(&|new| new.days = 91),
        with(&|new| new.card = Some(Opaque(Vec::new()))),
        with(&|new| new.card = Some(Opaque(vec![1; 1601]))),
    ] {
        refused(server.store_box(&owner, 1, &wrong).await, ProblemKind::BadRequest).await;
    }
    let great = with(&|new| new.max_bytes = 1 << 50);
    assert_eq!(server.store_box(&owner, 1, &great).await.status(), 204);
    let shown: PublicBox = read(server.get(&path::submit_box(BOX)).await).await;
    assert_eq!(shown.max_bytes, 20 << 30, "the server's own limit holds");
}

/// The token is in the mail alone, and the database has its hash.
#[tokio::test]
async fn only_a_hash_of_the_token_stays() {
    let (server, _) = Running::with_box(&[], &box_settings(BOX, None)).await;
    let ticket = server.ticket(BOX, "c@post.example").await;
    let token = ticket.person.ticket.clone().unwrap();
    while server.count("SELECT COUNT(*) FROM mail WHERE state = 'waiting'").await > 0 {
        tokio::task::yield_now().await;
    }
    let hash = TokenHash::of(&token.0).to_bytes();
    let (folder, _) = (server.folder.clone(), server.stop().await);
    let database = std::fs::read(folder.path().join("siegel.db")).unwrap();
    let has = |bytes: &[u8]| database.windows(bytes.len()).any(|window| window == bytes);
    assert!(has(&hash) && !has(&token.0) && !has(token.to_text().as_bytes()));
}

/// Who leaves the staff takes nothing in any more, and may not change that.
#[tokio::test]
async fn a_box_is_off_when_its_owner_is_not_of_the_staff() {
    let settings = box_settings(BOX, None);
    let (server, owner) = Running::with_box(&[], &settings).await;
    let ticket = server.ticket(BOX, "c@post.example").await;
    server.count("UPDATE account SET role = 'guest' WHERE email = 'owner@amt.example' RETURNING id").await;
    refused(server.get(&path::submit_box(BOX)).await, ProblemKind::NotFound).await;
    refused(server.ask_ticket(BOX, "d@post.example").await, ProblemKind::NotFound).await;
    assert!(!ticket.info(&server).await.live);
    refused(server.store_box(&owner, 1, &settings).await, ProblemKind::NotAllowed).await;
    server.count("UPDATE account SET role = 'staff' WHERE email = 'owner@amt.example' RETURNING id").await;
    assert!(ticket.info(&server).await.live);
}
