//! What accounts keep here of their keys. All of it is public or sealed: the rules here bound its size and its order, and
//! what it says is checked where it is opened.

use blob_api::{AccountKeys, AskCards, Cards, Keys, MAX_RECIPIENTS, Opaque, StoreKeys, Vault};

use super::email::login_name;
use super::{Error, Sender, Service};
use crate::mail::Letter;
use crate::store::{KeysRow, NewKeys};

impl Service {
    /// The account's own keys.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys(&self, sender: &Sender) -> Result<Keys, Error> {
        let told = |row: KeysRow| AccountKeys {
            revision: row.revision,
            cards: row.cards.into_iter().map(Opaque).collect(),
            identity: Opaque(row.identity),
            secupass: Opaque(row.secupass),
            recovery: Opaque(row.recovery),
            vault: Vault { version: row.vault_version, sealed: Opaque(row.vault) },
        };
        Ok(Keys { keys: self.meta.keys(sender.id()).await?.map(told) })
    }

    /// Puts keys in place of what is there.
    ///
    /// # Errors
    /// [`Error::Unconfirmed`] when there are keys already; [`Error::Conflict`] when they are not those to be replaced;
    /// [`Error::Invalid`] for sizes out of bounds.
    pub async fn store_keys(&self, sender: &Sender, new: &StoreKeys) -> Result<(), Error> {
        let small = [&new.card, &new.identity, &new.secupass, &new.recovery];
        if small.iter().any(|part| part.0.is_empty() || part.0.len() > StoreKeys::MOST_BYTES) {
            return Err(Error::Invalid);
        }
        check_vault(&new.vault)?;
        // Who has only the session must not lock its owner out of what was sealed to them.
        if new.replaces > 0 {
            sender.confirmed()?;
        }
        let now = self.clock.now();
        let letter = Letter::SecuPassChanged { reset: new.reset, at: now };
        let keys = NewKeys {
            replaces: new.replaces,
            card: &new.card.0,
            identity: &new.identity.0,
            secupass: &new.secupass.0,
            recovery: &new.recovery.0,
            vault_version: new.vault.version,
            vault: &new.vault.sealed.0,
            most_cards: StoreKeys::MOST_CARDS,
            reset: new.reset,
            release_mails: if new.replaces == 0 || new.reset {
                self.release_mails(sender, new.reset).await?
            } else {
                Vec::new()
            },
            mail: self.new_mail(&sender.account.email, sender.account.language, &letter)?,
        };
        if !self.meta.store_keys(sender.id(), &keys, now).await? {
            return Err(Error::Conflict);
        }
        self.wake_mails();
        Ok(())
    }

    /// Puts the next version of the vault in place of the one before.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is not the next, also without keys; [`Error::Invalid`] for a size out of bounds.
    pub async fn store_vault(&self, sender: &Sender, vault: &Vault) -> Result<(), Error> {
        check_vault(vault)?;
        if self.meta.store_vault(sender.id(), vault.version, &vault.sealed.0).await? {
            Ok(())
        } else {
            Err(Error::Conflict)
        }
    }

    /// The cards of accounts: what may be sealed to them follows from these, and whether to trust them the browser decides.
    ///
    /// # Errors
    /// [`Error::TooLarge`] for too many addresses.
    pub async fn cards(&self, sender: &Sender, ask: &AskCards) -> Result<Cards, Error> {
        if ask.emails.len() > usize::from(MAX_RECIPIENTS) {
            return Err(Error::TooLarge);
        }
        let mut cards = Vec::with_capacity(ask.emails.len());
        for address in &ask.emails {
            let found = match login_name(address) {
                // Also of those who wrote to it: that is who an answer goes to.
                Ok(login)
                    if self.reaches(sender, login.as_str()).await?
                        || self.meta.has_received_from(sender.login(), login.as_str()).await? =>
                {
                    self.shown_cards(login.as_str()).await?
                }
                // What is no address has no account.
                Ok(_) | Err(_) => Vec::new(),
            };
            cards.push(found);
        }
        Ok(Cards { cards })
    }
}

fn check_vault(vault: &Vault) -> Result<(), Error> {
    let is_there = (1..=Vault::MOST_BYTES).contains(&vault.sealed.0.len()) && vault.version > 0;
    if is_there { Ok(()) } else { Err(Error::Invalid) }
}
