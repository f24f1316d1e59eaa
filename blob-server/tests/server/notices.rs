//! Mails that a sender could do without: somebody has collected a delivery.

use blob_api::*;
use futures_util::future::join_all;
use reqwest::{Method, Response};

use crate::harness::*;
use crate::recipients::{Addressed, send};
use crate::second_factor::ADMIN;

/// A recipient opens a delivery at level 1 and has its file.
async fn open(server: &Running, sealed: &Sealed, recipient: &Addressed) -> Token {
    let email = Some(recipient.new.email.as_str());
    read::<Opening>(recipient.open(server, sealed, None, email).await).await.token
}

async fn collect(server: &Running, sealed: &Sealed, opening: &Token) -> Response {
    let collected = Collected { blobs: vec![sealed.files[0].0] };
    let request = server.call(Method::POST, &path::collected(&sealed.id)).bearer_auth(opening.to_text());
    request.json(&collected).send().await.unwrap()
}

impl Running {
    /// A delivery that its recipient collects.
    async fn send_and_collect(&self, sender: &Person) {
        let rita = Addressed::new("rita@post.example");
        let sealed = send(self, sender, Level::One, &[&rita]).await;
        let opening = open(self, &sealed, &rita).await;
        assert_eq!(collect(self, &sealed, &opening).await.status(), 204);
    }

    async fn notices(&self) -> i64 {
        self.count("SELECT COUNT(*) FROM mail WHERE kind = 'collected'").await
    }
}

#[tokio::test]
async fn who_turns_notices_off_gets_none_and_is_warned_all_the_same() {
    let (server, admin) = Running::with_confirmed_admin().await;
    let change = async |change: &ChangeAccount| {
        ok::<Session>(admin.call(&server, Method::PATCH, path::ACCOUNT).json(change)).await
    };
    assert!(server.account(&admin).await.notices);
    server.send_and_collect(&admin).await;
    assert_eq!(server.notices().await, 1);

    change(&ChangeAccount { notices: Some(false), ..ChangeAccount::default() }).await;
    assert!(!server.account(&admin).await.notices);
    server.send_and_collect(&admin).await;
    // Another change leaves it as it is.
    change(&ChangeAccount { name: Some("Anna".to_owned()), ..ChangeAccount::default() }).await;
    server.send_and_collect(&admin).await;
    assert_eq!(server.notices().await, 1);
    let before = server.written_mails(ADMIN).await;
    server.add_app(&admin).await;
    assert_eq!(server.written_mails(ADMIN).await, before + 1, "a warning is no notice");

    let session = change(&ChangeAccount { notices: Some(true), ..ChangeAccount::default() }).await;
    assert_eq!(session.name, "Anna");
    server.send_and_collect(&admin).await;
    assert_eq!(server.notices().await, 2);
}

/// More than there are connections to the database: who holds the write lock needs none besides.
#[tokio::test(flavor = "multi_thread")]
async fn many_recipients_collect_at_once() {
    let (server, admin) = Running::with_admin(&[]).await;
    let recipients: Vec<_> = (0..40).map(|n| Addressed::new(&format!("rita{n}@post.example"))).collect();
    let sealed = send(&server, &admin, Level::One, &recipients.iter().collect::<Vec<_>>()).await;
    let mut openings = Vec::new();
    for recipient in &recipients {
        openings.push(open(&server, &sealed, recipient).await);
    }
    let answers = join_all(openings.iter().map(|opening| collect(&server, &sealed, opening))).await;
    assert!(answers.iter().all(|answer| answer.status() == 204), "{answers:?}");
    assert_eq!(server.notices().await, 40);
}
