//! The steps of sending: prepare, create, upload, send; and what happens when one fails.

use std::pin::pin;
use std::sync::Arc;

use blob_api::{
    CreateDelivery, DeliveryId, Hidden, NewRecipient, Opaque, ProblemKind, SendDelivery, Token, path,
};
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::obstacle::Obstacle;
use web_model::pauses::{pause_after, pause_as_told};
use web_model::protocol::{
    Addressed, Addressing, MemberAnswer, MemberJob, Note, Outgoing, Progress, Secret, Written,
};
use web_model::transfer::{State, Transfer};
use web_model::trouble::Trouble;

use super::composer::{Attempt, Composer, Fixed, Parcel, Phase, Recipient, Snapshot, Stage, Terms};
use super::files::Pick;
use crate::{api, browser};

impl Composer {
    /// Checks the draft and sends it, or goes on with what an earlier try left.
    pub(in crate::pages) fn send(self) {
        if self.stage.with_untracked(|stage| *stage != Stage::Writing) {
            return;
        }
        if !self.take_typed_recipients() {
            return;
        }
        let snapshot = self.snapshot();
        if let Err(fault) = self.check(&snapshot) {
            return self.refuse(fault);
        }
        let missing = self.missing();
        if !missing.is_empty() {
            return self.errors.show(Obstacle::ChooseAgain(missing).into());
        }
        self.errors.clear();
        if !self.needs_keys(snapshot.fixed.terms.level) {
            return self.begin(snapshot);
        }
        // Asked for before anything else happens. Without it the page stays as it is.
        spawn_local(async move {
            if self.keys.need().await.is_some() && self.stage.with_untracked(|stage| *stage == Stage::Writing)
            {
                self.begin(snapshot);
            }
        });
    }

    fn begin(self, snapshot: Snapshot) {
        self.status.restart();
        self.cancelled.set_value(false);
        self.paused.set(false);
        self.transfer.set(Transfer::new(snapshot.content.files.iter().map(|file| file.size)));
        self.stage.set(Stage::Sending(Phase::Preparing));
        browser::focus("cancel");
        spawn_local(async move {
            match self.run_until_stopped(snapshot).await {
                Ok(stage) => self.stage.set(stage),
                Err(trouble) => self.stopped(trouble).await,
            }
        });
    }

    /// Stops what runs; [`Composer::stopped`] then tidies up.
    pub(in crate::pages) fn cancel(self) {
        self.cancelled.set_value(true);
        if let Some(job) = self.upload.get_value() {
            self.door.cancel(job);
        } else if let Some(stop) = self.stop.try_update_value(Option::take).flatten() {
            // Nobody listens when it has just come to its end.
            let _ = stop.send(());
        }
    }

    /// Lets the upload rest, or go on.
    pub(in crate::pages) fn toggle_pause(self) {
        if let Some(job) = self.upload.get_value() {
            self.paused.update(|paused| *paused = !*paused);
            let paused = self.paused.get_untracked();
            self.transfer.update(|transfer| transfer.pause_all(paused));
            self.door.pause(job, paused);
        }
    }

