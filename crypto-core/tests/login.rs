//! Registration and login, both halves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::rng;
use crypto_core::error::LoginError;
use crypto_core::kdf::Password;
use crypto_core::login::{ClientLogin, ClientRegistration, LoginName, Record, ServerLogin, ServerSetup};

const PASSWORD: &str = "correct horse battery staple";

fn name(text: &str) -> LoginName {
    LoginName::new(text).unwrap()
}

fn register(setup: &ServerSetup, email: &str, password: &str) -> Record {
    let (client, request) = ClientRegistration::start(Password::new(password).unwrap(), &mut rng()).unwrap();
    let response = setup.registration_response(&name(email), &request).unwrap();
    let upload = client.finish(&name(email), &response, &mut rng()).unwrap();
    // Through storage, as a server does it.
    Record::from_bytes(&Record::from_upload(&upload).unwrap().to_bytes()).unwrap()
}

/// A login as seen by client and server: what each concludes.
fn log_in(
    setup: &ServerSetup,
    record: Option<Record>,
    email: &str,
    password: &str,
) -> Result<Result<LoginName, LoginError>, LoginError> {
    let (client, request) = ClientLogin::start(Password::new(password).unwrap(), &mut rng()).unwrap();
    let (server, response) = ServerLogin::start(setup, record, name(email), &request, &mut rng()).unwrap();
    let finalization = client.finish(&name(email), &response, &mut rng())?;
    Ok(server.finish(&finalization))
}

#[test]
fn the_right_password_logs_in_after_a_restart_of_the_server() {
    let setup = ServerSetup::generate(&mut rng());
    let record = register(&setup, "Ada@Example.org", PASSWORD);
    let setup = ServerSetup::from_bytes(&setup.to_bytes()).unwrap();
    assert_eq!(log_in(&setup, Some(record), " ada@example.org ", PASSWORD), Ok(Ok(name("ada@example.org"))));
}

#[test]
fn a_wrong_password_is_refused() {
    let setup = ServerSetup::generate(&mut rng());
    let record = register(&setup, "ada@example.org", PASSWORD);
    assert_eq!(
        log_in(&setup, Some(record), "ada@example.org", "Correct horse battery staple"),
        Err(LoginError::Refused)
    );
}

#[test]
fn an_unknown_name_looks_like_a_wrong_password() {
    let setup = ServerSetup::generate(&mut rng());
    let record = register(&setup, "ada@example.org", PASSWORD);
    let (_, request) = ClientLogin::start(Password::new(PASSWORD).unwrap(), &mut rng()).unwrap();
    let answer =
        |record| ServerLogin::start(&setup, record, name("ada@example.org"), &request, &mut rng()).unwrap().1;
    assert_eq!(answer(Some(record)).len(), answer(None).len());
    assert_eq!(log_in(&setup, None, "bob@example.org", PASSWORD), Err(LoginError::Refused));
}

#[test]
fn a_record_serves_one_name_and_one_server() {
    let setup = ServerSetup::generate(&mut rng());
    let record = || register(&setup, "ada@example.org", PASSWORD);
    assert_eq!(log_in(&setup, Some(record()), "bob@example.org", PASSWORD), Err(LoginError::Refused));
    let other = ServerSetup::generate(&mut rng());
    assert_eq!(log_in(&other, Some(record()), "ada@example.org", PASSWORD), Err(LoginError::Refused));
}

#[test]
fn a_finalization_of_another_attempt_is_refused() {
    let setup = ServerSetup::generate(&mut rng());
    let record = register(&setup, "ada@example.org", PASSWORD).to_bytes();
    let attempt = || {
        let (client, request) = ClientLogin::start(Password::new(PASSWORD).unwrap(), &mut rng()).unwrap();
        let record = Record::from_bytes(&record).unwrap();
        let (server, response) =
            ServerLogin::start(&setup, Some(record), name("ada@example.org"), &request, &mut rng()).unwrap();
        (server, client.finish(&name("ada@example.org"), &response, &mut rng()).unwrap())
    };
    let ((first, _), (_, second)) = (attempt(), attempt());
    assert_eq!(first.finish(&second), Err(LoginError::Refused));
}

#[test]
fn messages_of_any_other_form_are_refused() {
    let setup = ServerSetup::generate(&mut rng());
    for bytes in [&[][..], &[0; 31], &[0; 32], &[255; 32], &[0; 96], &[255; 96], &[1; 192], &[255; 320]] {
        assert!(setup.registration_response(&name("a"), bytes).is_err());
        assert!(ServerLogin::start(&setup, None, name("a"), bytes, &mut rng()).is_err());
        let (client, _) = ClientLogin::start(Password::new(PASSWORD).unwrap(), &mut rng()).unwrap();
        assert_eq!(client.finish(&name("a"), bytes, &mut rng()), Err(LoginError::Malformed));
    }
    assert_eq!(ServerSetup::from_bytes(&[1; 127]).err(), Some(LoginError::Malformed));
    assert_eq!(Record::from_upload(&[255; 192]).err(), Some(LoginError::Malformed));
}

