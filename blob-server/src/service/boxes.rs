//! Inbox and Sent.

use std::collections::HashMap;

use blob_api::{
    CollectedFile, Contact, Contacts, DeliveryId, Inbox, Level, MailState, Opaque, OpeningInfo, Reach,
    Received, Recipient, RecipientState, SentBox, SentDelivery, SentDetail, Step, UnixSeconds,
};

use super::{Error, Sender, Service};
use crate::store::{SentRow, StoredRecipient};

/// Deliveries on one page.
const PAGE: usize = 50;
/// Openings that a sender is told of.
const MOST_OPENINGS: u32 = 1000;
/// Addresses to choose from.
const MOST_CONTACTS: u32 = 1000;

impl Service {
    /// What was sent to the account, the latest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn inbox(&self, sender: &Sender, before: Option<&DeliveryId>) -> Result<Inbox, Error> {
        let (rows, more) = page(self.meta.received(sender.login(), before, PAGE as u32 + 1).await?);
        let mut deliveries = Vec::with_capacity(rows.len());
        for row in rows {
            deliveries.extend(self.as_recipient(sender, row).await?);
        }
        Ok(Inbox { deliveries, more })
    }

    /// A delivery that was sent to the account.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it was sent to others only, or the account has deleted it.
    pub async fn received(&self, sender: &Sender, id: &DeliveryId) -> Result<Received, Error> {
        let row = self.meta.sent_delivery(id).await?.ok_or(Error::NotFound)?;
        let card = row.submission.as_ref().and_then(|submission| submission.submitter.clone());
        let mut received = self.as_recipient(sender, row).await?.ok_or(Error::NotFound)?;
        if let Some(submission) = &mut received.submission {
            submission.submitter = card.map(Opaque);
        }
        Ok(received)
    }

    /// The delivery as this account sees it; `None` when it is no recipient, or has deleted it.
    async fn as_recipient(&self, sender: &Sender, row: SentRow) -> Result<Option<Received>, Error> {
        let own = self.meta.recipient_with_login(&row.id, sender.login()).await?;
        Ok(own.filter(|own| own.deleted.is_none()).map(|own| Received {
            delivery: row.id,
            state: self.recipient_state(&row, &own),
            sender: row.sender,
            sender_email: row.sender_email,
            level: row.level,
            password: row.password,
            sent: row.sent,
            expires: row.expires,
            answer_to: row.answer_to,
            by_card: own.by_card,
            submission: row.submission.map(|submission| submission.info),
        }))
    }

    /// What the account has sent, the latest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sent_box(&self, sender: &Sender, before: Option<&DeliveryId>) -> Result<SentBox, Error> {
        let (rows, more) = page(self.meta.sent_by(sender.id(), before, PAGE as u32 + 1).await?);
        let mut deliveries = Vec::with_capacity(rows.len());
        for row in rows {
            deliveries.push(self.sent_delivery(row).await?);
        }
        Ok(SentBox { deliveries, more })
    }

    /// A delivery that the account has sent, with all that happened to it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is another's, or not sent.
    pub async fn sent_detail(&self, sender: &Sender, id: &DeliveryId) -> Result<SentDetail, Error> {
        self.owned(sender, id).await?;
        let row = self.meta.sent_delivery(id).await?.ok_or(Error::NotFound)?;
        let openings = self.meta.openings(id, MOST_OPENINGS).await?;
        let told = openings.into_iter().map(|opening| OpeningInfo {
            recipient: opening.recipient,
            email: opening.email,
            opened: opening.opened,
            collected: opening.files.into_iter().map(|(blob, at)| CollectedFile { blob, at }).collect(),
        });
        Ok(SentDetail { delivery: self.sent_delivery(row).await?, openings: told.collect() })
    }

    /// Addresses to choose from.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn contacts(&self, sender: &Sender) -> Result<Contacts, Error> {
        let with_staff = sender.session().rights.reach == Reach::Anyone;
        let rows = self.meta.contacts(sender.id(), sender.login(), with_staff, MOST_CONTACTS).await?;
        Ok(Contacts { contacts: rows.into_iter().map(|(email, name)| Contact { email, name }).collect() })
    }

    async fn sent_delivery(&self, row: SentRow) -> Result<SentDelivery, Error> {
        let recipients = self.meta.recipients(&row.id).await?;
        let mails: HashMap<_, _> = self.meta.mail_states(&row.id).await?.into_iter().collect();
        let told = |recipient: StoredRecipient| Recipient {
            recipient: recipient.id,
            state: self.recipient_state(&row, &recipient),
            email: recipient.email,
            mail: mails.get(&recipient.id).copied().unwrap_or(MailState::None),
        };
        Ok(SentDelivery {
            delivery: row.id,
            level: row.level,
            password: row.password,
            sent: row.sent,
            expires: row.expires,
            ended: row.ended.is_some() || self.clock.now() >= row.expires,
            files: row.files,
            open_link: row.open_link,
            answer_to: row.answer_to,
            recipients: recipients.into_iter().map(told).collect(),
        })
    }

    /// How far a sent delivery is with one recipient.
    pub(super) fn recipient_state(&self, row: &SentRow, recipient: &StoredRecipient) -> RecipientState {
        state(row.level, recipient, end(row, recipient, self.clock.now()))
    }
}

/// What happened, in its order, by the machine that server and browser share.
pub(super) fn state(level: Level, recipient: &StoredRecipient, end: Option<Step>) -> RecipientState {
    // Who opened it had all that it takes then, whatever became of it.
    let StoredRecipient { has_account, has_keys, released, opened, collected, .. } = *recipient;
    let happened = |is: bool, step| (is || opened.is_some()).then_some(step);
    let steps = [
        happened(has_account, Step::Registered),
        happened(has_keys, Step::Activated),
        happened(released, Step::Released),
        opened.map(Step::Opened),
        collected.map(Step::Collected),
        // What ended has no grants left, which is no reset.
        (!released && end.is_none()).then_some(Step::Reset),
        end,
    ];
    let start = RecipientState::new(level);
    steps.into_iter().flatten().fold(start, |state, step| state.after(level, step).unwrap_or(state))
}

/// How it ended for this recipient, if it did.
fn end(row: &SentRow, recipient: &StoredRecipient, now: UnixSeconds) -> Option<Step> {
    let all_back = row.ended.filter(|ended| *ended < row.expires);
    match recipient.revoked.into_iter().chain(all_back).min() {
        Some(at) => Some(Step::Revoked(at)),
        None => (now >= row.expires).then_some(Step::Expired(row.expires)),
    }
}

/// At most a page, and whether there is more.
fn page(mut rows: Vec<SentRow>) -> (Vec<SentRow>, bool) {
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    (rows, more)
}
