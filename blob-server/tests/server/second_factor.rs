//! Second factors: authenticator app and recovery codes. Passkeys: `passkeys.rs`.

use blob_api::*;
use reqwest::header::SET_COOKIE;
use reqwest::{Method, Response};
use totp_rs::{Builder, Secret};

use crate::harness::*;

pub const ADMIN: &str = "admin@amt.example";

/// An authenticator app.
pub struct App(totp_rs::Totp);

impl App {
    /// Types the secret in.
    pub fn new(offer: &TotpOffer) -> Self {
        let secret = Secret::try_from_base32(&offer.secret.0).unwrap();
        Self(Builder::new().with_secret(secret).build().unwrap())
    }

    pub fn code(&self, server: &Running) -> String {
        self.0.generate(server.clock.now() as u64).to_string()
    }
}

impl Running {
    /// A server with an admin whose session may change factors.
    pub async fn with_confirmed_admin() -> (Self, Person) {
        let (server, admin) = Self::with_admin(&[]).await;
        assert_eq!(server.confirm(&admin, ADMIN, PASSWORD).await.status(), 204);
        (server, admin)
    }

    /// Sets an authenticator app up.
    pub async fn add_app(&self, person: &Person) -> (App, RecoveryCodes) {
        let offer: TotpOffer = ok(person.call(self, Method::POST, path::TOTP)).await;
        let app = App::new(&offer);
        let confirm = TotpConfirm { code: Hidden(app.code(self)) };
        let codes = ok(person.call(self, Method::POST, path::TOTP_CONFIRM).json(&confirm)).await;
        self.clock.advance(30);
        (app, codes)
    }

    /// The first step of a login, which does not suffice.
    pub async fn first_step(&self) -> SecondFactorNeeded {
        let response = self.try_log_in(ADMIN, PASSWORD).await;
        assert_eq!((response.status().as_u16(), response.headers().get(SET_COOKIE)), (200, None));
        match read(response).await {
            LoginAnswer::SecondFactor(needed) => needed,
            LoginAnswer::Session(_) => panic!("the password alone logged in"),
        }
    }

    pub async fn second_step(&self, login: &Token, shown: Factor) -> Response {
        let body = SecondFactor { login: login.clone(), shown };
        self.call(Method::POST, path::LOGIN_SECOND).json(&body).send().await.unwrap()
    }

    pub async fn account(&self, person: &Person) -> AccountInfo {
        ok(person.call(self, Method::GET, path::ACCOUNT)).await
    }
}

fn totp(code: impl Into<String>) -> Factor {
    Factor::Totp(Hidden(code.into()))
}

fn recovery(code: impl Into<String>) -> Factor {
    Factor::Recovery(Hidden(code.into()))
}

#[tokio::test]
async fn the_app_is_asked_for_from_its_first_code_on() {
    let (server, admin) = Running::with_confirmed_admin().await;
    let replaced: TotpOffer = ok(admin.call(&server, Method::POST, path::TOTP)).await;
    let offer: TotpOffer = ok(admin.call(&server, Method::POST, path::TOTP)).await;
    assert!(offer.uri.0.starts_with("otpauth://totp/Siegel:admin%40amt.example?secret="), "{}", offer.uri.0);
    assert!(offer.uri.0.contains(&offer.secret.0) && offer.secret != replaced.secret);
    server.log_in(ADMIN, PASSWORD).await;
    assert!(!server.account(&admin).await.totp);

    let confirm = async |code: String| {
        let body = TotpConfirm { code: Hidden(code) };
        admin.call(&server, Method::POST, path::TOTP_CONFIRM).json(&body).send().await.unwrap()
    };
    let app = App::new(&offer);
    refused(confirm(App::new(&replaced).code(&server)).await, ProblemKind::WrongCode).await;
    let codes: RecoveryCodes = read(confirm(app.code(&server)).await).await;
    assert_eq!(codes.codes.len(), 10);
    refused(confirm(app.code(&server)).await, ProblemKind::WrongCode).await;
    let account = server.account(&admin).await;
    assert_eq!((account.totp, account.recovery_codes), (true, 10));

    let needed = server.first_step().await;
    assert_eq!((needed.totp, needed.passkey.as_deref(), needed.recovery_codes), (true, None, 10));
    // The code that set it up was shown already.
    refused(server.second_step(&needed.login, totp(app.code(&server))).await, ProblemKind::WrongCode).await;
    server.clock.advance(30);
    let response = server.second_step(&needed.login, totp(app.code(&server))).await;
    let person = Person::with_cookie_of(&response);
    let session: Session = read(response).await;
    assert_eq!(session.email, ADMIN);
    assert_eq!(server.account(&person).await.sessions.len(), 3);
    let mails = server.wait_for_mails(ADMIN, 1).await;
    assert_eq!(mails.len(), 1, "the mailbox is told of the app");
}

