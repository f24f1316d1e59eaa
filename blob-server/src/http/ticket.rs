//! `/api/tickets`, and what tickets submit: the side of who has no account.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use blob_api::{DeliveryId, ReceivedGrant, Submit, Submitted, TicketId, TicketInfo};

use super::App;
use super::auth::By;
use super::error::Failure;
use super::json::JsonBody;
use super::named::Named;
use crate::service::{Holder, Sender};

pub(super) async fn info(
    State(app): State<Arc<App>>,
    By(holder): By<Holder>,
    Named(ticket): Named<TicketId>,
) -> Result<Json<TicketInfo>, Failure> {
    Ok(Json(app.service.ticket_info(&holder, &ticket).await?))
}

pub(super) async fn answer(
    State(app): State<Arc<App>>,
    By(holder): By<Holder>,
    Named((ticket, delivery)): Named<(TicketId, DeliveryId)>,
) -> Result<Json<ReceivedGrant>, Failure> {
    Ok(Json(app.service.answer_grant(&holder, &ticket, &delivery).await?))
}

pub(super) async fn submit(
    State(app): State<Arc<App>>,
    By(holder): By<Holder>,
    Named(delivery): Named<DeliveryId>,
    JsonBody(body): JsonBody<Submit>,
) -> Result<Json<Submitted>, Failure> {
    Ok(Json(app.service.submit(&holder, &delivery, &body).await?))
}

/// The owner's side of it.
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    Named(delivery): Named<DeliveryId>,
) -> Result<NoContent, Failure> {
    app.service.delete_received(&sender, &delivery).await?;
    Ok(NoContent)
}
