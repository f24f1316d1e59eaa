//! Inbox and Sent: deliveries as their recipients and their senders find them again.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Level, SubmissionInfo};
use crate::{BlobId, DeliveryId, RecipientId, RecipientState, UnixSeconds};

/// What was sent to an account; the answer to `GET` [`crate::path::INBOX`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Inbox {
    /// The latest first.
    pub deliveries: Vec<Received>,
    /// There is more: ask with `?before=` and the id of the last one here.
    pub more: bool,
}

/// A delivery that was sent to the account's address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Received {
    /// Its id.
    pub delivery: DeliveryId,
    /// The sender's display name; of a submission its submitter's address.
    pub sender: String,
    /// The sender's address.
    pub sender_email: String,
    /// How well it is protected.
    pub level: Level,
    /// Must a password be typed?
    pub password: bool,
    /// When it was sent.
    pub sent: UnixSeconds,
    /// When it ends or ended.
    pub expires: UnixSeconds,
    /// How far it is.
    pub state: RecipientState,
    /// Is it an answer to one of the account's own?
    pub answer_to: Option<DeliveryId>,
    /// Does only the card of the receipt open it, whoever is logged in?
    pub by_card: bool,
    /// Present when it came through the account's submit box.
    pub submission: Option<SubmissionInfo>,
}

/// What an account has sent; the answer to `GET` [`crate::path::SENT`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SentBox {
    /// The latest first.
    pub deliveries: Vec<SentDelivery>,
    /// There is more: ask with `?before=` and the id of the last one here.
    pub more: bool,
}

/// A delivery that the account has sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SentDelivery {
    /// Its id.
    pub delivery: DeliveryId,
    /// How well it is protected.
    pub level: Level,
    /// Must a password be typed?
    pub password: bool,
    /// When it was sent.
    pub sent: UnixSeconds,
    /// When it ends or ended.
    pub expires: UnixSeconds,
    /// Is its content gone, by its end or by its sender?
    pub ended: bool,
    /// Its files.
    pub files: u32,
    /// Has it a link of its own, for whoever has it?
    pub open_link: bool,
    /// The delivery that it answers.
    pub answer_to: Option<DeliveryId>,
    /// Whom it was sent to, in the order of sending.
    pub recipients: Vec<Recipient>,
}

/// One recipient of a delivery, as its sender sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Recipient {
    /// Names them within the delivery.
    pub recipient: RecipientId,
    /// Where it was sent to.
    pub email: String,
    /// How far it is.
    pub state: RecipientState,
    /// What became of the mail with their link.
    pub mail: MailState,
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// The sender hands the link over without the server.
    None,
    /// It waits for the mail server, which may be away.
    Waiting,
    /// The mail server took it then.
    Gone(UnixSeconds),
    /// The mail server refused it for good.
    Refused(UnixSeconds),
}

/// A sent delivery with all that happened to it; the answer to `GET` [`crate::path::DELIVERY`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SentDetail {
    /// The delivery.
    pub delivery: SentDelivery,
    /// Each time that it was opened, the earliest first, at most a thousand.
    pub openings: Vec<OpeningInfo>,
}

/// Somebody opened a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpeningInfo {
    /// Whose link it was; `None` for the delivery's own.
    pub recipient: Option<RecipientId>,
    /// At level 1 as it was typed, else the account's.
    pub email: String,
    /// When.
    pub opened: UnixSeconds,
    /// Files whose ends their browser verified.
    pub collected: Vec<CollectedFile>,
}

/// A file that somebody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CollectedFile {
    /// The file's ciphertext.
    pub blob: BlobId,
    /// Since when.
    pub at: UnixSeconds,
}
