//! `/api/deliveries` and `/api/drafts`: the side of who makes them.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, NoContent, Response};
use blob_api::{
    ChangeDelivery, CreateDelivery, DeliveryId, Drafts, MAX_SEALED_JSON_BYTES, RecipientId, SendDelivery,
    Sent, StoredBlobs,
};

use super::App;
use super::auth::By;
use super::body::{announced_size, stream};
use super::error::Failure;
use super::json::JsonBody;
use super::named::Named;
use crate::service::{Author, Sender, Sheet};

/// The answer to a request that makes something: `201`, which says all.
pub(super) struct Created;

impl IntoResponse for Created {
    fn into_response(self) -> Response {
        StatusCode::CREATED.into_response()
    }
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    By(author): By<Author>,
    JsonBody(body): JsonBody<CreateDelivery>,
) -> Result<Created, Failure> {
    app.service.create_delivery(&author, &body).await?;
    Ok(Created)
}

pub(super) async fn drafts(
    State(app): State<Arc<App>>,
    By(author): By<Author>,
) -> Result<Json<Drafts>, Failure> {
    Ok(Json(app.service.drafts(&author).await?))
}

pub(super) async fn blobs(
    State(app): State<Arc<App>>,
    By(author): By<Author>,
    Named(delivery): Named<DeliveryId>,
) -> Result<Json<StoredBlobs>, Failure> {
    Ok(Json(app.service.stored_blobs(&author, &delivery).await?))
}

pub(super) async fn end(
    State(app): State<Arc<App>>,
    By(author): By<Author>,
    Named(delivery): Named<DeliveryId>,
) -> Result<NoContent, Failure> {
    app.service.delete_delivery(&author, &delivery).await?;
    Ok(NoContent)
}

pub(super) async fn put_cover(
    State(app): State<Arc<App>>,
    By(author): By<Author>,
    Named(delivery): Named<DeliveryId>,
    headers: HeaderMap,
    body: Body,
) -> Result<NoContent, Failure> {
    let size = announced_size(&headers)?;
    app.service.put_sheet(&author, &delivery, Sheet::Cover, size, &mut stream(body, &app)).await?;
    Ok(NoContent)
}

pub(super) async fn put_sealed(
    State(app): State<Arc<App>>,
    By(author): By<Author>,
    Named(delivery): Named<DeliveryId>,
    headers: HeaderMap,
    body: Body,
) -> Result<NoContent, Failure> {
    let size = announced_size(&headers)?;
    app.service.put_sheet(&author, &delivery, Sheet::Sealed, size, &mut stream(body, &app)).await?;
    Ok(NoContent)
}

pub(super) async fn send(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    Named(delivery): Named<DeliveryId>,
    JsonBody(body): JsonBody<SendDelivery, MAX_SEALED_JSON_BYTES>,
) -> Result<Json<Sent>, Failure> {
    Ok(Json(app.service.send(&sender, &delivery, &body).await?))
}

pub(super) async fn change(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    Named(delivery): Named<DeliveryId>,
    JsonBody(body): JsonBody<ChangeDelivery>,
) -> Result<Json<Sent>, Failure> {
    Ok(Json(app.service.change_delivery(&sender, &delivery, &body).await?))
}

pub(super) async fn remind(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    Named((delivery, recipient)): Named<(DeliveryId, RecipientId)>,
) -> Result<NoContent, Failure> {
    app.service.remind(&sender, &delivery, &recipient).await?;
    Ok(NoContent)
}

pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    Named((delivery, recipient)): Named<(DeliveryId, RecipientId)>,
) -> Result<NoContent, Failure> {
    app.service.revoke_recipient(&sender, &delivery, &recipient).await?;
    Ok(NoContent)
}
