//! What somebody with a ticket sends into a box, and what comes back.

use blob_api::{
    BoxId, DeliveryId, GiveGrant, Hidden, NewLink, Opaque, ReceivedGrant, RecipientId, TicketId, Token,
};
use serde::{Deserialize, Serialize};

use super::{JobId, Letter, Secret};

/// Who sends a delivery. What a browser keeps for going on belongs to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Author {
    /// Somebody with an account: the login name.
    Account(String),
    /// Somebody with a ticket.
    Ticket {
        /// The ticket.
        ticket: TicketId,
        /// Proves it to the server.
        token: Token,
    },
}

impl Author {
    /// What the server asks for, where a session does not do.
    #[must_use]
    pub fn bearer(&self) -> Option<&Token> {
        match self {
            Self::Account(_) => None,
            Self::Ticket { token, .. } => Some(token),
        }
    }
}

/// What concerns a ticket. `Debug` shows no secret.
#[derive(Debug, Serialize, Deserialize)]
pub enum SubmitJob {
    /// Read what stands after `#` in a ticket's link → [`SubmitAnswer::Read`], or [`super::Failure::BrokenLink`]. It is kept under
    /// this job's id.
    Read {
        /// From the path, as text that nobody has checked.
        ticket: String,
        /// Without the `#`.
        fragment: Secret,
    },
    /// Open what the owner of the box asks for → [`SubmitAnswer::Asked`], or [`super::Failure::Damaged`].
    Open {
        /// Id of the [`SubmitJob::Read`].
        link: JobId,
        /// From [`blob_api::RequestInfo`].
        sealed: Opaque,
    },
    /// Seal what the owner of a box asks somebody for → [`SubmitAnswer::Requested`].
    Request {
        /// The owner's open keys, so that their other browsers can read it; `None` for who has none.
        keys: Option<JobId>,
        /// The box that it is for; the request names its key, if `keys` have that.
        submit_box: BoxId,
        /// What is asked for.
        asked: Asked,
    },
    /// Read one's own request again → [`SubmitAnswer::Own`], or [`super::Failure::Damaged`] when it was made beside other keys.
    OwnRequest {
        /// The owner's open keys.
        keys: JobId,
        /// The request.
        ticket: TicketId,
        /// From [`blob_api::OwnRequest`].
        kept: Opaque,
        /// From [`blob_api::RequestDetail`].
        sealed: Opaque,
    },
    /// Open what the owner of the box answered, by the receipt → [`SubmitAnswer::Opened`]. The delivery's keys are kept under this job's
    /// id, as by [`super::UnsealJob::ByGrant`].
    Answer {
        /// Id of the [`SubmitJob::Read`], whose link must be that of a receipt.
        link: JobId,
        /// What was submitted.
        submission: DeliveryId,
        /// The answer.
        answer: DeliveryId,
        /// The submitter's address.
        email: String,
        /// From the server.
        received: ReceivedGrant,
    },
    /// Seal what a submission says, once its files are there, and give it to the box → [`SubmitAnswer::Made`].
    Submit(Box<Submitting>),
}

/// All that a submission needs once its files are uploaded. `Debug` hides what was written.
#[derive(Debug, Serialize, Deserialize)]
pub struct Submitting {
    /// Id of the [`super::MemberJob::Prepare`].
    pub prepared: JobId,
    /// What it says.
    pub letter: Letter,
    /// Where the mails to the submitter go: it stands on their one-time card.
    pub email: String,
    /// At level 4: the box's card, which was looked at, and what its link named.
    pub card: Option<(Opaque, Option<String>)>,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub now: u64,
}

/// What a [`SubmitJob`] gives.
#[derive(Debug, Serialize, Deserialize)]
pub enum SubmitAnswer {
    /// The link is well formed.
    Read {
        /// The ticket.
        ticket: TicketId,
        /// Proves it to the server.
        token: Token,
        /// What kind of link it is.
        form: TicketForm,
    },
    /// What is asked for.
    Asked(Asked),
    /// For [`blob_api::CreateRequest`].
    Requested(Box<Requested>),
    /// What was asked for, and what stands after `#` in the link.
    Own(Asked, Secret),
    /// The answer's keys are here; nothing of it is shown yet. For [`blob_api::OpenDelivery`].
    Opened(Token),
    /// The submission may be handed over.
    Made(Box<Made>),
}

/// Which link leads to a ticket's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TicketForm {
    /// From the server's mail.
    Mailed,
    /// From somebody who asks for documents.
    Requested,
    /// Kept by somebody who has sent something: it opens the answer.
    Kept,
}

/// What the owner of a box asks for. `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Plain text, several lines.
    pub note: String,
    /// What each missing document is called.
    pub items: Vec<String>,
    /// Set by who opens it: the key of the box that is named, as in the link of a box.
    pub named: Option<String>,
}

impl core::fmt::Debug for Asked {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Asked({} items)", self.items.len())
    }
}

/// For [`blob_api::CreateRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requested {
    /// Names it.
    pub ticket: TicketId,
    /// SHA-256 of the token that the link gives.
    pub token_hash: Token,
    /// What is asked for, under the link's secret.
    pub sealed: Opaque,
    /// The link's secret, for the owner.
    pub kept: Option<Opaque>,
    /// What stands after `#` in the link.
    pub fragment: Secret,
}

/// For [`blob_api::Submit`], and for the submitter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The owner of the box, as recipient.
    pub recipient: RecipientId,
    /// At level 2 the owner's link.
    pub link: Option<NewLink>,
    /// At level 2 what stands after `#` in it.
    pub mail: Option<Hidden>,
    /// At level 4 the keys, sealed to the box.
    pub grant: Option<GiveGrant>,
    /// At level 4 the submitter's one-time card.
    pub submitter: Option<Opaque>,
    /// At level 4 what stands after `#` in the link of the receipt: shown to the submitter, never sent.
    pub receipt: Option<Secret>,
    /// What the server must say that it has; `None` where this browser does not know all of it any more.
    pub digest: Option<Token>,
    /// Which box it was sealed to.
    pub sealed_to: Option<BoxId>,
}
