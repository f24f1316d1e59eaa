//! What people do with the mails that they get: show codes, make accounts and new passwords.

use std::time::Duration;

use blob_api::*;
use crypto_core::kdf::Password;
use crypto_core::login::{ClientRegistration, LoginName};
use reqwest::{Method, Response};
use sqlx::SqlitePool;

use crate::harness::*;
use crate::recipients::new_link;

/// A mail, as a program shows it.
pub struct Mail {
    pub subject: String,
    pub text: String,
}

impl Mail {
    /// The eight digits in it.
    pub fn code(&self) -> Option<String> {
        let words = self.text.split(|c: char| !c.is_ascii_digit());
        words.into_iter().find(|word| word.len() == 8).map(str::to_owned)
    }
}

impl Running {
    /// Mails that arrived at this address.
    pub async fn mails(&self, address: &str) -> Vec<Mail> {
        let mails = self.service.mailbox().unwrap().list().await.unwrap();
        let mails = mails.into_iter().filter(|mail| mail.to.contains(address));
        mails.map(|mail| Mail { subject: mail.subject, text: mail.text }).collect()
    }

    /// The mails at this address, as soon as there are so many.
    pub async fn wait_for_mails(&self, address: &str, number: usize) -> Vec<Mail> {
        let waited = tokio::time::timeout(Duration::from_secs(30), async {
            loop {
                let mails = self.mails(address).await;
                if mails.len() >= number {
                    return mails;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        waited.await.unwrap_or_else(|_| panic!("{number} mails to {address}"))
    }

    /// How many mails were written to this address, arrived or not, once all requests so far are decided.
    pub async fn written_mails(&self, address: &str) -> i64 {
        let pool = SqlitePool::connect(self.folder.path().join("siegel.db").to_str().unwrap()).await.unwrap();
        let undecided = "SELECT COUNT(*) FROM mailbox_proof WHERE NOT decided";
        while sqlx::query_scalar::<_, i64>(undecided).fetch_one(&pool).await.unwrap() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let written = sqlx::query_scalar("SELECT COUNT(*) FROM mail WHERE address = $1");
        let written = written.bind(address).fetch_one(&pool).await.unwrap();
        pool.close().await;
        written
    }

    /// Asks for a code and reads the mail that brings it. Other mails may come at the same time, and those of one second have
    /// no order.
    pub async fn code_for(&self, email: &str, purpose: Purpose) -> (Token, String) {
        let codes = async || -> Vec<_> { self.mails(email).await.iter().filter_map(Mail::code).collect() };
        let before = codes().await;
        let asked = self.ask(email, purpose).await;
        let new = async {
            loop {
                if let Some(code) = codes().await.into_iter().find(|code| !before.contains(code)) {
                    return code;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let code = tokio::time::timeout(Duration::from_secs(30), new).await;
        (asked.proof, code.unwrap_or_else(|_| panic!("no code for {email}")))
    }

    /// Makes an account, by a code that is mailed, and logs in.
    pub async fn register_by_mail(&self, email: &str) -> Person {
        let (proof, code) = self.code_for(email, Purpose::Register).await;
        let finish = self.show(email, &proof, &code, PASSWORD, Some("New Person")).await;
        assert_eq!(self.finish(&finish).await.status(), 204);
        self.log_in(email, PASSWORD).await
    }
}

impl Site {
    pub async fn try_ask(&self, email: &str, purpose: Purpose) -> Response {
        let ask = AskCode { email: email.to_owned(), purpose, language: Language::En };
        self.call(Method::POST, path::CODES).json(&ask).send().await.unwrap()
    }

    pub async fn ask(&self, email: &str, purpose: Purpose) -> CodeAsked {
        read(self.try_ask(email, purpose).await).await
    }

    /// First half of a registration with a code.
    pub async fn try_code(&self, proof: &Token, code: &str) -> Response {
        let (_, request) = ClientRegistration::start(Password::new(PASSWORD).unwrap(), &mut rng()).unwrap();
        let start =
            CredentialStart { proof: proof.clone(), code: Hidden(code.to_owned()), request: Opaque(request) };
        self.call(Method::POST, path::CREDENTIAL_START).json(&start).send().await.unwrap()
    }

    /// First half of a registration with the right code, and what the second half is to send.
    pub async fn show(
        &self,
        email: &str,
        proof: &Token,
        code: &str,
        password: &str,
        name: Option<&str>,
    ) -> CredentialFinish {
        let (client, request) =
            ClientRegistration::start(Password::new(password).unwrap(), &mut rng()).unwrap();
        let start =
            CredentialStart { proof: proof.clone(), code: Hidden(code.to_owned()), request: Opaque(request) };
        let answer: RegistrationAnswer =
            ok(self.call(Method::POST, path::CREDENTIAL_START).json(&start)).await;
        let login = LoginName::new(email).unwrap();
        let upload = Opaque(client.finish(&login, &answer.response.0, &mut rng()).unwrap());
        let name = name.map(str::to_owned);
        CredentialFinish { proof: proof.clone(), name, language: Language::En, upload }
    }

    pub async fn finish(&self, finish: &CredentialFinish) -> Response {
        self.call(Method::POST, path::CREDENTIAL_FINISH).json(finish).send().await.unwrap()
    }
}

impl Running {
    /// Asks for a code, and tells how many mails were written to the address by then.
    pub async fn ask_and_count(&self, email: &str, purpose: Purpose) -> i64 {
        self.ask(email, purpose).await;
        self.written_mails(email).await
    }

    /// One number from the database.
    pub async fn count(&self, query: &'static str) -> i64 {
        let pool = SqlitePool::connect(self.folder.path().join("siegel.db").to_str().unwrap()).await.unwrap();
        let count = sqlx::query_scalar(query).fetch_one(&pool).await.unwrap();
        pool.close().await;
        count
    }

    /// Sends a delivery of level 2 to this address, without a mail.
    pub async fn send_to(&self, sender: &Person, email: &str) -> Sealed {
        let sealed = Sealed::new(&[]);
        let body = CreateDelivery { level: Level::Two, gate_hash: None, ..sealed.create_body() };
        let created = sender.call(self, Method::POST, path::DELIVERIES).json(&body).send().await.unwrap();
        assert_eq!(created.status(), 201);
        sealed.put_cover(self, sender, COVER_BYTES).await;
        let recipient = NewRecipient {
            recipient: RecipientId(random()),
            email: email.to_owned(),
            link: Some(new_link(Token(random()))),
            mail: None,
            grant: None,
            offer: None,
        };
        let send = SendDelivery { recipients: vec![recipient], ..to_anyone() };
        let _: Sent = ok(sender.call(self, Method::POST, &path::send(&sealed.id)).json(&send)).await;
        sealed
    }
}
