//! `/api/account/totp`, `/passkeys`, `/recovery-codes`: what an account shows besides its password.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use blob_api::{PasskeyId, PasskeyMade, PasskeyOffer, RecoveryCodes, TotpConfirm, TotpOffer};
use serde::Deserialize;

use super::App;
use super::auth::By;
use super::client::Site;
use super::error::Failure;
use super::json::JsonBody;
use super::named::Named;
use crate::service::Sender;

/// The passkey in a path.
#[derive(Deserialize)]
pub(super) struct PathPasskey {
    passkey: PasskeyId,
}

pub(super) async fn offer_totp(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
) -> Result<Json<TotpOffer>, Failure> {
    Ok(Json(app.service.offer_totp(&sender)?))
}

pub(super) async fn confirm_totp(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    JsonBody(body): JsonBody<TotpConfirm>,
) -> Result<Json<RecoveryCodes>, Failure> {
    Ok(Json(app.service.confirm_totp(&sender, &body).await?))
}

pub(super) async fn delete_totp(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
) -> Result<NoContent, Failure> {
    app.service.delete_totp(&sender).await?;
    Ok(NoContent)
}

pub(super) async fn offer_passkey(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    Site(site): Site,
) -> Result<Json<PasskeyOffer>, Failure> {
    Ok(Json(app.service.offer_passkey(&sender, &site).await?))
}

pub(super) async fn add_passkey(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    Site(site): Site,
    JsonBody(body): JsonBody<PasskeyMade>,
) -> Result<Json<RecoveryCodes>, Failure> {
    Ok(Json(app.service.add_passkey(&sender, &body, &site).await?))
}

pub(super) async fn delete_passkey(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
    Named(path): Named<PathPasskey>,
) -> Result<NoContent, Failure> {
    app.service.delete_passkey(&sender, &path.passkey).await?;
    Ok(NoContent)
}

pub(super) async fn new_recovery_codes(
    State(app): State<Arc<App>>,
    By(sender): By<Sender>,
) -> Result<Json<RecoveryCodes>, Failure> {
    Ok(Json(app.service.new_recovery_codes(&sender).await?))
}
