//! What concerns the key of a submit box.

use serde::{Deserialize, Serialize};

use super::Fingerprint;

/// A box that may be sealed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoxLook {
    /// What people compare where no link names the key.
    pub fingerprint: Fingerprint,
    /// What stands after `#` in the link of this box. It is no secret.
    pub fragment: String,
    /// Did a link name this key? Otherwise the server alone says whose box it is.
    pub named: bool,
}

/// Why nothing may be sent into a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BoxFault {
    /// What stands after `#` in the link names no key.
    BrokenLink,
    /// The server shows another key than the one that the link names.
    OtherKey,
    /// The server shows a key that is older than it may be.
    Expired,
    /// What the server shows is no key of a box.
    Damaged,
}