    /// As [`Composer::run`], but waits for no answer any more once it is cancelled.
    async fn run_until_stopped(self, snapshot: Snapshot) -> Result<Stage, Trouble> {
        let (stop, stopped) = oneshot::channel();
        self.stop.set_value(Some(stop));
        let _held = self.needs_keys(snapshot.fixed.terms.level).then(|| self.keys.hold());
        match select(pin!(self.run(snapshot)), stopped).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => Err(Trouble::Cancelled),
        }
    }

    /// Prepare, create, upload, send.
    async fn run(self, snapshot: Snapshot) -> Result<Stage, Trouble> {
        let grants = self.needs_keys(snapshot.fixed.terms.level);
        if grants && self.receipt(snapshot.fixed.terms.level).is_none() {
            self.look_first(&snapshot.addressing).await?;
        }
        let attempt = self.attempt(&snapshot).await?;
        self.go_on(Phase::Uploading)?;
        let fragment = match &attempt.uploaded {
            Some((content, fragment)) if *content == snapshot.content => fragment.clone(),
            _ => self.upload(&attempt, &snapshot).await?,
        };
        self.transfer.update(Transfer::finish);
        self.go_on(Phase::Finishing)?;
        if matches!(attempt.terms, Terms::Kept { .. }) {
            let author = self.author();
            self.persist(async || remove_strays(&attempt.delivery, author.bearer()).await).await?;
        }
        if self.into_box.with_value(Option::is_some) {
            let confirmation = self.submit(&attempt, &snapshot).await?;
            self.forget_attempt(&attempt);
            return Ok(Stage::Submitted(confirmation));
        }
        let (recipients, sent, passed_over) = if grants {
            self.grant_and_send(&attempt, &snapshot).await?
        } else {
            let recipients = self.addressed(&attempt, &snapshot.addressing).await?;
            let ask = self.ask(&snapshot.addressing, &recipients, None);
            let sent = self.persist(async || api::send_delivery(&attempt.delivery, &ask).await).await?;
            (recipients, sent, Vec::new())
        };
        if self.cancelled.get_value() {
            return Err(Trouble::Cancelled);
        }
        self.forget_attempt(&attempt);
        let Fixed { terms, with_password, open_link } = attempt.terms.fixed();
        let link = |fragment: &str| browser::origin() + &path::link(terms.level, attempt.delivery, fragment);
        let Addressing { recipients: emails, by_mail, .. } = snapshot.addressing;
        let recipient = |(email, own): (&String, Addressed)| Recipient {
            email: email.clone(),
            link: link(own.link.as_ref().map_or("", |link| &link.fragment.0)),
            to_release: grants && own.grant.is_none(),
            unproved: own.unproved,
            code: own.invitation.map(|invitation| invitation.code),
        };
        Ok(Stage::Sent(Parcel {
            delivery: attempt.delivery,
            level: terms.level,
            link: open_link.then(|| link(&fragment.0)),
            by_mail: by_mail && !emails.is_empty(),
            recipients: emails.iter().zip(recipients).map(recipient).collect(),
            passed_over,
            with_password,
            expires: sent.expires,
        }))
    }

    /// It is sent.
    fn forget_attempt(self, attempt: &Attempt) {
        self.attempt.set_value(None);
        // Nobody waits for that: what is not forgotten now is noise, since the server has forgotten its half.
        drop(self.door.give(MemberJob::Discard { delivery: attempt.delivery }, &[]));
    }

    /// A link for each recipient, the same ones each time that the same recipients are tried.
    async fn addressed(self, attempt: &Attempt, addressing: &Addressing) -> Result<Vec<Addressed>, Trouble> {
        let emails = &addressing.recipients;
        let recipients = match &attempt.addressed {
            Some((known, recipients)) if known == emails => recipients.clone(),
            _ if emails.is_empty() => Vec::new(),
            _ => {
                let recipients = u32::try_from(emails.len()).unwrap_or(u32::MAX);
                let job = MemberJob::Address { prepared: attempt.prepared.id(), recipients };
                let answer = self.door.ask(job).await.map_err(|failure| Trouble::of_worker(failure, &[]))?;
                match answer.member() {
                    Some(MemberAnswer::Addressed(recipients)) => recipients,
                    _ => return Err(Trouble::Internal),
                }
            }
        };
        let addressed = Some((emails.clone(), recipients.clone()));
        let uploaded = self.attempt.with_value(|now| now.as_ref().and_then(|now| now.uploaded.clone()));
        self.attempt.set_value(Some(Attempt { addressed, uploaded, ..attempt.clone() }));
        Ok(recipients)
    }

    /// What the server is asked to do.
    pub(in crate::pages) fn ask(
        self,
        addressing: &Addressing,
        recipients: &[Addressed],
        own_grant: Option<Opaque>,
    ) -> SendDelivery {
        let Addressing { recipients: emails, listed, by_mail, note, .. } = addressing;
        let fragment = |own: &Addressed| own.link.as_ref().map(|link| link.fragment.0.clone());
        let recipient = |(email, own): (&String, &Addressed)| NewRecipient {
            recipient: own.recipient,
            email: email.clone(),
            link: own.link.as_ref().map(|link| link.new.clone()),
            mail: by_mail.then(|| Hidden(fragment(own).unwrap_or_default())),
            grant: own.grant.clone(),
            offer: own.invitation.as_ref().map(|invitation| invitation.offer.clone()),
        };
        SendDelivery {
            recipients: emails.iter().zip(recipients).map(recipient).collect(),
            listed: *listed,
            note: (!note.is_empty()).then(|| note.clone()),
            language: self.words.now().into(),
            own_grant,
            deputies: Vec::new(),
        }
    }

    pub(in crate::pages) fn go_on(self, phase: Phase) -> Result<(), Trouble> {
        if self.cancelled.get_value() {
            return Err(Trouble::Cancelled);
        }
        self.stage.set(Stage::Sending(phase));
        Ok(())
    }

    /// Repeats a call for as long as only the network is missing, and says so meanwhile, or the server asks to wait.
    pub(in crate::pages) async fn persist<T>(
        self,
        mut call: impl AsyncFnMut() -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let mut tries = 0;
        loop {
            let result = call().await;
            let lost = matches!(result, Err(Trouble::Network));
            self.transfer.update(|transfer| transfer.reconnecting = lost);
            let pause = match &result {
                Err(Trouble::Network) => pause_after(tries),
                Err(trouble @ Trouble::Server(ProblemKind::TooMany, _)) => {
                    pause_as_told(tries, trouble.wait().unwrap_or_default())
                }
                _ => return result,
            };
            browser::online_or_after(pause.into()).await;
            tries += 1;
        }
    }

    /// The earlier attempt when it had the same terms, else a new one that the server knows.
    async fn attempt(self, snapshot: &Snapshot) -> Result<Attempt, Trouble> {
        match self.attempt.get_value() {
            Some(attempt) if attempt.created && attempt.terms.hold_for(snapshot) => return Ok(attempt),
            Some(other) => self.discard(other).await,
            None => {}
        }
        let Snapshot { password, fixed, .. } = snapshot.clone();
        let (author, terms) = (self.author(), fixed.terms);
        let job = MemberJob::Prepare { author: author.clone(), password: password.clone(), terms };
        let (kept, answer) = self.door.keep(job).await.map_err(|failure| Trouble::of_worker(failure, &[]))?;
        let Some(MemberAnswer::Prepared { delivery, gate_hash, auth_hash, resume }) = answer.member() else {
            return Err(Trouble::Internal);
        };
        let attempt = Attempt {
            terms: Terms::Chosen { password, fixed },
            prepared: Arc::new(kept),
            delivery,
            created: false,
            uploaded: None,
            addressed: None,
        };
        // Known before the server is asked, so that it can be taken back when the answer is not waited for.
        self.attempt.set_value(Some(attempt.clone()));
        let ask = CreateDelivery {
            delivery,
            level: terms.level,
            gate_hash: fixed.open_link.then_some(gate_hash),
            auth_hash,
            password: fixed.with_password,
            days: terms.days,
            answer_to: terms.answer_to,
            resume,
        };
        self.persist(async || api::create(&ask, author.bearer()).await).await?;
        let attempt = Attempt { created: true, ..attempt };
        self.attempt.set_value(Some(attempt.clone()));
        Ok(attempt)
    }

    async fn upload(self, attempt: &Attempt, snapshot: &Snapshot) -> Result<Secret, Trouble> {
        let (outgoing, files): (Vec<_>, Vec<_>) = self.picks.with_untracked(|picks| {
            let outgoing = |pick: &Pick| Outgoing { chosen: pick.chosen.clone(), here: pick.file.is_some() };
            picks.iter().map(|pick| (outgoing(pick), pick.file.clone())).unzip()
        });
        let files: Vec<_> = files.into_iter().flatten().collect();
        let (letter, addressing) = (snapshot.content.letter.clone(), snapshot.addressing.clone());
        let written = Written { letter, addressing };
        let (prepared, keys) = (attempt.prepared.id(), self.keys.opened_as());
        let job = MemberJob::Upload { prepared, keys, written, files: outgoing };
        let running = self.door.give(job, &files);
        self.upload.set_value(Some(running.id()));
        let names: Vec<String> = snapshot.content.files.iter().map(|file| file.name.clone()).collect();
        let result = running.follow(|step| self.progressed(step), |note| self.noted(note, &names)).await;
        self.upload.set_value(None);
        self.paused.set(false);
        self.checking.set(false);
        match result.map_err(|failure| Trouble::of_worker(failure, &names))?.0.member() {
            Some(MemberAnswer::Uploaded { fragment }) => {
                let uploaded = Some((snapshot.content.clone(), fragment.clone()));
                self.attempt.set_value(Some(Attempt { uploaded, ..attempt.clone() }));
                Ok(fragment)
            }
            _ => Err(Trouble::Internal),
        }
    }

    fn progressed(self, step: Progress) {
        self.transfer.update(|transfer| transfer.update(step));
        let percent = self.transfer.with_untracked(Transfer::percent);
        self.status.quarter(percent, |quarter| self.words.now().sending_announce(quarter));
    }

    pub(in crate::pages) fn noted(self, note: Note, names: &[String]) {
        match note {
            Note::Checking(_) => self.checking.set(true),
            Note::Sending(_) => self.checking.set(false),
            Note::NotKept => self.not_kept.set(true),
            Note::Granted(done) => self.stage.set(Stage::Sending(Phase::Granting(done))),
            Note::Changed(file) => {
                self.checking.set(false);
                self.changed.set(names.get(file as usize).cloned());
            }
        }
    }

    /// Back to writing, with everything still there and a sentence about what happened.
    async fn stopped(self, trouble: Trouble) {
        let may_pass = may_pass(&trouble);
        if may_pass {
            self.transfer.update(|transfer| {
                transfer.fail();
                self.picks.with_untracked(|picks| {
                    let arrived = picks.iter().enumerate().filter(|(_, pick)| pick.arrived);
                    arrived.for_each(|(place, _)| transfer.set(place, State::Done));
                });
            });
        }
        let attempt = self.attempt.get_value();
        match &trouble {
            _ if may_pass => {}
            // What must change stands on this page, or another SecuPass is to be typed: all that was done is of use after that.
            Trouble::Unreadable(_)
            | Trouble::NoSpace
            | Trouble::Told(_)
            | Trouble::Server(ProblemKind::TooLarge, _) => self.rest(),
            _ => self.let_go(),
        }
        self.stage.set(Stage::Writing);
        if trouble == Trouble::LoggedOut {
            self.account.ended();
            self.login_again.set(true);
        }
        let is_over = is_over(&trouble);
        self.errors.show(trouble);
        if let Some(attempt) = attempt.filter(|_| is_over) {
            self.discard(attempt).await;
        }
    }

    /// Forgets the attempt on this page. What the browser keeps of it stays, so that it can go on later.
    pub(in crate::pages) fn let_go(self) {
        self.attempt.set_value(None);
        self.kept.set(None);
        self.picks.update(|picks| picks.iter_mut().for_each(|pick| pick.arrived = false));
        self.rest();
    }

    /// Takes an attempt back. When the server cannot be told, it forgets by itself what nobody completed.
    async fn discard(self, attempt: Attempt) {
        self.attempt.set_value(None);
        let _ = api::cancel(&attempt.delivery, self.author().bearer()).await;
        let _ = self.door.ask(MemberJob::Discard { delivery: attempt.delivery }).await;
    }
}

