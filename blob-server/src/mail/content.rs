//! What a letter says, before it becomes plain text and HTML. Whatever people wrote passes [`plain`] here, once.

mod boxes;

use blob_api::{DeliveryId, Language, Level, Purpose, UnixSeconds, path};
use jiff::tz::TimeZone;

use super::letter::{About, FactorChange, Lacks, Letter};
use super::plain;
use super::texts::{Catalogue, Texts, fill};

/// A mail's words.
pub(super) struct Content {
    pub(super) language: Language,
    pub(super) subject: String,
    pub(super) blocks: Vec<Block>,
    /// Who sent it and why, below everything.
    pub(super) footer: Vec<String>,
    /// Whom a reply reaches.
    pub(super) reply_to: Option<String>,
}

/// One after the other, in both forms of the mail.
pub(super) enum Block {
    Paragraph(String),
    /// What somebody else wrote.
    Quote(String),
    /// The one next step.
    Link {
        label: String,
        url: String,
    },
    /// Something to type.
    Code(String),
}

/// What letters are written with.
pub(super) struct Writer {
    pub(super) texts: Texts,
    /// What links begin with.
    pub(super) origin: String,
    /// The operator's name for this server.
    pub(super) server: String,
    pub(super) zone: TimeZone,
}

impl Writer {
    /// The words of a letter to this address.
    pub(super) fn write(&self, letter: &Letter, address: &str, language: Language) -> Content {
        let texts = self.texts.of(language);
        let mut page = Page { writer: self, texts, blocks: Vec::new() };
        page.say(&texts.frame.greeting, &[]);
        let mut reply_to = None;
        let subject = match letter {
            Letter::Invitation { about, link } => {
                reply_to = Some(about.sender_email.clone());
                page.invitation(about, link, address)
            }
            Letter::Reminder { about, delivery, sent } => {
                reply_to = Some(about.sender_email.clone());
                page.reminder(about, delivery.as_ref(), *sent, address)
            }
            Letter::Released { about, delivery } => {
                reply_to = Some(about.sender_email.clone());
                page.released(about, delivery)
            }
            Letter::ReleaseNeeded { recipient, deliveries, reset, in_place_of } => {
                page.release_needed(recipient, *deliveries, *reset, in_place_of.as_deref())
            }
            Letter::ReleaseReminder { people } => page.release_reminder(*people),
            Letter::DeputyNamed { sender, until } => page.deputy_named(sender, *until),
            Letter::Code { purpose, code, minutes } => page.code(*purpose, code, *minutes),
            Letter::HasAccount => page.has_account(),
            Letter::PasswordChanged { at } => {
                page.say(&texts.password_changed.lead, &[("time", &page.time(*at))]);
                page.alarm("/login");
                texts.password_changed.subject.clone()
            }
            Letter::SecuPassChanged { reset, at } => {
                let texts = &texts.secupass_changed;
                let lead = if *reset { &texts.reset } else { &texts.changed };
                page.say(lead, &[("time", &page.time(*at))]);
                page.alarm("/settings");
                texts.subject.clone()
            }
            Letter::SecondFactorChanged { change, at } => {
                let (text, time) = (page.factor(*change), page.time(*at));
                page.say(text, &[("time", &time)]);
                page.alarm("/settings");
                texts.second_factor_changed.subject.clone()
            }
            Letter::RecoveryCodeUsed { at } => {
                page.say(&texts.recovery_code_used.lead, &[("time", &page.time(*at))]);
                page.alarm("/settings");
                texts.recovery_code_used.subject.clone()
            }
            Letter::NewLogin { agent, at } => {
                let texts = &texts.new_login;
                page.say(&texts.lead, &[]);
                let what = fill(&texts.what, &[("agent", &plain::name(agent)), ("time", &page.time(*at))]);
                page.blocks.push(Block::Quote(what));
                page.alarm("/settings");
                texts.subject.clone()
            }
            Letter::Ticket { title, owner, link, expires } => page.ticket(title, owner, link, *expires),
            Letter::Request { title, owner, owner_email, note, link, due, expires } => {
                reply_to = Some(owner_email.clone());
                page.request(title, owner, owner_email, note.as_deref(), link, (*due, *expires))
            }
            Letter::RequestReminder { owner, owner_email, asked, mailed, due, expires } => {
                reply_to = Some(owner_email.clone());
                page.request_reminder(owner, owner_email, (*asked, *mailed), (*due, *expires))
            }
            Letter::Submission { title, sender, files, bytes, link, expires } => {
                page.submission(title, sender, (*files, *bytes), link, *expires)
            }
            Letter::Submitted { title, files, bytes, at, digest, key, request } => {
                page.submitted(title, (*files, *bytes), *at, (digest, key.as_deref()), *request)
            }
            Letter::SubmissionCollected { title, files, at } => page.submission_collected(title, *files, *at),
            Letter::AnswerWaiting { about, title } => {
                reply_to = Some(about.sender_email.clone());
                page.answer_waiting(about, title)
            }
            Letter::Collected { recipient, delivery, files, at } => {
                let recipient = plain::name(recipient);
                let (files, time) = (page.texts.files(*files), page.time(*at));
                let texts = &texts.collected;
                page.say(&texts.lead, &[("recipient", &recipient), ("files", &files), ("time", &time)]);
                page.link(&texts.open, &format!("/sent/{delivery}"));
                fill(&texts.subject, &[("recipient", &recipient)])
            }
        };
        let frame = &texts.frame;
        let mut footer = vec![fill(&frame.footer, &[("server", &self.server), ("origin", &self.origin)])];
        if letter.is_notice() {
            footer.push(fill(&frame.settings, &[("settings", &self.settings())]));
        }
        Content { language, subject, blocks: page.blocks, footer, reply_to }
    }

