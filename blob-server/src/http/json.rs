//! JSON bodies.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::header;
use blob_api::MAX_JSON_BYTES;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::App;
use super::error::Failure;
use crate::service::Error;

/// A request's body, parsed: at most `MOST` bytes, no unknown members.
pub(super) struct JsonBody<T, const MOST: usize = MAX_JSON_BYTES>(pub(super) T);

impl<T: DeserializeOwned, const MOST: usize> FromRequest<Arc<App>> for JsonBody<T, MOST> {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.and_then(|value| value.split(';').next()).map(str::trim);
        if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/json")) {
            return Err(Failure::UnsupportedMedia);
        }
        let limit = Duration::from_secs(app.service.settings.body_idle_seconds.get());
        let body = Limited::new(request.into_body(), MOST).collect();
        let bytes = match tokio::time::timeout(limit, body).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(Failure::TooLarge),
            Ok(Err(_)) | Err(_) => return Err(Failure::Service(Error::BodyBroken)),
        };
        // Structs could be read from arrays, too; nobody is told that they can.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(Failure::BadRequest);
        }
        serde_json::from_slice(&bytes).map(Self).map_err(|_| Failure::BadRequest)
    }
}
