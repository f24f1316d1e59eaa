//! The first admin, made through a link that the server prints while it has none.

use std::sync::{Mutex, PoisonError};

use blob_api::{AccountId, Role, SetupFinish, SetupStart, Token};
use crypto_core::login::Record;

use super::email::login_name;
use super::name::display_name;
use super::{Error, Network, Service, token};
use crate::store::NewAccount;

/// The hash of the set-up token, which is never stored; `None` when it is used up or was not needed.
pub(super) struct SetupGate {
    token_hash: Mutex<Option<[u8; 32]>>,
}

impl SetupGate {
    /// A gate with its token, or a closed one when there is an admin.
    pub(super) fn new(has_admin: bool) -> Result<(Self, Option<Token>), Error> {
        if has_admin {
            return Ok((Self { token_hash: Mutex::new(None) }, None));
        }
        let (token, hash) = token::generate()?;
        Ok((Self { token_hash: Mutex::new(Some(hash)) }, Some(token)))
    }

    fn check(&self, token: &Token) -> Result<(), Error> {
        let hash = *self.token_hash.lock().unwrap_or_else(PoisonError::into_inner);
        hash.filter(|hash| token::matches(hash, token)).map(|_| ()).ok_or(Error::SetupRefused)
    }

    fn close(&self) {
        *self.token_hash.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Service {
    /// First half of the registration.
    ///
    /// # Errors
    /// [`Error::SetupRefused`] for a wrong or used link, [`Error::Invalid`].
    pub fn setup_start(&self, start: &SetupStart, network: Network) -> Result<Vec<u8>, Error> {
        self.rates.registration(network)?;
        self.setup.check(&start.token)?;
        let name = login_name(&start.email)?;
        self.opaque.registration_response(&name, &start.request.0).map_err(|_| Error::Invalid)
    }

    /// Second half: makes the admin and uses the link up.
    ///
    /// # Errors
    /// [`Error::SetupRefused`] for a wrong or used link, [`Error::Invalid`].
    pub async fn setup_finish(&self, finish: &SetupFinish, network: Network) -> Result<(), Error> {
        self.rates.registration(network)?;
        self.setup.check(&finish.token)?;
        let login = login_name(&finish.email)?;
        let name = display_name(&finish.name)?;
        let record = Record::from_upload(&finish.upload.0).map_err(|_| Error::Invalid)?.to_bytes();
        // Two requests with the right token may come here together; the database lets one of them win.
        let new = NewAccount {
            public_id: AccountId(token::random()?),
            email: login.as_str(),
            name,
            role: Role::Admin,
            language: finish.language,
            record: &record,
        };
        let made = self.meta.create_first_admin(&new, self.clock.now()).await?;
        self.setup.close();
        if made { Ok(()) } else { Err(Error::SetupRefused) }
    }
}
