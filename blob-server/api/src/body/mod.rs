//! Every JSON body.

mod account;
mod boxes;
mod delivery;
mod deputy;
mod keys;
mod request;
mod submit;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use account::*;
pub use boxes::*;
pub use delivery::*;
pub use deputy::*;
pub use keys::*;
pub use request::*;
pub use submit::*;

/// What this server is and allows; the answer to `GET` [`crate::path::INSTANCE`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Instance {
    /// The operator's name for this server, shown in the page header.
    pub name: String,
    /// Version of the software.
    pub version: String,
    /// False until the first admin exists.
    pub set_up: bool,
    /// Limits that the browser checks before it sends, and the server again.
    pub limits: Limits,
    /// At level 4 browsers grant only to keys whose words were compared, or that an invitation code has proved.
    pub level_4_needs_proof: bool,
}

/// What may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Limits {
    /// Largest plaintext file in bytes.
    pub file_bytes: u64,
    /// Largest sum of all files of one delivery in bytes.
    pub delivery_bytes: u64,
    /// Most files in one delivery.
    pub files: u32,
    /// Most recipients of one delivery.
    pub recipients: u16,
    /// Days a delivery lives unless its sender chooses.
    pub default_days: u16,
    /// Most days a sender may choose; the least is 1.
    pub max_days: u16,
}

/// How well a delivery is protected; see the table in the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Level {
    /// Whoever has the link (and the password, if there is one) can open it.
    One,
    /// The link, and an account with the address that it was sent to.
    Two,
    /// As two, and the files are sealed to the recipients' keys.
    Three,
    /// Everything is sealed to the recipients' keys.
    Four,
}

impl Level {
    /// Every level, the lowest first.
    pub const ALL: &[Self] = &[Self::One, Self::Two, Self::Three, Self::Four];

    /// Must a recipient have an account with the address that it was sent to?
    pub const fn needs_account(self) -> bool {
        match self {
            Self::One => false,
            Self::Two | Self::Three | Self::Four => true,
        }
    }

    /// Must a recipient have keys, to which the sender's keys for it are granted?
    pub const fn needs_keys(self) -> bool {
        match self {
            Self::One | Self::Two => false,
            Self::Three | Self::Four => true,
        }
    }

    /// Is there a cover, which a link opens? Otherwise everything is in the sealed part, and links carry no secret.
    pub const fn has_cover(self) -> bool {
        match self {
            Self::One | Self::Two | Self::Three => true,
            Self::Four => false,
        }
    }
}

impl TryFrom<u8> for Level {
    type Error = &'static str;
    fn try_from(number: u8) -> Result<Self, Self::Error> {
        match number {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            3 => Ok(Self::Three),
            4 => Ok(Self::Four),
            _ => Err("unknown level"),
        }
    }
}
impl From<Level> for u8 {
    fn from(level: Level) -> Self {
        match level {
            Level::One => 1,
            Level::Two => 2,
            Level::Three => 3,
            Level::Four => 4,
        }
    }
}

/// What an account is for. What each role may do is the operator's policy, told as [`Rights`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Someone from outside: opens what is sent to them, and answers it.
    Guest,
    /// Someone from outside who may also start deliveries to staff.
    Partner,
    /// Starts deliveries to anyone.
    Staff,
    /// Staff who also manages users and settings.
    Admin,
}

/// What the policy allows an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rights {
    /// To whom it may start deliveries. Answers are always allowed.
    pub reach: Reach,
    /// Levels it may use, the lowest first; never empty.
    pub levels: Vec<Level>,
    /// The one of them that is preselected.
    pub level: Level,
}

/// To whom an account may start deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// To nobody.
    Nobody,
    /// To staff and admins of this server.
    Staff,
    /// To any address.
    Anyone,
}

/// A language that pages and mails are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// German.
    De,
    /// English.
    En,
}
