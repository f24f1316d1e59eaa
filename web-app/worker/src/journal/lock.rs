//! What only one tab may have at a time.

use futures_util::future::{Either, select};
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, prelude::*};
use wasm_bindgen_futures::JsFuture;

use crate::{pipeline::timer::Timer, worker::scope};

/// How often a lock is asked for, and milliseconds between: a tab that was just closed may take a moment to let go.
const TRIES: u32 = 7;
const PAUSE: u32 = 250;

/// A lock that this tab has, until it is dropped or the tab is closed. Where a browser has no locks, or
/// gives none to this page, none is ever refused, and [`Lock::is_real`] says so.
pub(crate) struct Lock(Option<Function>);

impl Lock {
    /// Is it certain that no other tab has this lock?
    pub(crate) fn is_real(&self) -> bool {
        self.0.is_some()
    }

    /// Takes the lock of this name; `None` when another tab has it, or this one already. That is for the browser to say: on a
    /// busy machine its answer takes as long as it takes, and silence is no refusal.
    pub(crate) async fn take(name: &str) -> Option<Self> {
        let navigator: JsValue = scope().navigator().into();
        let Some(locks) = navigator.unchecked_ref::<LockingNavigator>().locks() else {
            return Some(Self(None));
        };
        for _ in 1..TRIES {
            if let Some(lock) = Self::ask(&locks, name).await {
                return Some(lock);
            }
            Timer::new(PAUSE).await;
        }
        Self::ask(&locks, name).await
    }

    /// The same without waiting for who has it.
    async fn ask(locks: &Locks, name: &str) -> Option<Self> {
        let (held, release) = open_promise()?;
        let (answered, answer) = open_promise()?;
        let callback = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            let is_given = !lock.is_null();
            let _ = answer.call1(&JsValue::NULL, &is_given.into());
            if is_given { held.into() } else { JsValue::UNDEFINED }
        });
        let options = Object::new();
        Reflect::set(&options, &"ifAvailable".into(), &true.into()).ok()?;
        let ended = JsFuture::from(locks.request(name, &options, callback.unchecked_ref()));
        match select(JsFuture::from(answered), ended).await {
            Either::Left((Ok(is_given), _)) if is_given.is_truthy() => Some(Self(Some(release))),
            // The callback was not called: there are no locks for this page.
            Either::Right((Err(_), _)) => Some(Self(None)),
            _ => None,
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