    /// Where an account is looked after.
    pub(super) fn settings(&self) -> String {
        format!("{}/settings", self.origin)
    }
}

/// A letter that is being written.
struct Page<'a> {
    writer: &'a Writer,
    texts: &'a Catalogue,
    blocks: Vec<Block>,
}

impl<'a> Page<'a> {
    fn say(&mut self, text: &str, values: &[(&str, &str)]) {
        self.blocks.push(Block::Paragraph(fill(text, values)));
    }

    fn link(&mut self, label: &str, path: &str) {
        let url = format!("{}{path}", self.writer.origin);
        self.blocks.push(Block::Link { label: label.to_owned(), url });
    }

    fn time(&self, at: UnixSeconds) -> String {
        self.texts.time(at, &self.writer.zone)
    }

    fn invitation(&mut self, about: &About, link: &str, address: &str) -> String {
        let texts = &self.texts.invitation;
        let sender = plain::name(&about.sender);
        let email = plain::name(&about.sender_email);
        let names = [("sender", sender.as_str()), ("email", email.as_str())];
        self.say(if about.answer { &texts.lead_answer } else { &texts.lead }, &names);
        self.note(about, &sender);
        self.link(&texts.open, link);
        match about.level {
            Level::One => self.say(&texts.anyone, &[]),
            Level::Two | Level::Three | Level::Four => self.steps(about, &sender, address),
        }
        self.conditions(about, &sender);
        invitation_subject(self.texts, about)
    }

    /// What the recipient still has to do before it opens, and nothing of what lies behind them.
    fn steps(&mut self, about: &About, sender: &str, address: &str) {
        let texts = &self.texts.invitation;
        let account = if about.lacks == Lacks::Account { &texts.account } else { &texts.log_in };
        self.say(account, &[("address", address)]);
        if !about.level.needs_keys() {
            return;
        }
        let has_keys = matches!(about.lacks, Lacks::Release | Lacks::Nothing);
        self.say(if has_keys { &texts.secupass } else { &texts.keys }, &[]);
        if about.lacks != Lacks::Nothing {
            self.say(if about.code { &texts.code } else { &texts.release }, &[("sender", sender)]);
        }
    }

    fn reminder(
        &mut self,
        about: &About,
        delivery: Option<&DeliveryId>,
        sent: UnixSeconds,
        address: &str,
    ) -> String {
        let texts = &self.texts.reminder;
        let sender = plain::name(&about.sender);
        self.say(&texts.lead, &[("sender", &sender), ("email", &plain::name(&about.sender_email))]);
        self.note(about, &sender);
        match delivery.filter(|_| about.level.needs_keys()) {
            Some(delivery) => {
                self.link(&self.texts.invitation.open, &path::link(about.level, delivery, ""));
                self.steps(about, &sender, address);
            }
            None => {
                let subject = invitation_subject(self.texts, about);
                self.say(&texts.find, &[("sent", &self.time(sent)), ("subject", &subject)]);
            }
        }
        self.conditions(about, &sender);
        fill(&texts.subject, &[("sender", &sender)])
    }

