//! Ciphertext in.

use blob_api::*;
use bytes::Bytes;
use futures_util::stream;
use reqwest::{Body, Method, Response};

use crate::harness::*;

async fn draft(settings: &[&str]) -> (Running, Person, Sealed) {
    let (server, admin) = Running::with_admin(settings).await;
    let sealed = Sealed::new(&[b""]);
    sealed.create(&server, &admin).await;
    (server, admin, sealed)
}

#[tokio::test]
async fn creating_twice() {
    let (server, admin, sealed) = draft(&[]).await;
    let create =
        |body: CreateDelivery| admin.call(&server, Method::POST, path::DELIVERIES).json(&body).send();
    assert_eq!(create(sealed.create_body()).await.unwrap().status(), 201, "a lost answer does no harm");
    let other = CreateDelivery { days: 8, ..sealed.create_body() };
    refused(create(other).await.unwrap(), ProblemKind::Conflict).await;
    let other = CreateDelivery { gate_hash: Some(Token([1; 32])), ..sealed.create_body() };
    refused(create(other).await.unwrap(), ProblemKind::Conflict).await;
    let other = CreateDelivery { resume: Token([1; 32]), ..sealed.create_body() };
    refused(create(other).await.unwrap(), ProblemKind::Conflict).await;
    for days in [0, 91, u16::MAX] {
        let body = CreateDelivery { days, ..Sealed::new(&[]).create_body() };
        refused(create(body).await.unwrap(), ProblemKind::BadRequest).await;
    }
    let mut body = serde_json::to_value(Sealed::new(&[]).create_body()).unwrap();
    body["level"] = 4.into();
    let request = admin.call(&server, Method::POST, path::DELIVERIES).json(&body);
    refused(request.send().await.unwrap(), ProblemKind::BadRequest).await;
}

#[tokio::test]
async fn parts_are_idempotent_and_checked() {
    let (server, admin, sealed) = draft(&[]).await;
    let blob = sealed.files[0].0;
    let bytes = pattern(300_000);
    for _ in 0..3 {
        assert_eq!(sealed.put_part(&server, &admin, &blob, 0, &bytes).await.status(), 204);
    }
    assert_eq!(server.stored_files(), 1);
    refused(sealed.put_part(&server, &admin, &blob, 0, b"other bytes").await, ProblemKind::Conflict).await;

    let put = |number, claimed: String, bytes: Vec<u8>| {
        let request = admin.call(&server, Method::PUT, &path::part(&sealed.id, &blob, number));
        request.header(CONTENT_DIGEST, claimed).body(bytes).send()
    };
    let mut flipped = bytes.clone();
    flipped[77_777] ^= 1;
    refused(put(1, digest(&bytes), flipped.clone()).await.unwrap(), ProblemKind::DigestMismatch).await;
    refused(put(0, digest(&bytes), flipped).await.unwrap(), ProblemKind::DigestMismatch).await;
    refused(put(1, digest(b""), vec![]).await.unwrap(), ProblemKind::BadRequest).await;
    for claimed in
        ["", "sha-256=::", "sha-512=:AAAA:", &digest(&bytes)[1..], &digest(&bytes).replace(':', "")]
    {
        refused(put(1, claimed.to_owned(), bytes.clone()).await.unwrap(), ProblemKind::BadRequest).await;
    }
    let without = admin.call(&server, Method::PUT, &path::part(&sealed.id, &blob, 1)).body("x").send();
    refused(without.await.unwrap(), ProblemKind::BadRequest).await;
    for number in ["-1", "x", "4294967296", "1.5"] {
        let path = path::part(&sealed.id, &blob, 1).replace("parts/1", &format!("parts/{number}"));
        let request = admin.call(&server, Method::PUT, &path).header(CONTENT_DIGEST, digest(b"x")).body("x");
        refused(request.send().await.unwrap(), ProblemKind::NotFound).await;
    }
    assert_eq!(server.stored_files(), 1, "what was refused left nothing");
}

