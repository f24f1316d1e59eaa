//! Who asks: the session's cookie, or a bearer token.

use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use blob_api::{DeliveryId, Token};

use super::App;
use super::error::Failure;
use super::named::Named;
use crate::config::Settings;
use crate::service::{Author, Error, Holder, Opened, Sender};

/// Over https. The prefix makes browsers insist on `Secure`, `Path=/` and no `Domain`, so that no neighbour can set it.
const SECURE_COOKIE: &str = "__Host-siegel";
/// Over plain http, which is for trying out on one machine.
const PLAIN_COOKIE: &str = "siegel";

/// The `Set-Cookie` that starts a session.
pub(super) fn session_cookie(token: &Token, settings: &Settings) -> Result<HeaderValue, Failure> {
    cookie(&token.to_text(), u64::from(settings.session_hours.get()) * 3600, settings)
}

/// The `Set-Cookie` that removes the session's cookie.
pub(super) fn no_cookie(settings: &Settings) -> Result<HeaderValue, Failure> {
    cookie("", 0, settings)
}

fn cookie(value: &str, seconds: u64, settings: &Settings) -> Result<HeaderValue, Failure> {
    let secure = if settings.public_url.is_https() { "; Secure" } else { "" };
    let name = cookie_name(settings);
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    let mut value = HeaderValue::try_from(text).map_err(|_| Failure::BadRequest)?;
    value.set_sensitive(true);
    Ok(value)
}

fn cookie_name(settings: &Settings) -> &'static str {
    if settings.public_url.is_https() { SECURE_COOKIE } else { PLAIN_COOKIE }
}

/// The session token in a request's cookies.
pub(super) fn session_token(headers: &HeaderMap, settings: &Settings) -> Option<Token> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == cookie_name(settings))?;
    Token::from_text(value)
}

/// Who asks, proven: by a session ([`Sender`]), by a ticket ([`Holder`]), by either ([`Author`]), or by an opening of the
/// delivery that the path names ([`Opened`]).
pub(super) struct By<T>(pub(super) T);

impl FromRequestParts<Arc<App>> for By<Sender> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let token = session_token(&parts.headers, &app.service.settings).ok_or(Error::LoggedOut)?;
        Ok(Self(app.service.sender(&token).await?))
    }
}

impl OptionalFromRequestParts<Arc<App>> for By<Sender> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Option<Self>, Failure> {
        match <Self as FromRequestParts<Arc<App>>>::from_request_parts(parts, app).await {
            Ok(by) => Ok(Some(by)),
            Err(Failure::Service(Error::LoggedOut)) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

/// `Authorization: Bearer`. Without one nothing is found, as with a wrong one.
pub(super) struct Bearer(pub(super) Token);

impl FromRequestParts<Arc<App>> for Bearer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _app: &Arc<App>) -> Result<Self, Failure> {
        bearer_token(&parts.headers).map(Self).ok_or(Failure::NotFound)
    }
}

impl OptionalFromRequestParts<Arc<App>> for Bearer {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _app: &Arc<App>) -> Result<Option<Self>, Failure> {
        Ok(bearer_token(&parts.headers).map(Self))
    }
}

/// The token in a request's `Authorization`.
pub(super) fn bearer_token(headers: &HeaderMap) -> Option<Token> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok())?;
    let (scheme, text) = value.split_once(' ')?;
    Token::from_text(text).filter(|_| scheme.eq_ignore_ascii_case("bearer"))
}

impl FromRequestParts<Arc<App>> for By<Opened> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let Bearer(token) = <Bearer as FromRequestParts<Arc<App>>>::from_request_parts(parts, app).await?;
        let Named(path) = Named::<PathDelivery>::from_request_parts(parts, app).await?;
        Ok(Self(app.service.opened(&path.delivery, &token).await?))
    }
}

impl FromRequestParts<Arc<App>> for By<Holder> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let Bearer(token) = <Bearer as FromRequestParts<Arc<App>>>::from_request_parts(parts, app).await?;
        Ok(Self(app.service.holder(&token).await?))
    }
}

/// A ticket before the session: who shows one means it, logged in or not.
impl FromRequestParts<Arc<App>> for By<Author> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        if let Some(token) = bearer_token(&parts.headers) {
            match app.service.holder(&token).await {
                Ok(holder) => return Ok(Self(Author::Ticket(holder))),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let By(sender) = <By<Sender> as FromRequestParts<Arc<App>>>::from_request_parts(parts, app).await?;
        Ok(Self(Author::Account(sender)))
    }
}

/// The delivery in any path that has one.
#[derive(serde::Deserialize)]
struct PathDelivery {
    delivery: DeliveryId,
}