    fn released(&mut self, about: &About, delivery: &DeliveryId) -> String {
        let texts = &self.texts.released;
        let sender = plain::name(&about.sender);
        self.say(&texts.lead, &[("sender", &sender), ("email", &plain::name(&about.sender_email))]);
        self.link(&texts.open, &format!("/inbox/{delivery}"));
        self.conditions(about, &sender);
        fill(&texts.subject, &[("sender", &sender)])
    }

    fn release_needed(
        &mut self,
        recipient: &str,
        deliveries: u32,
        reset: bool,
        in_place_of: Option<&str>,
    ) -> String {
        let texts = &self.texts.release_needed;
        let recipient = plain::name(recipient);
        let lead = match (reset, deliveries) {
            (true, _) => &texts.reset,
            (false, 1) => &texts.lead_one,
            (false, _) => &texts.lead,
        };
        self.say(lead, &[("recipient", &recipient), ("count", &deliveries.to_string())]);
        if let Some(sender) = in_place_of {
            self.say(&texts.deputy, &[("sender", &plain::name(sender))]);
        }
        self.link(&texts.open, "/release");
        fill(&texts.subject, &[("recipient", &recipient)])
    }

    fn release_reminder(&mut self, people: u32) -> String {
        let texts = &self.texts.release_reminder;
        let lead = if people == 1 { &texts.lead_one } else { &texts.lead };
        self.say(lead, &[("count", &people.to_string())]);
        self.link(&self.texts.release_needed.open, "/release");
        texts.subject.clone()
    }

    fn deputy_named(&mut self, sender: &str, until: UnixSeconds) -> String {
        let texts = &self.texts.deputy_named;
        let (sender, until) = (plain::name(sender), self.time(until));
        self.say(&texts.lead, &[("sender", &sender), ("until", &until)]);
        self.say(&texts.what, &[]);
        fill(&texts.subject, &[("sender", &sender)])
    }

    fn note(&mut self, about: &About, sender: &str) {
        self.quote(about.note.as_deref(), sender);
    }

    /// What somebody wrote for this mail.
    fn quote(&mut self, note: Option<&str>, sender: &str) {
        let note = note.map(plain::note).filter(|note| !note.is_empty());
        if let Some(note) = note {
            self.say(&self.texts.invitation.note, &[("sender", sender)]);
            self.blocks.push(Block::Quote(note));
        }
    }

    /// What holds for invitation and reminder alike.
    fn conditions(&mut self, about: &About, sender: &str) {
        let texts = &self.texts.invitation;
        if about.password {
            self.say(&texts.password, &[("sender", sender)]);
        }
        self.say(&texts.expires, &[("time", &self.time(about.expires))]);
        self.say(&texts.reply, &[("email", &plain::name(&about.sender_email))]);
    }

    fn code(&mut self, purpose: Purpose, code: &str, minutes: u32) -> String {
        let texts = &self.texts.code;
        let (subject, lead) = match purpose {
            Purpose::Register => (&texts.subject_register, &texts.lead_register),
            Purpose::Reset => (&texts.subject_reset, &texts.lead_reset),
        };
        self.say(lead, &[]);
        self.blocks.push(Block::Code(code.to_owned()));
        self.say(&texts.use_it, &[("minutes", &minutes.to_string())]);
        self.say(&texts.not_you, &[]);
        subject.clone()
    }

    fn has_account(&mut self) -> String {
        let texts = &self.texts.has_account;
        self.say(&texts.lead, &[]);
        self.link(&texts.open, "/login");
        self.say(&texts.forgotten, &[]);
        self.say(&texts.not_you, &[]);
        texts.subject.clone()
    }

    fn factor(&self, change: FactorChange) -> &'a str {
        let texts = &self.texts.second_factor_changed;
        match change {
            FactorChange::AppAdded => &texts.app_added,
            FactorChange::AppRemoved => &texts.app_removed,
            FactorChange::PasskeyAdded => &texts.passkey_added,
            FactorChange::PasskeyRemoved => &texts.passkey_removed,
            FactorChange::RecoveryCodes => &texts.recovery_codes,
        }
    }

    /// What to do when it was somebody else.
    fn alarm(&mut self, path: &str) {
        let texts = &self.texts.alarm;
        self.say(&texts.was_you, &[]);
        self.say(&texts.not_you, &[]);
        self.link(&texts.open, path);
    }
}

/// Of what people wrote, only the sender's name.
fn invitation_subject(texts: &Catalogue, about: &About) -> String {
    let texts = &texts.invitation;
    let subject = if about.answer { &texts.subject_answer } else { &texts.subject };
    fill(subject, &[("sender", &plain::name(&about.sender))])
}
