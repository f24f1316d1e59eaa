//! The web app's files, and the pages that its paths show: one for each half of it.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64ct::{Base64UrlUnpadded, Encoding};
use blob_api::{BoxSettings, DeliveryId};
use sha2::{Digest, Sha256};

use super::App;
use super::error::Failure;
use super::headers::Sandboxed;
use super::range::matches_tag;

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/web.rs"));
}

/// Paths of the web app and of its files, as the router matches them and the log shows them.
pub(super) const PATHS: &[&str] = &[
    "/",
    "/setup",
    "/login",
    "/register",
    "/reset",
    "/new",
    "/answer/{delivery}",
    "/settings",
    "/inbox",
    "/inbox/{delivery}",
    "/release",
    "/requests",
    "/sent",
    "/sent/{delivery}",
    "/d/{delivery}",
    "/r/{delivery}",
    "/t/{ticket}",
    "/box/{name}",
    "/preview.html",
    "/assets/{*file}",
];

/// The page for those who come with a link, and the one for all else.
const GUEST: &str = "guest-index.html";
const MEMBER: &str = "member-index.html";
/// Below it are the addresses that links have.
const LINKS: &str = "/d/";
/// Pages of one thing: a delivery's link, its link where an account is needed, a ticket's link, an answer to a delivery, and what became of it for both sides.
const WITH_ID: [&str; 6] = [LINKS, "/r/", "/t/", "/answer/", "/inbox/", "/sent/"];
/// The page of a submit box, by its name.
const BOX: &str = "/box/";
/// The other pages.
const PAGES: &[&str] = &[
    "/",
    "/setup",
    "/login",
    "/register",
    "/reset",
    "/new",
    "/settings",
    "/inbox",
    "/release",
    "/requests",
    "/sent",
];
/// The page in which received files are looked at, with headers of its own.
const FRAME: &str = "preview.html";
/// What that page loads. Its origin is opaque, and so all of it comes from another one.
const FOR_FRAME: &str = "assets/preview";
/// The service worker, and the paths it may answer: downloads that the web app fills, which never reach the server.
const SAVING: (&str, &str) = ("assets/sw-", "/save/");
/// What stands there when the server was built without its web app.
const NO_WEB_APP: &str =
    "This server was built without its web app. Build and start both with: cargo xtask serve\n";
/// Files below this folder have their content's hash in their name.
const HASHED: &str = "assets/";

/// The web app's files, by path without leading slash.
pub struct Assets {
    files: HashMap<String, Asset>,
}

struct Asset {
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
    /// Entity tag of the content, the same for each way it is compressed, and therefore sent as a weak one.
    tag: String,
}

impl Assets {
    /// The files that the build put into this program.
    pub fn embedded() -> Self {
        Self::new(embedded::FILES.iter().map(|(name, bytes)| ((*name).to_owned(), Bytes::from_static(bytes))))
    }

    /// Files by name; `NAME.br` and `NAME.gz` are taken as `NAME` compressed.
    pub fn new(files: impl IntoIterator<Item = (String, Bytes)>) -> Self {
        let mut all: HashMap<String, Bytes> = files.into_iter().collect();
        let names: Vec<String> = all.keys().filter(|name| !is_compressed(name)).cloned().collect();
        let asset = |name: String| {
            let plain = all.remove(&name).unwrap_or_default();
            let (brotli, gzip) = (all.remove(&format!("{name}.br")), all.remove(&format!("{name}.gz")));
            let tag = format!("\"{}\"", Base64UrlUnpadded::encode_string(&Sha256::digest(&plain)[..16]));
            (name, Asset { plain, brotli, gzip, tag })
        };
        Self { files: names.into_iter().map(asset).collect() }
    }

    /// Was this program built without its web app?
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    fn respond(&self, path: &str, request: &HeaderMap) -> Response {
        let name = path.trim_start_matches('/');
        match self.files.get(name) {
            Some(asset) if name == FRAME => {
                let mut response = asset.respond(name, StatusCode::OK, request);
                response.extensions_mut().insert(Sandboxed);
                response
            }
            Some(asset) if name != GUEST && name != MEMBER => asset.respond(name, StatusCode::OK, request),
            _ => {
                let status = if is_page(path) { StatusCode::OK } else { StatusCode::NOT_FOUND };
                let index = if path.starts_with(LINKS) { GUEST } else { MEMBER };
                match self.files.get(index) {
                    Some(page) => page.respond(index, status, request),
                    None => (status, NO_WEB_APP).into_response(),
                }
            }
        }
    }
}

