//! Deputies: who may grant deliveries in their sender's place.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::GiveGrant;
use crate::schema::{Deputation, Email};
use crate::{AccountId, Opaque, Token, UnixSeconds};

/// Who stands in for the account, and for whom the account stands in; the answer to `GET` [`crate::path::DEPUTIES`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Deputies {
    /// The account's deputies, the first named first.
    pub deputies: Vec<Deputy>,
    /// Whose deputy the account is.
    pub represented: Vec<Represented>,
}

impl Deputies {
    /// Most deputies of an account.
    pub const MOST: usize = 5;
    /// Most days that somebody is a deputy.
    pub const MOST_DAYS: u16 = 366;
}

/// Somebody who may grant the account's deliveries in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Deputy {
    /// Their account.
    pub account: AccountId,
    /// Their address.
    pub email: String,
    /// Their display name.
    pub name: String,
    /// The first second in which they are no deputy any more.
    pub until: UnixSeconds,
    /// Their cards, the oldest first.
    pub cards: Vec<Opaque>,
}

/// Somebody in whose place the account may grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Represented {
    /// Their account.
    pub account: AccountId,
    /// Their address.
    pub email: String,
    /// Their display name.
    pub name: String,
    /// The first second in which the account is no deputy any more.
    pub until: UnixSeconds,
}

/// Names a deputy, or prolongs a deputation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NameDeputy {
    /// Whom: somebody of the staff who has keys.
    #[schema(value_type = Email)]
    pub email: String,
    /// Signed by the account's owner, [`NameDeputy::BYTES`] long.
    #[schema(value_type = Deputation)]
    pub deputation: Opaque,
    /// SHA-256 of the deputy's card that it names. When they have another one by now, nothing is stored.
    pub card: Token,
    /// As the deputation says: later than now, and at most [`Deputies::MOST_DAYS`] days.
    pub until: UnixSeconds,
}

impl NameDeputy {
    /// Length of a deputation.
    pub const BYTES: usize = 128;
}

/// A delivery's keys, granted to a deputy of its sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeputyGrant {
    /// The deputy.
    pub deputy: AccountId,
    /// For them.
    pub grant: GiveGrant,
}

/// In whose place a recipient who waits is to be granted a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InPlaceOf {
    /// The sender's address.
    pub email: String,
    /// The sender's display name.
    pub name: String,
    /// The sender's cards, the oldest first.
    pub cards: Vec<Opaque>,
}

/// Who granted a delivery in its sender's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GivenBy {
    /// The deputy's address.
    pub email: String,
    /// The deputy's cards, the oldest first.
    pub cards: Vec<Opaque>,
    /// Signed by the sender.
    pub deputation: Opaque,
}
