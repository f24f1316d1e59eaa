//! A new password for the account that is logged in.

use blob_api::{PasswordFinish, PasswordStart};
use crypto_core::login::{LoginName, Record};

use super::{Error, Sender, Service};
use crate::mail::Letter;
use crate::store::StoreError;

impl Service {
    /// First half.
    ///
    /// # Errors
    /// [`Error::Unconfirmed`], [`Error::Invalid`].
    pub fn password_start(&self, sender: &Sender, start: &PasswordStart) -> Result<Vec<u8>, Error> {
        sender.confirmed()?;
        let name = LoginName::new(&sender.account.email).map_err(|_| StoreError::Missing("login name"))?;
        self.opaque.registration_response(&name, &start.request.0).map_err(|_| Error::Invalid)
    }

    /// Second half: the new password counts, and all other sessions end. Repeating it does no harm.
    ///
    /// # Errors
    /// [`Error::Unconfirmed`], [`Error::Invalid`].
    pub async fn password_finish(&self, sender: &Sender, finish: &PasswordFinish) -> Result<(), Error> {
        sender.confirmed()?;
        let record = Record::from_upload(&finish.upload.0).map_err(|_| Error::Invalid)?.to_bytes();
        let letter = Letter::PasswordChanged { at: self.clock.now() };
        let mail = self.new_mail(&sender.account.email, sender.account.language, &letter)?;
        self.meta.change_password(sender.id(), &record, &sender.token_hash, &mail).await?;
        self.wake_mails();
        Ok(())
    }
}
