//! The web app's files.

use reqwest::{Method, Response};

use crate::harness::*;

async fn get(server: &Running, path: &str, accept: &str) -> Response {
    server.call(Method::GET, path).header("accept-encoding", accept).send().await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn every_path_of_the_app_shows_its_page() {
    let server = Running::start(&[]).await;
    let id = "AAAAAAAAAAAAAAAAAAAAAA";
    for (path, status) in [
        ("/".to_owned(), 200),
        ("/setup".to_owned(), 200),
        ("/login".to_owned(), 200),
        ("/new".to_owned(), 200),
        (format!("/d/{id}"), 200),
        (format!("/d/{id}?utm=1"), 200),
        (format!("/d/{id}%231.secret."), 404),
        (format!("/d/{id}%2523x"), 404),
        (format!("/d/{id}/"), 404),
        ("/d/short".to_owned(), 404),
        ("/d/".to_owned(), 404),
        ("/d/%ff".to_owned(), 404),
        ("/index.html".to_owned(), 404),
        ("/guest-index.html".to_owned(), 404),
        ("/member-index.html".to_owned(), 404),
        ("/../etc/passwd".to_owned(), 404),
        ("/assets/../index.html".to_owned(), 404),
        ("/assets/gone.js".to_owned(), 404),
        ("/wp-login.php".to_owned(), 404),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let response = server.call(method.clone(), &path).send().await.unwrap();
            assert_eq!(response.status(), status, "{path}");
            assert_eq!(header(&response, "content-type"), "text/html; charset=utf-8");
            assert_eq!(header(&response, "cache-control"), "no-cache");
            let body = response.text().await.unwrap();
            let page = if path.starts_with("/d/") { "<!doctype html>guest" } else { "<!doctype html>member" };
            assert_eq!(body, if method == Method::GET { page } else { "" });
        }
    }
}

#[tokio::test]
async fn files_are_compressed_and_cached() {
    let server = Running::start(&[]).await;
    for (accept, encoding, body) in [
        ("gzip, deflate, br, zstd", "br", "script in brotli"),
        ("gzip", "gzip", "script in gzip"),
        ("br;q=0, gzip;q=0.5", "gzip", "script in gzip"),
        ("identity", "", "script"),
        ("zstd", "", "script"),
    ] {
        let response = get(&server, "/assets/app-0123.js", accept).await;
        assert_eq!((response.status().as_u16(), header(&response, "content-encoding")), (200, encoding));
        assert_eq!(header(&response, "content-type"), "text/javascript; charset=utf-8");
        assert_eq!(header(&response, "cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(header(&response, "vary"), "accept-encoding");
        assert_eq!(header(&response, "content-length"), body.len().to_string());
        assert_eq!(response.text().await.unwrap(), body);
    }
    let wasm = get(&server, "/assets/app-4567.wasm", "br").await;
    assert_eq!((header(&wasm, "content-type"), header(&wasm, "content-encoding")), ("application/wasm", ""));
    let icon = get(&server, "/favicon.svg", "br").await;
    assert_eq!(
        (header(&icon, "content-type"), header(&icon, "cache-control")),
        ("image/svg+xml", "no-cache")
    );
    // The compressed form has no address of its own.
    assert_eq!(get(&server, "/assets/app-0123.js.br", "br").await.status(), 404);
}

#[tokio::test]
async fn an_unchanged_page_is_not_sent_again() {
    let server = Running::start(&[]).await;
    let page = get(&server, "/", "br").await;
    let tag = header(&page, "etag").to_owned();
    let again = server.call(Method::GET, "/login").header("if-none-match", &tag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    let missing = server.call(Method::GET, "/missing").header("if-none-match", &tag).send().await.unwrap();
    assert_eq!(missing.status(), 404);
}

#[tokio::test]
async fn files_are_looked_at_in_a_page_that_shares_nothing() {
    let server = Running::start(&[]).await;
    // However the path is written: where the page is served, it is sandboxed.
    for path in ["/preview.html", "/preview.html?x", "//preview.html"] {
        let frame = get(&server, path, "br").await;
        let csp = header(&frame, "content-security-policy");
        assert!(csp.starts_with("sandbox allow-scripts; default-src 'none'; "), "{path}: {csp}");
        let own = format!("script-src 'self' {}/assets/ 'wasm-unsafe-eval';", server.origin());
        assert!(csp.contains(&own), "{csp}");
        for part in ["connect-src 'none'", "form-action 'none'", "base-uri 'none'", "frame-ancestors 'self'"]
        {
            assert!(csp.contains(part), "{part}");
        }
        assert!(!csp.contains("unsafe-inline") && !csp.contains("'unsafe-eval'"), "{csp}");
        assert_eq!(header(&frame, "x-frame-options"), "SAMEORIGIN");
        assert_eq!(header(&frame, "x-content-type-options"), "nosniff");
        assert_eq!(header(&frame, "cross-origin-embedder-policy"), "require-corp");
        assert_eq!(header(&frame, "cross-origin-resource-policy"), "cross-origin");
        assert_eq!(header(&frame, "access-control-allow-origin"), "");
        assert_eq!(frame.text().await.unwrap(), "<!doctype html>frame");
    }
    // A host that could write into the policy is left out of it.
    let frame = server
        .foreign_call(Method::GET, "/preview.html")
        .header("host", "x;script-src")
        .send()
        .await
        .unwrap();
    assert!(!header(&frame, "content-security-policy").contains("x;"), "{:?}", frame.headers());
    // An opaque origin loads even our scripts as those of a stranger; no other page is open to strangers.
    for (path, allowed) in [("/assets/preview-8901.js", "*"), ("/assets/app-0123.js", ""), ("/", "")] {
        let asset = get(&server, path, "br").await;
        assert_eq!(header(&asset, "access-control-allow-origin"), allowed, "{path}");
        assert!(header(&asset, "content-security-policy").contains("frame-ancestors 'none'"));
        assert_eq!(header(&asset, "cross-origin-resource-policy"), "same-origin");
    }
}
