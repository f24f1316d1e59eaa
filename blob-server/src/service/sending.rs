//! From draft to delivery: whom it goes to, and whether its sender may.

use std::collections::HashSet;

use blob_api::{
    AskReadiness, CreateDelivery, DeliveryId, Deputies, DeputyGrant, GiveGrant, Hidden, Language, Level,
    MAX_RECIPIENTS, NewLink, NewRecipient, Opaque, Reach, Readiness, ReadinessAnswer, RecipientId, Role,
    SendDelivery, Sent, UnixSeconds, path,
};

use super::delivery::has_sheets;
use super::email::{address, login_name};
use super::grant::{check_card, check_grant, is_card};
use super::{Error, Sender, Service, token, waits};
use crate::mail::{About, Lacks, Letter};
use crate::store::{Account, AddedRecipient, LockedDelivery, NewMail, Sending, StoredDelivery, StoredTicket};

/// How a recipient's part of a link begins (SPEC §5.4).
const FRAGMENT: &str = "1p.";
/// Characters of 32 bytes.
const SECRET_CHARS: usize = 43;

/// Seconds between two mails about a delivery to the same recipient.
const REMIND_AFTER: i64 = 24 * 3600;

/// A recipient, looked at.
struct Addressee<'a> {
    /// As the sender wrote it.
    email: String,
    /// As login name.
    login: String,
    new: &'a NewRecipient,
    /// The submitter whom an answer is granted to by the card of their receipt.
    by_card: Option<StoredTicket>,
}

/// What a delivery answers.
struct Question {
    /// Whom the answer goes to, as login name.
    asker: String,
    /// The level that the answer must have; `None` where any will do.
    level: Option<Level>,
    /// The card and the ticket of who submitted it.
    submitter: Option<(Option<Vec<u8>>, StoredTicket)>,
}

impl Service {
    /// May this account begin such a delivery?
    ///
    /// # Errors
    /// [`Error::NotAllowed`] by the policy; [`Error::Invalid`] for a link for whoever has it above level 1, or a
    /// password above level 2;
    /// [`Error::NotFound`] for an answer to what the account did not receive.
    pub(super) async fn check_level(&self, sender: &Sender, create: &CreateDelivery) -> Result<(), Error> {
        let open_link = create.gate_hash.is_some() && create.level.needs_account();
        if open_link || (create.password && create.level.needs_keys()) {
            return Err(Error::Invalid);
        }
        let rights = sender.session().rights;
        if let Some(question) = &create.answer_to {
            let fits = match self.question(sender, question).await?.level {
                Some(level) => level == create.level,
                None => rights.levels.contains(&create.level),
            };
            return if fits && create.gate_hash.is_none() { Ok(()) } else { Err(Error::NotAllowed) };
        }
        let reaches = match rights.reach {
            Reach::Anyone => true,
            Reach::Staff => create.gate_hash.is_none(),
            Reach::Nobody => false,
        };
        if reaches && rights.levels.contains(&create.level) { Ok(()) } else { Err(Error::NotAllowed) }
    }

    /// A delivery that this account has received and opened: it may answer.
    async fn question(&self, sender: &Sender, id: &DeliveryId) -> Result<Question, Error> {
        let row = self.meta.sent_delivery(id).await?.ok_or(Error::NotFound)?;
        let own = self.meta.recipient_with_login(id, sender.login()).await?;
        own.filter(|own| own.opened.is_some()).ok_or(Error::NotFound)?;
        let Some(submission) = row.submission else {
            return Ok(Question { asker: row.sender_email, level: Some(row.level), submitter: None });
        };
        let ticket = self.meta.ticket(&submission.info.ticket, self.clock.now()).await?;
        let ticket = ticket.ok_or(Error::NotFound)?;
        let submitter = Some((submission.submitter, ticket.clone()));
        Ok(Question { asker: ticket.login, level: None, submitter })
    }

