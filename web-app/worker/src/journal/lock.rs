//! What only one tab may have at a time.

use std::pin::pin;

use futures_util::future::{Either, select};
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, prelude::*};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use crate::{pipeline::error_name, worker::scope};

/// Milliseconds to wait for a lock: a tab that was just closed may take a moment to let go.
const PATIENCE: u32 = 1_500;

/// A lock that this tab has, until it is dropped or the tab is closed. Where a browser has no locks, or
/// gives none to this page, none is ever refused, and [`Lock::is_real`] says so.
pub(crate) struct Lock(Option<Function>);

impl Lock {
    /// Is it certain that no other tab has this lock?
    pub(crate) fn is_real(&self) -> bool {
        self.0.is_some()
    }

    /// Takes the lock of this name; `None` when another tab has it, or this one already.
    pub(crate) async fn take(name: &str) -> Option<Self> {
        let navigator: JsValue = scope().navigator().into();
        let Some(locks) = navigator.unchecked_ref::<LockingNavigator>().locks() else {
            return Some(Self(None));
        };
        let (held, release) = open_promise()?;
        let (granted, grant) = open_promise()?;
        let callback = Closure::once_into_js(move |_: JsValue| -> JsValue {
            let _ = grant.call0(&JsValue::NULL);
            held.into()
        });
        let options = Object::new();
        Reflect::set(&options, &"signal".into(), &AbortSignal::timeout_with_u32(PATIENCE)).ok()?;
        let ended = JsFuture::from(locks.request(name, &options, callback.unchecked_ref()));
        match select(pin!(JsFuture::from(granted)), pin!(ended)).await {
            Either::Left(_) => Some(Self(Some(release))),
            Either::Right((Err(error), _)) if error_name(&error) != "TimeoutError" => Some(Self(None)),
            Either::Right(_) => None,
        }
    }
}

/// A promise, and what fulfils it.
fn open_promise() -> Option<(Promise, Function)> {
    let mut fulfil = None;
    let promise = Promise::new(&mut |resolve, _| fulfil = Some(resolve));
    Some((promise, fulfil?))
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(release) = &self.0 {
            let _ = release.call0(&JsValue::NULL);
        }
    }
}

#[wasm_bindgen]
extern "C" {
    type LockingNavigator;
    #[wasm_bindgen(method, getter)]
    fn locks(this: &LockingNavigator) -> Option<Locks>;

    /// `LockManager`, which web-sys counts as unstable.
    type Locks;
    #[wasm_bindgen(method)]
    fn request(this: &Locks, name: &str, options: &Object, callback: &Function) -> Promise;
}
