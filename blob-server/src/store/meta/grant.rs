//! Deliveries of levels 3 and 4: who was granted their keys, and who waits for it.

use blob_api::{DeliveryId, Language, Level, RecipientId, UnixSeconds};

use super::account::read_language;
use super::{AccountId, LockedDelivery, MetaStore, StoreError, fixed, number};

/// What a recipient is given of a delivery's keys.
pub struct OfferedKeys {
    /// Names the recipient within the delivery.
    pub recipient: RecipientId,
    /// The keys, granted to them.
    pub grant: Option<Vec<u8>>,
    /// What an invitation code opens.
    pub offer: Option<Vec<u8>>,
}

/// A recipient who waits for a grant.
pub struct WaitingRow {
    /// The delivery.
    pub delivery: DeliveryId,
    /// Its level.
    pub level: Level,
    /// When it was sent.
    pub sent: UnixSeconds,
    /// When it ends.
    pub expires: UnixSeconds,
    /// The recipient within it.
    pub recipient: RecipientId,
    /// Where it was sent to.
    pub email: String,
    /// The same as login name.
    pub login: String,
    /// The keys, granted to the sender.
    pub own_grant: Vec<u8>,
    /// The invitation code was used.
    pub proof: Option<Vec<u8>>,
}

/// A sender whom a recipient's new keys concern.
pub struct ConcernedSender {
    /// Address.
    pub email: String,
    /// For mails.
    pub language: Language,
    /// Deliveries of theirs that wait.
    pub deliveries: u32,
}

#[derive(sqlx::FromRow)]
struct OfferedColumns {
    id: Vec<u8>,
    grant_bytes: Option<Vec<u8>>,
    offer: Option<Vec<u8>>,
}

#[derive(sqlx::FromRow)]
struct WaitingColumns {
    delivery: Vec<u8>,
    level: i64,
    sent: i64,
    expires: i64,
    id: Vec<u8>,
    email: String,
    login: String,
    own_grant: Vec<u8>,
    proof: Option<Vec<u8>>,
}

impl TryFrom<WaitingColumns> for WaitingRow {
    type Error = StoreError;
    fn try_from(row: WaitingColumns) -> Result<Self, StoreError> {
        Ok(Self {
            delivery: DeliveryId(fixed(&row.delivery)?),
            level: Level::try_from(number::<u8>(row.level)?).map_err(StoreError::Missing)?,
            sent: row.sent,
            expires: row.expires,
            recipient: RecipientId(fixed(&row.id)?),
            email: row.email,
            login: row.login,
            own_grant: row.own_grant,
            proof: row.proof,
        })
    }
}

impl MetaStore {
    /// What this login name is given of a delivery's keys; `None` when it is no recipient, or it was taken back from them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn offered_keys(
        &self,
        delivery: &DeliveryId,
        login: &str,
    ) -> Result<Option<OfferedKeys>, StoreError> {
        let row: Option<OfferedColumns> = sqlx::query_as(
            "SELECT id, grant_bytes, offer FROM recipient WHERE delivery = $1 AND login = $2 AND revoked IS NULL",
        )
        .bind(&delivery.0[..])
        .bind(login)
        .fetch_optional(&self.pool)
        .await?;
        let offered = |row: OfferedColumns| {
            let recipient = RecipientId(fixed(&row.id)?);
            Ok(OfferedKeys { recipient, grant: row.grant_bytes, offer: row.offer })
        };
        row.map(offered).transpose()
    }

    /// Who has keys and waits for this sender's grants, the longest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waiting(
        &self,
        sender: AccountId,
        now: UnixSeconds,
        most: u32,
    ) -> Result<Vec<WaitingRow>, StoreError> {
        let rows: Vec<WaitingColumns> = sqlx::query_as(
            "SELECT delivery, level, sent, expires, recipient.id, recipient.email, login, own_grant, proof
             FROM recipient JOIN delivery ON delivery.id = delivery JOIN account ON account.email = login
             WHERE sender = $1 AND own_grant IS NOT NULL AND grant_bytes IS NULL AND revoked IS NULL
               AND sent IS NOT NULL AND ended IS NULL AND expires > $2
               AND EXISTS (SELECT 1 FROM account_keys WHERE account = account.id)
             ORDER BY COALESCE(waits_since, sent), delivery, position LIMIT $3",
        )
        .bind(sender.0)
        .bind(now)
        .bind(i64::from(most))
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(WaitingRow::try_from).collect()
    }

    /// Whose deliveries to this login name wait for a grant as soon as it has keys, or has other keys than before. Those for
    /// which there is an invitation code wait only when the keys before are lost.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn concerned_senders(
        &self,
        login: &str,
        reset: bool,
        now: UnixSeconds,
    ) -> Result<Vec<ConcernedSender>, StoreError> {
        let rows: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT account.email, account.language, COUNT(*)
             FROM recipient JOIN delivery ON delivery.id = delivery JOIN account ON account.id = sender
             WHERE login = $1 AND own_grant IS NOT NULL AND revoked IS NULL AND ended IS NULL AND expires > $2
               AND ($3 OR (grant_bytes IS NULL AND offer IS NULL))
             GROUP BY account.id ORDER BY account.id",
        )
        .bind(login)
        .bind(now)
        .bind(reset)
        .fetch_all(&self.pool)
        .await?;
        let concerned = |(email, language, deliveries): (String, String, i64)| {
            let (language, deliveries) = (read_language(&language)?, number(deliveries)?);
            Ok(ConcernedSender { email, language, deliveries })
        };
        rows.into_iter().map(concerned).collect()
    }
}

impl LockedDelivery {
    /// The card in use of the account with this login name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn card_of(&mut self, login: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let card = sqlx::query_scalar(
            "SELECT card FROM card JOIN account ON account.id = account WHERE email = $1
             ORDER BY position DESC LIMIT 1",
        );
        Ok(card.bind(login).fetch_optional(&mut *self.tx).await?)
    }

    /// Keeps a recipient's grant. What invited them is of no use any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn grant(&mut self, recipient: &RecipientId, grant: &[u8]) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE recipient SET grant_bytes = $1, offer = NULL, proof = NULL, waits_since = NULL
             WHERE delivery = $2 AND id = $3",
        )
        .bind(grant)
        .bind(&self.row.id.0[..])
        .bind(&recipient.0[..])
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Keeps the proof that an invitation code was used; the first counts. False when there is no code, or another proof.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prove(&mut self, recipient: &RecipientId, proof: &[u8]) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE recipient SET proof = $1
             WHERE delivery = $2 AND id = $3 AND offer IS NOT NULL AND (proof IS NULL OR proof = $1)",
        )
        .bind(proof)
        .bind(&self.row.id.0[..])
        .bind(&recipient.0[..])
        .execute(&mut *self.tx)
        .await?;
        Ok(done.rows_affected() > 0)
    }
}
