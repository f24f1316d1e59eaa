//! How much fits, how often one may ask.

use blob_api::*;
use reqwest::Method;

use crate::harness::*;

#[tokio::test]
async fn files_and_deliveries_have_limits() {
    let limits = ["--file-bytes", "1000", "--delivery-bytes", "1500", "--files", "3"];
    let (server, admin) = Running::with_admin(&limits).await;
    let sealed = Sealed::new(&[b"", b"", b"", b""]);
    sealed.create(&server, &admin).await;
    let blob = |number: usize| sealed.files[number].0;
    // Ciphertext of 1,000 bytes is a header of 72 and one tag of 16 longer.
    refused(sealed.put_part(&server, &admin, &blob(0), 0, &[0; 1089]).await, ProblemKind::TooLarge).await;
    assert_eq!(sealed.put_part(&server, &admin, &blob(0), 0, &[0; 1088]).await.status(), 204);
    refused(sealed.put_part(&server, &admin, &blob(0), 1, &[0; 1]).await, ProblemKind::TooLarge).await;
    refused(sealed.put_part(&server, &admin, &blob(1), 0, &[0; 1000]).await, ProblemKind::TooLarge).await;
    assert_eq!(sealed.put_part(&server, &admin, &blob(1), 0, &[0; 588]).await.status(), 204);
    assert_eq!(sealed.put_part(&server, &admin, &blob(2), 0, &[0; 88]).await.status(), 204);
    refused(sealed.put_part(&server, &admin, &blob(3), 0, &[0; 1]).await, ProblemKind::TooLarge).await;
    assert_eq!(server.stored_files(), 3, "what was refused left nothing");
    let instance: Instance = read(server.get(path::INSTANCE).await).await;
    assert_eq!(
        (instance.limits.file_bytes, instance.limits.delivery_bytes, instance.limits.files),
        (1000, 1500, 3)
    );
}

#[tokio::test]
async fn a_part_has_a_limit() {
    let (server, admin) = Running::with_admin(&["--file-bytes", "80 MiB"]).await;
    let sealed = Sealed::new(&[b""]);
    sealed.create(&server, &admin).await;
    let blob = sealed.files[0].0;
    let largest = vec![7; MAX_PART_BYTES as usize];
    assert_eq!(sealed.put_part(&server, &admin, &blob, 0, &largest).await.status(), 204);
    let larger = vec![7; MAX_PART_BYTES as usize + 1];
    refused(sealed.put_part(&server, &admin, &blob, 1, &larger).await, ProblemKind::TooLarge).await;
    assert_eq!(sealed.put_part(&server, &admin, &blob, 9, b"x").await.status(), 204);
    refused(sealed.put_part(&server, &admin, &blob, 10, b"x").await, ProblemKind::TooLarge).await;
}

/// Limits on bytes alone would allow millions of files and rows.
#[tokio::test]
async fn small_parts_are_few() {
    let (server, admin) = Running::with_admin(&[]).await;
    let sealed = Sealed::new(&[b""]);
    sealed.create(&server, &admin).await;
    let blob = sealed.files[0].0;
    refused(sealed.put_part(&server, &admin, &blob, 65, b"x").await, ProblemKind::TooLarge).await;
    assert_eq!(sealed.put_part(&server, &admin, &blob, 64, b"x").await.status(), 204);
    let large = vec![7; MAX_PART_BYTES as usize];
    assert_eq!(sealed.put_part(&server, &admin, &blob, 0, &large).await.status(), 204);
    assert_eq!(sealed.put_part(&server, &admin, &blob, 66, b"x").await.status(), 204);
    refused(sealed.put_part(&server, &admin, &blob, 67, b"x").await, ProblemKind::TooLarge).await;
}

