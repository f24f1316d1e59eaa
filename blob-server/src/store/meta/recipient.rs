//! Recipients of a delivery, each with a link of their own.

use blob_api::{BlobId, DeliveryId, Language, RecipientId, UnixSeconds};

use super::account::read_language;
use super::{LockedDelivery, MetaStore, OpeningRow, StoreError, fixed};

/// One recipient's row.
#[derive(Clone)]
pub struct StoredRecipient {
    /// Names them within the delivery.
    pub id: RecipientId,
    /// Where it was sent to.
    pub email: String,
    /// The same as login name.
    pub login: String,
    /// The delivery's link secret under that of their link.
    pub sealed: Vec<u8>,
    /// Did the server mail their link?
    pub mailed: bool,
    /// Is there an account with their address, or is none needed?
    pub has_account: bool,
    /// Has it keys, or are none needed?
    pub has_keys: bool,
    /// Has it the delivery's: granted by the sender, or by an invitation code?
    pub released: bool,
    /// Is there something that an invitation code opens?
    pub offered: bool,
    /// Does the card of their receipt open it, without an account?
    pub by_card: bool,
    /// When they opened it first.
    pub opened: Option<UnixSeconds>,
    /// When they had all files.
    pub collected: Option<UnixSeconds>,
    /// When it was taken back from them.
    pub revoked: Option<UnixSeconds>,
    /// When they deleted it, which came through their box.
    pub deleted: Option<UnixSeconds>,
}

/// What a new recipient's row is made of.
pub struct AddedRecipient<'a> {
    /// Names them within the delivery.
    pub id: RecipientId,
    /// Place in the sender's list, from 0.
    pub position: u16,
    /// Where it is sent to.
    pub email: &'a str,
    /// The same as login name.
    pub login: &'a str,
    /// SHA-256 of the gate token of their link.
    pub gate_hash: [u8; 32],
    /// The delivery's link secret under that of their link; empty at level 4.
    pub sealed: &'a [u8],
    /// Does the server mail their link?
    pub mailed: bool,
    /// The delivery's keys, granted to them.
    pub grant: Option<&'a [u8]>,
    /// What an invitation code opens.
    pub offer: Option<&'a [u8]>,
    /// Are the keys granted to the card of their receipt?
    pub by_card: bool,
}

#[derive(sqlx::FromRow)]
pub(super) struct RecipientColumns {
    id: Vec<u8>,
    email: String,
    login: String,
    sealed: Vec<u8>,
    mailed: bool,
    has_account: bool,
    has_keys: bool,
    released: bool,
    offered: bool,
    by_card: bool,
    opened: Option<i64>,
    collected: Option<i64>,
    revoked: Option<i64>,
    deleted: Option<i64>,
}

impl TryFrom<RecipientColumns> for StoredRecipient {
    type Error = StoreError;
    fn try_from(row: RecipientColumns) -> Result<Self, StoreError> {
        Ok(Self {
            id: RecipientId(fixed(&row.id)?),
            email: row.email,
            login: row.login,
            sealed: row.sealed,
            mailed: row.mailed,
            has_account: row.has_account,
            has_keys: row.has_keys,
            released: row.released,
            offered: row.offered,
            by_card: row.by_card,
            opened: row.opened,
            collected: row.collected,
            revoked: row.revoked,
            deleted: row.deleted,
        })
    }
}

/// The columns of a recipient; what follows says which.
macro_rules! select_recipient {
    ($which:literal) => {
        concat!(
            "SELECT recipient.id, recipient.email, login, sealed, mailed, by_card,
                    (account.id IS NOT NULL OR by_card) AS has_account,
                    (by_card OR EXISTS (SELECT 1 FROM account_keys WHERE account = account.id)) AS has_keys,
                    (grant_bytes IS NOT NULL OR proof IS NOT NULL) AS released, offer IS NOT NULL AS offered,
                    opened, collected, revoked, deleted
             FROM recipient LEFT JOIN account ON account.email = login WHERE delivery = $1 ",
            $which
        )
    };
}
const SELECT_ALL: &str = select_recipient!("ORDER BY position");
const SELECT_BY_GATE: &str = select_recipient!("AND gate_hash = $2");
const SELECT_BY_ID: &str = select_recipient!("AND recipient.id = $2");
const SELECT_BY_LOGIN: &str = select_recipient!("AND login = $2");

