//! A new account, or a new password for one, by whoever has shown the code from the mail.

use blob_api::{AccountId, CredentialFinish, CredentialStart, Purpose};
use crypto_core::login::{LoginName, Record};

use super::code::{LIFETIME, MOST_WRONG};
use super::name::display_name;
use super::{Error, Network, Service, token};
use crate::mail::Letter;
use crate::store::{LockedProof, NewAccount, StoreError};

impl Service {
    /// First half: the code, and the server's OPAQUE answer. May be repeated, as long as no account came of it.
    ///
    /// # Errors
    /// [`Error::WrongCode`], whatever is wrong with it; [`Error::Invalid`], [`Error::TooMany`].
    pub async fn credential_start(
        &self,
        start: &CredentialStart,
        network: Network,
    ) -> Result<Vec<u8>, Error> {
        self.rates.registration(network)?;
        let proof = self.lock_proof(&token::hash(&start.proof)).await?;
        if proof.row.used_for.is_some() {
            return Err(Error::WrongCode);
        }
        // As people write it down, and as mails break it.
        let code: String = start.code.0.chars().filter(|c| !c.is_whitespace()).collect();
        let is_it =
            token::keyed_matches(&proof.row.code_hash, &start.proof.0, &[code.as_bytes()]) && proof.row.live;
        let name = proven_name(&proof)?;
        proof.tried(is_it).await?;
        if !is_it {
            return Err(Error::WrongCode);
        }
        self.opaque.registration_response(&name, &start.request.0).map_err(|_| Error::Invalid)
    }

    /// Second half. Repeating the same request changes nothing, so a lost answer does no harm.
    ///
    /// Where two codes were mailed for one address that had no account, the later of two registrations gives the account
    /// that the earlier made its password, as a reset would: both have shown that they read the mailbox.
    ///
    /// # Errors
    /// [`Error::WrongCode`] when the proof is not verified, used up or too old; [`Error::Invalid`], [`Error::TooMany`].
    pub async fn credential_finish(&self, finish: &CredentialFinish, network: Network) -> Result<(), Error> {
        self.rates.registration(network)?;
        let now = self.clock.now();
        let record = Record::from_upload(&finish.upload.0).map_err(|_| Error::Invalid)?.to_bytes();
        let record_hash = token::sha256(&record);
        let typed_name = finish.name.as_deref().map(display_name).transpose()?;
        let mut proof = self.lock_proof(&token::hash(&finish.proof)).await?;
        match proof.row.used_for {
            Some(used_for) if used_for == record_hash => return Ok(()),
            Some(_) => return Err(Error::WrongCode),
            None if proof.row.verified && proof.row.live => {}
            None => return Err(Error::WrongCode),
        }
        let name = proven_name(&proof)?;
        let account = proof.account().await?;
        match (proof.row.purpose, typed_name, &account) {
            (Purpose::Register, Some(display), None) => {
                let new = NewAccount {
                    public_id: AccountId(token::random()?),
                    email: name.as_str(),
                    name: display,
                    role: proof.row.role.ok_or(Error::WrongCode)?,
                    language: finish.language,
                    record: &record,
                };
                proof.create_account(&new, now).await?;
            }
            (Purpose::Register, Some(_), Some(account)) | (Purpose::Reset, None, Some(account)) => {
                proof.replace_record(account, &record).await?;
                let letter = Letter::PasswordChanged { at: now };
                let mail = self.new_mail(&account.email, account.language, &letter)?;
                proof.enqueue_mail(&mail).await?;
            }
            (Purpose::Register, None, _) | (Purpose::Reset, Some(_), _) => return Err(Error::Invalid),
            // It was deleted meanwhile.
            (Purpose::Reset, None, None) => return Err(Error::WrongCode),
        }
        proof.use_up(&record_hash).await?;
        proof.commit().await?;
        self.wake_mails();
        // Who forgot the password has guessed before: the login that follows shall not have to wait.
        self.rates.logged_in(&name, network, now);
        Ok(())
    }

    /// The proof with this token, as long as it can be used.
    async fn lock_proof(&self, token_hash: &[u8; 32]) -> Result<LockedProof, Error> {
        let proof = self.meta.lock_proof(token_hash).await?.ok_or(Error::WrongCode)?;
        let age = self.clock.now().saturating_sub(proof.row.created);
        let alive = (0..i64::from(LIFETIME)).contains(&age) && proof.row.wrong < MOST_WRONG;
        if alive { Ok(proof) } else { Err(Error::WrongCode) }
    }
}

fn proven_name(proof: &LockedProof) -> Result<LoginName, Error> {
    LoginName::new(&proof.row.email).map_err(|_| StoreError::Missing("login name").into())
}
