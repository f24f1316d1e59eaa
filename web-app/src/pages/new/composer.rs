//! A delivery from the first letter to its link: what is typed, and the steps of sending.

use std::pin::pin;
use std::sync::Arc;

use blob_api::{CreateDelivery, DeliveryId, Level, Limits, ProblemKind, Token, UnixSeconds};
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::draft::{self, Chosen, Draft, Fault};
use web_model::protocol::{Answer, Job, JobId, Letter, Secret};
use web_model::transfer::{State, Transfer};
use web_model::trouble::Trouble;

use super::files::Pick;
use crate::app::server;
use crate::crypto::{Door, Kept, door};
use crate::i18n::{Words, words};
use crate::session::{Account, account};
use crate::widgets::errors::Errors;
use crate::widgets::progress::{Speed, Status};
use crate::{api, browser};

/// How far the delivery is.
#[derive(Clone, PartialEq)]
pub(super) enum Stage {
    Writing,
    Sending(Phase),
    Sent(Parcel),
}

/// What happens while sending.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Preparing,
    Uploading,
    Finishing,
}

/// A delivery that is on its way. Its link is a secret: it is shown, and leaves this page only by the user's hand.
#[derive(Clone, PartialEq)]
pub(super) struct Parcel {
    pub(super) link: String,
    pub(super) with_password: bool,
    pub(super) expires: UnixSeconds,
}

/// Everything the page of a new delivery knows, as signals.
#[derive(Clone, Copy)]
pub(super) struct Composer {
    pub(super) subject: RwSignal<String>,
    pub(super) message: RwSignal<String>,
    pub(super) picks: RwSignal<Vec<Pick>, LocalStorage>,
    /// How many files of the last folder were left out, since computers make them for themselves.
    pub(super) left_out: RwSignal<usize>,
    pub(super) with_password: RwSignal<bool>,
    pub(super) password: RwSignal<String>,
    pub(super) days: RwSignal<u16>,
    pub(super) stage: RwSignal<Stage>,
    pub(super) transfer: RwSignal<Transfer>,
    pub(super) errors: Errors,
    pub(super) status: Status,
    /// The session ended while sending.
    pub(super) login_again: RwSignal<bool>,
    pub(super) limits: Limits,
    pub(super) speed: Speed,
    /// The link, which is shown once, is in somebody's hands.
    pub(super) link_copied: StoredValue<bool>,
    attempt: StoredValue<Option<Attempt>>,
    upload: StoredValue<Option<JobId>>,
    cancelled: StoredValue<bool>,
    /// Stops waiting for the server where no upload runs.
    stop: StoredValue<Option<oneshot::Sender<()>>>,
    pub(super) words: Words,
    account: Account,
    door: Door,
}

/// What was made for a draft, kept so that trying again goes on where it stopped.
#[derive(Clone)]
struct Attempt {
    /// What it was made for; when anything differs, it starts anew.
    made_for: Snapshot,
    /// Names the keys in the worker.
    prepared: Arc<Kept>,
    delivery: DeliveryId,
    /// The server has said that it knows it.
    created: bool,
    /// All is uploaded, and this stands in the link.
    fragment: Option<Secret>,
}

#[derive(Clone, PartialEq)]
struct Snapshot {
    letter: Letter,
    files: Vec<Chosen>,
    password: Secret,
    days: u16,
}

impl Composer {
    pub(super) fn new() -> Self {
        // The pages are shown only when the server's settings are there.
        let limits = server().now().map_or(NOTHING, |instance| instance.limits);
        let (stage, transfer) = (RwSignal::new(Stage::Writing), RwSignal::new(Transfer::default()));
        let sending = move || stage.with_untracked(|stage| matches!(stage, Stage::Sending(_)));
        Self {
            subject: RwSignal::new(String::new()),
            message: RwSignal::new(String::new()),
            picks: RwSignal::new_local(Vec::new()),
            left_out: RwSignal::new(0),
            with_password: RwSignal::new(false),
            password: RwSignal::new(String::new()),
            days: RwSignal::new(draft::lifetimes(&limits).1),
            stage,
            transfer,
            errors: Errors::new(),
            status: Status::new(),
            login_again: RwSignal::new(false),
            limits,
            speed: Speed::of(transfer, move |transfer| sending().then(|| transfer.bytes())),
            link_copied: StoredValue::new(false),
            attempt: StoredValue::new(None),
            upload: StoredValue::new(None),
            cancelled: StoredValue::new(false),
            stop: StoredValue::new(None),
            words: words(),
            account: account(),
            door: door(),
        }
    }

