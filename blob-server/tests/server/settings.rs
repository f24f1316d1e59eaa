//! What an account's owner looks after: name, sessions, password.

use blob_api::*;
use crypto_core::kdf::Password;
use crypto_core::login::{ClientRegistration, LoginName};
use reqwest::header::{SET_COOKIE, USER_AGENT};
use reqwest::{Method, Response};

use crate::harness::*;

const ADMIN: &str = "admin@amt.example";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1";

impl Site {
    async fn log_in_with(&self, email: &str, agent: &str) -> Person {
        let finish = self.begin_log_in(email, PASSWORD).await;
        let request = self.call(Method::POST, path::LOGIN_FINISH).header(USER_AGENT, agent).json(&finish);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        Person::with_cookie_of(&response)
    }

    /// Types the password once more.
    pub async fn confirm(&self, person: &Person, email: &str, password: &str) -> Response {
        let finish = self.begin_log_in(email, password).await;
        person.call(self, Method::POST, path::CONFIRM).json(&finish).send().await.unwrap()
    }
}

async fn info(server: &Site, person: &Person) -> AccountInfo {
    ok(person.call(server, Method::GET, path::ACCOUNT)).await
}

async fn is_in(server: &Site, person: &Person) -> bool {
    person.call(server, Method::GET, path::SESSION).send().await.unwrap().status() == 200
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_or_all() {
    let (server, admin, colleague) = Running::with_colleague().await;
    server.clock.advance(100);
    let firefox = server.log_in_with(ADMIN, FIREFOX).await;
    server.clock.advance(100);
    let safari = server.log_in_with(ADMIN, SAFARI).await;
    assert!(is_in(&server, &admin).await);
    server.clock.advance(100);

    let sessions = info(&server, &safari).await.sessions;
    let agents: Vec<_> = sessions.iter().map(|session| (session.agent.as_str(), session.current)).collect();
    // The latest use first.
    assert_eq!(agents, [("Safari, iOS", true), ("", false), ("Firefox, Linux", false)]);
    let now = server.clock.now();
    assert_eq!((sessions[2].created, sessions[2].used), (now - 200, now - 200));
    assert_eq!((sessions[1].created, sessions[1].used), (now - 300, now - 100));

    let end = async |person: &Person, session: &SessionId| {
        person.call(&server, Method::DELETE, &path::other_session(session)).send().await.unwrap()
    };
    refused(end(&colleague, &sessions[0].session).await, ProblemKind::NotFound).await;
    assert!(is_in(&server, &safari).await);
    assert_eq!(end(&firefox, &sessions[0].session).await.status(), 204);
    assert!(!is_in(&server, &safari).await);
    refused(end(&firefox, &sessions[0].session).await, ProblemKind::NotFound).await;

    let response = firefox.call(&server, Method::DELETE, path::SESSIONS).send().await.unwrap();
    assert_eq!(response.status(), 204);
    assert!(response.headers()[SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    for person in [&admin, &firefox] {
        assert!(!is_in(&server, person).await);
    }
    assert!(is_in(&server, &colleague).await);
}

#[tokio::test]
async fn sessions_that_have_ended_are_not_listed() {
    let (server, _) = Running::with_admin(&[]).await;
    server.clock.advance(119 * 60);
    let second = server.log_in(ADMIN, PASSWORD).await;
    assert_eq!(info(&server, &second).await.sessions.len(), 2);
    server.clock.advance(120);
    assert_eq!(info(&server, &second).await.sessions.len(), 1);
}

#[tokio::test]
async fn name_and_language_change() {
    let (server, admin) = Running::with_admin(&[]).await;
    let change = async |text: &'static str| {
        let request = admin.call(&server, Method::PATCH, path::ACCOUNT);
        request.header("content-type", "application/json").body(text).send().await.unwrap()
    };
    let session: Session = read(change(r#"{"name":" Erika Neu "}"#).await).await;
    assert_eq!((session.name.as_str(), session.language), ("Erika Neu", Language::De));
    let session: Session = read(change(r#"{"language":"en"}"#).await).await;
    assert_eq!((session.name.as_str(), session.language), ("Erika Neu", Language::En));
    let session: Session = read(change("{}").await).await;
    assert_eq!(info(&server, &admin).await.session, session);
    assert_eq!(session.name, "Erika Neu");
    for body in
        [r#"{"name":""}"#, r#"{"name":"a\u0000b"}"#, r#"{"language":"fr"}"#, r#"{"role":"admin"}"#, "[]"]
    {
        refused(change(body).await, ProblemKind::BadRequest).await;
    }
}

#[tokio::test]
async fn the_password_changes_after_it_was_typed_once_more() {
    let (server, admin, _) = Running::with_colleague().await;
    let other = server.log_in(ADMIN, PASSWORD).await;
    let (client, request) =
        ClientRegistration::start(Password::new("a new one").unwrap(), &mut rng()).unwrap();
    let start = PasswordStart { request: Opaque(request) };
    let begin = || admin.call(&server, Method::POST, path::PASSWORD_START).json(&start).send();
    refused(begin().await.unwrap(), ProblemKind::Unconfirmed).await;
    refused(server.confirm(&admin, ADMIN, "wrong").await, ProblemKind::WrongLogin).await;
    // Somebody else's password is none, and right.
    refused(server.confirm(&admin, "colleague@amt.example", PASSWORD).await, ProblemKind::WrongLogin).await;
    refused(begin().await.unwrap(), ProblemKind::Unconfirmed).await;
    let confirmed = server.confirm(&admin, ADMIN, PASSWORD).await;
    assert_eq!((confirmed.status().as_u16(), confirmed.headers().get(SET_COOKIE)), (204, None));
    server.clock.advance(600);
    refused(begin().await.unwrap(), ProblemKind::Unconfirmed).await;
    assert_eq!(server.confirm(&admin, ADMIN, PASSWORD).await.status(), 204);
    server.clock.advance(599);
    let answer: RegistrationAnswer = read(begin().await.unwrap()).await;
    let name = LoginName::new(ADMIN).unwrap();
    let upload = Opaque(client.finish(&name, &answer.response.0, &mut rng()).unwrap());
    let late = server.begin_log_in(ADMIN, PASSWORD).await;
    let finish = PasswordFinish { upload };
    let by_other =
        other.call(&server, Method::POST, path::PASSWORD_FINISH).json(&finish).send().await.unwrap();
    refused(by_other, ProblemKind::Unconfirmed).await;
    for _ in 0..2 {
        let finished =
            admin.call(&server, Method::POST, path::PASSWORD_FINISH).json(&finish).send().await.unwrap();
        assert_eq!(finished.status(), 204, "a lost answer does no harm");
    }

    assert!(is_in(&server, &admin).await && !is_in(&server, &other).await);
    let late = server.call(Method::POST, path::LOGIN_FINISH).json(&late).send().await.unwrap();
    refused(late, ProblemKind::WrongLogin).await;
    refused(server.try_log_in(ADMIN, PASSWORD).await, ProblemKind::WrongLogin).await;
    server.log_in(ADMIN, "a new one").await;
    let mails = server.wait_for_mails(ADMIN, 2).await;
    assert!(mails.iter().all(|mail| mail.subject.contains("Passwort")), "{}", mails[0].subject);
}

#[tokio::test]
async fn a_login_from_a_new_place_is_told() {
    let server = Running::start(&[]).await;
    server.set_up(ADMIN).await;
    let log_in = async |agent: &str, address: &str| {
        let mut site = Site::new(server.address(), None);
        let from = address.parse::<std::net::IpAddr>().unwrap();
        site.client = reqwest::Client::builder().local_address(from).build().unwrap();
        site.log_in_with(ADMIN, agent).await;
        server.written_mails(ADMIN).await
    };
    assert_eq!(log_in(FIREFOX, "127.51.100.1").await, 0, "the first login is expected");
    assert_eq!(log_in(FIREFOX, "127.51.100.1").await, 0);
    assert_eq!(log_in(FIREFOX, "127.51.7.9").await, 0, "the same provider's next address");
    assert_eq!(log_in(SAFARI, "127.51.100.1").await, 1);
    assert_eq!(log_in(FIREFOX, "127.0.113.1").await, 2);
    assert_eq!(log_in(FIREFOX, "127.0.113.1").await, 2);
    let mails = server.wait_for_mails(ADMIN, 2).await;
    assert!(mails.iter().any(|mail| mail.text.contains("Safari, iOS")));
    server.clock.advance(90 * DAY);
    // Forgets the mails, too.
    server.service.sweep().await.unwrap();
    assert_eq!(log_in(SAFARI, "127.51.100.1").await, 0, "90 days ago");
    server.clock.advance(1);
    server.service.sweep().await.unwrap();
    assert_eq!(log_in(FIREFOX, "127.0.113.1").await, 1, "longer ago");
    assert_eq!(server.count("SELECT COUNT(*) FROM login_place").await, 2);
}
