//! What the pages ask of the crypto worker and what it answers.
//!
//! The page posts `{ request: ArrayBuffer, files: File[], ports: MessagePort[] }`: a [`Request`] in postcard, and the
//! browser's `File` objects and ports, which a message cannot carry as bytes. The worker posts `{ reply: ArrayBuffer, file?: File }`: a [`Reply`].
//! Before anything else the worker posts one [`Event::Ready`] with id 0; what is posted earlier may be lost.
//! Keys never cross: the page names them by the id of the job that made them.

//!
//! What only those need who have an account is a message of its own within the message ([`Enclosed`]): pages and worker of
//! those who come with a link pass it by, and so nothing that is added to it makes them larger.

mod enclosed;
mod keys;
mod member;
mod parts;
mod release;
mod submit;
mod submit_box;
mod unseal;

use blob_api::{DeliveryId, Level, Opaque, RecipientId, Token};
use serde::{Deserialize, Serialize};

pub use self::{
    enclosed::Enclosed,
    keys::{Fingerprint, KeysAnswer, KeysJob, Look, Making, Opener, Owner, Person, Standing, Trust},
    member::{MemberAnswer, MemberJob},
    parts::{
        Addressed, Addressing, ByReceipt, Cover, FileEntry, Granted, Granting, Invitation, Letter, Outgoing,
        OwnLink, Secret, Terms, Wanted, Written,
    },
    release::{ForRecipient, Refusal, Refused, ReleaseJob, Released},
    submit::{Asked, Author, Made, Requested, SubmitAnswer, SubmitJob, Submitting, TicketForm},
    submit_box::{BoxFault, BoxLook},
    unseal::{Sealed, UnsealJob, Unsealed},
};

/// Numbers a job; the page counts up from 1.
pub type JobId = u32;

/// A job for the worker.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    /// Chosen by the page.
    pub id: JobId,
    /// What to do.
    pub job: Job,
}

/// What the worker can do. `Debug` shows no secret: see [`Secret`].
#[derive(Debug, Serialize, Deserialize)]
pub enum Job {
    /// Read a link: the delivery from the path, the rest from the fragment (without `#`) → [`Answer::LinkRead`] or
    /// [`Failure::BrokenLink`]. The link's secret is kept under this job's id.
    ReadLink {
        /// Last segment of the path.
        delivery: String,
        /// What stood after `#`.
        fragment: Secret,
    },
    /// A recipient's own link leads to the delivery's → [`Answer::Nothing`], or [`Failure::Damaged`] when the server has
    /// something else than what the sender wrapped for them.
    Unwrap {
        /// Id of the [`Job::ReadLink`].
        link: JobId,
        /// From [`blob_api::LinkState`].
        level: Level,
        /// From [`blob_api::PersonalLink`].
        recipient: RecipientId,
        /// From [`blob_api::PersonalLink`].
        sealed: Opaque,
    },
    /// Derive what opens the delivery → [`Answer::Proof`], or [`Failure::WrongPassword`] for a password that no delivery can
    /// have. Takes a quarter of a second when there is a password.
    Prove {
        /// Id of the [`Job::ReadLink`].
        link: JobId,
        /// The delivery's password, empty when there is none.
        password: Secret,
    },
    /// Fetch, verify and open the cover with the keys of the last [`Job::Prove`] → [`Answer::Cover`].
    OpenCover {
        /// Id of the [`Job::ReadLink`].
        link: JobId,
        /// As the server has it; what is sealed at another level does not open.
        level: Level,
        /// From [`blob_api::Opening`].
        opening: Token,
    },
    /// Make room for what is wanted, where it can be kept until it has verified to its end → [`Answer::Room`]. When there
    /// is none, the page should bring a download of the browser along with [`Job::Download`].
    Room {
        /// Id of the [`Job::ReadLink`].
        link: JobId,
        /// What is to be saved.
        wanted: Wanted,
    },
    /// Fetch, verify and decrypt files of an opened cover → [`Event::Progress`]…, then [`Answer::File`] with the `File`
    /// object beside it: nothing is handed over unless every file verified to its end. With two ports beside the job,
    /// decrypted bytes go to the first chunk by chunk, each once it has verified, and the job ends with
    /// [`Answer::Streamed`]; the second hears every few seconds that they still may come. After [`Failure::Network`] and
    /// [`Failure::Server`] the same job, given again with a new id, goes on where it stopped.
    Download {
        /// Id of the [`Job::ReadLink`].
        link: JobId,
        /// From [`blob_api::Opening`].
        opening: Token,
        /// What is to be saved.
        wanted: Wanted,
    },
    /// What only those need who have an account.
    Member(Enclosed<MemberJob>),
    /// Stop a running [`MemberJob::Upload`] or [`Job::Download`], which then fails with [`Failure::Cancelled`].
    Cancel {
        /// The job to stop.
        job: JobId,
    },
    /// Let a running [`MemberJob::Upload`] or [`Job::Download`] send and fetch nothing until [`Job::Continue`]; it stays running.
    Pause {
        /// The job to pause.
        job: JobId,
    },
    /// Let a paused job go on.
    Continue {
        /// The job to go on with.
        job: JobId,
    },
    /// Forget everything kept under this id.
    Forget {
        /// Of a start, prepare or link job.
        job: JobId,
    },
}