    pub(super) fn is_sending(self) -> bool {
        self.stage.with(|stage| matches!(stage, Stage::Sending(_)))
    }

    /// Something was begun that a second press of the button continues.
    pub(super) fn can_continue(self) -> bool {
        self.transfer.with(|transfer| transfer.files.iter().any(|file| file.state == State::Failed))
    }

    /// For the tab's title.
    pub(super) fn percent(self) -> Option<u8> {
        self.is_sending().then(|| self.transfer.with(Transfer::percent))
    }

    pub(super) fn has_something_to_lose(self) -> bool {
        let written = || {
            !self.subject.with_untracked(String::is_empty)
                || !self.message.with_untracked(String::is_empty)
                || !self.picks.with_untracked(Vec::is_empty)
        };
        match self.stage.get_untracked() {
            Stage::Sent(_) => !self.link_copied.get_value(),
            Stage::Sending(_) => true,
            Stage::Writing => written(),
        }
    }

    /// Checks the draft and sends it, or goes on with what an earlier try left.
    pub(super) fn send(self) {
        if self.stage.with_untracked(|stage| *stage != Stage::Writing) {
            return;
        }
        let snapshot = self.snapshot();
        if let Err(fault) = self.check(&snapshot) {
            return self.refuse(fault);
        }
        self.errors.clear();
        self.status.restart();
        self.cancelled.set_value(false);
        self.transfer.set(Transfer::new(snapshot.files.iter().map(|file| file.size)));
        self.stage.set(Stage::Sending(Phase::Preparing));
        browser::focus("cancel");
        spawn_local(async move {
            match self.run_until_stopped(snapshot).await {
                Ok(parcel) => self.stage.set(Stage::Sent(parcel)),
                Err(trouble) => self.stopped(trouble).await,
            }
        });
    }

    /// Stops what runs; [`Composer::stopped`] then tidies up.
    pub(super) fn cancel(self) {
        self.cancelled.set_value(true);
        if let Some(job) = self.upload.get_value() {
            self.door.cancel(job);
        } else if let Some(stop) = self.stop.try_update_value(Option::take).flatten() {
            // Nobody listens when it has just come to its end.
            let _ = stop.send(());
        }
    }

    fn snapshot(self) -> Snapshot {
        let locked = self.with_password.get_untracked();
        Snapshot {
            letter: Letter {
                subject: self.subject.get_untracked().trim().to_owned(),
                message: self.message.get_untracked(),
            },
            files: self.picks.with_untracked(|picks| picks.iter().map(|pick| pick.chosen.clone()).collect()),
            password: Secret(if locked { self.password.get_untracked() } else { String::new() }),
            days: self.days.get_untracked(),
        }
    }

    fn check(self, snapshot: &Snapshot) -> Result<(), Fault> {
        let Letter { subject, message } = snapshot.letter.clone();
        let with_password = self.with_password.get_untracked();
        let draft = Draft { subject, message, files: snapshot.files.clone(), with_password };
        draft.check(&snapshot.password.0, &self.limits)
    }

    fn refuse(self, fault: Fault) {
        let field = match fault {
            Fault::SubjectTooLong => Some("subject"),
            Fault::MessageTooLong => Some("message"),
            Fault::Password(_) => Some("delivery-password"),
            _ => None,
        };
        let trouble = Trouble::Draft(fault);
        match field {
            Some(field) => self.errors.at(field, trouble),
            None => self.errors.show(trouble),
        }
    }

