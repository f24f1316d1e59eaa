//! What a connection is busy with, so that one which stands still is left.
//!
//! Over HTTP/1 a reader that takes nothing blocks the socket's writes, which [`crate::connection::Moving`] notices. Over
//! HTTP/2 it need not: each stream has a window of its own, and the connection lives on while all its streams wait. So
//! what counts here is whether any answer moves. One that moves keeps the others alive; a proxy's connection carries
//! many people, and of each that waits only one piece is in memory.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, sleep, sleep_until};

use crate::connection::Place;

/// Counts what runs on one connection.
#[derive(Clone)]
pub(crate) struct Traffic(Arc<Mutex<State>>);

struct State {
    /// Requests that came and whose answers' last bytes are not handed over.
    running: u32,
    /// Those of them whose answers' heads are there: nothing but the reader holds them up.
    answering: u32,
    /// The last time that anything moved.
    moved: Instant,
}

impl Traffic {
    /// Nothing has come yet.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State { running: 0, answering: 0, moved: Instant::now() })))
    }

    /// Follows a request to the end of its answer, and keeps its place until then.
    pub(crate) async fn follow<E>(
        self,
        place: Place,
        answer: impl Future<Output = Result<Response, E>>,
    ) -> Result<Response, E> {
        self.change(|state| state.running += 1);
        let mut run = Run { traffic: self, answering: false, _place: place };
        let answer = answer.await?;
        run.answering = true;
        run.traffic.change(|state| state.answering += 1);
        Ok(answer.map(|body| Body::new(Followed { body, run })))
    }

    /// Returns when nothing ran for `idle`, or no answer moved for `longest`. While a handler is at work its own limits
    /// hold.
    pub(crate) async fn standstill(&self, idle: Duration, longest: Duration) {
        // What runs changes while we sleep, and with it the limit.
        let pause = idle.min(longest);
        loop {
            let (limit, moved) = {
                let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                let limit = match (state.running, state.answering) {
                    (0, _) => Some(idle),
                    (running, answering) if running == answering => Some(longest),
                    _ => None,
                };
                (limit, state.moved)
            };
            let now = Instant::now();
            match limit.map(|limit| moved + limit) {
                Some(end) if end <= now => return,
                Some(end) => sleep_until(end.min(now + pause)).await,
                None => sleep(pause).await,
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        state.moved = Instant::now();
    }
}

/// A request that runs, until it is dropped.
struct Run {
    traffic: Traffic,
    answering: bool,
    _place: Place,
}

impl Drop for Run {
    fn drop(&mut self) {
        let answering = u32::from(self.answering);
        self.traffic.change(|state| {
            state.running -= 1;
            state.answering -= answering;
        });
    }
}

/// A body whose frames count as movement.
struct Followed {
    body: Body,
    run: Run,
}

impl HttpBody for Followed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.run.traffic.change(|_| {});
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

    use http_body_util::BodyExt;

    use super::*;
    use crate::connection::Crowd;

    const IDLE: Duration = Duration::from_secs(10);
    const LONGEST: Duration = Duration::from_secs(60);

    fn answer() -> Result<Response, Infallible> {
        Ok(Response::new(Body::from("text")))
    }

    fn place() -> Place {
        Crowd::new(1).enter(std::net::IpAddr::from([127, 0, 0, 1]).into()).unwrap()
    }

    /// Seconds until the connection is left, after `meanwhile`.
    async fn left_after(traffic: &Traffic, meanwhile: impl Future<Output = ()>) -> u64 {
        let started = Instant::now();
        tokio::join!(traffic.standstill(IDLE, LONGEST), meanwhile);
        started.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn silence_answers_and_work_have_their_own_patience() {
        let traffic = Traffic::new();
        assert_eq!(left_after(&traffic, async {}).await, 10, "nothing ever came");

        let traffic = Traffic::new();
        let work = traffic.clone().follow(place(), async {
            sleep(Duration::from_secs(500)).await;
            answer()
        });
        assert_eq!(left_after(&traffic, async { drop(work.await) }).await, 510, "a handler is at work");

        let traffic = Traffic::new();
        let mut answered = traffic.clone().follow(place(), async { answer() }).await.unwrap();
        let reader = async {
            sleep(Duration::from_secs(50)).await;
            answered.body_mut().frame().await.unwrap().unwrap();
        };
        assert_eq!(left_after(&traffic, reader).await, 50 + 60, "a reader took one frame and no more");
        drop(answered);
        assert_eq!(left_after(&traffic, async {}).await, 10, "nothing runs any more");

        let traffic = Traffic::new();
        let untaken = async { std::mem::forget(traffic.clone().follow(place(), async { answer() }).await) };
        let started = Instant::now();
        tokio::join!(traffic.standstill(LONGEST, IDLE), untaken);
        assert_eq!(started.elapsed().as_secs(), 10, "the shorter patience counts as soon as it is due");
    }
}
