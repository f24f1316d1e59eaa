//! Every path. Templates are what the router matches and what logs show; functions fill them in.

mod submit;

pub use submit::*;

use crate::{AccountId, BlobId, DeliveryId, Level, PasskeyId, RecipientId, SessionId};

/// Is the server alive? `GET`, no authorisation, `200` with the text `ok`.
pub const HEALTH: &str = "/healthz";
/// What this server is and allows: `GET` → [`crate::Instance`].
pub const INSTANCE: &str = "/api/instance";
/// This API, described in OpenAPI's words: `GET`, no authorisation.
pub const OPENAPI: &str = "/api/openapi.json";
/// First half of making the first admin: `POST` [`crate::SetupStart`] → [`crate::RegistrationAnswer`].
pub const SETUP_START: &str = "/api/setup/start";
/// Second half: `POST` [`crate::SetupFinish`] → `204`.
pub const SETUP_FINISH: &str = "/api/setup/finish";
/// First half of logging in: `POST` [`crate::LoginStart`] → [`crate::LoginChallenge`].
pub const LOGIN_START: &str = "/api/login/start";
/// Second half: `POST` [`crate::LoginFinish`] → [`crate::LoginAnswer`], and the session cookie when that is enough.
pub const LOGIN_FINISH: &str = "/api/login/finish";
/// The second factor: `POST` [`crate::SecondFactor`] → [`crate::Session`] and the session cookie.
pub const LOGIN_SECOND: &str = "/api/login/second";
/// A mail with a code that proves a mailbox: `POST` [`crate::AskCode`] → [`crate::CodeAsked`].
pub const CODES: &str = "/api/codes";
/// First half of a new account or a new password: `POST` [`crate::CredentialStart`] → [`crate::RegistrationAnswer`].
pub const CREDENTIAL_START: &str = "/api/credentials/start";
/// Second half: `POST` [`crate::CredentialFinish`] → `204`.
pub const CREDENTIAL_FINISH: &str = "/api/credentials/finish";
/// The account that is logged in: session, `GET` → [`crate::AccountInfo`], `PATCH` [`crate::ChangeAccount`] →
/// [`crate::Session`].
pub const ACCOUNT: &str = "/api/account";
/// The password is typed once more, which lets this session change how the account logs in for ten minutes: session,
/// `POST` [`crate::LoginFinish`] of a login with the account's own name → `204`.
pub const CONFIRM: &str = "/api/account/confirm";
/// First half of changing the password: confirmed session, `POST` [`crate::PasswordStart`] → [`crate::RegistrationAnswer`].
pub const PASSWORD_START: &str = "/api/account/password/start";
/// Second half: confirmed session, `POST` [`crate::PasswordFinish`] → `204`.
pub const PASSWORD_FINISH: &str = "/api/account/password/finish";
/// The authenticator app: confirmed session, `POST` without body → [`crate::TotpOffer`], `DELETE` → `204`.
pub const TOTP: &str = "/api/account/totp";
/// The authenticator app has it: confirmed session, `POST` [`crate::TotpConfirm`] → [`crate::RecoveryCodes`].
pub const TOTP_CONFIRM: &str = "/api/account/totp/confirm";
/// A new passkey: confirmed session, `POST` without body → [`crate::PasskeyOffer`].
pub const PASSKEYS: &str = "/api/account/passkeys";
/// The browser made it: confirmed session, `POST` [`crate::PasskeyMade`] → [`crate::RecoveryCodes`].
pub const PASSKEY_MADE: &str = "/api/account/passkeys/made";
/// Confirmed session, `DELETE` → `204` forgets a passkey.
pub const PASSKEY: &str = "/api/account/passkeys/{passkey}";
/// New recovery codes in place of the old ones: confirmed session, `POST` without body → [`crate::RecoveryCodes`].
pub const RECOVERY_CODES: &str = "/api/account/recovery-codes";
/// Log out everywhere: session, `DELETE` → `204` ends all sessions of the account, this one too.
pub const SESSIONS: &str = "/api/account/sessions";
/// Log out somewhere else: session, `DELETE` → `204`.
pub const OTHER_SESSION: &str = "/api/account/sessions/{session}";
/// The account's keys: session, `GET` → [`crate::Keys`]; `PUT` [`crate::StoreKeys`] → `204`, where there are some already in
/// a confirmed session.
pub const KEYS: &str = "/api/account/keys";
/// What the account's browsers remember for each other: session, `PUT` [`crate::Vault`], one version after what is there →
/// `204`.
pub const VAULT: &str = "/api/account/vault";
/// The cards of others: session, `POST` [`crate::AskCards`] → [`crate::Cards`].
pub const CARDS: &str = "/api/cards";
/// Who stands in for the account: session, `GET` → [`crate::Deputies`]; confirmed session, `PUT` [`crate::NameDeputy`] → `204`.
pub const DEPUTIES: &str = "/api/account/deputies";
/// Is a deputy no longer: session, `DELETE` → `204`.
pub const DEPUTY: &str = "/api/account/deputies/{account}";
/// What was sent to the account: session, `GET`, `?before=DELIVERY` for what is older → [`crate::Inbox`].
pub const INBOX: &str = "/api/inbox";
/// One of it: session of a recipient, `GET` → [`crate::Received`]; a submission: `DELETE` → `204` removes its content.
pub const RECEIVED: &str = "/api/inbox/{delivery}";
/// What a recipient needs to open a delivery of level 3 or 4: session of a recipient, `GET` → [`crate::ReceivedGrant`].
pub const GRANT: &str = "/api/inbox/{delivery}/grant";
/// An invitation code was used: session of a recipient with keys, `POST` [`crate::ProveInvitation`] → `204`.
pub const INVITATION: &str = "/api/inbox/{delivery}/invitation";
/// Who waits for the account's grants: session, `GET`, `?delivery=DELIVERY&recipient=RECIPIENT` for who comes after that one →
/// [`crate::Releases`].
pub const RELEASES: &str = "/api/releases";
/// What the account has sent: session, `GET`, `?before=DELIVERY` for what is older → [`crate::SentBox`].
pub const SENT: &str = "/api/sent";
/// Addresses to choose from: session, `GET` → [`crate::Contacts`].
pub const CONTACTS: &str = "/api/contacts";
/// How far addresses are from opening a delivery: session that may send, `POST` [`crate::AskReadiness`] →
/// [`crate::ReadinessAnswer`].
pub const READINESS: &str = "/api/readiness";
/// The current session: `GET` → [`crate::Session`]; `DELETE` logs out, `204`.
pub const SESSION: &str = "/api/session";
/// Start a delivery: session or bearer of a ticket (as all that is done to a draft), `POST` [`crate::CreateDelivery`] → `201`.
pub const DELIVERIES: &str = "/api/deliveries";
/// What the account, or the ticket, has begun and not sent: session or bearer, `GET` → [`crate::Drafts`].
pub const DRAFTS: &str = "/api/drafts";
/// A sent delivery: session of its sender, `GET` → [`crate::SentDetail`]; `PATCH` [`crate::ChangeDelivery`] →
/// [`crate::Sent`]; `DELETE` → `204` cancels or revokes it.
pub const DELIVERY: &str = "/api/deliveries/{delivery}";
/// What has arrived of a delivery's files: the sender, before sending, `GET` → [`crate::StoredBlobs`].
pub const BLOBS: &str = "/api/deliveries/{delivery}/blobs";
/// One part of a file's ciphertext: the sender, `PUT` with [`crate::CONTENT_DIGEST`] → `204`.
/// Repeating a part with the same bytes changes nothing. With [`crate::UPLOAD_COMPLETE`] part 0 is all of the file, which
/// is complete with it.
pub const PART: &str = "/api/deliveries/{delivery}/blobs/{blob}/parts/{part}";
/// All parts are there: the sender, `POST` [`crate::CompleteBlob`] → `204`.
pub const COMPLETE: &str = "/api/deliveries/{delivery}/blobs/{blob}/complete";
/// The encrypted manifest: the sender, `PUT` → `204`; bearer of an opening, `GET` → bytes.
pub const COVER: &str = "/api/deliveries/{delivery}/cover";
/// What only keys open, levels 3 and 4: the sender, `PUT` → `204`; bearer of an opening, `GET` → bytes.
pub const SEALED: &str = "/api/deliveries/{delivery}/sealed";
/// Grants a delivery to a recipient who waits for it: session of the sender or of a deputy, `PUT` [`crate::GiveGrant`] → `204`.
pub const RELEASE: &str = "/api/deliveries/{delivery}/recipients/{recipient}/grant";
/// Make the delivery visible: session of the sender, `POST` [`crate::SendDelivery`] → [`crate::Sent`].
pub const SEND: &str = "/api/deliveries/{delivery}/send";
/// Take it back from one recipient: session of the sender, `DELETE` → `204`.
pub const RECIPIENT: &str = "/api/deliveries/{delivery}/recipients/{recipient}";
/// Remind one recipient by a mail, once a day at most: session of the sender, `POST` without body → `204`.
pub const REMINDER: &str = "/api/deliveries/{delivery}/recipients/{recipient}/reminder";
/// What a holder of the link may know before opening: bearer gate token, `GET` → [`crate::LinkState`].
pub const STATE: &str = "/api/deliveries/{delivery}/state";
/// Open a delivery: bearer gate token, from level 2 on also a session of the recipient's account, which is enough without a
/// gate token: `POST` [`crate::OpenDelivery`] → [`crate::Opening`].
pub const OPENINGS: &str = "/api/deliveries/{delivery}/openings";
/// A file's whole ciphertext, parts joined: bearer of an opening, `GET` or `HEAD`, `Range` allowed.
/// The sender, before sending: `DELETE` → `204` forgets the file and its parts, whether or not it exists.
pub const BLOB: &str = "/api/deliveries/{delivery}/blobs/{blob}";
/// The recipient's browser verified files to their ends: bearer of an opening, `POST` [`crate::Collected`] → `204`.
pub const COLLECTED: &str = "/api/deliveries/{delivery}/collected";

