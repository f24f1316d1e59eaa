//! People by the hundred, whom no test could bring in by browser: each has an account and, once they came to it, keys with a card
//! that their senders check like anybody's. They are written into the database of the running server. Nobody logs in as one of
//! them, so what only they would open is noise.

use anyhow::{Context, Result};
use blob_api::{Language, Role, UnixSeconds};
use blob_server::store::{MetaStore, NewAccount, NewKeys, NewMail};
use crypto_core::{id::AccountId, identity::Identity, login::LoginName};
use getrandom::SysRng;
use rand_core::{Rng as _, UnwrapErr};

use crate::server::Server;

/// The addresses of so many people.
pub fn addresses(people: usize) -> Vec<String> {
    (1..=people).map(|number| format!("person-{number:04}@crowd.example")).collect()
}

/// Makes an account for each, without keys.
///
/// # Errors
/// When the database refuses one.
pub async fn register(server: &Server, emails: &[String]) -> Result<()> {
    let meta = database(server).await?;
    for email in emails {
        let new = NewAccount {
            public_id: blob_api::AccountId(noise()),
            email,
            name: "Somebody",
            role: Role::Guest,
            language: Language::En,
            record: &noise::<32>(),
        };
        meta.create_account(&new, now()).await?;
    }
    Ok(())
}

/// Makes keys for each, as if they had chosen a SecuPass just now.
///
/// # Errors
/// When the database refuses one.
pub async fn choose_secupass(server: &Server, emails: &[String]) -> Result<()> {
    let meta = database(server).await?;
    for email in emails {
        let account = meta.account(email).await?.with_context(|| format!("no account of {email}"))?;
        let id = AccountId(account.public_id.0);
        let name = LoginName::new(email).map_err(|_| anyhow::anyhow!("{email} is no address"))?;
        let identity = Identity::create(id, &name, 1, now().try_into()?, &mut UnwrapErr(SysRng))?;
        let keys = NewKeys {
            replaces: 0,
            card: identity.card().as_bytes(),
            identity: &noise::<32>(),
            secupass: &noise::<32>(),
            recovery: &noise::<32>(),
            vault_version: 1,
            vault: &noise::<32>(),
            most_cards: 1,
            reset: false,
            mail: NewMail {
                address: email.clone(),
                language: Language::En,
                kind: "never",
                payload: String::new(),
                message_id: String::new(),
                delivery: None,
                recipient: None,
                ticket: None,
                created: now(),
            },
            release_mails: Vec::new(),
        };
        anyhow::ensure!(meta.store_keys(account.id, &keys, now()).await?, "{email} has keys");
    }
    Ok(())
}

pub(crate) async fn database(server: &Server) -> Result<MetaStore> {
    Ok(MetaStore::open(&server.data().join("siegel.db")).await?)
}

fn now() -> UnixSeconds {
    blob_server::clock::Clock::shifted(0).now()
}

fn noise<const BYTES: usize>() -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    UnwrapErr(SysRng).fill_bytes(&mut bytes);
    bytes
}
