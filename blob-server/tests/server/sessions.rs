//! Set-up, login, sessions.

use blob_api::*;
use reqwest::Method;
use reqwest::header::{COOKIE, SET_COOKIE};

use crate::harness::*;

#[tokio::test]
async fn the_set_up_link_works_once() {
    let server = Running::start(&[]).await;
    let before: Instance = read(server.get(path::INSTANCE).await).await;
    assert!(!before.set_up);

    let (token, upload) = server.register("admin@amt.example", PASSWORD).await;
    let finish = |token: &Token, email: &str, name: &str| SetupFinish {
        token: token.clone(),
        email: email.to_owned(),
        name: name.to_owned(),
        language: Language::En,
        upload: upload.clone(),
    };
    let post = |finish: SetupFinish| server.call(Method::POST, path::SETUP_FINISH).json(&finish).send();
    for (wrong, kind) in [
        (finish(&Token([7; 32]), "admin@amt.example", "E"), ProblemKind::SetupRefused),
        (finish(&token, "no address", "E"), ProblemKind::BadRequest),
        (finish(&token, "admin@amt.example", "  "), ProblemKind::BadRequest),
        (finish(&token, "admin@amt.example", "two\nlines"), ProblemKind::BadRequest),
        (finish(&token, "admin@amt.example", &"x".repeat(101)), ProblemKind::BadRequest),
        (
            SetupFinish { upload: Opaque(vec![1; 20]), ..finish(&token, "admin@amt.example", "E") },
            ProblemKind::BadRequest,
        ),
    ] {
        refused(post(wrong).await.unwrap(), kind).await;
    }
    assert_eq!(post(finish(&token, "Admin@Amt.example", "Erika")).await.unwrap().status(), 204);
    refused(post(finish(&token, "second@amt.example", "S")).await.unwrap(), ProblemKind::SetupRefused).await;
    let after: Instance = read(server.get(path::INSTANCE).await).await;
    assert!(after.set_up);

    let server = server.restart(&[]).await;
    assert!(server.setup_token.is_none());
    let start = SetupStart { token, email: "x@y".to_owned(), request: Opaque(vec![]) };
    let response = server.call(Method::POST, path::SETUP_START).json(&start).send().await.unwrap();
    refused(response, ProblemKind::SetupRefused).await;
    server.log_in("ADMIN@amt.example", PASSWORD).await;
}

#[tokio::test]
async fn each_start_makes_another_set_up_link() {
    let server = Running::start(&[]).await;
    let first = server.setup_token.clone().unwrap();
    let server = server.restart(&[]).await;
    assert!(first != server.setup_token.clone().unwrap());
    let start = SetupStart { token: first, email: "x@y".to_owned(), request: Opaque(vec![]) };
    let response = server.call(Method::POST, path::SETUP_START).json(&start).send().await.unwrap();
    refused(response, ProblemKind::SetupRefused).await;
}

