//! The handshake of levels 3 and 4: a recipient has keys, the sender grants the delivery's to them. What is granted, and
//! whether a card may be trusted, the browsers decide; here it is only kept, and to whom it belongs.

use blob_api::{
    DeliveryId, GiveGrant, GivenBy, InPlaceOf, Opaque, ProveInvitation, ReceivedGrant, RecipientId, Releases,
    Token, Waiting,
};
use sha2::{Digest, Sha256};

use super::author::Maker;
use super::{Error, Sender, Service};
use crate::mail::Letter;
use crate::store::{ConcernedSender, LateSender, LockedDelivery, NewMail};

/// Seconds of a day.
const DAY: i64 = 86_400;

impl Service {
    /// What the account needs to open a delivery that was sent to it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it was sent to others only, or at a level without grants; [`Error::Expired`].
    pub async fn received_grant(&self, sender: &Sender, id: &DeliveryId) -> Result<ReceivedGrant, Error> {
        self.grant_of(id, sender.login()).await
    }

    /// What a recipient needs to open a delivery.
    pub(super) async fn grant_of(&self, id: &DeliveryId, login: &str) -> Result<ReceivedGrant, Error> {
        let offered = self.meta.offered_keys(id, login).await?.ok_or(Error::NotFound)?;
        let row =
            self.meta.delivery(id).await?.filter(|row| row.level.needs_keys()).ok_or(Error::NotFound)?;
        self.live(&row)?;
        let from = self.meta.sent_delivery(id).await?.ok_or(Error::NotFound)?;
        let given_by = match offered.given_by.filter(|_| offered.grant.is_some()) {
            Some((email, deputation)) => {
                let cards = self.shown_cards(&email).await?;
                Some(GivenBy { email, cards, deputation: Opaque(deputation) })
            }
            None => None,
        };
        Ok(ReceivedGrant {
            recipient: offered.recipient,
            grant: offered.grant.map(Opaque),
            sender: match &from.submission {
                Some(submission) => submission.submitter.iter().cloned().map(Opaque).collect(),
                None => self.shown_cards(&from.sender_email).await?,
            },
            offer: offered.offer.map(Opaque),
            given_by,
            submitted_to: from.submission.map(|submission| submission.submit_box),
        })
    }

    /// An invitation code was used: the sender will check the proof, and the delivery can be opened until then.
    ///
    /// # Errors
    /// [`Error::NotFound`] as for [`Service::received_grant`]; [`Error::Conflict`] when there is no code, another proof, or
    /// another card in use.
    pub async fn prove_invitation(
        &self,
        sender: &Sender,
        id: &DeliveryId,
        prove: &ProveInvitation,
    ) -> Result<(), Error> {
        if prove.proof.0.len() != ProveInvitation::BYTES {
            return Err(Error::Invalid);
        }
        let own = self.meta.recipient_with_login(id, sender.login()).await?;
        let own = own.filter(|own| own.revoked.is_none()).ok_or(Error::NotFound)?;
        let mut locked = self.meta.lock(id).await?.ok_or(Error::NotFound)?;
        self.live(&locked.row)?;
        check_card(&mut locked, &own.login, &prove.card).await?;
        if !locked.prove(&own.id, &prove.proof.0).await? {
            return Err(Error::Conflict);
        }
        Ok(locked.commit().await?)
    }

    /// An account's cards, the oldest first.
    pub(super) async fn shown_cards(&self, login: &str) -> Result<Vec<Opaque>, Error> {
        Ok(self.meta.cards(login).await?.into_iter().map(Opaque).collect())
    }

