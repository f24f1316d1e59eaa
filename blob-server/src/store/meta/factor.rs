//! What accounts show besides their password: authenticator app, passkeys, recovery codes. Each change comes with a mail.

use blob_api::{PasskeyId, UnixSeconds};
use sqlx::{Sqlite, Transaction};

use super::account::AccountId;
use super::mail::{NewMail, enqueue};
use super::{MetaStore, StoreError, fixed, number};

/// All second factors of an account.
pub struct Factors {
    /// The authenticator app's secret.
    pub totp: Option<Vec<u8>>,
    /// The oldest first.
    pub passkeys: Vec<PasskeyRow>,
    /// How many recovery codes are left.
    pub recovery_codes: u8,
}

impl Factors {
    /// Is anything asked for besides the password? Recovery codes stand in for a factor and are none.
    pub fn are_needed(&self) -> bool {
        self.totp.is_some() || !self.passkeys.is_empty()
    }
}

/// A passkey.
pub struct PasskeyRow {
    /// Names it to its owner.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// Public key and counter, as JSON.
    pub key: String,
    /// When it was added.
    pub created: UnixSeconds,
    /// When it was last shown.
    pub used: Option<UnixSeconds>,
}

#[derive(sqlx::FromRow)]
struct PasskeyColumns {
    id: Vec<u8>,
    name: String,
    key: String,
    created: i64,
    used: Option<i64>,
}

/// What a passkey is made from.
pub struct NewPasskey<'a> {
    /// Names it to its owner.
    pub id: PasskeyId,
    /// WebAuthn's credential id.
    pub credential: &'a [u8],
    /// Public key and counter, as JSON.
    pub key: &'a str,
    /// What its owner calls it.
    pub name: &'a str,
}

/// Hashes of new recovery codes.
pub(super) type CodeHashes = [[u8; 32]];

