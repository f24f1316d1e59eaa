//! Tickets: the right to submit something, mailed to whoever reads the mailbox.

use blob_api::{
    AskTicket, CreateDelivery, DeliveryId, Language, ReceivedGrant, RecipientState, RequestInfo, Submission,
    TicketAnswer, TicketId, TicketInfo, Token, path,
};

use super::asked::Ask;
use super::author::Holder;
use super::email::{address, login_name};
use super::{Error, Network, Service, token};
use crate::mail::Letter;
use crate::store::{MostTickets, NewTicket, SentRow, StoredBox, StoredTicket};

/// Tickets that one mailbox gets in [`COUNTED`] seconds, over all boxes.
const MOST_OF_LOGIN: u32 = 3;
/// Seconds in which tickets are counted.
const COUNTED: i64 = 3600;
/// How the part of a ticket's link after `#` begins (SPEC §18.4).
const FRAGMENT: &str = "1t.";

/// A ticket that was asked for.
pub(super) struct AskedTicket {
    to: StoredBox,
    email: String,
    login: String,
    language: Language,
}

impl Service {
    /// Takes a request for a ticket. Whether a mail follows, nobody learns from the answer.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a box that takes nothing, [`Error::Invalid`] for what is no address, [`Error::TooMany`] for a
    /// network.
    pub async fn ask_ticket(&self, name: &str, ask: &AskTicket, network: Network) -> Result<(), Error> {
        self.rates.code(network)?;
        let (email, login) = (address(&ask.email)?, login_name(&ask.email)?.as_str().to_owned());
        let to = self.meta.box_named(name).await?.filter(|found| found.is_open).ok_or(Error::NotFound)?;
        self.asked.push(Ask::Ticket(AskedTicket { to, email, login, language: ask.language }))
    }

    /// Makes the ticket and its mail, unless the address or the box had enough of them.
    pub(super) async fn decide_ticket(&self, ask: AskedTicket) -> Result<(), Error> {
        let AskedTicket { to, email, login, language } = ask;
        let (id, (token, token_hash)) = (TicketId(token::random()?), token::generate()?);
        let now = self.clock.now();
        let expires = now.saturating_add(i64::from(self.settings.ticket_hours.get()) * 3600);
        let language = self.language_of(&login, language).await?;
        let link = path::ticket_link(&id, &format!("{FRAGMENT}{}", token.to_text()));
        let letter = Letter::Ticket { title: to.settings.title, owner: to.owner, link, expires };
        let mail = self.new_mail(&email, language, &letter)?.with_ticket(id);
        let new = NewTicket {
            id,
            submit_box: to.settings.id,
            token_hash,
            email: &email,
            login: &login,
            language,
            created: now,
            expires,
            uses: 1,
            sealed: None,
            kept: None,
            due: None,
        };
        let most = MostTickets {
            since: now.saturating_sub(COUNTED),
            of_login: MOST_OF_LOGIN,
            of_box: self.settings.tickets_per_hour.get(),
        };
        if self.meta.issue_ticket(&new, most, &mail).await? {
            self.wake_mails();
        }
        Ok(())
    }

    /// What the bearer of a ticket may know. Asking changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is another ticket; [`Error::Expired`] when it ended and has brought nothing.
    pub async fn ticket_info(&self, holder: &Holder, id: &TicketId) -> Result<TicketInfo, Error> {
        let ticket = holder.named(id)?;
        let over = ticket.withdrawn.is_some() || self.clock.now() >= ticket.expires;
        if over && ticket.sent == 0 && ticket.drafts == 0 {
            return Err(Error::Expired);
        }
        let found = self.meta.submit_box(&ticket.submit_box).await?.ok_or(Error::NotFound)?;
        let mut submissions = Vec::new();
        for row in self.meta.submissions(id).await? {
            submissions.extend(self.submission(row).await?);
        }
        let mut answers = Vec::new();
        for row in self.meta.answers(id).await? {
            answers.extend(self.ticket_answer(ticket, row).await?);
        }
        Ok(TicketInfo {
            submit_box: self.shown_box(found),
            email: ticket.email.clone(),
            expires: ticket.expires,
            live: self.may_begin(ticket),
            may_add: may_add(ticket),
            request: ticket.sealed.clone().map(|sealed| RequestInfo {
                sealed: blob_api::Opaque(sealed),
                due: ticket.due,
                uses: ticket.uses,
                used: used(ticket),
            }),
            submissions,
            answers,
        })
    }

