//! Requests of the transfers: one PUT or POST with retries, one streaming GET.
//!
//! A lost connection, a restarting server and a damaged body heal by themselves: every request here may be repeated
//! without harm, so it is, with growing pauses, and without end where only the network is missing.

use std::{cell::Cell, pin::pin, rc::Rc};

use blob_api::{CONTENT_DIGEST, ProblemKind, Token};
use futures_util::future::{Either, select};
use js_sys::{Function, JSON, Promise, Reflect, Uint8Array};
use serde::{Deserialize, de::value::StrDeserializer};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_model::protocol::Failure;
use web_sys::{
    AbortController, AbortSignal, Headers, ProgressEvent, Request, RequestInit, RequestRedirect, Response,
    XmlHttpRequest, XmlHttpRequestUpload,
};

use super::{
    Cancel, number,
    timer::{sleep, sleep_until_online, while_active, within},
};
use crate::worker::scope;

/// Pauses between tries in milliseconds. A server that still refuses after all of them, a little more than a minute, is
/// believed; a lost network is waited for with the last one for as long as the page is open.
const PAUSES: [u32; 8] = [300, 700, 1_500, 3_000, 6_000, 12_000, 20_000, LONGEST_PAUSE];
/// How long a lost network goes unprobed at most.
const LONGEST_PAUSE: u32 = 30_000;

/// The pause after so many tries in a row that failed.
pub(crate) fn pause_after(tries: usize) -> u32 {
    PAUSES.get(tries).copied().unwrap_or(LONGEST_PAUSE)
}

/// Why one try failed.
pub(crate) enum Trouble {
    /// Worth repeating after at least this many seconds.
    Passing(Failure, u64),
    /// Repeating would change nothing.
    Lasting(Failure),
}

/// Repeats `attempt` until it succeeds or fails for good. `waiting` hears of each wait for the network or the server.
/// While the job is paused nothing is tried; what a pause interrupts is tried anew.
pub(crate) async fn persist<T>(
    cancel: &Cancel,
    mut waiting: impl FnMut(),
    mut attempt: impl AsyncFnMut() -> Result<T, Trouble>,
) -> Result<T, Failure> {
    let mut pauses = PAUSES.into_iter();
    loop {
        cancel.passable().await?;
        let tried = match select(pin!(attempt()), pin!(cancel.paused())).await {
            Either::Left((tried, _)) => tried,
            Either::Right(_) => continue,
        };
        match tried {
            Ok(value) => return Ok(value),
            Err(Trouble::Lasting(failure)) => return Err(failure),
            Err(Trouble::Passing(Failure::Network, _)) => {
                cancel.check()?;
                waiting();
                sleep_until_online(pauses.next().unwrap_or(LONGEST_PAUSE), cancel).await?;
            }
            Err(Trouble::Passing(failure, least)) => {
                cancel.check()?;
                let Some(pause) = pauses.next() else { return Err(failure) };
                waiting();
                let least = u32::try_from(least.saturating_mul(1_000)).unwrap_or(u32::MAX);
                sleep(pause.max(least), cancel).await?;
            }
        }
    }
}

/// A body to send.
pub(crate) enum Body<'a> {
    /// Ciphertext, with the `Content-Digest` of exactly these bytes.
    Bytes(&'a Uint8Array, Option<&'a str>),
    /// JSON.
    Json(String),
    /// Nothing.
    None,
}

/// Sends one request with a body. `sent` hears how many bytes have left.
pub(crate) async fn send(
    method: &str,
    path: &str,
    body: Body<'_>,
    cancel: &Cancel,
    sent: impl FnMut(f64) + 'static,
) -> Result<(), Trouble> {
    let failed = |_| Trouble::Lasting(Failure::Internal);
    let exchange = Exchange::new(cancel.signal(), sent).map_err(failed)?;
    let answer = while_active(exchange.run(method, path, body), || exchange.activity.get()).await;
    let Some(status) = answer else { return Err(Trouble::Passing(Failure::Network, 0)) };
    match status.map_err(failed)? {
        200..=299 => Ok(()),
        0 if exchange.signal.aborted() => Err(Trouble::Lasting(Failure::Cancelled)),
        0 => Err(Trouble::Passing(Failure::Network, 0)),
        status => Err(refused(status, &exchange.request.response_text().ok().flatten().unwrap_or_default())),
    }
}

/// One `XMLHttpRequest`, because `fetch` does not tell how much has been sent. Dropping it ends it, and the browser never
/// calls back into what is gone.
struct Exchange {
    request: XmlHttpRequest,
    upload: XmlHttpRequestUpload,
    signal: AbortSignal,
    /// Counts the browser's reports that more bytes have left.
    activity: Rc<Cell<u32>>,
    on_progress: Closure<dyn FnMut(ProgressEvent)>,
    on_abort: Closure<dyn FnMut()>,
}

impl Exchange {
    fn new(signal: AbortSignal, mut sent: impl FnMut(f64) + 'static) -> Result<Self, JsValue> {
        let request = XmlHttpRequest::new()?;
        let upload = request.upload()?;
        let activity = Rc::new(Cell::new(0_u32));
        let on_progress = Closure::new({
            let activity = Rc::clone(&activity);
            let mut left = 0.0;
            move |event: ProgressEvent| {
                // Chromium reports each second, also when nothing moves.
                if event.loaded() > left {
                    left = event.loaded();
                    activity.set(activity.get().wrapping_add(1));
                }
                sent(event.loaded());
            }
        });
        let on_abort = Closure::new({
            let request = request.clone();
            move || {
                let _ = request.abort();
            }
        });
        Ok(Self { request, upload, signal, activity, on_progress, on_abort })
    }

