//! What was begun and not sent, asked about by a browser that goes on with it.

use std::time::{Duration, Instant};

use blob_api::*;
use reqwest::Method;
use sha2::{Digest, Sha256};
use sqlx::SqlitePool;

use crate::harness::*;

async fn drafts(server: &Running, person: &Person) -> Vec<DeliveryId> {
    let answer: Drafts = ok(person.call(server, Method::GET, path::DRAFTS)).await;
    answer.drafts.iter().map(|draft| draft.delivery).collect()
}

async fn blobs(server: &Running, sender: &Person, id: &DeliveryId) -> Vec<StoredBlob> {
    let answer: StoredBlobs = ok(sender.call(server, Method::GET, &path::blobs(id))).await;
    answer.blobs
}

fn stored(number: u32, bytes: &[u8]) -> StoredPart {
    StoredPart { number, digest: Token(Sha256::digest(bytes).into()) }
}

async fn database(server: &Running) -> SqlitePool {
    SqlitePool::connect(server.folder.path().join("siegel.db").to_str().unwrap()).await.unwrap()
}

#[tokio::test]
async fn each_sender_sees_their_own_newest_first() {
    let (server, admin, colleague) = Running::with_colleague().await;
    let (first, second, other) = (Sealed::new(&[]), Sealed::new(&[]), Sealed::new(&[]));
    first.create(&server, &admin).await;
    let begun = server.clock.now();
    server.clock.advance(1);
    second.create(&server, &admin).await;
    other.create(&server, &colleague).await;
    server.send(&admin, &[b"sent"], 10).await;
    assert_eq!(drafts(&server, &admin).await, [second.id, first.id]);

    let told: Drafts = ok(admin.call(&server, Method::GET, path::DRAFTS)).await;
    let expected = DraftInfo { delivery: first.id, created: begun, resume: first.resume.clone() };
    assert_eq!(told.drafts[1], expected);
    let delete = admin.call(&server, Method::DELETE, &path::delivery(&second.id)).send().await.unwrap();
    assert_eq!(delete.status(), 204);
    assert_eq!(drafts(&server, &admin).await, [first.id]);
    assert_eq!(drafts(&server, &colleague).await, [other.id]);
}

#[tokio::test]
async fn a_draft_lives_from_its_last_progress() {
    let (server, admin) =
        Running::with_admin(&["--session-hours", "300", "--session-idle-minutes", "18000"]).await;
    let sealed = Sealed::new(&[b""]);
    sealed.create(&server, &admin).await;
    let put = async |number| sealed.put_part(&server, &admin, &sealed.files[0].0, number, b"part").await;
    server.clock.advance(72 * HOUR);
    assert_eq!(drafts(&server, &admin).await, [sealed.id]);
    assert_eq!(put(0).await.status(), 204);
    server.clock.advance(72 * HOUR);
    assert_eq!(server.service.sweep().await.unwrap().drafts, 0);
    assert_eq!(drafts(&server, &admin).await, [sealed.id]);
    // Offered no more from the moment it is due, swept or not.
    server.clock.advance(1);
    assert!(drafts(&server, &admin).await.is_empty());
    assert_eq!(server.service.sweep().await.unwrap().drafts, 1);
    refused(put(1).await, ProblemKind::NotFound).await;
}

#[tokio::test]
async fn what_arrived_is_told_part_by_part() {
    let (server, admin) = Running::with_admin(&[]).await;
    let sealed = Sealed::new(&[b"half", b"whole", b"taken back", b"unheard of"]);
    sealed.create(&server, &admin).await;
    assert!(blobs(&server, &admin, &sealed.id).await.is_empty());
    let [half, whole, taken, _] = [0, 1, 2, 3].map(|file: usize| sealed.files[file].0);
    for (number, bytes) in [(11, b"twelfth"), (2, b"third..")] {
        assert_eq!(sealed.put_part(&server, &admin, &half, number, bytes).await.status(), 204);
    }
    sealed.upload(&server, &admin, &whole, b"whole", 2).await;
    assert_eq!(sealed.put_part(&server, &admin, &taken, 0, b"taken back").await.status(), 204);
    let remove = admin.call(&server, Method::DELETE, &path::blob(&sealed.id, &taken));
    assert_eq!(remove.send().await.unwrap().status(), 204);

    let mut expected = vec![
        StoredBlob {
            blob: half,
            complete: false,
            parts: vec![stored(2, b"third.."), stored(11, b"twelfth")],
        },
        StoredBlob { blob: whole, complete: true, parts: vec![] },
    ];
    expected.sort_by_key(|stored| stored.blob);
    assert_eq!(blobs(&server, &admin, &sealed.id).await, expected);
    let server = server.restart(&[]).await;
    assert_eq!(blobs(&server, &admin, &sealed.id).await, expected, "after a restart too");
}

