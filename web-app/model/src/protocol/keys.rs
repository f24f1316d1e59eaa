//! What concerns an account's keys: choosing a SecuPass, unlocking, changing.

use blob_api::{AccountId, AccountKeys, Language, StoreKeys};
use serde::{Deserialize, Serialize};

use super::{Job, JobId, MemberJob, Secret};
use crate::secupass::{KeysFault, Rating};

/// Whose keys they are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Owner {
    /// The account.
    pub account: AccountId,
    /// Its login name, which stands on its card.
    pub email: String,
}

/// What opens the keys of an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Opener {
    /// What its owner types each time.
    SecuPass(Secret),
    /// What they have on paper.
    RecoveryCode(Secret),
}

/// A job about keys. What an account's owner or its server got wrong is [`KeysAnswer::Refused`].
#[derive(Debug, Serialize, Deserialize)]
pub enum KeysJob {
    /// Draw random words → [`KeysAnswer::Proposed`].
    Propose {
        /// Of the words.
        language: Language,
    },
    /// Look how long a SecuPass would last → [`KeysAnswer::Rated`].
    Rate {
        /// As far as it was typed.
        secupass: Secret,
        /// What is easily guessed of this person.
        owner: Owner,
    },
    /// Make an identity, and lock it with a SecuPass and a recovery code → [`KeysAnswer::Made`]. It is kept under this job's
    /// id, and is of use once the server has what [`KeysJob::Prove`] gives. Takes about a second.
    Make {
        /// Whose it is.
        owner: Owner,
        /// The SecuPass chosen.
        secupass: Secret,
        /// Of the words of the recovery code.
        language: Language,
        /// Seconds since 1970-01-01T00:00:00Z.
        now: u64,
    },
    /// The recovery code was typed: compare it with the one that was shown → [`KeysAnswer::Store`].
    Prove {
        /// Id of the [`KeysJob::Make`].
        made: JobId,
        /// The words.
        typed: Secret,
    },
    /// Open identity and vault → [`KeysAnswer::Unlocked`]. They are kept under this job's id, and nowhere else. Takes about a
    /// second.
    Unlock {
        /// Whose they are.
        owner: Owner,
        /// From the server.
        keys: Box<AccountKeys>,
        /// The SecuPass typed.
        secupass: Secret,
        /// The latest version of the vault that this browser has seen, 0 for none.
        seen: u32,
    },
    /// Lock the same identity with another SecuPass → [`KeysAnswer::Store`]. It is kept under this job's id, unlocked. Takes
    /// about two seconds.
    Change {
        /// Whose it is.
        owner: Owner,
        /// From the server.
        keys: Box<AccountKeys>,
        /// What opens it so far.
        opener: Opener,
        /// The SecuPass chosen.
        secupass: Secret,
        /// As in [`KeysJob::Unlock`].
        seen: u32,
    },
}

/// What a [`KeysJob`] gives.
#[derive(Debug, Serialize, Deserialize)]
pub enum KeysAnswer {
    /// Words for a SecuPass.
    Proposed(Secret),
    /// How long it would last.
    Rated(Rating),
    /// The words of the recovery code, for its owner to keep.
    Made(Secret),
    /// For the server.
    Store(Box<StoreKeys>),
    /// Identity and vault are open.
    Unlocked,
    /// It was not done; nothing is kept.
    Refused(KeysFault),
}

impl From<KeysJob> for Job {
    fn from(job: KeysJob) -> Self {
        MemberJob::Keys(job).into()
    }
}
