//! The crypto worker: the only client code that links crypto-core and holds keys.
//!
//! There are two of them, as there are two halves of the pages: each a WebAssembly module of its own (`src/bin/`), which
//! contains what its [`Jobs`] reach.
//!
//! Reading order: [`worker`] (messages in and out, what is kept between jobs), `jobs/` (one file a family: what a job
//! means), `journal/` (what a sender's browser keeps), `pipeline/` (how bulk bytes move: source → seal → upload, download → open → sink). Bulk bytes never enter
//! wasm memory: WebCrypto encrypts views of JavaScript buffers, and this code only tells it key and nonce.

mod jobs;
mod journal;
pub mod pipeline;
mod worker;

pub use jobs::{Guest, Jobs, Member};

/// Starts answering messages; called once, when the worker's module has been loaded.
pub fn start<J: Jobs>() {
    // Fails only where there is no worker to listen in, and then there is nobody to tell.
    let _ = worker::listen::<J>();
}
