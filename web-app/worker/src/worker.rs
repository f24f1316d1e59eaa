//! Messages in and out, and what is kept between jobs.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use blob_api::DeliveryId;
use js_sys::{Array, ArrayBuffer, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::spawn_local;
use web_model::protocol::{
    self, Answer, Event, Failure, Job, JobId, MemberAnswer, Note, Progress, Reply, Request,
};
use web_sys::{DedicatedWorkerGlobalScope, File, MessageEvent, MessagePort};

use crate::{
    jobs::{Jobs, Kept, Task},
    journal::Opening,
    pipeline::Cancel,
};

/// Starts answering messages and tells the page so.
pub(crate) fn listen<J: Jobs>() -> Result<(), JsValue> {
    let worker = Rc::new(Worker::default());
    let receive = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        if message.data() == protocol::ONLINE {
            return hear_of_network();
        }
        let Ok((request, attached)) = read(&message.data()) else { return };
        spawn_local(answer::<J>(Rc::clone(&worker), request, attached));
    });
    scope().set_onmessage(Some(receive.as_ref().unchecked_ref()));
    receive.forget(); // it listens for as long as the worker lives
    spawn_local(crate::pipeline::sink::remove_left_behind());
    post(&Reply { id: 0, event: Event::Ready }, None)
}

/// Some browsers tell only pages that the network is back. Here it is told to whoever waits for it in this worker.
fn hear_of_network() {
    if let Ok(online) = web_sys::Event::new(protocol::ONLINE) {
        // Nobody hears it when nobody waits.
        let _ = scope().dispatch_event(&online);
    }
}

/// What outlives a job, under the id of the job that made it.
#[derive(Default)]
pub struct Worker {
    kept: RefCell<HashMap<JobId, Kept>>,
    running: RefCell<HashMap<JobId, Cancel>>,
    journal: RefCell<Option<Opening>>,
}

impl Worker {
    pub(crate) fn keep(&self, id: JobId, kept: Kept) {
        self.kept.borrow_mut().insert(id, kept);
    }

    /// Looks at something kept; [`Failure::Internal`] when there is nothing of that kind.
    pub(crate) fn get<T>(&self, id: JobId, look: impl FnOnce(&Kept) -> Option<T>) -> Result<T, Failure> {
        self.kept.borrow().get(&id).and_then(look).ok_or(Failure::Internal)
    }

    /// Takes something kept, which can then not be used again.
    pub(crate) fn take<T>(&self, id: JobId, take: impl FnOnce(Kept) -> Option<T>) -> Result<T, Failure> {
        self.kept.borrow_mut().remove(&id).and_then(take).ok_or(Failure::Internal)
    }

    pub(crate) fn forget(&self, id: JobId) {
        self.kept.borrow_mut().remove(&id);
    }

    /// The journal, opened when it is first needed.
    pub(crate) fn journal(&self) -> Opening {
        self.journal.borrow_mut().get_or_insert_with(Opening::begin).clone()
    }

    /// Are keys of this delivery kept for sending it?
    pub(crate) fn works_on(&self, delivery: DeliveryId) -> bool {
        let is_it = |kept: &Kept| matches!(kept, Kept::Prepared(prepared) if prepared.is(delivery));
        self.kept.borrow().values().any(is_it)
    }

    pub(crate) fn cancel(&self, id: JobId) {
        if let Some(cancel) = self.running.borrow().get(&id) {
            cancel.cancel();
        }
    }

    pub(crate) fn pause(&self, id: JobId, pause: bool) {
        if let Some(cancel) = self.running.borrow().get(&id) {
            cancel.pause(pause);
        }
    }
}

/// One job's way to tell how far it is.
#[derive(Clone, Copy)]
pub(crate) struct Reporter(JobId);

impl Reporter {
    pub(crate) fn progress(self, progress: Progress) {
        // A page that has gone needs no progress.
        let _ = post(&Reply { id: self.0, event: Event::Progress(progress) }, None);
    }

    pub(crate) fn note(self, note: Note) {
        let _ = post(&Reply { id: self.0, event: Event::Note(note) }, None);
    }
}

/// The outcome of a job: what to answer, and the file that goes with it.
pub struct Outcome(pub(crate) Answer, pub(crate) Option<File>);

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Self {
        Self(answer, None)
    }
}

impl From<MemberAnswer> for Outcome {
    fn from(answer: MemberAnswer) -> Self {
        Answer::from(answer).into()
    }
}

/// What came beside a request.
pub(crate) struct Attached {
    pub(crate) files: Vec<File>,
    pub(crate) ports: Option<[MessagePort; 2]>,
}

async fn answer<J: Jobs>(worker: Rc<Worker>, Request { id, job }: Request, attached: Attached) {
    let reply = match run::<J>(&worker, id, job, attached).await {
        Ok(Outcome(answer, file)) => (Event::Done(answer), file),
        Err(failure) => (Event::Failed(failure), None),
    };
    worker.running.borrow_mut().remove(&id);
    let _ = post(&Reply { id, event: reply.0 }, reply.1.as_ref());
}

async fn run<J: Jobs>(worker: &Worker, id: JobId, job: Job, attached: Attached) -> Result<Outcome, Failure> {
    match job {
        Job::Cancel { job } => worker.cancel(job),
        Job::Pause { job } => worker.pause(job, true),
        Job::Continue { job } => worker.pause(job, false),
        Job::Forget { job } => worker.forget(job),
        job => {
            let cancel = Cancel::new()?;
            worker.running.borrow_mut().insert(id, cancel.clone());
            return J::run(worker, job, Task { id, attached, reporter: Reporter(id), cancel }).await;
        }
    }
    Ok(Answer::Nothing.into())
}

fn read(data: &JsValue) -> Result<(Request, Attached), JsValue> {
    let request: ArrayBuffer = Reflect::get(data, &"request".into())?.dyn_into()?;
    let request = protocol::decode(&Uint8Array::new(&request).to_vec()).map_err(|_| JsValue::NULL)?;
    let ports = list::<MessagePort>(data, "ports")?.try_into().ok();
    Ok((request, Attached { files: list(data, "files")?, ports }))
}

/// A member that is an array of objects of one kind.
fn list<T: JsCast>(data: &JsValue, name: &str) -> Result<Vec<T>, JsValue> {
    let members: Array = Reflect::get(data, &name.into())?.dyn_into()?;
    members.iter().map(JsCast::dyn_into).collect()
}

fn post(reply: &Reply, file: Option<&File>) -> Result<(), JsValue> {
    let bytes = protocol::encode(reply).map_err(|_| JsValue::NULL)?;
    let buffer = Uint8Array::from(bytes.as_slice()).buffer();
    let message = Object::new();
    Reflect::set(&message, &"reply".into(), &buffer)?;
    if let Some(file) = file {
        Reflect::set(&message, &"file".into(), file)?;
    }
    scope().post_message_with_transfer(&message, &Array::of1(&buffer))
}

/// This worker's global object.
pub(crate) fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