    /// Returns the status, 0 when there was no answer.
    async fn run(&self, method: &str, path: &str, body: Body<'_>) -> Result<u16, JsValue> {
        self.request.open(method, path)?;
        self.upload.set_onprogress(Some(self.on_progress.as_ref().unchecked_ref()));
        self.signal.add_event_listener_with_callback("abort", self.on_abort.as_ref().unchecked_ref())?;
        let ended = Promise::new(&mut |resolve, _| self.request.set_onloadend(Some(&resolve)));
        match body {
            Body::Bytes(bytes, digest) => {
                self.request.set_request_header("content-type", "application/octet-stream")?;
                if let Some(digest) = digest {
                    self.request.set_request_header(CONTENT_DIGEST, digest)?;
                }
                self.request.send_with_opt_buffer_source(Some(bytes))?;
            }
            Body::None => self.request.send()?,
            Body::Json(text) => {
                self.request.set_request_header("content-type", "application/json")?;
                self.request.send_with_opt_str(Some(&text))?;
            }
        }
        JsFuture::from(ended).await?;
        self.request.status()
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.upload.set_onprogress(None);
        let _ =
            self.signal.remove_event_listener_with_callback("abort", self.on_abort.as_ref().unchecked_ref());
        let _ = self.request.abort();
    }
}

/// Milliseconds in which an answer to a download must begin. Where a network has changed, browsers still hold connections
/// that lead nowhere, and each takes one try to find out.
const ANSWER: u32 = 15_000;

/// Stops one `fetch`: when its job is cancelled, or it hangs. Of the few connections that a browser makes to a server, a
/// hanging one would take one for ever.
struct Fetch(AbortController);

impl Fetch {
    fn new(cancel: &Cancel) -> Result<Self, JsValue> {
        let controller = AbortController::new()?;
        let abort: Function = Reflect::get(&controller, &"abort".into())?.dyn_into()?;
        cancel.signal().add_event_listener_with_callback("abort", &abort.bind0(&controller))?;
        Ok(Self(controller))
    }
}

/// Starts a GET with the bearer of an opening, from `from` bytes on; the body is read by the caller.
pub(crate) async fn get(
    path: &str,
    opening: &Token,
    from: u64,
    cancel: &Cancel,
) -> Result<Response, Trouble> {
    let failed = |_: JsValue| Trouble::Lasting(Failure::Internal);
    let headers = Headers::new().map_err(failed)?;
    headers.set("authorization", &format!("Bearer {}", opening.to_text())).map_err(failed)?;
    if from > 0 {
        headers.set("range", &format!("bytes={}-", number(from))).map_err(failed)?;
    }
    let options = RequestInit::new();
    options.set_headers(&headers);
    options.set_redirect(RequestRedirect::Error);
    let fetch = Fetch::new(cancel).map_err(failed)?;
    options.set_signal(Some(&fetch.0.signal()));
    let request = Request::new_with_str_and_init(path, &options).map_err(failed)?;
    let answer = within(ANSWER, JsFuture::from(scope().fetch_with_request(&request))).await;
    let Some(Ok(response)) = answer else {
        fetch.0.abort();
        return Err(interrupted(cancel));
    };
    let response: Response = response.unchecked_into();
    let wanted = if from > 0 { 206 } else { 200 };
    match response.status() {
        status if status == wanted => Ok(response),
        // Asked for the rest and given all, or the other way round: no honest server does that.
        200..=299 => Err(Trouble::Lasting(Failure::Damaged(None))),
        status => {
            let text = match response.text() {
                Ok(text) => JsFuture::from(text).await.ok().and_then(|text| text.as_string()),
                Err(_) => None,
            };
            Err(refused(status, &text.unwrap_or_default()))
        }
    }
}

/// What a broken connection means: cancelled by us, or worth another try.
pub(crate) fn interrupted(cancel: &Cancel) -> Trouble {
    match cancel.check() {
        Err(failure) => Trouble::Lasting(failure),
        Ok(()) => Trouble::Passing(Failure::Network, 0),
    }
}

fn refused(status: u16, body: &str) -> Trouble {
    let Some((kind, wait)) = problem(body) else {
        // Not our server's words: a proxy in between, say, while the server restarts.
        return match status {
            502..=504 => Trouble::Passing(Failure::Network, 0),
            413 => Trouble::Lasting(Failure::Server(ProblemKind::TooLarge)),
            _ => Trouble::Lasting(Failure::Server(ProblemKind::Internal)),
        };
    };
    let failure = Failure::Server(kind);
    match kind {
        ProblemKind::TooMany | ProblemKind::Internal | ProblemKind::DigestMismatch => {
            Trouble::Passing(failure, wait)
        }
        _ => Trouble::Lasting(failure),
    }
}

/// Kind and seconds to wait of a [`blob_api::Problem`]. Read by the browser: opening a delivery needs JSON for nothing else,
/// and a reader of our own would have to be loaded.
fn problem(body: &str) -> Option<(ProblemKind, u64)> {
    let problem = JSON::parse(body).ok()?;
    let member = |name: &str| Reflect::get(&problem, &name.into()).ok();
    let kind = member("type")?.as_string()?;
    let kind = ProblemKind::deserialize(StrDeserializer::<serde::de::value::Error>::new(&kind)).ok()?;
    // Saturates: what is negative or endless is nothing that our server says.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let wait = member("retry_after").and_then(|seconds| seconds.as_f64()).unwrap_or_default() as u64;
    Some((kind, wait))
}
