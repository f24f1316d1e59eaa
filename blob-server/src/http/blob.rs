//! Ciphertext out: covers and blobs, whole or in ranges.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64ct::{Base64UrlUnpadded, Encoding};
use blob_api::{BlobId, DeliveryId};

use super::App;
use super::auth::By;
use super::error::Failure;
use super::named::Named;
use super::range::{Asked, asked};
use crate::service::{BlobPlan, Opened, Sheet};

/// Bytes that no browser should show, keep or guess at: all of them, a range, or none to whoever has them.
pub(super) struct Ciphertext(Response);

impl IntoResponse for Ciphertext {
    fn into_response(self) -> Response {
        self.0
    }
}

pub(super) async fn cover(
    State(app): State<Arc<App>>,
    By(opened): By<Opened>,
    headers: HeaderMap,
) -> Result<Ciphertext, Failure> {
    respond(app.service.sheet(&opened, Sheet::Cover)?, &headers)
}

pub(super) async fn sealed(
    State(app): State<Arc<App>>,
    By(opened): By<Opened>,
    headers: HeaderMap,
) -> Result<Ciphertext, Failure> {
    respond(app.service.sheet(&opened, Sheet::Sealed)?, &headers)
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
    By(opened): By<Opened>,
    Named((_, blob)): Named<(DeliveryId, BlobId)>,
    headers: HeaderMap,
) -> Result<Ciphertext, Failure> {
    respond(app.service.blob(&opened, &blob).await?, &headers)
}

fn respond(plan: BlobPlan, request: &HeaderMap) -> Result<Ciphertext, Failure> {
    let tag = format!("\"{}\"", Base64UrlUnpadded::encode_string(&plan.tag));
    let size = plan.size;
    let mut headers = HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment")),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (header::ETAG, HeaderValue::try_from(&tag).map_err(|_| Failure::BadRequest)?),
    ]);
    let (status, range) = match asked(request, &tag, size) {
        Asked::Unchanged => return Ok(Ciphertext((StatusCode::NOT_MODIFIED, headers).into_response())),
        Asked::Outside => return Err(Failure::BadRange { size }),
        Asked::Whole => (StatusCode::OK, 0..size),
        Asked::Range(range) => {
            let text = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            headers
                .insert(header::CONTENT_RANGE, HeaderValue::try_from(text).map_err(|_| Failure::BadRequest)?);
            (StatusCode::PARTIAL_CONTENT, range)
        }
    };
    headers.insert(header::CONTENT_LENGTH, (range.end - range.start).into());
    Ok(Ciphertext((status, headers, Body::from_stream(plan.read(range))).into_response()))
}
