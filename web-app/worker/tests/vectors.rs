//! WebCrypto passes the same cases as crypto-core's own cipher, in a real browser.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use crypto_core::testkit::{self, Buffers};
use crypto_worker::pipeline::web_crypto::WebCryptoAead;
use js_sys::Uint8Array;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
async fn web_crypto_passes_the_testkit() {
    let buffers = Buffers::<WebCryptoAead> {
        plain: |bytes| Uint8Array::from(bytes),
        sealed: |bytes| Uint8Array::from(bytes),
        plain_bytes: |view| view.to_vec(),
        sealed_bytes: |view| view.to_vec(),
    };
    for (name, text) in testkit::CASES {
        if let Err(difference) = testkit::run(text, &buffers).await {
            panic!("{name}: {difference}");
        }
    }
}
