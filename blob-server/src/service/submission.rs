//! What was begun with a ticket becomes a delivery to the box's owner.

use blob_api::{DeliveryId, GiveGrant, Level, NewLink, Opaque, Submit, Submitted, Token, UnixSeconds, path};

use super::author::Holder;
use super::delivery::has_sheets;
use super::grant::{check_grant, is_card};
use super::sending::is_fragment;
use super::ticket::has_room;
use super::{Error, Sender, Service, receipt, token};
use crate::mail::{About, Letter};
use crate::store::{
    Account, AddedRecipient, LockedDelivery, NewMail, Origin, Sending, Sheet, StoredDelivery, StoredTicket,
    Submitting,
};

/// Seconds for which what ends once it is collected is still there: the owner's browser may have saved it nowhere.
const GRACE: i64 = 86_400;

impl Service {
    /// Makes a delivery that a ticket has begun visible to the box's owner. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not the ticket's; [`Error::Invalid`] for what does not belong to its level;
    /// [`Error::Conflict`] without its sheet, with an incomplete blob, when the box has another level or another card by now,
    /// and when enough was submitted with the ticket.
    pub async fn submit(
        &self,
        holder: &Holder,
        id: &DeliveryId,
        submit: &Submit,
    ) -> Result<Submitted, Error> {
        let (row, ticket, now) = (self.owned(holder, id).await?, &holder.ticket, self.clock.now());
        check(row.level, submit)?;
        let owner = self.meta.account(&ticket.owner_login).await?.ok_or(Error::NotFound)?;
        let expires = self.ends_after(row.days);
        let mut locked = self.lock_owned(holder, id).await?;
        if locked.row.sent.is_some() {
            return told(&mut locked).await;
        }
        let present = locked.ticket(now).await?.ok_or(Error::NotFound)?;
        let (blobs, complete) = locked.blobs().await?;
        let fits = present.level() == row.level && present.withdrawn.is_none() && has_room(&present);
        if !fits || !has_sheets(&locked.row) || blobs != complete {
            return Err(Error::Conflict);
        }
        if let (Some(card), Some(grant)) = (&present.card, &submit.grant) {
            is_card(card, &grant.card)?;
        }
        let sheet = if row.level.has_cover() { Sheet::Cover } else { Sheet::Sealed };
        let digest = receipt::digest(&mut locked, sheet).await?;
        let files = blobs;
        locked.send(&Sending { sent: now, expires, files, listed: false, own_grant: None }).await?;
        locked
            .submit(&Submitting {
                digest,
                submitter: submit.submitter.as_ref().map(|card| &card.0[..]),
                is_addition: present.sent >= u32::from(present.uses),
            })
            .await?;
        add_owner(&mut locked, &owner, submit).await?;
        let happened = Happened { files, at: now, expires, digest };
        for mail in [
            self.to_owner(&locked.row, &present, &owner, submit, &happened)?,
            self.to_submitter(&locked.row, &present, submit, &happened)?,
        ] {
            locked.enqueue_mail(&mail).await?;
        }
        locked.commit().await?;
        self.wake_mails();
        Ok(Submitted { at: now, expires, digest: Token(digest) })
    }

    fn to_owner(
        &self,
        row: &StoredDelivery,
        ticket: &StoredTicket,
        owner: &Account,
        submit: &Submit,
        happened: &Happened,
    ) -> Result<NewMail, Error> {
        let link = match &submit.mail {
            Some(fragment) => path::link(row.level, row.id, &fragment.0),
            None => format!("/inbox/{}", row.id),
        };
        let letter = Letter::Submission {
            title: ticket.title.clone(),
            sender: ticket.email.clone(),
            files: happened.files,
            bytes: row.bytes,
            link,
            expires: happened.expires,
        };
        let mail = self.new_mail(&owner.email, owner.language, &letter)?;
        Ok(mail.to_recipient(row.id, submit.recipient))
    }

    fn to_submitter(
        &self,
        row: &StoredDelivery,
        ticket: &StoredTicket,
        submit: &Submit,
        happened: &Happened,
    ) -> Result<NewMail, Error> {
        let letter = Letter::Submitted {
            title: ticket.title.clone(),
            files: happened.files,
            bytes: row.bytes,
            at: happened.at,
            digest: receipt::groups(&happened.digest),
            key: submit.sealed_to.clone(),
            request: ticket.sealed.is_some(),
        };
        Ok(self.new_mail(&ticket.email, submit.language, &letter)?.about(row.id).with_ticket(ticket.id))
    }

