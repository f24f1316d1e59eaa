//! How far one file is, summed over the parts that move at the same time.

use std::{cell::Cell, rc::Rc};

use web_model::protocol::Progress;

use super::number;
use crate::worker::Reporter;

/// One file's progress in bytes.
#[derive(Clone)]
pub(crate) struct Meter {
    reporter: Reporter,
    file: u32,
    total: u64,
    moved: Rc<Cell<f64>>,
}

/// The share of one part in a [`Meter`].
#[derive(Clone)]
pub(crate) struct Gauge {
    reporter: Reporter,
    file: u32,
    total: u64,
    moved: Rc<Cell<f64>>,
    own: Rc<Cell<f64>>,
}

impl Meter {
    pub(crate) fn new(reporter: Reporter, file: u32, total: u64) -> Self {
        Self { reporter, file, total, moved: Rc::default() }
    }

    /// So many bytes moved before.
    pub(crate) fn after(self, bytes: u64) -> Self {
        self.moved.set(number(bytes));
        self
    }

    /// For one more part.
    pub(crate) fn gauge(&self) -> Gauge {
        let Self { reporter, file, total, ref moved } = *self;
        Gauge { reporter, file, total, moved: Rc::clone(moved), own: Rc::default() }
    }

    /// More bytes of the file are done.
    pub(crate) fn add(&self, bytes: u32) {
        self.moved.set(self.moved.get() + f64::from(bytes));
        report(self.reporter, self.file, self.moved.get(), self.total, false);
    }

    /// The connection is lost; a new try follows.
    pub(crate) fn waiting(&self) {
        report(self.reporter, self.file, self.moved.get(), self.total, true);
    }

    /// Everything is there.
    pub(crate) fn finish(&self) {
        self.reporter.progress(Progress {
            file: self.file,
            done: self.total,
            total: self.total,
            waiting: false,
        });
    }
}

impl Gauge {
    /// The part is this far now; less than before when it starts again.
    pub(crate) fn set(&self, bytes: f64) {
        self.moved.set(self.moved.get() + bytes - self.own.replace(bytes));
        report(self.reporter, self.file, self.moved.get(), self.total, false);
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

/// A moving file is never shown as complete: bytes that have left may not have arrived, and ciphertext is a little longer
/// than the file. Only [`Meter::finish`] says so.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes are whole and not negative"
)]
fn report(reporter: Reporter, file: u32, moved: f64, total: u64, waiting: bool) {
    if let Some(most) = total.checked_sub(1) {
        reporter.progress(Progress { file, done: (moved.max(0.0) as u64).min(most), total, waiting });
    }
}
