//! A delivery from the first letter to its link: what is typed and known. The steps of sending are in `steps`, going on after
//! a closed tab in `unfinished`.

use std::collections::HashMap;
use std::sync::Arc;

use blob_api::{DeliveryId, Level, Limits, PublicBox, Reach, Readiness, TicketId, Token, UnixSeconds};
use futures_channel::oneshot;
use leptos::prelude::*;
use web_model::draft::{self, Chosen, Draft, Fault};
use web_model::obstacle::Obstacle;
use web_model::protocol::{
    self, Addressed, Addressing, Author, BoxLook, ByReceipt, Fingerprint, JobId, Letter, Look, Secret,
};
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
pub(in crate::pages) enum Stage {
    Writing,
    Sending(Phase),
    Sent(Parcel),
    /// It is in a box.
    Submitted(Confirmation),
}

/// What happens while sending.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::pages) enum Phase {
    Preparing,
    Uploading,
    /// What levels 3 and 4 need beside: so many recipients have it.
    Granting(u32),
    Finishing,
}

/// A delivery that is on its way. Its link is a secret: it is shown, and leaves this page only by the user's hand.
#[derive(Clone, PartialEq)]
pub(in crate::pages) struct Parcel {
    pub(in crate::pages) delivery: DeliveryId,
    pub(in crate::pages) level: Level,
    /// Its own link, for whoever has it.
    pub(in crate::pages) link: Option<String>,
    /// The recipients with what is theirs.
    pub(in crate::pages) recipients: Vec<Recipient>,
    /// Addresses of deputies who cannot release it.
    pub(in crate::pages) passed_over: Vec<String>,
    /// The server mails these links.
    pub(in crate::pages) by_mail: bool,
    pub(in crate::pages) with_password: bool,
    pub(in crate::pages) expires: UnixSeconds,
}

/// What somebody without an account sends into.
#[derive(Clone, PartialEq)]
pub(in crate::pages) struct IntoBox {
    pub(in crate::pages) ticket: TicketId,
    /// Proves the ticket to the server.
    pub(in crate::pages) token: Token,
    /// The submitter's address.
    pub(in crate::pages) email: String,
    pub(in crate::pages) submit_box: PublicBox,
    /// The key that the page has shown: to no other is anything sealed. `None` at level 2.
    pub(in crate::pages) shown: Option<BoxLook>,
}

/// A submission that has arrived.
#[derive(Clone, PartialEq)]
pub(in crate::pages) struct Confirmation {
    pub(in crate::pages) ticket: TicketId,
    pub(in crate::pages) title: String,
    pub(in crate::pages) level: Level,
    pub(in crate::pages) at: UnixSeconds,
    pub(in crate::pages) expires: UnixSeconds,
    pub(in crate::pages) letter: Letter,
    pub(in crate::pages) files: Vec<Chosen>,
    /// SHA-256 over all that the server has.
    pub(in crate::pages) digest: Token,
    /// The words of the key that it was sealed to.
    pub(in crate::pages) sealed_to: Option<Fingerprint>,
    /// What stands after `#` in the link that opens the answer.
    pub(in crate::pages) receipt: Option<Secret>,
}

/// Somebody whom a delivery went to.
#[derive(Clone, PartialEq)]
pub(in crate::pages) struct Recipient {
    pub(in crate::pages) email: String,
    /// Their own link; at level 4 there is no secret in it.
    pub(in crate::pages) link: String,
    /// An invitation code, to be handed over.
    pub(in crate::pages) code: Option<Secret>,
    /// They have no keys yet: once they do, the delivery must be released to them.
    pub(in crate::pages) to_release: bool,
    /// They have keys that must be compared before anything is released to them.
    pub(in crate::pages) unproved: bool,
}

/// What an answer answers.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) delivery: DeliveryId,
    pub(crate) level: Level,
    /// Display name of its sender.
    pub(crate) sender: String,
    pub(crate) sender_email: String,
    /// It came through a box: the answer may have any level.
    pub(crate) is_submission: bool,
    /// Who sent it, when it was opened: they can be answered without an account.
    pub(crate) receipt: Option<ByReceipt>,
}

