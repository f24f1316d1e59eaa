//! Submissions: sent in with a ticket, opened by the box's owner, answered.

use blob_api::*;
use reqwest::{Method, Response};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::boxes::*;
use crate::grants::{hash, sealed_send};
use crate::harness::*;
use crate::keys::keys;

pub const CITIZEN: &str = "citizen@post.example";
pub const CARD: &[u8] = b"a box card";
pub const SUBMITTER: &[u8] = b"a submitter's card";

pub fn sealed_grant(card: &[u8]) -> GiveGrant {
    GiveGrant { grant: Opaque(random::<{ GiveGrant::BYTES }>().to_vec()), card: hash(card) }
}

const DIGITS: &str = "01234 56789 98765 43210 00000 99999 12345";

/// As a browser submits at level 4.
fn submit_to_card() -> Submit {
    Submit {
        link: None,
        mail: None,
        grant: Some(sealed_grant(CARD)),
        submitter: Some(Opaque(SUBMITTER.to_vec())),
        sealed_to: Some(DIGITS.to_owned()),
        ..submit_by_link()
    }
}

pub fn name(state: &RecipientState) -> String {
    serde_json::to_value(state).unwrap()["is"].as_str().unwrap().to_owned()
}

/// What SPEC §18.5 says of a delivery with one sheet, and a file of these parts.
fn receipt(sealed: &Sealed, parts: &[&[u8]]) -> Token {
    let digests: Vec<u8> = parts.iter().flat_map(|part| hash(part).0).collect();
    let entry = [&sealed.files[0].0.0[..], &Sha256::digest(digests)].concat();
    let mut context = b"siegel/v1 receipt\0".to_vec();
    for field in [&sealed.id.0[..], &hash(COVER_BYTES).0, &entry] {
        context.extend_from_slice(&u32::try_from(field.len()).unwrap().to_be_bytes());
        context.extend_from_slice(field);
    }
    hash(&context)
}

impl Running {
    pub async fn try_submit(&self, ticket: &Ticket, sealed: &Sealed, submit: &Submit) -> Response {
        ticket.person.call(self, Method::POST, &path::submit(&sealed.id)).json(submit).send().await.unwrap()
    }

    pub async fn received_submission(&self, owner: &Person, sealed: &Sealed) -> Received {
        ok(owner.call(self, Method::GET, &path::received(&sealed.id))).await
    }

    pub async fn open_received(&self, owner: &Person, sealed: &Sealed) -> Token {
        let open = OpenDelivery { email: None, auth: sealed.auth.clone() };
        let request = owner.call(self, Method::POST, &path::openings(&sealed.id)).json(&open);
        ok::<Opening>(request).await.token
    }

    pub async fn collect(&self, sealed: &Sealed, opening: &Token) {
        let collected = Collected { blobs: vec![sealed.files[0].0] };
        let request = self.call(Method::POST, &path::collected(&sealed.id)).bearer_auth(opening.to_text());
        assert_eq!(request.json(&collected).send().await.unwrap().status(), 204);
    }

    /// A box of level 4, and something submitted to it.
    pub async fn with_submission(settings: BoxSettings) -> (Self, Person, Ticket, Sealed) {
        let (server, owner) = Self::with_box(&[], &settings).await;
        server.activate(&owner, &keys(0, 1)).await;
        let ticket = server.ticket(BOX, CITIZEN).await;
        let sealed = server.submission_draft(&ticket, Level::Four).await;
        let submitted = server.try_submit(&ticket, &sealed, &submit_to_card()).await;
        assert_eq!(submitted.status(), 200);
        (server, owner, ticket, sealed)
    }
}

