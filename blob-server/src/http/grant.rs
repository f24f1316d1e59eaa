//! The handshake of levels 3 and 4: what is granted, and who waits.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
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

pub(super) async fn releases(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
) -> Result<Json<Releases>, Failure> {
    Ok(Json(app.service.releases(&sender).await?))
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
