//! Upload requests: the owner of a box asks one address for something.

use blob_api::*;
use crypto_core::access::TokenHash;
use reqwest::{Method, Response};

use crate::boxes::*;
use crate::harness::*;

const CITIZEN: &str = "citizen@post.example";

/// A request to the citizen, with the ticket that it makes.
fn request() -> (CreateRequest, Ticket) {
    let token = Token(random());
    let create = CreateRequest {
        token_hash: Token(TokenHash::of(&token.0).to_bytes()),
        email: CITIZEN.to_owned(),
        mail: Some(Hidden(format!("1q.{}", Token(random()).to_text()))),
        ..create_request()
    };
    let ticket = Ticket::new(create.ticket, token);
    (create, ticket)
}

impl Running {
    async fn try_request(&self, owner: &Person, create: &CreateRequest) -> Response {
        owner.call(self, Method::POST, path::REQUESTS).json(create).send().await.unwrap()
    }

    async fn requests(&self, owner: &Person) -> Vec<OwnRequest> {
        ok::<Requests>(owner.call(self, Method::GET, path::REQUESTS)).await.requests
    }

    async fn submit_at_level_2(&self, ticket: &Ticket) -> Sealed {
        let sealed = self.submission_draft(ticket, Level::Two).await;
        let submit =
            ticket.person.call(self, Method::POST, &path::submit(&sealed.id)).json(&submit_by_link());
        assert_eq!(submit.send().await.unwrap().status(), 200);
        sealed
    }
}

#[tokio::test]
async fn a_request_is_mailed_answered_and_listed() {
    let (server, owner) = Running::with_box(&[], &box_settings(BOX, None)).await;
    let (create, ticket) = request();
    let due = server.clock.now() + 3 * 86_400;
    let create = CreateRequest { due: Some(due), note: Some("Akte 17".to_owned()), ..create };
    for _ in 0..2 {
        assert_eq!(server.try_request(&owner, &create).await.status(), 201);
    }
    let mail = &server.wait_for_mails(CITIZEN, 1).await[0];
    let link = path::ticket_link(&create.ticket, &create.mail.as_ref().unwrap().0);
    assert!(mail.text.contains(&link) && mail.text.contains("Akte 17"), "{}", mail.text);

    let info = ticket.info(&server).await;
    let asked = info.request.unwrap();
    assert_eq!((asked.sealed, asked.due, asked.uses, asked.used), (create.sealed.clone(), Some(due), 2, 0));
    let first = server.submit_at_level_2(&ticket).await;
    let second = server.submit_at_level_2(&ticket).await;
    let received: Received = ok(owner.call(&server, Method::GET, &path::received(&second.id))).await;
    let submission = received.submission.unwrap();
    assert!(submission.request && !submission.is_addition && submission.ticket == create.ticket);
    let info = ticket.info(&server).await;
    assert!(!info.live && info.may_add);
    server.submit_at_level_2(&ticket).await;

    let [one] = &server.requests(&owner).await[..] else { panic!("one request") };
    assert_eq!((one.ticket, one.email.as_str(), one.used, one.uses), (create.ticket, CITIZEN, 2, 2));
    assert_eq!((one.due, one.last, &one.kept), (Some(due), Some(server.clock.now()), &create.kept));
    assert!(!one.overdue && one.withdrawn.is_none() && one.mail != MailState::None);
    let detail: RequestDetail = ok(owner.call(&server, Method::GET, &path::request(&create.ticket))).await;
    assert_eq!((detail.sealed, detail.submissions.len()), (create.sealed, 3));
    assert!(detail.submissions.contains(&first.id));

    let other = server.register_by_mail("other@amt.example").await;
    assert!(server.requests(&other).await.is_empty());
    for method in [Method::GET, Method::DELETE] {
        let theirs = other.call(&server, method, &path::request(&create.ticket)).send().await.unwrap();
        refused(theirs, ProblemKind::NotFound).await;
    }
}

