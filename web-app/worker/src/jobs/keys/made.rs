//! Keys that are made: the first ones, others in their place, or another recovery code for the same. SPEC §13.

use std::cell::RefCell;

use blob_api::{AccountKeys, Opaque, StoreKeys};
use crypto_core::{
    id::AccountId,
    identity::{Card, Identity, RecoveryCode},
    login::LoginName,
    vault::Vault,
};
use web_model::{
    protocol::{Failure, Making, Owner, Secret},
    secupass::KeysFault,
};

use super::{Keys, Stop, chosen, is_another, lock, open, opened_by, rng, seal_failure};

/// Whose keys they are, and what their browser knows.
#[derive(Clone, Copy)]
pub(super) struct Owned<'a> {
    pub(super) owner: &'a Owner,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub(super) now: u64,
    /// The latest version of the vault that this browser has seen.
    pub(super) seen: u32,
}

impl Owned<'_> {
    fn account(self) -> AccountId {
        AccountId(self.owner.account.0)
    }

    fn identity(self, generation: u32) -> Result<Identity, Stop> {
        let name = LoginName::new(&self.owner.email).map_err(|_| Failure::Internal)?;
        Identity::create(self.account(), &name, generation, self.now, &mut rng()).map_err(seal_failure)
    }
}

/// What was made: open keys, the recovery code, and what the server gets once the code was typed.
type Made = (Keys, RecoveryCode, StoreKeys);

pub(super) fn run(owned: Owned<'_>, stored: Option<&AccountKeys>, making: &Making) -> Result<Made, Stop> {
    match (making, stored) {
        (Making::First { secupass }, None) => {
            // What this browser has seen is there, whatever the server says.
            if owned.seen > 0 {
                return Err(KeysFault::Gone.into());
            }
            let fresh =
                Fresh { identity: owned.identity(1)?, vault: Vault::after(0), replaces: 0, reset: false };
            fresh.locked(owned, secupass)
        }
        (Making::First { .. }, Some(_)) => Err(KeysFault::ChangedElsewhere.into()),
        (_, None) => Err(KeysFault::Gone.into()),
        (Making::Rotated { opener, secupass }, Some(stored)) => {
            is_another(opener, secupass)?;
            let key = opened_by(owned.owner, stored, opener)?;
            let Keys { identity, vault, .. } = open(owned.owner, stored, key, owned.seen)?;
            let identity = identity.rotate(owned.now, &mut rng()).map_err(|_| KeysFault::TooOften)?;
            let fresh =
                Fresh { identity, vault: vault.into_inner(), replaces: stored.revision, reset: false };
            fresh.locked(owned, secupass)
        }
        (Making::Reset { secupass }, Some(stored)) => {
            // Other browsers have seen the vault that is lost: the new one follows it.
            if stored.vault.version < owned.seen {
                return Err(KeysFault::RolledBack.into());
            }
            let last = stored.cards.last().and_then(|card| Card::parse(&card.0).ok());
            let generation =
                last.and_then(|card| card.generation().checked_add(1)).ok_or(KeysFault::Damaged)?;
            let vault = Vault::after(stored.vault.version);
            let identity = owned.identity(generation)?;
            Fresh { identity, vault, replaces: stored.revision, reset: true }.locked(owned, secupass)
        }
        (Making::Code { opener }, Some(stored)) => {
            let key = opened_by(owned.owner, stored, opener)?;
            let open = open(owned.owner, stored, key, owned.seen)?;
            let (code, recovery) = code(&open.identity, owned)?;
            let store = StoreKeys {
                replaces: stored.revision,
                card: Opaque(open.identity.card().as_bytes().to_vec()),
                identity: stored.identity.clone(),
                secupass: stored.secupass.clone(),
                recovery,
                vault: open.seal_vault()?,
                reset: false,
            };
            Ok((open, code, store))
        }
    }
}

/// Keys that no lock opens yet.
struct Fresh {
    identity: Identity,
    vault: Vault,
    /// What they take the place of.
    replaces: u32,
    reset: bool,
}

impl Fresh {
    /// Locks them with a SecuPass and a new recovery code.
    fn locked(self, owned: Owned<'_>, secupass: &Secret) -> Result<Made, Stop> {
        let Self { identity, vault, replaces, reset } = self;
        let secupass = chosen(secupass)?;
        let keys = Keys { identity, vault: RefCell::new(vault), unproved: RefCell::new(None) };
        let identity = &keys.identity;
        let (code, recovery) = code(identity, owned)?;
        let store = StoreKeys {
            replaces,
            card: Opaque(identity.card().as_bytes().to_vec()),
            identity: Opaque(identity.seal(&mut rng()).map_err(seal_failure)?),
            secupass: Opaque(lock(identity, owned.account(), &secupass)?),
            recovery,
            vault: keys.seal_vault()?,
            reset,
        };
        Ok((keys, code, store))
    }
}

/// A recovery code, and the lock that it opens.
fn code(identity: &Identity, owned: Owned<'_>) -> Result<(RecoveryCode, Opaque), Stop> {
    let code = RecoveryCode::generate(&mut rng());
    let lock = identity.key().lock_with_code(owned.account(), &code, &mut rng()).map_err(seal_failure)?;
    Ok((code, Opaque(lock)))
}