/// Thousands of files, some with many parts: rows are made in the database, since their objects do not matter here.
#[tokio::test]
async fn thousands_of_files_are_told_at_once() {
    let (server, admin) = Running::with_admin(&["--files", "10000"]).await;
    let sealed = Sealed::new(&[]);
    sealed.create(&server, &admin).await;
    let pool = database(&server).await;
    let mut tx = pool.begin().await.unwrap();
    for file in 0..5_000_u32 {
        let blob = [&file.to_be_bytes()[..], &[0; 12]].concat();
        sqlx::query("INSERT INTO blob (delivery, id, parts) VALUES ($1, $2, $3)")
            .bind(&sealed.id.0[..])
            .bind(&blob)
            .bind((file % 2 == 0).then_some(1))
            .execute(&mut *tx)
            .await
            .unwrap();
        for number in 0..1 + u32::from(file == 1) * 2559 {
            sqlx::query("INSERT INTO part (delivery, blob, number, size, digest, object) VALUES ($1, $2, $3, 1, $4, $5)")
                .bind(&sealed.id.0[..])
                .bind(&blob)
                .bind(number)
                .bind(&[7_u8; 32][..])
                .bind(format!("{file}-{number}"))
                .execute(&mut *tx)
                .await
                .unwrap();
        }
    }
    tx.commit().await.unwrap();
    let started = Instant::now();
    let told = blobs(&server, &admin, &sealed.id).await;
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(told.len(), 5_000);
    assert_eq!(told.iter().map(|blob| blob.parts.len()).sum::<usize>(), 2_499 + 2_560);
    assert_eq!(told.iter().filter(|blob| blob.complete && blob.parts.is_empty()).count(), 2_500);
}

#[tokio::test]
async fn sending_forgets_what_only_a_draft_needs() {
    let (server, admin) = Running::with_admin(&[]).await;
    let sealed = Sealed::new(&[b"x"]);
    sealed.create(&server, &admin).await;
    let pool = database(&server).await;
    let kept = async || -> Option<Vec<u8>> {
        sqlx::query_scalar("SELECT resume FROM delivery WHERE id = $1")
            .bind(&sealed.id.0[..])
            .fetch_one(&pool)
            .await
            .unwrap()
    };
    assert_eq!(kept().await, Some(sealed.resume.0.to_vec()));
    sealed.upload(&server, &admin, &sealed.files[0].0, b"x", 1).await;
    sealed.put_cover(&server, &admin, COVER_BYTES).await;
    let _: Sent = ok(admin.call(&server, Method::POST, &path::send(&sealed.id)).json(&to_anyone())).await;
    assert_eq!(kept().await, None);
    let blobs = admin.call(&server, Method::GET, &path::blobs(&sealed.id)).send().await.unwrap();
    refused(blobs, ProblemKind::Conflict).await;
    assert!(drafts(&server, &admin).await.is_empty());
}

/// A record that a browser could not erase shall open for nobody, not even for who takes the server's disk later.
#[tokio::test]
async fn the_key_of_an_unfinished_delivery_leaves_the_disk() {
    let (server, admin) = Running::with_admin(&[]).await;
    let (sent, discarded) = (Sealed::new(&[]), Sealed::new(&[]));
    sent.create(&server, &admin).await;
    discarded.create(&server, &admin).await;
    let on_disk = |key: &Token| {
        let files = files_below(server.folder.path()).into_iter().map(|file| std::fs::read(file).unwrap());
        files.filter(|bytes| bytes.windows(32).any(|window| window == key.0)).count()
    };
    assert!(on_disk(&sent.resume) > 0 && on_disk(&discarded.resume) > 0);
    sent.put_cover(&server, &admin, b"cover").await;
    let _: Sent = ok(admin.call(&server, Method::POST, &path::send(&sent.id)).json(&to_anyone())).await;
    let delete = admin.call(&server, Method::DELETE, &path::delivery(&discarded.id)).send().await.unwrap();
    assert_eq!(delete.status(), 204);
    server.service.sweep().await.unwrap();
    assert_eq!((on_disk(&sent.resume), on_disk(&discarded.resume)), (0, 0));
}