#[tokio::test]
async fn bounds_and_policy_hold() {
    let settings = box_settings(BOX, None);
    let (server, owner) = Running::with_box(&[], &settings).await;
    let now = server.clock.now();
    let good = || request().0;
    for wrong in [
        CreateRequest { email: "nobody".to_owned(), ..good() },
        CreateRequest { sealed: Opaque(Vec::new()), ..good() },
        CreateRequest { sealed: Opaque(vec![1; (64 << 10) + 1]), ..good() },
        CreateRequest { kept: Some(Opaque(vec![1; 257])), ..good() },
        CreateRequest { days: 0, ..good() },
        CreateRequest { days: 91, ..good() },
        CreateRequest { uses: 0, ..good() },
        CreateRequest { uses: 101, ..good() },
        CreateRequest { due: Some(now), ..good() },
        CreateRequest { due: Some(now + 15 * 86_400), ..good() },
        CreateRequest { note: Some("two\nlines".to_owned()), ..good() },
        CreateRequest { mail: Some(Hidden(format!("1t.{}", Token(random()).to_text()))), ..good() },
        CreateRequest { mail: Some(Hidden("1q.<b>".to_owned())), ..good() },
    ] {
        refused(server.try_request(&owner, &wrong).await, ProblemKind::BadRequest).await;
    }
    let largest = CreateRequest { sealed: Opaque(vec![1; 64 << 10]), ..good() };
    assert_eq!(server.try_request(&owner, &largest).await.status(), 201);
    let taken = CreateRequest { ticket: largest.ticket, ..good() };
    refused(server.try_request(&owner, &taken).await, ProblemKind::Conflict).await;

    let without = server.register_by_mail("other@amt.example").await;
    refused(server.try_request(&without, &good()).await, ProblemKind::Conflict).await;
    server.send_to(&owner, "guest@post.example").await;
    let guest = server.register_by_mail("guest@post.example").await;
    refused(server.try_request(&guest, &good()).await, ProblemKind::NotAllowed).await;
    let off = BoxSettings { is_on: false, ..settings };
    assert_eq!(server.store_box(&owner, 1, &off).await.status(), 204);
    refused(server.try_request(&owner, &good()).await, ProblemKind::Conflict).await;
}

#[tokio::test]
async fn who_sends_nothing_is_reminded_once() {
    let (server, owner) = Running::with_box(&[], &box_settings(BOX, None)).await;
    let due = Some(server.clock.now() + 86_400);
    let (late, late_ticket) = request();
    let (done, done_ticket) = request();
    let (withdrawn, _) = request();
    let (by_hand, _) = request();
    let late = CreateRequest { due, ..late };
    let by_hand = CreateRequest { due, mail: None, email: "hand@post.example".to_owned(), ..by_hand };
    for create in
        [late.clone(), CreateRequest { due, ..done }, CreateRequest { due, ..withdrawn.clone() }, by_hand]
    {
        assert_eq!(server.try_request(&owner, &create).await.status(), 201);
    }
    server.submit_at_level_2(&done_ticket).await;
    let withdraw = owner.call(&server, Method::DELETE, &path::request(&withdrawn.ticket));
    assert_eq!(withdraw.send().await.unwrap().status(), 204);
    server.service.sweep().await.unwrap();
    let reminders = async || server.count("SELECT COUNT(*) FROM mail WHERE kind = 'request_reminder'").await;
    assert_eq!(reminders().await, 0);
    server.clock.advance(86_400);
    for _ in 0..2 {
        server.service.sweep().await.unwrap();
    }
    assert_eq!(reminders().await, 2);
    let owner = server.log_in(OWNER, PASSWORD).await;
    let text = server.wait_for_mails("hand@post.example", 1).await.remove(0).text;
    assert!(text.contains("weil der Server ihn nicht"), "{text}");
    assert_eq!(server.requests(&owner).await.iter().filter(|request| request.overdue).count(), 2);
    server.submit_at_level_2(&late_ticket).await;
    assert_eq!(server.requests(&owner).await.iter().filter(|request| request.overdue).count(), 1);
}

#[tokio::test]
async fn a_withdrawn_request_takes_nothing_and_shows_what_it_brought() {
    let (server, owner) = Running::with_box(&[], &box_settings(BOX, None)).await;
    let ((used, used_ticket), (unused, unused_ticket)) = (request(), request());
    for create in [&used, &unused] {
        assert_eq!(server.try_request(&owner, create).await.status(), 201);
    }
    server.submit_at_level_2(&used_ticket).await;
    let draft = server.submission_draft(&used_ticket, Level::Two).await;
    let stored = server.stored_files();
    for create in [&used, &unused] {
        for _ in 0..2 {
            let withdraw = owner.call(&server, Method::DELETE, &path::request(&create.ticket));
            assert_eq!(withdraw.send().await.unwrap().status(), 204);
        }
    }
    assert_eq!(server.stored_files(), stored - 4, "what was begun is gone");
    let late =
        used_ticket.person.call(&server, Method::POST, &path::submit(&draft.id)).json(&submit_by_link());
    refused(late.send().await.unwrap(), ProblemKind::NotFound).await;
    let info = used_ticket.info(&server).await;
    assert!(!info.live && !info.may_add && info.submissions.len() == 1);
    refused(unused_ticket.try_info(&server).await, ProblemKind::Expired).await;
    assert!(server.requests(&owner).await.iter().all(|request| request.withdrawn.is_some()));

    // The owner sees what they asked for until its tombstone goes.
    server.clock.advance(15 * 86_400);
    server.service.sweep().await.unwrap();
    let owner = server.log_in(OWNER, PASSWORD).await;
    assert_eq!(server.requests(&owner).await.len(), 2);
    server.clock.advance(95 * 86_400);
    for _ in 0..2 {
        server.service.sweep().await.unwrap();
    }
    let owner = server.log_in(OWNER, PASSWORD).await;
    assert_eq!(server.requests(&owner).await.len(), 0);
}
