//! The queue: nothing is lost and nothing goes twice, whatever the mail server does.

use std::time::Duration;

use blob_api::*;
use blob_server::mail::Letter;
use reqwest::Method;

use super::smtp::{Fault, Smtp, Step, impatient, settings, unattended};
use super::{eventually, invitation, parsed};
use crate::harness::*;

async fn start(flags: &[String]) -> Running {
    Running::start(&flags.iter().map(String::as_str).collect::<Vec<_>>()).await
}

async fn send(server: &Running, address: &str) {
    server.service.mail(address, Language::En, &invitation()).await.unwrap();
}

/// When the next mail is due; `None` when no mail waits.
async fn next(server: &Running) -> Option<i64> {
    server.database().await.next_mail().await.unwrap()
}

/// Waits until no mail waits any more.
async fn until_empty(server: &Running) {
    eventually(async || next(server).await.is_none().then_some(())).await;
}

/// Seconds after which claims run out, of the patient and of the impatient: ten times as long as one answer may take.
const LEASES: [i64; 2] = [600, 10];

/// Waits until a fault has happened and the mail that met it waits for its next try. While a try runs the mail is due
/// when its claim runs out.
async fn until_postponed(server: &Running, smtp: &Smtp) -> i64 {
    let now = server.clock.now();
    eventually(async || smtp.failed_all().then_some(())).await;
    let waits = async || next(server).await.map(|next| next - now);
    eventually(async || waits().await.filter(|wait| *wait > 0 && !LEASES.contains(wait))).await
}

fn recipients(smtp: &Smtp) -> Vec<String> {
    smtp.taken().iter().map(|taken| taken.to.join(" ")).collect()
}

#[tokio::test]
async fn a_mail_that_is_not_taken_now_is_tried_later_and_waits_longer_each_time() {
    let smtp = Smtp::start().await;
    let server = start(&smtp.settings()).await;
    smtp.fail(Step::Recipient, Fault::Answer("450 4.2.1 greylisted"));
    send(&server, "rita@post.example").await;
    let mut shortest = 60;
    for step in [Step::Data, Step::Message, Step::Recipient] {
        let wait = until_postponed(&server, &smtp).await;
        assert!((shortest..=shortest * 5 / 4).contains(&wait), "{wait} after {shortest}");
        // Until then others go, and it does not.
        server.clock.advance(wait - 1);
        let other = format!("other{shortest}@post.example");
        send(&server, &other).await;
        eventually(async || recipients(&smtp).last().is_some_and(|to| to.contains(&other)).then_some(()))
            .await;
        smtp.fail(step, Fault::Answer("451 4.3.0 not now"));
        server.clock.advance(1);
        server.service.wake_mails();
        shortest *= 2;
    }
    until_postponed(&server, &smtp).await;
    server.clock.advance(DAY);
    server.service.wake_mails();
    until_empty(&server).await;
    let taken = smtp.taken();
    let to_rita = taken.iter().filter(|taken| taken.to == ["TO:<rita@post.example>"]);
    assert_eq!((to_rita.count(), taken.len()), (1, 4));
    assert_eq!(taken[3].from, "FROM:<siegel@amt.example>");
}

#[tokio::test]
async fn a_mail_that_is_refused_for_good_is_not_tried_again_and_forgotten() {
    for step in [Step::Recipient, Step::Data, Step::Message] {
        let smtp = Smtp::start().await;
        let server = start(&smtp.settings()).await;
        smtp.fail(step, Fault::Answer("550 5.1.1 no such user"));
        send(&server, "rita@post.example").await;
        until_empty(&server).await;
        assert!(smtp.taken().is_empty() && smtp.failed_all());
        // The connection is still good for others.
        send(&server, "karl@post.example").await;
        until_empty(&server).await;
        assert_eq!(recipients(&smtp), ["TO:<karl@post.example>"]);
    }
}