impl MetaStore {
    /// An account's second factors.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn factors(&self, account: AccountId) -> Result<Factors, StoreError> {
        let totp = sqlx::query_scalar("SELECT secret FROM totp WHERE account = $1");
        let totp = totp.bind(account.0).fetch_optional(&self.pool).await?;
        let rows: Vec<PasskeyColumns> = sqlx::query_as(
            "SELECT id, name, key, created, used FROM passkey WHERE account = $1 ORDER BY created, id",
        )
        .bind(account.0)
        .fetch_all(&self.pool)
        .await?;
        let passkey = |PasskeyColumns { id, name, key, created, used }| {
            Ok(PasskeyRow { id: PasskeyId(fixed(&id)?), name, key, created, used })
        };
        let codes: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM recovery_code WHERE account = $1")
            .bind(account.0)
            .fetch_one(&self.pool)
            .await?;
        Ok(Factors {
            totp,
            passkeys: rows.into_iter().map(passkey).collect::<Result<_, StoreError>>()?,
            recovery_codes: number(codes)?,
        })
    }

    /// Sets the authenticator app's secret, whose code of time step `step` was shown. The recovery codes are taken when
    /// the account has none; returns whether they were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_totp(
        &self,
        account: AccountId,
        secret: &[u8],
        step: u64,
        codes: &CodeHashes,
        mail: &NewMail,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO totp (account, secret, last_step) VALUES ($1, $2, $3)
             ON CONFLICT (account) DO UPDATE SET secret = excluded.secret, last_step = excluded.last_step",
        )
        .bind(account.0)
        .bind(secret)
        .bind(super::stored(step))
        .execute(&mut *tx)
        .await?;
        let taken = first_codes(&mut tx, account, codes).await?;
        enqueue(&mut *tx, mail).await?;
        tx.commit().await?;
        Ok(taken)
    }

    /// Uses up the code of this time step, and with it all earlier ones; false when it was used up already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_totp(&self, account: AccountId, secret: &[u8], step: u64) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE totp SET last_step = $1 WHERE account = $2 AND secret = $3 AND last_step < $1",
        )
        .bind(super::stored(step))
        .bind(account.0)
        .bind(secret)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Forgets the authenticator app, and the recovery codes when nothing is left that they stand in for; false when there
    /// was none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_totp(&self, account: AccountId, mail: &NewMail) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done =
            sqlx::query("DELETE FROM totp WHERE account = $1").bind(account.0).execute(&mut *tx).await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        forget_idle_codes(&mut tx, account).await?;
        enqueue(&mut *tx, mail).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The name by which passkeys know the account: the one it has, or else this one from now on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn passkey_handle(&self, account: AccountId, new: [u8; 16]) -> Result<[u8; 16], StoreError> {
        let handle: Vec<u8> = sqlx::query_scalar(
            "UPDATE account SET handle = COALESCE(handle, $1) WHERE id = $2 RETURNING handle",
        )
        .bind(&new[..])
        .bind(account.0)
        .fetch_one(&self.pool)
        .await?;
        fixed(&handle)
    }

    /// Adds a passkey. The recovery codes are taken when the account has none; returns whether they were, or `None` when
    /// some account has this passkey, or this one has `most`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_passkey(
        &self,
        account: AccountId,
        new: &NewPasskey<'_>,
        most: u32,
        codes: &CodeHashes,
        mail: &NewMail,
        now: UnixSeconds,
    ) -> Result<Option<bool>, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(
            "INSERT INTO passkey (id, account, credential, key, name, created) SELECT $1, $2, $3, $4, $5, $6
             WHERE NOT EXISTS (SELECT 1 FROM passkey WHERE credential = $3)
                 AND (SELECT COUNT(*) FROM passkey WHERE account = $2) < $7",
        )
        .bind(&new.id.0[..])
        .bind(account.0)
        .bind(new.credential)
        .bind(new.key)
        .bind(new.name)
        .bind(now)
        .bind(most)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        let taken = first_codes(&mut tx, account, codes).await?;
        enqueue(&mut *tx, mail).await?;
        tx.commit().await?;
        Ok(Some(taken))
    }

    /// Notes that a passkey was shown; false when it was removed meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_passkey(
        &self,
        account: AccountId,
        id: &PasskeyId,
        key: &str,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE passkey SET key = $1, used = $2 WHERE account = $3 AND id = $4")
            .bind(key)
            .bind(now)
            .bind(account.0)
            .bind(&id.0[..])
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Forgets a passkey, and the recovery codes when nothing is left that they stand in for; false when there was none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_passkey(
        &self,
        account: AccountId,
        id: &PasskeyId,
        mail: &NewMail,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query("DELETE FROM passkey WHERE account = $1 AND id = $2")
            .bind(account.0)
            .bind(&id.0[..])
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        forget_idle_codes(&mut tx, account).await?;
        enqueue(&mut *tx, mail).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Uses up a recovery code and mails that; false, and nothing happens, when it is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_recovery_code(
        &self,
        account: AccountId,
        code_hash: &[u8; 32],
        mail: &NewMail,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query("DELETE FROM recovery_code WHERE account = $1 AND code_hash = $2")
            .bind(account.0)
            .bind(&code_hash[..])
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        enqueue(&mut *tx, mail).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Puts new recovery codes in place of the old ones; false, and nothing happens, without a factor that they could stand
    /// in for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replace_recovery_codes(
        &self,
        account: AccountId,
        codes: &CodeHashes,
        mail: &NewMail,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let factors: i64 = sqlx::query_scalar(
            "SELECT (SELECT COUNT(*) FROM totp WHERE account = $1) + (SELECT COUNT(*) FROM passkey WHERE account = $1)",
        )
        .bind(account.0)
        .fetch_one(&mut *tx)
        .await?;
        if factors == 0 {
            return Ok(false);
        }
        sqlx::query("DELETE FROM recovery_code WHERE account = $1").bind(account.0).execute(&mut *tx).await?;
        first_codes(&mut tx, account, codes).await?;
        enqueue(&mut *tx, mail).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Keeps recovery codes when the account has none.
async fn first_codes(
    tx: &mut Transaction<'static, Sqlite>,
    account: AccountId,
    codes: &CodeHashes,
) -> Result<bool, StoreError> {
    let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM recovery_code WHERE account = $1")
        .bind(account.0)
        .fetch_one(&mut **tx)
        .await?;
    if left > 0 {
        return Ok(false);
    }
    for code in codes {
        sqlx::query("INSERT INTO recovery_code (account, code_hash) VALUES ($1, $2)")
            .bind(account.0)
            .bind(&code[..])
            .execute(&mut **tx)
            .await?;
    }
    Ok(true)
}

async fn forget_idle_codes(
    tx: &mut Transaction<'static, Sqlite>,
    account: AccountId,
) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM recovery_code WHERE account = $1
             AND NOT EXISTS (SELECT 1 FROM totp WHERE account = $1)
             AND NOT EXISTS (SELECT 1 FROM passkey WHERE account = $1)",
    )
    .bind(account.0)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
