//! Deputies: who may grant deliveries in their sender's place.

use blob_api::{Language, UnixSeconds};

use super::account::read_language;
use super::mail::{NewMail, enqueue};
use super::{AccountId, LockedDelivery, MetaStore, StoreError, fixed};

/// A deputation from either side.
pub struct DeputyRow {
    /// The account on the other side.
    pub account: blob_api::AccountId,
    /// Its address.
    pub email: String,
    /// Its display name.
    pub name: String,
    /// The first second that does not count.
    pub until: UnixSeconds,
}

/// Somebody who is to stand in for an account.
pub struct NamedDeputy<'a> {
    /// Whose deputy.
    pub account: AccountId,
    /// Who.
    pub deputy: AccountId,
    /// Signed by the one, for recipients to check.
    pub deputation: &'a [u8],
    /// Tells the other.
    pub mail: NewMail,
}

/// Whom to tell by mail.
pub struct Reader {
    /// Their address.
    pub email: String,
    /// Theirs.
    pub language: Language,
}

#[derive(sqlx::FromRow)]
struct DeputyColumns {
    public_id: Vec<u8>,
    email: String,
    name: String,
    until: i64,
}

impl TryFrom<DeputyColumns> for DeputyRow {
    type Error = StoreError;
    fn try_from(row: DeputyColumns) -> Result<Self, StoreError> {
        let account = blob_api::AccountId(fixed(&row.public_id)?);
        Ok(Self { account, email: row.email, name: row.name, until: row.until })
    }
}

impl MetaStore {
    /// Who stands in for this account now, the first named first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn deputies(&self, account: AccountId, now: UnixSeconds) -> Result<Vec<DeputyRow>, StoreError> {
        self.deputations(
            "SELECT public_id, email, name, until FROM deputy JOIN account ON account.id = deputy
             WHERE deputy.account = $1 AND until > $2 ORDER BY since, deputy",
            account,
            now,
        )
        .await
    }

    /// For whom this account stands in now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn represented(
        &self,
        deputy: AccountId,
        now: UnixSeconds,
    ) -> Result<Vec<DeputyRow>, StoreError> {
        self.deputations(
            "SELECT public_id, email, name, until FROM deputy JOIN account ON account.id = deputy.account
             WHERE deputy = $1 AND until > $2 ORDER BY since, account.id",
            deputy,
            now,
        )
        .await
    }

    async fn deputations(
        &self,
        query: &'static str,
        account: AccountId,
        now: UnixSeconds,
    ) -> Result<Vec<DeputyRow>, StoreError> {
        let rows: Vec<DeputyColumns> =
            sqlx::query_as(query).bind(account.0).bind(now).fetch_all(&self.pool).await?;
        rows.into_iter().map(DeputyRow::try_from).collect()
    }

    /// Names a deputy, or prolongs a deputation, and tells them by mail. False, and nothing happens, when there are `most`
    /// others already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn name_deputy(
        &self,
        NamedDeputy { account, deputy, deputation, mail }: &NamedDeputy<'_>,
        (now, until): (UnixSeconds, UnixSeconds),
        most: u32,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        // What is over makes room.
        sqlx::query("DELETE FROM deputy WHERE account = $1 AND until <= $2")
            .bind(account.0)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        let others: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM deputy WHERE account = $1 AND deputy <> $2")
                .bind(account.0)
                .bind(deputy.0)
                .fetch_one(&mut *tx)
                .await?;
        if others >= i64::from(most) {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO deputy (account, deputy, deputation, since, until) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (account, deputy) DO UPDATE SET deputation = excluded.deputation, until = excluded.until",
        )
        .bind(account.0)
        .bind(deputy.0)
        .bind(deputation)
        .bind(now)
        .bind(until)
        .execute(&mut *tx)
        .await?;
        enqueue(&mut *tx, mail).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Ends a deputation, and forgets what the deputy was granted. False when there was none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_deputation(
        &self,
        account: AccountId,
        deputy: &blob_api::AccountId,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "DELETE FROM deputy_grant WHERE deputy = (SELECT id FROM account WHERE public_id = $1)
               AND delivery IN (SELECT id FROM delivery WHERE sender = $2)",
        )
        .bind(&deputy.0[..])
        .bind(account.0)
        .execute(&mut *tx)
        .await?;
        let done = sqlx::query(
            "DELETE FROM deputy WHERE account = $1 AND deputy = (SELECT id FROM account WHERE public_id = $2)",
        )
        .bind(account.0)
        .bind(&deputy.0[..])
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// The deputies who were granted deliveries of this sender that wait for this login name, as far as they are deputies
    /// still.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn concerned_deputies(
        &self,
        sender: AccountId,
        login: &str,
        now: UnixSeconds,
    ) -> Result<Vec<Reader>, StoreError> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT account.email, account.language FROM deputy JOIN account ON account.id = deputy.deputy
             WHERE deputy.account = $1 AND until > $3 AND EXISTS (
                 SELECT 1 FROM deputy_grant JOIN delivery ON delivery.id = deputy_grant.delivery
                     JOIN recipient ON recipient.delivery = delivery.id
                 WHERE deputy_grant.deputy = deputy.deputy AND sender = $1 AND login = $2 AND revoked IS NULL
                   AND ended IS NULL AND expires > $3)
             ORDER BY since, account.id",
        )
        .bind(sender.0)
        .bind(login)
        .bind(now)
        .fetch_all(&self.pool)
        .await?;
        let reader =
            |(email, language): (String, String)| Ok(Reader { email, language: read_language(&language)? });
        rows.into_iter().map(reader).collect()
    }
}