/// Everything the page of a new delivery knows, as signals.
#[derive(Clone, Copy)]
pub(in crate::pages) struct Composer {
    pub(in crate::pages) subject: RwSignal<String>,
    /// Into a box: what the submitter calls themselves.
    pub(in crate::pages) name: RwSignal<String>,
    /// Into a box: a case number, say.
    pub(in crate::pages) reference: RwSignal<String>,
    pub(in crate::pages) message: RwSignal<String>,
    pub(in crate::pages) picks: RwSignal<Vec<Pick>, LocalStorage>,
    /// How many files of the last folder were left out, since computers make them for themselves.
    pub(in crate::pages) left_out: RwSignal<usize>,
    pub(in crate::pages) with_password: RwSignal<bool>,
    pub(in crate::pages) password: RwSignal<String>,
    pub(in crate::pages) days: RwSignal<u16>,
    pub(in crate::pages) level: RwSignal<Level>,
    pub(in crate::pages) recipients: RwSignal<Vec<String>>,
    /// What stands in the field for recipients and is not among them yet.
    pub(in crate::pages) typed_recipient: RwSignal<String>,
    /// What the server says of addresses, at the chosen level.
    pub(in crate::pages) readiness: RwSignal<HashMap<String, Readiness>>,
    /// How recipients' keys stand, while one's own are open.
    pub(in crate::pages) looks: RwSignal<HashMap<String, Look>>,
    /// Somebody whose words are to be compared.
    pub(in crate::pages) comparing: RwSignal<Option<Comparing>>,
    /// Those without keys get an invitation code.
    pub(in crate::pages) with_codes: RwSignal<bool>,
    pub(in crate::pages) listed: RwSignal<bool>,
    pub(in crate::pages) by_mail: RwSignal<bool>,
    pub(in crate::pages) note: RwSignal<String>,
    /// What the policy allowed when the page was opened: a session that ends later changes nothing of it.
    pub(in crate::pages) levels: StoredValue<Vec<Level>>,
    pub(in crate::pages) reaches_anyone: bool,
    /// Set when this delivery answers another one: then level and recipient are fixed.
    pub(in crate::pages) question: StoredValue<Option<Question>>,
    /// Set when it goes into a box, by somebody without an account.
    pub(in crate::pages) into_box: StoredValue<Option<IntoBox>>,
    /// A submission is answered to what its submitter keeps, without an account.
    pub(in crate::pages) to_receipt: RwSignal<bool>,
    pub(in crate::pages) stage: RwSignal<Stage>,
    pub(in crate::pages) transfer: RwSignal<Transfer>,
    pub(in crate::pages) errors: Errors,
    pub(in crate::pages) status: Status,
    /// The session ended while sending.
    pub(in crate::pages) login_again: RwSignal<bool>,
    pub(in crate::pages) limits: Limits,
    /// Does the operator want proof of a key before anything of level 4 is granted to it?
    pub(in crate::pages) level_4_needs_proof: bool,
    pub(in crate::pages) speed: Speed,
    /// The link, which is shown once, is in somebody's hands.
    pub(in crate::pages) link_copied: StoredValue<bool>,
    /// So are the invitation codes.
    pub(in crate::pages) codes_kept: StoredValue<bool>,
    /// The person wants nothing to be sent for now.
    pub(in crate::pages) paused: RwSignal<bool>,
    /// What has arrived is being compared with the files.
    pub(in crate::pages) checking: RwSignal<bool>,
    /// The browser keeps nothing that would let the delivery go on after its tab was closed.
    pub(in crate::pages) not_kept: RwSignal<bool>,
    /// The last file that was found to have changed since it was begun.
    pub(in crate::pages) changed: RwSignal<Option<String>>,
    /// Deliveries that this browser could go on with.
    pub(in crate::pages) found: RwSignal<Vec<Found>>,
    /// There are more, which only one's own keys open.
    pub(in crate::pages) found_locked: RwSignal<bool>,
    /// Set while one of them goes on: what cannot change any more.
    pub(in crate::pages) kept: RwSignal<Option<Fixed>>,
    pub(in crate::pages) attempt: StoredValue<Option<Attempt>>,
    pub(in crate::pages) upload: StoredValue<Option<JobId>>,
    pub(in crate::pages) cancelled: StoredValue<bool>,
    /// Stops waiting for the server where no upload runs.
    pub(in crate::pages) stop: StoredValue<Option<oneshot::Sender<()>>>,
    pub(in crate::pages) words: Words,
    pub(in crate::pages) account: Account,
    pub(in crate::pages) keys: Keys,
    pub(in crate::pages) door: Door,
}