#[test]
fn sizes_are_those_of_the_spec() {
    let setup = ServerSetup::generate(&mut rng());
    let (client, request) = ClientRegistration::start(Password::new(PASSWORD).unwrap(), &mut rng()).unwrap();
    let response = setup.registration_response(&name("a"), &request).unwrap();
    let upload = client.finish(&name("a"), &response, &mut rng()).unwrap();
    assert_eq!((request.len(), response.len(), upload.len()), (32, 64, 192));
    let record = Record::from_upload(&upload).unwrap();
    assert_eq!((setup.to_bytes().len(), record.to_bytes().len()), (128, 192));
    let (client, request) = ClientLogin::start(Password::new(PASSWORD).unwrap(), &mut rng()).unwrap();
    let (_, response) = ServerLogin::start(&setup, Some(record), name("a"), &request, &mut rng()).unwrap();
    let finalization = client.finish(&name("a"), &response, &mut rng()).unwrap();
    assert_eq!((request.len(), response.len(), finalization.len()), (96, 320, 64));
}

/// It stands in for a record that is not there, so it must be read like one, and be nobody's.
#[test]
fn a_decoy_is_a_record_without_a_password() {
    let setup = ServerSetup::generate(&mut rng());
    let decoy = setup.decoy(&mut rng());
    assert_eq!(Record::from_bytes(&decoy).unwrap().to_bytes(), decoy);
    assert_ne!(setup.decoy(&mut rng()), decoy);
    let record = Record::from_bytes(&decoy).unwrap();
    assert_eq!(log_in(&setup, Some(record), "ada@example.org", PASSWORD), Err(LoginError::Refused));
}

#[test]
fn login_names_have_one_form() {
    assert_eq!(name("  M\u{fc}ller@Example.ORG ").as_str(), "m\u{fc}ller@example.org");
    assert_eq!(name("mu\u{308}ller@example.org"), name("m\u{fc}ller@example.org"));
    // The domain as any browser hands it over; the samples of RFC 3492 §7.1 among them.
    for (typed, ascii) in [
        ("jörg@Müller.Example", "jörg@xn--mller-kva.example"),
        ("a@mu\u{308}ller.example", "a@xn--mller-kva.example"),
        ("a@XN--Mller-kva.example", "a@xn--mller-kva.example"),
        ("a@straße.bücher.example", "a@xn--strae-oqa.xn--bcher-kva.example"),
        ("a@ليهمابتكلموشعربي؟", "a@xn--egbpdaj6bu4bxfgehfvwxn"),
        ("a@他们为什么不说中文", "a@xn--ihqwcrb4cv8a8dqg056pqjye"),
        ("a@pročprostěnemluvíčesky", "a@xn--proprostnemluvesky-uyb24dma41a"),
    ] {
        assert_eq!(name(typed).as_str(), ascii);
    }
    for bad in ["", "   ", "a\nb", &"x".repeat(255)] {
        assert_eq!(LoginName::new(bad).err(), Some(LoginError::BadName));
    }
}

/// Printed by an earlier build: whoever registered then must be able to log in with this one.
#[test]
fn a_stored_registration_still_logs_in() {
    let setup = ServerSetup::from_bytes(&hex(SETUP)).unwrap();
    let record = Record::from_bytes(&hex(RECORD)).unwrap();
    assert_eq!(log_in(&setup, Some(record), "ada@example.org", PASSWORD), Ok(Ok(name("ada@example.org"))));
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

/// Secrets of no server.
const SETUP: &str = "\
    198ffcdd22e2101db87d871cac1ade6fd3c135044dca7c75a9a24878ecf0384465fd3a083788a956e95387794447a352\
    ae7b942ac11f92824b9dfc2b80f343ace35cf4eac109fe3dba5e7878d063c5d2aa5e67969ce608531c3c0ca2bb8e2604\
    121b2cfe1c8839f332c31bac5e9b5d21ff87e329c1ebee9ccb5d3108f3210a7d\
";

const RECORD: &str = "\
    b625ac1e303799ec2e72ccd675410441361f877907d9ce01eac5408c42ccc33de094b370b654acb4e68704f7ec9002e3\
    9e2bcd5e7249c6d270b69285ac50c589e5b2a11ee3a6b13c2e29320e97f6416e50687875b5f187982c8a80f8701d6f30\
    2e028c26ae9eaa0ff7e05e035182d2e5a4fee065f572105bad1300e5e3bb871c358a1ec729eaa1b6f8f8c75b2ead71c8\
    44b2da1d1009a3f05439c39111c3ca2a34dc5ad8495de98302f4fde7aee0f3ce5fa042fc06a19347c21491b3ff692817\
";
