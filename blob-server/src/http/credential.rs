//! `/api/codes`, `/api/credentials`: a new account, a new password.

use std::sync::Arc;

use axum::extract::State;
use axum::response::NoContent;
use axum::{Extension, Json};
use blob_api::{AskCode, CodeAsked, CredentialFinish, CredentialStart, Opaque, RegistrationAnswer};

use super::App;
use super::client::ClientNetwork;
use super::error::Failure;
use super::json::JsonBody;

pub(super) async fn ask_code(
    State(app): State<Arc<App>>,
    Extension(client): Extension<ClientNetwork>,
    JsonBody(body): JsonBody<AskCode>,
) -> Result<Json<CodeAsked>, Failure> {
    Ok(Json(app.service.ask_code(&body, client.0).await?))
}

pub(super) async fn start(
    State(app): State<Arc<App>>,
    Extension(client): Extension<ClientNetwork>,
    JsonBody(body): JsonBody<CredentialStart>,
) -> Result<Json<RegistrationAnswer>, Failure> {
    let response = app.service.credential_start(&body, client.0).await?;
    Ok(Json(RegistrationAnswer { response: Opaque(response) }))
}

pub(super) async fn finish(
    State(app): State<Arc<App>>,
    Extension(client): Extension<ClientNetwork>,
    JsonBody(body): JsonBody<CredentialFinish>,
) -> Result<NoContent, Failure> {
    app.service.credential_finish(&body, client.0).await?;
    Ok(NoContent)
}
