//! What levels 3 and 4 need beside: everybody's keys are looked at before anything leaves, and granted to at the end.

use blob_api::{AccountId, Deputy, Level, ProblemKind, SendDelivery, Sent};
use leptos::prelude::*;
use web_model::obstacle::Obstacle;
use web_model::protocol::{
    Addressed, Addressing, Granted, Granting, Look, MemberAnswer, MemberJob, Person, Standing,
};
use web_model::trouble::Trouble;

use super::composer::{Attempt, Composer, Phase, Snapshot};
use crate::{api, browser};

impl Composer {
    /// Stops before anything is uploaded for somebody whose key must not be used.
    pub(super) async fn look_first(self, addressing: &Addressing) -> Result<(), Trouble> {
        let people = self.people(addressing).await?;
        let looks = self.keys.look(people).await.map_err(locked)?;
        let withheld: Vec<String> =
            looks.iter().filter(|look| is_withheld(look)).map(|look| look.email.clone()).collect();
        self.looked(looks);
        if withheld.is_empty() { Ok(()) } else { Err(Obstacle::Keys(withheld).into()) }
    }

    /// Takes down how keys stand.
    pub(super) fn looked(self, looks: Vec<Look>) {
        self.looks.set(looks.into_iter().map(|look| (look.email.clone(), look)).collect());
    }

    /// Is the server's word for a key not enough for what is being sent?
    pub(super) fn needs_proof(self) -> bool {
        self.level_4_needs_proof && self.level.get_untracked() == Level::Four
    }

    async fn people(self, addressing: &Addressing) -> Result<Vec<Person>, Trouble> {
        self.persist(async || self.keys.people(addressing.recipients.clone()).await).await
    }

    /// Who is granted to: the recipients with their cards, or who keeps a receipt.
    async fn holders(self, snapshot: &Snapshot) -> Result<Vec<Person>, Trouble> {
        match self.receipt(snapshot.fixed.terms.level) {
            None => self.people(&snapshot.addressing).await,
            Some(_) => {
                let emails = snapshot.addressing.recipients.iter();
                Ok(emails.map(|email| Person { email: email.clone(), cards: Vec::new() }).collect())
            }
        }
    }

    /// Who may release in the sender's place.
    async fn deputies(self) -> Result<Vec<(AccountId, Person)>, Trouble> {
        let person = |Deputy { account, email, cards, .. }| (account, Person { email, cards });
        let known = self.persist(async || api::deputies().await).await?;
        Ok(known.deputies.into_iter().map(person).collect())
    }

    /// Grants the delivery to everybody whose key is known, and sends it. When somebody has another key by the time that the
    /// server gets the grants, all is granted anew. Returns also which deputies were passed over.
    pub(super) async fn grant_and_send(
        self,
        attempt: &Attempt,
        snapshot: &Snapshot,
    ) -> Result<(Vec<Addressed>, Sent, Vec<String>), Trouble> {
        let mut people = self.holders(snapshot).await?;
        let mut deputies = self.deputies().await?;
        loop {
            let granted = self.grant(attempt, snapshot, &people, &deputies).await?;
            self.go_on(Phase::Finishing)?;
            let Granted { recipients, own_grant, deputies: held, passed_over, .. } = granted;
            let ask = SendDelivery {
                deputies: held,
                ..self.ask(&snapshot.addressing, &recipients, Some(own_grant))
            };
            match self.persist(async || api::send_delivery(&attempt.delivery, &ask).await).await {
                Err(conflict @ Trouble::Server(ProblemKind::Conflict, _)) => {
                    let now = (self.holders(snapshot).await?, self.deputies().await?);
                    if (&now.0, &now.1) == (&people, &deputies) {
                        return Err(conflict);
                    }
                    (people, deputies) = now;
                }
                sent => return sent.map(|sent| (recipients, sent, passed_over)),
            }
        }
    }

    /// What was granted; the vault, which remembers to whom, is stored.
    async fn grant(
        self,
        attempt: &Attempt,
        snapshot: &Snapshot,
        people: &[Person],
        deputies: &[(AccountId, Person)],
    ) -> Result<Granted, Trouble> {
        let codes = snapshot.addressing.codes.then(|| self.words.now().into());
        let receipt = self.receipt(snapshot.fixed.terms.level);
        let job = |keys| {
            MemberJob::Grant(Box::new(Granting {
                prepared: attempt.prepared.id(),
                keys,
                letter: snapshot.content.letter.clone(),
                people: people.to_vec(),
                deputies: deputies.to_vec(),
                codes,
                receipt: receipt.clone(),
                needs_proof: self.needs_proof(),
                now: browser::since_1970(),
            }))
        };
        let note = |note| self.noted(note, &[]);
        let granted = self.persist(async || self.keys.remembering_and_following(job, note).await).await;
        match granted.map_err(locked)?.1 {
            MemberAnswer::Granted(granted) => Ok(*granted),
            MemberAnswer::Withheld(emails) => {
                self.ask_readiness();
                Err(Obstacle::Keys(emails).into())
            }
            _ => Err(Trouble::Internal),
        }
    }
}

/// The SecuPass was asked for and not given, or the worker was told to stop, after which nobody waits for this any more.
fn locked(trouble: Trouble) -> Trouble {
    if trouble == Trouble::Cancelled { Obstacle::Locked.into() } else { trouble }
}

fn is_withheld(look: &Look) -> bool {
    matches!(look.standing, Standing::Changed | Standing::Damaged)
}
