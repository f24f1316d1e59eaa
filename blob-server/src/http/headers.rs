//! Security headers, the same on every answer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::App;
use super::client::own_origin;

/// Nothing from elsewhere, nothing inline, nothing framed; wasm may be compiled; no sink takes a string unless the boot
/// script's policy lets it through.
const CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; \
     worker-src 'self'; img-src 'self' blob: data:; font-src 'self'; frame-src 'self'; form-action 'none'; base-uri 'none'; \
     frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types default";

/// For the page in which received files are looked at. Its origin is opaque, even when it is opened by itself: it shares
/// nothing with the web app, and no request leaves it but for our own scripts and styles. `blob:` there are pictures
/// and the PDF worker that the page makes itself. `own` is where our assets are: WebKit finds no `'self'` in a sandbox.
fn frame_csp(own: &str) -> String {
    format!(
        "sandbox allow-scripts; default-src 'none'; script-src 'self' {own} 'wasm-unsafe-eval'; \
         style-src 'self' {own}; img-src blob:; worker-src blob: {own}; connect-src 'none'; form-action 'none'; \
         base-uri 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types preview"
    )
}

/// For pages of the server's own that have text and links and nothing else.
const SCRIPTLESS_CSP: &str =
    "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Marks the answer that is such a page.
#[derive(Clone, Copy)]
pub(super) struct Scriptless;

/// Marks the answer that is the page for received files.
#[derive(Clone, Copy)]
pub(super) struct Sandboxed;

/// Where our assets are as a source for a policy; empty when the request's host is not one that could stand there.
fn own_assets(request: &Request, app: &App) -> String {
    let origin = own_origin(request.uri(), request.headers(), &app.service.settings).unwrap_or_default();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || ":/.-_[]".contains(letter);
    if origin.is_empty() || !origin.chars().all(plain) { String::new() } else { format!("{origin}/assets/") }
}

/// Every power of the browser that the product does not need. Copying a link needs none of them; passkeys are for our own
/// pages.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), \
     encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), identity-credentials-get=(), \
     idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), \
     publickey-credentials-create=(self), publickey-credentials-get=(self), screen-wake-lock=(), serial=(), \
     storage-access=(), usb=(), xr-spatial-tracking=()";

const ALWAYS: &[(&str, &str)] = &[
    ("content-security-policy", CSP),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", PERMISSIONS),
    ("x-robots-tag", "noindex, nofollow"),
];

/// A year, once a browser has seen https.
const HSTS: &str = "max-age=31536000";

/// Adds the headers. What says nothing about caching is not cached.
pub(super) async fn add(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let own = own_assets(&request, &app);
    let mut response = next.run(request).await;
    let frame = response.extensions().get::<Sandboxed>().and_then(|_| frame_csp(&own).try_into().ok());
    let scriptless = response.extensions().get::<Scriptless>().is_some();
    let headers: &mut HeaderMap = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if scriptless {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SCRIPTLESS_CSP));
    }
    if let Some(csp) = frame {
        headers.insert(header::CONTENT_SECURITY_POLICY, csp);
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
        // To Firefox the sandbox is of another origin than the page around it. Who may frame it says the policy.
        let anyone = HeaderValue::from_static("cross-origin");
        headers.insert(HeaderName::from_static("cross-origin-resource-policy"), anyone);
    }
    if app.service.settings.public_url.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
