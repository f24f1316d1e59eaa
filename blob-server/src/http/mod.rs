//! HTTP: parse, call the service, encode. One file a resource; nothing here decides.

mod account;
mod agent;
mod api;
mod auth;
mod blob;
mod body;
mod boxes;
mod client;
mod credential;
mod delivery;
mod deputy;
mod error;
mod factor;
mod grant;
mod guard;
mod headers;
mod instance;
mod json;
mod keys;
mod link;
mod log;
mod login;
mod mailbox;
mod named;
mod pages;
mod part;
mod range;
mod request;
mod setup;
mod submit_box;
mod ticket;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;

pub use client::ClientNetwork;
pub(crate) use client::{FromHere, network};
pub(crate) use error::too_many_at_once;
pub(crate) use mailbox::LIST as MAILBOX;
pub use pages::Assets;

use crate::service::Service;
use error::Failure;

/// What handlers share.
pub struct App {
    /// The rules.
    pub service: Arc<Service>,
    /// The web app's files.
    pub assets: Assets,
}

/// Every route, with everything that wraps all of them. Requests must carry their [`ClientNetwork`] as extension.
pub fn router(app: Arc<App>) -> Router {
    let development = Router::new()
        .route(mailbox::LIST, get(mailbox::list))
        .route(mailbox::MAIL, get(mailbox::get))
        .route_layer(from_fn_with_state(Arc::clone(&app), mailbox::only_here));
    pages::PATHS
        .iter()
        .fold(api::router().merge(development), |router, path| router.route(path, get(pages::get)))
        .fallback(pages::fallback)
        .method_not_allowed_fallback(async || Failure::MethodNotAllowed)
        // The last is the outermost.
        .layer(from_fn_with_state(Arc::clone(&app), guard::origin))
        .layer(from_fn_with_state(Arc::clone(&app), guard::rate))
        .layer(from_fn(guard::encoding))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(from_fn_with_state(Arc::clone(&app), headers::add))
        .layer(from_fn(body::drain_refused))
        .layer(from_fn(log::requests))
        .with_state(app)
}
