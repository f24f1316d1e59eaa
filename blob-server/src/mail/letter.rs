//! Every mail that the server writes.

use blob_api::{DeliveryId, Level, Purpose, UnixSeconds};
use serde::{Deserialize, Serialize};

/// What a mail says. It is kept in the queue as JSON until the mail server took it. No `Debug`: links and codes are in it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Letter {
    /// To a recipient: something was sent to you, with the link that opens it.
    Invitation {
        /// What it invites to.
        #[serde(flatten)]
        about: About,
        /// Path and fragment of the recipient's link, from `/` on.
        link: String,
    },
    /// To a recipient who has not opened it: look for the mail with the link, which the server has forgotten. From level 3
    /// on no link's secret is needed, and so it leads there itself.
    Reminder {
        /// What it reminds of.
        #[serde(flatten)]
        about: About,
        /// The delivery; unknown to reminders that an earlier version wrote.
        #[serde(default)]
        delivery: Option<DeliveryId>,
        /// When the invitation was sent.
        sent: UnixSeconds,
    },
    /// To a recipient who waited: the sender has released it.
    Released {
        /// What was released.
        #[serde(flatten)]
        about: About,
        /// The delivery.
        delivery: DeliveryId,
    },
    /// To a sender: a recipient has keys now, and waits for a release.
    ReleaseNeeded {
        /// Who: the account's address.
        recipient: String,
        /// How many deliveries wait for them.
        deliveries: u32,
        /// Had they keys before, which are lost?
        reset: bool,
        /// To a deputy: the sender's display name.
        #[serde(default)]
        in_place_of: Option<String>,
    },
    /// To a sender: somebody still waits for a release.
    ReleaseReminder {
        /// How many people do.
        people: u32,
    },
    /// To somebody of the staff: they may release deliveries in a colleague's place.
    DeputyNamed {
        /// The colleague's display name.
        sender: String,
        /// The first second in which they may not any more.
        until: UnixSeconds,
    },
    /// To whoever wants to register or to have a new password: proves that they read this mailbox.
    Code {
        /// What it is for.
        purpose: Purpose,
        /// As it is typed.
        code: String,
        /// How long it is good.
        minutes: u32,
    },
    /// Somebody wanted to register with an address that has an account.
    HasAccount,
    /// The account's password was changed.
    PasswordChanged {
        /// When.
        at: UnixSeconds,
    },
    /// The account's SecuPass was changed, or its keys were replaced.
    SecuPassChanged {
        /// Were the old keys lost?
        reset: bool,
        /// When.
        at: UnixSeconds,
    },
    /// What the account asks for besides the password was changed.
    SecondFactorChanged {
        /// What happened to it.
        change: FactorChange,
        /// When.
        at: UnixSeconds,
    },
    /// A recovery code was shown instead of the second factor, and is used up.
    RecoveryCodeUsed {
        /// When.
        at: UnixSeconds,
    },
    /// The account was used where it was not used before.
    NewLogin {
        /// Browser and system, as far as they tell.
        agent: String,
        /// When.
        at: UnixSeconds,
    },
    /// To whoever wants to submit something: proves that they read this mailbox, with the link that lets them.
    Ticket {
        /// The box's title.
        title: String,
        /// The owner's display name.
        owner: String,
        /// Path and fragment of the link, from `/` on.
        link: String,
        /// Until when something can be begun with it.
        expires: UnixSeconds,
    },
    /// To whom the owner of a box asks for something.
    Request {
        /// The box's title.
        title: String,
        /// The owner's display name.
        owner: String,
        /// The owner's address, where a reply to the mail goes.
        owner_email: String,
        /// What the owner wrote for this mail, in the open.
        note: Option<String>,
        /// Path and fragment of the link, from `/` on.
        link: String,
        /// When it is due.
        due: Option<UnixSeconds>,
        /// Until when something can be begun with it.
        expires: UnixSeconds,
    },
    /// To who has sent nothing by then: look for the mail with the link, which the server has forgotten.
    RequestReminder {
        /// The owner's display name.
        owner: String,
        /// The owner's address, where a reply to the mail goes.
        owner_email: String,
        /// When the owner asked.
        asked: UnixSeconds,
        /// Did the server mail the link?
        mailed: bool,
        /// When it was due.
        due: UnixSeconds,
        /// Until when something can be begun with it.
        expires: UnixSeconds,
    },
    /// To the owner of a box: something was submitted.
    Submission {
        /// The box's title.
        title: String,
        /// The submitter's address.
        sender: String,
        /// How many files; none when it is its message alone.
        files: u32,
        /// Bytes of their ciphertext.
        bytes: u64,
        /// What opens it, from `/` on.
        link: String,
        /// When it ends.
        expires: UnixSeconds,
    },
    /// To a submitter: it has arrived.
    Submitted {
        /// The box's title.
        title: String,
        /// How many files; none when it is its message alone.
        files: u32,
        /// Bytes of their ciphertext.
        bytes: u64,
        /// When.
        at: UnixSeconds,
        /// What is stored of it, as one hash.
        digest: String,
        /// The fingerprint of the key that it is sealed to, as the submitter's browser says.
        #[serde(default)]
        key: Option<String>,
        /// Had the owner asked for it?
        request: bool,
    },
    /// To a submitter: the owner has collected it.
    SubmissionCollected {
        /// The box's title.
        title: String,
        /// How many files; none when it is its message alone.
        files: u32,
        /// When.
        at: UnixSeconds,
    },
    /// To a submitter: the owner has answered, for the card of the receipt.
    AnswerWaiting {
        /// The answer.
        #[serde(flatten)]
        about: About,
        /// The box's title.
        title: String,
    },
    /// To a sender: somebody has collected files.
    Collected {
        /// Who: the address that it was sent to, or that they typed.
        recipient: String,
        /// The delivery.
        delivery: DeliveryId,
        /// How many files; none when the delivery is its message alone.
        files: u32,
        /// When.
        at: UnixSeconds,
    },
}

