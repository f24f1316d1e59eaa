//! What concerns an account's keys: choosing a SecuPass, unlocking, changing.

use blob_api::{AccountId, AccountKeys, BoxId, Language, Opaque, StoreKeys, Token, Vault};
use serde::{Deserialize, Serialize};

use super::{BoxLook, Job, JobId, MemberJob, Secret};
use crate::secupass::KeysFault;

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

/// Somebody whom something is to be sealed to, or who has signed something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their address, as it was typed or as the server has it.
    pub email: String,
    /// Their cards as the server shows them, the oldest first.
    pub cards: Vec<Opaque>,
}

/// How somebody's key stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Whose it is.
    pub email: String,
    /// May it be used, and how far is it known?
    pub standing: Standing,
    /// What two people compare; `None` where there is no key that could be.
    pub fingerprint: Option<Fingerprint>,
    /// The same of the key seen before, where that has changed.
    pub before: Option<Fingerprint>,
}

/// May somebody's key be used?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// There is none yet.
    Missing,
    /// It may.
    Known(Trust),
    /// It may not: it is another than the one seen before, or an older one, and nothing vouches for it. Its words must be
    /// compared first.
    Changed,
    /// It may not: what the server shows is no key of this address.
    Damaged,
}

/// How far a key is known to be that of the address. Later ones are better. See `crypto_core::trust::Trust`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Trust {
    /// The server says so, and nothing else does.
    ServerVouched,
    /// It is the one seen before.
    Pinned,
    /// Its words were compared.
    WordsCompared,
    /// It was proved with an invitation.
    Invited,
}

/// A key in a form that people can compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Eight words.
    pub german: Vec<String>,
    /// Eight words.
    pub english: Vec<String>,
    /// Seven groups of five digits, for people without a common language. It names the key in [`KeysJob::Compared`].
    pub digits: String,
}

/// What is made by a [`KeysJob::Make`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Making {
    /// The first keys.
    First {
        /// The SecuPass chosen.
        secupass: Secret,
    },
    /// Other keys, signed by those there are: who knows these follows.
    Rotated {
        /// What opens them so far.
        opener: Opener,
        /// The SecuPass chosen.
        secupass: Secret,
    },
    /// Other keys, because all that opens those there are is lost: nobody knows them.
    Reset {
        /// The SecuPass chosen.
        secupass: Secret,
    },
    /// The same keys, and another recovery code.
    Code {
        /// What opens them.
        opener: Opener,
    },
}

impl Making {
    /// The SecuPass chosen, when one is.
    #[must_use]
    pub fn secupass(&self) -> Option<&Secret> {
        match self {
            Self::First { secupass } | Self::Rotated { secupass, .. } | Self::Reset { secupass } => {
                Some(secupass)
            }
            Self::Code { .. } => None,
        }
    }
}

