//! The pages of Siegel: a single-page application that never sees a key.
//!
//! In reading order: [`boot`](start) takes over from `www/start.js`, [`app`] holds the routes and what all pages share,
//! [`pages`] has one file a page, [`widgets`] what they are made of. Two doors lead out: [`api`] makes every JSON call,
//! [`crypto`] speaks to the worker, which alone links the cryptography. Plain structs and all texts are in `web_model`.
//!
//! The content security policy forbids inline styles, and Trusted Types forbid making elements from text. Leptos makes
//! elements from text where a part of a `view!` below its root is constant; so no such part exists: icons and other
//! constant elements are components whose attributes come from expressions. `boot.js` refuses what slips through.

// The component macro writes `pub` of its own.
#![allow(unreachable_pub)]

mod api;
mod app;
mod browser;
mod crypto;
mod i18n;
mod pages;
mod reading;
mod saving;
mod session;
mod widgets;

use wasm_bindgen::prelude::*;

/// What `boot.js` took out of the address before anything else ran.
#[derive(Clone)]
pub(crate) struct Arrival {
    /// The path it belongs to; a page reached later by a click gets nothing.
    pub(crate) path: String,
    /// What stood after `#`.
    pub(crate) fragment: Option<String>,
    /// The `#` had become `%23`, and so the fragment was sent to the server.
    pub(crate) secret_was_sent: bool,
}

impl Arrival {
    /// The fragment, once, when it belongs to this path.
    pub(crate) fn take(&mut self, path: &str) -> Option<String> {
        if self.path == path { self.fragment.take() } else { None }
    }
}

/// Addresses of scripts that only the page can start.
#[derive(Clone)]
pub(crate) struct Scripts {
    /// The crypto worker.
    pub(crate) worker: String,
    /// The service worker that saves while files arrive.
    pub(crate) saving: String,
}

/// Shows the pages. `worker` and `saving` are the addresses of [`Scripts`].
#[wasm_bindgen]
pub fn start(path: String, fragment: Option<String>, secret_was_sent: bool, worker: String, saving: String) {
    let arrival = Arrival { path, fragment: fragment.filter(|text| !text.is_empty()), secret_was_sent };
    let Some(root) = browser::element("app") else { return };
    leptos::mount::mount_to(root, move || app::app(arrival, Scripts { worker, saving })).forget();
}