/// A part that says that it is all of its file completes it, and answers as the two requests would that it stands for.
#[tokio::test]
async fn a_file_of_one_part_takes_one_request() {
    let (server, admin, sealed) = draft(&[]).await;
    let blob = sealed.files[0].0;
    let put = async |blob: &BlobId, number, bytes: &'static [u8], whole: &'static str| {
        let request = admin.call(&server, Method::PUT, &path::part(&sealed.id, blob, number));
        let request = request.header(CONTENT_DIGEST, digest(bytes)).header(UPLOAD_COMPLETE, whole);
        request.body(bytes).send().await.unwrap()
    };
    let complete = async |blob: BlobId| {
        let stored: StoredBlobs = ok(admin.call(&server, Method::GET, &path::blobs(&sealed.id))).await;
        stored.blobs.iter().any(|stored| stored.blob == blob && stored.complete)
    };
    refused(put(&blob, 0, b"all", "1").await, ProblemKind::BadRequest).await;
    refused(put(&blob, 1, b"all", "?1").await, ProblemKind::BadRequest).await;
    assert_eq!(put(&blob, 0, b"all", "?0").await.status(), 204);
    assert!(!complete(blob).await);
    // The part is there already, from a try whose answer was lost; then nothing is left to do.
    for _ in 0..2 {
        assert_eq!(put(&blob, 0, b"all", "?1").await.status(), 204);
        assert!(complete(blob).await);
    }
    refused(put(&blob, 0, b"other", "?1").await, ProblemKind::Conflict).await;
    refused(sealed.put_part(&server, &admin, &blob, 1, b"more").await, ProblemKind::Conflict).await;

    let at_once = BlobId([1; 16]);
    let answers: [Response; 4] = tokio::join!(
        put(&at_once, 0, b"all", "?1"),
        put(&at_once, 0, b"all", "?1"),
        put(&at_once, 0, b"all", "?1"),
        put(&at_once, 0, b"all", "?1")
    )
    .into();
    assert!(answers.iter().all(|answer| answer.status() == 204));
    assert!(complete(at_once).await);

    // Of a file that has another part, none is all.
    let several = BlobId([2; 16]);
    assert_eq!(sealed.put_part(&server, &admin, &several, 1, b"second").await.status(), 204);
    refused(put(&several, 0, b"all", "?1").await, ProblemKind::Conflict).await;
    assert!(!complete(several).await);
    assert_eq!(sealed.put_part(&server, &admin, &several, 0, b"first").await.status(), 204);
    refused(put(&several, 0, b"first", "?1").await, ProblemKind::Conflict).await;
    assert_eq!(server.stored_files(), 4, "what was refused left nothing");

    let gone = BlobId([3; 16]);
    let delete = admin.call(&server, Method::DELETE, &path::blob(&sealed.id, &gone));
    assert_eq!(delete.send().await.unwrap().status(), 204);
    refused(put(&gone, 0, b"all", "?1").await, ProblemKind::Conflict).await;
}

#[tokio::test]
async fn the_same_part_twice_at_once() {
    let (server, admin, sealed) = draft(&[]).await;
    let (blob, bytes) = (sealed.files[0].0, pattern(2_000_000));
    let put = || sealed.put_part(&server, &admin, &blob, 0, &bytes);
    let answers: [Response; 4] = tokio::join!(put(), put(), put(), put()).into();
    assert!(answers.iter().all(|answer| answer.status() == 204));
    assert_eq!(server.stored_files(), 1);
}

#[tokio::test]
async fn a_body_of_unknown_size_is_not_taken() {
    let (server, admin, sealed) = draft(&[]).await;
    let chunks = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"x"))]);
    let request = admin.call(&server, Method::PUT, &path::part(&sealed.id, &sealed.files[0].0, 0));
    let request = request.header(CONTENT_DIGEST, digest(b"x")).body(Body::wrap_stream(chunks));
    refused(request.send().await.unwrap(), ProblemKind::BadRequest).await;
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let (server, admin, sealed) = draft(&["--body-idle-seconds", "1"]).await;
    let blob = sealed.files[0].0;
    // Less than announced, and then nothing: the server gives up by itself and says so.
    let chunks = stream::iter([Ok::<_, std::io::Error>(Bytes::from(pattern(1_000_000)))]);
    let chunks = futures_util::StreamExt::chain(chunks, stream::pending());
    let request = admin.call(&server, Method::PUT, &path::part(&sealed.id, &blob, 0));
    let request = request.header(CONTENT_DIGEST, digest(b"x")).header("content-length", "2000000");
    refused(request.body(Body::wrap_stream(chunks)).send().await.unwrap(), ProblemKind::BadRequest).await;
    assert_eq!(server.stored_files(), 0);
    assert_eq!(sealed.put_part(&server, &admin, &blob, 0, b"x").await.status(), 204);
}

