//! Accounts made by mailed codes, and new passwords for them.

use std::sync::Arc;

use blob_api::*;
use reqwest::Method;

use crate::harness::*;

const STAFF: &[&str] = &["--staff-domains", "amt.example", "--partner-domains", "firma.example"];
const KARL: &str = "karl@amt.example";

#[tokio::test]
async fn staff_registers_by_its_mail_domain() {
    let (server, _) = Running::with_admin(STAFF).await;
    let asked = server.ask("Karl@Amt.Example", Purpose::Register).await;
    assert_eq!(asked.lifetime, 1800);
    let mail = server.wait_for_mails(KARL, 1).await.pop().unwrap();
    assert!(mail.subject.contains("code"), "{}", mail.subject);
    let code = mail.code().unwrap();
    let spaced = format!(" {} {} ", &code[..4], &code[4..]);
    let finish = server.show(KARL, &asked.proof, &spaced, PASSWORD, Some(" Karl Käfer ")).await;
    assert_eq!(server.finish(&finish).await.status(), 204);

    let karl = server.log_in(KARL, PASSWORD).await;
    let session: Session = ok(karl.call(&server, Method::GET, path::SESSION)).await;
    let rights = Rights { reach: Reach::Anyone, levels: Level::ALL.to_vec(), level: Level::One };
    let expected = Session {
        account: session.account,
        email: KARL.to_owned(),
        name: "Karl Käfer".to_owned(),
        role: Role::Staff,
        rights,
        language: Language::En,
        keys: false,
    };
    assert_eq!(session, expected);
    let partner = server.register_by_mail("p@firma.example").await;
    let session: Session = ok(partner.call(&server, Method::GET, path::SESSION)).await;
    assert_eq!((session.role, session.rights.reach), (Role::Partner, Reach::Staff));
    assert_ne!(session.account, expected.account);
}

#[tokio::test]
async fn who_awaits_a_delivery_registers_as_guest() {
    let (server, admin) = Running::with_admin(&[]).await;
    let email = "rita@post.example";
    assert!(server.ask_and_count(email, Purpose::Register).await == 0, "nobody wrote to her");
    server.send_to(&admin, email).await;
    let rita = server.register_by_mail(email).await;
    let session: Session = ok(rita.call(&server, Method::GET, path::SESSION)).await;
    assert_eq!((session.role, session.rights.reach), (Role::Guest, Reach::Nobody));

    let late = "lars@post.example";
    let sealed = server.send_to(&admin, late).await;
    server.clock.advance(8 * DAY);
    assert_eq!(server.ask_and_count(late, Purpose::Register).await, 0, "it has expired");
    let admin = server.log_in("admin@amt.example", PASSWORD).await;
    assert_eq!(
        admin.call(&server, Method::DELETE, &path::delivery(&sealed.id)).send().await.unwrap().status(),
        204
    );
    let sealed = server.send_to(&admin, late).await;
    let delete = admin.call(&server, Method::DELETE, &path::delivery(&sealed.id)).send().await.unwrap();
    assert_eq!(delete.status(), 204);
    assert_eq!(server.ask_and_count(late, Purpose::Register).await, 0, "it was revoked");
}

#[tokio::test]
async fn what_the_mail_says_depends_on_the_address_and_the_answer_does_not() {
    let (server, _) = Running::with_admin(STAFF).await;
    let answer = async |email: &str, purpose| {
        let response = server.try_ask(email, purpose).await;
        let mut headers = response.headers().clone();
        let varying = ["date", "x-request-id"].map(|name| headers.remove(name).unwrap().len());
        let status = response.status();
        let asked: CodeAsked = read(response).await;
        format!("{status} {headers:?} {varying:?} {}", asked.lifetime)
    };
    let known = answer("admin@amt.example", Purpose::Register).await;
    assert_eq!(answer("nobody@post.example", Purpose::Register).await, known);
    assert_eq!(answer(KARL, Purpose::Register).await, known);
    assert_eq!(answer("admin@amt.example", Purpose::Reset).await, known);
    assert_eq!(answer("nobody@post.example", Purpose::Reset).await, known);
    assert_eq!(answer(KARL, Purpose::Reset).await, known);

    assert_eq!(server.written_mails("nobody@post.example").await, 0);
    let mails = server.wait_for_mails("admin@amt.example", 2).await;
    let codes = mails.iter().filter(|mail| mail.code().is_some()).count();
    assert_eq!((codes, mails.len()), (1, 2), "a hint and a code");
    assert_eq!(server.written_mails(KARL).await, 1);
}