impl Terms {
    fn fixed(&self) -> Fixed {
        match self {
            Self::Chosen { fixed, .. } | Self::Kept { fixed } => *fixed,
        }
    }

    /// Can what is to be sent now go on under these?
    fn hold_for(&self, snapshot: &Snapshot) -> bool {
        match self {
            Self::Chosen { password, fixed } => (password, fixed) == (&snapshot.password, &snapshot.fixed),
            Self::Kept { .. } => true,
        }
    }
}

/// Takes back what arrived after the delivery went on here: a part that an earlier tab still had on its way. The server
/// sends no delivery with a file that is not whole.
async fn remove_strays(delivery: &DeliveryId, bearer: Option<&Token>) -> Result<(), Trouble> {
    let stored = api::blobs(delivery, bearer).await?;
    for stray in stored.blobs.iter().filter(|stored| !stored.complete) {
        api::remove_blob(delivery, &stray.blob, bearer).await?;
    }
    Ok(())
}

/// Is it worth trying the same again?
fn may_pass(trouble: &Trouble) -> bool {
    matches!(
        trouble,
        Trouble::Network
            | Trouble::LoggedOut
            | Trouble::Server(
                ProblemKind::StorageFull
                    | ProblemKind::Internal
                    | ProblemKind::TooMany
                    | ProblemKind::DigestMismatch,
                _
            )
    )
}

/// Can nothing of the delivery be used any more?
fn is_over(trouble: &Trouble) -> bool {
    matches!(
        trouble,
        Trouble::Cancelled
            | Trouble::Server(ProblemKind::NotFound | ProblemKind::Conflict | ProblemKind::Expired, _)
    )
}