#[tokio::test]
async fn trouble_with_the_mail_server_is_no_fault_of_a_mail() {
    let faults = [
        Fault::Cut,
        Fault::Silence,
        Fault::Answer("421 4.3.2 closing"),
        Fault::Answer("garbage without a code"),
    ];
    let everywhere =
        Step::ALL.into_iter().flat_map(|step| faults.iter().map(move |fault| (step, fault.clone())));
    // What is refused at these steps is the operator's matter, even for good.
    let early = [Step::Greeting, Step::Hello, Step::Login, Step::Sender];
    let refused = early.into_iter().map(|step| (step, Fault::Answer("554 5.7.1 not you")));
    let tries = everywhere.chain(refused).map(async |(step, fault)| {
        let smtp = Smtp::start().await;
        let server = start(&impatient(smtp.settings())).await;
        smtp.fail(step, fault.clone());
        send(&server, "rita@post.example").await;
        let wait = until_postponed(&server, &smtp).await;
        assert!((5..=6).contains(&wait), "{step:?} {fault:?}: {wait}");
        server.clock.advance(wait);
        server.service.wake_mails();
        until_empty(&server).await;
        assert_eq!(recipients(&smtp), ["TO:<rita@post.example>"], "{step:?} {fault:?}");
    });
    futures_util::future::join_all(tries).await;
}

#[tokio::test]
async fn while_the_mail_server_is_away_it_is_asked_rarely_and_afterwards_all_mails_go_once() {
    let (port, _held) = unattended();
    let flags = settings(port);
    let server = start(&flags).await;
    let addresses: Vec<_> = (0..40).map(|number| format!("rita{number:02}@post.example")).collect();
    for address in &addresses {
        send(&server, address).await;
    }
    // Nobody listens. After the first tries most mails were not even claimed.
    let tried = async || sqlx_count(&server, "SELECT COUNT(*) FROM mail WHERE error IS NOT NULL").await;
    eventually(async || (tried().await > 0).then_some(())).await;
    for _ in 0..5 {
        server.clock.advance(HOUR);
        server.service.wake_mails();
    }
    eventually(async || (tried().await > 1).then_some(())).await;
    assert!(tried().await <= 9, "{} of 40 mails were tried", tried().await);

    // A restart in between forgets nothing.
    let server = server.restart(&flags.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let smtp = Smtp::at(port).await;
    smtp.fail(Step::Message, Fault::Late(Duration::from_millis(1500)));
    eventually(async || {
        server.clock.advance(HOUR);
        server.service.wake_mails();
        next(&server).await.is_none().then_some(())
    })
    .await;
    let mut taken = recipients(&smtp);
    taken.sort();
    assert_eq!(taken, addresses.iter().map(|address| format!("TO:<{address}>")).collect::<Vec<_>>());
    assert!(smtp.connections() <= 4, "connections are used again: {}", smtp.connections());
}

async fn sqlx_count(server: &Running, query: &'static str) -> i64 {
    let file = server.folder.path().join("siegel.db");
    let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    let count = sqlx::query_scalar(query).fetch_one(&pool).await.unwrap();
    pool.close().await;
    count
}

#[tokio::test]
async fn an_address_of_other_letters_needs_a_mail_server_that_knows_them() {
    for known in [true, false] {
        let smtp = Smtp::start().await;
        if !known {
            smtp.forget_utf8();
        }
        let server = start(&smtp.settings()).await;
        send(&server, "jörg@müller.example").await;
        until_empty(&server).await;
        let expected: &[&str] = if known { &["TO:<jörg@xn--mller-kva.example>"] } else { &[] };
        assert_eq!(recipients(&smtp), expected);
        let refused = "SELECT COUNT(*) FROM mail WHERE error = 'smtputf8'";
        assert_eq!(sqlx_count(&server, refused).await, i64::from(!known));
    }
}

#[tokio::test]
async fn every_try_carries_the_same_message() {
    let smtp = Smtp::start().await;
    let server = start(&smtp.settings()).await;
    // The server took it and the answer was lost: this is when a mail comes twice.
    smtp.fail(Step::Message, Fault::Answer("garbage"));
    send(&server, "rita@post.example").await;
    until_postponed(&server, &smtp).await;
    let database = server.database().await;
    server.clock.advance(HOUR);
    let claimed = database.claim_mail(server.clock.now(), server.clock.now() + 20).await.unwrap().unwrap();
    // Claimed by somebody who then dies. It is nobody else's until the claim runs out.
    server.clock.advance(19);
    send(&server, "karl@post.example").await;
    eventually(async || (smtp.taken().len() == 1).then_some(())).await;
    assert_eq!(recipients(&smtp), ["TO:<karl@post.example>"]);
    server.clock.advance(1);
    server.service.wake_mails();
    until_empty(&server).await;
    let mail = smtp.taken().pop().unwrap();
    let mail = parsed(&mail.message);
    assert_eq!(mail.message_id(), Some(claimed.message_id.as_str()));
    assert_eq!(mail.date().unwrap().to_timestamp(), claimed.created);
}

#[tokio::test]
async fn without_encryption_nothing_is_said() {
    for (security, code) in [("tls", "connect tls"), ("starttls", "starttls unsupported")] {
        let smtp = Smtp::start().await;
        let flags = [smtp.settings(), vec!["--smtp-security".to_owned(), security.to_owned()]].concat();
        let server = start(&flags).await;
        send(&server, "rita@post.example").await;
        let found = format!("SELECT COUNT(*) FROM mail WHERE state = 'waiting' AND error = '{code}'");
        let file = server.folder.path().join("siegel.db");
        let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}", file.display())).await.unwrap();
        eventually(async || {
            let count: i64 =
                sqlx::query_scalar(sqlx::AssertSqlSafe(found.clone())).fetch_one(&pool).await.unwrap();
            (count == 1).then_some(())
        })
        .await;
        assert!(smtp.taken().is_empty());
        assert!(!smtp.heard().contains("AUTH"), "the password was said in the open: {}", smtp.heard());
    }
}

