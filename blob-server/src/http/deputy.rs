//! Deputies: who may grant deliveries in their sender's place.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use blob_api::{AccountId, Deputies, NameDeputy};

use super::App;
use super::auth::By;
use super::error::Failure;
use super::json::JsonBody;
use super::named::Named;
use crate::service::Sender;

pub(super) async fn list(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
) -> Result<Json<Deputies>, Failure> {
    Ok(Json(app.service.deputies(&sender).await?))
}

pub(super) async fn name(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    JsonBody(body): JsonBody<NameDeputy>,
) -> Result<NoContent, Failure> {
    app.service.name_deputy(&sender, &body).await?;
    Ok(NoContent)
}

pub(super) async fn end(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    Named(deputy): Named<AccountId>,
) -> Result<NoContent, Failure> {
    app.service.end_deputation(&sender, &deputy).await?;
    Ok(NoContent)
}
