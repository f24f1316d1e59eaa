//! The door to the crypto worker: a [`Job`] goes out, [`Event`]s come back.
//!
//! The worker is a separate WebAssembly module and holds all keys. Messages are those of `web_model::protocol`.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_channel::oneshot;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use js_sys::{Array, Object, Reflect, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use web_model::protocol::{self, Answer, Event, Failure, Job, JobId, Note, Progress, Reply, Request};
use web_sys::{File, MessageEvent, MessagePort, Worker, WorkerOptions, WorkerType};

use crate::browser;

/// Time between two looks at how far a transfer is: small files arrive by the hundred each second, and drawing each step
/// would leave the page no time for anything else.
const PACE: Duration = Duration::from_millis(80);
/// Milliseconds in which a worker is replaced only once: one that fails again at once would fail for ever.
const CALM: f64 = 10_000.0;

/// Asks the worker; copies speak to the same worker.
#[derive(Clone, Copy)]
pub(crate) struct Door(StoredValue<Rc<Inner>, LocalStorage>);

struct Inner {
    script: String,
    /// `None` when it could not be started, failed before it listened, or failed twice in a short time.
    worker: RefCell<Option<Worker>>,
    /// When it was last replaced.
    replaced: Cell<Option<f64>>,
    last: Cell<JobId>,
    /// Messages that wait for the worker to listen; `None` once it does.
    unsent: RefCell<Option<Vec<Object>>>,
    running: RefCell<HashMap<JobId, UnboundedSender<Message>>>,
}

/// An event, and the file that may come beside it.
type Message = (Event, Option<File>);

/// A job that the worker has been given.
pub(crate) struct Running {
    id: JobId,
    messages: UnboundedReceiver<Message>,
}

/// What the worker keeps under a job's id; when this is dropped, the worker forgets it.
pub(crate) struct Kept {
    door: Door,
    id: JobId,
}

impl Kept {
    /// Names what is kept in later jobs.
    pub(crate) fn id(&self) -> JobId {
        self.id
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let (door, id) = (self.door, self.id);
        // Later: what holds this may be dropped while the store that the door is in is locked.
        spawn_local(async move { door.forget(id) });
    }
}

/// The current door.
pub(crate) fn door() -> Door {
    expect_context()
}

/// A job whose end somebody waits for; when they do so no longer, it is stopped.
struct Unfinished(Door, Option<JobId>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let Self(door, Some(job)) = *self else { return };
        // Later, as for [`Kept`].
        spawn_local(async move { door.cancel(job) });
    }
}

impl Door {
    /// Starts the worker and makes the door known to all pages.
    pub(crate) fn provide(script: &str) {
        let inner = Rc::new(Inner {
            script: script.to_owned(),
            worker: RefCell::default(),
            replaced: Cell::new(None),
            last: Cell::new(0),
            unsent: RefCell::default(),
            running: RefCell::default(),
        });
        start_worker(&inner);
        pass_on_network(&inner);
        provide_context(Self(StoredValue::new_local(inner)));
    }

    /// Gives the worker a job. The [`Running`] tells its id before it ends, so that it can be stopped.
    pub(crate) fn give(self, job: impl Into<Job>, files: &[File]) -> Running {
        self.give_with_ports(job.into(), files, &[])
    }

    /// The same with ports, which the worker gets for good.
    pub(crate) fn give_with_ports(self, job: Job, files: &[File], ports: &[MessagePort]) -> Running {
        let inner = self.0.get_value();
        let id = inner.last.get().wrapping_add(1);
        inner.last.set(id);
        let (sender, messages) = unbounded();
        inner.running.borrow_mut().insert(id, sender);
        if inner.post(&Request { id, job }, files, ports).is_none() {
            // The channel ends without a last event, which reads as an internal failure.
            inner.running.borrow_mut().remove(&id);
        }
        Running { id, messages }
    }

