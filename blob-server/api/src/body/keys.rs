//! An account's keys: public cards, and secrets that only the owner's browser can unseal.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{GivenBy, InPlaceOf};
use crate::schema::{Grant, Kept, Proof, SealedVault};
use crate::{BoxId, DeliveryId, Level, Opaque, RecipientId, Token, UnixSeconds};

/// What an account keeps here so that its keys come along to any browser; the answer to `GET` [`crate::path::KEYS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Keys {
    /// `None` until the owner has chosen a SecuPass.
    pub keys: Option<AccountKeys>,
}

/// The keys of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountKeys {
    /// Counts the changes of all that follows but the vault, from 1.
    pub revision: u32,
    /// The account's cards, the oldest first: the last is in use.
    pub cards: Vec<Opaque>,
    /// The seeds behind the card, sealed under the account's master key.
    pub identity: Opaque,
    /// The master key, sealed under the SecuPass.
    pub secupass: Opaque,
    /// The master key, sealed under the recovery code.
    pub recovery: Opaque,
    /// What the owner's browsers remember for each other.
    pub vault: Vault,
}

/// What an account's browsers remember for each other, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Vault {
    /// Counts the changes, from 1. The same number stands sealed in the vault.
    pub version: u32,
    /// At most [`Vault::MOST_BYTES`].
    #[schema(value_type = SealedVault)]
    pub sealed: Opaque,
}

impl Vault {
    /// Most bytes of [`Vault::sealed`].
    pub const MOST_BYTES: usize = 512 << 10;
}

/// New keys for an account, or the same under another SecuPass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreKeys {
    /// What stands there now, 0 for nothing: of two browsers at once one wins, and the other reads what the first has done.
    pub replaces: u32,
    /// The card in use from now on, which follows the one before; at most [`StoreKeys::MOST_BYTES`], as the next three.
    #[schema(value_type = Kept)]
    pub card: Opaque,
    /// From [`AccountKeys`].
    #[schema(value_type = Kept)]
    pub identity: Opaque,
    /// From [`AccountKeys`].
    #[schema(value_type = Kept)]
    pub secupass: Opaque,
    /// From [`AccountKeys`].
    #[schema(value_type = Kept)]
    pub recovery: Opaque,
    /// The vault goes with its key; its version is one more than before, or 1.
    pub vault: Vault,
    /// The old keys are lost: what was sealed to them waits for its sender.
    pub reset: bool,
}

impl StoreKeys {
    /// Most bytes of a card or a sealed secret.
    pub const MOST_BYTES: usize = 4096;
    /// Most cards of an account.
    pub const MOST_CARDS: usize = 100;
}

/// Asks for the cards of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskCards {
    /// Addresses as typed, as many as a delivery may have recipients.
    #[schema(max_items = 100)]
    pub emails: Vec<String>,
}

/// The answer to [`AskCards`], in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Cards {
    /// For each address its cards, the oldest first; none where there is no account or no SecuPass.
    pub cards: Vec<Vec<Opaque>>,
}

/// The keys of a delivery, granted to one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveGrant {
    /// [`GiveGrant::BYTES`] long.
    #[schema(value_type = Grant)]
    pub grant: Opaque,
    /// SHA-256 of the recipient's card that it is sealed to. When they have another one by now, nothing is stored.
    pub card: Token,
}

impl GiveGrant {
    /// Length of a grant.
    pub const BYTES: usize = 1368;
}

/// What a recipient needs to open a delivery of level 3 or 4; the answer to `GET` [`crate::path::GRANT`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReceivedGrant {
    /// Names the recipient within the delivery.
    pub recipient: RecipientId,
    /// The delivery's keys; `None` until the sender has granted them.
    pub grant: Option<Opaque>,
    /// The cards of the sender, the oldest first; of a submission its submitter's only one.
    pub sender: Vec<Opaque>,
    /// From [`crate::NewRecipient::offer`], until a grant is there.
    pub offer: Option<Opaque>,
    /// Who granted them, when it was not the sender.
    pub given_by: Option<GivenBy>,
    /// The box whose key they are sealed to, when it is a submission.
    pub submitted_to: Option<BoxId>,
}

/// A recipient shows that an invitation code and their card belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProveInvitation {
    /// For the sender to check, [`ProveInvitation::BYTES`] long.
    #[schema(value_type = Proof)]
    pub proof: Opaque,
    /// SHA-256 of the card that it is about.
    pub card: Token,
}

impl ProveInvitation {
    /// Length of a proof.
    pub const BYTES: usize = 32;
}

/// Recipients who have keys and no grant: the answer to `GET` [`crate::path::RELEASES`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Releases {
    /// Who waits longest comes first; at most [`Releases::MOST`].
    pub waiting: Vec<Waiting>,
    /// There are more.
    pub more: bool,
}

impl Releases {
    /// Most recipients at a time. Others come when these have their grants, or are asked for as those after them.
    pub const MOST: usize = 100;
}

/// A recipient who waits for a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Waiting {
    /// The delivery.
    pub delivery: DeliveryId,
    /// Its level.
    pub level: Level,
    /// When it was sent.
    pub sent: UnixSeconds,
    /// When it ends.
    pub expires: UnixSeconds,
    /// The recipient within it.
    pub recipient: RecipientId,
    /// Where it was sent to.
    pub email: String,
    /// The recipient's cards, the oldest first.
    pub cards: Vec<Opaque>,
    /// From [`crate::SendDelivery::own_grant`], or from [`crate::SendDelivery::deputies`] for a deputy.
    pub own_grant: Opaque,
    /// Present when it is another's delivery.
    pub in_place_of: Option<InPlaceOf>,
    /// From [`ProveInvitation`], when an invitation code was used.
    pub proof: Option<Opaque>,
}
