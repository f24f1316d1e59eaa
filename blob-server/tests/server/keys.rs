//! What accounts keep here of their keys. To the server all of it is bytes.

use blob_api::*;
use reqwest::Method;

use crate::harness::*;

const ADMIN: &str = "admin@amt.example";
const GUEST: &str = "rita@post.example";

/// Keys that replace this revision.
pub fn keys(replaces: u32, vault_version: u32) -> StoreKeys {
    let part = |name: &str| Opaque(format!("{name} {replaces}").into_bytes());
    StoreKeys {
        replaces,
        card: part("card"),
        identity: part("identity"),
        secupass: part("secupass"),
        recovery: part("recovery"),
        vault: Vault { version: vault_version, sealed: part("vault") },
        reset: false,
    }
}

impl Running {
    async fn store(&self, person: &Person, keys: &StoreKeys) -> reqwest::Response {
        person.call(self, Method::PUT, path::KEYS).json(keys).send().await.unwrap()
    }

    async fn store_vault(&self, person: &Person, version: u32, sealed: &[u8]) -> reqwest::Response {
        let vault = Vault { version, sealed: Opaque(sealed.to_vec()) };
        person.call(self, Method::PUT, path::VAULT).json(&vault).send().await.unwrap()
    }

    async fn keys(&self, person: &Person) -> Option<AccountKeys> {
        let Keys { keys } = ok(person.call(self, Method::GET, path::KEYS)).await;
        keys
    }

    async fn cards(&self, person: &Person, emails: &[&str]) -> Vec<Vec<Opaque>> {
        let ask = AskCards { emails: emails.iter().map(|email| (*email).to_owned()).collect() };
        let Cards { cards } = ok(person.call(self, Method::POST, path::CARDS).json(&ask)).await;
        cards
    }
}

#[tokio::test]
async fn keys_come_back_as_they_were_stored_and_change_in_order() {
    let (server, admin) = Running::with_admin(&[]).await;
    assert_eq!(server.keys(&admin).await, None);
    let first = keys(0, 1);
    assert_eq!(server.store(&admin, &first).await.status(), 204);
    let there = server.keys(&admin).await.unwrap();
    assert_eq!((there.revision, &there.cards, &there.vault), (1, &vec![first.card.clone()], &first.vault));
    assert_eq!((&there.identity, &there.secupass), (&first.identity, &first.secupass));

    // Another browser that knew of nothing, and one without the password.
    refused(server.store(&admin, &first).await, ProblemKind::Conflict).await;
    refused(server.store(&admin, &keys(1, 2)).await, ProblemKind::Unconfirmed).await;
    assert_eq!(server.confirm(&admin, ADMIN, PASSWORD).await.status(), 204);

    // The same card under another SecuPass, then another card.
    let changed = StoreKeys { card: first.card.clone(), ..keys(1, 2) };
    assert_eq!(server.store(&admin, &changed).await.status(), 204);
    assert_eq!(server.keys(&admin).await.unwrap().cards.len(), 1);
    refused(server.store(&admin, &keys(2, 2)).await, ProblemKind::Conflict).await;
    assert_eq!(server.store(&admin, &keys(2, 3)).await.status(), 204);
    let there = server.keys(&admin).await.unwrap();
    assert_eq!((there.revision, there.cards), (3, vec![first.card, keys(2, 3).card]));
}

#[tokio::test]
async fn a_change_is_told_by_mail_and_the_first_keys_are_not() {
    let (server, admin) = Running::with_admin(&[]).await;
    assert_eq!(server.store(&admin, &keys(0, 1)).await.status(), 204);
    assert_eq!(server.written_mails(ADMIN).await, 0);
    assert_eq!(server.confirm(&admin, ADMIN, PASSWORD).await.status(), 204);
    assert_eq!(server.store(&admin, &StoreKeys { reset: true, ..keys(1, 2) }).await.status(), 204);
    let mails = server.wait_for_mails(ADMIN, 1).await;
    assert!(mails[0].subject.contains("SecuPass"), "{}", mails[0].subject);
}

#[tokio::test]
async fn a_vault_moves_one_version_at_a_time() {
    let (server, admin) = Running::with_admin(&[]).await;
    refused(server.store_vault(&admin, 1, b"v").await, ProblemKind::Conflict).await;
    assert_eq!(server.store(&admin, &keys(0, 1)).await.status(), 204);
    assert_eq!(server.store_vault(&admin, 2, b"second").await.status(), 204);
    // Sent again, since the answer was lost; and by a browser that did not know.
    assert_eq!(server.store_vault(&admin, 2, b"second").await.status(), 204);
    for (version, sealed) in [(2, b"other!"), (1, b"second"), (4, b"fourth")] {
        refused(server.store_vault(&admin, version, sealed).await, ProblemKind::Conflict).await;
    }
    let vault = server.keys(&admin).await.unwrap().vault;
    assert_eq!(vault, Vault { version: 2, sealed: Opaque(b"second".to_vec()) });
    let most = vec![7; Vault::MOST_BYTES];
    assert_eq!(server.store_vault(&admin, 3, &most).await.status(), 204);
    let over = vec![7; Vault::MOST_BYTES + 1];
    refused(server.store_vault(&admin, 4, &over).await, ProblemKind::BadRequest).await;
    refused(server.store_vault(&admin, 4, b"").await, ProblemKind::BadRequest).await;
}

#[tokio::test]
async fn two_browsers_at_once_make_one_set_of_keys() {
    let (server, admin) = Running::with_admin(&[]).await;
    let mine = StoreKeys { card: Opaque(b"another card".to_vec()), ..keys(0, 1) };
    let other = keys(0, 1);
    let (one, two) = tokio::join!(server.store(&admin, &mine), server.store(&admin, &other));
    let mut answers = [one.status().as_u16(), two.status().as_u16()];
    answers.sort_unstable();
    assert_eq!(answers, [204, 409]);
    assert_eq!(server.keys(&admin).await.unwrap().cards.len(), 1);
}

#[tokio::test]
async fn cards_are_there_for_those_who_may_send_to_their_owner() {
    let (server, admin) = Running::with_admin(&[]).await;
    server.send_to(&admin, GUEST).await;
    let guest = server.register_by_mail(GUEST).await;
    assert_eq!(server.store(&guest, &keys(0, 1)).await.status(), 204);
    let cards = server.cards(&admin, &["RITA@post.example", ADMIN, "no address", "who@else.example"]).await;
    assert_eq!(cards, [vec![keys(0, 1).card], vec![], vec![], vec![]]);
    // A guest sends to nobody of their own choice.
    assert_eq!(server.cards(&guest, &[GUEST]).await, [Vec::<Opaque>::new()]);
    let ask = AskCards { emails: vec![GUEST.to_owned(); 101] };
    let over = admin.call(&server, Method::POST, path::CARDS).json(&ask).send().await.unwrap();
    refused(over, ProblemKind::TooLarge).await;
}