/// A delivery as its recipient is told of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// How well it is protected.
    pub level: Level,
    /// The sender's display name.
    pub sender: String,
    /// The sender's address, where a reply to the mail goes.
    pub sender_email: String,
    /// What the sender wrote for this mail, in the open.
    pub note: Option<String>,
    /// When the delivery ends.
    pub expires: UnixSeconds,
    /// Is a password needed, which the sender tells by another way?
    pub password: bool,
    /// Is it an answer to a delivery of the recipient's own?
    pub answer: bool,
    /// What the recipient does not have yet.
    #[serde(default)]
    pub lacks: Lacks,
    /// Has the sender an invitation code for them?
    #[serde(default)]
    pub code: bool,
}

/// What a recipient needs first before a delivery opens, as it was when the letter was written; what comes after that is needed
/// as well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lacks {
    /// An account. So say letters that an earlier version wrote.
    #[default]
    Account,
    /// A SecuPass.
    Keys,
    /// The sender's release.
    Release,
    /// Only to open it.
    Nothing,
}

impl Lacks {
    /// The first of these that is not there.
    pub(crate) fn first(has_account: bool, has_keys: bool, released: bool) -> Self {
        match (has_account, has_keys, released) {
            (false, ..) => Self::Account,
            (true, false, _) => Self::Keys,
            (true, true, false) => Self::Release,
            (true, true, true) => Self::Nothing,
        }
    }
}

/// What happened to what an account asks for besides its password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorChange {
    /// An authenticator app was set up.
    AppAdded,
    /// The authenticator app was removed.
    AppRemoved,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
    /// New recovery codes replaced the old ones.
    RecoveryCodes,
}

impl Letter {
    /// What kind it is, in one word for logs and database.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Invitation { .. } => "invitation",
            Self::Reminder { .. } => "reminder",
            Self::Released { .. } => "released",
            Self::ReleaseNeeded { .. } => "release_needed",
            Self::ReleaseReminder { .. } => "release_reminder",
            Self::DeputyNamed { .. } => "deputy_named",
            Self::Code { .. } => "code",
            Self::HasAccount => "has_account",
            Self::PasswordChanged { .. } => "password_changed",
            Self::SecuPassChanged { .. } => "secupass_changed",
            Self::SecondFactorChanged { .. } => "second_factor_changed",
            Self::RecoveryCodeUsed { .. } => "recovery_code_used",
            Self::NewLogin { .. } => "new_login",
            Self::Ticket { .. } => "ticket",
            Self::Request { .. } => "request",
            Self::RequestReminder { .. } => "request_reminder",
            Self::Submission { .. } => "submission",
            Self::Submitted { .. } => "submitted",
            Self::SubmissionCollected { .. } => "submission_collected",
            Self::AnswerWaiting { .. } => "answer_waiting",
            Self::Collected { .. } => "collected",
        }
    }

    /// When it would be of no use any more, if it was written at `created`.
    pub fn useless_from(&self, created: UnixSeconds) -> Option<UnixSeconds> {
        match self {
            Self::Invitation { about, .. }
            | Self::Reminder { about, .. }
            | Self::Released { about, .. }
            | Self::AnswerWaiting { about, .. } => Some(about.expires),
            Self::Ticket { expires, .. }
            | Self::Request { expires, .. }
            | Self::RequestReminder { expires, .. }
            | Self::Submission { expires, .. } => Some(*expires),
            Self::Code { minutes, .. } => Some(created.saturating_add(i64::from(*minutes) * 60)),
            _ => None,
        }
    }

    /// Is it a notice that its reader could do without, and says so with a way to stop it? What warns of somebody else in
    /// the account is none: who has got in must not be able to stop it.
    pub fn is_notice(&self) -> bool {
        matches!(self, Self::Collected { .. })
    }
}
