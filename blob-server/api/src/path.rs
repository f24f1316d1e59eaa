//! Every path. Templates are what the router matches and what logs show; functions fill them in.

use crate::{BlobId, DeliveryId};

/// Is the server alive? `GET`, no authorisation, `200` with the text `ok`.
pub const HEALTH: &str = "/healthz";
/// What this server is and allows: `GET` → [`crate::Instance`].
pub const INSTANCE: &str = "/api/instance";
/// First half of making the first admin: `POST` [`crate::SetupStart`] → [`crate::RegistrationAnswer`].
pub const SETUP_START: &str = "/api/setup/start";
/// Second half: `POST` [`crate::SetupFinish`] → `204`.
pub const SETUP_FINISH: &str = "/api/setup/finish";
/// First half of logging in: `POST` [`crate::LoginStart`] → [`crate::LoginChallenge`].
pub const LOGIN_START: &str = "/api/login/start";
/// Second half: `POST` [`crate::LoginFinish`] → [`crate::Session`] and the session cookie.
pub const LOGIN_FINISH: &str = "/api/login/finish";
/// The current session: `GET` → [`crate::Session`]; `DELETE` logs out, `204`.
pub const SESSION: &str = "/api/session";
/// Start a delivery: session, `POST` [`crate::CreateDelivery`] → `201`.
pub const DELIVERIES: &str = "/api/deliveries";
/// What the account has begun and not sent: session, `GET` → [`crate::Drafts`].
pub const DRAFTS: &str = "/api/drafts";
/// Cancel or revoke a delivery: session of its sender, `DELETE` → `204`.
pub const DELIVERY: &str = "/api/deliveries/{delivery}";
/// What has arrived of a delivery's files: session of the sender, before sending, `GET` → [`crate::StoredBlobs`].
pub const BLOBS: &str = "/api/deliveries/{delivery}/blobs";
/// One part of a file's ciphertext: session of the sender, `PUT` with [`crate::CONTENT_DIGEST`] → `204`.
/// Repeating a part with the same bytes changes nothing. With [`crate::UPLOAD_COMPLETE`] part 0 is all of the file, which
/// is complete with it.
pub const PART: &str = "/api/deliveries/{delivery}/blobs/{blob}/parts/{part}";
/// All parts are there: session of the sender, `POST` [`crate::CompleteBlob`] → `204`.
pub const COMPLETE: &str = "/api/deliveries/{delivery}/blobs/{blob}/complete";
/// The encrypted manifest: session of the sender, `PUT` → `204`; bearer of an opening, `GET` → bytes.
pub const COVER: &str = "/api/deliveries/{delivery}/cover";
/// Make the delivery visible: session of the sender, `POST` without body → [`crate::Sent`].
pub const SEND: &str = "/api/deliveries/{delivery}/send";
/// What a holder of the link may know before opening: bearer gate token, `GET` → [`crate::LinkState`].
pub const STATE: &str = "/api/deliveries/{delivery}/state";
/// Open a delivery: bearer gate token, `POST` [`crate::OpenDelivery`] → [`crate::Opening`].
pub const OPENINGS: &str = "/api/deliveries/{delivery}/openings";
/// A file's whole ciphertext, parts joined: bearer of an opening, `GET` or `HEAD`, `Range` allowed.
/// Session of the sender, before sending: `DELETE` → `204` forgets the file and its parts, whether or not it exists.
pub const BLOB: &str = "/api/deliveries/{delivery}/blobs/{blob}";
/// The recipient's browser verified files to their ends: bearer of an opening, `POST` [`crate::Collected`] → `204`.
pub const COLLECTED: &str = "/api/deliveries/{delivery}/collected";

/// [`DELIVERY`] filled in.
pub fn delivery(delivery: &DeliveryId) -> String {
    fill(DELIVERY, &[("{delivery}", delivery)])
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
/// [`SEND`] filled in.
pub fn send(delivery: &DeliveryId) -> String {
    fill(SEND, &[("{delivery}", delivery)])
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

fn fill(template: &str, values: &[(&str, &dyn core::fmt::Display)]) -> String {
    values.iter().fold(template.to_owned(), |path, (name, value)| path.replace(name, &value.to_string()))
}
