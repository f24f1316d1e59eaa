//! `GET /healthz`, `GET /api/instance`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use blob_api::Instance;

use super::App;
use super::error::Failure;

pub(super) async fn health(State(app): State<Arc<App>>) -> Result<&'static str, Failure> {
    app.service.check_health().await?;
    Ok("ok")
}

pub(super) async fn get(State(app): State<Arc<App>>) -> Result<Json<Instance>, Failure> {
    Ok(Json(app.service.instance().await?))
}
