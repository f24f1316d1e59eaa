//! The binary that becomes `web-app_bg.wasm`. All code is in the library; `boot.js` calls its [`web_app::start`].

use web_app as _;

fn main() {}
