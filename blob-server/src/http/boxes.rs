//! `/api/inbox`, `/api/sent`, and what helps to fill in a new delivery.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use blob_api::{AskReadiness, Contacts, DeliveryId, Inbox, ReadinessAnswer, Received, SentBox, SentDetail};

use super::App;
use super::auth::By;
use super::error::Failure;
use super::json::JsonBody;
use super::named::Named;
use crate::service::Sender;

/// Which page of a list.
#[derive(serde::Deserialize)]
pub(super) struct Page {
    /// The last delivery of the page before.
    before: Option<DeliveryId>,
}

/// A query that cannot be read is a bad request.
pub(super) type PageQuery = Result<Query<Page>, axum::extract::rejection::QueryRejection>;

fn before(query: PageQuery) -> Result<Option<DeliveryId>, Failure> {
    query.map(|Query(page)| page.before).map_err(|_| Failure::BadRequest)
}

pub(super) async fn inbox(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    page: PageQuery,
) -> Result<Json<Inbox>, Failure> {
    Ok(Json(app.service.inbox(&sender, before(page)?.as_ref()).await?))
}

pub(super) async fn received(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    Named(delivery): Named<DeliveryId>,
) -> Result<Json<Received>, Failure> {
    Ok(Json(app.service.received(&sender, &delivery).await?))
}

pub(super) async fn sent(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    page: PageQuery,
) -> Result<Json<SentBox>, Failure> {
    Ok(Json(app.service.sent_box(&sender, before(page)?.as_ref()).await?))
}

pub(super) async fn detail(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    Named(delivery): Named<DeliveryId>,
) -> Result<Json<SentDetail>, Failure> {
    Ok(Json(app.service.sent_detail(&sender, &delivery).await?))
}

pub(super) async fn contacts(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
) -> Result<Json<Contacts>, Failure> {
    Ok(Json(app.service.contacts(&sender).await?))
}

pub(super) async fn readiness(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    JsonBody(body): JsonBody<AskReadiness>,
) -> Result<Json<ReadinessAnswer>, Failure> {
    Ok(Json(app.service.readiness(&sender, &body).await?))
}
