//! WebCrypto passes the same cases as crypto-core's own cipher, and the browser knows letters as the native tests do, in a
//! real browser.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use crypto_core::testkit::{self, Buffers};
use crypto_worker::pipeline::web_crypto::WebCryptoAead;
use js_sys::Uint8Array;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_model::letters;

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

#[wasm_bindgen_test]
fn passwords_and_names_have_one_form() {
    for (typed, form) in [
        ("Gru\u{308}nkohl", "Grünkohl"),
        ("a\u{327}\u{301}", "á\u{327}"),
        ("\u{1112}\u{1161}\u{11ab}", "한"),
        ("\u{2126} \u{212b}", "Ω Å"),
        // Composed ones that stay apart.
        ("\u{958}", "\u{915}\u{93c}"),
        ("\u{fb01}\u{b2}", "\u{fb01}\u{b2}"),
    ] {
        assert_eq!(letters::composed(typed), form);
        assert_eq!(letters::composed(&letters::decomposed(form)), form);
    }
    assert_eq!(letters::decomposed("ü한"), "u\u{308}\u{1112}\u{1161}\u{11ab}");
    assert_eq!((letters::upper("größe").as_str(), letters::lower("ÄRGER").as_str()), ("GRÖSSE", "ärger"));
}
