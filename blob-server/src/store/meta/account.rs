//! Accounts.

use blob_api::{Language, Role, UnixSeconds};
use sqlx::{Sqlite, Transaction};

use super::mail::{NewMail, enqueue};
use super::{MetaStore, StoreError, fixed};

/// Number of an account's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccountId(pub(super) i64);

/// Someone who can log in.
#[derive(Clone)]
pub struct Account {
    /// Row.
    pub id: AccountId,
    /// Names it outside, for ever.
    pub public_id: blob_api::AccountId,
    /// Login name.
    pub email: String,
    /// Display name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// For pages and mails.
    pub language: Language,
    /// Are mails wanted that its owner could do without?
    pub notices: bool,
    /// When it was made.
    pub created: UnixSeconds,
    /// OPAQUE `RegistrationRecord`.
    pub opaque_record: Vec<u8>,
    /// Has it keys?
    pub has_keys: bool,
}

/// What an account is made from.
pub struct NewAccount<'a> {
    /// Names it outside, for ever: random.
    pub public_id: blob_api::AccountId,
    /// Login name.
    pub email: &'a str,
    /// Display name.
    pub name: &'a str,
    /// What it may do.
    pub role: Role,
    /// For pages and mails.
    pub language: Language,
    /// OPAQUE `RegistrationRecord`.
    pub record: &'a [u8],
}

/// An account; what follows says which.
macro_rules! select_account {
    ($which:literal) => {
        concat!(
            "SELECT id, public_id, email, name, role, language, notices, created, opaque_record,
                 EXISTS (SELECT 1 FROM account_keys WHERE account = account.id) AS has_keys FROM account WHERE ",
            $which
        )
    };
}
pub(super) const SELECT_ACCOUNT: &str = select_account!("email = $1");
pub(super) const SELECT_BY_ID: &str = select_account!("id = $1");

#[derive(sqlx::FromRow)]
pub(super) struct AccountColumns {
    id: i64,
    public_id: Vec<u8>,
    email: String,
    name: String,
    role: String,
    language: String,
    notices: bool,
    created: i64,
    opaque_record: Vec<u8>,
    has_keys: bool,
}

impl TryFrom<AccountColumns> for Account {
    type Error = StoreError;
    fn try_from(row: AccountColumns) -> Result<Self, StoreError> {
        let (role, language) = (read_role(&row.role)?, read_language(&row.language)?);
        let public_id = blob_api::AccountId(fixed(&row.public_id)?);
        let AccountColumns { id, email, name, notices, created, opaque_record, has_keys, .. } = row;
        let id = AccountId(id);
        Ok(Self { id, public_id, email, name, role, language, notices, created, opaque_record, has_keys })
    }
}

/// How a role is written in the database.
pub(super) fn role_text(role: Role) -> &'static str {
    match role {
        Role::Guest => "guest",
        Role::Partner => "partner",
        Role::Staff => "staff",
        Role::Admin => "admin",
    }
}

pub(super) fn read_role(text: &str) -> Result<Role, StoreError> {
    let roles = [Role::Guest, Role::Partner, Role::Staff, Role::Admin];
    roles.into_iter().find(|role| role_text(*role) == text).ok_or(StoreError::Missing("role"))
}

/// How a language is written in the database.
pub(super) fn language_text(language: Language) -> &'static str {
    match language {
        Language::De => "de",
        Language::En => "en",
    }
}

pub(super) fn read_language(text: &str) -> Result<Language, StoreError> {
    let languages = [Language::De, Language::En];
    languages
        .into_iter()
        .find(|language| language_text(*language) == text)
        .ok_or(StoreError::Missing("language"))
}

impl MetaStore {
    /// Is there an admin?
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_admin(&self) -> Result<bool, StoreError> {
        let admins: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM account WHERE role = 'admin'")
            .fetch_one(&self.pool)
            .await?;
        Ok(admins > 0)
    }

    /// Makes the first admin, whatever role `new` has; false, and nothing happens, when there is one already.
    ///
    /// # Errors
    /// When the address is taken or the database fails.
    pub async fn create_first_admin(
        &self,
        new: &NewAccount<'_>,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let admins: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM account WHERE role = 'admin'")
            .fetch_one(&mut *tx)
            .await?;
        if admins > 0 {
            return Ok(false);
        }
        insert(&mut tx, &NewAccount { role: Role::Admin, ..*new }, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Makes an account.
    ///
    /// # Errors
    /// When the address is taken or the database fails.
    pub async fn create_account(&self, new: &NewAccount<'_>, now: UnixSeconds) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        insert(&mut tx, new, now).await?;
        Ok(tx.commit().await?)
    }

    /// The account with this login name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account(&self, email: &str) -> Result<Option<Account>, StoreError> {
        let row: Option<AccountColumns> =
            sqlx::query_as(SELECT_ACCOUNT).bind(email).fetch_optional(&self.pool).await?;
        row.map(Account::try_from).transpose()
    }

    /// The login record of the account with this login name, or that of `nobody`, and whether there is the account. It reads one
    /// row with the same columns either way, so that the time it takes does not tell.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn login_record(&self, email: &str, nobody: &[u8]) -> Result<(Vec<u8>, bool), StoreError> {
        Ok(sqlx::query_as(
            "SELECT COALESCE(opaque_record, record), account.id IS NOT NULL
             FROM (SELECT $2 AS record) AS nobody LEFT JOIN account ON email = $1",
        )
        .bind(email)
        .bind(nobody)
        .fetch_one(&self.pool)
        .await?)
    }

    /// Changes what is given.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_account(
        &self,
        id: AccountId,
        name: Option<&str>,
        language: Option<Language>,
        notices: Option<bool>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE account SET name = COALESCE($1, name), language = COALESCE($2, language),
                 notices = COALESCE($3, notices) WHERE id = $4",
        )
        .bind(name)
        .bind(language.map(language_text))
        .bind(notices)
        .bind(id.0)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Gives an account a new password, ends all of its sessions but the one with this token, and mails that.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_password(
        &self,
        id: AccountId,
        record: &[u8],
        but_session: &[u8; 32],
        mail: &NewMail,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        enqueue(&mut *tx, mail).await?;
        replace_record(&mut tx, id, record).await?;
        sqlx::query("DELETE FROM session WHERE account = $1 AND token_hash <> $2")
            .bind(id.0)
            .bind(&but_session[..])
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}

/// Makes an account within a transaction.
pub(super) async fn insert(
    tx: &mut Transaction<'static, Sqlite>,
    new: &NewAccount<'_>,
    now: UnixSeconds,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO account (email, name, role, language, opaque_record, created, public_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.email)
    .bind(new.name)
    .bind(role_text(new.role))
    .bind(language_text(new.language))
    .bind(new.record)
    .bind(now)
    .bind(&new.public_id.0[..])
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A new password. Logins that began with the old one cannot be finished any more: [`super::NewSession::record`].
pub(super) async fn replace_record(
    tx: &mut Transaction<'static, Sqlite>,
    id: AccountId,
    record: &[u8],
) -> Result<(), StoreError> {
    let query = sqlx::query("UPDATE account SET opaque_record = $1 WHERE id = $2");
    query.bind(record).bind(id.0).execute(&mut **tx).await?;
    Ok(())
}
