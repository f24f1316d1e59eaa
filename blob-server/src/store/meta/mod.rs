//! Metadata in SQLite. Texts use `$1` placeholders and standard SQL only, so that PostgreSQL can join.

mod account;
mod boxes;
mod content;
mod delivery;
mod deputy;
mod draft;
mod factor;
mod grant;
mod keys;
mod locked;
mod mail;
mod proof;
mod recipient;
mod request;
mod session;
mod submission;
mod submit_box;
mod sweep;
mod ticket;

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqlitePool, Transaction};

pub use account::{Account, AccountId, NewAccount};
pub use boxes::{OpeningWithFiles, SentRow, SubmissionRow};
pub use content::BlobContent;
pub use delivery::{NewDelivery, NewOpening, NewPart, OpeningRow, Part, Sheet, SheetObject, StoredDelivery};
pub use deputy::NamedDeputy;
pub use draft::{Arrival, DraftRow};
pub use factor::{Factors, NewPasskey, PasskeyRow};
pub use grant::{ConcernedSender, LateSender, OfferedKeys, WaitingRow};
pub use keys::{KeysRow, NewKeys};
pub use locked::{BlobState, LockedDelivery, Sending};
pub use mail::{ClaimedMail, MailEnd, NewMail};
pub use proof::{Answered, LockedProof, NewProof, StoredProof};
pub use recipient::{AddedRecipient, StoredRecipient};
pub use request::RequestRow;
pub use session::{NewSession, SessionEntry, SessionRow};
pub use submission::Submitting;
pub use submit_box::{DeletedBox, StoredBox};
pub use ticket::{MostTickets, NewTicket, Origin, StoredTicket};

use super::StoreError;

/// Every schema this program knows. A database with another one is refused.
static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// How long a writer waits for another one before it fails.
const BUSY: Duration = Duration::from_secs(10);
/// Readers at a time; SQLite has one writer at a time in any case.
const CONNECTIONS: u32 = 8;

/// Keeps metadata.
#[derive(Clone)]
pub struct MetaStore {
    pool: SqlitePool,
}

impl MetaStore {
    /// Opens the database file, makes it when it is missing, and brings its schema up to date. What a commit has
    /// acknowledged survives a power cut (WAL with `synchronous = FULL`).
    ///
    /// # Errors
    /// [`StoreError::Newer`] when a newer version of this software made it.
    pub async fn open(file: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .foreign_keys(true)
            // What is deleted is overwritten: the key of an unfinished delivery shall not outlive it.
            .pragma("secure_delete", "ON")
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY);
        let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).connect_with(options).await?;
        MIGRATIONS.run(&pool).await.map_err(migration_error)?;
        Ok(Self { pool })
    }

    /// Can the database be read?
    ///
    /// # Errors
    /// When not.
    pub async fn check(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Empties the write-ahead log, in which what was deleted since still stands. Does nothing while somebody reads an
    /// older state; there is always a next time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn empty_log(&self) -> Result<(), StoreError> {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.pool).await?;
        Ok(())
    }

    /// Closes the database; what is in the write-ahead log goes into the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// A transaction that takes the write lock at once: with SQLite's default, which takes it at the first write, two
    /// transactions that both read first would fail instead of waiting.
    async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// What keys the hashes that are kept of networks, `None` at the first start.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hash_key(&self) -> Result<Option<[u8; 32]>, StoreError> {
        let key: Option<Option<Vec<u8>>> = sqlx::query_scalar("SELECT hash_key FROM instance WHERE id = 1")
            .fetch_optional(&self.pool)
            .await?;
        key.flatten().as_deref().map(fixed).transpose()
    }

    /// Keeps that key, once there is an OPAQUE server set-up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_hash_key(&self, key: &[u8; 32]) -> Result<(), StoreError> {
        sqlx::query("UPDATE instance SET hash_key = $1 WHERE id = 1")
            .bind(&key[..])
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The OPAQUE server set-up of this installation, `None` at the first start.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn opaque_setup(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(sqlx::query_scalar("SELECT opaque_setup FROM instance WHERE id = 1")
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Keeps the OPAQUE server set-up for ever: the login records are worthless without it.
    ///
    /// # Errors
    /// When there is one already, or the database fails.
    pub async fn keep_opaque_setup(&self, setup: &[u8]) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO instance (id, opaque_setup) VALUES (1, $1)")
            .bind(setup)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

fn migration_error(error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(version)
        | MigrateError::VersionMismatch(version)
        | MigrateError::VersionTooNew(version, _) => StoreError::Newer(version),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        _ => StoreError::Missing("schema"),
    }
}

/// A column of fixed length, checked.
fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Missing("column of fixed length"))
}

/// A number that was stored from a smaller or unsigned type.
fn number<T: TryFrom<i64>>(value: i64) -> Result<T, StoreError> {
    T::try_from(value).map_err(|_| StoreError::Missing("number in range"))
}

/// A size as the database keeps it. Sizes are limited far below `i64::MAX` before they come here.
fn stored(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