    /// Who waits for the account's grants, and for those that it can give as a deputy; from the first, or from behind one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn releases(
        &self,
        sender: &Sender,
        after: Option<(DeliveryId, RecipientId)>,
    ) -> Result<Releases, Error> {
        let most = Releases::MOST as u32;
        let mut rows = self.meta.waiting(sender.id(), self.clock.now(), after, most + 1).await?;
        let more = rows.len() > Releases::MOST;
        rows.truncate(Releases::MOST);
        let mut waiting = Vec::with_capacity(rows.len());
        for row in rows {
            let in_place_of = match row.in_place_of {
                Some((email, name)) => {
                    Some(InPlaceOf { cards: self.shown_cards(&email).await?, email, name })
                }
                None => None,
            };
            waiting.push(Waiting {
                cards: self.shown_cards(&row.login).await?,
                in_place_of,
                delivery: row.delivery,
                level: row.level,
                sent: row.sent,
                expires: row.expires,
                recipient: row.recipient,
                email: row.email,
                own_grant: Opaque(row.own_grant),
                proof: row.proof.map(Opaque),
            });
        }
        Ok(Releases { waiting, more })
    }

    /// Keeps a recipient's grant, and tells them by mail unless an invitation code had opened it already. Repeating it is
    /// allowed.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the delivery is not the sender's, not sent or has no such recipient, and for somebody who is
    /// no deputy of the sender with a grant of it; [`Error::Expired`]; [`Error::Conflict`] when its level has no grants, or
    /// the recipient has another card by now.
    pub async fn release(
        &self,
        sender: &Sender,
        id: &DeliveryId,
        recipient: &RecipientId,
        given: &GiveGrant,
    ) -> Result<(), Error> {
        check_grant(given)?;
        let mut locked = self.meta.lock(id).await?.ok_or(Error::NotFound)?;
        let now = self.clock.now();
        let deputation = match sender.made(&locked.row) {
            true => None,
            false => Some(locked.deputation(sender.id(), now).await?.ok_or(Error::NotFound)?),
        };
        let expires = self.live(&locked.row)?;
        let own = locked.recipient(recipient).await?.ok_or(Error::NotFound)?;
        if !locked.row.level.needs_keys() || own.revoked.is_some() {
            return Err(Error::Conflict);
        }
        check_card(&mut locked, &own.login, &given.card).await?;
        let by = deputation.as_ref().map(|deputation| (sender.id(), &deputation[..]));
        locked.grant(recipient, &given.grant.0, by).await?;
        if !own.released {
            // Whoever releases it: it comes from its sender.
            let from = locked.sender().await?.ok_or(Error::Conflict)?;
            let about = super::sending::about(&locked.row, &from, expires);
            let language = locked.language_of(&own.login).await?.unwrap_or(from.language);
            let letter = Letter::Released { about, delivery: *id };
            let mail = self.new_mail(&own.email, language, &letter)?.to_recipient(*id, *recipient);
            locked.enqueue_mail(&mail).await?;
        }
        locked.commit().await?;
        self.wake_mails();
        Ok(())
    }

    /// Mails to those whose deliveries to this account wait for them from now on.
    pub(super) async fn release_mails(&self, sender: &Sender, reset: bool) -> Result<Vec<NewMail>, Error> {
        let (now, recipient) = (self.clock.now(), sender.login());
        let mut mails = Vec::new();
        for to in self.meta.concerned_senders(recipient, reset, now).await? {
            let ConcernedSender { account, name, email, language, deliveries } = to;
            let letter = |in_place_of| Letter::ReleaseNeeded {
                recipient: recipient.to_owned(),
                deliveries,
                reset,
                in_place_of,
            };
            mails.push(self.new_mail(&email, language, &letter(None))?);
            for deputy in self.meta.concerned_deputies(account, recipient, now).await? {
                mails.push(self.new_mail(&deputy.email, deputy.language, &letter(Some(name.clone())))?);
            }
        }
        Ok(mails)
    }

    /// Reminds senders for whom somebody has waited for a day, once of each.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn remind_of_releases(&self) -> Result<(), Error> {
        let now = self.clock.now();
        for LateSender { account, email, language, people } in self.meta.late_senders(DAY, now).await? {
            let mail = self.new_mail(&email, language, &Letter::ReleaseReminder { people })?;
            self.meta.remind_of_releases(account, &mail, now).await?;
        }
        self.wake_mails();
        Ok(())
    }
}

/// Is it as long as a grant?
pub(super) fn check_grant(given: &GiveGrant) -> Result<(), Error> {
    if given.grant.0.len() == GiveGrant::BYTES { Ok(()) } else { Err(Error::Invalid) }
}

/// Is this the card that the recipient has in use?
pub(super) async fn check_card(locked: &mut LockedDelivery, login: &str, card: &Token) -> Result<(), Error> {
    is_card(&locked.card_of(login).await?.ok_or(Error::Conflict)?, card)
}

/// Is this the hash of that card?
pub(super) fn is_card(there: &[u8], card: &Token) -> Result<(), Error> {
    let hash: [u8; 32] = Sha256::digest(there).into();
    if hash == card.0 { Ok(()) } else { Err(Error::Conflict) }
}
