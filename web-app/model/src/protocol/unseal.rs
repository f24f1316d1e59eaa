//! What concerns deliveries of levels 3 and 4 that were sent to the account.

use blob_api::{DeliveryId, Level, ProveInvitation, ReceivedGrant, Token, Vault};
use serde::{Deserialize, Serialize};

use super::{Job, JobId, Look, MemberJob, Secret};

/// A delivery, and what there is to open it with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sealed {
    /// Its id.
    pub delivery: DeliveryId,
    /// As the server has it; what is sealed at another level does not open.
    pub level: Level,
    /// The sender's address.
    pub sender: String,
    /// From the server.
    pub received: ReceivedGrant,
}

/// A job about a delivery that was sent to the account. What its sender or the server got wrong is [`super::KeysAnswer::Refused`].
#[derive(Debug, Serialize, Deserialize)]
pub enum UnsealJob {
    /// Look whose it is, and open what was granted → [`Unsealed`]. The delivery's keys are kept under this job's id.
    ByGrant {
        /// Id of the job that keeps our own keys.
        keys: JobId,
        /// What to open.
        sealed: Box<Sealed>,
        /// Seconds since 1970-01-01T00:00:00Z.
        now: u64,
    },
    /// The same by an invitation code, without a grant. Takes about half a second.
    ByCode {
        /// As in [`UnsealJob::ByGrant`].
        keys: JobId,
        /// As there.
        sealed: Box<Sealed>,
        /// The seven words.
        code: Secret,
        /// As there.
        now: u64,
    },
    /// Fetch, verify and open what is sealed → [`super::Answer::Cover`]. Its files come by [`Job::Download`] with this job's id.
    Open {
        /// Id of the [`UnsealJob::ByGrant`] or [`UnsealJob::ByCode`].
        granted: JobId,
        /// From [`blob_api::Opening`].
        opening: Token,
    },
    /// Keep the link of a delivery of level 2, so that it opens without the mail → [`super::MemberAnswer::LinkKept`].
    KeepLink {
        /// As in [`UnsealJob::ByGrant`].
        keys: JobId,
        /// Id of the [`Job::ReadLink`].
        link: JobId,
    },
    /// Find it again → [`super::MemberAnswer::LinkKept`]. It is kept under this job's id, as by [`Job::ReadLink`] and [`Job::Unwrap`].
    FindLink {
        /// As in [`UnsealJob::ByGrant`].
        keys: JobId,
        /// The delivery.
        delivery: DeliveryId,
    },
}

/// The keys of a delivery are here; nothing of it is shown yet.
#[derive(Debug, Serialize, Deserialize)]
pub struct Unsealed {
    /// For [`blob_api::OpenDelivery`]; `None` when an invitation code proves who we are, and opens nothing.
    pub auth: Option<Token>,
    /// How far the sender's key is known.
    pub look: Look,
    /// The address of who granted it in the sender's place.
    pub deputy: Option<String>,
    /// After an invitation code, for the server.
    pub proof: Option<ProveInvitation>,
    /// The vault, when the sender's key is remembered from now on.
    pub vault: Option<Vault>,
}

impl From<UnsealJob> for MemberJob {
    fn from(job: UnsealJob) -> Self {
        Self::Unseal(job)
    }
}

impl From<UnsealJob> for Job {
    fn from(job: UnsealJob) -> Self {
        MemberJob::Unseal(job).into()
    }
}
