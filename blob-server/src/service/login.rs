//! Logging in: OPAQUE, the server's half.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use blob_api::{LoginChallenge, LoginFinish, LoginStart, Opaque, Session, Token, UnixSeconds};
use crypto_core::login::{Record, ServerLogin};

use super::email::login_name;
use super::{Error, Network, Sender, Service, token};
use crate::store::StoreError;

/// Seconds that a login may take between its two messages.
const LIFETIME: i64 = 60;
/// Logins between their two messages at a time.
const MOST_PENDING: usize = 4096;

/// Logins between their two messages, in memory, by the hash of their token.
#[derive(Default)]
pub(super) struct PendingLogins {
    pending: Mutex<HashMap<[u8; 32], Pending>>,
}

struct Pending {
    login: ServerLogin,
    started: UnixSeconds,
}

/// A login that succeeded.
pub struct NewSession {
    /// For the cookie.
    pub token: Token,
    /// Who it is.
    pub session: Session,
}

impl PendingLogins {
    fn insert(&self, hash: [u8; 32], login: ServerLogin, now: UnixSeconds) -> Result<(), Error> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.len() >= MOST_PENDING {
            pending.retain(|_, entry| is_alive(entry, now));
        }
        if pending.len() >= MOST_PENDING {
            return Err(Error::TooMany { seconds: LIFETIME.unsigned_abs() });
        }
        pending.insert(hash, Pending { login, started: now });
        Ok(())
    }

    fn take(&self, hash: &[u8; 32], now: UnixSeconds) -> Option<ServerLogin> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.remove(hash).filter(|entry| is_alive(entry, now)).map(|entry| entry.login)
    }

    /// Forgets logins that were never finished.
    pub(super) fn sweep(&self, now: UnixSeconds) {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, entry| is_alive(entry, now));
    }
}

fn is_alive(entry: &Pending, now: UnixSeconds) -> bool {
    (0..LIFETIME).contains(&now.saturating_sub(entry.started))
}

impl Service {
    /// First half. The answer for an unknown address looks like that for a known one.
    ///
    /// # Errors
    /// [`Error::TooMany`], [`Error::Invalid`].
    pub async fn login_start(&self, start: &LoginStart, network: Network) -> Result<LoginChallenge, Error> {
        let now = self.clock.now();
        let name = login_name(&start.email)?;
        self.rates.login(&name, network, now)?;
        let account = self.meta.account(name.as_str()).await?;
        let record = account.map(|account| Record::from_bytes(&account.opaque_record)).transpose();
        let record = record.map_err(|_| StoreError::Missing("login record"))?;
        let (login, response) =
            ServerLogin::start(&self.opaque, record, name, &start.request.0, &mut token::rng())
                .map_err(|_| Error::Invalid)?;
        let (token, hash) = token::generate()?;
        self.logins.insert(hash, login, now)?;
        Ok(LoginChallenge { login: token, response: Opaque(response) })
    }

    /// Second half: a new session.
    ///
    /// # Errors
    /// [`Error::WrongLogin`], whatever was wrong, also when the first half is too long ago.
    pub async fn login_finish(&self, finish: &LoginFinish, network: Network) -> Result<NewSession, Error> {
        let now = self.clock.now();
        let login = self.logins.take(&token::hash(&finish.login), now).ok_or(Error::WrongLogin)?;
        let name = login.finish(&finish.finalization.0).map_err(|_| Error::WrongLogin)?;
        self.rates.logged_in(&name, network, now);
        let account = self.meta.account(name.as_str()).await?.ok_or(Error::WrongLogin)?;
        let (token, hash) = token::generate()?;
        self.meta.create_session(&hash, account.id, now).await?;
        Ok(NewSession { token, session: Sender { account }.session() })
    }
}
