//! Time: what it is, pauses that can be cancelled, and ends of waiting.

use std::{
    pin::{Pin, pin},
    task::{Context, Poll},
};

use futures_util::future::{Either, select};
use js_sys::{Function, Promise};
use wasm_bindgen::{
    JsCast, JsValue,
    prelude::{Closure, wasm_bindgen},
};
use wasm_bindgen_futures::JsFuture;
use web_model::protocol::Failure;
use web_sys::EventTarget;

use super::Cancel;
use crate::worker::scope;

#[wasm_bindgen]
extern "C" {
    /// Milliseconds of a clock that only goes forward.
    #[wasm_bindgen(js_namespace = performance)]
    pub(crate) fn now() -> f64;
}

/// Ends after a time; forgets its browser timer when dropped.
pub(crate) struct Timer {
    handle: Option<i32>,
    fired: JsFuture,
}

impl Timer {
    pub(crate) fn new(milliseconds: u32) -> Self {
        let mut handle = None;
        let fired = Promise::new(&mut |resolve, _| {
            let milliseconds = i32::try_from(milliseconds).unwrap_or(i32::MAX);
            handle =
                scope().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds).ok();
        });
        Self { handle, fired: JsFuture::from(fired) }
    }
}

impl Future for Timer {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.fired).poll(context).map(|_| ())
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(handle) = self.handle {
            scope().clear_timeout_with_handle(handle);
        }
    }
}

/// Waits, unless cancelled meanwhile.
pub(crate) async fn sleep(milliseconds: u32, cancel: &Cancel) -> Result<(), Failure> {
    unless_cancelled(Timer::new(milliseconds), cancel).await
}

/// The result of `future`, unless cancelled meanwhile.
pub(crate) async fn unless_cancelled<T>(
    future: impl Future<Output = T>,
    cancel: &Cancel,
) -> Result<T, Failure> {
    cancel.check()?;
    match select(pin!(future), Heard::new(&cancel.signal(), "abort")).await {
        Either::Left((result, _)) => Ok(result),
        Either::Right(_) => Err(Failure::Cancelled),
    }
}

/// The same, but at most until the browser says that it has a network again.
pub(crate) async fn sleep_until_online(milliseconds: u32, cancel: &Cancel) -> Result<(), Failure> {
    match select(pin!(sleep(milliseconds, cancel)), Heard::new(&scope(), "online")).await {
        Either::Left((slept, _)) => slept,
        Either::Right(_) => Ok(()),
    }
}

/// Does something again and again until dropped.
pub(crate) struct Beat {
    handle: i32,
    _act: Closure<dyn FnMut()>,
}

impl Beat {
    pub(crate) fn new(milliseconds: i32, act: impl FnMut() + 'static) -> Result<Self, JsValue> {
        let act = Closure::<dyn FnMut()>::new(act);
        let handle = scope().set_interval_with_callback_and_timeout_and_arguments_0(
            act.as_ref().unchecked_ref(),
            milliseconds,
        )?;
        Ok(Self { handle, _act: act })
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        scope().clear_interval_with_handle(self.handle);
    }
}

/// Ends with an event of the browser; listens no longer when dropped.
struct Heard {
    target: EventTarget,
    event: &'static str,
    listener: Option<Function>,
    heard: JsFuture,
}

impl Heard {
    fn new(target: &EventTarget, event: &'static str) -> Self {
        // No `Function::default()`: that makes a script of a text, which our policy forbids.
        let mut listener = None;
        let heard = Promise::new(&mut |resolve, _| listener = Some(resolve));
        if let Some(listener) = &listener {
            // It fails for events without a name.
            let _ = target.add_event_listener_with_callback(event, listener);
        }
        Self { target: target.clone(), event, listener, heard: JsFuture::from(heard) }
    }
}

impl Future for Heard {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.heard).poll(context).map(|_| ())
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        if let Some(listener) = &self.listener {
            let _ = self.target.remove_event_listener_with_callback(self.event, listener);
        }
    }
}

/// The result of `future`, or `None` when it takes longer than these milliseconds.
pub(crate) async fn within<T>(milliseconds: u32, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), Timer::new(milliseconds)).await {
        Either::Left((result, _)) => Some(result),
        Either::Right(_) => None,
    }
}

/// The result of `future`, or `None` when it is not there at the time that `end` tells, which may have moved by then.
pub(crate) async fn before<T>(end: impl Fn() -> f64, future: impl Future<Output = T>) -> Option<T> {
    let mut future = Box::pin(future);
    loop {
        match select(future, Timer::new(milliseconds(end() - now()))).await {
            Either::Left((result, _)) => return Some(result),
            Either::Right(_) if end() <= now() => return None,
            Either::Right(((), unfinished)) => future = unfinished,
        }
    }
}

/// Rounded up, so that what was waited for is over then.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is outside of the range ends at its ends"
)]
fn milliseconds(time: f64) -> u32 {
    time.ceil().max(0.0) as u32
}
