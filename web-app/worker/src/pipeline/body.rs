//! The body of a download as one sequence of bytes, whatever happens to the connection.

use std::pin::pin;

use blob_api::{ProblemKind, Token};
use futures_util::future::{Either, select};
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_model::{pauses::pause_after, protocol::Failure};
use web_sys::ReadableStreamDefaultReader;

use super::{
    Cancel, canary,
    http::{self, Answer, Trouble},
    meter::Meter,
    silence::{Silence, Way},
    timer::{before, sleep_until_online},
};

/// Reads one resource from its beginning to its end, asking again for the rest after each interruption.
pub(crate) struct Body<'a> {
    path: String,
    opening: &'a Token,
    cancel: &'a Cancel,
    meter: &'a Meter,
    connection: Option<Connection>,
    /// What the network brought and nobody has taken yet.
    rest: Uint8Array,
    /// Bytes before this body, and taken from it so far, plus those in `rest`.
    received: u64,
    /// `received` when the connection was made.
    connected_at: u64,
    /// Connections in a row that broke without having brought a single byte.
    fruitless: usize,
}

/// A connection that brings bytes; dropping it ends it.
struct Connection {
    reader: ReadableStreamDefaultReader,
    _answer: Answer,
}

impl<'a> Body<'a> {
    /// The bytes from `at` on.
    pub(crate) fn new(
        path: String,
        at: u64,
        opening: &'a Token,
        cancel: &'a Cancel,
        meter: &'a Meter,
    ) -> Self {
        let rest = Uint8Array::new_with_length(0);
        Self {
            path,
            opening,
            cancel,
            meter,
            connection: None,
            rest,
            received: at,
            connected_at: at,
            fruitless: 0,
        }
    }

    /// Fills the view with the next bytes; [`Failure::Damaged`] when the body ends before.
    pub(crate) async fn fill(&mut self, view: &Uint8Array) -> Result<(), Failure> {
        let mut at = 0;
        while at < view.length() {
            if self.rest.length() == 0 {
                self.rest = self.receive().await?.ok_or(Failure::Damaged(None))?;
            }
            let taken = self.rest.length().min(view.length() - at);
            view.set(&self.rest.subarray(0, taken), at);
            self.rest = self.rest.subarray(taken, self.rest.length());
            at += taken;
        }
        Ok(())
    }

    /// [`Failure::Damaged`] when more bytes follow.
    pub(crate) async fn expect_end(&mut self) -> Result<(), Failure> {
        if self.rest.length() > 0 {
            return Err(Failure::Damaged(None));
        }
        let Some(Connection { reader, .. }) = &self.connection else {
            // A pause has let the connection go: what is asked for behind the end must not be there.
            return match http::get(&self.path, self.opening, self.received, self.cancel).await {
                Ok(_) => Err(Failure::Damaged(None)),
                Err(_) => self.cancel.check(),
            };
        };
        // A connection that breaks here has brought all there is to bring.
        match next(reader, self.cancel).await {
            Ok(Some(bytes)) if bytes.length() > 0 => Err(Failure::Damaged(None)),
            Ok(_) | Err(_) => self.cancel.check(),
        }
    }

    /// The next bytes from the network; `None` when the server says that there are no more.
    async fn receive(&mut self) -> Result<Option<Uint8Array>, Failure> {
        loop {
            let reader = match &self.connection {
                Some(connection) => connection.reader.clone(),
                None => self.connect().await?,
            };
            let next = match select(pin!(next(&reader, self.cancel)), pin!(self.cancel.paused())).await {
                Either::Left((next, _)) => next,
                Either::Right(_) => {
                    // No connection is kept for a pause, which may be long; the next one begins after it.
                    self.connection = None;
                    continue;
                }
            };
            match next {
                Ok(Some(bytes)) => {
                    self.received += u64::from(bytes.length());
                    return Ok(Some(bytes));
                }
                Ok(None) if self.received == self.connected_at => return Ok(None),
                Err(Trouble::Lasting(failure)) => return Err(failure),
                Err(Trouble::Silent) => self.abandon().await?,
                // Ended too early: a proxy that gave up, perhaps. Whether there is more, the next request tells.
                Ok(None) | Err(Trouble::Passing(_) | Trouble::TooMany(_)) => self.disconnect().await?,
            }
        }
    }

    async fn connect(&mut self) -> Result<ReadableStreamDefaultReader, Failure> {
        let answer = http::persist(
            self.cancel,
            || self.meter.waiting(),
            async || http::get(&self.path, self.opening, self.received, self.cancel).await,
        );
        let answer = answer.await.map_err(|failure| match failure {
            // There is no rest, although the manifest says that there must be one.
            Failure::Server(ProblemKind::BadRange) => Failure::Damaged(None),
            failure => failure,
        })?;
        let reader: ReadableStreamDefaultReader =
            answer.response.body().ok_or(Failure::Damaged(None))?.get_reader().unchecked_into();
        self.connection = Some(Connection { reader: reader.clone(), _answer: answer });
        self.connected_at = self.received;
        Ok(reader)
    }

    /// A connection stood still. When there is a server at the end of the line, the next one need not wait.
    async fn abandon(&mut self) -> Result<(), Failure> {
        self.connection = None;
        self.meter.waiting();
        if canary::returns(self.cancel).await? { Ok(()) } else { self.disconnect().await }
    }

    /// A connection broke. When it brought nothing, the next one waits.
    async fn disconnect(&mut self) -> Result<(), Failure> {
        self.connection = None;
        if self.received > self.connected_at {
            self.fruitless = 0;
            return Ok(());
        }
        let pause = pause_after(self.fruitless);
        self.fruitless += 1;
        self.meter.waiting();
        sleep_until_online(pause, self.cancel).await
    }
}

async fn next(reader: &ReadableStreamDefaultReader, cancel: &Cancel) -> Result<Option<Uint8Array>, Trouble> {
    let broken = |_| http::interrupted(cancel);
    // Each read stands for itself: what it brings has arrived.
    let silence = Silence::begin(Way::Down, 0.0);
    let read = before(|| silence.dead_at(), JsFuture::from(reader.read())).await;
    let result = read.ok_or(Trouble::Silent)?.map_err(broken)?;
    silence.ended();
    if Reflect::get(&result, &"done".into()).map_err(broken)?.is_truthy() {
        return Ok(None);
    }
    Reflect::get(&result, &"value".into()).map_err(broken)?.dyn_into().map(Some).map_err(broken)
}
