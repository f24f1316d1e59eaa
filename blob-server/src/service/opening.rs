//! A delivery as the holder of its link sees it: asked about, opened, collected.
//!
//! Three rights, each proven by a token. The **gate token** proves the link: it may ask for the state and try to open.
//! The **auth token** proves link and password together. The **opening token** fetches ciphertext for a day. With the
//! gate apart from the auth token, someone who has the link and mistypes the password is told so, while to everyone else
//! the delivery looks like one that never was.

use blob_api::{Collected, DeliveryId, LinkState, Opaque, OpenDelivery, PersonalLink, Token, UnixSeconds};

use super::{Error, Sender, Service, boxes, email, token, waits};
use crate::mail::Letter;
use crate::store::{LockedDelivery, NewOpening, OpeningRow, StoredDelivery, StoredRecipient};

/// Openings of one delivery in a day.
const MOST_OPENINGS: u64 = 1000;
/// Seconds of a day.
const DAY: i64 = 86_400;

/// A delivery together with the proof that the asker has opened it. Made only by [`Service::opened`].
pub struct Opened {
    pub(super) delivery: StoredDelivery,
    opening: OpeningRow,
}

impl Service {
    /// What the holder of the link may know. Asking changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] without the right gate token and for drafts, [`Error::Expired`].
    pub async fn state(&self, id: &DeliveryId, gate: &Token) -> Result<LinkState, Error> {
        let (row, recipient) = self.through_gate(id, gate).await?;
        let expires = self.live(&row)?;
        let sender = self.meta.sent_delivery(id).await?.ok_or(Error::NotFound)?.sender;
        let personal = match recipient {
            Some(recipient) => Some(self.personal(&row, recipient).await?),
            None => None,
        };
        Ok(LinkState { sender, level: row.level, password: row.password, expires, personal })
    }

    /// Opens the delivery: records address and time for its sender, and gives the right to fetch. From level 2 on the
    /// recipient's account is enough, without the gate token of their link: who has not the link's secret, by a grant or
    /// from their vault, lacks the auth token.
    ///
    /// # Errors
    /// [`Error::WrongPassword`], [`Error::TooMany`] after several of them or a thousand openings in a day, those of
    /// [`Service::state`],
    /// [`Error::Invalid`] for something that is no address; from level 2 on [`Error::LoggedOut`] without an account and
    /// [`Error::WrongAccount`] with another than the recipient's; from level 3 on [`Error::Conflict`] while it is not released.
    pub async fn open(
        &self,
        id: &DeliveryId,
        gate: Option<&Token>,
        account: Option<&Sender>,
        open: &OpenDelivery,
    ) -> Result<Token, Error> {
        // Strangers are turned away before they can hold the write lock.
        let (row, recipient) = match (gate, account) {
            (Some(gate), _) => self.through_gate(id, gate).await?,
            (None, Some(account)) => self.as_recipient_of(id, account).await?,
            (None, None) => return Err(Error::NotFound),
        };
        self.live(&row)?;
        let email = who_opens(&row, recipient.as_ref(), account, open)?;
        let mut locked = self.meta.lock(id).await?.ok_or(Error::NotFound)?;
        self.live(&locked.row)?;
        let now = self.clock.now();
        if let Some(seconds) = waits::left(locked.row.wait_until, now) {
            return Err(Error::TooMany { seconds });
        }
        if !token::matches(&locked.row.auth_hash, &open.auth) {
            return Err(count_guess(locked, now).await.err().unwrap_or(Error::WrongPassword));
        }
        check_openings(&mut locked, now).await?;
        let (token, token_hash) = token::generate()?;
        locked.set_guesses(0, 0).await?;
        let whose = recipient.map(|recipient| recipient.id);
        let new = NewOpening { recipient: whose, token_hash, email: &email, opened: now };
        let opening = locked.add_opening(&new).await?;
        if let Some(recipient) = &whose {
            locked.opened_by(recipient, now).await?;
        }
        // Who opens a submission without files has all of it.
        if let Some(ticket) = locked.ticket(now).await?
            && locked.blobs().await?.0 == 0
            && locked.collected_all(&opening, now).await?.is_some()
        {
            self.collected_submission(&mut locked, &ticket, now).await?;
        }
        locked.commit().await?;
        self.wake_mails();
        Ok(token)
    }

    /// The delivery, if this opening token is for it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for any other token, [`Error::Expired`], [`Error::LoggedOut`] when the opening is too old:
    /// the browser may open again.
    pub async fn opened(&self, id: &DeliveryId, token: &Token) -> Result<Opened, Error> {
        let (hash, now) = (token::hash(token), self.clock.now());
        let opening = self.meta.opening(id, &hash).await?.ok_or(Error::NotFound)?;
        let delivery = self.meta.delivery(id).await?.ok_or(Error::NotFound)?;
        self.live(&delivery)?;
        let age = now.saturating_sub(opening.opened);
        if opening.revoked {
            return Err(Error::Expired);
        }
        if age >= i64::from(self.settings.opening_hours.get()) * 3600 {
            return Err(Error::LoggedOut);
        }
        self.rates.proved(hash, now);
        Ok(Opened { delivery, opening })
    }

