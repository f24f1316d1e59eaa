//! Bodies that come in: streamed, and read to their end even when they are refused.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use blob_api::{MAX_COVER_BYTES, MAX_PART_BYTES};
use futures_util::{StreamExt, stream};
use hyper::body::{Frame, SizeHint};

use super::App;
use super::error::Failure;
use crate::service::{BodyStream, Error};

/// Of a refused body at most so much is read.
const MOST_DRAINED: u64 = if MAX_PART_BYTES > MAX_COVER_BYTES { MAX_PART_BYTES } else { MAX_COVER_BYTES };
/// A refused body that pauses for so long is not waited for.
const DRAIN_IDLE: Duration = Duration::from_secs(5);
/// So long a refused body is read at most.
const DRAIN_LONGEST: Duration = Duration::from_secs(30);

/// A body as the service takes it. It breaks when no byte comes for a while; there is no limit on the whole time.
pub(super) fn stream(body: Body, app: &Arc<App>) -> impl BodyStream + use<> {
    let idle = Duration::from_secs(app.service.settings.body_idle_seconds.get());
    stream::unfold(body.into_data_stream(), move |mut body| async move {
        match tokio::time::timeout(idle, body.next()).await {
            Ok(Some(Ok(bytes))) => Some((Ok(bytes), body)),
            Ok(None) => None,
            Ok(Some(Err(_))) | Err(_) => Some((Err(Error::BodyBroken), body)),
        }
    })
    .fuse()
    .boxed()
}

/// The size that the request announces; bodies of unknown size are not taken.
pub(super) fn announced_size(headers: &HeaderMap) -> Result<u64, Failure> {
    let value = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.parse().ok()).ok_or(Failure::BadRequest)
}

/// Reads what a handler left of a refused request's body, within bounds, before the answer goes out: a browser that is
/// still sending when the connection closes shows a broken connection instead of the reason.
pub(super) async fn drain_refused(request: Request, next: Next) -> Response {
    let rest = Arc::default();
    let response = next.run(request.map(|body| Body::new(Lent { body, back: Arc::clone(&rest) }))).await;
    let refused = response.status().is_client_error() || response.status().is_server_error();
    let rest = rest.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(body) = rest.filter(|_| refused) {
        // When the time is over the answer goes out all the same.
        let _ = tokio::time::timeout(DRAIN_LONGEST, drain(body)).await;
    }
    response
}

async fn drain(body: Body) {
    let (mut read, mut body) = (0, body.into_data_stream());
    while read <= MOST_DRAINED {
        match tokio::time::timeout(DRAIN_IDLE, body.next()).await {
            Ok(Some(Ok(bytes))) => read += bytes.len() as u64,
            Ok(Some(Err(_)) | None) | Err(_) => break,
        }
    }
}

/// A body that goes back to its owner when the borrower drops it.
struct Lent {
    body: Body,
    back: Arc<Mutex<Option<Body>>>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        let rest = std::mem::take(&mut self.body);
        *self.back.lock().unwrap_or_else(PoisonError::into_inner) = Some(rest);
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }
    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::convert::Infallible;

    use axum::Router;
    use axum::middleware::from_fn;
    use axum::routing::put;
    use tower::ServiceExt;

    use super::*;
    use crate::http::error::Failure;

    /// Passes the time only when everything waits.
    #[tokio::test(start_paused = true)]
    async fn a_refused_body_that_trickles_is_left() {
        let trickle = stream::unfold((), async |()| {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some((Ok::<_, Infallible>(Bytes::from_static(b"x")), ()))
        });
        let app: Router = Router::new().route("/", put(async || Failure::NotFound));
        let request = Request::put("/").body(Body::from_stream(trickle)).unwrap();
        let started = tokio::time::Instant::now();
        let response = app.layer(from_fn(drain_refused)).oneshot(request).await.unwrap();
        assert_eq!((response.status().as_u16(), started.elapsed()), (404, DRAIN_LONGEST));
    }
}
