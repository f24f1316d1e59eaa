//! Upload requests: the owner of a box asks one address for something.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Language, MailState};
use crate::schema::{Email, KeptSecret, NoteLine, RequestDays, RequestFragment, SealedRequest, Uses};
use crate::{DeliveryId, Hidden, Opaque, TicketId, Token, UnixSeconds};

/// Asks one address for something: a ticket that its owner makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRequest {
    /// Made by the owner's browser.
    pub ticket: TicketId,
    /// SHA-256 of the token that the link's bearer will show.
    pub token_hash: Token,
    /// Whom to ask.
    #[schema(value_type = Email)]
    pub email: String,
    /// Of mails to them.
    pub language: Language,
    /// What is asked for, sealed under the link's secret; at most [`CreateRequest::MOST_SEALED_BYTES`] long.
    #[schema(value_type = SealedRequest)]
    pub sealed: Opaque,
    /// The link's secret, sealed for the owner; at most [`CreateRequest::MOST_KEPT_BYTES`] long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<KeptSecret>)]
    pub kept: Option<Opaque>,
    /// When it is due: somebody who has submitted nothing by then is reminded once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<UnixSeconds>,
    /// Days for which something can be submitted, at most [`CreateRequest::MOST_DAYS`].
    #[schema(value_type = RequestDays)]
    pub days: u16,
    /// How often something may be submitted, at most [`CreateRequest::MOST_USES`].
    #[schema(value_type = Uses)]
    pub uses: u16,
    /// The link's part after `#`, when the server shall mail it. It is forgotten when the mail has gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<RequestFragment>)]
    pub mail: Option<Hidden>,
    /// One line that stands in the mails as it is, for the server and everyone to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<NoteLine>)]
    pub note: Option<String>,
}

impl CreateRequest {
    /// Most bytes of [`CreateRequest::sealed`].
    pub const MOST_SEALED_BYTES: usize = 64 << 10;
    /// Most bytes of [`CreateRequest::kept`].
    pub const MOST_KEPT_BYTES: usize = 256;
    /// Most of [`CreateRequest::days`].
    pub const MOST_DAYS: u16 = 90;
    /// Most of [`CreateRequest::uses`].
    pub const MOST_USES: u16 = 100;
}

/// What the account has asked for; the answer to `GET` [`crate::path::REQUESTS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Requests {
    /// The latest first, at most four times [`Requests::MOST`].
    pub requests: Vec<OwnRequest>,
}

impl Requests {
    /// Most open requests of an account. Those that were withdrawn or have expired are listed, too.
    pub const MOST: usize = 500;
}

/// Something that the account has asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnRequest {
    /// Names it.
    pub ticket: TicketId,
    /// Whom it asked.
    pub email: String,
    /// When.
    pub created: UnixSeconds,
    /// Until when something can be submitted.
    pub expires: UnixSeconds,
    /// When it is due.
    pub due: Option<UnixSeconds>,
    /// How often something may be submitted.
    pub uses: u16,
    /// How often something was.
    pub used: u16,
    /// When something was submitted last.
    pub last: Option<UnixSeconds>,
    /// What became of the mail with the link.
    pub mail: MailState,
    /// Since when it is withdrawn.
    pub withdrawn: Option<UnixSeconds>,
    /// Was it due, and nothing has come?
    pub overdue: bool,
    /// From [`CreateRequest`].
    pub kept: Option<Opaque>,
}

/// One of them with what it asks for; the answer to `GET` [`crate::path::REQUEST`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RequestDetail {
    /// The request.
    pub request: OwnRequest,
    /// From [`CreateRequest`].
    pub sealed: Opaque,
    /// What was submitted, the earliest first.
    pub submissions: Vec<DeliveryId>,
}
