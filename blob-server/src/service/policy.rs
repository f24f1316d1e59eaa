//! What each role may do.

use blob_api::{Level, Reach, Rights, Role};

/// What the policy allows an account with this role.
pub(super) fn rights(role: Role) -> Rights {
    let reach = match role {
        Role::Guest => Reach::Nobody,
        Role::Partner => Reach::Staff,
        Role::Staff | Role::Admin => Reach::Anyone,
    };
    Rights { reach, levels: Level::ALL.to_vec(), level: Level::One }
}
