//! Accounts and sessions.

use blob_api::{Role, UnixSeconds};

use super::{MetaStore, StoreError};

/// Number of an account's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountId(pub(super) i64);

/// Someone who can log in.
#[derive(Clone)]
pub struct Account {
    /// Row.
    pub id: AccountId,
    /// Login name.
    pub email: String,
    /// Display name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// OPAQUE `RegistrationRecord`.
    pub opaque_record: Vec<u8>,
}

/// A session with its account.
pub struct SessionRow {
    /// Who is logged in.
    pub account: Account,
    /// Login time.
    pub created: UnixSeconds,
    /// Last use.
    pub used: UnixSeconds,
}

#[derive(sqlx::FromRow)]
struct AccountColumns {
    id: i64,
    email: String,
    name: String,
    role: String,
    opaque_record: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct SessionColumns {
    #[sqlx(flatten)]
    account: AccountColumns,
    session_created: i64,
    used: i64,
}

impl TryFrom<AccountColumns> for Account {
    type Error = StoreError;
    fn try_from(row: AccountColumns) -> Result<Self, StoreError> {
        let role = match row.role.as_str() {
            "guest" => Role::Guest,
            "partner" => Role::Partner,
            "admin" => Role::Admin,
            "staff" => Role::Staff,
            _ => return Err(StoreError::Missing("role")),
        };
        let AccountColumns { id, email, name, opaque_record, .. } = row;
        Ok(Self { id: AccountId(id), email, name, role, opaque_record })
    }
}

/// How a role is written in the database.
fn role_text(role: Role) -> &'static str {
    match role {
        Role::Guest => "guest",
        Role::Partner => "partner",
        Role::Admin => "admin",
        Role::Staff => "staff",
    }
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

    /// Makes the first admin; false, and nothing happens, when there is one already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_first_admin(
        &self,
        email: &str,
        name: &str,
        record: &[u8],
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO account (email, name, role, opaque_record, created)
             SELECT $1, $2, 'admin', $3, $4 WHERE NOT EXISTS (SELECT 1 FROM account WHERE role = 'admin')",
        )
        .bind(email)
        .bind(name)
        .bind(record)
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Makes an account.
    ///
    /// # Errors
    /// When the address is taken or the database fails.
    pub async fn create_account(
        &self,
        email: &str,
        name: &str,
        role: Role,
        record: &[u8],
        now: UnixSeconds,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO account (email, name, role, opaque_record, created) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(email)
        .bind(name)
        .bind(role_text(role))
        .bind(record)
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// An account's display name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account_name(&self, id: AccountId) -> Result<String, StoreError> {
        let name = sqlx::query_scalar("SELECT name FROM account WHERE id = $1");
        Ok(name.bind(id.0).fetch_one(&self.pool).await?)
    }

    /// The account with this login name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account(&self, email: &str) -> Result<Option<Account>, StoreError> {
        let row: Option<AccountColumns> =
            sqlx::query_as("SELECT id, email, name, role, opaque_record FROM account WHERE email = $1")
                .bind(email)
                .fetch_optional(&self.pool)
                .await?;
        row.map(Account::try_from).transpose()
    }

    /// Keeps a new session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_session(
        &self,
        token_hash: &[u8; 32],
        account: AccountId,
        now: UnixSeconds,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO session (token_hash, account, created, used) VALUES ($1, $2, $3, $3)")
            .bind(&token_hash[..])
            .bind(account.0)
            .bind(now)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The session with this token, however old it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, token_hash: &[u8; 32]) -> Result<Option<SessionRow>, StoreError> {
        let row: Option<SessionColumns> = sqlx::query_as(
            "SELECT account.id, email, name, role, opaque_record, session.created AS session_created, used
             FROM session JOIN account ON account.id = session.account WHERE token_hash = $1",
        )
        .bind(&token_hash[..])
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(SessionRow {
            account: row.account.try_into()?,
            created: row.session_created,
            used: row.used,
        }))
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn touch_session(&self, token_hash: &[u8; 32], now: UnixSeconds) -> Result<(), StoreError> {
        sqlx::query("UPDATE session SET used = $1 WHERE token_hash = $2")
            .bind(now)
            .bind(&token_hash[..])
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_session(&self, token_hash: &[u8; 32]) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM session WHERE token_hash = $1")
            .bind(&token_hash[..])
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Ends sessions that began before `created` or were last used before `used`; returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_old_sessions(
        &self,
        created: UnixSeconds,
        used: UnixSeconds,
    ) -> Result<u64, StoreError> {
        let done = sqlx::query("DELETE FROM session WHERE created < $1 OR used < $2")
            .bind(created)
            .bind(used)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }
}
