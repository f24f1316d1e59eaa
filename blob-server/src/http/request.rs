//! `/api/requests`: what the account asks others for.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use blob_api::{CreateRequest, MAX_SEALED_JSON_BYTES, RequestDetail, Requests, TicketId};

use super::App;
use super::auth::By;
use super::delivery::Created;
use super::error::Failure;
use super::json::JsonBody;
use super::named::Named;
use crate::service::Sender;

pub(super) async fn create(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    JsonBody(body): JsonBody<CreateRequest, MAX_SEALED_JSON_BYTES>,
) -> Result<Created, Failure> {
    app.service.create_request(&sender, &body).await?;
    Ok(Created)
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
) -> Result<Json<Requests>, Failure> {
    Ok(Json(app.service.requests(&sender).await?))
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    Named(ticket): Named<TicketId>,
) -> Result<Json<RequestDetail>, Failure> {
    Ok(Json(app.service.request(&sender, &ticket).await?))
}

pub(super) async fn withdraw(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    Named(ticket): Named<TicketId>,
) -> Result<NoContent, Failure> {
    app.service.withdraw_request(&sender, &ticket).await?;
    Ok(NoContent)
}
