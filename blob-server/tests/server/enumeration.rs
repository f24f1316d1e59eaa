//! Nobody learns from an answer, or from the time it takes, who has an account.

use std::time::{Duration, Instant};

use blob_api::*;
use blob_server::store::NewAccount;
use crypto_core::kdf::Password;
use crypto_core::login::{ClientLogin, Record};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::boxes::*;
use crate::harness::*;

/// Look-ups of addresses with an account, and as many of others.
const EACH: usize = 250;
/// Standard deviations of a rank sum that chance does not reach: once in two million times.
const BOUND: f64 = 5.0;

/// Nobody is held up.
const MANY: [&str; 6] =
    ["--logins-per-minute", "100000", "--codes-per-hour", "100000", "--requests-per-second", "10000"];

/// An answer without what is random in it; what takes part in it is its length.
async fn shape(request: RequestBuilder) -> String {
    let response = request.send().await.unwrap();
    let status = response.status();
    let mut headers: Vec<_> = response
        .headers()
        .iter()
        .map(|(name, value)| match name.as_str() {
            "date" | "x-request-id" => format!("{name}: {}", value.len()),
            _ => format!("{name}: {value:?}"),
        })
        .collect();
    headers.sort();
    let text = response.text().await.unwrap();
    let mut body: Value = if text.is_empty() { json!({}) } else { serde_json::from_str(&text).unwrap() };
    for (name, value) in body.as_object_mut().unwrap() {
        if ["login", "response", "proof"].contains(&name.as_str()) {
            *value = value.as_str().unwrap().len().into();
        }
    }
    format!("{status} {headers:?} {body}")
}

/// Mann and Whitney: how far the ranks of the first are from those of the second, in standard deviations.
fn rank_distance(first: &[Duration], second: &[Duration]) -> f64 {
    let wins: f64 = first
        .iter()
        .flat_map(|one| second.iter().map(move |other| one.cmp(other)))
        .map(|order| match order {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        })
        .sum();
    let (n, m) = (first.len() as f64, second.len() as f64);
    (wins - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

fn quantile(times: &[Duration], part: f64) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted[(sorted.len() as f64 * part) as usize]
}

/// Asks about both kinds of addresses in an order of chance, and compares all that can be seen.
async fn look_alike(what: &str, request: impl Fn(&str) -> RequestBuilder) {
    let mut addresses: Vec<_> = (0..EACH)
        .flat_map(|number| {
            [
                (true, format!("known-{number:03}@amt.example")),
                (false, format!("other-{number:03}@amt.example")),
            ]
        })
        .collect();
    fastrand::shuffle(&mut addresses);
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    let mut first = None;
    for (has_account, address) in &addresses {
        let request = request(address);
        let started = Instant::now();
        let shape = shape(request).await;
        if *has_account { &mut known } else { &mut unknown }.push(started.elapsed());
        assert_eq!(&shape, first.get_or_insert_with(|| shape.clone()), "{what} of {address}");
    }
    let distance = rank_distance(&known, &unknown);
    let medians = (quantile(&known, 0.5), quantile(&unknown, 0.5));
    assert!(distance.abs() < BOUND, "{what}: medians {medians:?}, rank distance {distance:.1}");
    // Half of what lies between the quartiles would not have passed.
    let spread = quantile(&unknown, 0.75) - quantile(&unknown, 0.25);
    let slower: Vec<_> = known.iter().map(|time| *time + spread / 2).collect();
    assert!(rank_distance(&slower, &unknown) > BOUND, "{what} is measured too coarsely");
}

/// Makes the accounts of the known addresses.
async fn know_some(server: &Running, record: &[u8]) {
    let meta = server.database().await;
    for number in 0..EACH {
        let email = format!("known-{number:03}@amt.example");
        let language = Language::De;
        let new = NewAccount {
            public_id: AccountId(random()),
            email: &email,
            name: "Karl",
            role: Role::Staff,
            language,
            record,
        };
        meta.create_account(&new, 0).await.unwrap();
    }
}

#[tokio::test]
async fn five_hundred_look_ups_of_each_kind_tell_nothing() {
    let server = Running::start(&MANY).await;
    let (_, upload) = server.register("known@amt.example", PASSWORD).await;
    know_some(&server, &Record::from_upload(&upload.0).unwrap().to_bytes()).await;
    let (_, opaque) = ClientLogin::start(Password::new(PASSWORD).unwrap(), &mut rng()).unwrap();
    look_alike("login", |email| {
        let start = LoginStart { email: email.to_owned(), request: Opaque(opaque.clone()) };
        server.call(Method::POST, path::LOGIN_START).json(&start)
    })
    .await;
    for purpose in [Purpose::Register, Purpose::Reset] {
        look_alike(&format!("{purpose:?}"), |email| {
            let ask = AskCode { email: email.to_owned(), purpose, language: Language::De };
            server.call(Method::POST, path::CODES).json(&ask)
        })
        .await;
    }
    // Only mailboxes know more.
    let asked = 2 * EACH as i64;
    server.written_mails("known-000@amt.example").await;
    assert_eq!(server.count("SELECT COUNT(*) FROM mail WHERE address LIKE 'known-%'").await, asked);
    assert_eq!(server.count("SELECT COUNT(*) FROM mail WHERE address LIKE 'other-%'").await, 0);
}

#[tokio::test]
async fn five_hundred_requests_for_tickets_tell_nothing() {
    let (server, _) = Running::with_box(&MANY, &box_settings(BOX, None)).await;
    // Nobody logs in.
    know_some(&server, &[]).await;
    look_alike("ticket", |email| {
        let ask = AskTicket { email: email.to_owned(), language: Language::De };
        server.call(Method::POST, &path::tickets(BOX)).json(&ask)
    })
    .await;
}

#[test]
fn differences_are_found() {
    let times =
        |offset: u64| (0..100).map(move |number| Duration::from_micros(1000 + offset + number * 7 % 100));
    let (one, same, other) =
        (times(0).collect::<Vec<_>>(), times(0).rev().collect::<Vec<_>>(), times(50).collect::<Vec<_>>());
    assert!(rank_distance(&one, &same).abs() < 0.01);
    assert!(rank_distance(&other, &one) > BOUND && rank_distance(&one, &other) < -BOUND);
}
