//! What the end-to-end tests stand on: the real server, real browsers, and everyone who may stand between them.
//!
//! In reading order:
//!
//! 1. [`journey`]: one test: starts servers and browsers, keeps the evidence when it fails.
//! 2. [`server`]: the product's own binary on a fresh folder.
//! 3. [`browser`]: one browser profile, driven by WebDriver.
//! 4. [`person`]: what people do with it: set up, log in, send, open, save.
//! 5. [`secupass`]: the steps that levels 3 and 4 add.
//! 6. [`proxy`]: what stands between browser and server: an observer who keeps all, an attacker who changes answers.
//! 7. [`line`]: what carries the bytes, and breaks.
//! 8. [`canary`]: finding a secret in whatever form it leaked.
//! 9. [`mail`]: what arrives in people's mailboxes, and a real mail server.
//! 10. [`crowd`]: people by the hundred, for those who send to them; [`keys`]: what somebody's recovery code opens.
//! 11. [`axe`], [`files`], [`link`], [`memory`], [`port`], [`wait`]: the tools.
//!
//! The product is driven through browser and HTTP alone: its paths and element ids are spelled a second time on purpose. Who
//! renames one finds out. Only [`crowd`] and [`keys`] link crates of the product.

pub mod axe;
pub mod browser;
pub mod canary;
pub mod crowd;
pub mod files;
pub mod journey;
pub mod keys;
pub mod line;
pub mod link;
pub mod mail;
pub mod memory;
pub mod person;
pub mod port;
pub mod proxy;
pub mod secupass;
pub mod server;
pub mod wait;

use std::path::{Path, PathBuf};

/// The root of the workspace: where `target/` and `node_modules/` lie.
pub fn workspace() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_path_buf()
}
