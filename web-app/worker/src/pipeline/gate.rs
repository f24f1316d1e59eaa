//! A gate that is open or closed, and those who wait for it.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    task::{Poll, Waker},
};

/// Open at first.
#[derive(Default)]
pub(super) struct Gate {
    closed: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

impl Gate {
    pub(super) fn set_closed(&self, closed: bool) {
        self.closed.set(closed);
        for waker in self.waiting.take() {
            waker.wake();
        }
    }

    /// Ends when the gate is as wanted.
    pub(super) async fn until(&self, closed: bool) {
        poll_fn(|context| {
            if self.closed.get() == closed {
                return Poll::Ready(());
            }
            let mut waiting = self.waiting.borrow_mut();
            if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                waiting.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}
