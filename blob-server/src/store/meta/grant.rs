//! Deliveries of levels 3 and 4: who was granted their keys, and who waits for it.

use blob_api::{DeliveryId, Language, Level, RecipientId, UnixSeconds};

use super::account::read_language;
use super::mail::enqueue;
use super::{AccountId, LockedDelivery, MetaStore, NewMail, StoreError, fixed, number};

/// What a recipient is given of a delivery's keys.
pub struct OfferedKeys {
    /// Names the recipient within the delivery.
    pub recipient: RecipientId,
    /// The keys, granted to them.
    pub grant: Option<Vec<u8>>,
    /// What an invitation code opens.
    pub offer: Option<Vec<u8>>,
    /// Address and deputation of the deputy who granted them.
    pub given_by: Option<(String, Vec<u8>)>,
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
    /// The keys, granted to who asks: the sender, or a deputy.
    pub own_grant: Vec<u8>,
    /// The invitation code was used.
    pub proof: Option<Vec<u8>>,
    /// Address and name of the sender, for a deputy.
    pub in_place_of: Option<(String, String)>,
}

/// A sender whom a recipient's new keys concern.
pub struct ConcernedSender {
    /// Row.
    pub account: AccountId,
    /// Display name.
    pub name: String,
    /// Address.
    pub email: String,
    /// For mails.
    pub language: Language,
    /// Deliveries of theirs that wait.
    pub deliveries: u32,
}

/// A sender for whom somebody waits, and who was not reminded of them.
pub struct LateSender {
    /// Row.
    pub account: AccountId,
    /// Address.
    pub email: String,
    /// For mails.
    pub language: Language,
    /// How many wait.
    pub people: u32,
}