/// [`DELIVERY`] filled in.
pub fn delivery(delivery: &DeliveryId) -> String {
    fill(DELIVERY, &[("{delivery}", delivery)])
}
/// [`RECEIVED`] filled in.
pub fn received(delivery: &DeliveryId) -> String {
    fill(RECEIVED, &[("{delivery}", delivery)])
}
/// [`BLOBS`] filled in.
pub fn blobs(delivery: &DeliveryId) -> String {
    fill(BLOBS, &[("{delivery}", delivery)])
}
/// [`PART`] filled in.
pub fn part(delivery: &DeliveryId, blob: &BlobId, part: u32) -> String {
    fill(PART, &[("{delivery}", delivery), ("{blob}", blob), ("{part}", &part)])
}
/// [`COMPLETE`] filled in.
pub fn complete(delivery: &DeliveryId, blob: &BlobId) -> String {
    fill(COMPLETE, &[("{delivery}", delivery), ("{blob}", blob)])
}
/// [`COVER`] filled in.
pub fn cover(delivery: &DeliveryId) -> String {
    fill(COVER, &[("{delivery}", delivery)])
}
/// [`SEALED`] filled in.
pub fn sealed(delivery: &DeliveryId) -> String {
    fill(SEALED, &[("{delivery}", delivery)])
}
/// [`GRANT`] filled in.
pub fn grant(delivery: &DeliveryId) -> String {
    fill(GRANT, &[("{delivery}", delivery)])
}
/// [`INVITATION`] filled in.
pub fn invitation(delivery: &DeliveryId) -> String {
    fill(INVITATION, &[("{delivery}", delivery)])
}
/// [`RELEASE`] filled in.
pub fn release(delivery: &DeliveryId, recipient: &RecipientId) -> String {
    fill(RELEASE, &[("{delivery}", delivery), ("{recipient}", recipient)])
}
/// [`SEND`] filled in.
pub fn send(delivery: &DeliveryId) -> String {
    fill(SEND, &[("{delivery}", delivery)])
}
/// [`RECIPIENT`] filled in.
pub fn recipient(delivery: &DeliveryId, recipient: &RecipientId) -> String {
    fill(RECIPIENT, &[("{delivery}", delivery), ("{recipient}", recipient)])
}
/// [`REMINDER`] filled in.
pub fn reminder(delivery: &DeliveryId, recipient: &RecipientId) -> String {
    fill(REMINDER, &[("{delivery}", delivery), ("{recipient}", recipient)])
}
/// [`PASSKEY`] filled in.
pub fn passkey(passkey: &PasskeyId) -> String {
    fill(PASSKEY, &[("{passkey}", passkey)])
}
/// [`OTHER_SESSION`] filled in.
pub fn other_session(session: &SessionId) -> String {
    fill(OTHER_SESSION, &[("{session}", session)])
}
/// [`DEPUTY`] filled in.
pub fn deputy(account: &AccountId) -> String {
    fill(DEPUTY, &[("{account}", account)])
}
/// [`STATE`] filled in.
pub fn state(delivery: &DeliveryId) -> String {
    fill(STATE, &[("{delivery}", delivery)])
}
/// [`OPENINGS`] filled in.
pub fn openings(delivery: &DeliveryId) -> String {
    fill(OPENINGS, &[("{delivery}", delivery)])
}
/// [`BLOB`] filled in.
pub fn blob(delivery: &DeliveryId, blob: &BlobId) -> String {
    fill(BLOB, &[("{delivery}", delivery), ("{blob}", blob)])
}
/// [`COLLECTED`] filled in.
pub fn collected(delivery: &DeliveryId) -> String {
    fill(COLLECTED, &[("{delivery}", delivery)])
}

/// Path and fragment of a link to a delivery, at level 4 without a fragment: no request of this API, but the page that a person opens it with. From level 2
/// on that is one of the half of the web app that knows accounts (SPEC §5.4).
pub fn link(level: Level, delivery: impl core::fmt::Display, fragment: &str) -> String {
    let page = if level.needs_account() { "r" } else { "d" };
    let mark = if fragment.is_empty() { "" } else { "#" };
    format!("/{page}/{delivery}{mark}{fragment}")
}

fn fill(template: &str, values: &[(&str, &dyn core::fmt::Display)]) -> String {
    values.iter().fold(template.to_owned(), |path, (name, value)| path.replace(name, &value.to_string()))
}
