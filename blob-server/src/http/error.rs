//! Every way to fail, turned into problem+json in one match.

use std::any::Any;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use blob_api::{Problem, ProblemKind};

use crate::service::Error;
use crate::store::StoreError;

/// Why a request was not answered as hoped.
#[derive(Debug)]
pub(super) enum Failure {
    /// It does not follow the API.
    BadRequest,
    /// It comes from another site's page.
    ForeignOrigin,
    /// The path has no such method.
    MethodNotAllowed,
    /// No such path.
    NotFound,
    /// A larger body than any that the API knows.
    TooLarge,
    /// Not JSON where JSON is due, or compressed.
    UnsupportedMedia,
    /// A range outside of the body.
    BadRange {
        /// Bytes of the whole.
        size: u64,
    },
    /// The handler panicked.
    Panicked,
    /// The rules say no, or the store failed.
    Service(Error),
}

/// The answer to a network that has too many requests running.
pub(crate) fn too_many_at_once() -> Response {
    Failure::Service(Error::TooMany { seconds: 1 }).into_response()
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Service(error)
    }
}

impl Failure {
    fn kind(&self) -> ProblemKind {
        match self {
            Self::BadRequest | Self::Service(Error::Invalid | Error::BodyBroken) => ProblemKind::BadRequest,
            Self::ForeignOrigin => ProblemKind::ForeignOrigin,
            Self::MethodNotAllowed => ProblemKind::MethodNotAllowed,
            Self::NotFound | Self::Service(Error::NotFound) => ProblemKind::NotFound,
            Self::TooLarge | Self::Service(Error::TooLarge) => ProblemKind::TooLarge,
            Self::UnsupportedMedia => ProblemKind::UnsupportedMedia,
            Self::BadRange { .. } => ProblemKind::BadRange,
            Self::Service(Error::LoggedOut) => ProblemKind::LoggedOut,
            Self::Service(Error::WrongLogin) => ProblemKind::WrongLogin,
            Self::Service(Error::WrongCode) => ProblemKind::WrongCode,
            Self::Service(Error::Unconfirmed) => ProblemKind::Unconfirmed,
            Self::Service(Error::WrongPassword) => ProblemKind::WrongPassword,
            Self::Service(Error::WrongAccount) => ProblemKind::WrongAccount,
            Self::Service(Error::NotAllowed) => ProblemKind::NotAllowed,
            Self::Service(Error::SetupRefused) => ProblemKind::SetupRefused,
            Self::Service(Error::Conflict) => ProblemKind::Conflict,
            Self::Service(Error::Expired) => ProblemKind::Expired,
            Self::Service(Error::DigestMismatch) => ProblemKind::DigestMismatch,
            Self::Service(Error::TooMany { .. }) => ProblemKind::TooMany,
            Self::Service(Error::Store(StoreError::Full)) => ProblemKind::StorageFull,
            Self::Panicked | Self::Service(Error::NoRandom(_) | Error::Store(_)) => ProblemKind::Internal,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut problem = Problem::new(self.kind());
        let mut headers = axum::http::HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match &self {
            Self::Service(Error::TooMany { seconds }) => {
                problem.retry_after = Some(*seconds);
                headers.insert(header::RETRY_AFTER, (*seconds).into());
            }
            Self::BadRange { size } => {
                if let Ok(value) = HeaderValue::try_from(format!("bytes */{size}")) {
                    headers.insert(header::CONTENT_RANGE, value);
                }
            }
            Self::Service(error @ (Error::NoRandom(_) | Error::Store(_))) => {
                tracing::error!(%error, "request failed")
            }
            _ => {}
        }
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(problem)).into_response();
        response.headers_mut().extend(headers);
        response
    }
}

/// The answer when a handler panicked. The message may hold anything, so it goes nowhere; main's panic hook logs the place.
pub(super) fn panicked(_message: Box<dyn Any + Send>) -> Response {
    Failure::Panicked.into_response()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use axum::body::Body;
    use axum::extract::Request;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    #[tokio::test]
    async fn a_panic_tells_nothing() {
        let failing = async || -> &'static str { panic!("a secret") };
        let app: axum::Router = axum::Router::new().route("/", get(failing));
        let app = app.layer(CatchPanicLayer::custom(super::panicked));
        let response = app.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), 500);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let expected = r#"{"type":"urn:siegel:internal","status":500,"title":"The server failed."}"#;
        assert_eq!(body, expected);
    }
}
