//! Who is logged in.

use blob_api::{Language, Session, Token};

use super::policy::rights;
use super::{Error, Service, token};
use crate::store::{Account, AccountId};

/// Seconds that the time of last use may be wrong by: not every request writes to the database.
const TOUCH_AFTER: i64 = 60;

/// Someone with a session: may send. Made only by [`Service::sender`].
pub struct Sender {
    pub(super) account: Account,
}

impl Sender {
    pub(super) fn id(&self) -> AccountId {
        self.account.id
    }

    /// The login name.
    pub(super) fn login(&self) -> &str {
        &self.account.email
    }

    /// What the session's owner may know.
    pub fn session(&self) -> Session {
        let Account { email, name, role, .. } = &self.account;
        Session {
            email: email.clone(),
            name: name.clone(),
            role: *role,
            rights: rights(*role),
            language: Language::De,
        }
    }
}

impl Service {
    /// The session with this token.
    ///
    /// # Errors
    /// [`Error::LoggedOut`] when there is none or it has ended.
    pub async fn sender(&self, token: &Token) -> Result<Sender, Error> {
        let (hash, now) = (token::hash(token), self.clock.now());
        let row = self.meta.session(&hash).await?.ok_or(Error::LoggedOut)?;
        let (created_after, used_after) = self.session_bounds();
        if row.created < created_after || row.used < used_after {
            return Err(Error::LoggedOut);
        }
        if now.saturating_sub(row.used) > TOUCH_AFTER {
            // A full disk must not end sessions: people would lose what they were about to save.
            if let Err(error) = self.meta.touch_session(&hash, now).await {
                tracing::warn!(%error, "a session's time of use was not noted");
            }
        }
        self.rates.proved(hash, now);
        Ok(Sender { account: row.account })
    }

    /// Ends the session with this token, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log_out(&self, token: &Token) -> Result<(), Error> {
        Ok(self.meta.delete_session(&token::hash(token)).await?)
    }

    /// Sessions created or last used before these times have ended.
    pub(super) fn session_bounds(&self) -> (i64, i64) {
        let now = self.clock.now();
        let absolute = i64::from(self.settings.session_hours.get()) * 3600;
        let idle = i64::from(self.settings.session_idle_minutes.get()) * 60;
        (now.saturating_sub(absolute), now.saturating_sub(idle))
    }
}
