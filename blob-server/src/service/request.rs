//! Upload requests: the owner of a box asks one address for something.

use blob_api::{CreateRequest, MailState, Opaque, OwnRequest, RequestDetail, Requests, TicketId, path};

use super::email::{address, login_name};
use super::sending::{check_note, is_secret};
use super::submit_box::check_staff;
use super::{Error, Sender, Service};
use crate::mail::Letter;
use crate::store::{NewTicket, RequestRow, StoredTicket};

/// How the part of a request's link after `#` begins (crypto-core SPEC §18.4).
const FRAGMENT: &str = "1q.";
/// Seconds of a day.
const DAY: i64 = 86_400;

impl Service {
    /// Asks somebody for something. Repeating the same request changes nothing.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] for who is not of the staff, and for addresses that the policy does not let the account send to;
    /// [`Error::Conflict`] without a box that is on, for an identifier or a token that is taken, and with too many requests;
    /// [`Error::Invalid`] for what is out of bounds.
    pub async fn create_request(&self, sender: &Sender, create: &CreateRequest) -> Result<(), Error> {
        check_staff(sender)?;
        let (email, login) = (address(&create.email)?, login_name(&create.email)?.as_str().to_owned());
        let now = self.clock.now();
        let expires = now.saturating_add(i64::from(create.days) * DAY);
        check(create)?;
        if create.due.is_some_and(|due| due <= now || due > expires) {
            return Err(Error::Invalid);
        }
        if !self.reaches(sender, &login).await? {
            return Err(Error::NotAllowed);
        }
        let from = self.meta.box_of(sender.id()).await?.filter(|from| from.is_open).ok_or(Error::Conflict)?;
        let mail = match &create.mail {
            None => None,
            Some(fragment) => {
                let letter = Letter::Request {
                    title: from.settings.title,
                    owner: sender.account.name.clone(),
                    owner_email: sender.account.email.clone(),
                    note: create.note.clone(),
                    link: path::ticket_link(&create.ticket, &fragment.0),
                    due: create.due,
                    expires,
                };
                let language = self.language_of(&login, create.language).await?;
                Some(self.new_mail(&email, language, &letter)?.with_ticket(create.ticket))
            }
        };
        let new = NewTicket {
            id: create.ticket,
            submit_box: from.settings.id,
            token_hash: create.token_hash.0,
            email: &email,
            login: &login,
            language: create.language,
            created: now,
            expires,
            uses: create.uses,
            sealed: Some(&create.sealed.0),
            kept: create.kept.as_ref().map(|kept| &kept.0[..]),
            due: create.due,
        };
        if self.meta.create_request(sender.id(), &new, mail.as_ref(), Requests::MOST).await? {
            self.wake_mails();
            return Ok(());
        }
        let there = self.meta.ticket(&create.ticket, now).await?;
        let is_same = |there: &StoredTicket| {
            (there.owner, there.token_hash) == (sender.id(), create.token_hash.0) && there.login == login
        };
        if there.as_ref().is_some_and(is_same) { Ok(()) } else { Err(Error::Conflict) }
    }

    /// What the account has asked for, the latest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn requests(&self, sender: &Sender) -> Result<Requests, Error> {
        let rows = self.meta.requests(sender.id()).await?;
        Ok(Requests { requests: rows.into_iter().map(|row| self.shown_request(row)).collect() })
    }

    /// One of it, with what it asks for.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is no request of the account.
    pub async fn request(&self, sender: &Sender, id: &TicketId) -> Result<RequestDetail, Error> {
        let row = self.meta.request(sender.id(), id).await?.ok_or(Error::NotFound)?;
        let ticket = self.meta.ticket(id, self.clock.now()).await?.ok_or(Error::NotFound)?;
        let submissions = self.meta.submissions(id).await?.into_iter().map(|row| row.id).collect();
        let sealed = Opaque(ticket.sealed.unwrap_or_default());
        Ok(RequestDetail { request: self.shown_request(row), sealed, submissions })
    }

    fn shown_request(&self, row: RequestRow) -> OwnRequest {
        let now = self.clock.now();
        OwnRequest {
            ticket: row.ticket,
            email: row.email,
            created: row.created,
            expires: row.expires,
            due: row.due,
            uses: row.uses,
            used: u16::try_from(row.sent).unwrap_or(u16::MAX).min(row.uses),
            last: row.last,
            mail: row.mail,
            withdrawn: row.withdrawn,
            overdue: row.sent == 0 && row.withdrawn.is_none() && row.due.is_some_and(|due| due <= now),
            kept: row.kept.map(Opaque),
        }
    }

    /// Withdraws a request: what was begun with it goes, what was submitted stays. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is no request of the account.
    pub async fn withdraw_request(&self, sender: &Sender, id: &TicketId) -> Result<(), Error> {
        if !self.meta.withdraw_request(sender.id(), id, self.clock.now()).await? {
            return Err(Error::NotFound);
        }
        for draft in self.meta.drafts_of_ticket(id).await? {
            if let Some(locked) = self.meta.lock(&draft).await?.filter(|locked| locked.row.sent.is_none()) {
                self.end(locked).await?;
            }
        }
        Ok(())
    }

    /// Reminds those of whom something was due, once each.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn remind_of_requests(&self) -> Result<(), Error> {
        let now = self.clock.now();
        for id in self.meta.overdue_requests(now).await? {
            let Some(ticket) = self.meta.ticket(&id, now).await?.filter(|ticket| ticket.is_open) else {
                continue;
            };
            let row = self.meta.request(ticket.owner, &id).await?;
            let owner = self.meta.account(&ticket.owner_login).await?;
            let (Some(row), Some(owner)) = (row, owner) else { continue };
            let letter = Letter::RequestReminder {
                owner: owner.name,
                owner_email: owner.email,
                asked: row.created,
                mailed: row.mail != MailState::None,
                due: ticket.due.unwrap_or(now),
                expires: ticket.expires,
            };
            let language = self.language_of(&ticket.login, ticket.language).await?;
            let mail = self.new_mail(&ticket.email, language, &letter)?.with_ticket(id);
            self.meta.remind_of_request(&id, &mail, now).await?;
        }
        self.wake_mails();
        Ok(())
    }
}

/// Is it within bounds?
fn check(create: &CreateRequest) -> Result<(), Error> {
    check_note(create.note.as_deref())?;
    let is_kept = |kept: &Opaque| (1..=CreateRequest::MOST_KEPT_BYTES).contains(&kept.0.len());
    let fits = (1..=CreateRequest::MOST_SEALED_BYTES).contains(&create.sealed.0.len())
        && create.kept.as_ref().is_none_or(is_kept)
        && (1..=CreateRequest::MOST_DAYS).contains(&create.days)
        && (1..=CreateRequest::MOST_USES).contains(&create.uses)
        && create.mail.as_ref().is_none_or(|fragment| is_secret(fragment, FRAGMENT));
    if fits { Ok(()) } else { Err(Error::Invalid) }
}
