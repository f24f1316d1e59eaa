//! The mail queue: every mail is a row until the mail server took it.
//!
//! A mail is enqueued in the transaction that makes it due. Each try first claims its row for a while, so that no two tries
//! run at a time and a server that dies in between leaves the mail to be tried again. SMTP cannot say "exactly once": when
//! the server dies after the mail server took a mail and before that is written down, the mail goes twice, with the same
//! `Message-ID`.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64ct::{Base64UrlUnpadded, Encoding};
use blob_api::{DeliveryId, Language, RecipientId, TicketId, UnixSeconds};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;

use super::{Error, Service, token};
use crate::mail::{Failure, Letter, Mailbox, Post, Verdict};
use crate::store::{ClaimedMail, MailEnd, NewMail, StoreError};

/// Tries at a time.
const AT_A_TIME: usize = 3;
/// Seconds after which a mail that never went is given up: as long as mail servers themselves try.
const GIVE_UP: i64 = 5 * 24 * 3600;
/// Seconds between the tries of a mail that the mail server did not take: doubled each time.
const WAIT: std::ops::RangeInclusive<i64> = 60..=4 * 3600;
/// Seconds between tries while the mail server cannot be used at all.
const TROUBLE_WAIT: std::ops::RangeInclusive<i64> = 5..=900;
/// Steps of a try, each of which may take as long as the settings allow one answer to take; the lease of a claim.
const STEPS: i64 = 10;
/// Longest sleep: whatever went wrong with waking up, mails go on after it.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// Seconds for which a mail that has ended and is about no delivery is remembered.
pub(super) const REMEMBERED: i64 = 7 * 24 * 3600;

/// What belongs to the queue besides its rows.
pub(super) struct Mails {
    pub(super) post: Post,
    new: Notify,
    trouble: Mutex<Trouble>,
    /// Rows of the mails that are being tried. Claims run out by the clock, which jumps when a machine has slept or its
    /// time is set: no reason to try a mail a second time while the first try runs.
    under_way: Mutex<HashSet<i64>>,
}

/// The mail server cannot be used. No mail is tried before the pause is over, and then one by one until it can.
#[derive(Clone, Copy, Default)]
struct Trouble {
    /// Tries in a row that have found that out.
    failures: u32,
    /// End of the pause.
    until: UnixSeconds,
}

impl Mails {
    pub(super) fn new(post: Post) -> Self {
        Self { post, new: Notify::new(), trouble: Mutex::default(), under_way: Mutex::default() }
    }

    fn under_way(&self) -> MutexGuard<'_, HashSet<i64>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trouble(&self) -> Trouble {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The mail server could be used.
    fn end_trouble(&self) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Trouble::default();
    }

    /// The mail server could not be used; returns when it is tried again. Tries that ran side by side count once.
    fn begin_pause(&self, now: UnixSeconds) -> UnixSeconds {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if trouble.until <= now {
            trouble.until = now.saturating_add(pause(TROUBLE_WAIT, trouble.failures));
            trouble.failures = trouble.failures.saturating_add(1);
        }
        trouble.until
    }
}

impl Service {
    /// A mail for the queue. Who has committed it calls [`Service::wake_mails`].
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn new_mail(&self, address: &str, language: Language, letter: &Letter) -> Result<NewMail, Error> {
        let id = Base64UrlUnpadded::encode_string(&token::random::<16>()?);
        Ok(NewMail {
            address: address.to_owned(),
            language,
            kind: letter.kind(),
            payload: serde_json::to_string(letter).map_err(|_| StoreError::Missing("letter"))?,
            message_id: format!("{id}@{}", self.mails.post.domain()),
            delivery: None,
            recipient: None,
            ticket: None,
            created: self.clock.now(),
        })
    }

