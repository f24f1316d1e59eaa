//! How far one file is, summed over the parts that move at the same time.

use std::{cell::Cell, rc::Rc};

use js_sys::Date;
use wasm_bindgen_futures::spawn_local;
use web_model::protocol::Progress;

use super::{number, timer::Timer};
use crate::worker::Reporter;

/// Milliseconds between two reports: the page draws no faster, and a message for each chunk costs more than the chunk.
const PACE: u32 = 50;

/// One file's progress in bytes.
#[derive(Clone)]
pub(crate) struct Meter(Rc<Sum>);

/// The share of one part in a [`Meter`].
#[derive(Clone)]
pub(crate) struct Gauge {
    sum: Rc<Sum>,
    own: Rc<Cell<f64>>,
}

/// All that has moved of a file.
struct Sum {
    reporter: Reporter,
    file: u32,
    total: u64,
    moved: Cell<f64>,
    /// When the last report went out that was not about waiting.
    reported: Cell<f64>,
    /// Will a report follow soon?
    due: Cell<bool>,
}

impl Meter {
    pub(crate) fn new(reporter: Reporter, file: u32, total: u64) -> Self {
        let (moved, reported, due) = (Cell::default(), Cell::default(), Cell::default());
        Self(Rc::new(Sum { reporter, file, total, moved, reported, due }))
    }

    /// So many bytes moved before.
    pub(crate) fn after(self, bytes: u64) -> Self {
        self.0.moved.set(number(bytes));
        self
    }

    /// For one more part.
    pub(crate) fn gauge(&self) -> Gauge {
        Gauge { sum: Rc::clone(&self.0), own: Rc::default() }
    }

    /// More bytes of the file are done.
    pub(crate) fn add(&self, bytes: u32) {
        self.0.add(f64::from(bytes));
    }

    /// The connection is lost; a new try follows.
    pub(crate) fn waiting(&self) {
        self.0.report(true);
    }

    /// Everything is there.
    pub(crate) fn finish(&self) {
        let Sum { reporter, file, total, .. } = *self.0;
        self.0.due.set(false);
        reporter.progress(Progress { file, done: total, total, waiting: false });
    }
}

impl Gauge {
    /// The part is this far now; less than before when it starts again.
    pub(crate) fn set(&self, bytes: f64) {
        self.sum.add(bytes - self.own.replace(bytes));
    }
}

impl Sum {
    fn add(self: &Rc<Self>, bytes: f64) {
        self.moved.set(self.moved.get() + bytes);
        if Date::now() - self.reported.get() >= f64::from(PACE) {
            self.report(false);
        } else if !self.due.replace(true) {
            // What came last before a standstill is told as well.
            let sum = Rc::clone(self);
            spawn_local(async move {
                Timer::new(PACE).await;
                if sum.due.get() {
                    sum.report(false);
                }
            });
        }
    }

    /// A moving file is never shown as complete: bytes that have left may not have arrived, and ciphertext is a little
    /// longer than the file. Only [`Meter::finish`] says so.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes are whole and not negative"
    )]
    fn report(&self, waiting: bool) {
        let Self { reporter, file, total, .. } = *self;
        self.due.set(false);
        // That it moves again is worth telling at once.
        self.reported.set(if waiting { 0.0 } else { Date::now() });
        if let Some(most) = total.checked_sub(1) {
            let done = (self.moved.get().max(0.0) as u64).min(most);
            reporter.progress(Progress { file, done, total, waiting });
        }
    }
}

/// One try to move a part. When it ends without success, by whatever way, what it has moved does not count.
pub(crate) struct Try {
    gauge: Gauge,
    succeeded: bool,
}

impl Try {
    pub(crate) fn new(gauge: &Gauge) -> Self {
        Self { gauge: gauge.clone(), succeeded: false }
    }
    pub(crate) fn succeeded(mut self) {
        self.succeeded = true;
    }
}

impl Drop for Try {
    fn drop(&mut self) {
        if !self.succeeded {
            self.gauge.set(0.0);
        }
    }
}
