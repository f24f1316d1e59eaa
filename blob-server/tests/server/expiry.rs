//! How things end, and what is left of them.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use blob_api::*;
use reqwest::Method;

use crate::harness::*;

#[tokio::test]
async fn a_delivery_expires_at_once_and_is_swept_later() {
    let (server, admin) = Running::with_admin(&[]).await;
    let sealed = server.send(&admin, &[b"ciphertext", b"more"], 3).await;
    let opening = sealed.open(&server).await;
    server.clock.advance(7 * DAY - 5);
    assert_eq!(sealed.state(&server).await.status(), 200);
    assert_eq!(server.service.sweep().await.unwrap().expired, 0);

    // The clock decides, before any sweep and after it.
    server.clock.advance(5);
    for swept in [false, true] {
        if swept {
            let report = server.service.sweep().await.unwrap();
            assert_eq!((report.expired, report.drafts, report.tombstones), (1, 0, 0));
            assert_eq!(server.stored_files(), 0);
        }
        refused(sealed.state(&server).await, ProblemKind::Expired).await;
        refused(sealed.try_open(&server, &sealed.auth).await, ProblemKind::Expired).await;
        for path in [path::cover(&sealed.id), path::blob(&sealed.id, &sealed.files[0].0)] {
            refused(sealed.fetch(&server, &opening, &path).send().await.unwrap(), ProblemKind::Expired).await;
            let stranger = sealed.fetch(&server, &Token([1; 32]), &path).send().await.unwrap();
            refused(stranger, ProblemKind::NotFound).await;
        }
        let admin = server.log_in("admin@amt.example", PASSWORD).await;
        let send = admin
            .call(&server, Method::POST, &path::send(&sealed.id))
            .json(&to_anyone())
            .send()
            .await
            .unwrap();
        refused(send, ProblemKind::Expired).await;
    }

    // The tombstone goes too, and then the link's holder is told no more than anyone.
    server.clock.advance(89 * DAY);
    assert_eq!(server.service.sweep().await.unwrap().tombstones, 0);
    refused(sealed.state(&server).await, ProblemKind::Expired).await;
    server.clock.advance(2 * DAY);
    assert_eq!(server.service.sweep().await.unwrap().tombstones, 1);
    refused(sealed.state(&server).await, ProblemKind::NotFound).await;
}

#[tokio::test]
async fn revoking_ends_a_delivery() {
    let (server, admin) = Running::with_admin(&[]).await;
    let sealed = server.send(&admin, &[b"ciphertext"], 100).await;
    for _ in 0..2 {
        let delete = admin.call(&server, Method::DELETE, &path::delivery(&sealed.id));
        assert_eq!(delete.send().await.unwrap().status(), 204);
        assert_eq!(server.stored_files(), 0);
        refused(sealed.state(&server).await, ProblemKind::Expired).await;
    }
}

#[tokio::test]
async fn drafts_without_progress_are_removed() {
    let (server, admin) =
        Running::with_admin(&["--session-hours", "300", "--session-idle-minutes", "18000"]).await;
    let (left, moving) = (Sealed::new(&[b""]), Sealed::new(&[b""]));
    for draft in [&left, &moving] {
        draft.create(&server, &admin).await;
        assert_eq!(draft.put_part(&server, &admin, &draft.files[0].0, 0, b"part").await.status(), 204);
    }
    for number in 1..=3 {
        server.clock.advance(60 * HOUR);
        assert_eq!(moving.put_part(&server, &admin, &moving.files[0].0, number, b"part").await.status(), 204);
        server.service.sweep().await.unwrap();
    }
    assert_eq!(server.stored_files(), 4, "only the moving one is left");
    refused(left.put_part(&server, &admin, &left.files[0].0, 1, b"x").await, ProblemKind::NotFound).await;
    server.clock.advance(73 * HOUR);
    assert_eq!(server.service.sweep().await.unwrap().drafts, 1);
    assert_eq!(server.stored_files(), 0);
}

#[tokio::test]
async fn leftovers_of_a_crash_are_swept() {
    let (server, admin) = Running::with_admin(&[]).await;
    let sealed = server.send(&admin, &[b"ciphertext"], 100).await;
    let kept = server.stored_files();
    let folder = server.folder.path().join("blobs/deliveries").join(sealed.id.to_string());
    let blob = folder.join(sealed.files[0].0.to_string());
    let (old, young) = (SystemTime::now() - Duration::from_secs(2 * 3600), SystemTime::now());
    for (path, written) in [
        // An object whose row was never written, and a write that never ended; then the same of a running upload.
        (blob.join("7-AAAAAAAAAAAAAAAAAAAAAA"), old),
        (blob.join("8-AAAAAAAAAAAAAAAAAAAAAA#1"), old),
        (folder.join("cover-AAAAAAAAAAAAAAAAAAAAAA"), old),
        (blob.join("7-BBBBBBBBBBBBBBBBBBBBBB"), young),
        (blob.join("8-BBBBBBBBBBBBBBBBBBBBBB#1"), young),
    ] {
        fs::write(&path, "left over").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(written).unwrap();
    }
    // Age alone is no reason.
    for entry in fs::read_dir(&blob).unwrap().map(Result::unwrap) {
        if entry.file_name().to_str().unwrap().starts_with("0-") {
            File::options().write(true).open(entry.path()).unwrap().set_modified(old).unwrap();
        }
    }
    assert_eq!(server.service.sweep().await.unwrap().orphans, 3);
    assert_eq!(server.stored_files(), kept + 2);
    let opening = sealed.open(&server).await;
    let fetched =
        sealed.fetch(&server, &opening, &path::blob(&sealed.id, &sealed.files[0].0)).send().await.unwrap();
    assert_eq!(fetched.bytes().await.unwrap(), "ciphertext");
}

#[tokio::test]
async fn the_server_sweeps_by_itself() {
    let (server, admin) = Running::with_admin(&["--sweep-seconds", "1"]).await;
    server.send(&admin, &[b"ciphertext"], 100).await;
    server.clock.advance(8 * DAY);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while server.stored_files() > 0 {
        assert!(tokio::time::Instant::now() < deadline, "nothing was swept");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
