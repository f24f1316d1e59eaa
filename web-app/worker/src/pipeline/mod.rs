//! The only bulk transfers.
//!
//! ```text
//! send     File → source → chunk → Sealer → sealed chunk → part → PUT
//! receive  GET → sealed chunk → Opener → chunk → sink → saved File
//! ```

mod body;
pub(crate) mod download;
pub(crate) mod http;
pub(crate) mod meter;
pub(crate) mod sink;
mod timer;
pub(crate) mod upload;
pub mod web_crypto;

use wasm_bindgen::JsValue;
use web_model::protocol::Failure;
use web_sys::{AbortController, AbortSignal};

/// Stops a job's transfers.
#[derive(Clone)]
pub(crate) struct Cancel(AbortController);

impl Cancel {
    pub(crate) fn new() -> Result<Self, Failure> {
        AbortController::new().map(Self).map_err(|_| Failure::Internal)
    }
    pub(crate) fn cancel(&self) {
        self.0.abort();
    }
    pub(crate) fn signal(&self) -> AbortSignal {
        self.0.signal()
    }
    /// [`Failure::Cancelled`] once the job was cancelled.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.0.signal().aborted() { Err(Failure::Cancelled) } else { Ok(()) }
    }
}

/// A size or position as JavaScript counts; exact up to 2^53, far above any file.
#[allow(clippy::cast_precision_loss, reason = "files end long before 2^53 bytes")]
pub(crate) fn number(bytes: u64) -> f64 {
    bytes as f64
}

/// The name of a JavaScript error, such as `NotReadableError`.
pub(crate) fn error_name(error: &JsValue) -> String {
    js_sys::Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_default()
}
