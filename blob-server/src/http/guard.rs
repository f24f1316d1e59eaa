//! What a request must pass before a handler sees it.

use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;

use super::App;
use super::auth::{bearer_token, session_token};
use super::client::{ClientNetwork, own_origin};
use super::error::Failure;

/// A limit for each network.
pub(super) async fn rate(
    State(app): State<Arc<App>>,
    Extension(client): Extension<ClientNetwork>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let service = &app.service;
    let headers = request.headers();
    let tokens = session_token(headers, &service.settings).into_iter().chain(bearer_token(headers));
    service.count_request(client.0, tokens)?;
    Ok(next.run(request).await)
}

/// No compressed bodies: nothing of ours is, and a small body could become a huge one.
pub(super) async fn encoding(request: Request, next: Next) -> Result<Response, Failure> {
    match request.headers().get(header::CONTENT_ENCODING) {
        Some(encoding) if encoding != "identity" => Err(Failure::UnsupportedMedia),
        _ => Ok(next.run(request).await),
    }
}

/// What changes something must come from a page of ours. The session's cookie is `SameSite=Strict`; this also holds where
/// a neighbour on the same site turns hostile, and in a browser that does not know the attribute.
pub(super) async fn origin(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let own = own_origin(request.uri(), request.headers(), &app.service.settings);
    if safe || own.is_some_and(|own| is_ours(request.headers(), &own)) {
        Ok(next.run(request).await)
    } else {
        Err(Failure::ForeignOrigin)
    }
}

/// Every browser of today sends both headers with such a request; one of them must be there, and none may contradict.
fn is_ours(headers: &HeaderMap, own: &str) -> bool {
    let site = headers.get("sec-fetch-site").map(|site| site == "same-origin");
    let origin =
        headers.get(header::ORIGIN).map(|origin| origin.as_bytes().eq_ignore_ascii_case(own.as_bytes()));
    match (site, origin) {
        (Some(false), _) | (_, Some(false)) | (None, None) => false,
        (Some(true), _) | (_, Some(true)) => true,
    }
}
