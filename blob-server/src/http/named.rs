//! What the path names.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::App;
use super::error::Failure;

/// Identifiers from the path. One that is malformed names nothing, and is answered like one that names nothing.
pub(super) struct Named<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<App>> for Named<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let Path(named) = Path::from_request_parts(parts, app).await.map_err(|_| Failure::NotFound)?;
        Ok(Self(named))
    }
}