#[tokio::test]
async fn at_level_2_the_owner_gets_a_link_by_mail() {
    let (server, owner) = Running::with_box(&[], &box_settings(BOX, None)).await;
    let ticket = server.ticket(BOX, CITIZEN).await;
    let sealed = server.submission_draft(&ticket, Level::Two).await;
    let gate = Token(random());
    let submit = Submit { link: Some(crate::recipients::new_link(hash(&gate.0))), ..submit_by_link() };
    let submitted: Submitted = read(server.try_submit(&ticket, &sealed, &submit).await).await;
    assert_eq!(submitted.digest, receipt(&sealed, &[b"ciph", b"erte", b"xt"]));
    assert_eq!(submitted.expires - submitted.at, 7 * 86_400);
    let again: Submitted = read(server.try_submit(&ticket, &sealed, &submit).await).await;
    assert_eq!(again, submitted);

    let fragment = submit.mail.clone().unwrap().0;
    let mails = server.wait_for_mails(OWNER, 2).await;
    let mail = mails.iter().find(|mail| mail.text.contains("/r/")).unwrap();
    assert!(mail.text.contains(&format!("/r/{}#{fragment}", sealed.id)), "{}", mail.text);
    assert!(mail.text.contains(CITIZEN) && mail.text.contains("10 B"), "{}", mail.text);
    let confirmations = server.wait_for_mails(CITIZEN, 2).await;
    let digest: String = submitted.digest.0.iter().map(|byte| format!("{byte:02x}")).collect();
    let confirmed = |text: &str| text.replace([' ', '\r', '\n', '>'], "").contains(&digest);
    assert!(confirmations.iter().any(|mail| confirmed(&mail.text)), "{}", confirmations[1].text);

    let received = server.received_submission(&owner, &sealed).await;
    assert_eq!((received.sender.as_str(), received.sender_email.as_str()), (CITIZEN, CITIZEN));
    let info = received.submission.unwrap();
    assert_eq!((info.box_name.as_str(), info.ticket, info.is_addition), (BOX, ticket.id, false));
    assert!(!info.deletes && !info.request && info.submitter.is_none());
    let state: LinkState =
        ok(server.call(Method::GET, &path::state(&sealed.id)).bearer_auth(gate.to_text())).await;
    assert_eq!(state.sender, CITIZEN);
    let opening = server.open_received(&owner, &sealed).await;
    let bytes = sealed.fetch(&server, &opening, &path::blob(&sealed.id, &sealed.files[0].0)).send().await;
    assert_eq!(bytes.unwrap().bytes().await.unwrap(), b"ciphertext"[..]);
}

