//! `/api/login`, `/api/session`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::{Extension, Json};
use blob_api::{LoginAnswer, LoginChallenge, LoginFinish, LoginStart, Session};

use super::App;
use super::agent::agent;
use super::auth::{By, no_cookie, session_cookie, session_token};
use super::client::ClientNetwork;
use super::error::Failure;
use super::json::JsonBody;
use crate::service::{Device, Sender};

pub(super) type WithCookie<T> = ([(header::HeaderName, HeaderValue); 1], T);

pub(super) async fn start(
    State(app): State<Arc<App>>,
    Extension(client): Extension<ClientNetwork>,
    JsonBody(body): JsonBody<LoginStart>,
) -> Result<Json<LoginChallenge>, Failure> {
    Ok(Json(app.service.login_start(&body, client.0).await?))
}

pub(super) async fn finish(
    State(app): State<Arc<App>>,
    Extension(client): Extension<ClientNetwork>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<LoginFinish>,
) -> Result<WithCookie<Json<LoginAnswer>>, Failure> {
    let agent = agent(&headers);
    let new = app.service.login_finish(&body, &Device { network: client.0, agent: &agent }).await?;
    let cookie = session_cookie(&new.token, &app.service.settings)?;
    Ok(([(header::SET_COOKIE, cookie)], Json(LoginAnswer::Session(new.session))))
}

pub(super) async fn session(By(sender): By<Sender>) -> Json<Session> {
    Json(sender.session())
}

/// Logging out succeeds whether or not there was a session.
pub(super) async fn log_out(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<WithCookie<StatusCode>, Failure> {
    let settings = &app.service.settings;
    if let Some(token) = session_token(&headers, settings) {
        app.service.log_out(&token).await?;
    }
    Ok(([(header::SET_COOKIE, no_cookie(settings)?)], StatusCode::NO_CONTENT))
}
