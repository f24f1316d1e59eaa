//! How far a delivery is with one recipient: one state machine for server and browser.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Level, UnixSeconds};

/// How far a delivery is with one recipient. Outside this module a state comes from [`RecipientState::new`] and
/// [`RecipientState::after`] or from the wire, so none is reached by a way that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum RecipientState {
    /// Nobody has an account with this address yet.
    #[non_exhaustive]
    NeedsAccount,
    /// The account has no keys yet.
    #[non_exhaustive]
    NeedsKeys,
    /// The account has keys, and the sender has not granted the delivery's to them.
    #[non_exhaustive]
    NeedsRelease,
    /// It can be opened.
    #[non_exhaustive]
    Ready,
    /// It was opened.
    #[non_exhaustive]
    Opened {
        /// First time.
        at: UnixSeconds,
    },
    /// All of its files are with the recipient.
    #[non_exhaustive]
    Collected {
        /// When the last of them was.
        at: UnixSeconds,
    },
    /// Its time is over.
    #[non_exhaustive]
    Expired {
        /// Since when.
        at: UnixSeconds,
        /// Was it collected before?
        collected: bool,
    },
    /// Its sender took it back.
    #[non_exhaustive]
    Revoked {
        /// Since when.
        at: UnixSeconds,
        /// Was it opened before?
        opened: bool,
    },
}

/// What happens to a delivery on its way to one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Somebody made an account with the address.
    Registered,
    /// The account has keys now.
    Activated,
    /// The sender granted the delivery's keys to the recipient's, or an invitation code did the same.
    Released,
    /// It was opened.
    Opened(UnixSeconds),
    /// The last of its files was verified to its end.
    Collected(UnixSeconds),
    /// The recipient lost their keys and has others.
    Reset,
    /// Its time is over.
    Expired(UnixSeconds),
    /// Its sender took it back.
    Revoked(UnixSeconds),
}

impl RecipientState {
    /// Where a delivery begins.
    pub const fn new(level: Level) -> Self {
        if level.needs_account() { Self::NeedsAccount } else { Self::Ready }
    }

    /// Where it is after this step; `None` when the step cannot be taken from here. Opening and collecting again is
    /// allowed and changes nothing: the first time counts.
    #[must_use]
    pub const fn after(self, level: Level, step: Step) -> Option<Self> {
        match (self, step) {
            (Self::NeedsAccount, Step::Registered) => {
                Some(if level.needs_keys() { Self::NeedsKeys } else { Self::Ready })
            }
            (Self::NeedsKeys, Step::Activated) => Some(Self::NeedsRelease),
            (Self::NeedsRelease, Step::Released) => Some(Self::Ready),
            (Self::Ready, Step::Opened(at)) => Some(Self::Opened { at }),
            (Self::Opened { .. }, Step::Collected(at)) => Some(Self::Collected { at }),
            (Self::Opened { .. } | Self::Collected { .. }, Step::Opened(_))
            | (Self::Collected { .. }, Step::Collected(_)) => Some(self),
            (
                Self::NeedsRelease | Self::Ready | Self::Opened { .. } | Self::Collected { .. },
                Step::Reset,
            ) if level.needs_keys() => Some(Self::NeedsRelease),
            (
                Self::NeedsAccount | Self::NeedsKeys | Self::NeedsRelease | Self::Ready | Self::Opened { .. },
                Step::Expired(at),
            ) => Some(Self::Expired { at, collected: false }),
            (Self::Collected { .. }, Step::Expired(at)) => Some(Self::Expired { at, collected: true }),
            (Self::NeedsAccount | Self::NeedsKeys | Self::NeedsRelease | Self::Ready, Step::Revoked(at)) => {
                Some(Self::Revoked { at, opened: false })
            }
            (Self::Opened { .. } | Self::Collected { .. }, Step::Revoked(at)) => {
                Some(Self::Revoked { at, opened: true })
            }
            _ => None,
        }
    }

    /// Can it be opened now?
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Ready | Self::Opened { .. } | Self::Collected { .. })
    }
}