impl LockedDelivery {
    /// Keeps what is granted to a deputy of the sender. False when they are none, or have another card in use.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn grant_to_deputy(
        &mut self,
        deputy: &blob_api::AccountId,
        grant: &[u8],
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO deputy_grant (delivery, deputy, grant_bytes)
             SELECT $1, deputy, $2 FROM deputy JOIN account ON account.id = deputy
             WHERE deputy.account = $3 AND public_id = $4 AND until > $5",
        )
        .bind(&self.row.id.0[..])
        .bind(grant)
        .bind(self.row.origin.account())
        .bind(&deputy.0[..])
        .bind(now)
        .execute(&mut *self.tx)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// What entitles this account to grant the delivery in its sender's place now; `None` when nothing does.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn deputation(
        &mut self,
        deputy: AccountId,
        now: UnixSeconds,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT deputation FROM deputy WHERE account = $1 AND deputy = $2 AND until > $3
               AND EXISTS (SELECT 1 FROM deputy_grant WHERE delivery = $4 AND deputy_grant.deputy = deputy.deputy)",
        )
        .bind(self.row.origin.account())
        .bind(deputy.0)
        .bind(now)
        .bind(&self.row.id.0[..])
        .fetch_optional(&mut *self.tx)
        .await?)
    }

    /// The login name of an account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn login_of(&mut self, account: &blob_api::AccountId) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT email FROM account WHERE public_id = $1")
            .bind(&account.0[..])
            .fetch_optional(&mut *self.tx)
            .await?)
    }
}

/// What new keys of an account make void: its deputies' grants are sealed to the old ones, and deputations name them.
pub(super) const VOID_AS_DEPUTY: [&str; 2] =
    ["DELETE FROM deputy_grant WHERE deputy = $1", "DELETE FROM deputy WHERE deputy = $1"];
/// What lost keys of an account make void besides: nobody can check any more what it signed.
pub(super) const VOID_AS_SENDER: [&str; 2] = [
    "DELETE FROM deputy_grant WHERE delivery IN (SELECT id FROM delivery WHERE sender = $1)",
    "DELETE FROM deputy WHERE account = $1",
];
