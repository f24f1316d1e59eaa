//! Requests of the transfers: one PUT or POST with retries, one streaming GET.
//!
//! A lost connection, a restarting server and a damaged body heal by themselves: every request here may be repeated
//! without harm, so it is, with growing pauses, and without end where only the network is missing.

use std::{pin::pin, rc::Rc};

use blob_api::{CONTENT_DIGEST, ProblemKind, Token, UPLOAD_COMPLETE};
use futures_util::future::{Either, select};
use js_sys::{Function, JSON, Promise, Reflect, Uint8Array};
use serde::{Deserialize, de::value::StrDeserializer};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_model::{
    pauses::{REFUSALS, pause_after, pause_as_told},
    protocol::Failure,
};
use web_sys::{
    AbortController, AbortSignal, Headers, ProgressEvent, Request, RequestInit, RequestRedirect, Response,
    XmlHttpRequest, XmlHttpRequestUpload,
};

use super::{
    Cancel, canary, number,
    silence::{Silence, Way},
    timer::{before, sleep, sleep_until_online, within},
};
use crate::worker::scope;

/// Why one try failed.
pub(crate) enum Trouble {
    /// Worth repeating.
    Passing(Failure),
    /// The connection stood still, and was given up.
    Silent,
    /// The server takes no more before so many seconds.
    TooMany(u64),
    /// Repeating would change nothing.
    Lasting(Failure),
}

/// Repeats `attempt` until it succeeds or fails for good. `waiting` hears of each wait for the network or the server, but
/// not of those that the server asks for because it is asked too often: then nothing is interrupted. While the job is
/// paused nothing is tried; what a pause interrupts is tried anew.
pub(crate) async fn persist<T>(
    cancel: &Cancel,
    mut waiting: impl FnMut(),
    mut attempt: impl AsyncFnMut() -> Result<T, Trouble>,
) -> Result<T, Failure> {
    let (mut lost, mut refused, mut early) = (0, 0, 0);
    loop {
        cancel.passable().await?;
        let tried = match select(pin!(attempt()), pin!(cancel.paused())).await {
            Either::Left((tried, _)) => tried,
            Either::Right(_) => continue,
        };
        let trouble = match tried {
            Ok(value) => return Ok(value),
            Err(Trouble::Lasting(failure)) => return Err(failure),
            Err(trouble) => trouble,
        };
        cancel.check()?;
        match trouble {
            Trouble::TooMany(seconds) => {
                sleep(pause_as_told(early, seconds), cancel).await?;
                early += 1;
            }
            Trouble::Passing(failure) if failure != Failure::Network => {
                if refused == REFUSALS {
                    return Err(failure);
                }
                waiting();
                sleep(pause_after(refused), cancel).await?;
                refused += 1;
            }
            trouble => {
                waiting();
                if !(matches!(trouble, Trouble::Silent) && canary::returns(cancel).await?) {
                    sleep_until_online(pause_after(lost), cancel).await?;
                    lost += 1;
                }
            }
        }
    }
}

/// A body to send.
pub(crate) enum Body<'a> {
    /// A part of a file.
    Part(&'a Part),
    /// Other ciphertext.
    Bytes(&'a Uint8Array),
    /// JSON.
    Json(String),
    /// Nothing.
    None,
}

/// A part of a file's ciphertext.
pub(crate) struct Part {
    pub(crate) bytes: Uint8Array,
    /// The `Content-Digest` of exactly these bytes.
    pub(crate) digest: String,
    /// Is it all of the file?
    pub(crate) whole: bool,
}

impl Body<'_> {
    fn length(&self) -> f64 {
        match self {
            Self::Part(part) => f64::from(part.bytes.length()),
            Self::Bytes(bytes) => f64::from(bytes.length()),
            Self::Json(_) | Self::None => 0.0,
        }
    }
}

/// Sends one request with a body, to a path by a method, and shows a token where the session's cookie does not do. `sent` hears
/// how many bytes have left.
pub(crate) async fn send(
    to: (&str, &str),
    bearer: Option<&Token>,
    body: Body<'_>,
    cancel: &Cancel,
    sent: impl FnMut(f64) + 'static,
) -> Result<(), Trouble> {
    let failed = |_| Trouble::Lasting(Failure::Internal);
    let silence = Silence::begin(Way::Up, body.length());
    let exchange = Exchange::new(cancel.signal(), Rc::clone(&silence), sent).map_err(failed)?;
    let answer = before(|| silence.dead_at(), exchange.run(to, bearer, body)).await;
    let Some(status) = answer else { return Err(Trouble::Silent) };
    match status.map_err(failed)? {
        200..=299 => {
            silence.ended();
            Ok(())
        }
        0 if exchange.signal.aborted() => Err(Trouble::Lasting(Failure::Cancelled)),
        0 => Err(Trouble::Passing(Failure::Network)),
        status => Err(refused(status, &exchange.request.response_text().ok().flatten().unwrap_or_default())),
    }
}