    /// Makes the delivery visible to its recipients and to holders of its links; from now on only its end and who may
    /// open it can change. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`Error::Conflict`] without a cover or sealed part, with an incomplete blob or a grant to a card that is not in use, [`Error::Expired`] when it has ended;
    /// [`Error::Invalid`] for recipients that the API does not allow, [`Error::NotAllowed`] for those that the policy does not.
    pub async fn send(&self, sender: &Sender, id: &DeliveryId, send: &SendDelivery) -> Result<Sent, Error> {
        let row = self.owned(sender, id).await?;
        if row.sent.is_some() {
            return Ok(Sent { expires: self.live(&row)? });
        }
        let mut addressees = addressees(row.level, &send.recipients)?;
        let own_grant = send.own_grant.as_ref().map(|grant| grant.0.len());
        if own_grant != row.level.needs_keys().then_some(GiveGrant::BYTES) {
            return Err(Error::Invalid);
        }
        check_deputies(row.level, &send.deputies)?;
        if !row.open_link && addressees.is_empty() {
            return Err(Error::Invalid);
        }
        check_note(send.note.as_deref())?;
        match &row.answer_to {
            Some(question) => {
                let question = self.question(sender, question).await?;
                match &mut addressees[..] {
                    [only] if only.login == question.asker => {
                        only.by_card = question.by_card(row.level, only.new)
                    }
                    _ => return Err(Error::NotAllowed),
                }
            }
            None => {
                for addressee in &addressees {
                    if !self.reaches(sender, &addressee.login).await? {
                        return Err(Error::NotAllowed);
                    }
                }
            }
        }
        let (now, expires) = (self.clock.now(), self.ends_after(row.days));
        let about = About { note: send.note.clone(), ..about(&row, &sender.account, expires) };
        // Made before the lock is taken: other writers wait for it.
        let invitations = self.invitations(&about, id, &addressees, send.language).await?;
        let mut locked = self.lock_owned(sender, id).await?;
        if locked.row.sent.is_some() {
            return Ok(Sent { expires: self.live(&locked.row)? });
        }
        let (blobs, complete) = locked.blobs().await?;
        if !has_sheets(&locked.row) || blobs != complete {
            return Err(Error::Conflict);
        }
        let own_grant = send.own_grant.as_ref().map(|grant| grant.0.clone());
        locked.send(&Sending { sent: now, expires, files: blobs, listed: send.listed, own_grant }).await?;
        add(&mut locked, &addressees).await?;
        for DeputyGrant { deputy, grant } in &send.deputies {
            let login = locked.login_of(deputy).await?.ok_or(Error::Conflict)?;
            check_card(&mut locked, &login, &grant.card).await?;
            if !locked.grant_to_deputy(deputy, &grant.grant.0, now).await? {
                return Err(Error::Conflict);
            }
        }
        for invitation in &invitations {
            locked.enqueue_mail(invitation).await?;
        }
        locked.commit().await?;
        self.wake_mails();
        Ok(Sent { expires })
    }

