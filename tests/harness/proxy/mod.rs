//! What may stand between browser and server: an observer who keeps every byte of every request, and an attacker who
//! changes answers.
//!
//! The proxy is what a hostile server looks like from the browser: it holds all that the server holds and answers as it
//! likes. It passes `Host` on unchanged, so that the real server behind it finds nothing amiss, and it streams.

mod fault;
mod record;

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::Result;
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use tokio::{sync::Semaphore, task::JoinHandle};

pub use fault::{Answers, Fault, flip};
pub use record::{Record, Seen};

use crate::wait::{LONG, until};

/// A running proxy; it ends when dropped.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    upstream: u16,
    client: reqwest::Client,
    seen: Record,
    plan: Mutex<Option<Plan>>,
    /// What is held before the server hears of it, and how many of those requests may still pass.
    held: Mutex<Option<(Answers, Arc<Semaphore>)>>,
    /// How many requests have come to that gate.
    came: AtomicUsize,
}

/// Which answers are changed and how: each fault once, but the last one, which may hold for all that follow.
struct Plan {
    answers: Answers,
    faults: VecDeque<Fault>,
    lasts: bool,
}

impl Proxy {
    /// Starts a proxy before the server on this port; it is honest until told otherwise.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(upstream: u16) -> Result<Self> {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        let shared = Arc::new(Shared {
            upstream,
            client,
            seen: Record::default(),
            plan: Mutex::default(),
            held: Mutex::default(),
            came: AtomicUsize::new(0),
        });
        let app = Router::new().fallback(forward).with_state(Arc::clone(&shared));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                eprintln!("the proxy ended: {error}");
            }
        });
        Ok(Self { port, shared, task })
    }

    /// Its address as a browser on this machine has it.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it has seen so far.
    pub fn seen(&self) -> &Record {
        &self.shared.seen
    }

    /// From now on changes every answer of this kind.
    pub fn lie(&self, answers: Answers, fault: Fault) {
        self.lie_in_turn(answers, [fault]);
    }

    /// Changes the next answer of this kind, then is honest again.
    pub fn lie_once(&self, answers: Answers, fault: Fault) {
        self.set(Some(Plan { answers, faults: [fault].into(), lasts: false }));
    }

    /// Changes the next answers of this kind in these ways, one after the other, and all that follow in the last one.
    pub fn lie_in_turn(&self, answers: Answers, faults: impl Into<VecDeque<Fault>>) {
        self.set(Some(Plan { answers, faults: faults.into(), lasts: true }));
    }

    /// From now on changes nothing.
    pub fn be_honest(&self) {
        self.set(None);
    }

    /// Is there nothing left to be changed? After [`Proxy::lie_once`]: was the answer changed?
    pub fn is_honest(&self) -> bool {
        self.shared.plan.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Lets so many parts of files pass and holds those that follow, so that a transfer can be looked at.
    pub fn hold_uploads_after(&self, parts: usize) {
        self.hold(Answers::Part, parts);
    }

    /// How many requests have come since the start while they were held, whether they passed or not.
    pub fn came_to_gate(&self) -> usize {
        self.shared.came.load(Ordering::Relaxed)
    }

    /// Lets everything pass again.
    pub fn release_uploads(&self) {
        if let Some((_, gate)) = self.shared.held.lock().unwrap_or_else(PoisonError::into_inner).take() {
            gate.close();
        }
    }

    /// Holds the request of this kind to which `begin` leads before the server hears of it, does `meanwhile`, and lets it
    /// pass.
    ///
    /// # Errors
    /// When it does not come, or one of them fails.
    pub async fn while_holding(
        &self,
        requests: Answers,
        begin: impl AsyncFnOnce() -> Result<()>,
        meanwhile: impl AsyncFnOnce() -> Result<()>,
    ) -> Result<()> {
        let before = self.came_to_gate();
        self.hold(requests, 0);
        begin().await?;
        until("a request to hold", LONG, async || Ok((self.came_to_gate() > before).then_some(()))).await?;
        let done = meanwhile().await;
        self.release_uploads();
        done
    }

    fn hold(&self, requests: Answers, after: usize) {
        let gate = (requests, Arc::new(Semaphore::new(after)));
        *self.shared.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(gate);
    }

    fn set(&self, plan: Option<Plan>) {
        *self.shared.plan.lock().unwrap_or_else(PoisonError::into_inner) = plan;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    /// Waits for as long as this request is held.
    async fn pass_gate(&self, method: &str, path: &str) {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, gate)) = held.filter(|(requests, _)| requests.includes(method, path)) {
            // An error means that the gate was opened for all.
            self.came.fetch_add(1, Ordering::Relaxed);
            if let Ok(permit) = gate.acquire().await {
                permit.forget();
            }
        }
    }

    /// The fault for this request's answer, if there is one, counted down.
    fn fault_for(&self, method: &str, path: &str) -> Option<Fault> {
        let mut slot = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        let plan = slot.as_mut().filter(|plan| plan.answers.includes(method, path))?;
        if plan.lasts && plan.faults.len() == 1 {
            return plan.faults.front().cloned();
        }
        let fault = plan.faults.pop_front();
        if plan.faults.is_empty() {
            *slot = None;
        }
        fault
    }
}

