//! Logging in: OPAQUE, the server's half.

use blob_api::{LoginChallenge, LoginFinish, LoginStart, Opaque, SecondFactorNeeded, UnixSeconds};
use crypto_core::login::{LoginName, Record, ServerLogin};

use super::email::login_name;
use super::pending::Pending;
use super::{Error, LoggedIn, Network, RelyingParty, Service, token};
use crate::store::StoreError;

/// Seconds that a login may take between its two messages.
pub(super) const LIFETIME: i64 = 60;

/// From where somebody logs in.
pub struct Device<'a> {
    /// Whom limits count.
    pub network: Network,
    /// Browser and system, as far as the browser tells.
    pub agent: &'a str,
}

/// What comes of a right password.
pub enum LoginStep {
    /// A new session.
    Done(LoggedIn),
    /// One more proof is needed.
    Second(SecondFactorNeeded),
}

/// A login between its two messages.
pub(super) struct BegunLogin {
    login: ServerLogin,
    /// The login record that the password is compared with; that of nobody for an unknown name.
    record: Vec<u8>,
}

/// Logins between their two messages, by the hash of their token.
pub(super) type PendingLogins = Pending<BegunLogin>;

impl PendingLogins {
    /// The name whose password was right, and the record that it was compared with.
    ///
    /// # Errors
    /// [`Error::WrongLogin`].
    pub(super) fn finish(
        &self,
        finish: &LoginFinish,
        now: UnixSeconds,
    ) -> Result<(LoginName, Vec<u8>), Error> {
        let begun = self.take(&token::hash(&finish.login), now);
        let (BegunLogin { login, record }, _) = begun.ok_or(Error::WrongLogin)?;
        let name = login.finish(&finish.finalization.0).map_err(|_| Error::WrongLogin)?;
        Ok((name, record))
    }
}

impl Service {
    /// First half. The answer for an unknown address looks like that for a known one, and takes the same work.
    ///
    /// # Errors
    /// [`Error::TooMany`], [`Error::Invalid`].
    pub async fn login_start(&self, start: &LoginStart, network: Network) -> Result<LoginChallenge, Error> {
        let now = self.clock.now();
        let name = login_name(&start.email)?;
        self.rates.login(&name, network, now)?;
        let (bytes, is_known) = self.meta.login_record(name.as_str(), &self.decoy).await?;
        let record = Record::from_bytes(&bytes).map_err(|_| StoreError::Missing("login record"))?;
        let (login, response) = ServerLogin::start(
            &self.opaque,
            Some(record).filter(|_| is_known),
            name,
            &start.request.0,
            &mut token::rng(),
        )
        .map_err(|_| Error::Invalid)?;
        let (token, hash) = token::generate()?;
        self.logins.insert(hash, BegunLogin { login, record: bytes }, now, now)?;
        Ok(LoginChallenge { login: token, response: Opaque(response) })
    }

    /// Second half: a new session, or what is asked for besides the password.
    ///
    /// # Errors
    /// [`Error::WrongLogin`], whatever was wrong, also when the first half is too long ago.
    pub async fn login_finish(
        &self,
        finish: &LoginFinish,
        device: &Device<'_>,
        site: &RelyingParty,
    ) -> Result<LoginStep, Error> {
        let now = self.clock.now();
        let (name, record) = self.logins.finish(finish, now)?;
        self.rates.logged_in(&name, device.network, now);
        let account = self.meta.account(name.as_str()).await?.ok_or(Error::WrongLogin)?;
        if account.opaque_record != record {
            return Err(Error::WrongLogin);
        }
        let factors = self.meta.factors(account.id).await?;
        if factors.are_needed() {
            return Ok(LoginStep::Second(self.ask_second(account, &factors, site)?));
        }
        Ok(LoginStep::Done(self.start_session(&account, device).await?))
    }
}
