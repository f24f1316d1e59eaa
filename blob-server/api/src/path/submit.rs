//! Paths of submit boxes, tickets and upload requests.

use super::fill;
use crate::{DeliveryId, TicketId};

/// The account's submit box: session of staff, `GET` → [`crate::OwnBox`]; `PUT` [`crate::StoreBox`] → `204`; `DELETE` →
/// `204`, while nothing that was submitted is there.
pub const OWN_BOX: &str = "/api/account/box";
/// A submit box, for anybody: `GET` → [`crate::PublicBox`].
pub const BOX: &str = "/api/boxes/{name}";
/// A mail with a ticket for it: `POST` [`crate::AskTicket`] → `204`, whatever the address.
pub const TICKETS: &str = "/api/boxes/{name}/tickets";
/// What a ticket allows, and what became of what it brought: bearer of the ticket, `GET` → [`crate::TicketInfo`].
pub const TICKET: &str = "/api/tickets/{ticket}";
/// What opens an answer to it without an account: bearer of the ticket, `GET` → [`crate::ReceivedGrant`].
pub const TICKET_ANSWER: &str = "/api/tickets/{ticket}/answers/{delivery}";
/// What the account asks others for: session of staff with a box, `POST` [`crate::CreateRequest`] → `201`; session, `GET` →
/// [`crate::Requests`].
pub const REQUESTS: &str = "/api/requests";
/// One of it: session, `GET` → [`crate::RequestDetail`]; `DELETE` → `204` withdraws it.
pub const REQUEST: &str = "/api/requests/{ticket}";
/// Make a delivery that a ticket has begun visible to the box's owner: bearer of the ticket, `POST` [`crate::Submit`] →
/// [`crate::Submitted`].
pub const SUBMIT: &str = "/api/deliveries/{delivery}/submit";

/// [`BOX`] filled in.
pub fn submit_box(name: &str) -> String {
    fill(BOX, &[("{name}", &name)])
}
/// [`TICKETS`] filled in.
pub fn tickets(name: &str) -> String {
    fill(TICKETS, &[("{name}", &name)])
}
/// [`TICKET`] filled in.
pub fn ticket(ticket: &TicketId) -> String {
    fill(TICKET, &[("{ticket}", ticket)])
}
/// [`TICKET_ANSWER`] filled in.
pub fn ticket_answer(ticket: &TicketId, delivery: &DeliveryId) -> String {
    fill(TICKET_ANSWER, &[("{ticket}", ticket), ("{delivery}", delivery)])
}
/// [`REQUEST`] filled in.
pub fn request(ticket: &TicketId) -> String {
    fill(REQUEST, &[("{ticket}", ticket)])
}
/// [`SUBMIT`] filled in.
pub fn submit(delivery: &DeliveryId) -> String {
    fill(SUBMIT, &[("{delivery}", delivery)])
}

/// Path and fragment of a ticket's link: the page that a person opens it with.
pub fn ticket_link(ticket: &TicketId, fragment: &str) -> String {
    format!("/t/{ticket}#{fragment}")
}