#[tokio::test]
async fn at_level_4_it_is_granted_to_the_card_in_use() {
    let settings = box_settings(BOX, Some(CARD));
    let (server, owner) = Running::with_box(&[], &settings).await;
    server.activate(&owner, &keys(0, 1)).await;
    let ticket = server.ticket(BOX, CITIZEN).await;
    let sealed = server.submission_draft(&ticket, Level::Four).await;
    for wrong in [
        submit_by_link(),
        Submit { submitter: None, ..submit_to_card() },
        Submit { submitter: Some(Opaque(vec![1; 1801])), ..submit_to_card() },
        Submit { grant: None, ..submit_to_card() },
        Submit { sealed_to: Some(DIGITS.replace(' ', "-")), ..submit_to_card() },
        Submit { sealed_to: Some(format!("{DIGITS} 12345")), ..submit_to_card() },
        Submit { sealed_to: Some("Bitte überweisen Sie das sofort hierhin".to_owned()), ..submit_to_card() },
        Submit { mail: submit_by_link().mail, ..submit_to_card() },
    ] {
        refused(server.try_submit(&ticket, &sealed, &wrong).await, ProblemKind::BadRequest).await;
    }
    let other = Submit { grant: Some(sealed_grant(b"another card")), ..submit_to_card() };
    refused(server.try_submit(&ticket, &sealed, &other).await, ProblemKind::Conflict).await;
    let submit = submit_to_card();
    assert_eq!(server.try_submit(&ticket, &sealed, &submit).await.status(), 200);

    let mails = server.wait_for_mails(CITIZEN, 2).await;
    assert!(mails.iter().any(|mail| mail.text.contains(DIGITS)), "the receipt names no key");

    let received = server.received_submission(&owner, &sealed).await;
    assert_eq!(name(&received.state), "ready");
    assert_eq!(received.submission.unwrap().submitter, submit.submitter);
    let granted: ReceivedGrant = ok(owner.call(&server, Method::GET, &path::grant(&sealed.id))).await;
    assert_eq!(granted.grant, submit.grant.map(|grant| grant.grant));
    assert_eq!((granted.sender, granted.submitted_to), (vec![Opaque(SUBMITTER.to_vec())], Some(settings.id)));
    let mails = server.wait_for_mails(OWNER, 2).await;
    assert!(mails.iter().any(|mail| mail.text.contains(&format!("/inbox/{}>", sealed.id))));
    let releases: Releases = ok(owner.call(&server, Method::GET, path::RELEASES)).await;
    assert!(releases.waiting.is_empty());

    // The box has another level, or another card, when it is sent.
    let second = server.ticket(BOX, "second@post.example").await;
    let late = server.submission_draft(&second, Level::Four).await;
    let renewed = BoxSettings { card: Some(Opaque(b"a newer card".to_vec())), ..settings.clone() };
    assert_eq!(server.store_box(&owner, 1, &renewed).await.status(), 204);
    refused(server.try_submit(&second, &late, &submit_to_card()).await, ProblemKind::Conflict).await;
    let lowered = BoxSettings { card: None, ..settings };
    assert_eq!(server.store_box(&owner, 2, &lowered).await.status(), 204);
    refused(server.try_submit(&second, &late, &submit_to_card()).await, ProblemKind::Conflict).await;
    assert_eq!(server.store_box(&owner, 3, &renewed).await.status(), 204);
    let fresh = Submit { grant: Some(sealed_grant(b"a newer card")), ..submit_to_card() };
    assert_eq!(server.try_submit(&second, &late, &fresh).await.status(), 200);
}

/// A closed tab: the ticket finds its draft again, and goes on with what is missing.
#[tokio::test]
async fn an_upload_goes_on_by_the_ticket() {
    let (server, _) = Running::with_box(&[], &box_settings(BOX, None)).await;
    let ticket = server.ticket(BOX, CITIZEN).await;
    let sealed = Sealed::new(&[b"ciphertext"]);
    let create =
        CreateDelivery { level: Level::Two, gate_hash: None, password: false, ..sealed.create_body() };
    let begun = ticket.person.call(&server, Method::POST, path::DELIVERIES).json(&create);
    assert_eq!(begun.send().await.unwrap().status(), 201);
    let blob = sealed.files[0].0;
    assert_eq!(sealed.put_part(&server, &ticket.person, &blob, 0, b"ciph").await.status(), 204);
    refused(server.try_submit(&ticket, &sealed, &submit_by_link()).await, ProblemKind::Conflict).await;

    let Drafts { drafts } = ok(ticket.person.call(&server, Method::GET, path::DRAFTS)).await;
    assert_eq!((drafts[0].delivery, &drafts[0].resume), (sealed.id, &sealed.resume));
    let StoredBlobs { blobs } = ok(ticket.person.call(&server, Method::GET, &path::blobs(&sealed.id))).await;
    assert_eq!((blobs[0].blob, blobs[0].parts.len(), blobs[0].complete), (blob, 1, false));
    sealed.upload(&server, &ticket.person, &blob, b"ciphertext", 4).await;
    sealed.put_cover(&server, &ticket.person, COVER_BYTES).await;
    assert_eq!(server.try_submit(&ticket, &sealed, &submit_by_link()).await.status(), 200);
}

