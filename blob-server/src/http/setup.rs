//! `/api/setup`: the first admin.

use std::sync::Arc;

use axum::extract::State;
use axum::response::NoContent;
use axum::{Extension, Json};
use blob_api::{Opaque, RegistrationAnswer, SetupFinish, SetupStart};

use super::App;
use super::client::ClientNetwork;
use super::error::Failure;
use super::json::JsonBody;

pub(super) async fn start(
    State(app): State<Arc<App>>,
    Extension(client): Extension<ClientNetwork>,
    JsonBody(body): JsonBody<SetupStart>,
) -> Result<Json<RegistrationAnswer>, Failure> {
    let response = app.service.setup_start(&body, client.0)?;
    Ok(Json(RegistrationAnswer { response: Opaque(response) }))
}

pub(super) async fn finish(
    State(app): State<Arc<App>>,
    Extension(client): Extension<ClientNetwork>,
    JsonBody(body): JsonBody<SetupFinish>,
) -> Result<NoContent, Failure> {
    app.service.setup_finish(&body, client.0).await?;
    Ok(NoContent)
}