#[tokio::test]
async fn completing() {
    let (server, admin, sealed) = draft(&[]).await;
    let blob = sealed.files[0].0;
    let complete = |parts, size| {
        let request = admin.call(&server, Method::POST, &path::complete(&sealed.id, &blob));
        request.json(&CompleteBlob { parts, size }).send()
    };
    refused(complete(1, 3).await.unwrap(), ProblemKind::NotFound).await;
    assert_eq!(sealed.put_part(&server, &admin, &blob, 0, b"one").await.status(), 204);
    assert_eq!(sealed.put_part(&server, &admin, &blob, 2, b"three").await.status(), 204);
    for (parts, size) in [(2, 8), (3, 8), (2, 3), (0, 0)] {
        refused(complete(parts, size).await.unwrap(), ProblemKind::Conflict).await;
    }
    assert_eq!(sealed.put_part(&server, &admin, &blob, 1, b"two").await.status(), 204);
    refused(complete(3, 10).await.unwrap(), ProblemKind::Conflict).await;
    for _ in 0..2 {
        assert_eq!(complete(3, 11).await.unwrap().status(), 204);
    }
    refused(complete(2, 6).await.unwrap(), ProblemKind::Conflict).await;
    refused(sealed.put_part(&server, &admin, &blob, 3, b"four").await, ProblemKind::Conflict).await;
    assert_eq!(sealed.put_part(&server, &admin, &blob, 2, b"three").await.status(), 204);
    assert_eq!(server.stored_files(), 3);
}

#[tokio::test]
async fn sending_needs_everything_and_is_final() {
    let (server, admin, sealed) = draft(&[]).await;
    let blob = sealed.files[0].0;
    let send = || admin.call(&server, Method::POST, &path::send(&sealed.id)).json(&to_anyone()).send();
    refused(send().await.unwrap(), ProblemKind::Conflict).await;
    sealed.put_cover(&server, &admin, b"first").await;
    assert_eq!(sealed.put_part(&server, &admin, &blob, 0, b"x").await.status(), 204);
    refused(send().await.unwrap(), ProblemKind::Conflict).await;
    let complete = CompleteBlob { parts: 1, size: 1 };
    let request = admin.call(&server, Method::POST, &path::complete(&sealed.id, &blob)).json(&complete);
    assert_eq!(request.send().await.unwrap().status(), 204);
    sealed.put_cover(&server, &admin, b"second").await;
    assert_eq!(server.stored_files(), 2, "the cover that was replaced is gone");

    let sent: Sent = read(send().await.unwrap()).await;
    assert!((0..5).contains(&(server.clock.now() + 7 * DAY - sent.expires)));
    server.clock.advance(HOUR);
    assert_eq!(read::<Sent>(send().await.unwrap()).await, sent, "sending again changes nothing");

    refused(sealed.put_part(&server, &admin, &blob, 1, b"y").await, ProblemKind::Conflict).await;
    let request = admin.call(&server, Method::PUT, &path::cover(&sealed.id)).body("third");
    refused(request.send().await.unwrap(), ProblemKind::Conflict).await;
    let request = admin.call(&server, Method::POST, path::DELIVERIES).json(&sealed.create_body());
    refused(request.send().await.unwrap(), ProblemKind::Conflict).await;
    let opening = sealed.open(&server).await;
    let cover = sealed.fetch(&server, &opening, &path::cover(&sealed.id)).send().await.unwrap();
    assert_eq!(cover.bytes().await.unwrap(), "second");
}

#[tokio::test]
async fn covers_have_limits() {
    let (server, admin, sealed) = draft(&[]).await;
    let put = |bytes: Vec<u8>| admin.call(&server, Method::PUT, &path::cover(&sealed.id)).body(bytes).send();
    refused(put(vec![]).await.unwrap(), ProblemKind::BadRequest).await;
    refused(put(vec![0; MAX_COVER_BYTES as usize + 1]).await.unwrap(), ProblemKind::TooLarge).await;
    assert_eq!(put(vec![0; MAX_COVER_BYTES as usize]).await.unwrap().status(), 204);
}

