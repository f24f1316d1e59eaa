//! HTTP: parse, call the service, encode. One file a resource; nothing here decides.

mod account;
mod agent;
mod auth;
mod blob;
mod body;
mod boxes;
mod client;
mod credential;
mod delivery;
mod error;
mod factor;
mod guard;
mod headers;
mod instance;
mod json;
mod link;
mod log;
mod login;
mod mailbox;
mod named;
mod pages;
mod part;
mod range;
mod setup;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, post, put};
use blob_api::path;
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
    let api = Router::new()
        .route(path::HEALTH, get(instance::health))
        .route(path::INSTANCE, get(instance::get))
        .route(path::SETUP_START, post(setup::start))
        .route(path::SETUP_FINISH, post(setup::finish))
        .route(path::LOGIN_START, post(login::start))
        .route(path::LOGIN_FINISH, post(login::finish))
        .route(path::LOGIN_SECOND, post(login::second))
        .route(path::CODES, post(credential::ask_code))
        .route(path::CREDENTIAL_START, post(credential::start))
        .route(path::CREDENTIAL_FINISH, post(credential::finish))
        .route(path::ACCOUNT, get(account::get).patch(account::change))
        .route(path::CONFIRM, post(account::confirm))
        .route(path::PASSWORD_START, post(account::password_start))
        .route(path::PASSWORD_FINISH, post(account::password_finish))
        .route(path::TOTP, post(factor::offer_totp).delete(factor::delete_totp))
        .route(path::TOTP_CONFIRM, post(factor::confirm_totp))
        .route(path::PASSKEYS, post(factor::offer_passkey))
        .route(path::PASSKEY_MADE, post(factor::add_passkey))
        .route(path::PASSKEY, delete(factor::delete_passkey))
        .route(path::RECOVERY_CODES, post(factor::new_recovery_codes))
        .route(path::SESSIONS, delete(account::log_out_everywhere))
        .route(path::OTHER_SESSION, delete(account::log_out_other))
        .route(path::SESSION, get(login::session).delete(login::log_out))
        .route(path::DELIVERIES, post(delivery::create))
        .route(path::DRAFTS, get(delivery::drafts))
        .route(path::INBOX, get(boxes::inbox))
        .route(path::RECEIVED, get(boxes::received))
        .route(path::SENT, get(boxes::sent))
        .route(path::CONTACTS, get(boxes::contacts))
        .route(path::READINESS, post(boxes::readiness))
        .route(path::DELIVERY, get(boxes::detail).patch(delivery::change).delete(delivery::end))
        .route(path::RECIPIENT, delete(delivery::revoke))
        .route(path::REMINDER, post(delivery::remind))
        .route(path::BLOBS, get(delivery::blobs))
        .route(path::PART, put(part::put))
        .route(path::COMPLETE, post(part::complete))
        .route(path::COVER, get(blob::cover).put(delivery::put_cover))
        .route(path::SEND, post(delivery::send))
        .route(path::STATE, get(link::state))
        .route(path::OPENINGS, post(link::open))
        .route(path::BLOB, get(blob::get).delete(part::remove))
        .route(path::COLLECTED, post(link::collected));
    let development = Router::new()
        .route(mailbox::LIST, get(mailbox::list))
        .route(mailbox::MAIL, get(mailbox::get))
        .route_layer(from_fn_with_state(Arc::clone(&app), mailbox::only_here));
    pages::PATHS
        .iter()
        .fold(api.merge(development), |router, path| router.route(path, get(pages::get)))
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
