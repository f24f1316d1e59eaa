//! What only those ask of the worker who have an account.

use blob_api::{DeliveryId, DraftInfo, Opaque, StoredBlobs, Token, Vault};
use serde::{Deserialize, Serialize};

use super::{
    Addressed, Answer, Author, BoxFault, BoxLook, Enclosed, Granted, Granting, Job, JobId, KeysAnswer,
    KeysJob, Outgoing, ReleaseJob, Released, Secret, SubmitAnswer, SubmitJob, Terms, UnsealJob, Unsealed,
    Written,
};
use crate::unfinished::Unfinished;

/// What a member's worker can do beside [`Job`]. `Debug` shows no secret: see [`Secret`].
#[derive(Debug, Serialize, Deserialize)]
pub enum MemberJob {
    /// OPAQUE registration, first half → [`MemberAnswer::Opaque`] (`RegistrationRequest`). State is kept under this job's id.
    RegisterStart {
        /// The password chosen.
        password: Secret,
    },
    /// Second half → [`MemberAnswer::Opaque`] (`RegistrationUpload`).
    RegisterFinish {
        /// Id of the [`MemberJob::RegisterStart`].
        start: JobId,
        /// The login name, bound into the registration.
        email: String,
        /// The server's `RegistrationResponse`.
        response: Opaque,
    },
    /// OPAQUE login, first half → [`MemberAnswer::Opaque`] (`CredentialRequest`).
    LoginStart {
        /// The password typed.
        password: Secret,
    },
    /// Second half → [`MemberAnswer::Opaque`] (`CredentialFinalization`), or [`super::Failure::WrongLogin`].
    LoginFinish {
        /// Id of the [`MemberJob::LoginStart`].
        start: JobId,
        /// The login name.
        email: String,
        /// The server's `CredentialResponse`.
        response: Opaque,
    },
    /// Make a delivery's id and link → [`MemberAnswer::Prepared`]. Keys are kept under this job's id.
    Prepare {
        /// Who sends.
        author: Author,
        /// Optional password of the delivery, empty when there is none.
        password: Secret,
        /// What stays as it is from now on.
        terms: Terms,
    },
    /// Which of these deliveries, begun and not sent, this browser can go on with and no other tab is at work on →
    /// [`MemberAnswer::Unfinished`]. What is kept of this author's other deliveries is forgotten.
    Unfinished {
        /// Whose they are.
        author: Author,
        /// The owner's keys when they are open: without them, those of level 3 and 4 stay closed.
        keys: Option<JobId>,
        /// All that the server knows of this author.
        drafts: Vec<DraftInfo>,
    },
    /// Go on with a delivery after its tab was closed → [`MemberAnswer::GoesOn`], [`super::Failure::Elsewhere`] when another tab does.
    /// Keys are kept under this job's id, as by [`MemberJob::Prepare`].
    GoOn {
        /// Whose it is.
        author: Author,
        /// As in [`MemberJob::Unfinished`].
        keys: Option<JobId>,
        /// From the server.
        draft: DraftInfo,
        /// What has arrived of its files, from the server.
        stored: StoredBlobs,
    },
    /// Forget what this browser keeps for going on with a delivery: it is sent, cancelled or given up → [`Answer::Nothing`], or
    /// [`super::Failure::Elsewhere`] when another tab is at work on it.
    Discard {
        /// Its id.
        delivery: DeliveryId,
    },
    /// Encrypt and upload the files of a prepared (and, at the server, created) delivery, and at levels 1 and 2 its cover →
    /// [`super::Event::Progress`] and [`super::Event::Note`]…, then [`MemberAnswer::Uploaded`]. The page then calls `send`. After a failure, or
    /// after [`MemberJob::GoOn`], the same job may be posted again with a new id: parts that have arrived are not sent again.
    Upload {
        /// Id of the [`MemberJob::Prepare`] or [`MemberJob::GoOn`].
        prepared: JobId,
        /// From level 3 on: the sender's open keys, under which is kept what is needed for going on.
        keys: Option<JobId>,
        /// Subject and message, sealed with the files' names; and whom it is for, noted for going on.
        written: Written,
        /// In order; the `File` objects of those that are `here` come along.
        files: Vec<Outgoing>,
    },
    /// Make a link for each of so many recipients of a prepared delivery of level 1 or 2 → [`MemberAnswer::Addressed`].
    Address {
        /// Id of the [`MemberJob::Prepare`] or [`MemberJob::GoOn`].
        prepared: JobId,
        /// How many.
        recipients: u32,
    },
    /// Seal and store what a delivery of level 3 or 4 says, once its files are there, and grant its keys →
    /// [`super::Note::Granted`]…, then [`MemberAnswer::Granted`] or [`MemberAnswer::Withheld`]. What an earlier such job made for the same delivery is of no
    /// use any more.
    Grant(Box<Granting>),
    /// What concerns the account's keys → [`MemberAnswer::Keys`].
    Keys(KeysJob),
    /// What concerns a delivery of level 3 or 4 that was sent to the account.
    Unseal(UnsealJob),
    /// Those who wait for the account's grants get them → [`MemberAnswer::Released`].
    Release(ReleaseJob),
    /// Look at the key of a submit box → [`MemberAnswer::Box`] or [`MemberAnswer::BoxRefused`].
    LookAtBox {
        /// From the server.
        card: Opaque,
        /// What stands after `#` in the link of the box, if there is something.
        named: Option<String>,
        /// Seconds since 1970-01-01T00:00:00Z.
        now: u64,
    },
    /// What concerns a ticket → [`MemberAnswer::Submit`].
    Submit(SubmitJob),
}

