//! What is kept: metadata in SQLite ([`MetaStore`]), ciphertext as objects ([`BlobStore`]).
//!
//! Atomicity is the database's. An object is written and durable before the row that names it; a row is deleted before
//! its object. A crash between the two leaves an object that no row names, which the sweeper removes.

mod blob;
mod key;
mod meta;
mod read;
mod space;

pub use blob::{BlobStore, BlobWriter, ObjectRange, StoredObject};
pub use key::{Attempt, ObjectKey};
pub use meta::{
    Account, AccountId, AddedRecipient, Answered, Arrival, BlobContent, BlobState, ClaimedMail,
    ConcernedSender, DeletedBox, DraftRow, Factors, KeysRow, LateSender, LockedDelivery, LockedProof,
    MailEnd, MetaStore, MostTickets, NamedDeputy, NewAccount, NewDelivery, NewKeys, NewMail, NewOpening,
    NewPart, NewPasskey, NewProof, NewSession, NewTicket, OfferedKeys, OpeningRow, OpeningWithFiles, Origin,
    Part, PasskeyRow, RequestRow, Sending, SentRow, SessionEntry, SessionRow, Sheet, SheetObject, StoredBox,
    StoredDelivery, StoredProof, StoredRecipient, StoredTicket, SubmissionRow, Submitting, WaitingRow,
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

/// SQLite's result codes for a write that found no space: `SQLITE_FULL`, and the extended codes `SQLITE_IOERR_WRITE`
/// (a user's quota is used up) and `SQLITE_IOERR_SHMSIZE` (the index of the write-ahead log cannot grow).
const SQLITE_FULL: [&str; 3] = ["13", "778", "4874"];

impl StoreError {
    /// An object's file failed.
    fn of_object(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full,
            std::io::ErrorKind::NotFound => Self::Missing("object"),
            kind => Self::Object(kind.to_string()),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let full = error.as_database_error().and_then(|e| e.code());
        let full = full.is_some_and(|code| SQLITE_FULL.contains(&&*code));
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

    use std::borrow::Cow;

    use sqlx::error::{DatabaseError, ErrorKind};

    use super::StoreError;

    /// An error as SQLite reports it, with its extended result code.
    #[derive(Debug, thiserror::Error)]
    #[error("code {0}")]
    struct Reported(&'static str);

    impl DatabaseError for Reported {
        fn message(&self) -> &str {
            self.0
        }
        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }
        fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
            self
        }
        fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
            self
        }
        fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
            self
        }
        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    #[test]
    fn a_database_without_space_is_told_from_other_failures() {
        let error = |code| StoreError::from(sqlx::Error::Database(Box::new(Reported(code))));
        for code in ["13", "778", "4874"] {
            assert!(matches!(error(code), StoreError::Full), "{code}");
        }
        for code in ["5", "10", "266", "1555"] {
            assert!(matches!(error(code), StoreError::Database(_)), "{code}");
        }
    }

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