#[tokio::test]
async fn codes_are_good_for_half_an_hour_and_few_tries() {
    let (server, _) = Running::with_admin(STAFF).await;
    let (proof, code) = server.code_for(KARL, Purpose::Register).await;
    let other = server.ask("other@amt.example", Purpose::Register).await;
    let wrong = if code == "00000000" { "00000001" } else { "00000000" };
    refused(server.try_code(&other.proof, &code).await, ProblemKind::WrongCode).await;
    refused(server.try_code(&Token([1; 32]), &code).await, ProblemKind::WrongCode).await;
    for _ in 0..4 {
        refused(server.try_code(&proof, wrong).await, ProblemKind::WrongCode).await;
    }
    let finish = server.show(KARL, &proof, &code, PASSWORD, Some("Karl")).await;
    // The fifth.
    refused(server.try_code(&proof, wrong).await, ProblemKind::WrongCode).await;
    refused(server.try_code(&proof, &code).await, ProblemKind::WrongCode).await;
    refused(server.finish(&finish).await, ProblemKind::WrongCode).await;

    let (proof, code) = server.code_for(KARL, Purpose::Register).await;
    server.clock.advance(1799);
    let finish = server.show(KARL, &proof, &code, PASSWORD, Some("Karl")).await;
    let unproven = CredentialFinish {
        proof: other.proof,
        ..server.show(KARL, &proof, &code, PASSWORD, Some("K")).await
    };
    refused(server.finish(&unproven).await, ProblemKind::WrongCode).await;
    server.clock.advance(1);
    refused(server.try_code(&proof, &code).await, ProblemKind::WrongCode).await;
    refused(server.finish(&finish).await, ProblemKind::WrongCode).await;
    refused(server.try_log_in(KARL, PASSWORD).await, ProblemKind::WrongLogin).await;
}

/// A code of a request that was not mailed proves nothing, and nobody can tell that it was not.
#[tokio::test]
async fn a_mailbox_is_not_bombed() {
    let (server, _) = Running::with_admin(STAFF).await;
    for number in 1..=6 {
        assert_eq!(server.ask_and_count(KARL, Purpose::Register).await, number.min(3));
    }
    server.clock.advance(HOUR);
    assert_eq!(server.ask_and_count(KARL, Purpose::Register).await, 4);
    for number in 1..=6 {
        assert_eq!(
            server.ask_and_count("admin@amt.example", Purpose::Register).await,
            number.min(3),
            "hints count"
        );
    }
}

#[tokio::test]
async fn one_network_asks_for_so_many_codes() {
    let server = Running::start(&["--codes-per-hour", "3"]).await;
    let mut kinds = Vec::new();
    for number in 0..5 {
        kinds.push(server.try_ask(&format!("{number}@amt.example"), Purpose::Reset).await.status().as_u16());
    }
    assert_eq!(kinds, [200, 200, 200, 429, 429]);
}

#[tokio::test]
async fn doubled_requests_make_one_account() {
    let (server, _) = Running::with_admin(STAFF).await;
    let (proof, code) = server.code_for(KARL, Purpose::Register).await;
    let finish = server.show(KARL, &proof, &code, PASSWORD, Some("Karl")).await;
    let other = server.show(KARL, &proof, &code, "other password", Some("Karl")).await;
    let answers = futures_util::future::join_all((0..8).map(|_| server.finish(&finish))).await;
    assert!(answers.iter().all(|answer| answer.status() == 204));
    // Nobody else gets in with the same proof.
    refused(server.finish(&other).await, ProblemKind::WrongCode).await;
    refused(server.try_code(&proof, &code).await, ProblemKind::WrongCode).await;
    server.log_in(KARL, PASSWORD).await;
    assert_eq!(server.written_mails(KARL).await, 1, "its password was not changed");
}

/// Two tabs, two codes, one person: the later one counts.
#[tokio::test]
async fn two_codes_make_one_account() {
    let (server, _) = Running::with_admin(STAFF).await;
    let mut finishes = Vec::new();
    for password in ["first password", "second password"] {
        let (proof, code) = server.code_for(KARL, Purpose::Register).await;
        finishes.push(server.show(KARL, &proof, &code, password, Some("Karl")).await);
    }
    for finish in &finishes {
        assert_eq!(server.finish(finish).await.status(), 204);
    }
    refused(server.try_log_in(KARL, "first password").await, ProblemKind::WrongLogin).await;
    server.log_in(KARL, "second password").await;
    assert_eq!(server.count("SELECT COUNT(*) FROM account WHERE email = 'karl@amt.example'").await, 1);

    // At the same moment one of them is the later one.
    let email = "both@amt.example";
    let mut finishes = Vec::new();
    for password in ["first password", "second password"] {
        let (proof, code) = server.code_for(email, Purpose::Register).await;
        finishes.push(server.show(email, &proof, &code, password, Some("B")).await);
    }
    let answers = futures_util::future::join_all(finishes.iter().map(|finish| server.finish(finish))).await;
    assert!(answers.iter().all(|answer| answer.status() == 204));
    assert_eq!(server.count("SELECT COUNT(*) FROM account").await, 3);
    let mut opened = 0;
    for password in ["first password", "second password"] {
        opened += u32::from(server.try_log_in(email, password).await.status() == 200);
    }
    assert_eq!(opened, 1);
}