#[tokio::test]
async fn a_session_begins_and_ends() {
    let (server, admin) = Running::with_admin(&[]).await;
    let session: Session = ok(admin.call(&server, Method::GET, path::SESSION)).await;
    assert_eq!(
        (session.email.as_str(), session.name.as_str(), session.role),
        ("admin@amt.example", "Erika Muster", Role::Admin)
    );

    let out = admin.call(&server, Method::DELETE, path::SESSION).send().await.unwrap();
    assert_eq!(out.status(), 204);
    assert_eq!(out.headers()[SET_COOKIE], "siegel=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    refused(admin.call(&server, Method::GET, path::SESSION).send().await.unwrap(), ProblemKind::LoggedOut)
        .await;
    refused(server.get(path::SESSION).await, ProblemKind::LoggedOut).await;
    for cookie in [
        "siegel=",
        "siegel=x",
        "siegel",
        "other=1; siegel2=3",
        &format!("siegel={}", Token([1; 32]).to_text()),
    ] {
        let response = server.call(Method::GET, path::SESSION).header(COOKIE, cookie).send().await.unwrap();
        refused(response, ProblemKind::LoggedOut).await;
    }
}

#[tokio::test]
async fn sessions_end_by_idling_and_by_age() {
    let (server, admin) =
        Running::with_admin(&["--session-idle-minutes", "60", "--session-hours", "3"]).await;
    let session = || admin.call(&server, Method::GET, path::SESSION).send();
    for _ in 0..3 {
        server.clock.advance(50 * 60);
        assert_eq!(session().await.unwrap().status(), 200, "each use counts");
    }
    server.clock.advance(40 * 60);
    refused(session().await.unwrap(), ProblemKind::LoggedOut).await;

    let admin = server.log_in("admin@amt.example", PASSWORD).await;
    server.clock.advance(61 * 60);
    refused(admin.call(&server, Method::GET, path::SESSION).send().await.unwrap(), ProblemKind::LoggedOut)
        .await;
    assert_eq!(server.service.sweep().await.unwrap().sessions, 2);
}

#[tokio::test]
async fn cookies_are_locked_down() {
    let (server, _) = Running::with_admin(&[]).await;
    let plain = server.try_log_in("admin@amt.example", PASSWORD).await;
    let plain = plain.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(
        plain.starts_with("siegel=") && plain.ends_with("; Path=/; Max-Age=86400; HttpOnly; SameSite=Strict"),
        "{plain}"
    );

    let server = server.restart(&["--public-url", &format!("https://{}", "127.0.0.1")]).await;
    let (client, request) = crypto_core::login::ClientLogin::start(
        crypto_core::kdf::Password::new(PASSWORD).unwrap(),
        &mut rng(),
    )
    .unwrap();
    let post = |path| server.foreign_call(Method::POST, path).header("origin", "https://127.0.0.1");
    let start = LoginStart { email: "admin@amt.example".to_owned(), request: Opaque(request) };
    let challenge: LoginChallenge = ok(post(path::LOGIN_START).json(&start)).await;
    let name = crypto_core::login::LoginName::new("admin@amt.example").unwrap();
    let finalization = Opaque(client.finish(&name, &challenge.response.0, &mut rng()).unwrap());
    let finish = LoginFinish { login: challenge.login, finalization };
    let response = post(path::LOGIN_FINISH).json(&finish).send().await.unwrap();
    let secure = response.headers()[SET_COOKIE].to_str().unwrap();
    assert!(
        secure.starts_with("__Host-siegel=") && secure.ends_with("; HttpOnly; SameSite=Strict; Secure"),
        "{secure}"
    );
    assert_eq!(response.headers()["strict-transport-security"], "max-age=31536000");
    // The plain cookie, which a neighbour on http could have set, is not looked at.
    let forged = secure.split(';').next().unwrap().trim_start_matches("__Host-");
    let response =
        server.foreign_call(Method::GET, path::SESSION).header(COOKIE, forged).send().await.unwrap();
    refused(response, ProblemKind::LoggedOut).await;
}

#[tokio::test]
async fn wrong_logins_look_alike() {
    let (server, _) = Running::with_admin(&[]).await;
    let known = refused(server.try_log_in("admin@amt.example", "wrong").await, ProblemKind::WrongLogin).await;
    let unknown =
        refused(server.try_log_in("nobody@amt.example", PASSWORD).await, ProblemKind::WrongLogin).await;
    assert_eq!(known, unknown);

    let challenge = async |email: &str| {
        let password = crypto_core::kdf::Password::new(PASSWORD).unwrap();
        let (_, request) = crypto_core::login::ClientLogin::start(password, &mut rng()).unwrap();
        let start = LoginStart { email: email.to_owned(), request: Opaque(request) };
        ok::<LoginChallenge>(server.call(Method::POST, path::LOGIN_START).json(&start)).await
    };
    let (known, unknown) = (challenge("admin@amt.example").await, challenge("nobody@amt.example").await);
    assert_eq!(known.response.0.len(), unknown.response.0.len());
}

#[tokio::test]
async fn a_login_attempt_is_good_once_and_for_a_minute() {
    let (server, _) = Running::with_admin(&[]).await;
    let attempt = async || server.begin_log_in("admin@amt.example", PASSWORD).await;
    let finish = |body: &LoginFinish| server.call(Method::POST, path::LOGIN_FINISH).json(body).send();

    let replayed = attempt().await;
    assert_eq!(finish(&replayed).await.unwrap().status(), 200);
    refused(finish(&replayed).await.unwrap(), ProblemKind::WrongLogin).await;

    let (in_time, late) = (attempt().await, attempt().await);
    server.clock.advance(30);
    assert_eq!(finish(&in_time).await.unwrap().status(), 200);
    server.clock.advance(30);
    refused(finish(&late).await.unwrap(), ProblemKind::WrongLogin).await;
}

#[tokio::test]
async fn guessing_logins_is_slowed_down() {
    let (server, _) = Running::with_admin(&[]).await;
    for _ in 0..5 {
        refused(server.try_log_in("admin@amt.example", "wrong").await, ProblemKind::WrongLogin).await;
    }
    // Asking for a challenge is a guess already: OPAQUE tells the client with it whether it was right.
    let start = LoginStart { email: "admin@amt.example".to_owned(), request: Opaque(vec![]) };
    let begin = || server.call(Method::POST, path::LOGIN_START).json(&start).send();
    let problem = refused(begin().await.unwrap(), ProblemKind::TooMany).await;
    assert!((29..=30).contains(&problem.retry_after.unwrap()));
    server.clock.advance(30);
    server.log_in("admin@amt.example", PASSWORD).await;
    refused(server.try_log_in("admin@amt.example", "wrong").await, ProblemKind::WrongLogin).await;
}

#[tokio::test]
async fn bodies_that_break_the_contract() {
    let server = Running::start(&[]).await;
    let token = Token([0; 32]).to_text();
    for path in [path::SETUP_START, path::SETUP_FINISH, path::LOGIN_START, path::LOGIN_FINISH] {
        for body in ["", "{", "[]", "null", "{}", r#"{"email":5}"#, "\u{0}"] {
            let request =
                server.call(Method::POST, path).header("content-type", "application/json").body(body);
            refused(request.send().await.unwrap(), ProblemKind::BadRequest).await;
        }
    }
    for body in [
        format!(r#"{{"token":"{token}","email":"a@b","request":"","more":1}}"#),
        format!(r#"{{"token":"{token}","token":"{token}","email":"a@b","request":""}}"#),
        format!(r#"{{"token":"{token}=","email":"a@b","request":""}}"#),
        format!(r#"{{"token":"{token}","email":"a@b","request":"+"}}"#),
    ] {
        let request = server.call(Method::POST, path::SETUP_START).header("content-type", "application/json");
        refused(request.body(body).send().await.unwrap(), ProblemKind::BadRequest).await;
    }
    for email in ["", "nobody", "a@b@c", "a b@c", "a@b\r\nBcc: c@d"] {
        let start = LoginStart { email: email.to_owned(), request: Opaque(vec![]) };
        let response = server.call(Method::POST, path::LOGIN_START).json(&start).send().await.unwrap();
        refused(response, ProblemKind::BadRequest).await;
    }
}