#[tokio::test]
async fn a_code_works_once_and_near_its_time() {
    let (server, admin) = Running::with_confirmed_admin().await;
    let (app, _) = server.add_app(&admin).await;
    server.clock.advance(120);
    let [first, second] = [server.first_step().await, server.first_step().await];
    let code = app.code(&server);
    assert_eq!(server.second_step(&first.login, totp(code.clone())).await.status(), 200);
    refused(server.second_step(&second.login, totp(code.clone())).await, ProblemKind::WrongCode).await;
    refused(server.second_step(&first.login, totp(code)).await, ProblemKind::WrongLogin).await;
    // A code of before one that was shown is used up with it; one that is a step early or late works.
    server.clock.advance(60);
    let early = app.code(&server);
    server.clock.advance(30);
    let late = app.code(&server);
    server.clock.advance(-60);
    refused(server.second_step(&second.login, totp(late.clone())).await, ProblemKind::WrongCode).await;
    assert_eq!(server.second_step(&second.login, totp(early)).await.status(), 200);
    server.clock.advance(90);
    let third = server.first_step().await;
    assert_eq!(server.second_step(&third.login, totp(late)).await.status(), 200);
}

/// The same code by two at the same moment is one code.
#[tokio::test]
async fn a_race_for_a_code_has_one_winner() {
    let (server, admin) = Running::with_confirmed_admin().await;
    let (app, codes) = server.add_app(&admin).await;
    for shown in [totp(app.code(&server)), recovery(codes.codes[0].0.clone())] {
        let mut logins = Vec::new();
        for _ in 0..4 {
            logins.push(server.first_step().await.login);
        }
        let shown_by = |login: Token| {
            let shown = match &shown {
                Factor::Totp(code) => totp(code.0.clone()),
                Factor::Recovery(code) | Factor::Passkey(code) => recovery(code.0.clone()),
            };
            let server = &server;
            async move { server.second_step(&login, shown).await.status().as_u16() }
        };
        let answers = futures_util::future::join_all(logins.into_iter().map(shown_by)).await;
        assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
        assert!(answers.iter().all(|status| [200, 403, 429].contains(status)), "{answers:?}");
    }
}

#[tokio::test]
async fn guessing_is_slow() {
    let (server, admin) = Running::with_confirmed_admin().await;
    let (app, _) = server.add_app(&admin).await;
    let wrong = || if app.code(&server) == "000000" { "000001" } else { "000000" };
    let needed = server.first_step().await;
    for _ in 0..5 {
        refused(server.second_step(&needed.login, totp(wrong())).await, ProblemKind::WrongCode).await;
    }
    // This login is over, and the next one has to wait.
    refused(server.second_step(&needed.login, totp(app.code(&server))).await, ProblemKind::WrongLogin).await;
    let needed = server.first_step().await;
    let problem =
        refused(server.second_step(&needed.login, totp(app.code(&server))).await, ProblemKind::TooMany);
    assert_eq!(problem.await.retry_after, Some(30));
    server.clock.advance(30);
    refused(server.second_step(&needed.login, totp(wrong())).await, ProblemKind::WrongCode).await;
    server.clock.advance(30);
    let waiting = server.second_step(&needed.login, recovery("aaaa-bbbb-cccc-dddd")).await;
    refused(waiting, ProblemKind::TooMany).await;
    server.clock.advance(30);
    assert_eq!(server.second_step(&needed.login, totp(app.code(&server))).await.status(), 200);
    // From here on mistakes are free again.
    let needed = server.first_step().await;
    refused(server.second_step(&needed.login, totp(wrong())).await, ProblemKind::WrongCode).await;
    refused(server.second_step(&needed.login, totp(wrong())).await, ProblemKind::WrongCode).await;
}

#[tokio::test]
async fn the_second_step_has_five_minutes() {
    let (server, admin) = Running::with_confirmed_admin().await;
    let (app, _) = server.add_app(&admin).await;
    let [in_time, late] = [server.first_step().await, server.first_step().await];
    server.clock.advance(299);
    assert_eq!(server.second_step(&in_time.login, totp(app.code(&server))).await.status(), 200);
    server.clock.advance(1);
    refused(server.second_step(&late.login, totp(app.code(&server))).await, ProblemKind::WrongLogin).await;
    refused(server.second_step(&Token([1; 32]), totp("123456")).await, ProblemKind::WrongLogin).await;
}