/// A job about keys. What an account's owner or its server got wrong is [`KeysAnswer::Refused`].
#[derive(Debug, Serialize, Deserialize)]
pub enum KeysJob {
    /// Draw random words → [`KeysAnswer::Proposed`].
    Propose {
        /// Of the words.
        language: Language,
    },
    /// Make keys, or another way to them, and a recovery code → [`KeysAnswer::Made`]. They are kept under this job's id, and are
    /// of use once the server has what [`KeysJob::Prove`] gives. Takes about two seconds.
    Make {
        /// Whose they are.
        owner: Owner,
        /// What there is so far, from the server; `None` for the first ones.
        keys: Option<Box<AccountKeys>>,
        /// What is made.
        making: Making,
        /// Of the words of the recovery code.
        language: Language,
        /// Seconds since 1970-01-01T00:00:00Z.
        now: u64,
        /// As in [`KeysJob::Unlock`].
        seen: u32,
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
    /// Another browser has changed the vault: open it as it is now, in place of what was open → [`KeysAnswer::Unlocked`].
    Renew {
        /// Id of the job that keeps the keys.
        keys: JobId,
        /// From the server.
        vault: Vault,
        /// As in [`KeysJob::Unlock`].
        seen: u32,
    },
    /// Look how keys stand → [`KeysAnswer::Looked`].
    Look {
        /// Id of the job that keeps our own.
        keys: JobId,
        /// Whose.
        people: Vec<Person>,
    },
    /// What others compare our own key with → [`KeysAnswer::Own`].
    Own {
        /// Id of the job that keeps it.
        keys: JobId,
    },
    /// Somebody has compared the words of this key with its owner, and they were the same → [`KeysAnswer::Remembered`].
    Compared {
        /// Id of the job that keeps our own.
        keys: JobId,
        /// Whose it is.
        person: Person,
        /// The digits of the key whose words were shown.
        digits: String,
        /// Seconds since 1970-01-01T00:00:00Z.
        now: u64,
    },
    /// Name a deputy → [`KeysAnswer::Appointed`].
    Appoint {
        /// Id of the job that keeps our own.
        keys: JobId,
        /// Whom.
        person: Person,
        /// Seconds since 1970-01-01T00:00:00Z.
        now: u64,
        /// The first second in which they are no deputy any more.
        until: u64,
    },
    /// Draw what names a new box → [`KeysAnswer::BoxNamed`].
    NameBox,
    /// Make keys of a box, in place of those that there were → [`KeysAnswer::BoxCard`].
    MakeBox {
        /// Id of the job that keeps our own keys.
        keys: JobId,
        /// Which box.
        id: BoxId,
        /// Seconds since 1970-01-01T00:00:00Z.
        now: u64,
    },
    /// Look whether a box shows what it should → [`KeysAnswer::BoxStands`], [`KeysAnswer::BoxLost`], or, when it needs another
    /// card, [`KeysAnswer::BoxCard`].
    RenewBox {
        /// Id of the job that keeps our own keys.
        keys: JobId,
        /// Which box.
        id: BoxId,
        /// Its card, as the server shows it.
        shown: Option<Opaque>,
        /// Seconds for which keys are kept that were replaced: as long as something can be there that was sealed to them.
        keep: u64,
        /// Seconds since 1970-01-01T00:00:00Z.
        now: u64,
    },
    /// Forget the keys of a box, and with them what was sent into it → [`KeysAnswer::Remembered`].
    ForgetBox {
        /// Id of the job that keeps our own keys.
        keys: JobId,
        /// Which box.
        id: BoxId,
    },
}

/// What a [`KeysJob`] gives.
#[derive(Debug, Serialize, Deserialize)]
pub enum KeysAnswer {
    /// Words for a SecuPass.
    Proposed(Secret),
    /// The words of the recovery code, for its owner to keep.
    Made(Secret),
    /// For the server.
    Store(Box<StoreKeys>),
    /// Identity and vault are open.
    Unlocked,
    /// How keys stand, in the order of the job.
    Looked(Vec<Look>),
    /// Our own key.
    Own(Fingerprint),
    /// The vault has changed; it counts once the server has it.
    Remembered(Vault),
    /// Somebody may be named as deputy, once the vault is stored.
    Appointed {
        /// For [`blob_api::NameDeputy`].
        deputation: Opaque,
        /// For [`blob_api::NameDeputy`].
        card: Token,
        /// Remembers the deputy's key.
        vault: Vault,
    },
    /// What names a new box.
    BoxNamed(BoxId),
    /// A card for the server to show, once the vault is stored.
    BoxCard {
        /// For [`blob_api::BoxSettings`].
        card: Opaque,
        /// What its owner publishes.
        look: BoxLook,
        /// Has the keys.
        vault: Vault,
    },
    /// The box shows what it should.
    BoxStands(BoxLook),
    /// The keys of this box are not there: they went with others of the account that were lost.
    BoxLost,
    /// It was not done; nothing is kept.
    Refused(KeysFault),
}

impl From<KeysJob> for MemberJob {
    fn from(job: KeysJob) -> Self {
        Self::Keys(job)
    }
}

impl From<KeysJob> for Job {
    fn from(job: KeysJob) -> Self {
        MemberJob::Keys(job).into()
    }
}
