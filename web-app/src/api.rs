//! Every JSON call of the pages: paths and bodies are those of `blob_api`, failures become [`Trouble`].
//!
//! File contents never pass here: the worker moves them.

use blob_api::{
    AccountId, AccountInfo, AskCards, AskCode, AskReadiness, AskTicket, BlobId, Cards, ChangeAccount,
    ChangeDelivery, CodeAsked, Collected, Contacts, CreateDelivery, CreateRequest, CredentialFinish,
    CredentialStart, DeliveryId, Deputies, Drafts, GiveGrant, Inbox, Instance, Keys, LinkState, LoginAnswer,
    LoginChallenge, LoginFinish, LoginStart, NameDeputy, OpenDelivery, Opening, OwnBox, PasskeyId,
    PasskeyMade, PasskeyOffer, PasswordFinish, PasswordStart, Problem, ProblemKind, ProveInvitation,
    PublicBox, ReadinessAnswer, Received, ReceivedGrant, RecipientId, RecoveryCodes, RegistrationAnswer,
    Releases, RequestDetail, Requests, SecondFactor, SendDelivery, Sent, SentBox, SentDetail, Session,
    SessionId, SetupFinish, SetupStart, StoreBox, StoreKeys, StoredBlobs, Submit, Submitted, TicketId,
    TicketInfo, Token, TotpConfirm, TotpOffer, Vault, path,
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

/// The account, as its owner sees it.
pub(crate) async fn account() -> Result<AccountInfo> {
    body(send(request(Method::GET, path::ACCOUNT)).await?).await
}

pub(crate) async fn change_account(ask: &ChangeAccount) -> Result<Session> {
    body(send_json(request(Method::PATCH, path::ACCOUNT), ask).await?).await
}

/// The password was typed once more.
pub(crate) async fn confirm(ask: &LoginFinish) -> Result<()> {
    send_json(request(Method::POST, path::CONFIRM), ask).await.map(drop)
}

pub(crate) async fn password_start(ask: &PasswordStart) -> Result<RegistrationAnswer> {
    body(send_json(request(Method::POST, path::PASSWORD_START), ask).await?).await
}

pub(crate) async fn password_finish(ask: &PasswordFinish) -> Result<()> {
    send_json(request(Method::POST, path::PASSWORD_FINISH), ask).await.map(drop)
}

pub(crate) async fn totp_offer() -> Result<TotpOffer> {
    body(send(request(Method::POST, path::TOTP)).await?).await
}

pub(crate) async fn totp_confirm(ask: &TotpConfirm) -> Result<RecoveryCodes> {
    body(send_json(request(Method::POST, path::TOTP_CONFIRM), ask).await?).await
}

pub(crate) async fn totp_remove() -> Result<()> {
    send(request(Method::DELETE, path::TOTP)).await.map(drop)
}

pub(crate) async fn passkey_offer() -> Result<PasskeyOffer> {
    body(send(request(Method::POST, path::PASSKEYS)).await?).await
}

pub(crate) async fn passkey_made(ask: &PasskeyMade) -> Result<RecoveryCodes> {
    body(send_json(request(Method::POST, path::PASSKEY_MADE), ask).await?).await
}

/// Forgets a passkey; one that does not exist is forgotten already.
pub(crate) async fn passkey_remove(passkey: &PasskeyId) -> Result<()> {
    gone(send(request(Method::DELETE, &path::passkey(passkey))).await)
}

/// New recovery codes in place of the old ones.
pub(crate) async fn recovery_codes() -> Result<RecoveryCodes> {
    body(send(request(Method::POST, path::RECOVERY_CODES)).await?).await
}

/// The account's keys, sealed.
pub(crate) async fn keys() -> Result<Keys> {
    body(send(request(Method::GET, path::KEYS)).await?).await
}

/// Puts what the account's browsers remember in place of what is there, which it must follow.
pub(crate) async fn store_vault(ask: &Vault) -> Result<()> {
    send_json(request(Method::PUT, path::VAULT), ask).await.map(drop)
}

/// Who stands in for the account, and for whom it stands in.
pub(crate) async fn deputies() -> Result<Deputies> {
    body(send(request(Method::GET, path::DEPUTIES)).await?).await
}

pub(crate) async fn name_deputy(ask: &NameDeputy) -> Result<()> {
    send_json(request(Method::PUT, path::DEPUTIES), ask).await.map(drop)
}

pub(crate) async fn end_deputation(deputy: &AccountId) -> Result<()> {
    send(request(Method::DELETE, &path::deputy(deputy))).await.map(drop)
}

/// The cards of others.
pub(crate) async fn cards(ask: &AskCards) -> Result<Cards> {
    body(send_json(request(Method::POST, path::CARDS), ask).await?).await
}

/// Makes it, or puts it in place of what is there.
pub(crate) async fn store_box(ask: &StoreBox) -> Result<()> {
    send_json(request(Method::PUT, path::OWN_BOX), ask).await.map(drop)
}

/// Deletes it; one that does not exist is deleted already.
pub(crate) async fn delete_box() -> Result<()> {
    gone(send(request(Method::DELETE, path::OWN_BOX)).await)
}

/// A submit box, as anybody sees it.
pub(crate) async fn submit_box(name: &str) -> Result<PublicBox> {
    body(send(request(Method::GET, &path::submit_box(name))).await?).await
}

/// Asks for a mail with a ticket for it. The answer is the same for every address.
pub(crate) async fn ask_ticket(name: &str, ask: &AskTicket) -> Result<()> {
    send_json(request(Method::POST, &path::tickets(name)), ask).await.map(drop)
}

/// Puts keys in place of those that are there.
pub(crate) async fn store_keys(ask: &StoreKeys) -> Result<()> {
    send_json(request(Method::PUT, path::KEYS), ask).await.map(drop)
}

/// Logs out everywhere.
pub(crate) async fn end_sessions() -> Result<()> {
    send(request(Method::DELETE, path::SESSIONS)).await.map(drop)
}

/// Logs out somewhere else.
pub(crate) async fn end_session(session: &SessionId) -> Result<()> {
    gone(send(request(Method::DELETE, &path::other_session(session))).await)
}

/// What was sent to this account, from the latest on or from what is older than this delivery.
pub(crate) async fn inbox(before: Option<DeliveryId>) -> Result<Inbox> {
    body(send(request(Method::GET, &page(path::INBOX, before))).await?).await
}

/// What this account has sent, likewise.
pub(crate) async fn sent(before: Option<DeliveryId>) -> Result<SentBox> {
    body(send(request(Method::GET, &page(path::SENT, before))).await?).await
}

/// A sent delivery with all that happened to it.
pub(crate) async fn sent_detail(delivery: &DeliveryId) -> Result<SentDetail> {
    body(send(request(Method::GET, &path::delivery(delivery))).await?).await
}

/// Changes how long a delivery lives.
pub(crate) async fn change(delivery: &DeliveryId, ask: &ChangeDelivery) -> Result<Sent> {
    body(send_json(request(Method::PATCH, &path::delivery(delivery)), ask).await?).await
}

/// Takes a delivery back from one recipient.
pub(crate) async fn revoke(delivery: &DeliveryId, recipient: &RecipientId) -> Result<()> {
    gone(send(request(Method::DELETE, &path::recipient(delivery, recipient))).await)
}

/// Begins a delivery: with the session, or with a ticket's token, as all that follows.
pub(crate) async fn create(ask: &CreateDelivery, bearer: Option<&Token>) -> Result<()> {
    send_json(by(request(Method::POST, path::DELIVERIES), bearer), ask).await.map(drop)
}

/// What this account, or this ticket, has begun and not sent.
pub(crate) async fn drafts(bearer: Option<&Token>) -> Result<Drafts> {
    body(send(by(request(Method::GET, path::DRAFTS), bearer)).await?).await
}

/// What was sent to the account, one of it.
pub(crate) async fn received(delivery: &DeliveryId) -> Result<Received> {
    body(send(request(Method::GET, &path::received(delivery))).await?).await
}

/// Deletes what was submitted to this account.
pub(crate) async fn delete_received(delivery: &DeliveryId) -> Result<()> {
    gone(send(request(Method::DELETE, &path::received(delivery))).await)
}

/// What the account needs to open a delivery of level 3 or 4.
pub(crate) async fn grant(delivery: &DeliveryId) -> Result<ReceivedGrant> {
    body(send(request(Method::GET, &path::grant(delivery))).await?).await
}

/// An invitation code was used.
pub(crate) async fn prove_invitation(delivery: &DeliveryId, ask: &ProveInvitation) -> Result<()> {
    send_json(request(Method::POST, &path::invitation(delivery)), ask).await.map(drop)
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
pub(crate) async fn blobs(delivery: &DeliveryId, bearer: Option<&Token>) -> Result<StoredBlobs> {
    body(send(by(request(Method::GET, &path::blobs(delivery)), bearer)).await?).await
}

/// Takes a file of an unfinished delivery back.
pub(crate) async fn remove_blob(delivery: &DeliveryId, blob: &BlobId, bearer: Option<&Token>) -> Result<()> {
    send(by(request(Method::DELETE, &path::blob(delivery, blob)), bearer)).await.map(drop)
}

/// Who waits for this account's grants; from the first, or from behind one.
pub(crate) async fn releases(after: Option<(DeliveryId, RecipientId)>) -> Result<Releases> {
    let path = match after {
        Some((delivery, recipient)) => {
            format!("{}?delivery={delivery}&recipient={recipient}", path::RELEASES)
        }
        None => path::RELEASES.to_owned(),
    };
    body(send(request(Method::GET, &path)).await?).await
}

/// Hands over the grant of a recipient who waits for it.
pub(crate) async fn release(delivery: &DeliveryId, recipient: &RecipientId, ask: &GiveGrant) -> Result<()> {
    send_json(request(Method::PUT, &path::release(delivery, recipient)), ask).await.map(drop)
}

/// Makes a complete delivery visible.
pub(crate) async fn send_delivery(delivery: &DeliveryId, ask: &SendDelivery) -> Result<Sent> {
    body(send_json(request(Method::POST, &path::send(delivery)), ask).await?).await
}

/// Mails one recipient that something waits for them.
pub(crate) async fn remind(delivery: &DeliveryId, recipient: &RecipientId) -> Result<()> {
    send(request(Method::POST, &path::reminder(delivery, recipient))).await.map(drop)
}

/// Takes a delivery back; one that does not exist is taken back already.
pub(crate) async fn cancel(delivery: &DeliveryId, bearer: Option<&Token>) -> Result<()> {
    gone(send(by(request(Method::DELETE, &path::delivery(delivery)), bearer)).await)
}

pub(crate) async fn state(delivery: &DeliveryId, gate: &Token) -> Result<LinkState> {
    body(send(with_token(request(Method::GET, &path::state(delivery)), gate)).await?).await
}

/// Opens a delivery: with a link's gate token, or as its recipient.
pub(crate) async fn open(delivery: &DeliveryId, gate: Option<&Token>, ask: &OpenDelivery) -> Result<Opening> {
    body(send_json(by(request(Method::POST, &path::openings(delivery)), gate), ask).await?).await
}

pub(crate) async fn collected(delivery: &DeliveryId, opening: &Token, ask: &Collected) -> Result<()> {
    send_json(with_token(request(Method::POST, &path::collected(delivery)), opening), ask).await.map(drop)
}

/// The account's own submit box.
pub(crate) async fn own_box() -> Result<OwnBox> {
    body(send(request(Method::GET, path::OWN_BOX)).await?).await
}

/// Asks somebody for documents.
pub(crate) async fn create_request(ask: &CreateRequest) -> Result<()> {
    send_json(request(Method::POST, path::REQUESTS), ask).await.map(drop)
}

/// What this account has asked for.
pub(crate) async fn requests() -> Result<Requests> {
    body(send(request(Method::GET, path::REQUESTS)).await?).await
}

/// One of it.
pub(crate) async fn request_detail(ticket: &TicketId) -> Result<RequestDetail> {
    body(send(request(Method::GET, &path::request(ticket))).await?).await
}

/// Withdraws a request.
pub(crate) async fn withdraw_request(ticket: &TicketId) -> Result<()> {
    gone(send(request(Method::DELETE, &path::request(ticket))).await)
}

/// What a ticket allows, and what became of what it brought.
pub(crate) async fn ticket(ticket: &TicketId, token: &Token) -> Result<TicketInfo> {
    body(send(with_token(request(Method::GET, &path::ticket(ticket)), token)).await?).await
}

/// What opens an answer without an account.
pub(crate) async fn ticket_answer(
    ticket: &TicketId,
    answer: &DeliveryId,
    token: &Token,
) -> Result<ReceivedGrant> {
    body(send(with_token(request(Method::GET, &path::ticket_answer(ticket, answer)), token)).await?).await
}

/// Hands a complete submission over.
pub(crate) async fn submit(delivery: &DeliveryId, token: &Token, ask: &Submit) -> Result<Submitted> {
    let request = with_token(request(Method::POST, &path::submit(delivery)), token);
    body(send_json(request, ask).await?).await
}

/// What does not exist is gone.
fn gone(answer: Result<Response>) -> Result<()> {
    match answer {
        Ok(_) | Err(Trouble::Server(ProblemKind::NotFound, _)) => Ok(()),
        Err(trouble) => Err(trouble),
    }
}

/// A list, from the latest on or from what is older than this delivery.
fn page(path: &str, before: Option<DeliveryId>) -> String {
    before.map_or_else(|| path.to_owned(), |before| format!("{path}?before={before}"))
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

/// With a token, where there is one; else the session's cookie does.
fn by(request: RequestBuilder, bearer: Option<&Token>) -> RequestBuilder {
    match bearer {
        Some(token) => with_token(request, token),
        None => request,
    }
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