    /// Gives a job whose only result is its answer.
    pub(crate) async fn ask(self, job: impl Into<Job>) -> Result<Answer, Failure> {
        self.give(job, &[]).finish(|_| ()).await.map(|(answer, _)| answer)
    }

    /// Gives a job that leaves something in the worker, which is forgotten with the [`Kept`], and so when the job fails.
    pub(crate) async fn keep(self, job: impl Into<Job>) -> Result<(Kept, Answer), Failure> {
        self.keep_and_follow(job, |_| ()).await
    }

    /// The same, and passes on what there is to tell meanwhile. When this is dropped before its end, the job is stopped.
    pub(crate) async fn keep_and_follow(
        self,
        job: impl Into<Job>,
        note: impl Fn(Note),
    ) -> Result<(Kept, Answer), Failure> {
        let running = self.give(job, &[]);
        let kept = Kept { door: self, id: running.id() };
        let mut unfinished = Unfinished(self, Some(running.id()));
        let result = running.follow(|_| (), note).await;
        unfinished.1 = None;
        result.map(|(answer, _)| (kept, answer))
    }

    /// Stops a running job, which then fails with [`Failure::Cancelled`].
    pub(crate) fn cancel(self, job: JobId) {
        drop(self.give(Job::Cancel { job }, &[]));
    }

    /// Lets a running transfer rest, or go on.
    pub(crate) fn pause(self, job: JobId, pause: bool) {
        drop(self.give(if pause { Job::Pause { job } } else { Job::Continue { job } }, &[]));
    }

    /// Lets the worker forget what it keeps for a job.
    fn forget(self, job: JobId) {
        drop(self.give(Job::Forget { job }, &[]));
    }
}

impl Running {
    /// Names the job in later ones.
    pub(crate) fn id(&self) -> JobId {
        self.id
    }

    /// Waits for the end and passes on how far it is until then.
    pub(crate) async fn finish(self, progress: impl Fn(Progress)) -> Result<(Answer, Option<File>), Failure> {
        self.follow(progress, |_| ()).await
    }

    /// The same, and passes on what else there is to tell.
    pub(crate) async fn follow(
        mut self,
        progress: impl Fn(Progress),
        note: impl Fn(Note),
    ) -> Result<(Answer, Option<File>), Failure> {
        // The first step is passed on at once, and what comes within the pause after it together at its end.
        let mut held = Vec::new();
        let mut pause: Option<oneshot::Receiver<()>> = None;
        loop {
            let mut result = None;
            let message = match pause.as_mut() {
                None => Some(self.messages.next().await),
                Some(end) => match select(self.messages.next(), end).await {
                    Either::Left((message, _)) => Some(message),
                    Either::Right(_) => None,
                },
            };
            match message {
                // The pause is over.
                None => pause = (!held.is_empty()).then(|| browser::pause(PACE)),
                Some(Some((Event::Ready, _))) => {}
                Some(Some((Event::Progress(step), _))) => {
                    held.push(step);
                    if pause.is_some() {
                        continue;
                    }
                    pause = Some(browser::pause(PACE));
                }
                Some(Some((Event::Note(told), _))) => {
                    held.drain(..).for_each(&progress);
                    note(told);
                }
                Some(Some((Event::Done(answer), file))) => result = Some(Ok((answer, file))),
                Some(Some((Event::Failed(failure), _))) => result = Some(Err(failure)),
                Some(None) => result = Some(Err(Failure::Internal)),
            }
            held.drain(..).for_each(&progress);
            if let Some(result) = result {
                return result;
            }
        }
    }
}

impl Inner {
    fn post(&self, request: &Request, files: &[File], ports: &[MessagePort]) -> Option<()> {
        let bytes = Uint8Array::from(protocol::encode(request).ok()?.as_slice());
        let message = Object::new();
        Reflect::set(&message, &"request".into(), &bytes.buffer()).ok()?;
        Reflect::set(&message, &"files".into(), &files.iter().collect::<Array>()).ok()?;
        Reflect::set(&message, &"ports".into(), &ports.iter().collect::<Array>()).ok()?;
        match self.unsent.borrow_mut().as_mut() {
            Some(unsent) => unsent.push(message),
            None => self.transfer(&message)?,
        }
        self.worker.borrow().is_some().then_some(())
    }

