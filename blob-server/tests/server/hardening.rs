//! What every answer carries, and what is turned away.

use std::time::Duration;

use blob_api::*;
use reqwest::{Method, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::*;

#[tokio::test]
async fn every_answer_is_locked_down() {
    let server = Running::start(&[]).await;
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/d/AAAAAAAAAAAAAAAAAAAAAA"),
        (Method::GET, "/nothing/here"),
        (Method::GET, "/assets/app-0123.js"),
        (Method::GET, "/favicon.svg"),
        (Method::GET, path::HEALTH),
        (Method::GET, path::INSTANCE),
        (Method::GET, path::SESSION),
        (Method::GET, "/api/nothing"),
        (Method::PATCH, path::SESSION),
        (Method::POST, path::LOGIN_START),
    ] {
        let response = server.call(method.clone(), path).send().await.unwrap();
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        let csp = header("content-security-policy");
        assert!(csp.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "), "{path}");
        assert!(
            !csp.contains("unsafe-inline") && !csp.contains("'unsafe-eval'") && !csp.contains("  "),
            "{csp}"
        );
        for part in [
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(csp.contains(part), "{part}");
        }
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(header("cross-origin-embedder-policy"), "require-corp");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(header("x-robots-tag"), "noindex, nofollow");
        let permissions = header("permissions-policy");
        assert!(
            permissions.contains("camera=()") && permissions.contains("publickey-credentials-get=(self)")
        );
        assert_eq!(header("x-request-id").len(), 16);
        assert!(!response.headers().contains_key("strict-transport-security"), "plain http");
        assert!(!response.headers().contains_key("server"));
        assert!(!response.status().is_redirection(), "{path}");
        if path.starts_with("/api") {
            assert_eq!(header("cache-control"), "no-store");
        }
    }
}

#[tokio::test]
async fn methods_and_paths_that_do_not_exist() {
    let server = Running::start(&[]).await;
    for (path, method, allowed) in [
        (path::INSTANCE.to_owned(), Method::POST, "GET,HEAD"),
        (path::DELIVERIES.to_owned(), Method::GET, "POST"),
        (path::SESSION.to_owned(), Method::PUT, "GET,HEAD,DELETE"),
        (path::cover(&DeliveryId([0; 16])), Method::DELETE, "PUT,GET,HEAD"),
        (path::part(&DeliveryId([0; 16]), &BlobId([0; 16]), 0), Method::GET, "PUT"),
        ("/".to_owned(), Method::POST, "GET,HEAD"),
    ] {
        let response = server.call(method, &path).send().await.unwrap();
        assert_eq!(response.headers()["allow"], allowed, "{path}");
        refused(response, ProblemKind::MethodNotAllowed).await;
    }
    for path in ["/api", "/api/", "/api/nothing", "/api/deliveries/x/y/z", "/api/instance/"] {
        refused(server.get(path).await, ProblemKind::NotFound).await;
    }
    refused(server.call(Method::POST, "/nothing").send().await.unwrap(), ProblemKind::NotFound).await;
}

#[tokio::test]
async fn other_sites_are_turned_away() {
    let (server, admin) = Running::with_admin(&[]).await;
    let own = server.origin();
    let create = async |headers: &[(&'static str, &str)]| {
        let request = server.foreign_call(Method::POST, path::DELIVERIES).header("cookie", &admin.cookie);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.json(&Sealed::new(&[]).create_body()).send().await.unwrap()
    };
    let port = server.address().port();
    for headers in [
        vec![("origin", own.as_str())],
        vec![("origin", own.as_str()), ("sec-fetch-site", "same-origin")],
        vec![("sec-fetch-site", "same-origin")],
        vec![("origin", "http://LOCALHOST:5"), ("host", "localhost:5")],
    ] {
        assert_eq!(create(&headers).await.status(), 201, "{headers:?}");
    }
    for headers in [
        vec![],
        vec![("origin", "null")],
        vec![("origin", "")],
        vec![("origin", "https://evil.example")],
        vec![("origin", &own.replace("http", "https"))],
        vec![("origin", "http://127.0.0.1")],
        vec![("origin", &format!("http://localhost:{port}"))],
        vec![("origin", &format!("{own}.evil.example"))],
        vec![("origin", own.as_str()), ("sec-fetch-site", "cross-site")],
        vec![("origin", own.as_str()), ("sec-fetch-site", "same-site")],
        vec![("origin", own.as_str()), ("sec-fetch-site", "none")],
        vec![("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
        // Nobody but a trusted proxy can claim https.
        vec![("origin", &own.replace("http", "https")), ("x-forwarded-proto", "https")],
    ] {
        refused(create(&headers).await, ProblemKind::ForeignOrigin).await;
    }
    // Logging out and bearer requests are asked for it too.
    let response =
        server.foreign_call(Method::DELETE, path::SESSION).header("cookie", &admin.cookie).send().await;
    refused(response.unwrap(), ProblemKind::ForeignOrigin).await;
    let response = server.foreign_call(Method::POST, &path::openings(&DeliveryId([0; 16]))).send().await;
    refused(response.unwrap(), ProblemKind::ForeignOrigin).await;
}

#[tokio::test]
async fn behind_a_reverse_proxy() {
    let proxied = ["--trusted-proxies", "127.0.0.1", "--public-url", "https://siegel.example"];
    let server = Running::start(&proxied).await;
    let start = async |server: &Running, origin: &str, headers: &[(&'static str, &str)]| {
        let request = server.foreign_call(Method::POST, path::LOGIN_START).header("origin", origin);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.json(&LoginStart { email: "a@b".to_owned(), request: Opaque(vec![]) }).send().await.unwrap()
    };
    let forwarded = [("host", "siegel.example"), ("x-forwarded-proto", "https")];
    refused(start(&server, "https://siegel.example", &forwarded).await, ProblemKind::BadRequest).await;
    refused(start(&server, "http://siegel.example", &forwarded).await, ProblemKind::ForeignOrigin).await;
    // The public address alone counts, whatever `Host` the proxy hands on.
    refused(start(&server, "https://siegel.example", &[]).await, ProblemKind::BadRequest).await;
    refused(start(&server, "https://SIEGEL.example", &forwarded).await, ProblemKind::BadRequest).await;
    let own = server.origin();
    refused(start(&server, &own, &[]).await, ProblemKind::ForeignOrigin).await;
}

#[tokio::test]
async fn bodies_of_the_wrong_kind() {
    let server = Running::start(&[]).await;
    let post = |kind: &str, body: Vec<u8>| {
        server.call(Method::POST, path::LOGIN_START).header("content-type", kind).body(body).send()
    };
    for kind in ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"] {
        refused(post(kind, b"{}".to_vec()).await.unwrap(), ProblemKind::UnsupportedMedia).await;
    }
    refused(post("Application/JSON; charset=utf-8", b"{}".to_vec()).await.unwrap(), ProblemKind::BadRequest)
        .await;
    let huge = vec![b' '; MAX_JSON_BYTES + 1];
    refused(post("application/json", huge).await.unwrap(), ProblemKind::TooLarge).await;
    for encoding in ["gzip", "br", "deflate", "x"] {
        let request = server.call(Method::POST, path::LOGIN_START).header("content-encoding", encoding);
        let request = request.header("content-type", "application/json").body("{}");
        refused(request.send().await.unwrap(), ProblemKind::UnsupportedMedia).await;
    }
}

/// Sends raw bytes and reads until the server closes.
async fn raw(server: &Running, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    read.expect("the server must close").unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Sends a request in two halves; what the server answers after the second, and whether it waited for it.
async fn in_halves(server: &Running, headers: &str) -> (String, bool) {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let head = format!("PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n{headers}\r\n");
    stream.write_all(&[head.as_bytes(), &[0; 100_000]].concat()).await.unwrap();
    let mut answer = vec![0; 12];
    let early = tokio::time::timeout(Duration::from_millis(500), stream.peek(&mut answer)).await;
    stream.write_all(&[0; 100_000]).await.unwrap();
    stream.read_exact(&mut answer).await.unwrap();
    (String::from_utf8(answer).unwrap(), early.is_err())
}

#[tokio::test]
async fn whoever_still_sends_is_heard_out_before_any_refusal() {
    let server = Running::start(&["--requests-per-second", "1"]).await;
    let (answer, waited) = in_halves(&server, "Content-Encoding: gzip\r\n").await;
    assert_eq!((answer.as_str(), waited), ("HTTP/1.1 415", true));
    for _ in 0..20 {
        server.get(path::INSTANCE).await;
    }
    let (answer, waited) = in_halves(&server, "").await;
    assert_eq!((answer.as_str(), waited), ("HTTP/1.1 429", true));
}

#[tokio::test]
async fn slow_and_huge_heads() {
    let server = Running::start(&["--header-seconds", "1"]).await;
    assert_eq!(raw(&server, b"").await, "", "a silent connection");
    assert!(!raw(&server, b"GET / HTTP/1.1\r\nHost: x\r\n").await.contains("200 OK"), "half a head");
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-A: 1\r\n".repeat(200));
    assert!(raw(&server, many.as_bytes()).await.starts_with("HTTP/1.1 431"));
    assert!(raw(&server, b"GARBAGE\r\n\r\n").await.starts_with("HTTP/1.1 400"));
}

#[tokio::test]
async fn one_network_cannot_hold_every_connection() {
    let limits = ["--connections-per-network", "2", "--header-seconds", "20"];
    let server = Running::start(&limits).await;
    let connect = async || TcpStream::connect(server.address()).await.unwrap();
    let silent = [connect().await, connect().await];
    let mut third = connect().await;
    let closed = tokio::time::timeout(Duration::from_secs(10), third.read(&mut [0])).await.unwrap();
    assert!(!matches!(closed, Ok(1..)), "closed at once");
    drop(silent);

    let proxied = ["--trusted-proxies", "127.0.0.1", "--public-url", "https://siegel.example"];
    let server = server.restart(&[limits.as_slice(), &proxied].concat()).await;
    let connect = async || TcpStream::connect(server.address()).await.unwrap();
    let silent = [connect().await, connect().await, connect().await];
    assert_eq!(server.get(path::HEALTH).await.status(), 200, "a proxy brings many people");
    drop(silent);
}

#[tokio::test]
async fn a_download_that_nobody_takes_is_given_up() {
    let (server, admin) = Running::with_admin(&["--body-idle-seconds", "1"]).await;
    // More than the sockets' buffers hold.
    let sealed = server.send(&admin, &[&pattern(30_000_000)], 8_000_000).await;
    let opening = sealed.open(&server).await.to_text();
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let url = path::blob(&sealed.id, &sealed.files[0].0);
    let head = format!("GET {url} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {opening}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut rest = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
    assert!(read.unwrap().is_err() || rest.len() < 30_000_000, "it was cut");
}

#[tokio::test]
async fn many_connections_wait_their_turn() {
    let server = Running::start(&["--connections", "2", "--header-seconds", "1"]).await;
    let silent = [
        TcpStream::connect(server.address()).await.unwrap(),
        TcpStream::connect(server.address()).await.unwrap(),
    ];
    // Served once the silent ones have been dropped by the server.
    let response: Response = server.get(path::HEALTH).await;
    assert_eq!(response.status(), 200);
    drop(silent);
}