#[derive(sqlx::FromRow)]
struct OfferedColumns {
    id: Vec<u8>,
    grant_bytes: Option<Vec<u8>>,
    offer: Option<Vec<u8>>,
    deputy: Option<String>,
    granted_deputation: Option<Vec<u8>>,
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
    sender_email: Option<String>,
    sender_name: Option<String>,
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
            in_place_of: row.sender_email.zip(row.sender_name),
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
            "SELECT recipient.id, grant_bytes, offer, account.email AS deputy, granted_deputation
             FROM recipient LEFT JOIN account ON account.id = granted_by
             WHERE delivery = $1 AND login = $2 AND revoked IS NULL",
        )
        .bind(&delivery.0[..])
        .bind(login)
        .fetch_optional(&self.pool)
        .await?;
        let offered = |row: OfferedColumns| {
            let recipient = RecipientId(fixed(&row.id)?);
            let given_by = row.deputy.zip(row.granted_deputation);
            Ok(OfferedKeys { recipient, grant: row.grant_bytes, offer: row.offer, given_by })
        };
        row.map(offered).transpose()
    }

    /// Who has keys and waits for grants that this account can give, as sender or as a deputy; the longest first, or who
    /// comes behind one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waiting(
        &self,
        giver: AccountId,
        now: UnixSeconds,
        after: Option<(DeliveryId, RecipientId)>,
        most: u32,
    ) -> Result<Vec<WaitingRow>, StoreError> {
        let rows: Vec<WaitingColumns> = sqlx::query_as(
            "SELECT held.delivery, level, sent, expires, recipient.id, recipient.email, login,
                    held.own_grant, proof, sender_email, sender_name
             FROM (SELECT id AS delivery, own_grant, NULL AS sender_email, NULL AS sender_name
                   FROM delivery WHERE sender = $1 AND own_grant IS NOT NULL
                   UNION ALL
                   SELECT deputy_grant.delivery, grant_bytes, account.email, account.name
                   FROM deputy_grant JOIN delivery ON delivery.id = deputy_grant.delivery
                       JOIN account ON account.id = sender
                       JOIN deputy ON deputy.account = sender AND deputy.deputy = deputy_grant.deputy
                   WHERE deputy_grant.deputy = $1 AND until > $2) AS held
                 JOIN delivery ON delivery.id = held.delivery
                 JOIN recipient ON recipient.delivery = held.delivery JOIN account ON account.email = login
             WHERE grant_bytes IS NULL AND revoked IS NULL
               AND sent IS NOT NULL AND ended IS NULL AND expires > $2
               AND EXISTS (SELECT 1 FROM account_keys WHERE account = account.id)
               AND ($4 IS NULL OR (COALESCE(waits_since, sent), held.delivery, position) >
                    (SELECT COALESCE(waits_since, sent), last.delivery, position
                     FROM recipient AS last JOIN delivery ON delivery.id = last.delivery
                     WHERE last.delivery = $4 AND last.id = $5))
             ORDER BY COALESCE(waits_since, sent), held.delivery, position LIMIT $3",
        )
        .bind(giver.0)
        .bind(now)
        .bind(i64::from(most))
        .bind(after.map(|(delivery, _)| delivery.0.to_vec()))
        .bind(after.map(|(_, recipient)| recipient.0.to_vec()))
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
        let rows: Vec<(i64, String, String, String, i64)> = sqlx::query_as(
            "SELECT account.id, account.name, account.email, account.language, COUNT(*)
             FROM recipient JOIN delivery ON delivery.id = delivery JOIN account ON account.id = sender
             WHERE login = $1 AND NOT by_card AND own_grant IS NOT NULL AND revoked IS NULL AND ended IS NULL AND expires > $2
               AND ($3 OR (grant_bytes IS NULL AND offer IS NULL))
             GROUP BY account.id ORDER BY account.id",
        )
        .bind(login)
        .bind(now)
        .bind(reset)
        .fetch_all(&self.pool)
        .await?;
        let concerned = |(account, name, email, language, deliveries): (_, _, _, String, i64)| {
            let (language, deliveries) = (read_language(&language)?, number(deliveries)?);
            Ok(ConcernedSender { account: AccountId(account), name, email, language, deliveries })
        };
        rows.into_iter().map(concerned).collect()
    }

    /// Senders for whom somebody has waited for `seconds`, and had not when they were last reminded. Whoever has an invitation code
    /// need not wait.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn late_senders(&self, seconds: i64, now: UnixSeconds) -> Result<Vec<LateSender>, StoreError> {
        let rows: Vec<(i64, String, String, i64)> = sqlx::query_as(
            "SELECT account.id, account.email, account.language, COUNT(DISTINCT login)
             FROM recipient JOIN delivery ON delivery.id = delivery JOIN account ON account.id = sender
             WHERE grant_bytes IS NULL AND offer IS NULL AND NOT by_card AND revoked IS NULL AND own_grant IS NOT NULL
               AND sent IS NOT NULL AND ended IS NULL AND expires > $1 AND waits_since + $2 <= $1
             GROUP BY account.id
             HAVING release_reminded IS NULL OR MAX(waits_since) + $2 > release_reminded
             ORDER BY account.id",
        )
        .bind(now)
        .bind(seconds)
        .fetch_all(&self.pool)
        .await?;
        let late = |(account, email, language, people): (_, _, String, i64)| {
            let (language, people) = (read_language(&language)?, number(people)?);
            Ok(LateSender { account: AccountId(account), email, language, people })
        };
        rows.into_iter().map(late).collect()
    }

    /// Notes that a sender is reminded of those who wait, with the mail.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remind_of_releases(
        &self,
        account: AccountId,
        mail: &NewMail,
        now: UnixSeconds,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query("UPDATE account SET release_reminded = $1 WHERE id = $2")
            .bind(now)
            .bind(account.0)
            .execute(&mut *tx)
            .await?;
        enqueue(&mut *tx, mail).await?;
        Ok(tx.commit().await?)
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

    /// Keeps a recipient's grant, and in a deputy's case who gave it and by what right. What invited them is of no use any
    /// more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn grant(
        &mut self,
        recipient: &RecipientId,
        grant: &[u8],
        deputy: Option<(AccountId, &[u8])>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE recipient SET grant_bytes = $1, granted_by = $4, granted_deputation = $5, offer = NULL,
                 proof = NULL, waits_since = NULL
             WHERE delivery = $2 AND id = $3",
        )
        .bind(grant)
        .bind(&self.row.id.0[..])
        .bind(&recipient.0[..])
        .bind(deputy.map(|(account, _)| account.0))
        .bind(deputy.map(|(_, deputation)| deputation))
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