#[tokio::test]
async fn a_submission_is_as_large_as_the_box_takes() {
    let settings = BoxSettings { max_bytes: 1000, ..box_settings(BOX, None) };
    let (server, _) = Running::with_box(&["--files", "1"], &settings).await;
    let ticket = server.ticket(BOX, CITIZEN).await;
    let sealed = Sealed::new(&[b""]);
    let create =
        CreateDelivery { level: Level::Two, gate_hash: None, password: false, ..sealed.create_body() };
    let begun = ticket.person.call(&server, Method::POST, path::DELIVERIES).json(&create);
    assert_eq!(begun.send().await.unwrap().status(), 201);
    let put =
        async |bytes: &[u8]| sealed.put_part(&server, &ticket.person, &sealed.files[0].0, 0, bytes).await;
    // 1000 bytes with a header, and tags for two chunks of which one would not be full.
    refused(put(&pattern(1000 + 72 + 33)).await, ProblemKind::TooLarge).await;
    assert_eq!(put(&pattern(1000 + 72 + 32)).await.status(), 204);
}

#[tokio::test]
async fn more_is_added_until_it_is_collected() {
    let (server, owner, ticket, sealed) = Running::with_submission(box_settings(BOX, Some(CARD))).await;
    let info = ticket.info(&server).await;
    assert!(!info.live && info.may_add);
    assert_eq!((info.submissions.len(), name(&info.submissions[0].state).as_str()), (1, "ready"));
    assert_eq!((info.submissions[0].files, info.submissions[0].bytes), (1, 10));

    let added = server.submission_draft(&ticket, Level::Four).await;
    assert_eq!(server.try_submit(&ticket, &added, &submit_to_card()).await.status(), 200);
    assert!(server.received_submission(&owner, &added).await.submission.unwrap().is_addition);

    let state_of = async |one: &Sealed| {
        let submissions = ticket.info(&server).await.submissions;
        name(&submissions.iter().find(|submission| submission.delivery == one.id).unwrap().state)
    };
    for one in [&sealed, &added] {
        assert!(ticket.info(&server).await.may_add);
        let opening = server.open_received(&owner, one).await;
        assert_eq!(state_of(one).await, "opened");
        server.collect(one, &opening).await;
        assert_eq!(state_of(one).await, "collected");
    }
    let info = ticket.info(&server).await;
    assert!(!info.may_add && !info.live);
    let create = CreateDelivery {
        level: Level::Four,
        gate_hash: None,
        password: false,
        ..Sealed::new(&[]).create_body()
    };
    let late = ticket.person.call(&server, Method::POST, path::DELIVERIES).json(&create);
    refused(late.send().await.unwrap(), ProblemKind::Conflict).await;
    assert_eq!(server.count("SELECT COUNT(*) FROM mail WHERE kind = 'submission_collected'").await, 2);
    assert_eq!(server.count("SELECT COUNT(*) FROM mail WHERE kind = 'collected'").await, 0);
}

#[tokio::test]
async fn content_goes_once_it_is_collected_where_the_box_wants_it() {
    let settings = BoxSettings { delete_after_download: true, ..box_settings(BOX, Some(CARD)) };
    let (server, owner, ticket, sealed) = Running::with_submission(settings).await;
    assert!(server.received_submission(&owner, &sealed).await.submission.unwrap().deletes);
    let delete =
        async |owner: &Person| owner.call(&server, Method::DELETE, path::OWN_BOX).send().await.unwrap();
    refused(delete(&owner).await, ProblemKind::Conflict).await;
    let opening = server.open_received(&owner, &sealed).await;
    assert_eq!(server.stored_files(), 4);
    server.collect(&sealed, &opening).await;
    // The browser that has collected it may have saved it nowhere: a day is left.
    server.clock.advance(DAY - 1);
    server.service.sweep().await.unwrap();
    assert_eq!(server.stored_files(), 4);
    server.clock.advance(1);
    server.service.sweep().await.unwrap();
    assert_eq!(server.stored_files(), 0);
    let submission = &ticket.info(&server).await.submissions[0];
    let state: Value = serde_json::to_value(submission.state).unwrap();
    assert_eq!((&state["is"], &state["collected"]), (&"expired".into(), &true.into()));
    assert_eq!((submission.files, submission.bytes), (1, 10));
    // The card for an answer is still there.
    let owner = server.log_in(OWNER, PASSWORD).await;
    assert!(server.received_submission(&owner, &sealed).await.submission.unwrap().submitter.is_some());
    assert_eq!(delete(&owner).await.status(), 204);
    refused(ticket.try_info(&server).await, ProblemKind::NotFound).await;
}

