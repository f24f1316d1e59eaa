//! `/api/deliveries/{delivery}`: what the holder of a link may do.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use blob_api::{Collected, DeliveryId, LinkState, OpenDelivery, Opening};

use super::App;
use super::auth::{Bearer, By};
use super::error::Failure;
use super::json::JsonBody;
use super::named::Named;
use crate::service::{Opened, Sender};

pub(super) async fn state(
    State(app): State<Arc<App>>,
    Bearer(gate): Bearer,
    Named(delivery): Named<DeliveryId>,
) -> Result<Json<LinkState>, Failure> {
    Ok(Json(app.service.state(&delivery, &gate).await?))
}

pub(super) async fn open(
    State(app): State<Arc<App>>,
    gate: Option<Bearer>,
    account: Option<By<Sender>>,
    Named(delivery): Named<DeliveryId>,
    JsonBody(body): JsonBody<OpenDelivery>,
) -> Result<Json<Opening>, Failure> {
    let gate = gate.as_ref().map(|Bearer(gate)| gate);
    let account = account.as_ref().map(|By(account)| account);
    Ok(Json(Opening { token: app.service.open(&delivery, gate, account, &body).await? }))
}

pub(super) async fn collected(
    State(app): State<Arc<App>>,
    By(opened): By<Opened>,
    JsonBody(body): JsonBody<Collected>,
) -> Result<NoContent, Failure> {
    app.service.collected(&opened, &body).await?;
    Ok(NoContent)
}
