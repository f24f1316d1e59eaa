//! Deliveries: made and sent, opened and collected.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{DeputyGrant, GiveGrant, Language, Level};
use crate::schema::{Days, Email, Fragment, Grant, NoteLine, Offer, Sealed};
use crate::{BlobId, DeliveryId, Hidden, Opaque, RecipientId, Token, UnixSeconds};

/// A new, still invisible delivery.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateDelivery {
    /// Made by the sender's browser, since keys are bound to it.
    pub delivery: DeliveryId,
    /// How well it is protected.
    pub level: Level,
    /// SHA-256 of the gate token, which proves possession of the delivery's own link: at level 1 a link for whoever has it;
    /// `None` when there are only recipients, each with a link of their own.
    pub gate_hash: Option<Token>,
    /// SHA-256 of the auth token, which proves possession of link and password.
    pub auth_hash: Token,
    /// Must the recipient type a password?
    pub password: bool,
    /// Days until it expires.
    #[schema(value_type = Days)]
    pub days: u16,
    /// The delivery that this one answers, at its level and to its sender alone. Guests may send nothing else. A submission is
    /// answered at any level that the account may use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_to: Option<DeliveryId>,
    /// 32 random bytes of the sender's browser, which seal what that browser keeps so that it can go on after it was
    /// closed; told to this sender's sessions only, forgotten when the delivery is sent or cancelled.
    pub resume: Token,
}

/// What an account has begun and not sent; the answer to `GET` [`crate::path::DRAFTS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Drafts {
    /// Newest first.
    pub drafts: Vec<DraftInfo>,
}

/// A delivery that was begun and not sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DraftInfo {
    /// Its id.
    pub delivery: DeliveryId,
    /// When it was begun.
    pub created: UnixSeconds,
    /// From [`CreateDelivery`].
    pub resume: Token,
}

/// What has arrived of a delivery's files; the answer to `GET` [`crate::path::BLOBS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoredBlobs {
    /// Every file of which a part has arrived and that was not taken back.
    pub blobs: Vec<StoredBlob>,
}

/// What has arrived of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoredBlob {
    /// The file's ciphertext.
    pub blob: BlobId,
    /// Was it declared complete?
    pub complete: bool,
    /// Its parts by number; none for a complete file, which misses nothing.
    pub parts: Vec<StoredPart>,
}

/// A part that is there to stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoredPart {
    /// Position, from 0.
    pub number: u32,
    /// SHA-256 of its ciphertext.
    pub digest: Token,
}

/// A file's parts are all uploaded.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteBlob {
    /// Number of parts; they are numbered from 0.
    pub parts: u32,
    /// Sum of the parts' sizes in bytes.
    pub size: u64,
}

/// Makes the delivery visible; from now on only its recipients and its end can change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendDelivery {
    /// Who gets it; empty when the delivery's own link is all there is.
    #[schema(max_items = 100)]
    pub recipients: Vec<NewRecipient>,
    /// Do the recipients see each other's addresses?
    pub listed: bool,
    /// One line that stands in the mails as it is, for the server and everyone to read.
    #[schema(value_type = Option<NoteLine>)]
    pub note: Option<String>,
    /// Of mails to recipients whose own is not known.
    pub language: Language,
    /// From level 3 on: the delivery's keys, granted to the sender, so that any of their browsers can grant them later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Grant>)]
    pub own_grant: Option<Opaque>,
    /// From level 3 on: the same for the sender's deputies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 5)]
    pub deputies: Vec<DeputyGrant>,
}

/// Someone whom a delivery is for, with the link that is theirs alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRecipient {
    /// Made by the sender's browser.
    pub recipient: RecipientId,
    /// Where it is sent to.
    #[schema(value_type = Email)]
    pub email: String,
    /// Their link; `None` at level 4, where links carry no secret.
    pub link: Option<NewLink>,
    /// Their link's part after `#`, empty at level 4, when the server shall mail it. It is forgotten when the mail has gone.
    #[schema(value_type = Option<Fragment>)]
    pub mail: Option<Hidden>,
    /// From level 3 on: the delivery's keys, granted to them, when they have keys and the sender trusts these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GiveGrant>,
    /// From level 3 on: what an invitation code opens, which the sender hands over by another way. At most
    /// [`NewRecipient::MOST_OFFER_BYTES`] long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Offer>)]
    pub offer: Option<Opaque>,
}

