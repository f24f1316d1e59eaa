//! A delivery from the first letter to its link: what is typed and known. The steps of sending are in `steps`, going on after
//! a closed tab in `unfinished`.

use std::collections::HashMap;
use std::sync::Arc;

use blob_api::{DeliveryId, Level, Limits, Reach, Readiness, UnixSeconds};
use futures_channel::oneshot;
use leptos::prelude::*;
use web_model::draft::{self, Chosen, Draft, Fault};
use web_model::obstacle::Obstacle;
use web_model::protocol::{self, Addressed, Addressing, JobId, Letter, Look, Secret};
use web_model::transfer::{State, Transfer};
use web_model::trouble::Trouble;

use super::files::Pick;
use super::unfinished::Found;
use crate::app::server;
use crate::crypto::{Door, Kept, door};
use crate::i18n::{Words, words};
use crate::keys::{Keys, keys};
use crate::session::{Account, account};
use crate::widgets::errors::Errors;
use crate::widgets::progress::{Speed, Status};
use crate::widgets::secupass::words::Comparing;

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
    /// What levels 3 and 4 need beside: so many recipients have it.
    Granting(u32),
    Finishing,
}

/// A delivery that is on its way. Its link is a secret: it is shown, and leaves this page only by the user's hand.
#[derive(Clone, PartialEq)]
pub(super) struct Parcel {
    pub(super) delivery: DeliveryId,
    pub(super) level: Level,
    /// Its own link, for whoever has it.
    pub(super) link: Option<String>,
    /// The recipients with what is theirs.
    pub(super) recipients: Vec<Recipient>,
    /// The server mails these links.
    pub(super) by_mail: bool,
    pub(super) with_password: bool,
    pub(super) expires: UnixSeconds,
}

/// Somebody whom a delivery went to.
#[derive(Clone, PartialEq)]
pub(super) struct Recipient {
    pub(super) email: String,
    /// Their own link; at level 4 there is no secret in it.
    pub(super) link: String,
    /// An invitation code, to be handed over.
    pub(super) code: Option<Secret>,
    /// They have no keys yet: once they do, the delivery must be released to them.
    pub(super) to_release: bool,
}

/// What an answer answers.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) delivery: DeliveryId,
    pub(crate) level: Level,
    /// Display name of its sender.
    pub(crate) sender: String,
    pub(crate) sender_email: String,
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
    pub(super) level: RwSignal<Level>,
    pub(super) recipients: RwSignal<Vec<String>>,
    /// What stands in the field for recipients and is not among them yet.
    pub(super) typed_recipient: RwSignal<String>,
    /// What the server says of addresses, at the chosen level.
    pub(super) readiness: RwSignal<HashMap<String, Readiness>>,
    /// How recipients' keys stand, while one's own are open.
    pub(super) looks: RwSignal<HashMap<String, Look>>,
    /// Somebody whose words are to be compared.
    pub(super) comparing: RwSignal<Option<Comparing>>,
    /// Those without keys get an invitation code.
    pub(super) with_codes: RwSignal<bool>,
    pub(super) listed: RwSignal<bool>,
    pub(super) by_mail: RwSignal<bool>,
    pub(super) note: RwSignal<String>,
    /// What the policy allowed when the page was opened: a session that ends later changes nothing of it.
    pub(super) levels: StoredValue<Vec<Level>>,
    pub(super) reaches_anyone: bool,
    /// Set when this delivery answers another one: then level and recipient are fixed.
    pub(super) question: StoredValue<Option<Question>>,
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
    /// So are the invitation codes.
    pub(super) codes_kept: StoredValue<bool>,
    /// The person wants nothing to be sent for now.
    pub(super) paused: RwSignal<bool>,
    /// What has arrived is being compared with the files.
    pub(super) checking: RwSignal<bool>,
    /// The browser keeps nothing that would let the delivery go on after its tab was closed.
    pub(super) not_kept: RwSignal<bool>,
    /// The last file that was found to have changed since it was begun.
    pub(super) changed: RwSignal<Option<String>>,
    /// Deliveries that this browser could go on with.
    pub(super) found: RwSignal<Vec<Found>>,
    /// There are more, which only one's own keys open.
    pub(super) found_locked: RwSignal<bool>,
    /// Set while one of them goes on: what cannot change any more.
    pub(super) kept: RwSignal<Option<Fixed>>,
    pub(super) attempt: StoredValue<Option<Attempt>>,
    pub(super) upload: StoredValue<Option<JobId>>,
    pub(super) cancelled: StoredValue<bool>,
    /// Stops waiting for the server where no upload runs.
    pub(super) stop: StoredValue<Option<oneshot::Sender<()>>>,
    pub(super) words: Words,
    pub(super) account: Account,
    pub(super) keys: Keys,
    pub(super) door: Door,
}