    /// The mails with the links that the server shall mail.
    async fn invitations(
        &self,
        about: &About,
        id: &DeliveryId,
        addressees: &[Addressee<'_>],
        otherwise: Language,
    ) -> Result<Vec<NewMail>, Error> {
        let mut mails = Vec::with_capacity(addressees.len());
        for addressee in addressees {
            if let Some(fragment) = &addressee.new.mail {
                let account = self.meta.account(&addressee.login).await?;
                let letter = match &addressee.by_card {
                    Some(ticket) => self.answer_letter(about, ticket),
                    None => {
                        let link = path::link(about.level, id, &fragment.0);
                        let has_keys = account.as_ref().is_some_and(|account| account.has_keys);
                        let NewRecipient { grant, offer, .. } = addressee.new;
                        let lacks = Lacks::first(account.is_some(), has_keys, grant.is_some());
                        Letter::Invitation {
                            about: About { lacks, code: offer.is_some(), ..about.clone() },
                            link,
                        }
                    }
                };
                let language = account.map_or(otherwise, |account| account.language);
                let mail = self.new_mail(&addressee.email, language, &letter)?;
                mails.push(mail.to_recipient(*id, addressee.new.recipient));
            }
        }
        Ok(mails)
    }

    /// May this account start deliveries to this login name?
    pub(super) async fn reaches(&self, sender: &Sender, login: &str) -> Result<bool, Error> {
        Ok(match sender.session().rights.reach {
            Reach::Anyone => true,
            Reach::Nobody => false,
            Reach::Staff => {
                let account = self.meta.account(login).await?;
                account.is_some_and(|account| matches!(account.role, Role::Staff | Role::Admin))
            }
        })
    }

    /// How far addresses are from opening a delivery at this level. Who may not send to an address learns nothing of it.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for more addresses than a delivery may have.
    pub async fn readiness(&self, sender: &Sender, ask: &AskReadiness) -> Result<ReadinessAnswer, Error> {
        if ask.emails.len() > usize::from(MAX_RECIPIENTS) {
            return Err(Error::TooLarge);
        }
        let mut readiness = Vec::with_capacity(ask.emails.len());
        for typed in &ask.emails {
            readiness.push(match login_name(typed) {
                Err(_) => Readiness::Invalid,
                Ok(login) if !self.reaches(sender, login.as_str()).await? => Readiness::NotAllowed,
                Ok(_) if !ask.level.needs_account() => Readiness::Ready,
                Ok(login) => match self.meta.account(login.as_str()).await? {
                    None => Readiness::NeedsAccount,
                    Some(account) if ask.level.needs_keys() && !account.has_keys => Readiness::NeedsKeys,
                    Some(_) => Readiness::Ready,
                },
            });
        }
        Ok(ReadinessAnswer { readiness })
    }

    /// Mails one recipient that something waits for them. The link is not in it: the server has forgotten it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the delivery is not the sender's, or has no such recipient; [`Error::Conflict`] when there is
    /// nothing to remind of: opened, ended, or never mailed by this server; [`Error::TooMany`] within a day of the last mail.
    pub async fn remind(
        &self,
        sender: &Sender,
        id: &DeliveryId,
        recipient: &RecipientId,
    ) -> Result<(), Error> {
        let (row, now) = (self.owned(sender, id).await?, self.clock.now());
        let expires = self.live(&row)?;
        let sent = row.sent.ok_or(Error::NotFound)?;
        let recipients = self.meta.recipients(id).await?;
        let own = recipients.iter().find(|own| own.id == *recipient).ok_or(Error::NotFound)?;
        if !own.mailed || own.opened.is_some() || own.revoked.is_some() {
            return Err(Error::Conflict);
        }
        let lacks = Lacks::first(own.has_account, own.has_keys, own.released);
        let about = About { lacks, code: own.offered, ..about(&row, &sender.account, expires) };
        let language = self.language_of(&own.login, sender.session().language).await?;
        let letter = match self.answered_ticket(&row).await?.filter(|_| own.by_card) {
            Some(ticket) => self.answer_letter(&about, &ticket),
            None => Letter::Reminder { about, delivery: Some(*id), sent },
        };
        let mail = self.new_mail(&own.email, language, &letter)?;
        let mail = mail.to_recipient(*id, *recipient);
        let mut locked = self.lock_owned(sender, id).await?;
        let last = locked.last_mail(recipient).await?.unwrap_or(sent);
        if let Some(seconds) = waits::left(last.saturating_add(REMIND_AFTER), now) {
            return Err(Error::TooMany { seconds });
        }
        locked.enqueue_mail(&mail).await?;
        locked.commit().await?;
        self.wake_mails();
        Ok(())
    }

    /// Takes a sent delivery back from one recipient.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the delivery is not the sender's, or has no such recipient.
    pub async fn revoke_recipient(
        &self,
        sender: &Sender,
        id: &DeliveryId,
        recipient: &RecipientId,
    ) -> Result<(), Error> {
        let mut locked = self.lock_owned(sender, id).await?;
        if !locked.revoke_recipient(recipient, self.clock.now()).await? {
            return Err(Error::NotFound);
        }
        locked.withdraw_mails(Some(recipient)).await?;
        Ok(locked.commit().await?)
    }
}

/// Looks at all recipients: few enough, addresses that are sane and differ, each with a link.
fn addressees(level: Level, recipients: &[NewRecipient]) -> Result<Vec<Addressee<'_>>, Error> {
    if recipients.len() > usize::from(MAX_RECIPIENTS) {
        return Err(Error::TooLarge);
    }
    let (mut logins, mut ids, mut gates) = (HashSet::new(), HashSet::new(), HashSet::new());
    let mut addressees = Vec::with_capacity(recipients.len());
    for new in recipients {
        let (email, login) = (address(&new.email)?, login_name(&new.email)?.as_str().to_owned());
        let gate = new.link.as_ref().is_none_or(|link| gates.insert(link.gate_hash.0));
        if !(logins.insert(login.clone()) && ids.insert(new.recipient) && gate && fits(level, new)) {
            return Err(Error::Invalid);
        }
        addressees.push(Addressee { email, login, new, by_card: None });
    }
    Ok(addressees)
}

