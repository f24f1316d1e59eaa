//! Mailed codes that prove mailboxes.

use blob_api::{Purpose, Role, UnixSeconds};
use sqlx::{Sqlite, Transaction};

use super::account::{Account, AccountColumns, NewAccount, SELECT_ACCOUNT, insert, replace_record};
use super::account::{read_role, role_text};
use super::mail::{NewMail, enqueue};
use super::{MetaStore, StoreError, fixed};

/// A request for a code.
pub struct NewProof<'a> {
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// The mailbox, as a login name.
    pub email: &'a str,
    /// What the code is wanted for.
    pub purpose: Purpose,
    /// Keyed hash of the code.
    pub code_hash: [u8; 32],
}

/// A request for a code, as it is stored.
pub struct StoredProof {
    /// The mailbox, as a login name.
    pub email: String,
    /// What the code is wanted for.
    pub purpose: Purpose,
    /// Keyed hash of the code.
    pub code_hash: [u8; 32],
    /// When it was asked for.
    pub created: UnixSeconds,
    /// Of the account that may be made.
    pub role: Option<Role>,
    /// Was the code mailed?
    pub live: bool,
    /// Codes that were not it.
    pub wrong: u32,
    /// Was the code right?
    pub verified: bool,
    /// SHA-256 of the record that it made.
    pub used_for: Option<[u8; 32]>,
}

#[derive(sqlx::FromRow)]
struct ProofColumns {
    email: String,
    purpose: String,
    code_hash: Vec<u8>,
    created: i64,
    role: Option<String>,
    live: bool,
    wrong: i64,
    verified: bool,
    used_for: Option<Vec<u8>>,
}

impl TryFrom<ProofColumns> for StoredProof {
    type Error = StoreError;
    fn try_from(row: ProofColumns) -> Result<Self, StoreError> {
        let purposes = [Purpose::Register, Purpose::Reset];
        let purpose = purposes.into_iter().find(|purpose| purpose_text(*purpose) == row.purpose);
        Ok(Self {
            email: row.email,
            purpose: purpose.ok_or(StoreError::Missing("purpose"))?,
            code_hash: fixed(&row.code_hash)?,
            created: row.created,
            role: row.role.as_deref().map(read_role).transpose()?,
            live: row.live,
            wrong: super::number(row.wrong)?,
            verified: row.verified,
            used_for: row.used_for.as_deref().map(fixed).transpose()?,
        })
    }
}

fn purpose_text(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Register => "register",
        Purpose::Reset => "reset",
    }
}

/// What becomes of a request for a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// No mail.
    Silently,
    /// The code is mailed.
    WithCode,
    /// A mail says that there is an account already.
    WithHint,
}

/// A proof held in a write transaction: between looking and changing, nobody else changes it or makes an account. What is
/// not committed with [`LockedProof::commit`] did not happen.
pub struct LockedProof {
    tx: Transaction<'static, Sqlite>,
    token_hash: [u8; 32],
    /// As it was when the lock was taken.
    pub row: StoredProof,
}

impl MetaStore {
    /// Keeps a request for a code. Its code is not valid yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_proof(&self, new: &NewProof<'_>, now: UnixSeconds) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO mailbox_proof (token_hash, email, purpose, code_hash, created)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&new.token_hash[..])
        .bind(new.email)
        .bind(purpose_text(new.purpose))
        .bind(&new.code_hash[..])
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Locks the proof with this token, however old it is.
    ///
    /// # Errors
    /// When the database fails, or another writer holds the lock for ten seconds.
    pub async fn lock_proof(&self, token_hash: &[u8; 32]) -> Result<Option<LockedProof>, StoreError> {
        let mut tx = self.write().await?;
        let row: Option<ProofColumns> = sqlx::query_as(
            "SELECT email, purpose, code_hash, created, role, live, wrong, verified, used_for
             FROM mailbox_proof WHERE token_hash = $1",
        )
        .bind(&token_hash[..])
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(LockedProof { tx, token_hash: *token_hash, row: row.try_into()? }))
    }

    /// Forgets requests from before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_old_proofs(&self, before: UnixSeconds) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM mailbox_proof WHERE created < $1").bind(before).execute(&self.pool).await?;
        Ok(())
    }
}

impl LockedProof {
    /// The account with the proof's address.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account(&mut self) -> Result<Option<Account>, StoreError> {
        let row: Option<AccountColumns> =
            sqlx::query_as(SELECT_ACCOUNT).bind(&self.row.email).fetch_optional(&mut *self.tx).await?;
        row.map(Account::try_from).transpose()
    }

    /// Mails that went to the proof's address because of such requests since then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mails_since(&mut self, since: UnixSeconds) -> Result<u32, StoreError> {
        let mails: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM mailbox_proof WHERE email = $1 AND created > $2 AND mailed",
        )
        .bind(&self.row.email)
        .bind(since)
        .fetch_one(&mut *self.tx)
        .await?;
        super::number(mails)
    }

    /// Notes what becomes of the request.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answer(&mut self, answered: Answered, role: Option<Role>) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE mailbox_proof SET decided = TRUE, mailed = $1, live = $2, role = $3 WHERE token_hash = $4",
        )
            .bind(answered != Answered::Silently)
            .bind(answered == Answered::WithCode)
            .bind(role.map(role_text))
            .bind(&self.token_hash[..])
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Notes whether a code was the right one, and commits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tried(mut self, right: bool) -> Result<(), StoreError> {
        sqlx::query("UPDATE mailbox_proof SET verified = $1, wrong = wrong + $2 WHERE token_hash = $3")
            .bind(right || self.row.verified)
            .bind(i64::from(!right))
            .bind(&self.token_hash[..])
            .execute(&mut *self.tx)
            .await?;
        self.commit().await
    }

    /// Puts a mail into the queue.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enqueue_mail(&mut self, mail: &NewMail) -> Result<(), StoreError> {
        enqueue(&mut *self.tx, mail).await
    }

    /// Makes the account that was proven.
    ///
    /// # Errors
    /// When the address is taken or the database fails.
    pub async fn create_account(&mut self, new: &NewAccount<'_>, now: UnixSeconds) -> Result<(), StoreError> {
        insert(&mut self.tx, new, now).await
    }

    /// Gives the account a new password, and ends all of its sessions.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replace_record(&mut self, account: &Account, record: &[u8]) -> Result<(), StoreError> {
        replace_record(&mut self.tx, account.id, record).await?;
        sqlx::query("DELETE FROM session WHERE account = $1")
            .bind(account.id.0)
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Uses the proof up for the record with this SHA-256. A new password voids the address' other proofs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_up(&mut self, record_hash: &[u8; 32]) -> Result<(), StoreError> {
        sqlx::query("UPDATE mailbox_proof SET used_for = $1 WHERE token_hash = $2")
            .bind(&record_hash[..])
            .bind(&self.token_hash[..])
            .execute(&mut *self.tx)
            .await?;
        if self.row.purpose == Purpose::Reset {
            sqlx::query("UPDATE mailbox_proof SET live = FALSE WHERE email = $1 AND token_hash <> $2")
                .bind(&self.row.email)
                .bind(&self.token_hash[..])
                .execute(&mut *self.tx)
                .await?;
        }
        Ok(())
    }

    /// Makes what was changed last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.tx.commit().await?)
    }
}
