//! What the holder of a link may do.

use blob_api::*;
use reqwest::Method;
use sqlx::SqlitePool;

use crate::harness::*;

async fn sent(settings: &[&str]) -> (Running, Person, Sealed) {
    let (server, admin) = Running::with_admin(settings).await;
    let sealed = server.send(&admin, &[b"ciphertext"], 100).await;
    (server, admin, sealed)
}

/// Rows as the database has them.
async fn rows(server: &Running, query: &'static str) -> Vec<(String, i64)> {
    let file = server.folder.path().join("siegel.db");
    let pool = SqlitePool::connect(file.to_str().unwrap()).await.unwrap();
    let rows = sqlx::query_as(query).fetch_all(&pool).await.unwrap();
    pool.close().await;
    rows
}

#[tokio::test]
async fn asking_changes_nothing() {
    let (server, _, sealed) = sent(&[]).await;
    for _ in 0..20 {
        let state: LinkState = read(sealed.state(&server).await).await;
        assert_eq!((state.sender.as_str(), state.level, state.password), (ADMIN_NAME, Level::One, true));
        let head = server.call(Method::HEAD, &path::state(&sealed.id)).bearer_auth(sealed.gate.to_text());
        assert_eq!(head.send().await.unwrap().status(), 200);
    }
    assert!(rows(&server, "SELECT email, opened FROM opening").await.is_empty());
}

#[tokio::test]
async fn openings_and_collections_are_recorded() {
    let (server, admin) = Running::with_admin(&[]).await;
    let sealed = server.send(&admin, &[b"first", b"second"], 100).await;
    let opening = sealed.open(&server).await;
    let now = server.clock.now();
    let openings = rows(&server, "SELECT email, opened FROM opening").await;
    assert_eq!(openings[0].0, "Rita@post.example");
    assert!((0..5).contains(&(now - openings[0].1)));
    // Only the token's hash is kept.
    let hashes = rows(&server, "SELECT lower(hex(token_hash)), 0 FROM opening").await;
    let raw: String = opening.0.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_ne!(hashes[0].0, raw);

    let collected = |blobs: Vec<BlobId>| {
        let request = server.call(Method::POST, &path::collected(&sealed.id)).bearer_auth(opening.to_text());
        request.json(&Collected { blobs }).send()
    };
    let [first, second] = [0, 1].map(|file: usize| sealed.files[file].0);
    assert_eq!(collected(vec![]).await.unwrap().status(), 204);
    for _ in 0..2 {
        assert_eq!(collected(vec![first]).await.unwrap().status(), 204);
    }
    let times = async || rows(&server, "SELECT lower(hex(blob)), collected FROM collection").await;
    let alone = times().await;
    assert_eq!(alone.len(), 1);
    refused(collected(vec![second, BlobId([1; 16])]).await.unwrap(), ProblemKind::NotFound).await;
    assert_eq!(times().await, alone, "all or none");
    server.clock.advance(60);
    assert_eq!(collected(vec![first, second, second]).await.unwrap().status(), 204);
    let both = times().await;
    assert!(both.len() == 2 && both.contains(&alone[0]), "each keeps its first time: {both:?}");
    refused(collected(vec![first; Collected::MOST + 1]).await.unwrap(), ProblemKind::TooLarge).await;
    assert_eq!(collected(vec![first; Collected::MOST]).await.unwrap().status(), 204);
}

#[tokio::test]
async fn wrong_passwords_wait_longer_and_longer() {
    let (server, _, sealed) = sent(&[]).await;
    let wrong = Token([1; 32]);
    for _ in 0..5 {
        refused(sealed.try_open(&server, &wrong).await, ProblemKind::WrongPassword).await;
    }
    // Now even the right one has to wait, also after a restart.
    let problem = refused(sealed.try_open(&server, &sealed.auth).await, ProblemKind::TooMany).await;
    assert!((25..=30).contains(&problem.retry_after.unwrap()));
    let server = server.restart(&[]).await;
    refused(sealed.try_open(&server, &sealed.auth).await, ProblemKind::TooMany).await;

    server.clock.advance(30);
    refused(sealed.try_open(&server, &wrong).await, ProblemKind::WrongPassword).await;
    let problem = refused(sealed.try_open(&server, &wrong).await, ProblemKind::TooMany).await;
    assert!((55..=60).contains(&problem.retry_after.unwrap()));
    server.clock.advance(60);
    sealed.open(&server).await;
    // The right password has reset the count.
    refused(sealed.try_open(&server, &wrong).await, ProblemKind::WrongPassword).await;
    sealed.open(&server).await;
}

