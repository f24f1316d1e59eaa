//! Requests whose answer is the same whatever the address, and was given before anything that depends on the address is
//! decided. What follows from them (is there an account, did it get mails enough) is decided beside the requests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, oneshot};

use super::code::AskedCode;
use super::ticket::AskedTicket;
use super::{Error, Service};

/// Requests that wait for their decision at a time.
const MOST_WAITING: usize = 1024;

/// Requests whose answer was given and whose mail was not decided yet.
#[derive(Default)]
pub(super) struct Asked {
    waiting: Mutex<VecDeque<Ask>>,
    more: Notify,
}

/// What was asked for.
pub(super) enum Ask {
    /// A code that proves a mailbox.
    Code(AskedCode),
    /// A ticket for a submit box.
    Ticket(AskedTicket),
}

impl Asked {
    /// Lets a request wait for its decision.
    ///
    /// # Errors
    /// [`Error::TooMany`] when too many do.
    pub(super) fn push(&self, ask: Ask) -> Result<(), Error> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MOST_WAITING {
            return Err(Error::TooMany { seconds: 60 });
        }
        waiting.push_back(ask);
        self.more.notify_one();
        Ok(())
    }

    fn next(&self) -> Option<Ask> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

impl Service {
    /// Decides about requests as they come, until `stop` is done or dropped; what has come by then is decided.
    pub(crate) async fn decide_asked(self: Arc<Self>, mut stop: oneshot::Receiver<()>) {
        let mut stopped = false;
        while !stopped {
            tokio::select! {
                _ = &mut stop => stopped = true,
                () = self.asked.more.notified() => {}
            }
            while let Some(ask) = self.asked.next() {
                let decided = match ask {
                    Ask::Code(ask) => self.decide_code(ask).await,
                    Ask::Ticket(ask) => self.decide_ticket(ask).await,
                };
                if let Err(error) = decided {
                    tracing::error!(%error, "a mail was asked for and not written");
                }
            }
        }
    }
}