    /// Records that the recipient's browser verified these files to their ends. Repeating it changes nothing: the first
    /// time of each file stays.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for more than [`Collected::MOST`]; [`Error::NotFound`] when the delivery lacks one of them, and
    /// then none is recorded.
    pub async fn collected(&self, opened: &Opened, collected: &Collected) -> Result<(), Error> {
        if collected.blobs.len() > Collected::MOST {
            return Err(Error::TooLarge);
        }
        let delivery = &opened.delivery.id;
        let (now, opening) = (self.clock.now(), &opened.opening);
        let mut locked = self.meta.lock(delivery).await?.ok_or(Error::NotFound)?;
        if !locked.collect(opening, &collected.blobs, now).await? {
            return Err(Error::NotFound);
        }
        if let Some(recipient) = locked.collected_all(opening, now).await? {
            match locked.ticket(now).await? {
                Some(ticket) => self.collected_submission(&mut locked, &ticket, now).await?,
                None => self.tell_sender(&mut locked, recipient, now).await?,
            }
        }
        locked.commit().await?;
        self.wake_mails();
        Ok(())
    }

    /// A mail to the sender, who may not want it: this recipient has all files. What it takes to know is asked of the locked
    /// delivery: who holds the lock must not wait for one of the connections that others hold while they wait for the lock.
    async fn tell_sender(
        &self,
        locked: &mut LockedDelivery,
        recipient: String,
        now: UnixSeconds,
    ) -> Result<(), Error> {
        let Some(sender) = locked.sender().await?.filter(|sender| sender.notices) else { return Ok(()) };
        let (files, _) = locked.blobs().await?;
        let delivery = locked.row.id;
        let letter = Letter::Collected { recipient, delivery, files, at: now };
        let mail = self.new_mail(&sender.email, sender.language, &letter)?.about(delivery);
        Ok(locked.enqueue_mail(&mail).await?)
    }

    /// The delivery, and the recipient when the link is one's own, if the token opens a gate of it.
    async fn through_gate(
        &self,
        id: &DeliveryId,
        gate: &Token,
    ) -> Result<(StoredDelivery, Option<StoredRecipient>), Error> {
        let row = self.meta.delivery(id).await?.ok_or(Error::NotFound)?;
        if row.open_link && token::matches(&row.gate_hash, gate) {
            return Ok((row, None));
        }
        // Tokens are random, so what looking up a hash takes tells nothing about others.
        let recipient = self.meta.recipient_at_gate(id, &token::hash(gate)).await?.ok_or(Error::NotFound)?;
        if recipient.revoked.is_some() {
            return Err(Error::Expired);
        }
        Ok((row, Some(recipient)))
    }

    /// The delivery, if it was sent to this account at a level that needs one.
    async fn as_recipient_of(
        &self,
        id: &DeliveryId,
        account: &Sender,
    ) -> Result<(StoredDelivery, Option<StoredRecipient>), Error> {
        let own = self.meta.recipient_with_login(id, account.login()).await?.ok_or(Error::NotFound)?;
        let row = self.meta.delivery(id).await?.filter(|row| row.level.needs_account());
        let row = row.ok_or(Error::NotFound)?;
        if own.revoked.is_some() {
            return Err(Error::Expired);
        }
        Ok((row, Some(own)))
    }

    /// What the holder of a recipient's link may know besides.
    async fn personal(&self, row: &StoredDelivery, own: StoredRecipient) -> Result<PersonalLink, Error> {
        let all = if row.listed { self.meta.recipients(&row.id).await? } else { Vec::new() };
        let others = all.into_iter().filter(|other| other.id != own.id).map(|other| other.email).collect();
        Ok(PersonalLink {
            recipient: own.id,
            sealed: Opaque(own.sealed),
            hint: email::hint(&own.email),
            others,
        })
    }
}

/// The address under which an opening is recorded. By the state machine: where an account is needed, only the recipient's
/// own opens; none is needed by who has the card of a receipt.
fn who_opens(
    row: &StoredDelivery,
    recipient: Option<&StoredRecipient>,
    account: Option<&Sender>,
    open: &OpenDelivery,
) -> Result<String, Error> {
    if !row.level.needs_account() {
        return email::address(open.email.as_deref().ok_or(Error::Invalid)?);
    }
    let by_card = recipient.is_some_and(|recipient| recipient.by_card);
    if !by_card && account.is_none() {
        return Err(Error::LoggedOut);
    }
    let recipient = recipient.ok_or(Error::NotFound)?;
    if !by_card && account.is_none_or(|account| account.login() != recipient.login) {
        return Err(Error::WrongAccount);
    }
    match boxes::state(row.level, recipient, None).is_open() {
        true => Ok(recipient.email.clone()),
        false => Err(Error::Conflict),
    }
}

/// Notes that a password was wrong. Without a password only the 256 bits of the link are left to guess, which needs no
/// limit, and a browser with a damaged link shall not make the others wait.
async fn count_guess(mut locked: LockedDelivery, now: UnixSeconds) -> Result<(), Error> {
    if !locked.row.password {
        return Ok(());
    }
    let wrong = locked.row.wrong_guesses.saturating_add(1);
    locked.set_guesses(wrong, waits::until(wrong, now)).await?;
    Ok(locked.commit().await?)
}

/// Is there room for one more opening today? Each leaves a row for months.
async fn check_openings(locked: &mut LockedDelivery, now: UnixSeconds) -> Result<(), Error> {
    let (count, oldest) = locked.openings(now.saturating_sub(DAY)).await?;
    if count < MOST_OPENINGS {
        return Ok(());
    }
    Err(Error::TooMany { seconds: waits::left(oldest.saturating_add(DAY), now).unwrap_or(1) })
}
