//! Passkeys, shown by a device made of a few lines.

use base64ct::{Base64UrlUnpadded, Encoding};
use blob_api::*;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, SigningKey};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::*;
use crate::second_factor::ADMIN;

const ORIGIN: &str = "https://siegel.example";
const SITE: &[&str] = &["--public-url", ORIGIN, "--staff-domains", "amt.example"];

/// The user was there.
const PRESENT: u8 = 0x01;
/// The device has checked who it was.
const VERIFIED: u8 = 0x04;
/// A key is attached.
const ATTACHED: u8 = 0x40;

/// A device with one passkey. What it signs can be bent.
#[derive(Clone)]
struct Device {
    id: [u8; 16],
    key: SigningKey,
    counter: u32,
    flags: u8,
    rp: &'static str,
    origin: &'static str,
}

impl Device {
    fn new() -> Self {
        let key = SigningKey::from_slice(&random::<32>()).unwrap();
        let (rp, origin) = ("siegel.example", ORIGIN);
        Self { id: random(), key, counter: 1, flags: PRESENT | VERIFIED, rp, origin }
    }

    fn client_data(&self, kind: &str, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        let challenge = &options["publicKey"]["challenge"];
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
    }

    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        [&Sha256::digest(self.rp)[..], &[flags], &self.counter.to_be_bytes()].concat()
    }

    /// `navigator.credentials.create`
    fn create(&self, options: &str) -> String {
        let point = self.key.verifying_key().to_sec1_point(false);
        let mut cose = minicbor::Encoder::new(Vec::new());
        cose.map(5).unwrap().i8(1).unwrap().i8(2).unwrap().i8(3).unwrap().i8(-7).unwrap();
        cose.i8(-1).unwrap().i8(1).unwrap().i8(-2).unwrap().bytes(point.x().unwrap()).unwrap();
        cose.i8(-3).unwrap().bytes(point.y().unwrap()).unwrap();
        let data = self.authenticator_data(self.flags | ATTACHED);
        let data = [&data[..], &[0; 16], &[0, 16], &self.id, &cose.into_writer()].concat();
        let mut object = minicbor::Encoder::new(Vec::new());
        object.map(3).unwrap().str("fmt").unwrap().str("none").unwrap();
        object.str("attStmt").unwrap().map(0).unwrap().str("authData").unwrap().bytes(&data).unwrap();
        self.credential(json!({
            "attestationObject": text(&object.into_writer()),
            "clientDataJSON": text(self.client_data("webauthn.create", options).as_bytes()),
        }))
    }

    /// `navigator.credentials.get`
    fn get(&mut self, options: &str) -> String {
        self.counter += 1;
        let client_data = self.client_data("webauthn.get", options);
        let data = self.authenticator_data(self.flags);
        let signed = [&data[..], &Sha256::digest(&client_data)].concat();
        let signature: DerSignature = self.key.sign(&signed);
        self.credential(json!({
            "authenticatorData": text(&data),
            "clientDataJSON": text(client_data.as_bytes()),
            "signature": text(signature.as_bytes()),
        }))
    }

    fn credential(&self, response: Value) -> String {
        let id = text(&self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {},
        })
        .to_string()
    }
}

