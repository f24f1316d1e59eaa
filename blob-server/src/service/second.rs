//! The second step of a login, for accounts that show more than a password.

use blob_api::{Factor, SecondFactor, SecondFactorNeeded};
use crypto_core::login::LoginName;

use super::factor::recovery_hash;
use super::login::Device;
use super::passkey::{Challenge, RelyingParty};
use super::pending::Pending;
use super::totp::Totp;
use super::{Error, LoggedIn, Service, token};
use crate::mail::Letter;
use crate::store::{Account, Factors, StoreError};

/// Seconds that the second step may take.
pub(super) const LIFETIME: i64 = 300;
/// Wrong tries after which the password must be typed again.
const MOST_WRONG: u32 = 5;

/// A login whose password was right.
pub(super) struct RightPassword {
    /// As it was when the password was right.
    account: Account,
    challenge: Option<Challenge>,
    wrong: u32,
}

/// Logins whose password was right, by the hash of their token.
pub(super) type SecondSteps = Pending<RightPassword>;

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
        self.second_steps.insert(hash, RightPassword { account, challenge, wrong: 0 }, now, now)?;
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
        let (mut step, since) = self.second_steps.take(&hash, now).ok_or(Error::WrongLogin)?;
        let shown = match self.try_second(&step, &second.shown, site).await {
            Err(Error::WrongCode) => {
                step.wrong += 1;
                Err(Error::WrongCode)
            }
            shown => shown,
        };
        if let Err(error) = shown {
            // It can be tried again, but not for ever.
            if step.wrong < MOST_WRONG {
                self.second_steps.insert(hash, step, since, now)?;
            }
            return Err(error);
        }
        self.start_session(&step.account, device).await
    }

    /// Counts before it looks: tries that run together count as well.
    async fn try_second(
        &self,
        step: &RightPassword,
        shown: &Factor,
        site: &RelyingParty,
    ) -> Result<(), Error> {
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
            Factor::Recovery(code) => {
                let Account { email, language, .. } = &step.account;
                let mail = self.new_mail(email, *language, &Letter::RecoveryCodeUsed { at: now })?;
                self.meta.use_recovery_code(id, &recovery_hash(&code.0), &mail).await?
            }
        };
        if !is_right {
            return Err(Error::WrongCode);
        }
        self.rates.second_factor_shown(&name);
        Ok(())
    }
}
