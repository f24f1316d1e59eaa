//! One line a request: method, route template, status, milliseconds, bytes, request id. Never the URI, a header or an
//! address: links, tokens and people stay out of the log.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tracing::Instrument;

/// Carries the request id to the browser, so that people can name it to their operator.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Logs each request when its answer's last byte is handed over, or when the client goes away.
pub(super) async fn requests(request: Request, next: Next) -> Response {
    let id = request_id();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut line = Line {
        method: request.method().clone(),
        route,
        started: Instant::now(),
        id: id.clone(),
        status: None,
        bytes: 0,
    };
    let span = tracing::info_span!("request", id);
    let mut response = next.run(request).instrument(span).await;
    line.status = Some(response.status().as_u16());
    if let Ok(value) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response.map(|body| Body::new(Counted { body, line }))
}

/// 64 random bits in hexadecimal; without random bytes the request goes on without a useful id.
fn request_id() -> String {
    let mut bytes = [0; 8];
    let _ = getrandom::fill(&mut bytes);
    format!("{:016x}", u64::from_be_bytes(bytes))
}

/// The log line, written when it is dropped.
struct Line {
    method: Method,
    route: Option<MatchedPath>,
    started: Instant,
    id: String,
    status: Option<u16>,
    bytes: u64,
}

impl Drop for Line {
    fn drop(&mut self) {
        // A method can be any word that a client makes up.
        let method = match self.method {
            Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::PATCH | Method::DELETE => {
                self.method.as_str()
            }
            _ => "-",
        };
        let route = self.route.as_ref().map_or("-", MatchedPath::as_str);
        let ms = self.started.elapsed().as_millis() as u64;
        // 499: the client went away before there was an answer.
        let status = self.status.unwrap_or(499);
        tracing::info!(method, route, status, ms, bytes = self.bytes, id = self.id, "served");
    }
}

/// A body that counts what is taken from it.
struct Counted {
    body: Body,
    line: Line,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                self.line.bytes += frame.data_ref().map_or(0, |data| data.len() as u64)
            }
            Poll::Ready(Some(Err(error))) => {
                tracing::error!(%error, id = self.line.id, "an answer broke off")
            }
            Poll::Ready(None) | Poll::Pending => {}
        }
        polled
    }
    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
