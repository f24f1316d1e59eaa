//! The only bulk transfers.
//!
//! ```text
//! send     File → source → chunk → Sealer → sealed chunk → part → PUT
//! receive  GET → sealed chunk → Opener → chunk → tray (archive) → sink → saved File, or a download of the browser
//! ```

mod body;
mod canary;
pub(crate) mod download;
mod gate;
pub(crate) mod http;
pub(crate) mod meter;
mod outlet;
pub(crate) mod receipt;
mod silence;
pub(crate) mod sink;
mod source;
pub(crate) mod timer;
pub(crate) mod track;
pub(crate) mod upload;
pub mod web_crypto;

use std::rc::Rc;

use web_model::protocol::Failure;
use web_sys::{AbortController, AbortSignal};

use self::gate::Gate;

/// Stops a job's transfers: for good, or for a while.
#[derive(Clone)]
pub(crate) struct Cancel {
    controller: AbortController,
    gate: Rc<Gate>,
}

impl Cancel {
    pub(crate) fn new() -> Result<Self, Failure> {
        let controller = AbortController::new().map_err(|_| Failure::Internal)?;
        Ok(Self { controller, gate: Rc::default() })
    }
    pub(crate) fn cancel(&self) {
        self.controller.abort();
        // Who waits in a pause finds out that it is over.
        self.gate.set_closed(false);
    }
    pub(crate) fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }
    /// [`Failure::Cancelled`] once the job was cancelled.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.signal().aborted() { Err(Failure::Cancelled) } else { Ok(()) }
    }
    /// Begins or ends a pause.
    pub(crate) fn pause(&self, pause: bool) {
        self.gate.set_closed(pause);
    }
    /// Ends when nothing is paused (any more); [`Failure::Cancelled`] once the job was cancelled.
    pub(crate) async fn passable(&self) -> Result<(), Failure> {
        self.gate.until(false).await;
        self.check()
    }
    /// Ends when a pause begins.
    pub(crate) async fn paused(&self) {
        self.gate.until(true).await;
    }
}

/// A size or position as JavaScript counts; exact up to 2^53, far above any file.
#[allow(clippy::cast_precision_loss, reason = "files end long before 2^53 bytes")]
pub(crate) fn number(bytes: u64) -> f64 {
    bytes as f64
}