fn text(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

fn passkey(credential: String) -> Factor {
    Factor::Passkey(Hidden(credential))
}

impl Running {
    /// At a site with a name, with an admin whose session may change factors.
    async fn with_name() -> (Self, Person) {
        let server = Self::start(SITE).await.at(ORIGIN);
        server.set_up(ADMIN).await;
        let admin = server.log_in(ADMIN, PASSWORD).await;
        assert_eq!(server.confirm(&admin, ADMIN, PASSWORD).await.status(), 204);
        (server, admin)
    }

    async fn offer(&self, person: &Person) -> String {
        let offer: PasskeyOffer = ok(person.call(self, Method::POST, path::PASSKEYS)).await;
        offer.options
    }

    async fn made(&self, person: &Person, name: &str, credential: String) -> Response {
        let made = PasskeyMade { name: name.to_owned(), credential };
        person.call(self, Method::POST, path::PASSKEY_MADE).json(&made).send().await.unwrap()
    }

    async fn add_passkey(&self, person: &Person, device: &Device) -> RecoveryCodes {
        let credential = device.create(&self.offer(person).await);
        read(self.made(person, "Telephone", credential).await).await
    }
}

#[tokio::test]
async fn a_passkey_is_asked_for_from_when_it_was_made() {
    let (server, admin) = Running::with_name().await;
    let mut device = Device::new();
    let options: Value = serde_json::from_str(&server.offer(&admin).await).unwrap();
    let options = &options["publicKey"];
    assert_eq!((&options["rp"]["id"], &options["rp"]["name"]), (&json!("siegel.example"), &json!("Siegel")));
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    let handle = options["user"]["id"].as_str().unwrap();
    assert_eq!(Base64UrlUnpadded::decode_vec(handle).unwrap().len(), 16);
    server.log_in(ADMIN, PASSWORD).await;

    assert_eq!(server.add_passkey(&admin, &device).await.codes.len(), 10);
    let needed = server.first_step().await;
    assert_eq!((needed.totp, needed.recovery_codes), (false, 10));
    let credential = device.get(needed.passkey.as_deref().unwrap());
    server.clock.advance(60);
    let response = server.second_step(&needed.login, passkey(credential)).await;
    let person = Person::with_cookie_of(&response);
    let account = server.account(&person).await;
    let [shown] = &account.passkeys[..] else { panic!("{} passkeys", account.passkeys.len()) };
    let now = server.clock.now();
    assert_eq!((shown.name.as_str(), shown.created, shown.used), ("Telephone", now - 60, Some(now)));

    // The same device makes no second one, and the account keeps the name by which devices know it.
    let options: Value = serde_json::from_str(&server.offer(&admin).await).unwrap();
    assert_eq!(options["publicKey"]["excludeCredentials"][0]["id"], text(&device.id));
    assert_eq!(options["publicKey"]["user"]["id"], handle);

    let delete = || admin.call(&server, Method::DELETE, &path::passkey(&shown.passkey)).send();
    assert_eq!(delete().await.unwrap().status(), 204);
    refused(delete().await.unwrap(), ProblemKind::NotFound).await;
    assert_eq!(server.account(&admin).await.recovery_codes, 0);
    server.log_in(ADMIN, PASSWORD).await;
    assert_eq!(server.written_mails(ADMIN).await, 2, "added and removed");
}

#[tokio::test]
async fn a_passkey_must_answer_the_latest_offer() {
    let (server, admin) = Running::with_name().await;
    let device = Device::new();
    let old = server.offer(&admin).await;
    let options = server.offer(&admin).await;
    refused(server.made(&admin, "key", device.create(&old)).await, ProblemKind::WrongCode).await;
    // One try an offer.
    refused(server.made(&admin, "key", device.create(&options)).await, ProblemKind::WrongCode).await;
    let options = server.offer(&admin).await;
    server.clock.advance(590);
    assert_eq!(server.confirm(&admin, ADMIN, PASSWORD).await.status(), 204);
    server.clock.advance(10);
    refused(server.made(&admin, "key", device.create(&options)).await, ProblemKind::WrongCode).await;
    for bent in [
        Device { origin: "https://siegel.example.evil", ..device.clone() },
        Device { origin: "http://siegel.example", ..device.clone() },
        Device { rp: "evil.example", ..device.clone() },
        Device { flags: PRESENT, ..device.clone() },
        Device { flags: VERIFIED, ..device.clone() },
    ] {
        let credential = bent.create(&server.offer(&admin).await);
        refused(server.made(&admin, "key", credential).await, ProblemKind::WrongCode).await;
    }
    for (name, credential, kind) in [
        ("", "{}", ProblemKind::BadRequest),
        ("a\nb", "{}", ProblemKind::BadRequest),
        ("key", "{}", ProblemKind::BadRequest),
        ("key", "", ProblemKind::BadRequest),
    ] {
        server.offer(&admin).await;
        refused(server.made(&admin, name, credential.to_owned()).await, kind).await;
    }
    server.log_in(ADMIN, PASSWORD).await;
    let credential = device.create(&server.offer(&admin).await);
    assert_eq!(server.made(&admin, "key", credential.clone()).await.status(), 200);
    refused(server.made(&admin, "key", credential).await, ProblemKind::WrongCode).await;
    // A device that has one for this account, and would make another all the same.
    let again = device.create(&server.offer(&admin).await);
    refused(server.made(&admin, "key", again).await, ProblemKind::WrongCode).await;
    let karl = server.register_by_mail("karl@amt.example").await;
    assert_eq!(server.confirm(&karl, "karl@amt.example", PASSWORD).await.status(), 204);
    let credential = device.create(&server.offer(&karl).await);
    refused(server.made(&karl, "key", credential).await, ProblemKind::Conflict).await;
}

#[tokio::test]
async fn a_passkey_is_shown_for_one_login_by_its_device() {
    let (server, admin) = Running::with_name().await;
    let mut device = Device::new();
    server.add_passkey(&admin, &device).await;
    let other = server.first_step().await;
    let needed = server.first_step().await;
    let shown = device.get(needed.passkey.as_deref().unwrap());
    let foreign = server.second_step(&other.login, passkey(shown.clone())).await;
    refused(foreign, ProblemKind::WrongCode).await;
    assert_eq!(server.second_step(&needed.login, passkey(shown.clone())).await.status(), 200);
    refused(server.second_step(&needed.login, passkey(shown.clone())).await, ProblemKind::WrongLogin).await;

    let counter = device.counter - 1;
    for mut bent in [
        // Another key, somebody unknown, another site, nobody there, somebody unchecked, a copy of before.
        Device { key: Device::new().key, ..device.clone() },
        Device { id: random(), ..device.clone() },
        Device { origin: "https://evil.example", ..device.clone() },
        Device { origin: "https://siegel.example:8443", ..device.clone() },
        Device { rp: "evil.example", ..device.clone() },
        Device { flags: VERIFIED, ..device.clone() },
        Device { flags: PRESENT, ..device.clone() },
        Device { counter, ..device.clone() },
    ] {
        // Past the waits.
        server.clock.advance(HOUR);
        let needed = server.first_step().await;
        let shown = passkey(bent.get(needed.passkey.as_deref().unwrap()));
        refused(server.second_step(&needed.login, shown).await, ProblemKind::WrongCode).await;
    }
    for nonsense in ["", "{}", "[]", &shown[..100]] {
        server.clock.advance(HOUR);
        let needed = server.first_step().await;
        let shown = passkey(nonsense.to_owned());
        refused(server.second_step(&needed.login, shown).await, ProblemKind::WrongCode).await;
    }
    server.clock.advance(HOUR);
    let needed = server.first_step().await;
    let shown = passkey(device.get(needed.passkey.as_deref().unwrap()));
    assert_eq!(server.second_step(&needed.login, shown).await.status(), 200);
}

/// Where the address is a number nothing can be bound to it; the rest works.
#[tokio::test]
async fn without_a_name_there_are_no_passkeys() {
    let (server, admin) = Running::with_confirmed_admin().await;
    let offer = admin.call(&server, Method::POST, path::PASSKEYS).send().await.unwrap();
    refused(offer, ProblemKind::NotAllowed).await;
}
