//! A server that is killed without warning, again and again, under the hands of people who upload.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use blob_api::*;
use blob_server::clock::Clock;
use fastrand::Rng;
use futures_util::future::join_all;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use sqlx::SqlitePool;
use tokio::sync::watch;

use crate::harness::*;
use crate::program::{Program, siegel};

const UPLOADERS: usize = 8;
const KILLS: usize = 50;
/// So long the server may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is known of the world outside: where the server is now, and whether it will be killed again.
#[derive(Clone)]
struct News {
    site: Site,
    over: bool,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9() {
    let seed = u64::from_ne_bytes(random());
    eprintln!("The moments follow from the seed {seed}.");
    let mut rng = Rng::with_seed(seed);
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let (mut program, site) = start(folder.path()).await;
    site.set_up("admin@amt.example").await;
    let cookie = site.log_in("admin@amt.example", PASSWORD).await.cookie;
    let (tell, news) = watch::channel(News { site, over: false });

    let uploaders: Vec<_> = (0..UPLOADERS)
        .map(|_| {
            let person = Person { cookie: cookie.clone(), ticket: None };
            tokio::spawn(Uploader { news: news.clone(), person, rng: rng.fork() }.upload_until_over())
        })
        .collect();
    for kill in 1..=KILLS {
        tokio::time::sleep(Duration::from_millis(rng.u64(0..150))).await;
        drop(program);
        let site;
        (program, site) = start(folder.path()).await;
        tell.send(News { site, over: kill == KILLS }).unwrap();
    }
    let finished = join_all(uploaders).await.into_iter().flat_map(Result::unwrap);
    for (sealed, state) in finished {
        let site = &news.borrow().site.clone();
        match state {
            Left::Sent => check_whole(site, &sealed).await,
            Left::Cancelled => {
                refused(sealed.state(site).await, ProblemKind::NotFound).await;
            }
        }
    }
    drop(program);
    check_rows_and_objects(&folder).await;
}

async fn start(folder: &Path) -> (Program, Site) {
    let folder = folder.to_owned();
    let starting = tokio::task::spawn_blocking(move || {
        let data = folder.join("data");
        let arguments = ["--listen", "127.0.0.1:0", "--reserve-bytes", "0", "--log", "error"];
        let limits = ["--requests-per-second", "100000", "--data", data.to_str().unwrap()];
        let mut command = siegel(&folder, &[&arguments[..], &limits].concat());
        let log = File::options().append(true).create(true).open(folder.join("log")).unwrap();
        let mut program = Program::spawn(command.stderr(log));
        let site = program.site();
        (program, site)
    });
    starting.await.unwrap()
}

/// Someone who does not give up.
struct Uploader {
    news: watch::Receiver<News>,
    person: Person,
    rng: Rng,
}

/// How a delivery was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Sent,
    Cancelled,
}

impl Uploader {
    async fn upload_until_over(mut self) -> Vec<(Sealed, Left)> {
        let mut done = Vec::new();
        while !(self.news.borrow().over && done.iter().any(|(_, left)| *left == Left::Sent)) {
            let files: Vec<Vec<u8>> =
                (0..self.rng.usize(1..4)).map(|_| pattern(self.rng.usize(1..400_000))).collect();
            let files: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
            let sealed = Sealed::new(&files);
            let left = self.deliver(&sealed).await;
            done.push((sealed, left));
        }
        done
    }

    /// Uploads, and sends or thinks better of it. Whatever was acknowledged is there each time the server is.
    async fn deliver(&mut self, sealed: &Sealed) -> Left {
        let create = sealed.create_body();
        let created = self.insist(Method::POST, path::DELIVERIES, |call| call.json(&create)).await;
        assert_eq!(created, 201);
        for (blob, bytes) in &sealed.files {
            let part_bytes = self.rng.usize(10_000..200_000);
            let mut acknowledged = Vec::new();
            for (number, part) in bytes.chunks(part_bytes).enumerate() {
                let url = path::part(&sealed.id, blob, number as u32);
                let put =
                    |call: RequestBuilder| call.header(CONTENT_DIGEST, digest(part)).body(part.to_vec());
                assert_eq!(self.insist(Method::PUT, &url, put).await, 204);
                acknowledged.push(digest(part));
                self.check_draft(sealed, blob, &acknowledged).await;
            }
            let complete = CompleteBlob { parts: acknowledged.len() as u32, size: bytes.len() as u64 };
            let url = path::complete(&sealed.id, blob);
            assert_eq!(self.insist(Method::POST, &url, |call| call.json(&complete)).await, 204);
        }
        let cover = |call: RequestBuilder| call.body(COVER_BYTES);
        assert_eq!(self.insist(Method::PUT, &path::cover(&sealed.id), cover).await, 204);
        if self.rng.u8(..) < 64 {
            let cancelled = self.insist(Method::DELETE, &path::delivery(&sealed.id), |call| call).await;
            assert!(matches!(cancelled.as_u16(), 204 | 404), "{cancelled}");
            return Left::Cancelled;
        }
        assert_eq!(
            self.insist(Method::POST, &path::send(&sealed.id), |call| call.json(&to_anyone())).await,
            200
        );
        Left::Sent
    }