/// Are there as many grants for deputies as may be, at a level that has grants?
fn check_deputies(level: Level, deputies: &[DeputyGrant]) -> Result<(), Error> {
    let mut named = HashSet::new();
    for DeputyGrant { deputy, grant } in deputies {
        check_grant(grant)?;
        if !level.needs_keys() || !named.insert(deputy) || named.len() > Deputies::MOST {
            return Err(Error::Invalid);
        }
    }
    Ok(())
}

/// Has the recipient what belongs to this level, and nothing else?
fn fits(level: Level, new: &NewRecipient) -> bool {
    let link = match &new.link {
        Some(link) => level.has_cover() && link.sealed.0.len() == NewLink::SEALED_BYTES,
        None => !level.has_cover(),
    };
    let is_mailed =
        |fragment: &Hidden| if level.has_cover() { is_fragment(fragment) } else { fragment.0.is_empty() };
    let is_offer = |offer: &Opaque| (1..=NewRecipient::MOST_OFFER_BYTES).contains(&offer.0.len());
    link && new.mail.as_ref().is_none_or(is_mailed)
        && new.grant.as_ref().is_none_or(|grant| level.needs_keys() && check_grant(grant).is_ok())
        && new.offer.as_ref().is_none_or(|offer| level.needs_keys() && is_offer(offer))
}

/// The delivery as its recipients are told of it, without a note; they can open it.
pub(super) fn about(row: &StoredDelivery, sender: &Account, expires: UnixSeconds) -> About {
    About {
        level: row.level,
        sender: sender.name.clone(),
        sender_email: sender.email.clone(),
        note: None,
        expires,
        password: row.password,
        answer: row.answer_to.is_some(),
        lacks: Lacks::Nothing,
        code: false,
    }
}

/// A recipient's link's secret part and nothing else: it will stand in a mail.
pub(super) fn is_fragment(fragment: &Hidden) -> bool {
    is_secret(fragment, FRAGMENT)
}

/// A link's secret part of this form, and nothing else.
pub(super) fn is_secret(fragment: &Hidden, form: &str) -> bool {
    let secret = fragment.0.strip_prefix(form).unwrap_or_default();
    secret.len() == SECRET_CHARS
        && secret.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_'))
}

impl Question {
    /// The ticket of the submitter, when this recipient is granted the answer by the card of their receipt.
    fn by_card(self, level: Level, new: &NewRecipient) -> Option<StoredTicket> {
        let (card, ticket) = self.submitter?;
        let (card, grant) = (card?, new.grant.as_ref()?);
        (level == Level::Four && is_card(&card, &grant.card).is_ok()).then_some(ticket)
    }
}

/// One line of visible characters.
pub(super) fn check_note(note: Option<&str>) -> Result<(), Error> {
    let fits = |note: &str| {
        (1..=NewRecipient::NOTE_CHARS).contains(&note.chars().count()) && !note.chars().any(char::is_control)
    };
    if note.is_none_or(fits) { Ok(()) } else { Err(Error::Invalid) }
}

async fn add(locked: &mut LockedDelivery, addressees: &[Addressee<'_>]) -> Result<(), Error> {
    for (position, Addressee { email, login, new, by_card }) in (0..).zip(addressees) {
        if let Some(grant) = new.grant.as_ref().filter(|_| by_card.is_none()) {
            check_card(locked, login, &grant.card).await?;
        }
        // Where links carry no secret, no token has this hash.
        let gate_hash = match (&new.link, by_card) {
            (Some(link), _) => link.gate_hash.0,
            // Who has the ticket, which the receipt keeps, is at the gate.
            (None, Some(ticket)) => ticket.token_hash,
            (None, None) => token::random()?,
        };
        let added = AddedRecipient {
            id: new.recipient,
            position,
            email,
            login,
            gate_hash,
            sealed: new.link.as_ref().map_or(&[][..], |link| &link.sealed.0),
            mailed: new.mail.is_some(),
            grant: new.grant.as_ref().map(|grant| &grant.grant.0[..]),
            offer: new.offer.as_ref().map(|offer| &offer.0[..]),
            by_card: by_card.is_some(),
        };
        locked.add_recipient(&added).await?;
    }
    Ok(())
}