#[tokio::test]
async fn recovery_codes_work_once_each() {
    let (server, admin) = Running::with_confirmed_admin().await;
    let (_, old) = server.add_app(&admin).await;
    let typed = old.codes[0].0.to_uppercase().replace('-', " ");
    let needed = server.first_step().await;
    assert_eq!(server.second_step(&needed.login, recovery(typed)).await.status(), 200);
    let needed = server.first_step().await;
    assert_eq!(needed.recovery_codes, 9);
    let again = server.second_step(&needed.login, recovery(old.codes[0].0.clone())).await;
    refused(again, ProblemKind::WrongCode).await;

    let new: RecoveryCodes = ok(admin.call(&server, Method::POST, path::RECOVERY_CODES)).await;
    assert!(new.codes.len() == 10 && new.codes.iter().all(|code| !old.codes.contains(code)));
    let replaced = server.second_step(&needed.login, recovery(old.codes[1].0.clone())).await;
    refused(replaced, ProblemKind::WrongCode).await;
    let told = "SELECT COUNT(*) FROM mail WHERE kind = 'recovery_code_used'";
    assert_eq!(server.count(told).await, 1, "codes that are none were told");
    assert_eq!(server.second_step(&needed.login, recovery(new.codes[9].0.clone())).await.status(), 200);
    assert_eq!(server.count(told).await, 2);
    let mails = server.wait_for_mails(ADMIN, 4).await;
    let told = mails.iter().filter(|mail| mail.subject == "Ein Ersatzcode wurde verwendet");
    assert_eq!(told.count(), 2);
    let stored = std::fs::read(server.folder.path().join("siegel.db")).unwrap();
    let log = std::fs::read(server.folder.path().join("siegel.db-wal")).unwrap();
    for code in &new.codes {
        let plain = code.0.replace('-', "");
        for text in [code.0.as_bytes(), plain.as_bytes()] {
            assert!(
                ![&stored, &log].iter().any(|bytes| bytes.windows(text.len()).any(|window| window == text))
            );
        }
    }
}

#[tokio::test]
async fn without_a_factor_there_are_no_recovery_codes() {
    let (server, admin) = Running::with_confirmed_admin().await;
    let ask = || admin.call(&server, Method::POST, path::RECOVERY_CODES).send();
    refused(ask().await.unwrap(), ProblemKind::Conflict).await;
    let delete = || admin.call(&server, Method::DELETE, path::TOTP).send();
    refused(delete().await.unwrap(), ProblemKind::NotFound).await;
    let (_, codes) = server.add_app(&admin).await;
    let (_, again) = server.add_app(&admin).await;
    assert!(codes.codes.len() == 10 && again.codes.is_empty(), "those from before go on");
    assert_eq!(delete().await.unwrap().status(), 204);
    assert_eq!(server.account(&admin).await.recovery_codes, 0);
    server.log_in(ADMIN, PASSWORD).await;
    let kinds = server.count("SELECT COUNT(*) FROM mail WHERE kind = 'second_factor_changed'").await;
    assert_eq!(kinds, 3);
}

#[tokio::test]
async fn factors_change_only_after_the_password_was_typed_once_more() {
    let (server, admin) = Running::with_admin(&[]).await;
    let confirm = TotpConfirm { code: Hidden("123456".to_owned()) };
    let made = PasskeyMade { name: "key".to_owned(), credential: "{}".to_owned() };
    let passkey = path::passkey(&PasskeyId([1; 16]));
    let requests = || {
        [
            admin.call(&server, Method::POST, path::TOTP),
            admin.call(&server, Method::POST, path::TOTP_CONFIRM).json(&confirm),
            admin.call(&server, Method::DELETE, path::TOTP),
            admin.call(&server, Method::POST, path::PASSKEYS),
            admin.call(&server, Method::POST, path::PASSKEY_MADE).json(&made),
            admin.call(&server, Method::DELETE, &passkey),
            admin.call(&server, Method::POST, path::RECOVERY_CODES),
        ]
    };
    for request in requests() {
        refused(request.send().await.unwrap(), ProblemKind::Unconfirmed).await;
    }
    assert_eq!(server.confirm(&admin, ADMIN, PASSWORD).await.status(), 204);
    for request in requests() {
        assert_ne!(request.send().await.unwrap().status(), 401);
    }
    server.clock.advance(600);
    for request in requests() {
        refused(request.send().await.unwrap(), ProblemKind::Unconfirmed).await;
    }
}

/// The mailbox alone does not get past what the owner has besides it.
#[tokio::test]
async fn a_new_password_leaves_the_second_factor() {
    let (server, admin) = Running::with_confirmed_admin().await;
    let (app, _) = server.add_app(&admin).await;
    let begun = server.first_step().await;
    let (proof, code) = server.code_for(ADMIN, Purpose::Reset).await;
    let finish = server.show(ADMIN, &proof, &code, "a new password", None).await;
    assert_eq!(server.finish(&finish).await.status(), 204);
    // The old password was right, and counts no more.
    refused(server.second_step(&begun.login, totp(app.code(&server))).await, ProblemKind::WrongLogin).await;
    server.clock.advance(30);
    let response = server.try_log_in(ADMIN, "a new password").await;
    let LoginAnswer::SecondFactor(needed) = read(response).await else {
        panic!("the password alone logged in")
    };
    assert_eq!(server.second_step(&needed.login, totp(app.code(&server))).await.status(), 200);
}
