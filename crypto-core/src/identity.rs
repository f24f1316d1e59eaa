//! Who somebody is to others, and what only they can open: an identity, its card, and what keeps it. SPEC §13.
//!
//! ```text
//! SecuPass ─ Argon2id ─┐
//!                      ├─ lock: wraps the account's key, 32 random bytes
//! recovery code ─ HKDF ┘      │
//!                             ├─ identity key ► seeds: Ed25519, X-Wing, both random
//!                             └─ vault key    ► pins, link secrets, invitations     (crate::vault)
//! ```
//!
//! | what happens | what is made |
//! |---|---|
//! | a SecuPass is chosen | [`Identity::create`], a lock for it and one for a recovery code |
//! | it is changed | a lock; nothing else |
//! | it may be known to others | [`Identity::rotate`]: new keys, the card signed by the old ones too; new locks and vault |
//! | it is forgotten | [`AccountKey::unlock_with_code`], then a lock for a new one |
//! | all is lost | [`Identity::create`] with the next generation: nothing is carried over |

mod card;
mod fingerprint;
mod lock;
mod recovery;
mod sealed;

pub use card::{Card, CardHash, MAX_CARD_BYTES};
pub use fingerprint::Fingerprint;
pub use lock::{AccountKey, LOCK_BYTES};
pub use recovery::RecoveryCode;
pub use sealed::MAX_SEALED_IDENTITY_BYTES;

use rand_core::CryptoRng;

use crate::error::{SealError, UnlockError};
use crate::id::AccountId;
use crate::login::LoginName;
use crate::suite::kem::KemSeed;
use crate::suite::sign::{SignatureKey, SigningSeed};
use card::Body;

/// Most earlier generations whose keys are kept.
const MAX_FORMER: usize = 32;

/// An unlocked identity: private keys and the card that shows their public halves. It has no `Debug`.
pub struct Identity {
    key: AccountKey,
    signing: SigningSeed,
    kem: KemSeed,
    card: Card,
    /// What opens that which was sealed before the keys were rotated, oldest first.
    former: Vec<Former>,
}

/// What is kept of an earlier generation: enough to open, not enough to sign.
struct Former {
    fingerprint: Fingerprint,
    signing: SignatureKey,
    kem: KemSeed,
}

impl Identity {
    /// A new identity: all keys random. `generation` is 1, or after a reset one more than that of the card the server
    /// showed, so that those who know that card do not take the new one for an old one.
    ///
    /// # Errors
    /// [`SealError::CipherFailed`].
    pub fn create(
        account: AccountId,
        email: &LoginName,
        generation: u32,
        created: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, SealError> {
        let signing = SigningSeed::build(|seed| rng.fill_bytes(seed));
        let kem = KemSeed::build(|seed| rng.fill_bytes(seed));
        let body = Body {
            account,
            email: email.clone(),
            generation,
            signing: signing.public(),
            kem: kem.public().ok_or(SealError::CipherFailed)?,
            created,
            previous: None,
        };
        let card = Card::sign(body, &signing, None)?;
        Ok(Self { key: AccountKey::generate(rng), signing, kem, card, former: Vec::new() })
    }

    /// New keys in place of these, in the next generation. Both sign the new card, so those who trust the old one follow.
    /// What was sealed to the old keys still opens; locks and vault must be made anew.
    ///
    /// # Errors
    /// [`SealError::TooLarge`] after the thirty-second time, [`SealError::CipherFailed`].
    pub fn rotate(self, created: u64, rng: &mut impl CryptoRng) -> Result<Self, SealError> {
        let generation = self.card.generation().checked_add(1).ok_or(SealError::TooLarge)?;
        if self.former.len() >= MAX_FORMER {
            return Err(SealError::TooLarge);
        }
        let signing = SigningSeed::build(|seed| rng.fill_bytes(seed));
        let kem = KemSeed::build(|seed| rng.fill_bytes(seed));
        let body = Body {
            account: self.card.account(),
            email: self.card.email().clone(),
            generation,
            signing: signing.public(),
            kem: kem.public().ok_or(SealError::CipherFailed)?,
            created,
            previous: Some(self.card.hash()),
        };
        let card = Card::sign(body, &signing, Some(&self.signing))?;
        let mut former = self.former;
        former.push(Former {
            fingerprint: self.card.fingerprint(),
            signing: self.card.signing(),
            kem: self.kem,
        });
        Ok(Self { key: AccountKey::generate(rng), signing, kem, card, former })
    }

    /// The identity that these seeds give: account key, Ed25519, X-Wing. For one who has no account, so nothing of it is kept.
    pub(crate) fn from_seeds(
        [key, signing, kem]: [&[u8; 32]; 3],
        account: AccountId,
        email: &LoginName,
    ) -> Result<Self, SealError> {
        let signing = SigningSeed::build(|seed| *seed = *signing);
        let kem = KemSeed::build(|seed| *seed = *kem);
        let body = Body {
            account,
            email: email.clone(),
            generation: 1,
            signing: signing.public(),
            kem: kem.public().ok_or(SealError::CipherFailed)?,
            created: 0,
            previous: None,
        };
        let card = Card::sign(body, &signing, None)?;
        Ok(Self { key: AccountKey::build(|bytes| *bytes = *key), signing, kem, card, former: Vec::new() })
    }

    /// The identity with these keys: for the test cases, whose people have known ones.
    pub(crate) fn with_keys(
        [key, signing, kem]: [[u8; 32]; 3],
        card: Card,
        former: Vec<Self>,
    ) -> Result<Self, UnlockError> {
        let seeds = (SigningSeed::build(|seed| *seed = signing), KemSeed::build(|seed| *seed = kem));
        let former = former.into_iter().map(|former| Former {
            fingerprint: former.card.fingerprint(),
            signing: former.card.signing(),
            kem: former.kem,
        });
        Self::assemble(AccountKey::build(|bytes| *bytes = key), seeds, card, former.collect())
    }

    /// What others are shown.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// The key under everything, for making locks.
    pub fn key(&self) -> &AccountKey {
        &self.key
    }

    /// Account key and private seeds, each with its name.
    #[cfg(feature = "canaries")]
    pub fn canaries(&self) -> [(&'static str, [u8; 32]); 3] {
        let (key, signing, kem) = (self.key.expose(), self.signing.expose(), self.kem.expose());
        [("account key", *key), ("Ed25519 seed", *signing), ("X-Wing seed", *kem)]
    }

    pub(crate) fn signing(&self) -> &SigningSeed {
        &self.signing
    }

    /// The private key that belongs to one of our fingerprints, now or earlier.
    pub(crate) fn kem_of(&self, fingerprint: &Fingerprint) -> Option<&KemSeed> {
        if *fingerprint == self.card.fingerprint() {
            return Some(&self.kem);
        }
        self.former.iter().find(|former| former.fingerprint == *fingerprint).map(|former| &former.kem)
    }

    /// The signature key that belongs to one of our fingerprints, now or earlier.
    pub(crate) fn signing_key_of(&self, fingerprint: &Fingerprint) -> Option<SignatureKey> {
        if *fingerprint == self.card.fingerprint() {
            return Some(self.card.signing());
        }
        self.former.iter().find(|former| former.fingerprint == *fingerprint).map(|former| former.signing)
    }
}
