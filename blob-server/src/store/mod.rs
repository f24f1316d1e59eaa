//! What is kept: metadata in SQLite ([`MetaStore`]), ciphertext as objects ([`BlobStore`]).
//!
//! Atomicity is the database's. An object is written and durable before the row that names it; a row is deleted before
//! its object. A crash between the two leaves an object that no row names, which the sweeper removes.

mod blob;
mod key;
mod meta;
mod space;

pub use blob::{BlobReader, BlobStore, BlobWriter, StoredObject};
pub use key::{Attempt, ObjectKey};
pub use meta::{
    Account, AccountId, LockedDelivery, MetaStore, NewDelivery, NewOpening, NewPart, OpeningRow, Part,
    SessionRow, StoredDelivery,
};

/// Why the store could not do it. `Display` names no object, address or value.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No space on the disk, or none left under the reserve.
    #[error("no space left")]
    Full,
    /// A row or object that another row promised is not there.
    #[error("stored data is missing or damaged: {0}")]
    Missing(&'static str),
    /// The database was made by a newer version of this software.
    #[error("the database is newer (schema {0}) than this program")]
    Newer(i64),
    /// The database failed.
    #[error("database: {0}")]
    Database(sqlx::Error),
    /// The object store failed; the innermost cause, without the object's name.
    #[error("object store: {0}")]
    Object(String),
    /// The folder could not be prepared.
    #[error("data folder: {0}")]
    Folder(#[from] std::io::Error),
}

/// SQLite's primary result code for a full disk, and the extended codes of a write that failed.
const SQLITE_FULL: &str = "13";

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let full = error.as_database_error().and_then(|e| e.code()).is_some_and(|code| code == SQLITE_FULL);
        if full { Self::Full } else { Self::Database(error) }
    }
}

impl From<object_store::Error> for StoreError {
    fn from(error: object_store::Error) -> Self {
        let mut cause: &(dyn std::error::Error + 'static) = &error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        match cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind) {
            Some(std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded) => Self::Full,
            Some(kind) => Self::Object(kind.to_string()),
            None if matches!(error, object_store::Error::NotFound { .. }) => Self::Missing("object"),
            None => Self::Object("failed".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use std::io::Write;

    use super::StoreError;

    /// `/dev/full` gives the real ENOSPC that a full disk gives.
    #[test]
    fn a_full_disk_is_told_from_other_failures() {
        let mut full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let source = full.write_all(b"x").unwrap_err();
        let error = object_store::Error::Generic { store: "test", source: Box::new(source) };
        assert!(matches!(StoreError::from(error), StoreError::Full));

        let source = std::fs::File::open("/nonexistent/secret-name").unwrap_err();
        let error = object_store::Error::Generic { store: "test", source: Box::new(source) };
        let StoreError::Object(text) = StoreError::from(error) else { panic!("not an object error") };
        assert!(!text.contains("secret-name"));
    }
}