#[tokio::test]
async fn a_clock_that_jumps_starts_no_second_try_beside_the_first() {
    let smtp = Smtp::start().await;
    let server = start(&impatient(smtp.settings())).await;
    smtp.fail(Step::Message, Fault::Silence);
    send(&server, "rita@post.example").await;
    eventually(async || smtp.failed_all().then_some(())).await;
    // The mail server says nothing for another second; by the clock the claim has run out.
    server.clock.advance(DAY);
    send(&server, "karl@post.example").await;
    eventually(async || (smtp.taken().len() == 1).then_some(())).await;
    assert_eq!(recipients(&smtp), ["TO:<karl@post.example>"]);
}

#[tokio::test]
async fn a_mail_is_given_up_after_five_days_and_a_code_when_it_is_worthless() {
    let smtp = Smtp::start().await;
    let server = start(&smtp.settings()).await;
    for days in [0, 4] {
        smtp.fail(Step::Recipient, Fault::Answer("450 full"));
        server.clock.advance(days * DAY);
        if days == 0 {
            send(&server, "rita@post.example").await;
        }
        server.service.wake_mails();
        until_postponed(&server, &smtp).await;
    }
    smtp.fail(Step::Recipient, Fault::Answer("450 full"));
    server.clock.advance(DAY);
    server.service.wake_mails();
    until_empty(&server).await;
    assert_eq!(sqlx_count(&server, "SELECT COUNT(*) FROM mail WHERE state = 'refused'").await, 1);

    smtp.fail(Step::Recipient, Fault::Answer("450 full"));
    let code = Letter::Code { purpose: Purpose::Reset, code: "12345678".to_owned(), minutes: 30 };
    server.service.mail("rita@post.example", Language::De, &code).await.unwrap();
    until_postponed(&server, &smtp).await;
    server.clock.advance(30 * 60);
    server.service.wake_mails();
    until_empty(&server).await;
    assert!(smtp.taken().is_empty());
    let late = "SELECT COUNT(*) FROM mail WHERE error = 'too late' AND payload IS NULL";
    assert_eq!(sqlx_count(&server, late).await, 1);
}

