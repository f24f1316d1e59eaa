//! Letters about submit boxes.

use blob_api::UnixSeconds;

use super::{Block, Page, plain};
use crate::mail::letter::About;
use crate::mail::texts::fill;

impl Page<'_> {
    pub(super) fn ticket(&mut self, title: &str, owner: &str, link: &str, expires: UnixSeconds) -> String {
        let texts = &self.texts.ticket;
        let (title, owner) = (plain::name(title), plain::name(owner));
        self.say(&texts.lead, &[("title", &title), ("owner", &owner)]);
        self.link(&texts.open, link);
        self.say(&texts.expires, &[("time", &self.time(expires))]);
        self.say(&texts.keep, &[]);
        self.say(&texts.not_you, &[]);
        fill(&texts.subject, &[("title", &title)])
    }

    pub(super) fn request(
        &mut self,
        title: &str,
        owner: &str,
        owner_email: &str,
        note: Option<&str>,
        link: &str,
        (due, expires): (Option<UnixSeconds>, UnixSeconds),
    ) -> String {
        let texts = &self.texts.request;
        let (title, owner, email) = (plain::name(title), plain::name(owner), plain::name(owner_email));
        self.say(&texts.lead, &[("owner", &owner), ("email", &email), ("title", &title)]);
        self.quote(note, &owner);
        self.link(&texts.open, link);
        if let Some(due) = due {
            self.say(&texts.due, &[("time", &self.time(due)), ("owner", &owner)]);
        }
        self.say(&texts.expires, &[("time", &self.time(expires))]);
        self.say(&self.texts.ticket.keep, &[]);
        self.say(&self.texts.invitation.reply, &[("email", &email)]);
        fill(&texts.subject, &[("owner", &owner)])
    }

    pub(super) fn request_reminder(
        &mut self,
        owner: &str,
        owner_email: &str,
        (asked, mailed): (UnixSeconds, bool),
        (due, expires): (UnixSeconds, UnixSeconds),
    ) -> String {
        let texts = &self.texts.request_reminder;
        let (owner, email) = (plain::name(owner), plain::name(owner_email));
        let subject = fill(&self.texts.request.subject, &[("owner", &owner)]);
        self.say(&texts.lead, &[("owner", &owner), ("email", &email), ("due", &self.time(due))]);
        let find = if mailed { &texts.find } else { &texts.find_other };
        self.say(find, &[("asked", &self.time(asked)), ("owner", &owner), ("subject", &subject)]);
        self.say(&self.texts.request.expires, &[("time", &self.time(expires))]);
        self.say(&self.texts.invitation.reply, &[("email", &email)]);
        fill(&texts.subject, &[("owner", &owner)])
    }

    pub(super) fn submission(
        &mut self,
        title: &str,
        sender: &str,
        (files, bytes): (u32, u64),
        link: &str,
        expires: UnixSeconds,
    ) -> String {
        let texts = &self.texts.submission;
        let (title, sender) = (plain::name(title), plain::name(sender));
        let what = self.what(files, bytes);
        self.say(&texts.lead, &[("sender", &sender), ("title", &title), ("what", &what)]);
        self.link(&texts.open, link);
        self.say(&texts.proven, &[("sender", &sender)]);
        self.say(&self.texts.invitation.expires, &[("time", &self.time(expires))]);
        fill(&texts.subject, &[("title", &title)])
    }

    pub(super) fn submitted(
        &mut self,
        title: &str,
        (files, bytes): (u32, u64),
        at: UnixSeconds,
        (digest, key): (&str, Option<&str>),
        request: bool,
    ) -> String {
        let texts = &self.texts.submitted;
        let title = plain::name(title);
        let what = self.what(files, bytes);
        self.say(&texts.lead, &[("title", &title), ("time", &self.time(at)), ("what", &what)]);
        self.say(&texts.digest, &[]);
        self.blocks.push(Block::Quote(digest.to_owned()));
        if let Some(key) = key {
            self.say(&texts.key, &[]);
            self.blocks.push(Block::Quote(key.to_owned()));
        }
        self.say(if request { &texts.state_request } else { &texts.state }, &[]);
        fill(&texts.subject, &[("title", &title)])
    }

    pub(super) fn submission_collected(&mut self, title: &str, files: u32, at: UnixSeconds) -> String {
        let texts = &self.texts.submission_collected;
        let title = plain::name(title);
        let (files, time) = (self.texts.files(files), self.time(at));
        self.say(&texts.lead, &[("title", &title), ("files", &files), ("time", &time)]);
        fill(&texts.subject, &[("title", &title)])
    }

    pub(super) fn answer_waiting(&mut self, about: &About, title: &str) -> String {
        let texts = &self.texts.answer_waiting;
        let (sender, title) = (plain::name(&about.sender), plain::name(title));
        let email = plain::name(&about.sender_email);
        self.say(&texts.lead, &[("sender", &sender), ("email", &email), ("title", &title)]);
        self.note(about, &sender);
        self.say(&texts.receipt, &[("sender", &sender)]);
        self.conditions(about, &sender);
        fill(&texts.subject, &[("sender", &sender)])
    }

    /// How much it is, in words.
    fn what(&self, files: u32, bytes: u64) -> String {
        match files {
            0 => self.texts.files(0),
            _ => format!("{} ({})", self.texts.files(files), self.texts.size(bytes)),
        }
    }
}
