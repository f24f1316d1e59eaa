//! A download of the browser that the crypto worker fills while files arrive: for what the browser cannot keep until its
//! end is verified. `www/sw.js` stands between, a service worker that answers nothing but such downloads.

use std::pin::pin;

use futures_util::future::{Either, select};
use js_sys::{Array, Object, Promise, Reflect};
use leptos::prelude::{document, window};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Element, MessageChannel, MessagePort, RegistrationOptions, ServiceWorker, ServiceWorkerContainer,
    ServiceWorkerRegistration, ServiceWorkerState,
};

/// What the service worker may answer: nothing is there but downloads.
const SCOPE: &str = "/save/";
/// Milliseconds after which a browser that has not begun the download is taken for one that never will.
const PATIENCE: i32 = 15_000;

/// A download that has begun. While this lives, the browser keeps the service worker running.
pub(crate) struct Download {
    chunks: MessagePort,
    life: MessagePort,
    _alive: Alive,
    _frame: Frame,
}

/// Passes the worker's signs of life on: only a page can send a service worker what keeps it running, and only a worker's
/// clock does not slow down while the page is out of sight.
struct Alive {
    port: MessagePort,
    _pass_on: Closure<dyn FnMut()>,
}

/// The invisible frame that asks for the download: a link would ask whether the page may be left.
struct Frame(Element);

impl Download {
    /// Lets the browser begin a download under this name; `None` when it cannot, as in some private windows. `script` is
    /// the service worker's.
    pub(crate) async fn begin(script: &str, name: &str, size: u64) -> Option<Self> {
        let late = Promise::new(&mut |resolve, _| {
            let set = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, PATIENCE);
            drop(set);
        });
        match select(pin!(begin(script, name, size)), JsFuture::from(late)).await {
            Either::Left((begun, _)) => begun.ok(),
            Either::Right(_) => None,
        }
    }

    /// What goes to the crypto worker: where chunks go, and where it shows that it lives.
    pub(crate) fn ports(&self) -> [MessagePort; 2] {
        [self.chunks.clone(), self.life.clone()]
    }
}

async fn begin(script: &str, name: &str, size: u64) -> Result<Download, JsValue> {
    let service = service_worker(script).await?;
    let id = window().crypto()?.random_uuid();
    let (chunks, begun, life) = (MessageChannel::new()?, MessageChannel::new()?, MessageChannel::new()?);
    let offer = Object::new();
    Reflect::set(&offer, &"offer".into(), &id.as_str().into())?;
    Reflect::set(&offer, &"name".into(), &name.into())?;
    // Files end long before 2^53 bytes.
    #[allow(clippy::cast_precision_loss)]
    Reflect::set(&offer, &"size".into(), &(size as f64).into())?;
    let offered = message(&begun.port1());
    service.post_message_with_transferable(&offer, &Array::of2(&chunks.port1(), &begun.port2()))?;
    offered.await?;
    let started = message(&begun.port1());
    let alive = Alive::new(life.port1(), service, &id)?;
    let frame = Frame::open(&format!("{SCOPE}{id}"))?;
    started.await?;
    Ok(Download { chunks: chunks.port2(), life: life.port2(), _alive: alive, _frame: frame })
}

/// The next message on a port.
fn message(port: &MessagePort) -> JsFuture {
    JsFuture::from(Promise::new(&mut |resolve, _| port.set_onmessage(Some(&resolve))))
}

/// The service worker, running the newest script.
async fn service_worker(script: &str) -> Result<ServiceWorker, JsValue> {
    let container: ServiceWorkerContainer =
        Reflect::get(&window().navigator(), &"serviceWorker".into())?.dyn_into()?;
    let options = RegistrationOptions::new();
    options.set_scope(SCOPE);
    let registration = JsFuture::from(container.register_with_options(script, &options)).await?;
    let registration: ServiceWorkerRegistration = registration.unchecked_into();
    // A new script is being installed; one that is known already is there.
    let worker =
        registration.installing().or_else(|| registration.waiting()).or_else(|| registration.active());
    let worker = worker.ok_or(JsValue::NULL)?;
    while worker.state() != ServiceWorkerState::Activated {
        if worker.state() == ServiceWorkerState::Redundant {
            return Err(JsValue::NULL);
        }
        let changed = Promise::new(&mut |resolve, _| worker.set_onstatechange(Some(&resolve)));
        JsFuture::from(changed).await?;
    }
    Ok(worker)
}

impl Alive {
    fn new(port: MessagePort, service: ServiceWorker, id: &str) -> Result<Self, JsValue> {
        let sign = Object::new();
        Reflect::set(&sign, &"alive".into(), &id.into())?;
        let pass_on = Closure::<dyn FnMut()>::new(move || {
            // A service worker that is gone has broken off its downloads.
            let _ = service.post_message(&sign);
        });
        port.set_onmessage(Some(pass_on.as_ref().unchecked_ref()));
        Ok(Self { port, _pass_on: pass_on })
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}

impl Frame {
    fn open(address: &str) -> Result<Self, JsValue> {
        let frame = document().create_element("iframe")?;
        frame.set_attribute("hidden", "")?;
        frame.set_attribute("src", address)?;
        document().body().ok_or(JsValue::NULL)?.append_child(&frame)?;
        Ok(Self(frame))
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        self.0.remove();
    }
}