#[tokio::test]
async fn a_file_of_a_draft_can_be_taken_back_and_sent_anew() {
    let (server, admin) = Running::with_admin(&[]).await;
    let sealed = Sealed::new(&[b"kept", b"taken back"]);
    sealed.create(&server, &admin).await;
    let [(kept, _), (taken, _)] = [sealed.files[0].clone(), sealed.files[1].clone()];
    assert_eq!(sealed.put_part(&server, &admin, &kept, 0, b"kept").await.status(), 204);
    assert_eq!(sealed.put_part(&server, &admin, &taken, 0, b"taken back").await.status(), 204);
    assert_eq!(server.stored_files(), 2);
    for _ in 0..2 {
        let request = admin.call(&server, Method::DELETE, &path::blob(&sealed.id, &taken));
        assert_eq!(request.send().await.unwrap().status(), 204);
        assert_eq!(server.stored_files(), 1);
    }
    let again = BlobId(random());
    sealed.upload(&server, &admin, &again, b"other bytes", 100).await;
    assert_eq!(server.stored_files(), 2);
}

#[tokio::test]
async fn a_file_that_was_taken_back_stays_away() {
    let (server, admin) = Running::with_admin(&["--files", "1"]).await;
    let sealed = Sealed::new(&[b"begun", b"on its way", b"kept"]);
    sealed.create(&server, &admin).await;
    let [begun, on_its_way, kept] = [0, 1, 2].map(|number: usize| sealed.files[number].0);
    assert_eq!(sealed.put_part(&server, &admin, &begun, 0, b"begun").await.status(), 204);
    for blob in [begun, on_its_way] {
        let request = admin.call(&server, Method::DELETE, &path::blob(&sealed.id, &blob));
        assert_eq!(request.send().await.unwrap().status(), 204);
        // What was on its way when it was taken back arrives now.
        refused(sealed.put_part(&server, &admin, &blob, 0, b"begun").await, ProblemKind::Conflict).await;
        let complete = CompleteBlob { parts: 0, size: 0 };
        let request = admin.call(&server, Method::POST, &path::complete(&sealed.id, &blob)).json(&complete);
        refused(request.send().await.unwrap(), ProblemKind::NotFound).await;
    }
    assert_eq!(server.stored_files(), 0);
    sealed.upload(&server, &admin, &kept, b"kept", 100).await;
    sealed.put_cover(&server, &admin, COVER_BYTES).await;
    let _: Sent = ok(admin.call(&server, Method::POST, &path::send(&sealed.id)).json(&to_anyone())).await;
    let opening = sealed.open(&server).await;
    let fetched = sealed.fetch(&server, &opening, &path::blob(&sealed.id, &begun)).send().await.unwrap();
    refused(fetched, ProblemKind::NotFound).await;
}

#[tokio::test]
async fn cancelling_leaves_nothing() {
    let (server, admin, sealed) = draft(&[]).await;
    assert_eq!(sealed.put_part(&server, &admin, &sealed.files[0].0, 0, b"x").await.status(), 204);
    sealed.put_cover(&server, &admin, b"cover").await;
    let delete = || admin.call(&server, Method::DELETE, &path::delivery(&sealed.id)).send();
    assert_eq!(delete().await.unwrap().status(), 204);
    assert_eq!(server.stored_files(), 0);
    refused(delete().await.unwrap(), ProblemKind::NotFound).await;
    // The id is free again.
    sealed.create(&server, &admin).await;
}

#[tokio::test]
async fn whoever_is_refused_is_told_why() {
    let (server, admin, sealed) = draft(&[]).await;
    let bytes = vec![5; MAX_PART_BYTES as usize];
    let put = |request: reqwest::RequestBuilder| {
        request.header(CONTENT_DIGEST, digest(&bytes)).body(bytes.clone()).send()
    };
    let url = path::part(&sealed.id, &sealed.files[0].0, 0);
    for _ in 0..3 {
        // Nothing of these bodies interests the server, yet the answer arrives, on a connection that stays good.
        refused(put(server.call(Method::PUT, &url)).await.unwrap(), ProblemKind::LoggedOut).await;
        let foreign = server.foreign_call(Method::PUT, &url).header("cookie", &admin.cookie);
        refused(put(foreign).await.unwrap(), ProblemKind::ForeignOrigin).await;
        let missing = path::part(&DeliveryId([1; 16]), &sealed.files[0].0, 0);
        refused(put(admin.call(&server, Method::PUT, &missing)).await.unwrap(), ProblemKind::NotFound).await;
    }
}
