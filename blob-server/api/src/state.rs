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
    /// It was opened.
    Opened(UnixSeconds),
    /// The last of its files was verified to its end.
    Collected(UnixSeconds),
    /// Its time is over.
    Expired(UnixSeconds),
    /// Its sender took it back.
    Revoked(UnixSeconds),
}

impl RecipientState {
    /// Where a delivery begins.
    pub const fn new(level: Level, has_account: bool) -> Self {
        if level.needs_account() && !has_account { Self::NeedsAccount } else { Self::Ready }
    }

    /// Where it is after this step; `None` when the step cannot be taken from here. Opening and collecting again is
    /// allowed and changes nothing: the first time counts.
    #[must_use]
    pub const fn after(self, step: Step) -> Option<Self> {
        match (self, step) {
            (Self::NeedsAccount, Step::Registered) => Some(Self::Ready),
            (Self::Ready, Step::Opened(at)) => Some(Self::Opened { at }),
            (Self::Opened { .. }, Step::Collected(at)) => Some(Self::Collected { at }),
            (Self::Opened { .. } | Self::Collected { .. }, Step::Opened(_))
            | (Self::Collected { .. }, Step::Collected(_)) => Some(self),
            (Self::NeedsAccount | Self::Ready | Self::Opened { .. }, Step::Expired(at)) => {
                Some(Self::Expired { at, collected: false })
            }
            (Self::Collected { .. }, Step::Expired(at)) => Some(Self::Expired { at, collected: true }),
            (Self::NeedsAccount | Self::Ready, Step::Revoked(at)) => {
                Some(Self::Revoked { at, opened: false })
            }
            (Self::Opened { .. } | Self::Collected { .. }, Step::Revoked(at)) => {
                Some(Self::Revoked { at, opened: true })
            }
            (Self::NeedsAccount, Step::Opened(_) | Step::Collected(_))
            | (Self::Ready, Step::Collected(_))
            | (Self::Ready | Self::Opened { .. } | Self::Collected { .. }, Step::Registered)
            | (Self::Expired { .. } | Self::Revoked { .. }, _) => None,
        }
    }

    /// Can it be opened now?
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Ready | Self::Opened { .. } | Self::Collected { .. })
    }
}
