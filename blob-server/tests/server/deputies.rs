//! Deputies, as the server keeps them. To it deputations and grants are bytes.

use blob_api::*;
use reqwest::{Method, Response};

use crate::grants::{RITA, SENDER, addressed, grant, hash, sealed_send};
use crate::harness::*;
use crate::keys::keys;

const DORA: &str = "dora@amt.example";
const EMIL: &str = "emil@amt.example";

impl Running {
    /// A deputation of somebody who has the keys of [`keys`] that replaced this revision.
    fn deputation(&self, email: &str, replaced: u32) -> NameDeputy {
        NameDeputy {
            email: email.to_owned(),
            deputation: Opaque(random::<{ NameDeputy::BYTES }>().to_vec()),
            card: hash(&keys(replaced, 1).card.0),
            until: self.clock.now() + 3600,
        }
    }

    async fn name(&self, person: &Person, name: &NameDeputy) -> Response {
        person.call(self, Method::PUT, path::DEPUTIES).json(name).send().await.unwrap()
    }

    async fn deputies(&self, person: &Person) -> Deputies {
        ok(person.call(self, Method::GET, path::DEPUTIES)).await
    }

    async fn end(&self, person: &Person, deputy: &AccountId) -> Response {
        person.call(self, Method::DELETE, &path::deputy(deputy)).send().await.unwrap()
    }

    /// A sender, and a colleague who has keys.
    async fn with_dora() -> (Self, Person, Person) {
        let (server, sender) = Self::with_sender().await;
        let dora = server.register_by_mail(DORA).await;
        server.activate(&dora, &keys(0, 1)).await;
        (server, sender, dora)
    }

    /// Sends a delivery to somebody new, with a grant for the deputy.
    async fn send_with_deputy(
        &self,
        sender: &Person,
        deputy: &DeputyGrant,
    ) -> (Sealed, NewRecipient, Response) {
        let sealed = self.sealed_draft(sender, Level::Four).await;
        let new = addressed(RITA, Level::Four);
        let send = SendDelivery { deputies: vec![deputy.clone()], ..sealed_send(vec![new.clone()]) };
        let sent = self.try_send_sealed(sender, &sealed.id, &send).await;
        (sealed, new, sent)
    }
}

#[tokio::test]
async fn a_deputy_releases_in_the_senders_place() {
    let (server, sender, dora) = Running::with_dora().await;
    let named = server.deputation(DORA, 0);
    for _ in 0..2 {
        assert_eq!(server.name(&sender, &named).await.status(), 204);
    }
    let Deputies { deputies, represented } = server.deputies(&sender).await;
    let [deputy] = &deputies[..] else { panic!("{}", deputies.len()) };
    assert_eq!((&deputy.email[..], deputy.until, &deputy.cards), (DORA, named.until, &vec![keys(0, 1).card]));
    assert!(represented.is_empty());
    let told = &server.deputies(&dora).await.represented[0];
    assert_eq!((&told.email[..], told.until), (SENDER, named.until));
    let mail = server.wait_for_mails(DORA, 2).await;
    assert!(mail.iter().any(|mail| mail.subject.contains("stand in") || mail.subject.contains("vertreten")));

    let held = DeputyGrant { deputy: deputy.account, grant: grant(0) };
    let (sealed, new, sent) = server.send_with_deputy(&sender, &held).await;
    assert_eq!(sent.status(), 200);
    assert!(server.releases(&dora).await.is_empty());
    let before = server.mails(DORA).await.len();
    let rita = server.register_by_mail(RITA).await;
    server.activate(&rita, &keys(0, 1)).await;
    let mails = server.wait_for_mails(DORA, before + 1).await;
    assert!(mails.iter().any(|mail| mail.subject.contains(RITA)), "the deputy hears of it as well");

    let waiting = server.releases(&dora).await;
    let [one] = &waiting[..] else { panic!("{}", waiting.len()) };
    assert_eq!((one.delivery, one.recipient), (sealed.id, new.recipient));
    assert_eq!(one.own_grant, held.grant.grant);
    assert_eq!(one.in_place_of.as_ref().map(|of| &of.email[..]), Some(SENDER));
    assert!(server.releases(&sender).await[0].in_place_of.is_none());

    let given = grant(0);
    let released = server.release(&dora, &sealed.id, &new.recipient, &given).await;
    assert_eq!(released.status(), 204);
    let received = server.received_grant(&rita, &sealed.id).await;
    let by = received.given_by.unwrap();
    assert_eq!((received.grant, by.email), (Some(given.grant), DORA.to_owned()));
    assert_eq!((by.deputation, by.cards), (named.deputation, vec![keys(0, 1).card]));
    assert!(server.releases(&sender).await.is_empty() && server.releases(&dora).await.is_empty());
    let mails = server.wait_for_mails(RITA, 2).await;
    let mail = mails.iter().find(|mail| mail.text.contains(&format!("/inbox/{}", sealed.id))).unwrap();
    assert!(mail.text.contains("sender"), "it comes from its sender: {}", mail.text);

    // The sender grants it once more: nobody stood in for them.
    let own = server.release(&sender, &sealed.id, &new.recipient, &grant(0)).await;
    assert_eq!(own.status(), 204);
    assert_eq!(server.received_grant(&rita, &sealed.id).await.given_by, None);
}