/// What was made for a delivery, kept so that trying again goes on where it stopped.
#[derive(Clone)]
pub(super) struct Attempt {
    /// What cannot change any more, unless everything is sent anew.
    pub(super) terms: Terms,
    /// Names the keys in the worker.
    pub(super) prepared: Arc<Kept>,
    pub(super) delivery: DeliveryId,
    /// The server has said that it knows it.
    pub(super) created: bool,
    /// All of this is uploaded, and the secret stands in the link.
    pub(super) uploaded: Option<(Content, Secret)>,
    /// These recipients have these links.
    pub(super) addressed: Option<(Vec<String>, Vec<Addressed>)>,
}

/// What a delivery has from its beginning to its end.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Fixed {
    pub(super) terms: protocol::Terms,
    pub(super) with_password: bool,
    /// It has a link of its own, for whoever has it.
    pub(super) open_link: bool,
}

/// Where that comes from.
#[derive(Clone, PartialEq)]
pub(super) enum Terms {
    /// Chosen on this page.
    Chosen { password: Secret, fixed: Fixed },
    /// Chosen before this page was opened; the password itself is not known any more.
    Kept { fixed: Fixed },
}

/// What can change from try to try.
#[derive(Clone, PartialEq)]
pub(super) struct Content {
    pub(super) letter: Letter,
    pub(super) files: Vec<Chosen>,
}

/// All of it, as it is when the button is pressed.
#[derive(Clone)]
pub(super) struct Snapshot {
    pub(super) content: Content,
    pub(super) addressing: Addressing,
    pub(super) password: Secret,
    pub(super) fixed: Fixed,
}

impl Composer {
    pub(super) fn new(question: Option<Question>) -> Self {
        // The pages are shown only when the server's settings are there.
        let limits = server().now().map_or(NOTHING, |instance| instance.limits);
        let (stage, transfer) = (RwSignal::new(Stage::Writing), RwSignal::new(Transfer::default()));
        let paused = RwSignal::new(false);
        let rights = account().rights();
        let levels: Vec<Level> = rights.iter().flat_map(|rights| rights.levels.clone()).collect();
        let preselected = rights.as_ref().map(|rights| rights.level).filter(|level| levels.contains(level));
        let preselected = preselected.or(levels.last().copied()).unwrap_or(Level::One);
        let reaches_anyone = rights.as_ref().is_some_and(|rights| rights.reach == Reach::Anyone);
        let level = question.as_ref().map_or(preselected, |asked| asked.level);
        let moving = move || {
            !paused.get_untracked() && stage.with_untracked(|stage| matches!(stage, Stage::Sending(_)))
        };
        Self {
            subject: RwSignal::new(String::new()),
            message: RwSignal::new(String::new()),
            picks: RwSignal::new_local(Vec::new()),
            left_out: RwSignal::new(0),
            with_password: RwSignal::new(false),
            password: RwSignal::new(String::new()),
            days: RwSignal::new(draft::lifetimes(&limits).1),
            level: RwSignal::new(level),
            recipients: RwSignal::new(question.iter().map(|asked| asked.sender_email.clone()).collect()),
            typed_recipient: RwSignal::new(String::new()),
            readiness: RwSignal::new(HashMap::new()),
            looks: RwSignal::new(HashMap::new()),
            comparing: RwSignal::new(None),
            with_codes: RwSignal::new(false),
            listed: RwSignal::new(false),
            by_mail: RwSignal::new(true),
            note: RwSignal::new(String::new()),
            levels: StoredValue::new(levels),
            reaches_anyone,
            question: StoredValue::new(question),
            stage,
            transfer,
            errors: Errors::new(),
            status: Status::new(),
            login_again: RwSignal::new(false),
            limits,
            speed: Speed::of(transfer, move |transfer| moving().then(|| transfer.bytes())),
            link_copied: StoredValue::new(false),
            codes_kept: StoredValue::new(false),
            paused,
            checking: RwSignal::new(false),
            not_kept: RwSignal::new(false),
            changed: RwSignal::new(None),
            found: RwSignal::new(Vec::new()),
            found_locked: RwSignal::new(false),
            kept: RwSignal::new(None),
            attempt: StoredValue::new(None),
            upload: StoredValue::new(None),
            cancelled: StoredValue::new(false),
            stop: StoredValue::new(None),
            words: words(),
            account: account(),
            keys: keys(),
            door: door(),
        }
    }

