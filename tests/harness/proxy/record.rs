//! The observer's record: every byte of every request.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::http::HeaderMap;

/// All requests so far, in the order in which they began.
#[derive(Default)]
pub struct Record(Mutex<Vec<Seen>>);

/// One request as the observer saw it.
#[derive(Clone)]
pub struct Seen {
    /// `GET`, `PUT`…
    pub method: String,
    /// Path and query.
    pub target: String,
    headers: Vec<u8>,
    body: Arc<Mutex<Vec<u8>>>,
    succeeded: Arc<AtomicBool>,
}

impl Record {
    /// Copies of all requests so far.
    pub fn all(&self) -> Vec<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The requests with this method whose path ends in this way.
    pub fn with(&self, method: &str, ending: &str) -> Vec<Seen> {
        self.all().into_iter().filter(|seen| seen.method == method && seen.target.ends_with(ending)).collect()
    }

    /// The ciphertexts uploaded under this delivery by their ids: what a server holds. Parts are joined by their
    /// numbers; of a part sent twice the last counts.
    pub fn blobs_of(&self, delivery: &str) -> BTreeMap<String, Vec<u8>> {
        let prefix = format!("/api/deliveries/{delivery}/blobs/");
        let mut blobs: BTreeMap<String, BTreeMap<u32, Vec<u8>>> = BTreeMap::new();
        for seen in self.all().into_iter().filter(|seen| seen.method == "PUT") {
            let part = seen.target.strip_prefix(&prefix).and_then(|rest| rest.split_once("/parts/"));
            if let Some((blob, Ok(number))) = part.map(|(blob, number)| (blob, number.parse())) {
                blobs.entry(blob.to_owned()).or_default().insert(number, seen.body());
            }
        }
        blobs.into_iter().map(|(blob, parts)| (blob, parts.into_values().flatten().collect())).collect()
    }

    /// The numbers of the parts that came, in the order in which their requests began, and whether the server had
    /// acknowledged each by now.
    pub fn parts(&self) -> Vec<(u32, bool)> {
        let puts = self.all().into_iter().filter(|seen| seen.method == "PUT");
        let number = |seen: &Seen| seen.target.split_once("/parts/")?.1.parse().ok();
        puts.filter_map(|seen| Some((number(&seen)?, seen.succeeded.load(Ordering::Relaxed)))).collect()
    }

    /// From which byte on each fetch of a file's ciphertext asked, in the order of the requests.
    pub fn fetched_from(&self) -> Vec<u64> {
        let gets =
            self.all().into_iter().filter(|seen| seen.method == "GET" && seen.target.contains("/blobs/"));
        gets.map(|seen| {
            let headers = String::from_utf8_lossy(&seen.headers);
            let range = headers.split_once("range: bytes=").and_then(|(_, rest)| rest.split('-').next());
            range.and_then(|from| from.parse().ok()).unwrap_or(0)
        })
        .collect()
    }

    /// The ids of the files whose ciphertext was fetched, in the order of the requests.
    pub fn fetched(&self) -> Vec<String> {
        let gets = self.all().into_iter().filter(|seen| seen.method == "GET");
        gets.filter_map(|seen| Some(seen.target.split_once("/blobs/")?.1.to_owned())).collect()
    }

    /// Notes a request's head; the body is added as it streams by.
    pub(super) fn begin(&self, method: &str, target: &str, headers: &HeaderMap) -> Keep {
        let body = Arc::default();
        let mut lines = Vec::new();
        for (name, value) in headers {
            lines.extend_from_slice(name.as_str().as_bytes());
            lines.extend_from_slice(b": ");
            lines.extend_from_slice(value.as_bytes());
            lines.extend_from_slice(b"\r\n");
        }
        let succeeded = Arc::default();
        let seen = Seen {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: lines,
            body: Arc::clone(&body),
            succeeded: Arc::clone(&succeeded),
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
        Keep { body, succeeded }
    }
}

impl Seen {
    /// What was sent after the head.
    pub fn body(&self) -> Vec<u8> {
        self.body.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The whole request: line, headers, body.
    pub fn whole(&self) -> Vec<u8> {
        let mut line = String::new();
        let _ = write!(line, "{} {}\r\n", self.method, self.target);
        [line.as_bytes(), &self.headers, b"\r\n", &self.body()].concat()
    }
}

/// Where a request's body goes as it streams by, and how it ended.
#[derive(Clone)]
pub(super) struct Keep {
    body: Arc<Mutex<Vec<u8>>>,
    succeeded: Arc<AtomicBool>,
}

impl Keep {
    pub(super) fn add(&self, piece: &[u8]) {
        self.body.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(piece);
    }

    /// The server has done what was asked.
    pub(super) fn succeed(&self) {
        self.succeeded.store(true, Ordering::Relaxed);
    }
}
