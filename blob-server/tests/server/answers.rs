//! What the owner of a box answers.

use blob_api::*;
use reqwest::Method;

use crate::boxes::*;
use crate::grants::sealed_send;
use crate::harness::*;
use crate::keys::keys;
use crate::submissions::{CARD, CITIZEN, SUBMITTER, name, sealed_grant};

/// The owner's answer for the card of the receipt: no account, no link, only the ticket.
#[tokio::test]
async fn an_answer_is_opened_by_the_card_of_the_receipt() {
    let (server, owner, ticket, sealed) = Running::with_submission(box_settings(BOX, Some(CARD))).await;
    let answer = Sealed::new(&[b"ciphertext"]);
    let create = |level| CreateDelivery {
        level,
        gate_hash: None,
        password: false,
        answer_to: Some(sealed.id),
        ..answer.create_body()
    };
    let begin = async |create: &CreateDelivery| {
        owner.call(&server, Method::POST, path::DELIVERIES).json(create).send().await.unwrap()
    };
    refused(begin(&create(Level::Four)).await, ProblemKind::NotFound).await; // not opened yet
    server.open_received(&owner, &sealed).await;
    assert_eq!(begin(&create(Level::Four)).await.status(), 201);
    answer.upload(&server, &owner, &answer.files[0].0, b"ciphertext", 100).await;
    let put =
        owner.call(&server, Method::PUT, &path::sealed(&answer.id)).body("sealed").send().await.unwrap();
    assert_eq!(put.status(), 204);
    let to = |email: &str, card: &[u8]| {
        let new = crate::grants::addressed(email, Level::Four);
        sealed_send(vec![NewRecipient {
            grant: Some(sealed_grant(card)),
            mail: Some(Hidden(String::new())),
            ..new
        }])
    };
    let send = async |send: &SendDelivery| server.try_send_sealed(&owner, &answer.id, send).await;
    refused(send(&to("else@post.example", SUBMITTER)).await, ProblemKind::NotAllowed).await;
    refused(send(&to(CITIZEN, b"another card")).await, ProblemKind::Conflict).await;
    let good = to(CITIZEN, SUBMITTER);
    assert_eq!(send(&good).await.status(), 200);

    let info = ticket.info(&server).await;
    let [told] = &info.answers[..] else { panic!("{:?}", info.answers) };
    assert_eq!(
        (told.delivery, told.answer_to, told.level, told.by_card),
        (answer.id, sealed.id, Level::Four, true)
    );
    assert_eq!((name(&told.state).as_str(), told.sender.as_str()), ("ready", "New Person"));
    let granted: ReceivedGrant =
        ok(ticket.person.call(&server, Method::GET, &path::ticket_answer(&ticket.id, &answer.id))).await;
    assert_eq!(granted.grant.as_ref(), good.recipients[0].grant.as_ref().map(|grant| &grant.grant));
    assert_eq!((granted.sender, granted.submitted_to), (vec![keys(0, 1).card], None));
    let mails = server.wait_for_mails(CITIZEN, 3).await;
    let mail = mails.iter().find(|mail| mail.text.contains("link for the answer")).unwrap();
    assert!(!mail.text.contains("/r/") && !mail.text.contains('#'), "{}", mail.text);

    let other = server.ticket(BOX, "other@post.example").await;
    let theirs = other.person.call(&server, Method::GET, &path::ticket_answer(&other.id, &answer.id));
    refused(theirs.send().await.unwrap(), ProblemKind::NotFound).await;
    let state: LinkState = ok(ticket.person.call(&server, Method::GET, &path::state(&answer.id))).await;
    assert_eq!(state.personal.unwrap().recipient, good.recipients[0].recipient);
    let open = OpenDelivery { email: None, auth: answer.auth.clone() };
    let opened = other.person.call(&server, Method::POST, &path::openings(&answer.id)).json(&open);
    refused(opened.send().await.unwrap(), ProblemKind::NotFound).await;
    let opened = ticket.person.call(&server, Method::POST, &path::openings(&answer.id)).json(&open);
    let Opening { token } = ok(opened).await;
    let bytes =
        answer.fetch(&server, &token, &path::blob(&answer.id, &answer.files[0].0)).send().await.unwrap();
    assert_eq!(bytes.bytes().await.unwrap(), b"ciphertext"[..]);
    server.collect(&answer, &token).await;
    assert_eq!(name(&ticket.info(&server).await.answers[0].state), "collected");

    // Keys of an account with the same address are something else: with or without them it is the receipt's.
    let citizen = server.register_by_mail(CITIZEN).await;
    server.activate(&citizen, &keys(0, 1)).await;
    let reset = StoreKeys { reset: true, ..keys(1, 2) };
    assert_eq!(server.confirm(&citizen, CITIZEN, PASSWORD).await.status(), 204);
    server.activate(&citizen, &reset).await;
    assert!(server.received_submission(&citizen, &answer).await.by_card);
    let granted: ReceivedGrant =
        ok(ticket.person.call(&server, Method::GET, &path::ticket_answer(&ticket.id, &answer.id))).await;
    assert!(granted.grant.is_some());
    assert!(server.releases(&owner).await.is_empty());
}

/// At other levels the answer goes as any other delivery.
#[tokio::test]
async fn a_submission_is_answered_at_any_level() {
    let (server, owner, ticket, sealed) = Running::with_submission(box_settings(BOX, Some(CARD))).await;
    server.open_received(&owner, &sealed).await;
    for level in [Level::One, Level::Two] {
        let answer = Sealed::new(&[]);
        let create = CreateDelivery {
            level,
            gate_hash: None,
            password: false,
            answer_to: Some(sealed.id),
            ..answer.create_body()
        };
        let begun = owner.call(&server, Method::POST, path::DELIVERIES).json(&create).send().await.unwrap();
        assert_eq!(begun.status(), 201);
        answer.put_cover(&server, &owner, COVER_BYTES).await;
        let to = crate::recipients::Addressed::new(CITIZEN);
        let send = crate::recipients::to_recipients(&[&to]);
        assert_eq!(server.try_send_sealed(&owner, &answer.id, &send).await.status(), 200);
    }
    let info = ticket.info(&server).await;
    let told: Vec<_> =
        info.answers.iter().map(|answer| (answer.level, answer.by_card, name(&answer.state))).collect();
    let expected = [(Level::One, false, "ready".to_owned()), (Level::Two, false, "needs_account".to_owned())];
    assert!(told.iter().all(|one| expected.contains(one)) && told.len() == 2, "{told:?}");
    assert!(info.answers.iter().all(|answer| answer.answer_to == sealed.id));

    // The box leads to the answers, so it stays until they are gone, too.
    let delete = async |path: &str| owner.call(&server, Method::DELETE, path).send().await.unwrap();
    assert_eq!(delete(&path::received(&sealed.id)).await.status(), 204);
    refused(delete(path::OWN_BOX).await, ProblemKind::Conflict).await;
    for answer in &info.answers {
        assert_eq!(delete(&path::delivery(&answer.delivery)).await.status(), 204);
    }
    assert_eq!(delete(path::OWN_BOX).await.status(), 204);
}