    async fn submission(&self, row: SentRow) -> Result<Option<Submission>, Error> {
        let recipients = self.meta.recipients(&row.id).await?;
        Ok(recipients.first().zip(row.submission.as_ref()).map(|(owner, submission)| Submission {
            delivery: row.id,
            level: row.level,
            sent: row.sent,
            expires: row.expires,
            files: row.files,
            bytes: submission.bytes,
            digest: Token(submission.digest),
            state: self.recipient_state(&row, owner),
            // What had ended before went by itself.
            deleted: owner.deleted.is_some_and(|at| at <= row.expires),
        }))
    }

    async fn ticket_answer(
        &self,
        ticket: &StoredTicket,
        row: SentRow,
    ) -> Result<Option<TicketAnswer>, Error> {
        let own = self.meta.recipient_with_login(&row.id, &ticket.login).await?;
        let told = own.zip(row.answer_to);
        let state = |own: &_| -> RecipientState { self.recipient_state(&row, own) };
        Ok(told.map(|(own, answer_to)| TicketAnswer {
            delivery: row.id,
            answer_to,
            level: row.level,
            by_card: own.by_card,
            state: state(&own),
            sender: row.sender.clone(),
            sent: row.sent,
            expires: row.expires,
        }))
    }

    /// What opens an answer with the card of a receipt.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is another ticket, or the delivery no such answer to it; [`Error::Expired`].
    pub async fn answer_grant(
        &self,
        holder: &Holder,
        id: &TicketId,
        delivery: &DeliveryId,
    ) -> Result<ReceivedGrant, Error> {
        let ticket = holder.named(id)?;
        let own = self.meta.recipient_at_gate(delivery, &ticket.token_hash).await?;
        let own = own.filter(|own| own.by_card).ok_or(Error::NotFound)?;
        if own.revoked.is_some() {
            return Err(Error::Expired);
        }
        self.grant_of(delivery, &own.login).await
    }

    /// Can something be begun with it, which was not asked for too often?
    pub(super) fn may_begin(&self, ticket: &StoredTicket) -> bool {
        let on = ticket.is_open && ticket.withdrawn.is_none() && self.clock.now() < ticket.expires;
        on && ticket.sent < u32::from(ticket.uses)
    }

    /// May a ticket begin this delivery now?
    ///
    /// # Errors
    /// [`Error::NotAllowed`] for what no box takes; [`Error::Conflict`] for another level or lifetime than the box has now,
    /// too many drafts, or what was submitted often enough; [`Error::Expired`] when the ticket or the box is over.
    pub(super) fn check_ticket(&self, ticket: &StoredTicket, create: &CreateDelivery) -> Result<(), Error> {
        let plain = create.gate_hash.is_none() && !create.password && create.answer_to.is_none();
        if !plain {
            return Err(Error::NotAllowed);
        }
        if !self.may_begin(ticket) && !may_add(ticket) {
            let used_up = ticket.sent >= u32::from(ticket.uses) && ticket.withdrawn.is_none();
            return Err(if used_up { Error::Conflict } else { Error::Expired });
        }
        let fits = (create.level, create.days) == (ticket.level(), ticket.days);
        if fits && ticket.drafts < TicketInfo::MOST_DRAFTS { Ok(()) } else { Err(Error::Conflict) }
    }
}

impl Holder {
    /// The ticket, if it is this one.
    fn named(&self, id: &TicketId) -> Result<&StoredTicket, Error> {
        if self.ticket.id == *id { Ok(&self.ticket) } else { Err(Error::NotFound) }
    }
}

/// How often something was submitted with it, without what was added.
pub(super) fn used(ticket: &StoredTicket) -> u16 {
    u16::try_from(ticket.sent).unwrap_or(u16::MAX).min(ticket.uses)
}

/// Can something be added to what was submitted with it, as long as the owner has not collected all of that?
fn may_add(ticket: &StoredTicket) -> bool {
    ticket.is_open && ticket.withdrawn.is_none() && ticket.uncollected && has_room(ticket)
}

/// Was less submitted with it than all that ever may be?
pub(super) fn has_room(ticket: &StoredTicket) -> bool {
    ticket.sent < u32::from(ticket.uses) + TicketInfo::MOST_ADDITIONS
}
