//! The wire between browser and server: every path, header and JSON body, spelled once and used by both sides.
//!
//! This crate has no logic. Opaque byte strings travel as unpadded base64url; sizes are in bytes; times are
//! seconds since 1970-01-01T00:00:00Z.

mod body;
mod bytes;
mod id;
pub mod path;
mod problem;
mod schema;
mod state;

pub use body::*;
pub use bytes::{Hidden, Opaque, Token};
pub use id::{AccountId, BlobId, BoxId, DeliveryId, IdError, PasskeyId, RecipientId, SessionId, TicketId};
pub use problem::{Problem, ProblemKind};
pub use state::{RecipientState, Step};

/// Seconds since 1970-01-01T00:00:00Z.
pub type UnixSeconds = i64;

/// Plaintext bytes in one chunk of a file: 256 KiB.
pub const CHUNK_BYTES: u64 = 1 << 18;
/// Chunks in one uploaded part.
pub const CHUNKS_PER_PART: u64 = 32;
/// The largest part the server accepts: 32 sealed chunks of 256 KiB with their tags, and the file header.
pub const MAX_PART_BYTES: u64 = CHUNKS_PER_PART * (CHUNK_BYTES + 16) + 72;
/// The largest encrypted manifest the server accepts: room for some ten thousand files.
pub const MAX_COVER_BYTES: u64 = 4 << 20;
/// The largest JSON body that a browser sends.
pub const MAX_JSON_BYTES: usize = 64 << 10;
/// The largest JSON body that holds what was sealed: a vault, or the grants of all recipients.
pub const MAX_SEALED_JSON_BYTES: usize = 1 << 20;

/// The longest e-mail address (RFC 5321 §4.5.3.1).
pub const MAX_EMAIL_BYTES: usize = 254;
/// The longest display name.
pub const MAX_NAME_CHARS: usize = 100;
/// Most recipients of one delivery.
pub const MAX_RECIPIENTS: u16 = 100;
/// The longest life of a delivery that an operator can allow.
pub const MAX_DAYS: u16 = 3650;

/// Header of a part: its SHA-256 as RFC 9530 writes it, `sha-256=:BASE64:`.
pub const CONTENT_DIGEST: &str = "content-digest";
/// Header of a part that is all of its file, with the value `?1`; called and written as in the IETF's resumable uploads.
pub const UPLOAD_COMPLETE: &str = "upload-complete";
