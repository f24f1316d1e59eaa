//! A link as a QR code, drawn as one path of an SVG.

use std::fmt::Write as _;

use leptos::prelude::*;
use qrcodegen::{QrCode, QrCodeEcc};

/// Blank modules around the code; readers expect four.
const QUIET: i32 = 4;

/// The code, or nothing for a text too long for any code.
#[component]
pub(crate) fn Qr(
    #[prop(default = "qr")] id: &'static str,
    text: String,
    #[prop(into)] label: Signal<String>,
) -> impl IntoView {
    QrCode::encode_text(&text, QrCodeEcc::Medium).ok().map(|code| {
        let side = code.size() + 2 * QUIET;
        view! {
            <svg id=id class="qr" role="img" aria-label=move || label.get() viewBox=format!("0 0 {side} {side}")>
                <path class="qr__paper" d=format!("M0 0h{side}v{side}h-{side}z")></path>
                <path class="qr__ink" d=outline(&code)></path>
            </svg>
        }
    })
}

/// One rectangle for each run of dark modules in a row.
fn outline(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let start = x;
            while code.get_module(x, y) {
                x += 1;
            }
            if x > start {
                // Writing to a string does not fail.
                let _ = write!(path, "M{} {}h{}v1h-{}z", start + QUIET, y + QUIET, x - start, x - start);
            }
            x += 1;
        }
    }
    path
}
