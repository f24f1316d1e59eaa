//! The real server on a free port with a fresh folder, driven by HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// One binary of modules: `pub` is for the neighbours.
#![allow(unreachable_pub)]

mod authorisation;
mod downloads;
mod drafts;
mod expiry;
mod hardening;
mod harness;
mod lifecycle;
mod limits;
mod logs;
mod openings;
mod pages;
mod sessions;
mod uploads;