    pub(super) fn is_sending(self) -> bool {
        self.stage.with(|stage| matches!(stage, Stage::Sending(_)))
    }

    /// The names of files that must be chosen again.
    pub(super) fn missing(self) -> Vec<String> {
        let name = |pick: &Pick| pick.is_missing().then(|| pick.chosen.name.clone());
        self.picks.with_untracked(|picks| picks.iter().filter_map(name).collect())
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
                || (self.question.with_value(Option::is_none)
                    && !self.recipients.with_untracked(Vec::is_empty))
                || !self.picks.with_untracked(Vec::is_empty)
        };
        match self.stage.get_untracked() {
            Stage::Sent(parcel) => {
                let link = !parcel.by_mail && parcel.level.has_cover() && !self.link_copied.get_value();
                let any_code = parcel.recipients.iter().any(|to| to.code.is_some());
                link || (any_code && !self.codes_kept.get_value())
            }
            Stage::Sending(_) => true,
            Stage::Writing => written(),
        }
    }

    pub(super) fn snapshot(self) -> Snapshot {
        let level = self.kept.get_untracked().map_or(self.level.get_untracked(), |kept| kept.terms.level);
        let locked = self.with_password.get_untracked() && !level.needs_keys();
        let letter = Letter {
            subject: self.subject.get_untracked().trim().to_owned(),
            message: self.message.get_untracked(),
        };
        let addressing = Addressing {
            recipients: self.recipients.get_untracked(),
            listed: self.listed.get_untracked(),
            by_mail: self.by_mail.get_untracked(),
            note: self.note.get_untracked().trim().to_owned(),
            codes: level.needs_keys() && self.with_codes.get_untracked(),
        };
        let fixed = self.kept.get_untracked().unwrap_or_else(|| {
            let answer_to = self.question.with_value(|asked| asked.as_ref().map(|asked| asked.delivery));
            Fixed {
                terms: protocol::Terms { level, days: self.days.get_untracked(), answer_to },
                with_password: locked,
                open_link: level == Level::One && addressing.recipients.is_empty() && self.reaches_anyone,
            }
        });
        Snapshot {
            content: Content { letter, files: self.chosen() },
            addressing,
            password: Secret(if locked { self.password.get_untracked() } else { String::new() }),
            fixed,
        }
    }

    pub(super) fn check(self, snapshot: &Snapshot) -> Result<(), Fault> {
        let Content { letter: Letter { subject, message }, files } = snapshot.content.clone();
        let with_password = snapshot.fixed.with_password && self.kept.with_untracked(Option::is_none);
        let (addressing, open_link) = (snapshot.addressing.clone(), snapshot.fixed.open_link);
        let draft = Draft { subject, message, files, with_password, addressing, open_link };
        draft.check(&snapshot.password.0, &self.limits)
    }

    pub(super) fn refuse(self, fault: Fault) {
        let field = match fault {
            Fault::SubjectTooLong => Some("subject"),
            Fault::MessageTooLong => Some("message"),
            Fault::Password(_) => Some("delivery-password"),
            Fault::NoRecipient | Fault::TooManyRecipients(_) => Some("recipients"),
            Fault::NoteTooLong => Some("note"),
            _ => None,
        };
        let trouble = Trouble::from(Obstacle::Draft(fault));
        match field {
            Some(field) => self.errors.at(field, trouble),
            None => self.errors.show(trouble),
        }
    }
}

/// Limits of a server that allows nothing.
const NOTHING: Limits =
    Limits { file_bytes: 0, delivery_bytes: 0, files: 0, recipients: 0, default_days: 1, max_days: 1 };
