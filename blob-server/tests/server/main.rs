//! The real server on a free port with a fresh folder, driven by HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// One binary of modules: `pub` is for the neighbours.
#![allow(unreachable_pub)]

mod access_table;
mod accounts;
mod answers;
mod authorisation;
mod boxes;
mod crash;
mod deputies;
mod disk;
mod downloads;
mod drafts;
mod enumeration;
mod expiry;
mod grants;
mod hardening;
mod harness;
mod http2;
mod keys;
mod lifecycle;
mod limits;
mod logs;
mod mail;
mod mailbox;
mod notices;
mod openapi;
mod openings;
mod pages;
mod passkeys;
mod program;
mod recipients;
mod requests;
mod second_factor;
mod sessions;
mod settings;
mod submissions;
mod tickets;
mod upgrade;
mod uploads;
