//! Tickets: how they are asked for, how many there are, and how they end.

use std::collections::HashMap;

use blob_api::*;
use futures_util::{StreamExt, stream};
use reqwest::Method;

use crate::boxes::*;
use crate::harness::*;

const CITIZEN: &str = "citizen@post.example";
/// More than a test asks for.
const OFTEN: [&str; 2] = ["--codes-per-hour", "100000"];

#[tokio::test]
async fn the_answer_is_the_same_for_every_address() {
    let (server, _) = Running::with_box(&[], &box_settings(BOX, None)).await;
    for _ in 0..3 {
        server.ask_ticket(BOX, CITIZEN).await;
    }
    let mut answers = HashMap::new();
    for address in [OWNER, CITIZEN, "nobody@post.example", "admin@amt.example"] {
        let answer = server.ask_ticket(BOX, address).await;
        let told = |name: &str| !["date", "x-request-id"].contains(&name);
        let headers: Vec<_> = answer.headers().iter().filter(|(name, _)| told(name.as_str())).collect();
        let shape = format!("{} {headers:?}", answer.status());
        answers.entry(shape).or_insert_with(Vec::new).push((address, answer.text().await.unwrap()));
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert!(answers.keys().all(|shape| shape.starts_with("204")));
    refused(server.ask_ticket(BOX, "no address").await, ProblemKind::BadRequest).await;
    refused(server.ask_ticket("nothing", CITIZEN).await, ProblemKind::NotFound).await;
}

/// Mail bombs: one address, then many addresses, then one network.
#[tokio::test]
async fn a_thousand_requests_make_the_allowed_mails() {
    let flags = [&OFTEN[..], &["--tickets-per-hour", "20"]].concat();
    let (server, owner) = Running::with_box(&flags, &box_settings(BOX, None)).await;
    let colleague = server.register_by_mail("other@amt.example").await;
    assert_eq!(server.store_box(&colleague, 0, &box_settings("other", None)).await.status(), 204);
    let ask = |number: usize| {
        let server = &server;
        async move {
            // Half of them for one address, by two boxes.
            let name = if number.is_multiple_of(4) { "other" } else { BOX };
            match number % 2 {
                0 => server.ask_ticket(name, CITIZEN).await.status(),
                _ => server.ask_ticket(BOX, &format!("citizen{number}@post.example")).await.status(),
            }
        }
    };
    let answers: Vec<_> = stream::iter(0..1000).map(ask).buffer_unordered(16).collect().await;
    assert!(answers.iter().all(|status| *status == 204), "{answers:?}");
    drop(owner);
    // What was asked for is decided before the server stops.
    let server = server.restart(&flags).await;
    let mails = server.count("SELECT COUNT(*) FROM mail WHERE kind = 'ticket'").await;
    let to_one = server.count("SELECT COUNT(*) FROM mail WHERE address = 'citizen@post.example'").await;
    let of_box = server
        .count("SELECT COUNT(*) FROM ticket JOIN submit_box ON box = submit_box.id WHERE name = 'bauamt'")
        .await;
    assert_eq!((to_one, of_box), (3, 20));
    assert!((20..=23).contains(&mails), "{mails}");

    // An hour later there is room again.
    server.clock.advance(3601);
    let before = server.wait_for_mails(CITIZEN, 3).await.len();
    assert_eq!(server.ask_ticket(BOX, CITIZEN).await.status(), 204);
    server.wait_for_mails(CITIZEN, before + 1).await;

    let server = server.restart(&["--codes-per-hour", "2"]).await;
    for _ in 0..2 {
        assert_eq!(server.ask_ticket(BOX, CITIZEN).await.status(), 204);
    }
    refused(server.ask_ticket(BOX, &anybody()).await, ProblemKind::TooMany).await;
}

/// Programs that look at every link in a mail, and send whatever form they find.
#[tokio::test]
async fn scanners_consume_nothing() {
    let (server, _) = Running::with_box(&[], &box_settings(BOX, None)).await;
    let ticket = server.ticket(BOX, CITIZEN).await;
    for method in [Method::GET, Method::HEAD, Method::POST] {
        let page = server.call(method, &format!("/t/{}", ticket.id)).send().await.unwrap();
        assert!(page.status() != 500, "{}", page.status());
    }
    refused(server.get(&path::ticket(&ticket.id)).await, ProblemKind::NotFound).await;
    for _ in 0..5 {
        let info = ticket.info(&server).await;
        assert!(info.live && !info.may_add && info.submissions.is_empty());
        assert_eq!((info.email.as_str(), info.submit_box.name.as_str()), (CITIZEN, BOX));
        assert!(info.request.is_none() && info.answers.is_empty());
    }
    server.submission_draft(&ticket, Level::Two).await;
}

#[tokio::test]
async fn a_ticket_ends_and_what_it_has_begun_can_be_finished() {
    let (server, _) = Running::with_box(&["--ticket-hours", "2"], &box_settings(BOX, None)).await;
    let (used, unused) = (server.ticket(BOX, CITIZEN).await, server.ticket(BOX, "late@post.example").await);
    let draft = server.submission_draft(&used, Level::Two).await;
    assert_eq!(unused.info(&server).await.expires, server.clock.now() + 7200);
    server.clock.advance(7200);
    refused(unused.try_info(&server).await, ProblemKind::Expired).await;
    assert!(!used.info(&server).await.live, "it shows what it has begun");
    let create = CreateDelivery {
        level: Level::Two,
        gate_hash: None,
        password: false,
        ..Sealed::new(&[]).create_body()
    };
    for ticket in [&used, &unused] {
        let again = ticket.person.call(&server, Method::POST, path::DELIVERIES).json(&create);
        refused(again.send().await.unwrap(), ProblemKind::Expired).await;
    }
    let submitted = used.person.call(&server, Method::POST, &path::submit(&draft.id)).json(&submit_by_link());
    assert_eq!(submitted.send().await.unwrap().status(), 200);

    // A day later the one that brought nothing is gone.
    server.service.sweep().await.unwrap();
    refused(unused.try_info(&server).await, ProblemKind::Expired).await;
    server.clock.advance(86_401);
    assert_eq!(server.service.sweep().await.unwrap().tickets, 1);
    refused(unused.try_info(&server).await, ProblemKind::NotFound).await;
    assert_eq!(used.info(&server).await.submissions.len(), 1);
    // The other goes with the tombstone of what it brought.
    server.clock.advance(7 * 86_400);
    server.service.sweep().await.unwrap();
    assert_eq!(used.info(&server).await.submissions.len(), 1);
    server.clock.advance(91 * 86_400);
    server.service.sweep().await.unwrap();
    server.service.sweep().await.unwrap();
    refused(used.try_info(&server).await, ProblemKind::NotFound).await;
}

/// Another lifetime, level or link than the box wants, and more drafts than anybody needs.
#[tokio::test]
async fn a_ticket_begins_what_its_box_takes() {
    let settings = box_settings(BOX, None);
    let (server, owner) = Running::with_box(&[], &settings).await;
    let ticket = server.ticket(BOX, CITIZEN).await;
    let good = || CreateDelivery {
        level: Level::Two,
        gate_hash: None,
        password: false,
        ..Sealed::new(&[]).create_body()
    };
    let begin = async |create: &CreateDelivery| {
        ticket.person.call(&server, Method::POST, path::DELIVERIES).json(create).send().await.unwrap()
    };
    for wrong in [
        CreateDelivery { gate_hash: Some(Token(random())), ..good() },
        CreateDelivery { password: true, ..good() },
        CreateDelivery { answer_to: Some(DeliveryId(random())), ..good() },
    ] {
        refused(begin(&wrong).await, ProblemKind::NotAllowed).await;
    }
    for wrong in [
        CreateDelivery { level: Level::One, ..good() },
        CreateDelivery { level: Level::Four, ..good() },
        CreateDelivery { days: 8, ..good() },
    ] {
        refused(begin(&wrong).await, ProblemKind::Conflict).await;
    }
    let first = good();
    for _ in 0..2 {
        assert_eq!(begin(&first).await.status(), 201, "repeated, it is the same");
    }
    for _ in 1..TicketInfo::MOST_DRAFTS {
        assert_eq!(begin(&good()).await.status(), 201);
    }
    refused(begin(&good()).await, ProblemKind::Conflict).await;
    assert_eq!(begin(&first).await.status(), 201);
    let Drafts { drafts } = ok(ticket.person.call(&server, Method::GET, path::DRAFTS)).await;
    assert_eq!(drafts.len(), 5);
    let one = ticket.person.call(&server, Method::DELETE, &path::delivery(&drafts[0].delivery));
    assert_eq!(one.send().await.unwrap().status(), 204);
    assert_eq!(begin(&good()).await.status(), 201);

    let off = BoxSettings { is_on: false, ..settings };
    assert_eq!(server.store_box(&owner, 1, &off).await.status(), 204);
    assert!(!ticket.info(&server).await.live);
    refused(begin(&good()).await, ProblemKind::Expired).await;
}
