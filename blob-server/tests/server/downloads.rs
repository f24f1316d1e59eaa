//! Ciphertext out.

use blob_api::*;
use reqwest::Method;

use crate::harness::*;

#[tokio::test]
async fn whole_and_in_ranges() {
    let (server, admin) = Running::with_admin(&[]).await;
    // Parts whose bounds lie inside the pieces that the store reads, and an odd rest.
    let bytes = pattern(3 * 700_000 + 123);
    let sealed = server.send(&admin, &[&bytes], 700_000).await;
    let (opening, url) = (sealed.open(&server).await, path::blob(&sealed.id, &sealed.files[0].0));
    let size = bytes.len();

    let whole = sealed.fetch(&server, &opening, &url).send().await.unwrap();
    let headers = whole.headers().clone();
    assert_eq!(whole.status(), 200);
    assert_eq!(headers["content-length"], size.to_string().as_str());
    assert_eq!(headers["content-type"], "application/octet-stream");
    assert_eq!(headers["content-disposition"], "attachment");
    assert_eq!(headers["accept-ranges"], "bytes");
    assert_eq!(headers["cache-control"], "no-store");
    assert!(whole.bytes().await.unwrap() == bytes);

    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=0-699999", 0, 700_000),
        ("bytes=699999-700000", 699_999, 700_001),
        ("bytes=700000-700000", 700_000, 700_001),
        ("bytes=650000-1450000", 650_000, 1_450_001),
        ("bytes=2100000-", 2_100_000, size),
        ("bytes=-124", size - 124, size),
        ("bytes=-99999999", 0, size),
        ("bytes=5-99999999", 5, size),
    ] {
        let part = sealed.fetch(&server, &opening, &url).header("range", range).send().await.unwrap();
        assert_eq!(part.status(), 206, "{range}");
        assert_eq!(part.headers()["content-range"], format!("bytes {from}-{}/{size}", to - 1).as_str());
        assert_eq!(part.headers()["content-length"], (to - from).to_string().as_str());
        assert!(part.bytes().await.unwrap() == bytes[from..to], "{range}");
    }
    for range in ["bytes=2100123-", "bytes=-0"] {
        let outside = sealed.fetch(&server, &opening, &url).header("range", range).send().await.unwrap();
        assert_eq!(outside.headers()["content-range"], format!("bytes */{size}").as_str());
        refused(outside, ProblemKind::BadRange).await;
    }
    let several =
        sealed.fetch(&server, &opening, &url).header("range", "bytes=0-1,5-6").send().await.unwrap();
    assert_eq!(several.status(), 200);
}

#[tokio::test]
async fn conditions_and_head() {
    let (server, admin) = Running::with_admin(&[]).await;
    let sealed = server.send(&admin, &[b"one file", b"another one"], 4).await;
    let opening = sealed.open(&server).await;
    let url = |file: usize| path::blob(&sealed.id, &sealed.files[file].0);

    let head = server.call(Method::HEAD, &url(0)).bearer_auth(opening.to_text()).send().await.unwrap();
    assert_eq!((head.status().as_u16(), head.headers()["content-length"].to_str().unwrap()), (200, "8"));
    let tag = head.headers()["etag"].clone();
    assert!(head.bytes().await.unwrap().is_empty());

    let get = |file| sealed.fetch(&server, &opening, &url(file));
    let other = get(1).send().await.unwrap().headers()["etag"].clone();
    assert_ne!(tag, other);
    assert_eq!(get(0).header("if-none-match", &tag).send().await.unwrap().status(), 304);
    assert_eq!(get(0).header("if-none-match", &other).send().await.unwrap().status(), 200);
    let ranged = |condition| get(0).header("range", "bytes=2-3").header("if-range", condition);
    let matching = ranged(&tag).send().await.unwrap();
    assert_eq!(matching.status(), 206);
    assert_eq!(matching.bytes().await.unwrap(), "e ");
    assert_eq!(ranged(&other).send().await.unwrap().status(), 200);

    let cover = sealed.fetch(&server, &opening, &path::cover(&sealed.id)).header("range", "bytes=3-11");
    assert_eq!(cover.send().await.unwrap().bytes().await.unwrap(), &COVER_BYTES[3..12]);
    let unknown = path::blob(&sealed.id, &BlobId([5; 16]));
    refused(sealed.fetch(&server, &opening, &unknown).send().await.unwrap(), ProblemKind::NotFound).await;
}

#[tokio::test]
async fn a_lost_object_breaks_the_download_and_hides_nothing() {
    let (server, admin) = Running::with_admin(&[]).await;
    let bytes = pattern(2_000_000);
    let sealed = server.send(&admin, &[&bytes], 500_000).await;
    let opening = sealed.open(&server).await;
    let folder = server.folder.path().join(format!("blobs/deliveries/{}/{}", sealed.id, sealed.files[0].0));
    let third = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let third = third.into_iter().find(|path| path.file_name().unwrap().to_str().unwrap().starts_with("2-"));
    std::fs::remove_file(third.unwrap()).unwrap();
    let url = path::blob(&sealed.id, &sealed.files[0].0);
    let response = sealed.fetch(&server, &opening, &url).send().await.unwrap();
    assert!(response.bytes().await.is_err(), "the connection ends before the announced length");
}
