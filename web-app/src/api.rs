//! Every JSON call of the pages: paths and bodies are those of `blob_api`, failures become [`Trouble`].
//!
//! File contents never pass here: the worker moves them.

use blob_api::{
    AskCode, AskReadiness, BlobId, CodeAsked, Collected, Contacts, CreateDelivery, CredentialFinish,
    CredentialStart, DeliveryId, Drafts, Instance, LinkState, LoginAnswer, LoginChallenge, LoginFinish,
    LoginStart, OpenDelivery, Opening, Problem, ProblemKind, ReadinessAnswer, Received, RegistrationAnswer,
    SecondFactor, SendDelivery, Sent, Session, SetupFinish, SetupStart, StoredBlobs, Token, path,
};
use gloo_net::http::{Method, Request, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use web_model::trouble::Trouble;
use web_sys::{AbortSignal, RequestCache, RequestRedirect};

/// Milliseconds after which a call counts as failed.
const PATIENCE: u32 = 30_000;

type Result<T> = core::result::Result<T, Trouble>;

pub(crate) async fn instance() -> Result<Instance> {
    body(send(request(Method::GET, path::INSTANCE)).await?).await
}

pub(crate) async fn setup_start(ask: &SetupStart) -> Result<RegistrationAnswer> {
    body(send_json(request(Method::POST, path::SETUP_START), ask).await?).await
}

pub(crate) async fn setup_finish(ask: &SetupFinish) -> Result<()> {
    send_json(request(Method::POST, path::SETUP_FINISH), ask).await.map(drop)
}

pub(crate) async fn login_start(ask: &LoginStart) -> Result<LoginChallenge> {
    body(send_json(request(Method::POST, path::LOGIN_START), ask).await?).await
}

pub(crate) async fn login_finish(ask: &LoginFinish) -> Result<LoginAnswer> {
    body(send_json(request(Method::POST, path::LOGIN_FINISH), ask).await?).await
}

pub(crate) async fn login_second(ask: &SecondFactor) -> Result<Session> {
    body(send_json(request(Method::POST, path::LOGIN_SECOND), ask).await?).await
}

/// Asks for a mail with a code.
pub(crate) async fn ask_code(ask: &AskCode) -> Result<CodeAsked> {
    body(send_json(request(Method::POST, path::CODES), ask).await?).await
}

pub(crate) async fn credential_start(ask: &CredentialStart) -> Result<RegistrationAnswer> {
    body(send_json(request(Method::POST, path::CREDENTIAL_START), ask).await?).await
}

pub(crate) async fn credential_finish(ask: &CredentialFinish) -> Result<()> {
    send_json(request(Method::POST, path::CREDENTIAL_FINISH), ask).await.map(drop)
}

/// Who is logged in; `None` when nobody is.
pub(crate) async fn session() -> Result<Option<Session>> {
    match send(request(Method::GET, path::SESSION)).await {
        Ok(response) => body(response).await.map(Some),
        Err(Trouble::LoggedOut) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

pub(crate) async fn logout() -> Result<()> {
    send(request(Method::DELETE, path::SESSION)).await.map(drop)
}

pub(crate) async fn create(ask: &CreateDelivery) -> Result<()> {
    send_json(request(Method::POST, path::DELIVERIES), ask).await.map(drop)
}

/// What this account has begun and not sent.
pub(crate) async fn drafts() -> Result<Drafts> {
    body(send(request(Method::GET, path::DRAFTS)).await?).await
}

/// What was sent to the account, one of it.
pub(crate) async fn received(delivery: &DeliveryId) -> Result<Received> {
    body(send(request(Method::GET, &path::received(delivery))).await?).await
}

/// Addresses to choose from.
pub(crate) async fn contacts() -> Result<Contacts> {
    body(send(request(Method::GET, path::CONTACTS)).await?).await
}

/// How far addresses are from opening a delivery.
pub(crate) async fn readiness(ask: &AskReadiness) -> Result<ReadinessAnswer> {
    body(send_json(request(Method::POST, path::READINESS), ask).await?).await
}

/// What has arrived of an unfinished delivery's files.
pub(crate) async fn blobs(delivery: &DeliveryId) -> Result<StoredBlobs> {
    body(send(request(Method::GET, &path::blobs(delivery))).await?).await
}

/// Takes a file of an unfinished delivery back.
pub(crate) async fn remove_blob(delivery: &DeliveryId, blob: &BlobId) -> Result<()> {
    send(request(Method::DELETE, &path::blob(delivery, blob))).await.map(drop)
}

/// Makes a complete delivery visible.
pub(crate) async fn send_delivery(delivery: &DeliveryId, ask: &SendDelivery) -> Result<Sent> {
    body(send_json(request(Method::POST, &path::send(delivery)), ask).await?).await
}

/// Takes a delivery back; one that does not exist is taken back already.
pub(crate) async fn cancel(delivery: &DeliveryId) -> Result<()> {
    gone(send(request(Method::DELETE, &path::delivery(delivery))).await)
}

pub(crate) async fn state(delivery: &DeliveryId, gate: &Token) -> Result<LinkState> {
    body(send(with_token(request(Method::GET, &path::state(delivery)), gate)).await?).await
}

pub(crate) async fn open(delivery: &DeliveryId, gate: &Token, ask: &OpenDelivery) -> Result<Opening> {
    body(send_json(with_token(request(Method::POST, &path::openings(delivery)), gate), ask).await?).await
}

pub(crate) async fn collected(delivery: &DeliveryId, opening: &Token, ask: &Collected) -> Result<()> {
    send_json(with_token(request(Method::POST, &path::collected(delivery)), opening), ask).await.map(drop)
}

/// What does not exist is gone.
fn gone(answer: Result<Response>) -> Result<()> {
    match answer {
        Ok(_) | Err(Trouble::Server(ProblemKind::NotFound, _)) => Ok(()),
        Err(trouble) => Err(trouble),
    }
}

/// Nothing is cached, no answer of the API is ever a redirect, and none takes for ever.
fn request(method: Method, path: &str) -> RequestBuilder {
    RequestBuilder::new(path)
        .method(method)
        .cache(RequestCache::NoStore)
        .redirect(RequestRedirect::Error)
        .abort_signal(Some(&AbortSignal::timeout_with_u32(PATIENCE)))
}

fn with_token(request: RequestBuilder, token: &Token) -> RequestBuilder {
    request.header("authorization", &format!("Bearer {}", token.to_text()))
}

async fn send(request: RequestBuilder) -> Result<Response> {
    finish(request.build().map_err(|_| Trouble::Internal)?).await
}

async fn send_json(request: RequestBuilder, body: &impl Serialize) -> Result<Response> {
    finish(request.json(body).map_err(|_| Trouble::Internal)?).await
}

async fn finish(request: Request) -> Result<Response> {
    let response = request.send().await.map_err(|_| Trouble::Network)?;
    if response.ok() { Ok(response) } else { Err(trouble(&response).await) }
}

/// An answer without a problem in it comes from something between us and the server, such as a proxy.
async fn trouble(response: &Response) -> Trouble {
    match response.json::<Problem>().await {
        Ok(problem) => problem.into(),
        Err(_) if response.status() == 413 => Trouble::Server(ProblemKind::TooLarge, None),
        Err(_) => Trouble::Server(ProblemKind::Internal, None),
    }
}

async fn body<T: DeserializeOwned>(response: Response) -> Result<T> {
    response.json().await.map_err(|error| match error {
        gloo_net::Error::SerdeError(_) => Trouble::Server(ProblemKind::BadRequest, None),
        // The answer broke off, or took too long.
        gloo_net::Error::JsError(_) | gloo_net::Error::GlooError(_) => Trouble::Network,
    })
}