/// Behind a proxy all connections are the proxy's: there the requests of each client are counted.
#[tokio::test]
async fn a_client_behind_a_proxy_has_so_many_requests_at_a_time() {
    let (server, admin) = Running::with_admin(&[]).await;
    let sealed = server.send(&admin, &[&pattern(30_000_000)], 8_000_000).await;
    let opening = sealed.open(&server).await;
    let behind_a_proxy = ["--public-url", "https://siegel.example", "--trusted-proxies", "127.0.0.1"];
    let server = server.restart(&[&behind_a_proxy[..], &["--connections-per-network", "2"]].concat()).await;
    let url = path::blob(&sealed.id, &sealed.files[0].0);
    let get = async |client: &str| {
        sealed.fetch(&server, &opening, &url).header("x-forwarded-for", client).send().await.unwrap()
    };
    let (first, second) = (get("203.0.113.5").await, get("203.0.113.5").await);
    assert_eq!((first.status(), second.status()), (200.try_into().unwrap(), 200.try_into().unwrap()));
    refused(get("203.0.113.5").await, ProblemKind::TooMany).await;
    assert_eq!(get("203.0.113.6").await.status(), 200);
    drop(first);
    // The server notices when it next writes.
    while get("203.0.113.5").await.status() != 200 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    drop(second);
}

#[tokio::test]
async fn a_full_server_says_so_and_recovers() {
    let (server, admin) = Running::with_admin(&["--storage-bytes", "10000"]).await;
    let first = server.send(&admin, &[&[1; 6000]], 3000).await;
    let second = Sealed::new(&[b""]);
    second.create(&server, &admin).await;
    let (blob, part) = (second.files[0].0, [2; 5000]);
    refused(second.put_part(&server, &admin, &blob, 0, &part).await, ProblemKind::StorageFull).await;
    let cover = admin.call(&server, Method::PUT, &path::cover(&second.id)).body(part.to_vec());
    refused(cover.send().await.unwrap(), ProblemKind::StorageFull).await;
    // What is stored can be fetched meanwhile.
    let opening = first.open(&server).await;
    let fetched =
        first.fetch(&server, &opening, &path::blob(&first.id, &first.files[0].0)).send().await.unwrap();
    assert_eq!(fetched.bytes().await.unwrap(), vec![1; 6000]);

    let delete = admin.call(&server, Method::DELETE, &path::delivery(&first.id));
    assert_eq!(delete.send().await.unwrap().status(), 204);
    assert_eq!(second.put_part(&server, &admin, &blob, 0, &part).await.status(), 204);
}

#[tokio::test]
async fn uploads_at_the_same_time_share_the_space() {
    let (server, admin) = Running::with_admin(&["--storage-bytes", "5000000"]).await;
    let sealed = Sealed::new(&[b""]);
    sealed.create(&server, &admin).await;
    let (blob, part) = (sealed.files[0].0, vec![3; 2_000_000]);
    let put = |number| sealed.put_part(&server, &admin, &blob, number, &part);
    let answers = futures_util::future::join_all((0..6).map(put)).await;
    let stored = answers.iter().filter(|answer| answer.status() == 204).count();
    assert!((1..=2).contains(&stored), "{stored}");
    assert!(answers.iter().all(|answer| matches!(answer.status().as_u16(), 204 | 507)));
    assert_eq!(server.stored_files(), stored);
}

