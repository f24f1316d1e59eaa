//! Every JSON body.

use serde::{Deserialize, Serialize};

use crate::{BlobId, DeliveryId, Opaque, Token, UnixSeconds};

/// What this server is and allows; the answer to `GET` [`crate::path::INSTANCE`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// The operator's name for this server, shown in the page header.
    pub name: String,
    /// Version of the software.
    pub version: String,
    /// False until the first admin exists.
    pub set_up: bool,
    /// Limits that the browser checks before it sends, and the server again.
    pub limits: Limits,
}

/// What may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Largest plaintext file in bytes.
    pub file_bytes: u64,
    /// Largest sum of all files of one delivery in bytes.
    pub delivery_bytes: u64,
    /// Most files in one delivery.
    pub files: u32,
    /// Days a delivery lives unless its sender chooses.
    pub default_days: u16,
    /// Most days a sender may choose; the least is 1.
    pub max_days: u16,
}

/// How well a delivery is protected; see the table in the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Level {
    /// Whoever has the link (and the password, if there is one) can open it.
    One,
}

impl TryFrom<u8> for Level {
    type Error = &'static str;
    fn try_from(number: u8) -> Result<Self, Self::Error> {
        match number {
            1 => Ok(Self::One),
            _ => Err("unknown level"),
        }
    }
}
impl From<Level> for u8 {
    fn from(level: Level) -> Self {
        match level {
            Level::One => 1,
        }
    }
}

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Starts deliveries to anyone, and manages users and settings.
    Admin,
    /// Starts deliveries to anyone.
    Staff,
}

/// OPAQUE registration of the first admin, first message.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupStart {
    /// From the one-time link that the server printed.
    pub token: Token,
    /// Will be the login name.
    pub email: String,
    /// OPAQUE `RegistrationRequest`.
    pub request: Opaque,
}

/// The server's OPAQUE answer.
#[derive(Debug, Serialize, Deserialize)]
pub struct RegistrationAnswer {
    /// OPAQUE `RegistrationResponse`.
    pub response: Opaque,
}

/// OPAQUE registration of the first admin, last message.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupFinish {
    /// From the one-time link; used up by this call.
    pub token: Token,
    /// The same address as in [`SetupStart`].
    pub email: String,
    /// How recipients see the sender.
    pub name: String,
    /// OPAQUE `RegistrationUpload`.
    pub upload: Opaque,
}

/// OPAQUE login, first message.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginStart {
    /// Login name.
    pub email: String,
    /// OPAQUE `CredentialRequest`.
    pub request: Opaque,
}

/// The server's OPAQUE answer; it looks alike for known and unknown addresses.
#[derive(Debug, Serialize, Deserialize)]
pub struct LoginChallenge {
    /// Names this attempt in [`LoginFinish`]; lives for a minute.
    pub login: Token,
    /// OPAQUE `CredentialResponse`.
    pub response: Opaque,
}

/// OPAQUE login, last message.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginFinish {
    /// From [`LoginChallenge`].
    pub login: Token,
    /// OPAQUE `CredentialFinalization`.
    pub finalization: Opaque,
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Login name.
    pub email: String,
    /// Display name.
    pub name: String,
    /// What the account may do.
    pub role: Role,
}

/// A new, still invisible delivery.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateDelivery {
    /// Made by the sender's browser, since keys are bound to it.
    pub delivery: DeliveryId,
    /// How well it is protected.
    pub level: Level,
    /// SHA-256 of the gate token, which proves possession of the link.
    pub gate_hash: Token,
    /// SHA-256 of the auth token, which proves possession of link and password.
    pub auth_hash: Token,
    /// Must the recipient type a password?
    pub password: bool,
    /// Days until it expires.
    pub days: u16,
    /// 32 random bytes of the sender's browser, which seal what that browser keeps so that it can go on after it was
    /// closed; told to this sender's sessions only, forgotten when the delivery is sent or cancelled.
    pub resume: Token,
}

/// What an account has begun and not sent; the answer to `GET` [`crate::path::DRAFTS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drafts {
    /// Newest first.
    pub drafts: Vec<DraftInfo>,
}

/// A delivery that was begun and not sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftInfo {
    /// Its id.
    pub delivery: DeliveryId,
    /// When it was begun.
    pub created: UnixSeconds,
    /// From [`CreateDelivery`].
    pub resume: Token,
}

/// What has arrived of a delivery's files; the answer to `GET` [`crate::path::BLOBS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredBlobs {
    /// Every file of which a part has arrived and that was not taken back.
    pub blobs: Vec<StoredBlob>,
}

/// What has arrived of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredBlob {
    /// The file's ciphertext.
    pub blob: BlobId,
    /// Was it declared complete?
    pub complete: bool,
    /// Its parts by number; none for a complete file, which misses nothing.
    pub parts: Vec<StoredPart>,
}

/// A part that is there to stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPart {
    /// Position, from 0.
    pub number: u32,
    /// SHA-256 of its ciphertext.
    pub digest: Token,
}

/// A file's parts are all uploaded.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompleteBlob {
    /// Number of parts; they are numbered from 0.
    pub parts: u32,
    /// Sum of the parts' sizes in bytes.
    pub size: u64,
}

/// The delivery is now visible to holders of its link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// When it ends.
    pub expires: UnixSeconds,
}

/// What the holder of a link may know before opening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkState {
    /// The sender's display name, as the server has it: at level 1 nothing else vouches for it.
    pub sender: String,
    /// How well it is protected.
    pub level: Level,
    /// Must a password be typed?
    pub password: bool,
    /// When it ends.
    pub expires: UnixSeconds,
}

/// The recipient opens the delivery: a deliberate act, recorded for the sender.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenDelivery {
    /// The recipient's address as they typed it.
    pub email: String,
    /// The auth token, derived from link and password.
    pub auth: Token,
}

/// The right to fetch the ciphertext of one delivery for a day.
#[derive(Debug, Serialize, Deserialize)]
pub struct Opening {
    /// Sent as `Authorization: Bearer`.
    pub token: Token,
}

/// The recipient's browser has verified these files to their ends.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collected {
    /// Their ciphertexts, at most [`Collected::MOST`].
    pub blobs: Vec<BlobId>,
}

impl Collected {
    /// Files of one report; who has more sends several.
    pub const MOST: usize = 1000;
}