#[tokio::test]
async fn a_new_password_ends_all_sessions() {
    let (server, admin) = Running::with_admin(&[]).await;
    let email = "admin@amt.example";
    let sealed = server.send(&admin, &[b"x"], 10).await;
    let old_login = server.begin_log_in(email, PASSWORD).await;
    let (proof, code) = server.code_for(email, Purpose::Reset).await;
    let (other, other_code) = server.code_for(email, Purpose::Reset).await;
    let finish = server.show(email, &proof, &code, "a new password", None).await;
    let named = CredentialFinish {
        name: Some("Mallory".to_owned()),
        upload: finish.upload.clone(),
        proof: proof.clone(),
        language: Language::En,
    };
    refused(server.finish(&named).await, ProblemKind::BadRequest).await;
    assert_eq!(server.finish(&finish).await.status(), 204);
    assert_eq!(server.finish(&finish).await.status(), 204, "a lost answer does no harm");

    let session = admin.call(&server, Method::GET, path::SESSION).send().await.unwrap();
    refused(session, ProblemKind::LoggedOut).await;
    refused(server.try_log_in(email, PASSWORD).await, ProblemKind::WrongLogin).await;
    let late = server.call(Method::POST, path::LOGIN_FINISH).json(&old_login).send().await.unwrap();
    refused(late, ProblemKind::WrongLogin).await;
    refused(server.try_code(&other, &other_code).await, ProblemKind::WrongCode).await;
    let admin = server.log_in(email, "a new password").await;
    let info: AccountInfo = ok(admin.call(&server, Method::GET, path::ACCOUNT)).await;
    assert_eq!((info.session.name.as_str(), info.session.role), (ADMIN_NAME, Role::Admin));
    assert_eq!((info.session.language, info.sessions.len()), (Language::De, 1));
    assert_eq!(sealed.state(&server).await.status(), 200, "deliveries do not hang on the password");
    let mails = server.wait_for_mails(email, 3).await;
    assert_eq!(mails.iter().filter(|mail| mail.code().is_none()).count(), 1, "the mailbox is told");
}

/// What was answered is kept: who was told to look into the mailbox finds something there.
#[tokio::test]
async fn codes_are_mailed_before_the_server_stops() {
    let (server, _) = Running::with_admin(STAFF).await;
    let asked = server.ask(KARL, Purpose::Register).await;
    let server = server.restart(STAFF).await;
    let code = server.wait_for_mails(KARL, 1).await.pop().unwrap().code().unwrap();
    assert_eq!(server.try_code(&asked.proof, &code).await.status(), 200);
    let folder = Arc::clone(&server.folder);
    server.stop().await;
    let stored =
        files_below(folder.path()).into_iter().filter(|file| file.extension().is_none_or(|it| it != "eml"));
    for bytes in stored.map(|file| std::fs::read(file).unwrap()) {
        let has = |secret: &[u8]| bytes.windows(secret.len()).any(|window| window == secret);
        assert!(!has(&asked.proof.0) && !has(asked.proof.to_text().as_bytes()) && !has(code.as_bytes()));
    }
}

#[tokio::test]
async fn proofs_are_forgotten() {
    let (server, _) = Running::with_admin(&[]).await;
    server.ask_and_count("nobody@post.example", Purpose::Reset).await;
    let proofs = async || server.count("SELECT COUNT(*) FROM mailbox_proof").await;
    server.clock.advance(HOUR);
    server.service.sweep().await.unwrap();
    assert_eq!(proofs().await, 1);
    server.clock.advance(1);
    server.service.sweep().await.unwrap();
    assert_eq!(proofs().await, 0);
}

#[tokio::test]
async fn bad_addresses_and_names_are_refused() {
    let (server, _) = Running::with_admin(STAFF).await;
    for email in ["", "nobody", "a@b\r\nBcc: c@d", "a@b,c@d"] {
        refused(server.try_ask(email, Purpose::Register).await, ProblemKind::BadRequest).await;
    }
    let (proof, code) = server.code_for(KARL, Purpose::Register).await;
    let long = "x".repeat(101);
    let good = server.show(KARL, &proof, &code, PASSWORD, Some("Karl")).await;
    for name in [Some(" "), Some("a\nb"), Some(long.as_str()), None] {
        let finish = CredentialFinish {
            name: name.map(str::to_owned),
            proof: proof.clone(),
            language: Language::De,
            upload: good.upload.clone(),
        };
        refused(server.finish(&finish).await, ProblemKind::BadRequest).await;
    }
    assert_eq!(server.finish(&good).await.status(), 204);
}

/// Browsers hand over the letters of a domain, or what they are in ASCII: one mailbox, one account.
#[tokio::test]
async fn a_domain_with_other_letters_is_one_domain() {
    let (server, _) = Running::with_admin(&["--staff-domains", "Müller.example"]).await;
    let (letters, ascii) = ("Karl@MÜLLER.example", "karl@xn--mller-kva.example");
    let asked = server.ask(letters, Purpose::Register).await;
    let code = server.wait_for_mails(ascii, 1).await[0].code().unwrap();
    let finish = server.show(letters, &asked.proof, &code, PASSWORD, Some("Karl")).await;
    assert_eq!(server.finish(&finish).await.status(), 204);
    for typed in [letters, ascii] {
        let person = server.log_in(typed, PASSWORD).await;
        let session: Session = ok(person.call(&server, Method::GET, path::SESSION)).await;
        assert_eq!((session.email.as_str(), session.role), (ascii, Role::Staff));
    }
}