    /// As [`Composer::run`], but waits for no answer any more once it is cancelled.
    async fn run_until_stopped(self, snapshot: Snapshot) -> Result<Parcel, Trouble> {
        let (stop, stopped) = oneshot::channel();
        self.stop.set_value(Some(stop));
        match select(pin!(self.run(snapshot)), stopped).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => Err(Trouble::Cancelled),
        }
    }

    /// Prepare, create, upload, send.
    async fn run(self, snapshot: Snapshot) -> Result<Parcel, Trouble> {
        let with_password = !snapshot.password.0.is_empty();
        let attempt = self.attempt(snapshot).await?;
        self.go_on(Phase::Uploading)?;
        let fragment = match attempt.fragment.clone() {
            Some(fragment) => fragment,
            None => self.upload(&attempt).await?,
        };
        self.transfer.update(Transfer::finish);
        self.go_on(Phase::Finishing)?;
        let sent = api::send_delivery(&attempt.delivery).await?;
        if self.cancelled.get_value() {
            return Err(Trouble::Cancelled);
        }
        self.attempt.set_value(None);
        let link = format!("{}/d/{}#{}", browser::origin(), attempt.delivery, fragment.0);
        Ok(Parcel { link, with_password, expires: sent.expires })
    }

    fn go_on(self, phase: Phase) -> Result<(), Trouble> {
        if self.cancelled.get_value() {
            return Err(Trouble::Cancelled);
        }
        self.stage.set(Stage::Sending(phase));
        Ok(())
    }

    /// The earlier attempt when it was for the same draft, else a new one that the server knows.
    async fn attempt(self, snapshot: Snapshot) -> Result<Attempt, Trouble> {
        match self.attempt.get_value() {
            Some(attempt) if attempt.made_for == snapshot && attempt.created => return Ok(attempt),
            Some(other) => self.discard(other).await,
            None => {}
        }
        let job = Job::Prepare { password: snapshot.password.clone() };
        let (kept, answer) = self.door.keep(job).await.map_err(|failure| Trouble::of_worker(failure, &[]))?;
        let Answer::Prepared { delivery, gate_hash, auth_hash } = answer else {
            return Err(Trouble::Internal);
        };
        let password = !snapshot.password.0.is_empty();
        let days = snapshot.days;
        let resume = Token(browser::random_bytes().ok_or(Trouble::Internal)?);
        let prepared = Arc::new(kept);
        let attempt = Attempt { made_for: snapshot, prepared, delivery, created: false, fragment: None };
        // Known before the server is asked, so that it can be taken back when the answer is not waited for.
        self.attempt.set_value(Some(attempt.clone()));
        let level = Level::One;
        api::create(&CreateDelivery { delivery, level, gate_hash, auth_hash, password, days, resume })
            .await?;
        let attempt = Attempt { created: true, ..attempt };
        self.attempt.set_value(Some(attempt.clone()));
        Ok(attempt)
    }

    async fn upload(self, attempt: &Attempt) -> Result<Secret, Trouble> {
        let files =
            self.picks.with_untracked(|picks| picks.iter().map(|pick| pick.file.clone()).collect::<Vec<_>>());
        let Snapshot { letter, files: chosen, .. } = &attempt.made_for;
        let folders = chosen.iter().map(|file| file.folder.clone()).collect();
        let job = Job::Upload { prepared: attempt.prepared.id(), letter: letter.clone(), folders };
        let running = self.door.give(job, &files);
        self.upload.set_value(Some(running.id()));
        let result = running.finish(|step| self.progressed(step)).await;
        self.upload.set_value(None);
        let names: Vec<String> = attempt.made_for.files.iter().map(|file| file.name.clone()).collect();
        match result.map_err(|failure| Trouble::of_worker(failure, &names))?.0 {
            Answer::Uploaded { fragment } => {
                self.attempt.set_value(Some(Attempt { fragment: Some(fragment.clone()), ..attempt.clone() }));
                Ok(fragment)
            }
            _ => Err(Trouble::Internal),
        }
    }

    fn progressed(self, step: web_model::protocol::Progress) {
        self.transfer.update(|transfer| transfer.update(step));
        let percent = self.transfer.with_untracked(Transfer::percent);
        self.status.quarter(percent, |quarter| self.words.now().sending_announce(quarter));
    }

    /// Back to writing, with everything still there and a sentence about what happened.
    async fn stopped(self, trouble: Trouble) {
        let can_go_on = matches!(
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
        );
        if can_go_on {
            self.transfer.update(Transfer::fail);
        } else {
            self.transfer.set(Transfer::default());
        }
        self.stage.set(Stage::Writing);
        if trouble == Trouble::LoggedOut {
            self.account.ended();
            self.login_again.set(true);
        }
        self.errors.show(trouble);
        if !can_go_on && let Some(attempt) = self.attempt.get_value() {
            self.discard(attempt).await;
        }
    }

    /// Takes an attempt back. When the server cannot be told, it forgets by itself what nobody completed.
    async fn discard(self, attempt: Attempt) {
        self.attempt.set_value(None);
        let _ = api::cancel(&attempt.delivery).await;
    }
}

/// Limits of a server that allows nothing.
const NOTHING: Limits = Limits { file_bytes: 0, delivery_bytes: 0, files: 0, default_days: 1, max_days: 1 };
