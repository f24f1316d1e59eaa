//! A delivery as the holder of its link sees it: asked about, opened, collected.
//!
//! Three rights, each proven by a token. The **gate token** proves the link: it may ask for the state and try to open.
//! The **auth token** proves link and password together. The **opening token** fetches ciphertext for a day. With the
//! gate apart from the auth token, someone who has the link and mistypes the password is told so, while to everyone else
//! the delivery looks like one that never was.

use blob_api::{Collected, DeliveryId, LinkState, OpenDelivery, Token, UnixSeconds};

use super::email;
use super::{Error, Service, token, waits};
use crate::store::{LockedDelivery, NewOpening, OpeningRow, StoredDelivery};

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
        let row = through_gate(self.meta.delivery(id).await?, gate)?;
        let expires = self.live(&row)?;
        let sender = self.meta.account_name(row.sender).await?;
        Ok(LinkState { sender, level: row.level, password: row.password, expires, personal: None })
    }

    /// Opens the delivery: records address and time for its sender, and gives the right to fetch.
    ///
    /// # Errors
    /// [`Error::WrongPassword`], [`Error::TooMany`] after several of them or a thousand openings in a day, those of
    /// [`Service::state`],
    /// [`Error::Invalid`] for something that is no address.
    pub async fn open(&self, id: &DeliveryId, gate: &Token, open: &OpenDelivery) -> Result<Token, Error> {
        // Strangers are turned away before they can hold the write lock.
        through_gate(self.meta.delivery(id).await?, gate)?;
        let mut locked = self.meta.lock(id).await?.ok_or(Error::NotFound)?;
        self.live(&locked.row)?;
        let email = email::address(open.email.as_deref().ok_or(Error::Invalid)?)?;
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
        locked.add_opening(&NewOpening { token_hash, email: &email, opened: now }).await?;
        locked.commit().await?;
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
        match self.meta.collect(&opened.opening, delivery, &collected.blobs, self.clock.now()).await? {
            true => Ok(()),
            false => Err(Error::NotFound),
        }
    }
}

/// The row, if there is one and the token opens its gate.
fn through_gate(row: Option<StoredDelivery>, gate: &Token) -> Result<StoredDelivery, Error> {
    row.filter(|row| token::matches(&row.gate_hash, gate)).ok_or(Error::NotFound)
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
