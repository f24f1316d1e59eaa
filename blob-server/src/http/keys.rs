//! `/api/account/keys` and `/vault`, `/api/cards`: what is public or sealed of an account's keys.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use blob_api::{AskCards, Cards, Keys, MAX_SEALED_JSON_BYTES, StoreKeys, Vault};

use super::App;
use super::auth::By;
use super::error::Failure;
use super::json::JsonBody;
use crate::service::Sender;

pub(super) async fn get(State(app): State<Arc<App>>, By(sender): By<Sender>) -> Result<Json<Keys>, Failure> {
    Ok(Json(app.service.keys(&sender).await?))
}

pub(super) async fn store(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    JsonBody(body): JsonBody<StoreKeys, MAX_SEALED_JSON_BYTES>,
) -> Result<NoContent, Failure> {
    app.service.store_keys(&sender, &body).await?;
    Ok(NoContent)
}

pub(super) async fn store_vault(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    JsonBody(body): JsonBody<Vault, MAX_SEALED_JSON_BYTES>,
) -> Result<NoContent, Failure> {
    app.service.store_vault(&sender, &body).await?;
    Ok(NoContent)
}

pub(super) async fn cards(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    JsonBody(body): JsonBody<AskCards>,
) -> Result<Json<Cards>, Failure> {
    Ok(Json(app.service.cards(&sender, &body).await?))
}
