//! Where accounts are logged in.

use blob_api::{SessionId, UnixSeconds};

use super::account::{Account, AccountColumns, AccountId};
use super::mail::{NewMail, enqueue};
use super::{MetaStore, StoreError, fixed};

/// A session with its account.
pub struct SessionRow {
    /// Who is logged in.
    pub account: Account,
    /// Names it to its owner.
    pub id: SessionId,
    /// Login time.
    pub created: UnixSeconds,
    /// Last use.
    pub used: UnixSeconds,
    /// Until when the password counts as typed a moment ago.
    pub confirmed_until: UnixSeconds,
}

/// A session, as its owner sees it.
pub struct SessionEntry {
    /// Names it.
    pub id: SessionId,
    /// Login time.
    pub created: UnixSeconds,
    /// Last use.
    pub used: UnixSeconds,
    /// Browser and system.
    pub agent: String,
}

/// What a session is made from.
pub struct NewSession<'a> {
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// Names it to its owner.
    pub id: SessionId,
    /// Who logs in.
    pub account: AccountId,
    /// The login record that the password was compared with: when the account has another one by now, there is no session.
    pub record: &'a [u8],
    /// Browser and system.
    pub agent: &'a str,
    /// Keyed hash of browser, system and network.
    pub place: [u8; 32],
    /// Places count as known that were used since then.
    pub places_since: UnixSeconds,
    /// Goes out when the place is a new one.
    pub mail: NewMail,
}

#[derive(sqlx::FromRow)]
struct SessionColumns {
    #[sqlx(flatten)]
    account: AccountColumns,
    session_id: Vec<u8>,
    session_created: i64,
    used: i64,
    confirmed_until: i64,
}

#[derive(sqlx::FromRow)]
struct EntryColumns {
    id: Vec<u8>,
    created: i64,
    used: i64,
    agent: String,
}

impl MetaStore {
    /// Keeps a new session; false, and nothing happens, when the account's password has changed meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_session(&self, new: &NewSession<'_>, now: UnixSeconds) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(
            "INSERT INTO session (token_hash, account, created, used, id, agent)
             SELECT $1, id, $2, $2, $3, $4 FROM account WHERE id = $5 AND opaque_record = $6",
        )
        .bind(&new.token_hash[..])
        .bind(now)
        .bind(&new.id.0[..])
        .bind(new.agent)
        .bind(new.account.0)
        .bind(new.record)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        let last_login: Option<i64> = sqlx::query_scalar("SELECT last_login FROM account WHERE id = $1")
            .bind(new.account.0)
            .fetch_one(&mut *tx)
            .await?;
        let used: Option<i64> =
            sqlx::query_scalar("SELECT used FROM login_place WHERE account = $1 AND place = $2")
                .bind(new.account.0)
                .bind(&new.place[..])
                .fetch_optional(&mut *tx)
                .await?;
        let is_known = used.is_some_and(|used| used >= new.places_since);
        // The first login of all is no surprise.
        if last_login.is_some() && !is_known {
            enqueue(&mut *tx, &new.mail).await?;
        }
        sqlx::query("UPDATE account SET last_login = $1 WHERE id = $2")
            .bind(now)
            .bind(new.account.0)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "INSERT INTO login_place (account, place, used) VALUES ($1, $2, $3)
             ON CONFLICT (account, place) DO UPDATE SET used = excluded.used",
        )
        .bind(new.account.0)
        .bind(&new.place[..])
        .bind(now)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The session with this token, however old it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, token_hash: &[u8; 32]) -> Result<Option<SessionRow>, StoreError> {
        let row: Option<SessionColumns> = sqlx::query_as(
            "SELECT account.id, public_id, email, name, role, language, notices, account.created, opaque_record,
                 EXISTS (SELECT 1 FROM account_keys WHERE account_keys.account = account.id) AS has_keys,
                 session.id AS session_id, session.created AS session_created, used, confirmed_until
             FROM session JOIN account ON account.id = session.account WHERE token_hash = $1",
        )
        .bind(&token_hash[..])
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(SessionRow {
            account: row.account.try_into()?,
            id: SessionId(fixed(&row.session_id)?),
            created: row.session_created,
            used: row.used,
            confirmed_until: row.confirmed_until,
        }))
    }

    /// The account's sessions that began and were used after these times, the latest use first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions(
        &self,
        account: AccountId,
        created: UnixSeconds,
        used: UnixSeconds,
    ) -> Result<Vec<SessionEntry>, StoreError> {
        let rows: Vec<EntryColumns> = sqlx::query_as(
            "SELECT id, created, used, agent FROM session
             WHERE account = $1 AND created >= $2 AND used >= $3 ORDER BY used DESC, created DESC, id",
        )
        .bind(account.0)
        .bind(created)
        .bind(used)
        .fetch_all(&self.pool)
        .await?;
        let entry = |EntryColumns { id, created, used, agent }| {
            Ok(SessionEntry { id: SessionId(fixed(&id)?), created, used, agent })
        };
        rows.into_iter().map(entry).collect()
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

    /// Notes that the password was typed once more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn confirm_session(&self, token_hash: &[u8; 32], until: UnixSeconds) -> Result<(), StoreError> {
        sqlx::query("UPDATE session SET confirmed_until = $1 WHERE token_hash = $2")
            .bind(until)
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

    /// Ends a session of this account; false when it has no such session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_session_of(&self, account: AccountId, id: &SessionId) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM session WHERE account = $1 AND id = $2")
            .bind(account.0)
            .bind(&id.0[..])
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Ends all sessions of an account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_sessions(&self, account: AccountId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM session WHERE account = $1").bind(account.0).execute(&self.pool).await?;
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

    /// Forgets from where accounts were used before `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_old_places(&self, before: UnixSeconds) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM login_place WHERE used < $1").bind(before).execute(&self.pool).await?;
        Ok(())
    }
}
