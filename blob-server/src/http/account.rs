//! `/api/account`: what an account's owner looks after.

use std::sync::Arc;

use axum::extract::State;
use axum::response::NoContent;
use axum::{Extension, Json};
use blob_api::{
    AccountInfo, ChangeAccount, LoginFinish, Opaque, PasswordFinish, PasswordStart, RegistrationAnswer,
    Session, SessionId,
};
use serde::Deserialize;

use super::App;
use super::auth::{By, no_cookie};
use super::client::ClientNetwork;
use super::error::Failure;
use super::json::JsonBody;
use super::login::WithCookie;
use super::named::Named;
use crate::service::Sender;

/// The session in a path.
#[derive(Deserialize)]
pub(super) struct PathSession {
    session: SessionId,
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
) -> Result<Json<AccountInfo>, Failure> {
    Ok(Json(app.service.account_info(&sender).await?))
}

pub(super) async fn change(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    JsonBody(body): JsonBody<ChangeAccount>,
) -> Result<Json<Session>, Failure> {
    Ok(Json(app.service.change_account(&sender, &body).await?))
}

pub(super) async fn confirm(
    State(app): State<Arc<App>>,
    Extension(client): Extension<ClientNetwork>,
    By(sender): By<Sender>,
    JsonBody(body): JsonBody<LoginFinish>,
) -> Result<NoContent, Failure> {
    app.service.confirm(&sender, &body, client.0).await?;
    Ok(NoContent)
}

pub(super) async fn password_start(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    JsonBody(body): JsonBody<PasswordStart>,
) -> Result<Json<RegistrationAnswer>, Failure> {
    let response = app.service.password_start(&sender, &body)?;
    Ok(Json(RegistrationAnswer { response: Opaque(response) }))
}

pub(super) async fn password_finish(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    JsonBody(body): JsonBody<PasswordFinish>,
) -> Result<NoContent, Failure> {
    app.service.password_finish(&sender, &body).await?;
    Ok(NoContent)
}

pub(super) async fn log_out_everywhere(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
) -> Result<WithCookie<NoContent>, Failure> {
    app.service.log_out_everywhere(&sender).await?;
    Ok(([(axum::http::header::SET_COOKIE, no_cookie(&app.service.settings)?)], NoContent))
}

pub(super) async fn log_out_other(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    Named(path): Named<PathSession>,
) -> Result<NoContent, Failure> {
    app.service.log_out_other(&sender, &path.session).await?;
    Ok(NoContent)
}
