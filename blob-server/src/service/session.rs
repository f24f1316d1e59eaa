//! Who is logged in.

use blob_api::{
    AccountInfo, ChangeAccount, LoginFinish, PasskeyInfo, Rights, Session, SessionId, SessionInfo, Token,
};

use super::login::Device;
use super::name::display_name;
use super::policy::rights;
use super::{Error, Network, Service, token};
use crate::mail::Letter;
use crate::store::{Account, AccountId, NewSession, SessionRow};

/// Seconds that the time of last use may be wrong by: not every request writes to the database.
const TOUCH_AFTER: i64 = 60;
/// Seconds for which the password counts as typed a moment ago.
const CONFIRMED_FOR: i64 = 600;
/// Seconds after which a place from where an account was used is a new one again.
const FORGET_PLACE: i64 = 90 * 86_400;

/// Someone with a session. Made only by [`Service::sender`].
pub struct Sender {
    pub(super) account: Account,
    pub(super) rights: Rights,
    /// SHA-256 of the session's token.
    pub(super) token_hash: [u8; 32],
    /// Names the session to its owner.
    session: SessionId,
    /// Was the password typed a moment ago?
    confirmed: bool,
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
        session(&self.account, self.rights.clone())
    }

    /// What changes how the account logs in needs the password once more.
    pub(super) fn confirmed(&self) -> Result<(), Error> {
        if self.confirmed { Ok(()) } else { Err(Error::Unconfirmed) }
    }
}

fn session(account: &Account, rights: Rights) -> Session {
    let Account { public_id, email, name, role, language, has_keys, .. } = account;
    Session {
        account: *public_id,
        email: email.clone(),
        name: name.clone(),
        role: *role,
        rights,
        language: *language,
        keys: *has_keys,
    }
}

/// A login that succeeded.
pub struct LoggedIn {
    /// For the cookie.
    pub token: Token,
    /// Who it is.
    pub session: Session,
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
        let SessionRow { account, id, confirmed_until, .. } = row;
        Ok(Sender {
            rights: rights(account.role, &self.settings),
            account,
            token_hash: hash,
            session: id,
            confirmed: now < confirmed_until,
        })
    }

    /// Starts a session for an account whose owner has shown all that is asked for. The mailbox is told when it was
    /// never used from such a place.
    ///
    /// # Errors
    /// [`Error::WrongLogin`] when the password was changed meanwhile.
    pub(super) async fn start_session(
        &self,
        account: &Account,
        device: &Device<'_>,
    ) -> Result<LoggedIn, Error> {
        let now = self.clock.now();
        let (token, token_hash) = token::generate()?;
        let provider = device.network.provider();
        let letter = Letter::NewLogin { agent: device.agent.to_owned(), at: now };
        let new = NewSession {
            token_hash,
            id: SessionId(token::random()?),
            account: account.id,
            record: &account.opaque_record,
            agent: device.agent,
            place: token::keyed_hash(&self.hash_key, &[device.agent.as_bytes(), provider.as_bytes()]),
            places_since: self.places_since(),
            mail: self.new_mail(&account.email, account.language, &letter)?,
        };
        if !self.meta.create_session(&new, now).await? {
            return Err(Error::WrongLogin);
        }
        self.wake_mails();
        Ok(LoggedIn { token, session: session(account, rights(account.role, &self.settings)) })
    }

    /// The password was typed once more: this session may change how the account logs in.
    ///
    /// # Errors
    /// [`Error::WrongLogin`], also for a login with another name.
    pub async fn confirm(
        &self,
        sender: &Sender,
        finish: &LoginFinish,
        network: Network,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let (name, record) = self.logins.finish(finish, now)?;
        self.rates.logged_in(&name, network, now);
        let account = self.meta.account(&sender.account.email).await?.ok_or(Error::WrongLogin)?;
        if name.as_str() != account.email || record != account.opaque_record {
            return Err(Error::WrongLogin);
        }
        Ok(self.meta.confirm_session(&sender.token_hash, now.saturating_add(CONFIRMED_FOR)).await?)
    }

    /// All that an account's owner sees in the settings.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account_info(&self, sender: &Sender) -> Result<AccountInfo, Error> {
        let (created, used) = self.session_bounds();
        let sessions = self.meta.sessions(sender.id(), created, used).await?;
        let sessions = sessions.into_iter().map(|entry| SessionInfo {
            session: entry.id,
            created: entry.created,
            used: entry.used,
            agent: entry.agent,
            current: entry.id == sender.session,
        });
        let factors = self.meta.factors(sender.id()).await?;
        let passkeys = factors.passkeys.into_iter().map(|row| PasskeyInfo {
            passkey: row.id,
            name: row.name,
            created: row.created,
            used: row.used,
        });
        Ok(AccountInfo {
            session: sender.session(),
            created: sender.account.created,
            notices: sender.account.notices,
            totp: factors.totp.is_some(),
            passkeys: passkeys.collect(),
            recovery_codes: factors.recovery_codes,
            sessions: sessions.collect(),
        })
    }

    /// Changes an account's name, its language, or whether notices are wanted.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name that is none.
    pub async fn change_account(&self, sender: &Sender, change: &ChangeAccount) -> Result<Session, Error> {
        let name = change.name.as_deref().map(display_name).transpose()?;
        self.meta.change_account(sender.id(), name, change.language, change.notices).await?;
        let mut session = sender.session();
        session.name = name.map_or(session.name, str::to_owned);
        session.language = change.language.unwrap_or(session.language);
        Ok(session)
    }

    /// Ends the session with this token, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log_out(&self, token: &Token) -> Result<(), Error> {
        Ok(self.meta.delete_session(&token::hash(token)).await?)
    }

    /// Ends another session of the same account, or this one.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the account has no such session.
    pub async fn log_out_other(&self, sender: &Sender, session: &SessionId) -> Result<(), Error> {
        if self.meta.delete_session_of(sender.id(), session).await? { Ok(()) } else { Err(Error::NotFound) }
    }

    /// Ends all sessions of an account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log_out_everywhere(&self, sender: &Sender) -> Result<(), Error> {
        Ok(self.meta.delete_sessions(sender.id()).await?)
    }

    /// Sessions created or last used before these times have ended.
    pub(super) fn session_bounds(&self) -> (i64, i64) {
        let now = self.clock.now();
        let absolute = i64::from(self.settings.session_hours.get()) * 3600;
        let idle = i64::from(self.settings.session_idle_minutes.get()) * 60;
        (now.saturating_sub(absolute), now.saturating_sub(idle))
    }

    /// Places used before this time count as new.
    pub(super) fn places_since(&self) -> i64 {
        self.clock.now().saturating_sub(FORGET_PLACE)
    }
}