/// What was made for a delivery, kept so that trying again goes on where it stopped.
#[derive(Clone)]
pub(in crate::pages) struct Attempt {
    /// What cannot change any more, unless everything is sent anew.
    pub(in crate::pages) terms: Terms,
    /// Names the keys in the worker.
    pub(in crate::pages) prepared: Arc<Kept>,
    pub(in crate::pages) delivery: DeliveryId,
    /// The server has said that it knows it.
    pub(in crate::pages) created: bool,
    /// All of this is uploaded, and the secret stands in the link.
    pub(in crate::pages) uploaded: Option<(Content, Secret)>,
    /// These recipients have these links.
    pub(in crate::pages) addressed: Option<(Vec<String>, Vec<Addressed>)>,
}

/// What a delivery has from its beginning to its end.
#[derive(Clone, Copy, PartialEq)]
pub(in crate::pages) struct Fixed {
    pub(in crate::pages) terms: protocol::Terms,
    pub(in crate::pages) with_password: bool,
    /// It has a link of its own, for whoever has it.
    pub(in crate::pages) open_link: bool,
}

/// Where that comes from.
#[derive(Clone, PartialEq)]
pub(in crate::pages) enum Terms {
    /// Chosen on this page.
    Chosen { password: Secret, fixed: Fixed },
    /// Chosen before this page was opened; the password itself is not known any more.
    Kept { fixed: Fixed },
}

/// What can change from try to try.
#[derive(Clone, PartialEq)]
pub(in crate::pages) struct Content {
    pub(in crate::pages) letter: Letter,
    pub(in crate::pages) files: Vec<Chosen>,
}

/// All of it, as it is when the button is pressed.
#[derive(Clone)]
pub(in crate::pages) struct Snapshot {
    pub(in crate::pages) content: Content,
    pub(in crate::pages) addressing: Addressing,
    pub(in crate::pages) password: Secret,
    pub(in crate::pages) fixed: Fixed,
}

