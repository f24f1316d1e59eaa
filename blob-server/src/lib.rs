//! The server: stores ciphertext and delivery metadata and nothing else.
//!
//! A request passes four rooms, each of which calls only the next:
//!
//! ```text
//! server    connections, time limits, draining
//!   http      parse, call, encode; security headers; errors as problem+json
//!     service   the rules: rights, expiry, limits, waits, sweeping
//!       store     metadata in SQLite, ciphertext as objects
//!       mail      letters, and the way to the mail server
//! ```
//!
//! Two walks. **Ciphertext in**: `http::part` reads path, size and digest → `service::upload` checks rights and limits,
//! streams the body through a hash into `store::BlobStore`, then names the object in a row of `store::MetaStore`.
//! **Ciphertext out**: `http::blob` finds the [`service::Opened`] proof in the bearer token → `service::download` plans
//! which objects a blob consists of → the body reads them piece by piece as the client takes them.
//!
//! What must stay absent: of crypto-core this crate names only `login` and `access`, so there is no call path to
//! anything that opens; no plaintext name, size or type of a file; no log line with a URI, a token or an address.

pub mod clock;
pub mod config;
mod connection;
pub mod http;
pub mod logging;
pub mod mail;
pub mod server;
pub mod service;
pub mod store;
mod traffic;