#[tokio::test]
async fn without_a_password_nobody_waits() {
    let (server, admin) = Running::with_admin(&[]).await;
    let sealed = Sealed::new(&[]);
    let body = CreateDelivery { password: false, ..sealed.create_body() };
    let request = admin.call(&server, Method::POST, path::DELIVERIES).json(&body);
    assert_eq!(request.send().await.unwrap().status(), 201);
    sealed.put_cover(&server, &admin, COVER_BYTES).await;
    let _: Sent = ok(admin.call(&server, Method::POST, &path::send(&sealed.id)).json(&to_anyone())).await;
    for _ in 0..10 {
        refused(sealed.try_open(&server, &Token([1; 32])).await, ProblemKind::WrongPassword).await;
    }
    sealed.open(&server).await;
}

#[tokio::test]
async fn openings_have_a_limit_a_day() {
    let (server, _, sealed) = sent(&[]).await;
    let file = server.folder.path().join("siegel.db");
    let pool = SqlitePool::connect(file.to_str().unwrap()).await.unwrap();
    let many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
                INSERT INTO opening (delivery, token_hash, email, opened) SELECT $1, randomblob(32), 'a@b', $2 FROM n";
    let now = server.clock.now();
    sqlx::query(many).bind(&sealed.id.0[..]).bind(now - HOUR).execute(&pool).await.unwrap();
    pool.close().await;
    sealed.open(&server).await;
    let problem = refused(sealed.try_open(&server, &sealed.auth).await, ProblemKind::TooMany).await;
    assert_eq!(problem.retry_after, Some((23 * HOUR) as u64));
    server.clock.advance(23 * HOUR);
    sealed.open(&server).await;
}

#[tokio::test]
async fn guesses_at_the_same_time_all_count() {
    let (server, _, sealed) = sent(&[]).await;
    let wrong = Token([1; 32]);
    let guesses = (0..20).map(|_| sealed.try_open(&server, &wrong));
    let answers = futures_util::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|answer| answer.status() == 403).count();
    assert_eq!(looked_at, 5);
    assert!(answers.iter().all(|answer| matches!(answer.status().as_u16(), 403 | 429)));
}

#[tokio::test]
async fn strangers_cannot_make_the_holder_wait() {
    let (server, _, sealed) = sent(&[]).await;
    let open = OpenDelivery { email: Some("r@post.example".to_owned()), auth: Token([1; 32]) };
    for _ in 0..10 {
        let request =
            server.call(Method::POST, &path::openings(&sealed.id)).bearer_auth(Token([2; 32]).to_text());
        refused(request.json(&open).send().await.unwrap(), ProblemKind::NotFound).await;
    }
    sealed.open(&server).await;
}

#[tokio::test]
async fn opening_needs_an_address() {
    let (server, _, sealed) = sent(&[]).await;
    for email in ["", "nobody", "a@b\r\nBcc: c@d", "a@@b"] {
        let open = OpenDelivery { email: Some(email.to_owned()), auth: sealed.auth.clone() };
        let request =
            server.call(Method::POST, &path::openings(&sealed.id)).bearer_auth(sealed.gate.to_text());
        refused(request.json(&open).send().await.unwrap(), ProblemKind::BadRequest).await;
    }
    assert!(rows(&server, "SELECT email, opened FROM opening").await.is_empty());
}

#[tokio::test]
async fn an_opening_is_good_for_a_day() {
    let (server, _, sealed) = sent(&[]).await;
    let opening = sealed.open(&server).await;
    let fetch = || sealed.fetch(&server, &opening, &path::cover(&sealed.id)).send();
    server.clock.advance(24 * HOUR - 5);
    assert_eq!(fetch().await.unwrap().status(), 200);
    server.clock.advance(5);
    refused(fetch().await.unwrap(), ProblemKind::LoggedOut).await;
    assert_ne!(sealed.open(&server).await, opening);
}