/// A recipient's own link, as far as the server knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// SHA-256 of its gate token.
    pub gate_hash: Token,
    /// The delivery's own secret, wrapped under the link's, [`NewLink::SEALED_BYTES`] long.
    #[schema(value_type = Sealed)]
    pub sealed: Opaque,
}

impl NewLink {
    /// Length of [`NewLink::sealed`].
    pub const SEALED_BYTES: usize = 152;
}

impl NewRecipient {
    /// Most bytes of [`NewRecipient::offer`].
    pub const MOST_OFFER_BYTES: usize = 1024;
    /// Most characters of [`SendDelivery::note`].
    pub const NOTE_CHARS: usize = 200;
}

/// How a delivery's sender changes it after sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeDelivery {
    /// Days from now until it expires.
    #[schema(value_type = Days)]
    pub days: u16,
}

/// Asks how far addresses are from opening a delivery at this level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskReadiness {
    /// Level of the delivery.
    pub level: Level,
    /// Addresses as typed, as many as a delivery may have recipients.
    #[schema(max_items = 100)]
    pub emails: Vec<String>,
}

/// The answer to [`AskReadiness`], in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadinessAnswer {
    /// One for each address.
    pub readiness: Vec<Readiness>,
}

/// How far an address is from opening a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    /// It can be opened at once.
    Ready,
    /// Its owner makes an account first.
    NeedsAccount,
    /// Its owner has an account, and chooses a SecuPass first.
    NeedsKeys,
    /// The policy does not let the sender send to it.
    NotAllowed,
    /// It is no address.
    Invalid,
}

/// Addresses to choose from; the answer to `GET` [`crate::path::CONTACTS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Contacts {
    /// Whom the account has sent to or received from, and staff, the latest first.
    pub contacts: Vec<Contact>,
}

/// An address to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Contact {
    /// The address.
    pub email: String,
    /// The account's display name, when there is an account.
    pub name: Option<String>,
}

/// The delivery is now visible to holders of its links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sent {
    /// When it ends.
    pub expires: UnixSeconds,
}

/// What the holder of a link may know before opening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LinkState {
    /// The sender's display name, as the server has it: at level 1 nothing else vouches for it.
    pub sender: String,
    /// How well it is protected.
    pub level: Level,
    /// Must a password be typed?
    pub password: bool,
    /// When it ends.
    pub expires: UnixSeconds,
    /// Present when the link is one recipient's.
    pub personal: Option<PersonalLink>,
}

/// What a recipient's own link leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonalLink {
    /// Whose it is; the wrapped secret is bound to it.
    pub recipient: RecipientId,
    /// From [`NewRecipient::sealed`].
    pub sealed: Opaque,
    /// The address that it was sent to, all but the first letter of its local part hidden.
    pub hint: String,
    /// The other recipients' addresses, when the sender lists them.
    pub others: Vec<String>,
}

/// The recipient opens the delivery: a deliberate act, recorded for the sender.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenDelivery {
    /// The recipient's address as they typed it, at level 1; from level 2 on the session says who it is.
    #[schema(value_type = Option<Email>)]
    pub email: Option<String>,
    /// The auth token, derived from link and password.
    pub auth: Token,
}

/// The right to fetch the ciphertext of one delivery for a day.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Opening {
    /// Sent as `Authorization: Bearer`.
    pub token: Token,
}

/// The recipient's browser has verified these files to their ends.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Collected {
    /// Their ciphertexts, at most [`Collected::MOST`].
    #[schema(max_items = 1000)]
    pub blobs: Vec<BlobId>,
}

impl Collected {
    /// Files of one report; who has more sends several.
    pub const MOST: usize = 1000;
}