#[tokio::test]
async fn who_is_no_deputy_any_more_releases_nothing() {
    for end in ["by hand", "by time", "by a new card"] {
        let (server, sender, dora) = Running::with_dora().await;
        assert_eq!(server.name(&sender, &server.deputation(DORA, 0)).await.status(), 204);
        let account = server.deputies(&sender).await.deputies[0].account;
        let held = DeputyGrant { deputy: account, grant: grant(0) };
        let (sealed, new, sent) = server.send_with_deputy(&sender, &held).await;
        assert_eq!(sent.status(), 200);
        let rita = server.register_by_mail(RITA).await;
        server.activate(&rita, &keys(0, 1)).await;
        let emil = server.register_by_mail(EMIL).await;
        let stranger = server.release(&emil, &sealed.id, &new.recipient, &grant(0)).await;
        refused(stranger, ProblemKind::NotFound).await;
        assert_eq!(server.releases(&dora).await.len(), 1, "{end}");

        match end {
            "by hand" => {
                assert_eq!(server.end(&sender, &account).await.status(), 204);
                refused(server.end(&sender, &account).await, ProblemKind::NotFound).await;
            }
            "by time" => server.clock.advance(3600),
            _ => {
                assert_eq!(server.confirm(&dora, DORA, PASSWORD).await.status(), 204);
                server.activate(&dora, &keys(1, 2)).await;
            }
        }
        assert!(server.releases(&dora).await.is_empty(), "{end}");
        assert!(server.deputies(&sender).await.deputies.is_empty(), "{end}");
        let late = server.release(&dora, &sealed.id, &new.recipient, &grant(0)).await;
        refused(late, ProblemKind::NotFound).await;
        // What the page of a sender knew a moment ago is looked at again when it sends.
        let (_, _, sent) = server.send_with_deputy(&sender, &held).await;
        refused(sent, ProblemKind::Conflict).await;
    }
}

#[tokio::test]
async fn only_staff_with_keys_stand_in_for_staff() {
    let (server, sender, dora) = Running::with_dora().await;
    server.send_to(&sender, RITA).await;
    let rita = server.register_by_mail(RITA).await;
    server.activate(&rita, &keys(0, 1)).await;
    server.register_by_mail(EMIL).await;
    for (who, whom, problem) in [
        (&rita, DORA, ProblemKind::NotAllowed),
        (&sender, RITA, ProblemKind::NotAllowed),
        (&sender, SENDER, ProblemKind::NotAllowed),
        (&sender, EMIL, ProblemKind::NotFound),
        (&sender, "nobody@amt.example", ProblemKind::NotFound),
    ] {
        refused(server.name(who, &server.deputation(whom, 0)).await, problem).await;
    }
    refused(server.name(&sender, &server.deputation(DORA, 7)).await, ProblemKind::Conflict).await;
    let good = server.deputation(DORA, 0);
    for wrong in [
        NameDeputy { until: server.clock.now(), ..good.clone() },
        NameDeputy { until: server.clock.now() + 367 * 24 * 3600, ..good.clone() },
        NameDeputy { deputation: Opaque(vec![1; NameDeputy::BYTES - 1]), ..good.clone() },
    ] {
        refused(server.name(&sender, &wrong).await, ProblemKind::BadRequest).await;
    }
    assert!(server.deputies(&sender).await.deputies.is_empty());

    // Those who may be represented are few, and what is over makes room.
    let mut colleagues = Vec::new();
    for number in 0..Deputies::MOST {
        let email = format!("kollege{number}@amt.example");
        let colleague = server.register_by_mail(&email).await;
        server.activate(&colleague, &keys(0, 1)).await;
        assert_eq!(server.name(&sender, &server.deputation(&email, 0)).await.status(), 204);
        colleagues.push(email);
    }
    refused(server.name(&sender, &good).await, ProblemKind::Conflict).await;
    assert_eq!(server.name(&sender, &server.deputation(&colleagues[0], 0)).await.status(), 204);
    server.clock.advance(3600);
    let later = NameDeputy { until: server.clock.now() + 60, ..good };
    assert_eq!(server.name(&sender, &later).await.status(), 204);
    assert_eq!(server.deputies(&dora).await.represented.len(), 1);
}

#[tokio::test]
async fn whoever_wrote_to_an_account_can_be_answered_with_their_card() {
    let (server, sender) = Running::with_sender().await;
    server.activate(&sender, &keys(0, 1)).await;
    server.send_to(&sender, RITA).await;
    let rita = server.register_by_mail(RITA).await;
    let dora = server.register_by_mail(DORA).await;
    server.activate(&dora, &keys(0, 1)).await;
    let ask = AskCards { emails: vec![SENDER.to_owned(), DORA.to_owned()] };
    let Cards { cards } = ok(rita.call(&server, Method::POST, path::CARDS).json(&ask)).await;
    assert_eq!(cards, [vec![keys(0, 1).card], Vec::new()]);
}