impl Asset {
    fn respond(&self, name: &str, status: StatusCode, request: &HeaderMap) -> Response {
        let caching =
            if name.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
        let mut headers = HeaderMap::from_iter([
            (header::CONTENT_TYPE, HeaderValue::from_static(media_type(name))),
            (header::CACHE_CONTROL, HeaderValue::from_static(caching)),
            (header::VARY, HeaderValue::from_static("accept-encoding")),
        ]);
        if let Ok(tag) = HeaderValue::try_from(format!("W/{}", self.tag)) {
            headers.insert(header::ETAG, tag);
        }
        if name.starts_with(FOR_FRAME) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
        if name.starts_with(SAVING.0) {
            headers.insert("service-worker-allowed", HeaderValue::from_static(SAVING.1));
        }
        let known = request.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
        if status == StatusCode::OK && known.is_some_and(|tags| matches_tag(tags, &self.tag)) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        let (encoding, bytes) = self.best(request);
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        headers.insert(header::CONTENT_LENGTH, bytes.len().into());
        (status, headers, Body::from(bytes.clone())).into_response()
    }

    /// The smallest form that the browser takes.
    fn best(&self, request: &HeaderMap) -> (Option<&'static str>, &Bytes) {
        let takes = |encoding| accepts(request, encoding);
        match (&self.brotli, &self.gzip) {
            (Some(brotli), _) if takes("br") => (Some("br"), brotli),
            (_, Some(gzip)) if takes("gzip") => (Some("gzip"), gzip),
            _ => (None, &self.plain),
        }
    }
}

fn is_compressed(name: &str) -> bool {
    name.ends_with(".br") || name.ends_with(".gz")
}

/// Does `Accept-Encoding` name this encoding, and not with weight 0?
fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    let values = request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|one| {
        let mut words = one.split(';').map(str::trim);
        let named = words.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let refused = words.filter_map(|word| word.strip_prefix("q=")).any(|q| q.parse() == Ok(0.0));
        named && !refused
    })
}

/// Has the web app a page at this path? A path with the link's secret in it (`/d/<id>%23…`) is no page: it gets the same
/// document with status 404, whose script repairs it, and never a redirect, which would carry the secret on.
fn is_page(path: &str) -> bool {
    if let Some(name) = path.strip_prefix(BOX) {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        return BoxSettings::NAME_CHARS.contains(&name.len()) && name.bytes().all(is_name);
    }
    match WITH_ID.iter().find_map(|page| path.strip_prefix(page)) {
        Some(delivery) => delivery.parse::<DeliveryId>().is_ok(),
        None => PAGES.contains(&path),
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

pub(super) async fn get(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Response {
    app.assets.respond(uri.path(), &headers)
}

/// Every path that no route matches: a file beside the page, or the page that says there is nothing.
pub(super) async fn fallback(
    State(app): State<Arc<App>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let path = uri.path();
    let readable = matches!(method, Method::GET | Method::HEAD);
    if path == "/api" || path.starts_with("/api/") || !readable {
        return Err(Failure::NotFound);
    }
    Ok(app.assets.respond(path, &headers))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn encodings() {
        let takes = |value: &str, encoding| {
            accepts(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, value.parse().unwrap())]), encoding)
        };
        assert!(takes("gzip, deflate, br, zstd", "br"));
        assert!(takes("BR;q=0.5", "br"));
        assert!(!takes("gzip, br;q=0", "br"));
        assert!(!takes("gzip, br; q=0.000", "br"));
        assert!(!takes("brotli", "br"));
    }

    #[test]
    fn pages_and_other_paths() {
        let with_id = WITH_ID.map(|page| format!("{page}AAAAAAAAAAAAAAAAAAAAAA"));
        let boxes = ["/box/bauamt", "/box/Amt-7"];
        for path in PAGES.iter().copied().chain(boxes).chain(with_id.iter().map(String::as_str)) {
            assert!(is_page(path), "{path}");
        }
        for path in [
            "/d/",
            "/d/AAAA",
            "/d/AAAAAAAAAAAAAAAAAAAAAA%231.x",
            "/d/AAAAAAAAAAAAAAAAAAAAAA/",
            "/sent/AAAA",
            "/box/",
            "/box/ab",
            "/box/bauamt/",
            "/box/bauamt%231b.x",
            "/x",
            "//",
            "/guest-index.html",
            "/member-index.html",
        ] {
            assert!(!is_page(path), "{path}");
        }
    }
}
