//! What each role may do, and who may have which.

use blob_api::{Level, Reach, Rights, Role};
use crypto_core::login::LoginName;

use super::{Error, Service};
use crate::config::Settings;

/// What the policy allows an account with this role.
pub(super) fn rights(role: Role, settings: &Settings) -> Rights {
    let (reach, levels, level) = match role {
        // They only answer, which they do at the level of what they answer.
        Role::Guest => (Reach::Nobody, Level::ALL.to_vec(), Level::One),
        Role::Partner => (Reach::Staff, settings.partner_levels.0.clone(), settings.partner_level),
        Role::Staff | Role::Admin => (Reach::Anyone, settings.staff_levels.0.clone(), settings.staff_level),
    };
    Rights { reach, levels, level }
}

impl Service {
    /// As what somebody with this address may register; `None`: not at all.
    pub(super) async fn may_register(&self, name: &LoginName) -> Result<Option<Role>, Error> {
        if self.settings.staff_domains.has(name) {
            return Ok(Some(Role::Staff));
        }
        if self.settings.partner_domains.has(name) {
            return Ok(Some(Role::Partner));
        }
        let awaits = self.meta.awaits_delivery(name.as_str(), self.clock.now()).await?;
        Ok(awaits.then_some(Role::Guest))
    }
}
