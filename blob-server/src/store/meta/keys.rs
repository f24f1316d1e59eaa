//! What accounts keep here of their keys.

use blob_api::UnixSeconds;
use sqlx::{Sqlite, Transaction};

use super::account::AccountId;
use super::deputy::{VOID_AS_DEPUTY, VOID_AS_SENDER};
use super::mail::{NewMail, enqueue};
use super::{MetaStore, StoreError, number};

/// The keys of an account, as stored.
pub struct KeysRow {
    /// Counts the changes of all that follows but the vault.
    pub revision: u32,
    /// The oldest first; the last is in use.
    pub cards: Vec<Vec<u8>>,
    /// The seeds behind the card, sealed.
    pub identity: Vec<u8>,
    /// The master key, sealed under the SecuPass.
    pub secupass: Vec<u8>,
    /// The master key, sealed under the recovery code.
    pub recovery: Vec<u8>,
    /// Counts the changes of the vault.
    pub vault_version: u32,
    /// What the owner's browsers remember for each other, sealed.
    pub vault: Vec<u8>,
}

/// Keys to put in place of others.
pub struct NewKeys<'a> {
    /// The revision that is there, 0 for none.
    pub replaces: u32,
    /// The card in use from now on.
    pub card: &'a [u8],
    /// From [`KeysRow`].
    pub identity: &'a [u8],
    /// From [`KeysRow`].
    pub secupass: &'a [u8],
    /// From [`KeysRow`].
    pub recovery: &'a [u8],
    /// One more than what is there, or 1.
    pub vault_version: u32,
    /// From [`KeysRow`].
    pub vault: &'a [u8],
    /// Most cards that the account may have.
    pub most_cards: usize,
    /// Are the keys before lost? What was granted to them is then forgotten.
    pub reset: bool,
    /// Goes out when something was replaced.
    pub mail: NewMail,
    /// Go out with the first keys, and after a reset: to those whose deliveries wait for them now.
    pub release_mails: Vec<NewMail>,
}

#[derive(sqlx::FromRow)]
struct KeysColumns {
    revision: i64,
    identity: Vec<u8>,
    secupass: Vec<u8>,
    recovery: Vec<u8>,
    vault_version: i64,
    vault: Vec<u8>,
}

const SELECT_CARDS: &str = "SELECT card FROM card WHERE account = $1 ORDER BY position";