#[tokio::test]
async fn the_owner_deletes_submissions_and_nothing_else() {
    let (server, owner, ticket, sealed) = Running::with_submission(box_settings(BOX, Some(CARD))).await;
    let delete = async |who: &Person, id: &DeliveryId| {
        who.call(&server, Method::DELETE, &path::received(id)).send().await.unwrap()
    };
    let admin = server.log_in("admin@amt.example", PASSWORD).await;
    refused(delete(&admin, &sealed.id).await, ProblemKind::NotFound).await;
    refused(delete(&ticket.person, &sealed.id).await, ProblemKind::LoggedOut).await;
    assert_eq!(delete(&owner, &sealed.id).await.status(), 204);
    assert_eq!((delete(&owner, &sealed.id).await.status().as_u16(), server.stored_files()), (204, 0));
    let submission = &ticket.info(&server).await.submissions[0];
    assert_eq!((name(&submission.state).as_str(), submission.deleted), ("expired", true));
    let inbox: Inbox = ok(owner.call(&server, Method::GET, path::INBOX)).await;
    assert!(inbox.deliveries.is_empty() && !inbox.more);
    let gone = owner.call(&server, Method::GET, &path::received(&sealed.id)).send().await.unwrap();
    refused(gone, ProblemKind::NotFound).await;

    let ordinary = server.send_to(&admin, OWNER).await;
    refused(delete(&owner, &ordinary.id).await, ProblemKind::Conflict).await;
}

/// Who has another ticket, or a session, or the right ticket for something else.
#[tokio::test]
async fn a_ticket_opens_nothing_but_its_own() {
    let (server, owner, ticket, sealed) = Running::with_submission(box_settings(BOX, Some(CARD))).await;
    let other = server.ticket(BOX, "other@post.example").await;
    let draft = server.submission_draft(&ticket, Level::Four).await;
    let blob = draft.files[0].0;
    let admin = server.log_in("admin@amt.example", PASSWORD).await;
    for person in [&other.person, &owner, &admin] {
        for (method, path) in [
            (Method::GET, path::blobs(&draft.id)),
            (Method::DELETE, path::blob(&draft.id, &blob)),
            (Method::DELETE, path::delivery(&draft.id)),
        ] {
            let answer = person.call(&server, method, &path).send().await.unwrap();
            refused(answer, ProblemKind::NotFound).await;
        }
        refused(draft.put_part(&server, person, &blob, 9, b"x").await, ProblemKind::NotFound).await;
        let put = person.call(&server, Method::PUT, &path::sealed(&draft.id)).body("x").send().await.unwrap();
        refused(put, ProblemKind::NotFound).await;
        let submit = person.call(&server, Method::POST, &path::submit(&draft.id)).json(&submit_to_card());
        refused(submit.send().await.unwrap(), ProblemKind::NotFound).await;
        let info = person.call(&server, Method::GET, &path::ticket(&ticket.id)).send().await.unwrap();
        refused(info, ProblemKind::NotFound).await;
    }
    let Drafts { drafts } = ok(other.person.call(&server, Method::GET, path::DRAFTS)).await;
    assert!(drafts.is_empty());
    let Drafts { drafts } = ok(owner.call(&server, Method::GET, path::DRAFTS)).await;
    assert!(drafts.is_empty());

    // What was submitted is its owner's: the ticket neither opens nor takes it back, and is no session.
    for (method, path, problem) in [
        (Method::DELETE, path::delivery(&sealed.id), ProblemKind::Conflict),
        (Method::GET, path::blobs(&sealed.id), ProblemKind::Conflict),
        (Method::GET, path::state(&sealed.id), ProblemKind::NotFound),
        (Method::GET, path::sealed(&sealed.id), ProblemKind::NotFound),
        (Method::GET, path::blob(&sealed.id, &sealed.files[0].0), ProblemKind::NotFound),
        (Method::GET, path::received(&sealed.id), ProblemKind::LoggedOut),
        (Method::GET, path::delivery(&sealed.id), ProblemKind::LoggedOut),
        (Method::GET, path::SENT.to_owned(), ProblemKind::LoggedOut),
        (Method::GET, path::ACCOUNT.to_owned(), ProblemKind::LoggedOut),
        (Method::GET, path::ticket_answer(&ticket.id, &sealed.id), ProblemKind::NotFound),
    ] {
        refused(ticket.person.call(&server, method, &path).send().await.unwrap(), problem).await;
    }
    let open = OpenDelivery { email: Some(CITIZEN.to_owned()), auth: sealed.auth.clone() };
    let opened = ticket.person.call(&server, Method::POST, &path::openings(&sealed.id)).json(&open);
    refused(opened.send().await.unwrap(), ProblemKind::NotFound).await;
    let sent =
        ticket.person.call(&server, Method::POST, &path::send(&draft.id)).json(&sealed_send(Vec::new()));
    refused(sent.send().await.unwrap(), ProblemKind::LoggedOut).await;
}

