//! `member-app_bg.wasm`: the pages of those who have an account here. All code is in the library; what of it is reached
//! from here is all that they load.

use wasm_bindgen::prelude::*;
use web_app::{Arrival, Scripts};

fn main() {}

/// Shows the page; called by `start.js`.
#[wasm_bindgen]
pub fn start(
    path: String,
    fragment: String,
    secret_was_sent: bool,
    worker: String,
    saving: String,
    strength: String,
) {
    web_app::start_member(
        Arrival::new(path, fragment, secret_was_sent),
        Scripts { worker, saving },
        strength,
    );
}
