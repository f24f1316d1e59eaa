//! The line to the estimator of strength (`www/strength/strength.js`), which runs in a worker of its own: it takes up to
//! seconds for a long text, and code of others comes near neither the page nor the keys. It is loaded once somebody
//! types a secret of their own choice, and gone with the form.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use js_sys::{Array, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_model::strength::{Estimate, Reason};
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::browser;

/// How long an estimate is waited for; the estimator goes on loading after that.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks the estimator; copies speak to the same.
#[derive(Clone, Copy)]
pub(crate) struct Estimator(StoredValue<Rc<Inner>, LocalStorage>);

struct Inner {
    script: String,
    /// `None` before it is needed, and after it could not be loaded.
    running: RefCell<Option<Running>>,
    waiting: RefCell<HashMap<u32, oneshot::Sender<Estimate>>>,
    last: Cell<u32>,
    /// How many forms need it.
    users: Cell<u32>,
}

struct Running {
    worker: Worker,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(web_sys::Event)>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// The estimator.
pub(crate) fn estimator() -> Estimator {
    expect_context()
}

impl Estimator {
    /// Makes it known to all pages; nothing is loaded yet.
    pub(crate) fn provide(script: String) {
        let inner = Inner {
            script,
            running: RefCell::default(),
            waiting: RefCell::default(),
            last: Cell::new(0),
            users: Cell::new(0),
        };
        provide_context(Self(StoredValue::new_local(Rc::new(inner))));
    }

    /// The current form needs it. When that goes, and no other does, it is ended, and forgets all that it was given.
    pub(crate) fn used_here(self) {
        let inner = self.0.get_value();
        inner.users.update(|users| users + 1);
        // Signals' clean-up may run on any thread, so it takes a copy of ours.
        on_cleanup(move || {
            let Some(inner) = self.0.try_get_value() else { return };
            inner.users.update(|users| users.saturating_sub(1));
            if inner.users.get() == 0 {
                inner.end();
            }
        });
    }

    /// Loads it, unless that is done or under way.
    pub(crate) fn load(self) {
        self.0.get_value().start();
    }

    /// How long this would last against somebody who knows these facts; `None` when it cannot be told.
    pub(crate) async fn estimate(self, text: &str, known: &[String]) -> Option<Estimate> {
        let inner = self.0.get_value();
        inner.start();
        let id = inner.last.get().wrapping_add(1);
        inner.last.set(id);
        let (sender, answer) = oneshot::channel();
        inner.waiting.borrow_mut().insert(id, sender);
        if inner.post(id, text, known).is_none() {
            inner.waiting.borrow_mut().remove(&id);
        }
        let answer = match select(answer, browser::pause(PATIENCE)).await {
            Either::Left((answer, _)) => answer.ok(),
            Either::Right(_) => None,
        };
        inner.waiting.borrow_mut().remove(&id);
        answer
    }
}

impl Inner {
    fn start(self: &Rc<Self>) {
        if self.running.borrow().is_none() {
            let started = Running::start(self);
            self.running.replace(started);
        }
    }

    /// Whoever waits hears that there is no answer.
    fn end(&self) {
        drop(self.running.take());
        self.waiting.borrow_mut().clear();
    }

    fn post(&self, id: u32, text: &str, known: &[String]) -> Option<()> {
        let message = Object::new();
        let known: Array = known.iter().map(|fact| JsValue::from_str(fact)).collect();
        for (name, value) in [("id", id.into()), ("text", text.into()), ("known", JsValue::from(known))] {
            Reflect::set(&message, &name.into(), &value).ok()?;
        }
        self.running.borrow().as_ref()?.worker.post_message(&message).ok()
    }

    /// `{ id: number, guesses: number, warning: string | null }`
    fn received(&self, data: &JsValue) -> Option<()> {
        let member = |name: &str| Reflect::get(data, &name.into()).ok();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is one of ours, or nobody waits for it"
        )]
        let id = member("id")?.as_f64()? as u32;
        let reason = Reason::of(&member("warning")?.as_string().unwrap_or_default());
        let estimate = Estimate { guesses: member("guesses")?.as_f64()?, reason };
        self.waiting.borrow_mut().remove(&id)?.send(estimate).ok()
    }
}

impl Running {
    fn start(inner: &Rc<Inner>) -> Option<Self> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&inner.script, &options).ok()?;
        let receiver = Rc::downgrade(inner);
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            // A message that is none of ours changes nothing.
            let _ = receiver.upgrade().and_then(|inner| inner.received(&event.data()));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let receiver = Rc::downgrade(inner);
        let on_error = Closure::<dyn Fn(web_sys::Event)>::new(move |_| {
            if let Some(inner) = receiver.upgrade() {
                inner.end();
            }
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Some(Self { worker, _on_message: on_message, _on_error: on_error })
    }
}