impl MetaStore {
    /// The recipient whose link this gate token belongs to.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recipient_at_gate(
        &self,
        delivery: &DeliveryId,
        gate_hash: &[u8; 32],
    ) -> Result<Option<StoredRecipient>, StoreError> {
        let row: Option<RecipientColumns> = sqlx::query_as(SELECT_BY_GATE)
            .bind(&delivery.0[..])
            .bind(&gate_hash[..])
            .fetch_optional(&self.pool)
            .await?;
        row.map(StoredRecipient::try_from).transpose()
    }

    /// The recipient with this login name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recipient_with_login(
        &self,
        delivery: &DeliveryId,
        login: &str,
    ) -> Result<Option<StoredRecipient>, StoreError> {
        let row: Option<RecipientColumns> = sqlx::query_as(SELECT_BY_LOGIN)
            .bind(&delivery.0[..])
            .bind(login)
            .fetch_optional(&self.pool)
            .await?;
        row.map(StoredRecipient::try_from).transpose()
    }

    /// Was anything sent to this login name that can still be opened?
    ///
    /// # Errors
    /// When the database fails.
    pub async fn awaits_delivery(&self, login: &str, now: UnixSeconds) -> Result<bool, StoreError> {
        let awaits: i64 = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM recipient JOIN delivery ON delivery.id = recipient.delivery
                 WHERE login = $1 AND revoked IS NULL AND sent IS NOT NULL AND ended IS NULL AND expires > $2)",
        )
        .bind(login)
        .bind(now)
        .fetch_one(&self.pool)
        .await?;
        Ok(awaits != 0)
    }

    /// Has this login name received anything from that one?
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_received_from(&self, login: &str, sender: &str) -> Result<bool, StoreError> {
        let has: i64 = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM recipient JOIN delivery ON delivery.id = recipient.delivery
                 JOIN account ON account.id = sender WHERE login = $1 AND account.email = $2 AND sent IS NOT NULL)",
        )
        .bind(login)
        .bind(sender)
        .fetch_one(&self.pool)
        .await?;
        Ok(has != 0)
    }

    /// A delivery's recipients, in their order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recipients(&self, delivery: &DeliveryId) -> Result<Vec<StoredRecipient>, StoreError> {
        let rows: Vec<RecipientColumns> =
            sqlx::query_as(SELECT_ALL).bind(&delivery.0[..]).fetch_all(&self.pool).await?;
        rows.into_iter().map(StoredRecipient::try_from).collect()
    }
}