/// Nothing but opening it tells that somebody has a message.
#[tokio::test]
async fn who_opens_a_message_without_files_has_collected_it() {
    let settings = BoxSettings { delete_after_download: true, ..box_settings(BOX, Some(CARD)) };
    let (server, owner) = Running::with_box(&[], &settings).await;
    server.activate(&owner, &keys(0, 1)).await;
    let ticket = server.ticket(BOX, CITIZEN).await;
    let message = Sealed::new(&[]);
    let body =
        CreateDelivery { level: Level::Four, gate_hash: None, password: false, ..message.create_body() };
    let created = ticket.person.call(&server, Method::POST, path::DELIVERIES).json(&body);
    assert_eq!(created.send().await.unwrap().status(), 201);
    let put = ticket.person.call(&server, Method::PUT, &path::sealed(&message.id)).body(COVER_BYTES);
    assert_eq!(put.send().await.unwrap().status(), 204);
    assert_eq!(server.try_submit(&ticket, &message, &submit_to_card()).await.status(), 200);
    for _ in 0..2 {
        server.open_received(&owner, &message).await;
    }
    let info = ticket.info(&server).await;
    assert_eq!((name(&info.submissions[0].state).as_str(), info.may_add), ("collected", false));
    assert_eq!(server.count("SELECT COUNT(*) FROM mail WHERE kind = 'submission_collected'").await, 1);
    // There is no file that could be saved: the message stays for as long as the box says.
    server.clock.advance(2 * DAY);
    server.service.sweep().await.unwrap();
    assert_eq!(name(&ticket.info(&server).await.submissions[0].state), "collected");
}

#[tokio::test]
async fn additions_have_an_end() {
    let (server, _, ticket, _) = Running::with_submission(box_settings(BOX, Some(CARD))).await;
    for number in 0..TicketInfo::MOST_ADDITIONS {
        assert!(ticket.info(&server).await.may_add, "{number}");
        let added = server.submission_draft(&ticket, Level::Four).await;
        assert_eq!(server.try_submit(&ticket, &added, &submit_to_card()).await.status(), 200);
    }
    let info = ticket.info(&server).await;
    assert!(!info.may_add && info.submissions.len() == 21);
    let create = CreateDelivery {
        level: Level::Four,
        gate_hash: None,
        password: false,
        ..Sealed::new(&[]).create_body()
    };
    let late = ticket.person.call(&server, Method::POST, path::DELIVERIES).json(&create);
    refused(late.send().await.unwrap(), ProblemKind::Conflict).await;
}