impl MetaStore {
    /// The keys of an account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys(&self, account: AccountId) -> Result<Option<KeysRow>, StoreError> {
        // One state of the database for both.
        let mut tx = self.pool.begin().await?;
        let row: Option<KeysColumns> = sqlx::query_as(
            "SELECT revision, identity, secupass, recovery, vault_version, vault FROM account_keys WHERE account = $1",
        )
        .bind(account.0)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let cards = sqlx::query_scalar(SELECT_CARDS).bind(account.0).fetch_all(&mut *tx).await?;
        Ok(Some(KeysRow {
            revision: number(row.revision)?,
            cards,
            identity: row.identity,
            secupass: row.secupass,
            recovery: row.recovery,
            vault_version: number(row.vault_version)?,
            vault: row.vault,
        }))
    }

    /// Puts keys in place of what is there, and appends the card when it is another one. False, and nothing happens, when
    /// something else is there than what they are to replace.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn store_keys(
        &self,
        account: AccountId,
        new: &NewKeys<'_>,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let there: Option<(i64, i64)> =
            sqlx::query_as("SELECT revision, vault_version FROM account_keys WHERE account = $1")
                .bind(account.0)
                .fetch_optional(&mut *tx)
                .await?;
        let (revision, vault_version) = there.unwrap_or_default();
        if revision != i64::from(new.replaces) || vault_version + 1 != i64::from(new.vault_version) {
            return Ok(false);
        }
        match append_card(&mut tx, account, new, now).await? {
            Appended::TooMany => return Ok(false),
            Appended::New if there.is_some() => {
                let as_sender = new.reset.then_some(VOID_AS_SENDER).into_iter().flatten();
                for query in VOID_AS_DEPUTY.into_iter().chain(as_sender) {
                    sqlx::query(query).bind(account.0).execute(&mut *tx).await?;
                }
            }
            Appended::New | Appended::Same => {}
        }
        sqlx::query(
            "INSERT INTO account_keys (account, revision, identity, secupass, recovery, vault_version, vault)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (account) DO UPDATE SET revision = excluded.revision, identity = excluded.identity,
                 secupass = excluded.secupass, recovery = excluded.recovery,
                 vault_version = excluded.vault_version, vault = excluded.vault",
        )
        .bind(account.0)
        .bind(revision + 1)
        .bind(new.identity)
        .bind(new.secupass)
        .bind(new.recovery)
        .bind(i64::from(new.vault_version))
        .bind(new.vault)
        .execute(&mut *tx)
        .await?;
        if there.is_some() {
            enqueue(&mut *tx, &new.mail).await?;
        }
        if there.is_none() || new.reset {
            wait_for_release(&mut tx, account, new.reset, now).await?;
            for mail in &new.release_mails {
                enqueue(&mut *tx, mail).await?;
            }
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Puts the next version of a vault in place of the one before. False, and nothing happens, when another one is there,
    /// unless it is this very one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn store_vault(
        &self,
        account: AccountId,
        version: u32,
        vault: &[u8],
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE account_keys SET vault_version = $2, vault = $3
             WHERE account = $1 AND (vault_version + 1 = $2 OR (vault_version = $2 AND vault = $3))",
        )
        .bind(account.0)
        .bind(i64::from(version))
        .bind(vault)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// The cards of the account with this login name, the oldest first; none without account or keys.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cards(&self, login: &str) -> Result<Vec<Vec<u8>>, StoreError> {
        let cards = sqlx::query_scalar(
            "SELECT card FROM card JOIN account ON account.id = card.account WHERE email = $1 ORDER BY position",
        );
        Ok(cards.bind(login).fetch_all(&self.pool).await?)
    }
}

/// From now on the account waits for grants, and after a reset for new ones.
async fn wait_for_release(
    tx: &mut Transaction<'static, Sqlite>,
    account: AccountId,
    reset: bool,
    now: UnixSeconds,
) -> Result<(), StoreError> {
    let query = if reset {
        "UPDATE recipient SET waits_since = $1, grant_bytes = NULL, offer = NULL, proof = NULL
         WHERE login = (SELECT email FROM account WHERE id = $2) AND NOT by_card"
    } else {
        "UPDATE recipient SET waits_since = $1 WHERE login = (SELECT email FROM account WHERE id = $2)"
    };
    sqlx::query(query).bind(now).bind(account.0).execute(&mut **tx).await?;
    Ok(())
}

/// What became of a card.
enum Appended {
    /// It is in use from now on.
    New,
    /// It was in use already.
    Same,
    /// There are too many.
    TooMany,
}

/// Appends the card when it is not the last one already.
async fn append_card(
    tx: &mut Transaction<'static, Sqlite>,
    account: AccountId,
    new: &NewKeys<'_>,
    now: UnixSeconds,
) -> Result<Appended, StoreError> {
    let cards: Vec<Vec<u8>> = sqlx::query_scalar(SELECT_CARDS).bind(account.0).fetch_all(&mut **tx).await?;
    if cards.last().is_some_and(|last| last == new.card) {
        return Ok(Appended::Same);
    }
    if cards.len() >= new.most_cards {
        return Ok(Appended::TooMany);
    }
    let position = i64::try_from(cards.len()).unwrap_or(i64::MAX);
    sqlx::query("INSERT INTO card (account, position, card, created) VALUES ($1, $2, $3, $4)")
        .bind(account.0)
        .bind(position)
        .bind(new.card)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(Appended::New)
}