/// A message from the worker.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reply {
    /// The job it belongs to.
    pub id: JobId,
    /// What happened.
    pub event: Event,
}

/// What the worker tells. Each job ends with exactly one `Done` or `Failed`.
#[derive(Debug, Serialize, Deserialize)]
pub enum Event {
    /// The worker listens now; sent once with id 0.
    Ready,
    /// A transfer moved.
    Progress(Progress),
    /// Something about a transfer that its sender should know.
    Note(Note),
    /// The job succeeded.
    Done(Answer),
    /// The job failed.
    Failed(Failure),
}

/// How far a transfer is, counted in plaintext bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Position of the file in the job; 0 for what is received.
    pub file: u32,
    /// Bytes of this file that have moved; it may fall back when a connection breaks, and is `total` only when the file is
    /// complete at the server.
    pub done: u64,
    /// All bytes of this file; of an archive, those of its files together.
    pub total: u64,
    /// The connection is lost and the worker is trying again by itself.
    pub waiting: bool,
}

/// The one message to the worker that is no [`Request`]: the page has heard that the network is back. It is the event's name.
pub const ONLINE: &str = "online";

/// What else there is to tell about what is being sent; the number is the file's position in the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    /// What has arrived of it is compared with the file.
    Checking(u32),
    /// What is missing of it is sent.
    Sending(u32),
    /// It is not the file that was begun: all of it is sent anew.
    Changed(u32),
    /// The browser keeps nothing of the delivery: it cannot go on once its tab is closed.
    NotKept,
    /// So many recipients have what is theirs.
    Granted(u32),
}

/// What a job gives.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// The link is well formed.
    LinkRead {
        /// Its delivery.
        delivery: DeliveryId,
        /// Proves possession of the link.
        gate: Token,
    },
    /// For [`blob_api::OpenDelivery`].
    Proof {
        /// Proves possession of link and password.
        auth: Token,
    },
    /// The opened cover.
    Cover(Cover),
    /// How much room is needed, and whether it is there.
    Room {
        /// Bytes of the file or archive.
        size: u64,
        /// All of them can be kept until the last one is verified.
        enough: bool,
    },
    /// Everything verified to its end; the `File` object comes beside it.
    File,
    /// Everything verified to its end, and the browser has taken it all.
    Streamed,
    /// To a [`Job::Member`].
    Member(Enclosed<MemberAnswer>),
    /// Nothing to tell.
    Nothing,
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// The link does not have the form of one of ours.
    BrokenLink,
    /// The link is from a newer version of this software.
    UnknownFormat,
    /// OPAQUE: address or password wrong.
    WrongLogin,
    /// A delivery's password that cannot be right: nobody could have chosen it.
    WrongPassword,
    /// A new password that cannot be used: too long, or with a control character.
    UnusablePassword,
    /// What the server sent is not what the sender sealed. The file's position, `None` for the cover.
    Damaged(Option<u32>),
    /// A file could not be read, or changed while it was being sent.
    Unreadable(u32),
    /// This browser has no room for the file.
    NoSpace,
    /// Another tab is at work on this delivery.
    Elsewhere,
    /// The file is too large for the only way of saving that this browser has.
    TooLargeHere,
    /// The browser's own download, to which decrypted bytes went, was stopped.
    DownloadStopped,
    /// The server could not be reached, in spite of repeated tries.
    Network,
    /// The server answered with a problem.
    Server(blob_api::ProblemKind),
    /// Stopped by the user.
    Cancelled,
    /// A defect of this software: a message out of order, for instance.
    Internal,
}

/// Bytes of a message.
///
/// # Errors
/// Never for the types of this module; the result is kept because serialisation says so.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_allocvec(message)
}

/// A message from its bytes.
///
/// # Errors
/// When the bytes are not a `T`.
pub fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, postcard::Error> {
    postcard::from_bytes(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let hidden = || "geheim".to_owned();
        let letter = Letter { subject: hidden(), message: hidden(), name: hidden(), reference: hidden() };
        let read = Job::ReadLink { delivery: "D".to_owned(), fragment: Secret(hidden()) };
        let addressing = Addressing { recipients: vec![hidden()], note: hidden(), ..Addressing::default() };
        let written = Written { letter, addressing };
        let upload = MemberJob::Upload { prepared: 1, keys: None, written, files: vec![] };
        let shown = format!(
            "{upload:?} {:?} {read:?}",
            Job::from(MemberJob::LoginStart { password: Secret(hidden()) })
        );
        assert!(!shown.contains("geheim"), "{shown}");
    }

    #[test]
    fn what_is_enclosed_comes_out_again() {
        let job = Request { id: 7, job: MemberJob::Address { prepared: 5, recipients: 3 }.into() };
        let Job::Member(enclosed) = decode::<Request>(&encode(&job).unwrap()).unwrap().job else { panic!() };
        assert!(matches!(enclosed.open(), Ok(MemberJob::Address { prepared: 5, recipients: 3 })));
    }
}