impl Composer {
    pub(in crate::pages) fn new(question: Option<Question>) -> Self {
        // The pages are shown only when the server's settings are there.
        let instance = server().now();
        let level_4_needs_proof = instance.as_ref().is_some_and(|instance| instance.level_4_needs_proof);
        let limits = instance.map_or(NOTHING, |instance| instance.limits);
        let (stage, transfer) = (RwSignal::new(Stage::Writing), RwSignal::new(Transfer::default()));
        let paused = RwSignal::new(false);
        let rights = account().rights();
        let levels: Vec<Level> = rights.iter().flat_map(|rights| rights.levels.clone()).collect();
        let preselected = rights.as_ref().map(|rights| rights.level).filter(|level| levels.contains(level));
        let preselected = preselected.or(levels.last().copied()).unwrap_or(Level::One);
        let reaches_anyone = rights.as_ref().is_some_and(|rights| rights.reach == Reach::Anyone);
        // What came through a box may be answered at any level that the policy allows.
        let asked = question.as_ref().map(|asked| (asked.level, asked.is_submission));
        let asked = asked.filter(|(level, is_submission)| !is_submission || levels.contains(level));
        let level = asked.map_or(preselected, |(level, _)| level);
        let to_receipt = question.as_ref().is_some_and(|asked| asked.receipt.is_some());
        let moving = move || {
            !paused.get_untracked() && stage.with_untracked(|stage| matches!(stage, Stage::Sending(_)))
        };
        Self {
            subject: RwSignal::new(String::new()),
            name: RwSignal::new(String::new()),
            reference: RwSignal::new(String::new()),
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
            into_box: StoredValue::new(None),
            to_receipt: RwSignal::new(to_receipt),
            stage,
            transfer,
            errors: Errors::new(),
            status: Status::new(),
            login_again: RwSignal::new(false),
            limits,
            level_4_needs_proof,
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

    /// For what somebody without an account sends into a box.
    pub(in crate::pages) fn into_box(into: IntoBox) -> Self {
        let mut composer = Self::new(None);
        composer.limits.delivery_bytes = composer.limits.delivery_bytes.min(into.submit_box.max_bytes);
        composer.limits.file_bytes = composer.limits.file_bytes.min(into.submit_box.max_bytes);
        // What the server calls the level is its word; with a card, nothing but the card is sealed to.
        let level = if into.submit_box.card.is_some() { Level::Four } else { Level::Two };
        composer.level.set(level);
        composer.days.set(into.submit_box.days);
        composer.into_box.set_value(Some(into));
        composer
    }

    /// Who sends.
    pub(in crate::pages) fn author(self) -> Author {
        self.into_box.with_value(|into| match into {
            None => Author::Account(self.account.email()),
            Some(IntoBox { ticket, token, .. }) => Author::Ticket { ticket: *ticket, token: token.clone() },
        })
    }

    /// Whom an answer goes to by what they keep, at this level.
    pub(in crate::pages) fn receipt(self, level: Level) -> Option<ByReceipt> {
        let chosen = self.to_receipt.get_untracked() && level == Level::Four;
        self.question
            .with_value(|asked| asked.as_ref().and_then(|asked| asked.receipt.clone()))
            .filter(|_| chosen)
    }

    /// Does it go to what a submitter keeps, and so to nobody's account?
    pub(in crate::pages) fn goes_to_receipt(self) -> bool {
        let has_receipt =
            self.question.with_value(|asked| asked.as_ref().is_some_and(|asked| asked.receipt.is_some()));
        has_receipt && self.to_receipt.get() && self.level.get() == Level::Four
    }

    /// Are the sender's own keys needed at this level?
    pub(in crate::pages) fn needs_keys(self, level: Level) -> bool {
        level.needs_keys() && self.into_box.with_value(Option::is_none)
    }

    pub(in crate::pages) fn is_sending(self) -> bool {
        self.stage.with(|stage| matches!(stage, Stage::Sending(_)))
    }

    /// The names of files that must be chosen again.
    pub(in crate::pages) fn missing(self) -> Vec<String> {
        let name = |pick: &Pick| pick.is_missing().then(|| pick.chosen.name.clone());
        self.picks.with_untracked(|picks| picks.iter().filter_map(name).collect())
    }

    /// Something was begun that a second press of the button continues.
    pub(in crate::pages) fn can_continue(self) -> bool {
        self.transfer.with(|transfer| transfer.files.iter().any(|file| file.state == State::Failed))
    }

    /// For the tab's title.
    pub(in crate::pages) fn percent(self) -> Option<u8> {
        self.is_sending().then(|| self.transfer.with(Transfer::percent))
    }

    pub(in crate::pages) fn has_something_to_lose(self) -> bool {
        let written = || {
            !self.subject.with_untracked(String::is_empty)
                || !self.message.with_untracked(String::is_empty)
                || !self.name.with_untracked(String::is_empty)
                || !self.reference.with_untracked(String::is_empty)
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
            Stage::Submitted(confirmation) => confirmation.receipt.is_some() && !self.link_copied.get_value(),
            Stage::Sending(_) => true,
            Stage::Writing => written(),
        }
    }

    pub(in crate::pages) fn snapshot(self) -> Snapshot {
        let level = self.kept.get_untracked().map_or(self.level.get_untracked(), |kept| kept.terms.level);
        let locked = self.with_password.get_untracked() && !level.needs_keys();
        let letter = Letter {
            subject: self.subject.get_untracked().trim().to_owned(),
            message: self.message.get_untracked(),
            name: self.name.get_untracked().trim().to_owned(),
            reference: self.reference.get_untracked().trim().to_owned(),
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

    pub(in crate::pages) fn check(self, snapshot: &Snapshot) -> Result<(), Fault> {
        let Content { letter: Letter { subject, message, .. }, files } = snapshot.content.clone();
        let with_password = snapshot.fixed.with_password && self.kept.with_untracked(Option::is_none);
        let (addressing, open_link) = (snapshot.addressing.clone(), snapshot.fixed.open_link);
        // Whose box it is, is known.
        let open_link = open_link || self.into_box.with_value(Option::is_some);
        let draft = Draft { subject, message, files, with_password, addressing, open_link };
        draft.check(&snapshot.password.0, &self.limits)
    }

    pub(in crate::pages) fn refuse(self, fault: Fault) {
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
