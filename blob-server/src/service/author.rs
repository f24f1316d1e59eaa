//! Who makes a delivery: an account, or the bearer of a ticket.

use blob_api::Token;

use super::{Error, Sender, Service, token};
use crate::store::{Origin, StoredDelivery, StoredTicket};

/// Someone with a ticket. Made only by [`Service::holder`].
pub struct Holder {
    pub(super) ticket: StoredTicket,
}

/// Someone who may make deliveries.
pub enum Author {
    /// With a session.
    Account(Sender),
    /// With a ticket.
    Ticket(Holder),
}

/// Someone whose deliveries can be told from those of others.
pub(super) trait Maker {
    /// As what deliveries name them.
    fn origin(&self) -> Origin;

    /// Have they made it?
    fn made(&self, row: &StoredDelivery) -> bool {
        row.origin == self.origin()
    }
}

impl Maker for Sender {
    fn origin(&self) -> Origin {
        Origin::Account(self.id())
    }
}

impl Maker for Holder {
    fn origin(&self) -> Origin {
        Origin::Ticket(self.ticket.id)
    }
}

impl Maker for Author {
    fn origin(&self) -> Origin {
        match self {
            Self::Account(sender) => sender.origin(),
            Self::Ticket(holder) => holder.origin(),
        }
    }
}

impl Service {
    /// The bearer of a ticket.
    ///
    /// # Errors
    /// [`Error::NotFound`] for any other token.
    pub async fn holder(&self, token: &Token) -> Result<Holder, Error> {
        let hash = token::hash(token);
        let now = self.clock.now();
        let ticket = self.meta.ticket_with_token(&hash, now).await?.ok_or(Error::NotFound)?;
        self.rates.proved(hash, now);
        Ok(Holder { ticket })
    }
}
