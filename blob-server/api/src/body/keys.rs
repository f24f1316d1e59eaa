//! An account's keys: public cards, and secrets that only the owner's browser can unseal.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Opaque;

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
    pub card: Opaque,
    /// From [`AccountKeys`].
    pub identity: Opaque,
    /// From [`AccountKeys`].
    pub secupass: Opaque,
    /// From [`AccountKeys`].
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