/// One `XMLHttpRequest`, because `fetch` does not tell how much has been sent. Dropping it ends it, and the browser never
/// calls back into what is gone.
struct Exchange {
    request: XmlHttpRequest,
    upload: XmlHttpRequestUpload,
    signal: AbortSignal,
    on_progress: Closure<dyn FnMut(ProgressEvent)>,
    on_abort: Closure<dyn FnMut()>,
}

impl Exchange {
    fn new(
        signal: AbortSignal,
        silence: Rc<Silence>,
        mut sent: impl FnMut(f64) + 'static,
    ) -> Result<Self, JsValue> {
        let request = XmlHttpRequest::new()?;
        let upload = request.upload()?;
        let mut left = 0.0;
        let on_progress = Closure::new(move |event: ProgressEvent| {
            // Chromium reports each second, also when nothing moves.
            if event.loaded() > left {
                left = event.loaded();
                silence.broken();
            }
            sent(event.loaded());
        });
        let on_abort = Closure::new({
            let request = request.clone();
            move || {
                let _ = request.abort();
            }
        });
        Ok(Self { request, upload, signal, on_progress, on_abort })
    }

    /// Returns the status, 0 when there was no answer.
    async fn run(
        &self,
        (method, path): (&str, &str),
        bearer: Option<&Token>,
        body: Body<'_>,
    ) -> Result<u16, JsValue> {
        self.request.open(method, path)?;
        if let Some(token) = bearer {
            self.request.set_request_header("authorization", &format!("Bearer {}", token.to_text()))?;
        }
        self.upload.set_onprogress(Some(self.on_progress.as_ref().unchecked_ref()));
        self.signal.add_event_listener_with_callback("abort", self.on_abort.as_ref().unchecked_ref())?;
        let ended = Promise::new(&mut |resolve, _| self.request.set_onloadend(Some(&resolve)));
        match body {
            Body::Part(Part { bytes, digest, whole }) => {
                self.request.set_request_header(CONTENT_DIGEST, digest)?;
                if *whole {
                    self.request.set_request_header(UPLOAD_COMPLETE, "?1")?;
                }
                self.send_bytes(bytes)?;
            }
            Body::Bytes(bytes) => self.send_bytes(bytes)?,
            Body::None => self.request.send()?,
            Body::Json(text) => {
                self.request.set_request_header("content-type", "application/json")?;
                self.request.send_with_opt_str(Some(&text))?;
            }
        }
        JsFuture::from(ended).await?;
        self.request.status()
    }

    fn send_bytes(&self, bytes: &Uint8Array) -> Result<(), JsValue> {
        self.request.set_request_header("content-type", "application/octet-stream")?;
        self.request.send_with_opt_buffer_source(Some(bytes))
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

/// An answer whose body is still to be read. Its job's end ends it, and so does dropping it: of the few connections that a
/// browser makes to a server, a hanging one would take one for ever.
pub(crate) struct Answer {
    pub(crate) response: Response,
    _fetch: Fetch,
}

/// Ends one `fetch` with its job, or when dropped.
pub(super) struct Fetch {
    controller: AbortController,
    signal: AbortSignal,
    abort: Function,
}

impl Fetch {
    pub(super) fn new(cancel: &Cancel) -> Result<Self, JsValue> {
        let controller = AbortController::new()?;
        let abort: Function = Reflect::get(&controller, &"abort".into())?.dyn_into()?;
        let abort = abort.bind0(&controller);
        let signal = cancel.signal();
        signal.add_event_listener_with_callback("abort", &abort)?;
        Ok(Self { controller, signal, abort })
    }

    /// For the request.
    pub(super) fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        let _ = self.signal.remove_event_listener_with_callback("abort", &self.abort);
        self.controller.abort();
    }
}

/// Starts a GET with the bearer of an opening, from `from` bytes on; the body is read by the caller.
pub(crate) async fn get(path: &str, opening: &Token, from: u64, cancel: &Cancel) -> Result<Answer, Trouble> {
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
    options.set_signal(Some(&fetch.signal()));
    let request = Request::new_with_str_and_init(path, &options).map_err(failed)?;
    let answer = within(ANSWER, JsFuture::from(scope().fetch_with_request(&request))).await;
    let response = answer.ok_or(Trouble::Silent)?.map_err(|_| interrupted(cancel))?;
    let response: Response = response.unchecked_into();
    let wanted = if from > 0 { 206 } else { 200 };
    match response.status() {
        status if status == wanted => Ok(Answer { response, _fetch: fetch }),
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
        Ok(()) => Trouble::Passing(Failure::Network),
    }
}

fn refused(status: u16, body: &str) -> Trouble {
    let Some((kind, wait)) = problem(body) else {
        // Not our server's words: a proxy in between, say, while the server restarts.
        return match status {
            429 => Trouble::TooMany(0),
            502..=504 => Trouble::Passing(Failure::Network),
            413 => Trouble::Lasting(Failure::Server(ProblemKind::TooLarge)),
            _ => Trouble::Lasting(Failure::Server(ProblemKind::Internal)),
        };
    };
    let failure = Failure::Server(kind);
    match kind {
        ProblemKind::TooMany => Trouble::TooMany(wait),
        ProblemKind::Internal | ProblemKind::DigestMismatch => Trouble::Passing(failure),
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
