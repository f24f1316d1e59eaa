//! A sender lets those open a delivery who had no keys when it was sent, or have others since.

use blob_api::{DeliveryId, GiveGrant, RecipientId, Vault, Waiting};
use serde::{Deserialize, Serialize};

use super::{Job, JobId, MemberJob};

/// Grant deliveries to those who wait for them → [`super::MemberAnswer::Released`]. Nothing leaves the worker for a key that
/// may not be used.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReleaseJob {
    /// Id of the job that keeps the sender's keys.
    pub keys: JobId,
    /// From the server.
    pub waiting: Vec<Waiting>,
    /// Is nothing of level 4 granted to a key that was neither compared nor proved?
    pub needs_proof: bool,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub now: u64,
}

/// What may leave this browser, and what may not.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// For the server, once it has the vault.
    pub grants: Vec<ForRecipient>,
    /// Why others got none.
    pub refused: Vec<Refused>,
    /// What was remembered of the keys that something was granted to.
    pub vault: Option<Vault>,
}

/// A grant, and whose it is.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForRecipient {
    /// The delivery.
    pub delivery: DeliveryId,
    /// The recipient within it.
    pub recipient: RecipientId,
    /// For the server.
    pub give: GiveGrant,
}

/// Somebody to whom nothing was granted.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The delivery.
    pub delivery: DeliveryId,
    /// The recipient within it.
    pub recipient: RecipientId,
    /// Why.
    pub why: Refusal,
}

/// Why somebody was granted nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// Their key is another than the one seen before, and nothing vouches for it.
    Changed,
    /// What the server shows is no key of this address.
    Damaged,
    /// What came back is no answer to the invitation that was handed over.
    WrongProof,
    /// The invitation was answered before, with another key: somebody else has the code.
    UsedTwice,
    /// The sender's own access does not open: it was sealed to keys that were lost, or it is not theirs.
    Held,
    /// Nothing but the server vouches for their key, which is not enough here at level 4.
    Unproved,
    /// It is another's delivery, and their key is not the one that was known.
    Sender,
}

impl From<ReleaseJob> for MemberJob {
    fn from(job: ReleaseJob) -> Self {
        Self::Release(job)
    }
}

impl From<ReleaseJob> for Job {
    fn from(job: ReleaseJob) -> Self {
        MemberJob::from(job).into()
    }
}
