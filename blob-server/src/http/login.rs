//! `/api/login`, `/api/session`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::NoContent;
use axum::{Extension, Json};
use blob_api::{LoginAnswer, LoginChallenge, LoginFinish, LoginStart, SecondFactor, Session};

use super::App;
use super::agent::agent;
use super::auth::{By, no_cookie, session_cookie, session_token};
use super::client::{ClientNetwork, Site};
use super::error::Failure;
use super::json::JsonBody;
use crate::service::{Device, LoggedIn, LoginStep, Sender};

/// A header that starts or ends a session.
pub(super) type SetCookie = [(header::HeaderName, HeaderValue); 1];
/// The same, and the rest of the answer.
pub(super) type WithCookie<T> = (SetCookie, T);

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
    Site(site): Site,
    headers: HeaderMap,
    JsonBody(body): JsonBody<LoginFinish>,
) -> Result<(Option<SetCookie>, Json<LoginAnswer>), Failure> {
    let agent = agent(&headers);
    let device = Device { network: client.0, agent: &agent };
    Ok(match app.service.login_finish(&body, &device, &site).await? {
        LoginStep::Done(new) => {
            let (cookie, answer) = logged_in(&app, new, LoginAnswer::Session)?;
            (Some(cookie), answer)
        }
        LoginStep::Second(needed) => (None, Json(LoginAnswer::SecondFactor(needed))),
    })
}

pub(super) async fn second(
    State(app): State<Arc<App>>,
    Extension(client): Extension<ClientNetwork>,
    Site(site): Site,
    headers: HeaderMap,
    JsonBody(body): JsonBody<SecondFactor>,
) -> Result<WithCookie<Json<Session>>, Failure> {
    let agent = agent(&headers);
    let device = Device { network: client.0, agent: &agent };
    let new = app.service.login_second(&body, &device, &site).await?;
    logged_in(&app, new, |session| session)
}

/// The cookie of a new session, and the answer that comes with it.
fn logged_in<T>(
    app: &App,
    new: LoggedIn,
    answer: impl FnOnce(Session) -> T,
) -> Result<WithCookie<Json<T>>, Failure> {
    let cookie = session_cookie(&new.token, &app.service.settings)?;
    Ok(([(header::SET_COOKIE, cookie)], Json(answer(new.session))))
}

pub(super) async fn session(By(sender): By<Sender>) -> Json<Session> {
    Json(sender.session())
}

/// Logging out succeeds whether or not there was a session.
pub(super) async fn log_out(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<WithCookie<NoContent>, Failure> {
    let settings = &app.service.settings;
    if let Some(token) = session_token(&headers, settings) {
        app.service.log_out(&token).await?;
    }
    Ok(([(header::SET_COOKIE, no_cookie(settings)?)], NoContent))
}
