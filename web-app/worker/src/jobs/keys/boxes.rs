//! The keys of the account's own box. SPEC §18.1.

use blob_api::Opaque;
use crypto_core::{
    id::BoxId,
    identity::Fingerprint,
    submit_box::{self, BoxCard, BoxKeys},
};
use web_model::{
    protocol::{BoxLook, Failure, KeysAnswer},
    secupass::KeysFault,
};

use super::{Keys, Stop, people, seal_failure};
use crate::jobs::rng;

/// Seconds after which a box gets another KEM key: about a month.
const RENEWAL: u64 = 30 * 86_400;

impl Keys {
    /// Makes keys of a box, in place of those that were there for it.
    pub(super) fn make_box(&self, id: BoxId, now: u64) -> Result<KeysAnswer, Stop> {
        let (keys, card) = BoxKeys::create(self.identity(), id, now, &mut rng()).map_err(seal_failure)?;
        let look = look_of(&keys);
        self.vault().keep_box(keys).map_err(|_| KeysFault::VaultFull)?;
        self.with_card(card, look)
    }

    /// Looks whether the box shows what it should, and makes another card if not: when the last one is old, when the server
    /// shows another or none, and when it names keys of ours that were replaced.
    pub(super) fn renew_box(
        &self,
        id: BoxId,
        shown: Option<&Opaque>,
        keep: u64,
        now: u64,
    ) -> Result<KeysAnswer, Stop> {
        let (card, look) = {
            let mut vault = self.vault();
            let Some(keys) = vault.box_keys(id) else { return Ok(KeysAnswer::BoxLost) };
            let look = look_of(keys);
            let is_good = |card: &BoxCard| {
                keys.is_latest(card)
                    && card.owner() == self.identity().card().fingerprint()
                    && now < card.created().saturating_add(RENEWAL)
            };
            if shown.is_some_and(|shown| BoxCard::parse(&shown.0).is_ok_and(|card| is_good(&card))) {
                return Ok(KeysAnswer::BoxStands(look));
            }
            (keys.renew(self.identity(), now, keep, &mut rng()).map_err(seal_failure)?, look)
        };
        self.with_card(card, look)
    }

    /// What the link of a box names, if its keys are there.
    pub(in crate::jobs) fn box_fingerprint(&self, id: BoxId) -> Option<Fingerprint> {
        self.vault().box_keys(id).map(|keys| keys.fingerprint())
    }

    /// Forgets the keys of a box, and with them what was sent into it.
    pub(super) fn forget_box(&self, id: BoxId) -> Result<KeysAnswer, Failure> {
        self.vault().forget_box(id);
        Ok(KeysAnswer::Remembered(self.seal_vault()?))
    }

    fn with_card(&self, card: BoxCard, look: BoxLook) -> Result<KeysAnswer, Stop> {
        Ok(KeysAnswer::BoxCard { card: Opaque(card.as_bytes().to_vec()), look, vault: self.seal_vault()? })
    }
}

/// As the owner sees it, who knows it better than any link.
fn look_of(keys: &BoxKeys) -> BoxLook {
    let fingerprint = keys.fingerprint();
    BoxLook {
        fingerprint: people::shown(&fingerprint),
        fragment: submit_box::fragment(&fingerprint),
        named: true,
    }
}
