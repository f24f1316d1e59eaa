//! The pages of Siegel: a single-page application that never sees a key.
//!
//! It has two halves, each a WebAssembly module of its own (`src/bin/`): [`guest`] for those who come with a link,
//! [`member`] for those who have an account. Whoever opens a link loads nothing that only senders need. A click that leads
//! from one half to the other is an ordinary load of a page.
//!
//! In reading order: the halves take over from `www/start.js`, [`app`] is what all pages share, [`pages`] has one file a
//! page, [`widgets`] what they are made of. Two doors lead out: [`api`] makes every JSON call,
//! [`crypto`] speaks to the worker, which alone links the cryptography. Plain structs and all texts are in `web_model`.
//!
//! The content security policy forbids inline styles, and Trusted Types forbid making elements from text. Leptos makes
//! elements from text where a part of a `view!` below its root is constant; so no such part exists: icons and other
//! constant elements are components whose attributes come from expressions. `boot.js` refuses what slips through.

// The component macro writes `pub` of its own.
#![allow(unreachable_pub)]

mod api;
mod app;
mod boxes;
mod browser;
mod crypto;
mod guest;
mod i18n;
mod keys;
mod leaving;
mod member;
mod own_box;
mod pages;
mod passkey;
mod reading;
mod releases;
mod saving;
mod session;
mod strength;
mod widgets;

pub use guest::start as start_guest;
pub use member::start as start_member;

/// What `boot.js` took out of the address before anything else ran.
#[derive(Clone)]
pub struct Arrival {
    /// The path it belongs to; a page reached later by a click gets nothing.
    path: String,
    /// What stood after `#`.
    fragment: Option<String>,
    /// The `#` had become `%23`, and so the fragment was sent to the server.
    secret_was_sent: bool,
}

impl Arrival {
    /// An empty fragment is none.
    #[must_use]
    pub fn new(path: String, fragment: String, secret_was_sent: bool) -> Self {
        Self { path, fragment: Some(fragment).filter(|text| !text.is_empty()), secret_was_sent }
    }

    /// The fragment, once, when it belongs to this path.
    pub(crate) fn take(&mut self, path: &str) -> Option<String> {
        if self.path == path { self.fragment.take() } else { None }
    }
}

/// Addresses of scripts that only the page can start.
#[derive(Clone)]
pub struct Scripts {
    /// The crypto worker.
    pub worker: String,
    /// The service worker that saves while files arrive.
    pub saving: String,
}