    /// Hands the message over; its bytes and ports leave this page.
    fn transfer(&self, message: &Object) -> Option<()> {
        let leaving = Array::of1(&Reflect::get(message, &"request".into()).ok()?);
        let ports: Array = Reflect::get(message, &"ports".into()).ok()?.dyn_into().ok()?;
        self.worker.borrow().as_ref()?.post_message_with_transfer(message, &leaving.concat(&ports)).ok()
    }

    fn ready(&self) {
        for message in self.unsent.borrow_mut().take().into_iter().flatten() {
            let _ = self.transfer(&message);
        }
    }

    /// Passes a message on to whoever gave the job.
    fn received(&self, data: &JsValue) -> Option<()> {
        let bytes = Reflect::get(data, &"reply".into()).ok()?;
        let reply: Reply = protocol::decode(&Uint8Array::new(&bytes).to_vec()).ok()?;
        let file = Reflect::get(data, &"file".into()).ok().and_then(|file| file.dyn_into().ok());
        match reply.event {
            Event::Ready => self.ready(),
            event @ (Event::Progress(_) | Event::Note(_)) => {
                let running = self.running.borrow();
                let _ = running.get(&reply.id)?.unbounded_send((event, file));
            }
            event @ (Event::Done(_) | Event::Failed(_)) => {
                let sender = self.running.borrow_mut().remove(&reply.id)?;
                let _ = sender.unbounded_send((event, file));
            }
        }
        Some(())
    }
}

/// Starts a worker, in place of one that failed.
fn start_worker(inner: &Rc<Inner>) {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let worker = Worker::new_with_options(&inner.script, &options).ok();
    if let Some(worker) = &worker {
        listen(worker, inner);
    }
    inner.unsent.replace(Some(Vec::new()));
    if let Some(old) = inner.worker.replace(worker) {
        old.terminate();
    }
}

/// Tells the worker that the network is back: not every browser does.
fn pass_on_network(inner: &Rc<Inner>) {
    let inner = inner.clone();
    let heard = Closure::<dyn Fn()>::new(move || {
        if let Some(worker) = &*inner.worker.borrow() {
            // What waits for the network tries again by itself as well.
            let _ = worker.post_message(&protocol::ONLINE.into());
        }
    });
    // As long as the page.
    let _ =
        window().add_event_listener_with_callback(protocol::ONLINE, heard.into_js_value().unchecked_ref());
}

fn listen(worker: &Worker, inner: &Rc<Inner>) {
    let receiver = inner.clone();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        // A message that is none of ours changes nothing.
        let _ = receiver.received(&event.data());
    });
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    let receiver = inner.clone();
    let on_error = Closure::<dyn Fn(web_sys::Event)>::new(move |_| failed(&receiver));
    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    // As long as the page: a worker is replaced only after a defect.
    on_message.forget();
    on_error.forget();
}

/// Something was thrown in the worker that nobody caught. Its jobs end as internal failures; a new worker takes the next
/// ones, unless the old one had not even begun to listen, or was new itself: then the new one would fail alike. Without a
/// worker every job ends as an internal failure, whose sentence says to reload the page.
fn failed(inner: &Rc<Inner>) {
    let listened = inner.unsent.borrow().is_none();
    let now = browser::clock();
    let calm = inner.replaced.get().is_none_or(|then| now - then >= CALM);
    inner.running.borrow_mut().clear();
    if listened && calm {
        inner.replaced.set(Some(now));
        start_worker(inner);
    } else if let Some(old) = inner.worker.replace(None) {
        old.terminate();
    }
}
