//! `/api/account/box` and `/api/boxes`: submit boxes.

use std::sync::Arc;

use axum::extract::State;
use axum::response::NoContent;
use axum::{Extension, Json};
use blob_api::{AskTicket, OwnBox, PublicBox, StoreBox};

use super::App;
use super::auth::By;
use super::client::ClientNetwork;
use super::error::Failure;
use super::json::JsonBody;
use super::named::Named;
use crate::service::Sender;

pub(super) async fn own(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
) -> Result<Json<OwnBox>, Failure> {
    Ok(Json(app.service.own_box(&sender).await?))
}

pub(super) async fn store(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    JsonBody(body): JsonBody<StoreBox>,
) -> Result<NoContent, Failure> {
    app.service.store_box(&sender, &body).await?;
    Ok(NoContent)
}

pub(super) async fn delete(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
) -> Result<NoContent, Failure> {
    app.service.delete_box(&sender).await?;
    Ok(NoContent)
}

pub(super) async fn public(
    State(app): State<Arc<App>>,
    Named(name): Named<String>,
) -> Result<Json<PublicBox>, Failure> {
    Ok(Json(app.service.public_box(&name).await?))
}

pub(super) async fn ask_ticket(
    State(app): State<Arc<App>>,
    Extension(ClientNetwork(network)): Extension<ClientNetwork>,
    Named(name): Named<String>,
    JsonBody(body): JsonBody<AskTicket>,
) -> Result<NoContent, Failure> {
    app.service.ask_ticket(&name, &body, network).await?;
    Ok(NoContent)
}
