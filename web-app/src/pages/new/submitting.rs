//! The last step of what goes into a box.

use blob_api::{ProblemKind, Submit, Token};
use leptos::prelude::*;
use web_model::obstacle::Obstacle;
use web_model::protocol::{Made, MemberAnswer, MemberJob, SubmitAnswer, SubmitJob, Submitting};
use web_model::trouble::Trouble;

use super::composer::{Attempt, Composer, Confirmation, IntoBox, Snapshot};
use crate::{api, boxes, browser};

impl Composer {
    /// Gives what was uploaded to the box. When the box has another card by the time that the server gets it, it is given to
    /// that, if that is still the box whose key was shown.
    pub(super) async fn submit(
        self,
        attempt: &Attempt,
        snapshot: &Snapshot,
    ) -> Result<Confirmation, Trouble> {
        loop {
            let Some(into) = self.into_box.get_value() else { return Err(Trouble::Internal) };
            let made = self.made(attempt, snapshot, &into).await?;
            let Made { recipient, link, mail, grant, submitter, receipt, digest, .. } = made;
            let language = self.words.now().into();
            let sealed_to =
                grant.as_ref().and(into.shown.as_ref()).map(|look| look.fingerprint.digits.clone());
            let ask = Submit { recipient, link, mail, grant, submitter, sealed_to, language };
            let answer = self.persist(async || api::submit(&attempt.delivery, &into.token, &ask).await).await;
            match answer {
                Ok(submitted) => {
                    if digest.is_some_and(|digest: Token| digest != submitted.digest) {
                        return Err(Obstacle::ReceiptDiffers.into());
                    }
                    return Ok(Confirmation {
                        ticket: into.ticket,
                        title: into.submit_box.title,
                        level: snapshot.fixed.terms.level,
                        at: submitted.at,
                        expires: submitted.expires,
                        letter: snapshot.content.letter.clone(),
                        files: snapshot.content.files.clone(),
                        digest: submitted.digest,
                        sealed_to: into.shown.filter(|_| receipt.is_some()).map(|look| look.fingerprint),
                        receipt,
                    });
                }
                Err(conflict @ Trouble::Server(ProblemKind::Conflict, _)) => {
                    let now = self.persist(async || api::ticket(&into.ticket, &into.token).await).await?;
                    if now.submit_box.card == into.submit_box.card {
                        return Err(conflict);
                    }
                    let shown = into.shown.as_ref().map(|look| look.fragment.clone());
                    if !boxes::is_still(self.door, &now.submit_box, shown).await? {
                        return Err(Obstacle::BoxKey.into());
                    }
                    self.into_box.set_value(Some(IntoBox { submit_box: now.submit_box, ..into }));
                }
                Err(trouble) => return Err(trouble),
            }
        }
    }

    async fn made(self, attempt: &Attempt, snapshot: &Snapshot, into: &IntoBox) -> Result<Made, Trouble> {
        let needs_card = snapshot.fixed.terms.level.needs_keys();
        let card = into.submit_box.card.clone().filter(|_| needs_card);
        // A box that had keys and shows none any more is not the one that was begun with.
        if needs_card && card.is_none() {
            return Err(Trouble::Internal);
        }
        let job = MemberJob::Submit(SubmitJob::Submit(Box::new(Submitting {
            prepared: attempt.prepared.id(),
            letter: snapshot.content.letter.clone(),
            email: into.email.clone(),
            card: card.map(|card| (card, into.shown.as_ref().map(|look| look.fragment.clone()))),
            now: browser::since_1970(),
        })));
        let answer = self.door.ask(job).await.map_err(|failure| Trouble::of_worker(failure, &[]))?;
        match answer.member() {
            Some(MemberAnswer::Submit(SubmitAnswer::Made(made))) => Ok(*made),
            _ => Err(Trouble::Internal),
        }
    }
}