    /// What was acknowledged is listed, and nobody sees the delivery yet.
    async fn check_draft(&mut self, sealed: &Sealed, blob: &BlobId, acknowledged: &[String]) {
        let stored: StoredBlobs = self.learn(&path::blobs(&sealed.id), |call| call).await;
        let stored = stored.blobs.into_iter().find(|stored| stored.blob == *blob).unwrap();
        let stored: Vec<Token> = stored.parts.into_iter().map(|part| part.digest).collect();
        let digests = stored.iter().map(|digest| digest_text(&digest.0));
        assert!(digests.eq(acknowledged.iter().cloned()), "a part that was acknowledged is missing");
        let gate = sealed.gate.to_text();
        let problem: Problem = self.learn(&path::state(&sealed.id), |call| call.bearer_auth(&gate)).await;
        assert_eq!(problem.kind, ProblemKind::NotFound, "what is not sent is not seen");
    }

    /// Asks until someone answers.
    async fn insist(
        &mut self,
        method: Method,
        path: &str,
        build: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> StatusCode {
        loop {
            let site = self.news.borrow_and_update().site.clone();
            let call = build(self.person.call(&site, method.clone(), path)).send().await;
            match call {
                Ok(answer) => return answer.status(),
                Err(_) => self.wait().await,
            }
        }
    }

    /// Asks until someone answers to the end.
    async fn learn<T: DeserializeOwned>(
        &mut self,
        path: &str,
        build: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> T {
        loop {
            let site = self.news.borrow_and_update().site.clone();
            let call = build(self.person.call(&site, Method::GET, path)).send();
            let text = async { call.await?.text().await };
            match text.await {
                Ok(text) => return serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}")),
                Err(_) => self.wait().await,
            }
        }
    }

    /// Until the server is somewhere else.
    async fn wait(&mut self) {
        tokio::time::timeout(PATIENCE, self.news.changed()).await.expect("it answers no more").unwrap();
    }
}

/// A delivery that was sent is there, byte for byte.
async fn check_whole(site: &Site, sealed: &Sealed) {
    let opening = sealed.open(site).await;
    let cover = sealed.fetch(site, &opening, &path::cover(&sealed.id)).send().await.unwrap();
    assert_eq!(cover.bytes().await.unwrap(), COVER_BYTES);
    for (blob, bytes) in &sealed.files {
        let fetched = sealed.fetch(site, &opening, &path::blob(&sealed.id, blob)).send().await.unwrap();
        assert!(fetched.bytes().await.unwrap() == bytes);
    }
}

/// Every row has its object; and after one sweep every object has its row.
async fn check_rows_and_objects(folder: &Arc<tempfile::TempDir>) {
    let data = folder.path().join("data");
    let pool = SqlitePool::connect(data.join("siegel.db").to_str().unwrap()).await.unwrap();
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT object, size FROM part
         UNION ALL SELECT cover_object, cover_size FROM delivery WHERE cover_object IS NOT NULL",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let sums: i64 = sqlx::query_scalar(
        "SELECT (SELECT SUM(bytes) FROM delivery) - (SELECT SUM(size) FROM part)
              + (SELECT SUM(bytes) FROM blob) - (SELECT SUM(size) FROM part)",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(sums, 0, "the sums that limits are checked against are those of the parts");
    pool.close().await;
    let blobs = data.join("blobs");
    for (object, size) in &rows {
        assert_eq!(blobs.join(object).metadata().unwrap().len(), *size as u64, "{object}");
    }
    // Only what is old can be a leftover.
    let old = SystemTime::now() - Duration::from_secs(2 * 3600);
    for file in files_below(&blobs) {
        File::options().write(true).open(file).unwrap().set_modified(old).unwrap();
    }
    let before = files_below(&blobs).len();
    let server = bind(&data, Clock::default(), &[]).await.ok().unwrap();
    let swept = server.service().sweep().await.unwrap();
    let named: BTreeSet<_> = rows.iter().map(|(object, _)| blobs.join(object)).collect();
    let there: BTreeSet<_> = files_below(&blobs).into_iter().collect();
    assert_eq!(there, named);
    assert_eq!(swept.orphans as usize, before - named.len());
    eprintln!("{} objects, {} leftovers swept", named.len(), swept.orphans);
}