    /// Puts a mail into the queue that belongs to no other change.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mail(&self, address: &str, language: Language, letter: &Letter) -> Result<(), Error> {
        self.meta.enqueue_mail(&self.new_mail(address, language, letter)?).await?;
        self.wake_mails();
        Ok(())
    }

    /// The language of mails to this login name: that of its account, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn language_of(&self, login: &str, otherwise: Language) -> Result<Language, Error> {
        Ok(self.meta.account(login).await?.map_or(otherwise, |account| account.language))
    }

    /// Has the queue looked at now.
    pub fn wake_mails(&self) {
        self.mails.new.notify_one();
    }

    /// The development mailbox, if that is where mails go.
    pub fn mailbox(&self) -> Option<&Mailbox> {
        self.mails.post.mailbox()
    }

    /// Hands mails over as they become due, until `stop` is done or dropped, and then finishes the tries that run.
    pub(crate) async fn deliver_mails(self: Arc<Self>, mut stop: oneshot::Receiver<()>) {
        let mut tries = JoinSet::new();
        loop {
            let sleep = self.start_tries(&mut tries).await;
            if tries.is_empty() {
                self.mails.post.rest().await;
            }
            tokio::select! {
                _ = &mut stop => break,
                () = self.mails.new.notified() => {}
                _ = tries.join_next(), if !tries.is_empty() => {}
                () = tokio::time::sleep(sleep) => {}
            }
        }
        while tries.join_next().await.is_some() {}
        self.mails.post.rest().await;
    }

    /// Starts as many tries as there are mails due and places free; returns how long there is nothing else to do.
    async fn start_tries(self: &Arc<Self>, tries: &mut JoinSet<()>) -> Duration {
        loop {
            let (now, trouble) = (self.clock.now(), self.mails.trouble());
            if now < trouble.until {
                return sleep(trouble.until.saturating_sub(now));
            }
            let places = if trouble.failures == 0 { AT_A_TIME } else { 1 };
            if tries.len() >= places {
                return LONGEST_SLEEP; // the next try that ends wakes us
            }
            let lease = now.saturating_add(self.lease());
            match self.meta.claim_mail(now, lease).await {
                Ok(Some(mail)) => {
                    if !self.mails.under_way().insert(mail.id) {
                        continue; // its claim was renewed by this
                    }
                    let service = Arc::clone(self);
                    tries.spawn(async move {
                        let id = mail.id;
                        // A try that outlived its lease, as when the clock jumps, may have ended since this claim.
                        if service.meta.is_claimed(id, lease).await.unwrap_or(false) {
                            service.try_mail(mail).await;
                        }
                        service.mails.under_way().remove(&id);
                    });
                }
                Ok(None) => break,
                Err(error) => {
                    tracing::error!(%error, "the mail queue cannot be read; it is tried again");
                    return LONGEST_SLEEP;
                }
            }
        }
        match self.meta.next_mail().await {
            Ok(Some(next)) => sleep(next.saturating_sub(self.clock.now())),
            _ => LONGEST_SLEEP,
        }
    }

    /// One try, written down whatever comes of it.
    async fn try_mail(&self, mail: ClaimedMail) {
        let started = Instant::now();
        let outcome = self.hand_over(&mail).await;
        let (mail_id, kind, tries) = (mail.id, &mail.kind, mail.tries);
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &outcome {
            Ok(()) => tracing::info!(mail = mail_id, kind, tries, ms, "mail gone"),
            Err(failure) => {
                let (code, verdict) = (failure.code.as_str(), failure.verdict);
                tracing::warn!(mail = mail_id, kind, tries, ms, code, ?verdict, "mail not gone");
            }
        }
        if let Err(error) = self.note(&mail, outcome).await {
            tracing::error!(%error, mail = mail_id, "what became of a mail was not written down; it may go twice");
        }
    }

    async fn hand_over(&self, mail: &ClaimedMail) -> Result<(), Failure> {
        let refused = |code: &str| Err(Failure { verdict: Verdict::Refused, code: code.to_owned() });
        let Ok(letter) = serde_json::from_str::<Letter>(&mail.payload) else { return refused("unreadable") };
        if letter.useless_from(mail.created).is_some_and(|from| from <= self.clock.now()) {
            return refused("too late");
        }
        let sent = self.mails.post.send(mail, &letter).await;
        if !matches!(&sent, Err(failure) if failure.verdict == Verdict::Trouble) {
            self.mails.end_trouble();
        }
        sent
    }

    async fn note(&self, mail: &ClaimedMail, outcome: Result<(), Failure>) -> Result<(), StoreError> {
        let now = self.clock.now();
        let Err(Failure { verdict, code }) = outcome else {
            return self.meta.end_mail(mail.id, MailEnd::Gone, None, now).await;
        };
        let age = now.saturating_sub(mail.created);
        if verdict == Verdict::Refused || age >= GIVE_UP {
            return self.meta.end_mail(mail.id, MailEnd::Refused, Some(&code), now).await;
        }
        let next = match verdict {
            Verdict::Trouble => self.mails.begin_pause(now),
            _ => now.saturating_add(pause(WAIT, mail.tries.saturating_sub(1))),
        };
        self.meta.postpone_mail(mail.id, next, &code, verdict != Verdict::Trouble).await
    }

    /// How long a try may take at most, and a while longer.
    fn lease(&self) -> i64 {
        i64::try_from(self.settings.smtp_seconds.get()).unwrap_or(60).saturating_mul(STEPS)
    }

    /// Forgets mails that nobody will ask about any more.
    pub(super) async fn sweep_mails(&self, now: UnixSeconds) -> Result<u64, Error> {
        Ok(self.meta.delete_old_mails(now.saturating_sub(REMEMBERED)).await?)
    }
}

impl NewMail {
    /// The same, about a delivery.
    #[must_use]
    pub fn about(self, delivery: DeliveryId) -> Self {
        Self { delivery: Some(delivery), ..self }
    }

    /// The same, about a ticket.
    #[must_use]
    pub fn with_ticket(self, ticket: TicketId) -> Self {
        Self { ticket: Some(ticket), ..self }
    }

    /// The same, with the link of this recipient of a delivery.
    #[must_use]
    pub fn to_recipient(self, delivery: DeliveryId, recipient: RecipientId) -> Self {
        Self { recipient: Some(recipient), ..self.about(delivery) }
    }
}

fn sleep(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default().max(1)).min(LONGEST_SLEEP)
}

/// The shortest wait, doubled for each failure before, up to the longest; and up to a quarter more, so that mails which
/// failed together do not come together.
fn pause(range: std::ops::RangeInclusive<i64>, failures: u32) -> i64 {
    let wait = range.start().saturating_mul(1_i64.checked_shl(failures.min(20)).unwrap_or(i64::MAX));
    let wait = wait.min(*range.end());
    let quarter = wait / 4;
    // Without random bytes there is no jitter, and nothing is lost.
    let random = token::random::<4>().map_or(0, u32::from_le_bytes);
    wait + i64::from(random) % quarter.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_limit() {
        for (failures, shortest) in [(0, 60), (1, 120), (5, 1920), (8, 14_400), (400, 14_400)] {
            for _ in 0..50 {
                let wait = pause(WAIT, failures);
                assert!((shortest..shortest + shortest / 4).contains(&wait), "{failures}: {wait}");
            }
        }
        assert!((900..1125).contains(&pause(TROUBLE_WAIT, 30)));
    }
}