async fn forward(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    shared.pass_gate(request.method().as_str(), request.uri().path()).await;
    let fault = shared.fault_for(request.method().as_str(), request.uri().path());
    match pass_on(&shared, request, fault).await {
        Ok(answer) => answer,
        Err(error) => (StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response(),
    }
}

async fn pass_on(shared: &Shared, request: Request, fault: Option<Fault>) -> Result<Response> {
    let (head, body) = request.into_parts();
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let keep = shared.seen.begin(head.method.as_str(), target, &head.headers);
    let mut onward = shared
        .client
        .request(head.method.clone(), format!("http://127.0.0.1:{}{target}", shared.upstream))
        .headers(without_connection(head.headers.clone()));
    if head.headers.contains_key(header::CONTENT_LENGTH)
        || head.headers.contains_key(header::TRANSFER_ENCODING)
    {
        let keep = keep.clone();
        let body = body.into_data_stream().inspect_ok(move |piece: &Bytes| keep.add(piece));
        onward = onward.body(reqwest::Body::wrap_stream(body));
    }
    let answer = onward.send().await?;
    let (status, headers) = (answer.status(), without_connection(answer.headers().clone()));
    if status.is_success() {
        keep.succeed();
    }
    let answer = match fault {
        None => (status, headers, Body::from_stream(answer.bytes_stream())),
        Some(fault) if !status.is_success() => {
            drop(fault);
            (status, headers, Body::from_stream(answer.bytes_stream()))
        }
        Some(fault) => change(fault, headers, answer.bytes().await?),
    };
    Ok(answer.into_response())
}

/// The changed answer: with a length that fits it, and without what would betray the change.
fn change(fault: Fault, mut headers: HeaderMap, honest: Bytes) -> (StatusCode, HeaderMap, Body) {
    for name in [header::ETAG, header::CONTENT_LENGTH, header::CONTENT_RANGE] {
        headers.remove(name);
    }
    if matches!(fault, Fault::NoAnswer) {
        // A body that fails at once takes the head with it: nothing is sent at all.
        let nothing =
            futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("no answer")) });
        return (StatusCode::OK, headers, Body::from_stream(nothing));
    }
    if let Fault::CutOff(after) | Fault::Stall(after) = fault {
        headers.insert(header::CONTENT_LENGTH, honest.len().into());
        let first = honest.slice(..after.min(honest.len()));
        let silent = matches!(fault, Fault::Stall(_));
        let end = futures_util::stream::once(async move {
            if silent {
                std::future::pending::<()>().await;
            }
            // The pause lets the first bytes leave; without it the client would not even see the head.
            tokio::task::yield_now().await;
            Err(std::io::Error::other("the connection is cut"))
        });
        let pieces = futures_util::stream::iter([Ok(first)]).chain(end);
        return (StatusCode::OK, headers, Body::from_stream(pieces));
    }
    if matches!(fault, Fault::Page) {
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/html"));
    }
    let status = match fault {
        Fault::Refuse => StatusCode::NOT_FOUND,
        Fault::TooMany => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::OK,
    };
    (status, headers, Body::from(fault.apply(&honest)))
}

/// Headers that belong to one connection alone (RFC 9110, section 7.6.1).
fn without_connection(mut headers: HeaderMap) -> HeaderMap {
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::TE, header::UPGRADE] {
        headers.remove(name);
    }
    headers
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use axum::routing::{get, put};

    use super::*;

    /// A server that returns its `Host`, takes any upload, and serves ten bytes.
    async fn upstream() -> u16 {
        let app = Router::new()
            .route(
                "/host",
                get(|headers: HeaderMap| async move { headers[header::HOST].to_str().unwrap().to_owned() }),
            )
            .route("/up", put(|body: Bytes| async move { body.len().to_string() }))
            .route("/api/deliveries/D/blobs/B", get(|| async { "0123456789" }));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        port
    }

    #[tokio::test]
    async fn an_honest_proxy_changes_nothing_and_sees_all() {
        let proxy = Proxy::start(upstream().await).await.unwrap();
        let host = reqwest::get(format!("{}/host?q=1", proxy.origin())).await.unwrap().text().await.unwrap();
        assert_eq!(format!("http://{host}"), proxy.origin());
        let client = reqwest::Client::new();
        let sent =
            client.put(format!("{}/up", proxy.origin())).header("x-test", "yes").body("hello").send().await;
        assert_eq!(sent.unwrap().text().await.unwrap(), "5");
        let seen = proxy.seen().all();
        assert_eq!(seen[0].target, "/host?q=1");
        assert_eq!((seen[1].method.as_str(), seen[1].body()), ("PUT", b"hello".to_vec()));
        assert!(seen[1].whole().windows(11).any(|window| window == b"x-test: yes"));
    }

    #[tokio::test]
    async fn a_lying_proxy_changes_what_it_should_and_nothing_else() {
        let proxy = Proxy::start(upstream().await).await.unwrap();
        let blob = format!("{}/api/deliveries/D/blobs/B", proxy.origin());
        let fetch = async || reqwest::get(&blob).await.unwrap().text().await.unwrap();
        proxy.lie(Answers::Blob, Fault::Truncate(3));
        assert_eq!(fetch().await, "012");
        assert_eq!(fetch().await, "012");
        proxy.lie_in_turn(Answers::Blob, [Fault::Truncate(1), Fault::Truncate(2)]);
        assert_eq!([fetch().await, fetch().await, fetch().await], ["0", "01", "01"]);
        proxy.lie(Answers::Cover, Fault::Truncate(3));
        assert_eq!(fetch().await, "0123456789");
        proxy.lie_once(Answers::Blob, Fault::Empty);
        assert_eq!(fetch().await, "");
        assert!(proxy.is_honest());
        assert_eq!(fetch().await, "0123456789");
        proxy.lie_once(Answers::Blob, Fault::NoAnswer);
        assert!(reqwest::get(&blob).await.is_err());
        proxy.lie_once(Answers::Blob, Fault::CutOff(4));
        assert!(reqwest::get(&blob).await.unwrap().bytes().await.is_err());
    }
}