#[tokio::test]
async fn senders_see_what_became_of_each_mail_and_revoking_takes_back_what_waits() {
    let smtp = Smtp::start().await;
    let server = start(&smtp.settings()[..]).await;
    let (flags, folder) = (smtp.settings(), std::sync::Arc::clone(&server.folder));
    let clock = server.clock.clone();
    server.stop().await;
    // A delivery, made while the server believes its own address: the queue waits meanwhile.
    let plain = Running::start_in(folder, clock, &[]).await;
    plain.set_up("admin@amt.example").await;
    let admin = plain.log_in("admin@amt.example", PASSWORD).await;
    let sealed = plain.send(&admin, &[b"ciphertext"], 100).await;
    let server = plain.restart(&flags.iter().map(String::as_str).collect::<Vec<_>>()).await;

    let recipients = [1, 2, 3].map(|number| RecipientId([number; 16]));
    let database = server.database().await;
    let enqueue = async |number: usize, address: &str| {
        let mail = server.service.new_mail(address, Language::De, &invitation()).unwrap();
        let mail = mail.to_recipient(sealed.id, recipients[number]);
        database.enqueue_mail(&mail).await.unwrap();
        server.service.wake_mails();
    };
    let states = async || {
        let mut states = database.mail_states(&sealed.id).await.unwrap();
        states.sort_by_key(|(recipient, _)| *recipient);
        states.into_iter().map(|(_, state)| state).collect::<Vec<_>>()
    };
    let now = server.clock.now();
    smtp.fail(Step::Recipient, Fault::Answer("550 no"));
    enqueue(0, "wrong@post.example").await;
    eventually(async || (states().await == [MailState::Refused(now)]).then_some(())).await;
    enqueue(1, "rita@post.example").await;
    eventually(async || (states().await == [MailState::Refused(now), MailState::Gone(now)]).then_some(()))
        .await;
    smtp.fail(Step::Recipient, Fault::Answer("450 later"));
    enqueue(2, "karl@post.example").await;
    until_postponed(&server, &smtp).await;
    assert_eq!(states().await, [MailState::Refused(now), MailState::Gone(now), MailState::Waiting]);
    // The latest counts.
    enqueue(0, "right@post.example").await;
    eventually(async || (states().await[0] == MailState::Gone(now)).then_some(())).await;

    // Mails about one delivery belong together.
    let taken = smtp.taken();
    let threads: Vec<_> = taken.iter().map(|taken| parsed(&taken.message).references().clone()).collect();
    assert!(threads.len() == 2 && threads[0] == threads[1], "{threads:?}");
    assert_eq!(threads[0], *parsed(&taken[0].message).in_reply_to());

    let delete = server.foreign_call(Method::DELETE, &path::delivery(&sealed.id));
    let delete = delete.header("origin", "https://siegel.example");
    let cookie = admin.cookie.replace("siegel=", "__Host-siegel=");
    assert_eq!(delete.header("cookie", cookie).send().await.unwrap().status(), 204);
    assert_eq!(states().await, [MailState::Gone(now), MailState::Gone(now)]);
    assert_eq!(next(&server).await, None);
}

#[tokio::test]
async fn a_try_that_runs_is_finished_before_the_server_stops() {
    let smtp = Smtp::start().await;
    let server = start(&impatient(smtp.settings())).await;
    let folder = std::sync::Arc::clone(&server.folder);
    smtp.fail(Step::Message, Fault::Silence);
    send(&server, "rita@post.example").await;
    eventually(async || smtp.failed_all().then_some(())).await;
    assert!(server.stop().await);
    // Its end was written down: it waits for its next try, and not for the end of its claim.
    let database = blob_server::store::MetaStore::open(&folder.path().join("siegel.db")).await.unwrap();
    assert!(database.next_mail().await.unwrap().is_some());
    let text = std::fs::read(folder.path().join("siegel.db")).unwrap();
    assert!(text.windows(15).any(|window| window == b"message timeout"));
}
