//! The second step of a login, for accounts that show more than a password.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use blob_api::{Factor, SecondFactor, SecondFactorNeeded, UnixSeconds};
use crypto_core::login::LoginName;

use super::factor::recovery_hash;
use super::login::Device;
use super::passkey::{Challenge, RelyingParty};
use super::totp::Totp;
use super::{Error, LoggedIn, Service, token};
use crate::store::{Account, Factors, StoreError};

/// Seconds that the second step may take.
const LIFETIME: i64 = 300;
/// Wrong tries after which the password must be typed again.
const MOST_WRONG: u32 = 5;
/// Logins that wait for their second step at a time.
const MOST_PENDING: usize = 4096;

/// Logins whose password was right, in memory, by the hash of their token.
#[derive(Default)]
pub(super) struct SecondSteps {
    pending: Mutex<HashMap<[u8; 32], Pending>>,
}

struct Pending {
    /// As it was when the password was right.
    account: Account,
    challenge: Option<Challenge>,
    started: UnixSeconds,
    wrong: u32,
}

impl SecondSteps {
    fn insert(&self, hash: [u8; 32], entry: Pending, now: UnixSeconds) -> Result<(), Error> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.len() >= MOST_PENDING {
            pending.retain(|_, entry| is_alive(entry, now));
        }
        if pending.len() >= MOST_PENDING {
            return Err(Error::TooMany { seconds: LIFETIME.unsigned_abs() });
        }
        pending.insert(hash, entry);
        Ok(())
    }

    /// Takes a login out, so that one try runs at a time.
    fn take(&self, hash: &[u8; 32], now: UnixSeconds) -> Option<Pending> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.remove(hash).filter(|entry| is_alive(entry, now))
    }

    /// Forgets logins that went no further.
    pub(super) fn sweep(&self, now: UnixSeconds) {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, entry| is_alive(entry, now));
    }
}

fn is_alive(entry: &Pending, now: UnixSeconds) -> bool {
    (0..LIFETIME).contains(&now.saturating_sub(entry.started)) && entry.wrong < MOST_WRONG
}

impl Service {
    /// What must be shown besides the password, which was right.
    pub(super) fn ask_second(
        &self,
        account: Account,
        factors: &Factors,
        site: &RelyingParty,
    ) -> Result<SecondFactorNeeded, Error> {
        let now = self.clock.now();
        let (options, challenge) = site.challenge(&factors.passkeys)?.unzip();
        let (token, hash) = token::generate()?;
        self.second_steps.insert(hash, Pending { account, challenge, started: now, wrong: 0 }, now)?;
        Ok(SecondFactorNeeded {
            login: token,
            totp: factors.totp.is_some(),
            passkey: options,
            recovery_codes: factors.recovery_codes,
        })
    }

    /// The second step: a new session.
    ///
    /// # Errors
    /// [`Error::WrongCode`] for a wrong factor; [`Error::WrongLogin`] when the first step is too long ago, too many tries
    /// were wrong, or the password was changed; [`Error::TooMany`].
    pub async fn login_second(
        &self,
        second: &SecondFactor,
        device: &Device<'_>,
        site: &RelyingParty,
    ) -> Result<LoggedIn, Error> {
        let (hash, now) = (token::hash(&second.login), self.clock.now());
        let mut step = self.second_steps.take(&hash, now).ok_or(Error::WrongLogin)?;
        let shown = match self.try_second(&step, &second.shown, site).await {
            Err(Error::WrongCode) => {
                step.wrong += 1;
                Err(Error::WrongCode)
            }
            shown => shown,
        };
        if let Err(error) = shown {
            // It can be tried again.
            self.second_steps.insert(hash, step, now)?;
            return Err(error);
        }
        self.start_session(&step.account, device).await
    }

    /// Counts before it looks: tries that run together count as well.
    async fn try_second(&self, step: &Pending, shown: &Factor, site: &RelyingParty) -> Result<(), Error> {
        let (id, now) = (step.account.id, self.clock.now());
        let name = LoginName::new(&step.account.email).map_err(|_| StoreError::Missing("login name"))?;
        self.rates.second_factor(&name, now)?;
        let factors = self.meta.factors(id).await?;
        let is_right = match shown {
            Factor::Totp(code) => match factors.totp {
                Some(secret) => match Totp::new(secret.clone()).step_of(&code.0, now) {
                    Some(time_step) => self.meta.use_totp(id, &secret, time_step).await?,
                    None => false,
                },
                None => false,
            },
            Factor::Passkey(credential) => {
                let challenge = step.challenge.as_ref().ok_or(Error::WrongCode)?;
                let (passkey, key) = site.check(&credential.0, challenge, &factors.passkeys)?;
                self.meta.use_passkey(id, &passkey, &key, now).await?
            }
            Factor::Recovery(code) => self.meta.use_recovery_code(id, &recovery_hash(&code.0)).await?,
        };
        if !is_right {
            return Err(Error::WrongCode);
        }
        self.rates.second_factor_shown(&name);
        Ok(())
    }
}
