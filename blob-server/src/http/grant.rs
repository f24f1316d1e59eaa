//! The handshake of levels 3 and 4: what is granted, and who waits.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::NoContent;
use blob_api::{DeliveryId, GiveGrant, ProveInvitation, ReceivedGrant, RecipientId, Releases};

use super::App;
use super::auth::By;
use super::error::Failure;
use super::json::JsonBody;
use super::named::Named;
use crate::service::Sender;

pub(super) async fn get(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    Named(delivery): Named<DeliveryId>,
) -> Result<Json<ReceivedGrant>, Failure> {
    Ok(Json(app.service.received_grant(&sender, &delivery).await?))
}

pub(super) async fn prove(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    Named(delivery): Named<DeliveryId>,
    JsonBody(body): JsonBody<ProveInvitation>,
) -> Result<NoContent, Failure> {
    app.service.prove_invitation(&sender, &delivery, &body).await?;
    Ok(NoContent)
}

/// After whom a page of those who wait begins: both, or neither.
#[derive(serde::Deserialize)]
pub(super) struct After {
    /// The last delivery of the page before.
    delivery: Option<DeliveryId>,
    /// The last recipient of it.
    recipient: Option<RecipientId>,
}

/// A query that cannot be read is a bad request.
pub(super) type AfterQuery = Result<Query<After>, axum::extract::rejection::QueryRejection>;

pub(super) async fn releases(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    query: AfterQuery,
) -> Result<Json<Releases>, Failure> {
    let Query(after) = query.map_err(|_| Failure::BadRequest)?;
    let after = match (after.delivery, after.recipient) {
        (None, None) => None,
        (Some(delivery), Some(recipient)) => Some((delivery, recipient)),
        _ => return Err(Failure::BadRequest),
    };
    Ok(Json(app.service.releases(&sender, after).await?))
}

pub(super) async fn release(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    Named((delivery, recipient)): Named<(DeliveryId, RecipientId)>,
    JsonBody(body): JsonBody<GiveGrant>,
) -> Result<NoContent, Failure> {
    app.service.release(&sender, &delivery, &recipient, &body).await?;
    Ok(NoContent)
}