    /// What is to be done when the owner has all files of a submission: its submitter is told, and where the box wants it, it
    /// ends a day later.
    pub(super) async fn collected_submission(
        &self,
        locked: &mut LockedDelivery,
        ticket: &StoredTicket,
        now: UnixSeconds,
    ) -> Result<(), Error> {
        let (files, _) = locked.blobs().await?;
        let letter = Letter::SubmissionCollected { title: ticket.title.clone(), files, at: now };
        let mail = self.new_mail(&ticket.email, ticket.language, &letter)?;
        locked.enqueue_mail(&mail.about(locked.row.id).with_ticket(ticket.id)).await?;
        if ticket.deletes && files > 0 {
            locked.expire(now.saturating_add(GRACE)).await?;
        }
        Ok(())
    }

    /// Deletes a submission that the account has received: its content, and what the inbox knows of it. Repeating it changes
    /// nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it was not sent to the account; [`Error::Conflict`] for what is no submission: it is its
    /// sender's.
    pub async fn delete_received(&self, sender: &Sender, id: &DeliveryId) -> Result<(), Error> {
        self.meta.recipient_with_login(id, sender.login()).await?.ok_or(Error::NotFound)?;
        let (mut locked, now) = (self.meta.lock(id).await?.ok_or(Error::NotFound)?, self.clock.now());
        if let Origin::Account(_) = locked.row.origin {
            return Err(Error::Conflict);
        }
        locked.deleted(now).await?;
        if locked.row.ended.is_some() {
            return Ok(locked.commit().await?);
        }
        locked.expire(now).await?;
        self.end(locked).await
    }

    /// The ticket of the submission that a delivery answers.
    pub(super) async fn answered_ticket(&self, row: &StoredDelivery) -> Result<Option<StoredTicket>, Error> {
        let Some(question) = &row.answer_to else { return Ok(None) };
        let question = self.meta.delivery(question).await?.map(|question| question.origin);
        match question {
            Some(Origin::Ticket(ticket)) => Ok(self.meta.ticket(&ticket, self.clock.now()).await?),
            _ => Ok(None),
        }
    }

    /// How a submitter is told of an answer.
    pub(super) fn answer_letter(&self, about: &About, ticket: &StoredTicket) -> Letter {
        Letter::AnswerWaiting { about: about.clone(), title: ticket.title.clone() }
    }
}

/// What is told in mails.
struct Happened {
    files: u32,
    at: UnixSeconds,
    expires: UnixSeconds,
    digest: [u8; 32],
}

/// Has it what belongs to this level, and nothing else?
fn check(level: Level, submit: &Submit) -> Result<(), Error> {
    let Submit { link, mail, grant, submitter, sealed_to, .. } = submit;
    let fits = match (level, link, mail, grant, submitter) {
        (Level::Two, Some(link), Some(mail), None, None) => {
            link.sealed.0.len() == NewLink::SEALED_BYTES && is_fragment(mail) && sealed_to.is_none()
        }
        (Level::Four, None, None, Some(grant), Some(card)) => {
            (1..=Submit::MOST_CARD_BYTES).contains(&card.0.len())
                && check_grant(grant).is_ok()
                && sealed_to.as_deref().is_none_or(are_digits)
        }
        _ => false,
    };
    if fits { Ok(()) } else { Err(Error::Invalid) }
}

/// Seven groups of five digits: a mail carries nothing else of what a submitter says.
fn are_digits(fingerprint: &str) -> bool {
    let is_group = |group: &str| group.len() == 5 && group.bytes().all(|byte| byte.is_ascii_digit());
    fingerprint.split(' ').count() == 7 && fingerprint.split(' ').all(is_group)
}

/// What was told when it was submitted.
async fn told(locked: &mut LockedDelivery) -> Result<Submitted, Error> {
    let digest = locked.receipt_digest().await?.ok_or(Error::Conflict)?;
    let (at, expires) = locked.row.sent.zip(locked.row.expires).ok_or(Error::Conflict)?;
    Ok(Submitted { at, expires, digest: Token(digest) })
}

/// The box's owner is the only recipient.
async fn add_owner(locked: &mut LockedDelivery, owner: &Account, submit: &Submit) -> Result<(), Error> {
    // Where there is no link, no token has this hash.
    let gate_hash = submit.link.as_ref().map_or_else(token::random, |link| Ok(link.gate_hash.0))?;
    let grant = submit.grant.as_ref().map(|GiveGrant { grant: Opaque(grant), .. }| &grant[..]);
    let added = AddedRecipient {
        id: submit.recipient,
        position: 0,
        email: &owner.email,
        login: &owner.email,
        gate_hash,
        sealed: submit.link.as_ref().map_or(&[][..], |link| &link.sealed.0),
        mailed: true,
        grant,
        offer: None,
        by_card: false,
    };
    Ok(locked.add_recipient(&added).await?)
}