impl From<MemberJob> for Job {
    fn from(job: MemberJob) -> Self {
        Self::Member(Enclosed::new(&job))
    }
}

/// What a [`MemberJob`] gives.
#[derive(Debug, Serialize, Deserialize)]
pub enum MemberAnswer {
    /// The next OPAQUE message.
    Opaque(Opaque),
    /// A delivery can be created with these.
    Prepared {
        /// Its id.
        delivery: DeliveryId,
        /// For [`blob_api::CreateDelivery`].
        gate_hash: Token,
        /// For [`blob_api::CreateDelivery`].
        auth_hash: Token,
        /// For [`blob_api::CreateDelivery`]: opens what this browser keeps.
        resume: Token,
    },
    /// With which deliveries this browser can go on, in the order of the job.
    Unfinished {
        /// What is known of them.
        known: Vec<Unfinished>,
        /// There are more, which only the owner's keys open.
        locked: bool,
        /// There are more, on which another tab is at work, or one that is just being closed.
        elsewhere: bool,
    },
    /// What was begun.
    GoesOn(Unfinished),
    /// All of that is stored.
    Uploaded {
        /// What stands after `#` in the link: shown to the sender, never sent.
        fragment: Secret,
    },
    /// A link for each recipient.
    Addressed(Vec<Addressed>),
    /// The delivery may be sent, once the vault is stored.
    Granted(Box<Granted>),
    /// Nothing was granted: the keys of these are not those that were known before, or cannot be read.
    Withheld(Vec<String>),
    /// To a [`MemberJob::Keys`].
    Keys(KeysAnswer),
    /// To a [`MemberJob::Unseal`].
    Unsealed(Unsealed),
    /// To a [`MemberJob::Release`].
    Released(Released),
    /// To a [`MemberJob::Submit`].
    Submit(SubmitAnswer),
    /// The link is kept; with the vault when it was not before.
    LinkKept(Option<Vault>),
    /// Something may be sealed to this box.
    Box(BoxLook),
    /// Nothing may be sent into this box.
    BoxRefused(BoxFault),
}

impl MemberAnswer {
    /// The vault, when the job has changed it: for the server, before anything that builds on it.
    #[must_use]
    pub fn vault(&self) -> Option<&Vault> {
        match self {
            Self::Keys(
                KeysAnswer::Remembered(vault)
                | KeysAnswer::Appointed { vault, .. }
                | KeysAnswer::BoxCard { vault, .. },
            ) => Some(vault),
            Self::Granted(granted) => Some(&granted.vault),
            Self::Unsealed(unsealed) => unsealed.vault.as_ref(),
            Self::Released(released) => released.vault.as_ref(),
            Self::LinkKept(vault) => vault.as_ref(),
            _ => None,
        }
    }
}

impl From<MemberAnswer> for Answer {
    fn from(answer: MemberAnswer) -> Self {
        Self::Member(Enclosed::new(&answer))
    }
}

impl Answer {
    /// What a [`MemberJob`] gave; `None` when this is no answer to one.
    #[must_use]
    pub fn member(self) -> Option<MemberAnswer> {
        match self {
            Self::Member(enclosed) => enclosed.open().ok(),
            _ => None,
        }
    }
}
