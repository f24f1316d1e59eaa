//! HTTP/2 with prior knowledge, as reverse proxies speak it.

use std::time::Duration;

use blob_api::*;
use futures_util::future::join_all;
use reqwest::{Method, Version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::*;
use crate::lifecycle;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[tokio::test]
async fn a_delivery_from_end_to_end() {
    let (server, admin) = Running::with_admin(&[]).await;
    let server = server.over_http2();
    assert_eq!(server.get(path::HEALTH).await.version(), Version::HTTP_2);
    let bytes = pattern(5_000_000);
    let sealed = Sealed::new(&[&bytes]);
    let (blob, url) = (sealed.files[0].0, path::blob(&sealed.id, &sealed.files[0].0));
    sealed.create(&server, &admin).await;
    let parts = bytes.chunks(700_000).enumerate();
    let puts = parts.map(|(number, part)| sealed.put_part(&server, &admin, &blob, number as u32, part));
    assert!(join_all(puts).await.iter().all(|answer| answer.status() == 204));
    sealed.upload(&server, &admin, &blob, &bytes, 700_000).await;
    sealed.put_cover(&server, &admin, COVER_BYTES).await;
    let _: Sent = ok(admin.call(&server, Method::POST, &path::send(&sealed.id)).json(&to_anyone())).await;

    let opening = sealed.open(&server).await;
    let get = || sealed.fetch(&server, &opening, &url);
    let whole = get().send().await.unwrap();
    let tag = whole.headers()["etag"].clone();
    assert!(whole.bytes().await.unwrap() == bytes);
    let range = get().header("range", "bytes=699990-2100010").header("if-range", &tag).send().await.unwrap();
    assert_eq!(range.status(), 206);
    assert!(range.bytes().await.unwrap() == bytes[699_990..2_100_011]);
    assert_eq!(get().header("if-none-match", &tag).send().await.unwrap().status(), 304);
    let head = server.call(Method::HEAD, &url).bearer_auth(opening.to_text()).send().await.unwrap();
    assert_eq!(head.headers()["content-length"], "5000000");
    // More at a time than one connection takes.
    let ranged = async |_| {
        let answer = get().header("range", "bytes=650000-1449999").send().await.unwrap();
        assert!(answer.bytes().await.unwrap() == bytes[650_000..1_450_000]);
    };
    join_all((0..150).map(ranged)).await;
}

#[tokio::test]
async fn refusals_arrive() {
    let (server, admin) = Running::with_admin(&[]).await;
    let server = server.over_http2();
    let sealed = Sealed::new(&[b""]);
    let bytes = vec![5; MAX_PART_BYTES as usize];
    for _ in 0..3 {
        let answer = sealed.put_part(&server, &admin, &sealed.files[0].0, 0, &bytes).await;
        refused(answer, ProblemKind::NotFound).await;
    }
    let foreign = server.foreign_call(Method::DELETE, path::SESSION).header("origin", "http://evil.example");
    refused(foreign.send().await.unwrap(), ProblemKind::ForeignOrigin).await;
    let huge = server.call(Method::GET, path::HEALTH).header("x-huge", "x".repeat(40 << 10)).send().await;
    assert!(huge.is_err() || huge.is_ok_and(|answer| answer.status() == 431));
    assert_eq!(server.get(path::HEALTH).await.status(), 200);
}

#[tokio::test]
async fn connections_on_which_nothing_runs_are_closed() {
    let server = Running::start(&["--header-seconds", "1"]).await;
    for bytes in [&PREFACE[..3], PREFACE, &[PREFACE, &[0, 0, 0, 4, 0, 0, 0, 0, 0]].concat()] {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let closed = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut vec![])).await;
        assert!(closed.is_ok(), "{} bytes", bytes.len());
    }
}

/// Each stream has its own window, so the connection itself never blocks.
#[tokio::test]
async fn a_download_that_nobody_takes_is_given_up() {
    let (server, admin) = Running::with_admin(&["--body-idle-seconds", "1"]).await;
    let sealed = server.send(&admin, &[&pattern(30_000_000)], 8_000_000).await;
    let opening = sealed.open(&server).await;
    let server = server.over_http2();
    let url = path::blob(&sealed.id, &sealed.files[0].0);
    let untaken = sealed.fetch(&server, &opening, &url).send().await.unwrap();
    assert_eq!(untaken.status(), 200);
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(untaken.bytes().await.is_err(), "it was cut");
    assert_eq!(server.get(path::HEALTH).await.status(), 200);
}

#[tokio::test]
async fn running_transfers_finish_before_the_end() {
    lifecycle::transfers_finish_before_the_end(Running::over_http2).await;
}