/// What was taken back, replaced, cancelled or revoked makes room again, to the byte.
#[tokio::test]
async fn room_comes_back() {
    let (server, admin) = Running::with_admin(&["--storage-bytes", "1000"]).await;
    let sealed = Sealed::new(&[b"", b""]);
    let [blob, other] = [0, 1].map(|file: usize| sealed.files[file].0);
    let put = async |blob: &BlobId, number, size| {
        sealed.put_part(&server, &admin, blob, number, &vec![1; size]).await.status().as_u16()
    };
    let delete = async |path: String| {
        assert_eq!(admin.call(&server, Method::DELETE, &path).send().await.unwrap().status(), 204);
    };
    for _ in 0..2 {
        sealed.create(&server, &admin).await;
        assert_eq!([put(&blob, 0, 300).await, put(&blob, 1, 300).await], [204, 204]);
        sealed.put_cover(&server, &admin, &[2; 300]).await;
        assert_eq!([put(&blob, 2, 101).await, put(&blob, 2, 100).await], [507, 204]);
        delete(path::delivery(&sealed.id)).await;
    }
    sealed.create(&server, &admin).await;
    assert_eq!([put(&blob, 0, 900).await, put(&other, 0, 101).await], [204, 507]);
    for _ in 0..2 {
        delete(path::blob(&sealed.id, &blob)).await;
    }
    sealed.upload(&server, &admin, &other, &[3; 800], 400).await;
    sealed.put_cover(&server, &admin, &[2; 200]).await;
    let _: Sent = ok(admin.call(&server, Method::POST, &path::send(&sealed.id)).json(&to_anyone())).await;
    let full = Sealed::new(&[b""]);
    full.create(&server, &admin).await;
    let refused_part = full.put_part(&server, &admin, &full.files[0].0, 0, b"x").await;
    refused(refused_part, ProblemKind::StorageFull).await;
    delete(path::delivery(&sealed.id)).await;
    assert_eq!(full.put_part(&server, &admin, &full.files[0].0, 0, &[4; 1000]).await.status(), 204);
}

#[tokio::test]
async fn the_disk_keeps_a_reserve() {
    let (server, admin) = Running::with_admin(&["--reserve-bytes", "1000 TiB"]).await;
    let sealed = Sealed::new(&[b""]);
    sealed.create(&server, &admin).await;
    let blob = sealed.files[0].0;
    refused(sealed.put_part(&server, &admin, &blob, 0, b"x").await, ProblemKind::StorageFull).await;
    assert_eq!(server.get(path::HEALTH).await.status(), 200, "reading still works");
    let server = server.restart(&[]).await;
    let admin = server.log_in("admin@amt.example", PASSWORD).await;
    assert_eq!(sealed.put_part(&server, &admin, &blob, 0, b"x").await.status(), 204);
}

#[tokio::test]
async fn one_network_cannot_ask_without_end() {
    let server = Running::start(&["--requests-per-second", "1"]).await;
    let mut answers = Vec::new();
    for _ in 0..15 {
        answers.push(server.get(path::INSTANCE).await);
    }
    assert!(answers[..10].iter().all(|answer| answer.status() == 200));
    let problem = refused(answers.pop().unwrap(), ProblemKind::TooMany).await;
    assert!(problem.retry_after.is_some());
}

/// A folder of small files is more requests than strangers may make.
#[tokio::test]
async fn who_has_a_session_may_ask_more_often() {
    let (server, admin) = Running::with_admin(&["--requests-per-second", "2"]).await;
    let sealed = Sealed::new(&[b""]);
    sealed.create(&server, &admin).await;
    for number in 0..60 {
        let stored = sealed.put_part(&server, &admin, &sealed.files[0].0, number, b"x").await;
        assert_eq!(stored.status(), 204, "part {number}");
    }
    let mut answers = Vec::new();
    for _ in 0..60 {
        let strange = server.call(Method::GET, path::DRAFTS).header("cookie", "siegel=wrong");
        answers.push(strange.send().await.unwrap().status().as_u16());
    }
    assert!(answers.contains(&429), "a cookie that proves nothing changes nothing");
}

#[tokio::test]
async fn one_network_cannot_try_many_names() {
    let server = Running::start(&["--logins-per-minute", "3"]).await;
    let mut kinds = Vec::new();
    for number in 0..5 {
        let start = LoginStart { email: format!("{number}@amt.example"), request: Opaque(vec![]) };
        let response = server.call(Method::POST, path::LOGIN_START).json(&start).send().await.unwrap();
        kinds.push(response.status().as_u16());
    }
    assert_eq!(kinds, [400, 400, 400, 429, 429]);
}
