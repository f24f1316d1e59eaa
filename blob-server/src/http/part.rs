//! `/api/deliveries/{delivery}/blobs/{blob}`: ciphertext in.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::NoContent;
use base64ct::{Base64, Encoding};
use blob_api::{BlobId, CONTENT_DIGEST, CompleteBlob, DeliveryId, UPLOAD_COMPLETE};

use super::App;
use super::auth::By;
use super::body::{announced_size, stream};
use super::error::Failure;
use super::json::JsonBody;
use super::named::Named;
use crate::service::{Author, PartUpload};

pub(super) async fn put(
    State(app): State<Arc<App>>,
    By(author): By<Author>,
    Named((delivery, blob, number)): Named<(DeliveryId, BlobId, u32)>,
    headers: HeaderMap,
    body: Body,
) -> Result<NoContent, Failure> {
    let (size, digest) = (announced_size(&headers)?, content_digest(&headers)?);
    let whole = is_whole(&headers)?;
    let part = PartUpload { delivery, blob, number, size, digest, whole };
    app.service.put_part(&author, &part, &mut stream(body, &app)).await?;
    Ok(NoContent)
}

pub(super) async fn complete(
    State(app): State<Arc<App>>,
    By(author): By<Author>,
    Named((delivery, blob)): Named<(DeliveryId, BlobId)>,
    JsonBody(body): JsonBody<CompleteBlob>,
) -> Result<NoContent, Failure> {
    app.service.complete_blob(&author, &delivery, &blob, &body).await?;
    Ok(NoContent)
}

pub(super) async fn remove(
    State(app): State<Arc<App>>,
    By(author): By<Author>,
    Named((delivery, blob)): Named<(DeliveryId, BlobId)>,
) -> Result<NoContent, Failure> {
    app.service.remove_blob(&author, &delivery, &blob).await?;
    Ok(NoContent)
}

/// A boolean as RFC 9651 §3.3.6 writes it.
fn is_whole(headers: &HeaderMap) -> Result<bool, Failure> {
    match headers.get(UPLOAD_COMPLETE).map(|value| value.as_bytes()) {
        Some(b"?1") => Ok(true),
        Some(b"?0") | None => Ok(false),
        Some(_) => Err(Failure::BadRequest),
    }
}

/// > RFC 9530 §2: `Content-Digest: sha-256=:<padded base64>:`
fn content_digest(headers: &HeaderMap) -> Result<[u8; 32], Failure> {
    let value =
        headers.get(CONTENT_DIGEST).and_then(|value| value.to_str().ok()).ok_or(Failure::BadRequest)?;
    let text = value
        .strip_prefix("sha-256=:")
        .and_then(|value| value.strip_suffix(':'))
        .ok_or(Failure::BadRequest)?;
    let mut digest = [0; 32];
    match Base64::decode(text, &mut digest) {
        Ok(read) if read.len() == 32 => Ok(digest),
        _ => Err(Failure::BadRequest),
    }
}
