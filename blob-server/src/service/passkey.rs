//! Passkeys: WebAuthn, with the user verified by the device each time.

use blob_api::PasskeyId;
use webauthn_rs::prelude::{
    Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    Url, Uuid,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use super::Error;
use crate::store::{Account, PasskeyRow, StoreError};

/// The site that passkeys belong to. They work nowhere else, which is what makes them safe from imitations.
pub struct RelyingParty(Option<Webauthn>);

/// A passkey that was offered and not yet made.
pub(super) struct NewKey(PasskeyRegistration);

/// A passkey that was made.
pub(super) struct MadeKey {
    /// WebAuthn's credential id.
    pub(super) credential: Vec<u8>,
    /// Public key and counter, as JSON.
    pub(super) stored: String,
}

/// A passkey that is to be shown.
#[derive(Clone)]
pub(super) struct Challenge(PasskeyAuthentication);

impl RelyingParty {
    /// The site with this origin. On an address that is a number there are no passkeys.
    pub fn new(origin: &str, name: &str) -> Self {
        Self(build(origin, name))
    }

    fn site(&self) -> Result<&Webauthn, Error> {
        self.0.as_ref().ok_or(Error::NotAllowed)
    }

    /// The options of `navigator.credentials.create`. Authenticators that have a passkey of the account make no second one.
    pub(super) fn offer(
        &self,
        handle: [u8; 16],
        account: &Account,
        present: &[PasskeyRow],
    ) -> Result<(String, NewKey), Error> {
        let present = read_all(present)?.iter().map(|key| key.cred_id().clone()).collect();
        let (options, key) = self
            .site()?
            .start_passkey_registration(
                Uuid::from_bytes(handle),
                &account.email,
                &account.name,
                Some(present),
            )
            .map_err(|_| Error::NotAllowed)?;
        Ok((to_json(&options)?, NewKey(key)))
    }

    /// Checks what the browser made.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is no credential, [`Error::WrongCode`] when it does not answer the offer.
    pub(super) fn accept(&self, credential: &str, offered: &NewKey) -> Result<MadeKey, Error> {
        let made: RegisterPublicKeyCredential =
            serde_json::from_str(credential).map_err(|_| Error::Invalid)?;
        let key =
            self.site()?.finish_passkey_registration(&made, &offered.0).map_err(|_| Error::WrongCode)?;
        Ok(MadeKey { credential: key.cred_id().to_vec(), stored: to_json(&key)? })
    }

    /// The options of `navigator.credentials.get`, when there is a passkey to ask for.
    pub(super) fn challenge(&self, keys: &[PasskeyRow]) -> Result<Option<(String, Challenge)>, Error> {
        let (Some(site), false) = (&self.0, keys.is_empty()) else { return Ok(None) };
        let (options, challenge) = site
            .start_passkey_authentication(&read_all(keys)?)
            .map_err(|_| StoreError::Missing("passkey"))?;
        Ok(Some((to_json(&options)?, Challenge(challenge))))
    }

    /// Which passkey was shown, and what is to be stored of it from now on.
    ///
    /// # Errors
    /// [`Error::WrongCode`], whatever is wrong; also when a counter did not grow, as that of a copy would not.
    pub(super) fn check(
        &self,
        shown: &str,
        challenge: &Challenge,
        keys: &[PasskeyRow],
    ) -> Result<(PasskeyId, String), Error> {
        let shown: PublicKeyCredential = serde_json::from_str(shown).map_err(|_| Error::WrongCode)?;
        let result = self.site()?.finish_passkey_authentication(&shown, &challenge.0);
        let result = result.map_err(|_| Error::WrongCode)?;
        for (row, mut key) in keys.iter().zip(read_all(keys)?) {
            if key.update_credential(&result).is_some() {
                return Ok((row.id, to_json(&key)?));
            }
        }
        Err(Error::WrongCode)
    }
}

fn build(origin: &str, name: &str) -> Option<Webauthn> {
    let origin = Url::parse(origin).ok()?;
    // Exactly this host and port.
    WebauthnBuilder::new(origin.domain()?, &origin).ok()?.rp_name(name).build().ok()
}

fn read_all(rows: &[PasskeyRow]) -> Result<Vec<Passkey>, Error> {
    let read =
        |row: &PasskeyRow| serde_json::from_str(&row.key).map_err(|_| StoreError::Missing("passkey").into());
    rows.iter().map(read).collect()
}

fn to_json(value: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| StoreError::Missing("passkey").into())
}