impl LockedDelivery {
    /// The recipient whose link this gate token belongs to.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recipient_at_gate(
        &mut self,
        gate_hash: &[u8; 32],
    ) -> Result<Option<StoredRecipient>, StoreError> {
        let row: Option<RecipientColumns> = sqlx::query_as(SELECT_BY_GATE)
            .bind(&self.row.id.0[..])
            .bind(&gate_hash[..])
            .fetch_optional(&mut *self.tx)
            .await?;
        row.map(StoredRecipient::try_from).transpose()
    }

    /// One recipient.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recipient(&mut self, id: &RecipientId) -> Result<Option<StoredRecipient>, StoreError> {
        let row: Option<RecipientColumns> = sqlx::query_as(SELECT_BY_ID)
            .bind(&self.row.id.0[..])
            .bind(&id.0[..])
            .fetch_optional(&mut *self.tx)
            .await?;
        row.map(StoredRecipient::try_from).transpose()
    }

    /// Which language the account with this login name has chosen.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn language_of(&mut self, login: &str) -> Result<Option<Language>, StoreError> {
        let language: Option<String> = sqlx::query_scalar("SELECT language FROM account WHERE email = $1")
            .bind(login)
            .fetch_optional(&mut *self.tx)
            .await?;
        language.as_deref().map(read_language).transpose()
    }

    /// Adds a recipient.
    ///
    /// # Errors
    /// When their address, identifier or link is there already, or the database fails.
    pub async fn add_recipient(&mut self, new: &AddedRecipient<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO recipient
                 (delivery, id, position, email, login, gate_hash, sealed, mailed, grant_bytes, offer, by_card)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(&self.row.id.0[..])
        .bind(&new.id.0[..])
        .bind(i64::from(new.position))
        .bind(new.email)
        .bind(new.login)
        .bind(&new.gate_hash[..])
        .bind(new.sealed)
        .bind(new.mailed)
        .bind(new.grant)
        .bind(new.offer)
        .bind(new.by_card)
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Notes that a recipient opened it; the first time counts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn opened_by(&mut self, recipient: &RecipientId, now: UnixSeconds) -> Result<(), StoreError> {
        sqlx::query("UPDATE recipient SET opened = COALESCE(opened, $1) WHERE delivery = $2 AND id = $3")
            .bind(now)
            .bind(&self.row.id.0[..])
            .bind(&recipient.0[..])
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Takes it back from one recipient, whose link opens nothing any more; the first time counts. False when there is no
    /// such recipient.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_recipient(
        &mut self,
        recipient: &RecipientId,
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE recipient SET revoked = COALESCE(revoked, $1), sealed = $2, grant_bytes = NULL, offer = NULL,
                 proof = NULL WHERE delivery = $3 AND id = $4",
        )
        .bind(now)
        .bind(&[][..])
        .bind(&self.row.id.0[..])
        .bind(&recipient.0[..])
        .execute(&mut *self.tx)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Notes that the bearer of an opening verified these blobs to their ends; repeating it changes nothing. False when
    /// the delivery has not all of them: then do not commit.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn collect(
        &mut self,
        opening: &OpeningRow,
        blobs: &[BlobId],
        now: UnixSeconds,
    ) -> Result<bool, StoreError> {
        for blob in blobs {
            let known: Option<i64> = sqlx::query_scalar(
                "SELECT 1 FROM blob WHERE delivery = $1 AND id = $2 AND parts IS NOT NULL",
            )
            .bind(&self.row.id.0[..])
            .bind(&blob.0[..])
            .fetch_optional(&mut *self.tx)
            .await?;
            if known.is_none() {
                return Ok(false);
            }
            sqlx::query(
                "INSERT INTO collection (opening, blob, collected) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            )
            .bind(opening.id)
            .bind(&blob.0[..])
            .bind(now)
            .execute(&mut *self.tx)
            .await?;
        }
        Ok(true)
    }

    /// Has the recipient who made this opening all files now, for the first time? Then that is noted, and this is their
    /// address.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn collected_all(
        &mut self,
        opening: &OpeningRow,
        now: UnixSeconds,
    ) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar(
            "UPDATE recipient SET collected = $1
             WHERE collected IS NULL AND delivery = $2 AND id = (SELECT recipient FROM opening WHERE id = $3)
               AND NOT EXISTS (
                   SELECT 1 FROM blob WHERE blob.delivery = $2 AND NOT removed AND blob.id NOT IN (
                       SELECT blob FROM collection JOIN opening ON opening.id = opening
                       WHERE opening.delivery = $2 AND opening.recipient = recipient.id))
             RETURNING email",
        )
        .bind(now)
        .bind(&self.row.id.0[..])
        .bind(opening.id)
        .fetch_optional(&mut *self.tx)
        .await?)
    }
}
