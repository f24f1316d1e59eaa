//! A download of the browser that grows on disk while we decrypt: what is left for files that the browser cannot keep
//! until they are verified to their end. At the other end of the port stands `www/sw.js`.
//!
//! Each chunk has verified before it leaves. A download that does not come to its end is broken off, so that the browser
//! calls it failed; it is never ended early. Each end shows signs of life, and takes the other for gone when it has shown
//! none for a while.

use std::{cell::Cell, rc::Rc};

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_model::protocol::Failure;
use web_sys::{MessageEvent, MessagePort};

use super::{
    Cancel,
    gate::Gate,
    number,
    timer::{Beat, unless_cancelled},
};

/// Milliseconds between two signs of life. Browsers end a service worker that hears nothing for half a minute.
const BEAT: i32 = 5_000;
/// So many signs of life may stay without an answer. A browser that has ended the service worker starts a new one, which
/// knows nothing of this download.
const MOST_UNANSWERED: u32 = 4;

/// The port to a download; breaks it off when dropped before [`Outlet::finish`].
pub(crate) struct Outlet {
    port: MessagePort,
    told: Rc<Told>,
    /// Chunks that have left.
    sent: u64,
    finished: bool,
    _beat: Beat,
    _listener: Closure<dyn FnMut(MessageEvent)>,
}

/// What the other end has said.
#[derive(Default)]
struct Told {
    /// Chunks that may have left by now.
    granted: Cell<f64>,
    /// The browser has taken everything.
    taken: Cell<bool>,
    /// The browser wants no more.
    stopped: Cell<bool>,
    /// Signs of life that it has not answered.
    unanswered: Cell<u32>,
    /// Closed while there is nothing to do but to wait for the other end.
    room: Gate,
}

impl Outlet {
    /// Takes the port to the download, and the one on which the page listens for signs of life.
    pub(crate) fn new([port, life]: [MessagePort; 2]) -> Result<Self, Failure> {
        let told = Rc::new(Told::default());
        told.room.set_closed(true);
        let listener = Closure::<dyn FnMut(MessageEvent)>::new({
            let told = Rc::clone(&told);
            move |message: MessageEvent| told.hear(&message.data())
        });
        port.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        let beat = Beat::new(BEAT, {
            let told = Rc::clone(&told);
            move || {
                told.miss();
                // A page that has gone takes this worker with it.
                let _ = life.post_message(&JsValue::NULL);
            }
        });
        let beat = beat.map_err(|_| Failure::Internal)?;
        Ok(Self { port, told, sent: 0, finished: false, _beat: beat, _listener: listener })
    }

    /// Waits until the browser wants more.
    pub(crate) async fn ready(&self, cancel: &Cancel) -> Result<(), Failure> {
        while number(self.sent) >= self.told.granted.get() {
            self.wait(cancel).await?;
        }
        self.told.check()
    }

    /// Sends a chunk; its buffer goes along.
    pub(crate) fn write(&mut self, plain: &Uint8Array) -> Result<(), Failure> {
        self.told.check()?;
        self.sent += 1;
        self.port
            .post_message_with_transferable(plain, &Array::of1(&plain.buffer()))
            .map_err(|_| Failure::Internal)
    }

    /// Ends the download, and waits until the browser has taken all of it.
    pub(crate) async fn finish(mut self, cancel: &Cancel) -> Result<(), Failure> {
        self.port.post_message(&"end".into()).map_err(|_| Failure::Internal)?;
        while !self.told.taken.get() {
            self.wait(cancel).await?;
        }
        self.finished = true;
        Ok(())
    }

    async fn wait(&self, cancel: &Cancel) -> Result<(), Failure> {
        self.told.check()?;
        self.told.room.set_closed(true);
        unless_cancelled(self.told.room.until(false), cancel).await
    }
}

impl Told {
    fn hear(&self, message: &JsValue) {
        match (message.as_f64(), message.as_string().as_deref()) {
            (Some(granted), _) => self.granted.set(granted),
            (_, Some("taken")) => self.taken.set(true),
            (_, Some("alive")) => {}
            _ => self.stopped.set(true),
        }
        self.unanswered.set(0);
        self.room.set_closed(false);
    }

    /// Counts a sign of life that is about to be shown, which an answer shall set back.
    fn miss(&self) {
        self.unanswered.set(self.unanswered.get() + 1);
        if self.unanswered.get() > MOST_UNANSWERED {
            self.stopped.set(true);
            self.room.set_closed(false);
        }
    }

    fn check(&self) -> Result<(), Failure> {
        if self.stopped.get() { Err(Failure::DownloadStopped) } else { Ok(()) }
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        if !self.finished {
            // It may be gone already.
            let _ = self.port.post_message(&"abort".into());
        }
        self.port.set_onmessage(None);
        // Closing delivers what was posted before.
        self.port.close();
    }
}
