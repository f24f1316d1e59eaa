//! The identity as the server keeps it: sealed under the account's key.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{Former, Identity, MAX_FORMER};
use crate::codec::{DecodeError, Read, WriteError, Writer, decode_exactly, take};
use crate::error::{CardError, ParseError, SealError, UnlockError};
use crate::id::AccountId;
use crate::identity::{AccountKey, Card, Fingerprint};
use crate::label::Label;
use crate::suite::kem::KemSeed;
use crate::suite::sign::{SignatureKey, SigningSeed};
use crate::suite::{self, SUITE};
use crate::wrap;

const VERSION: u8 = 1;
const HEADER_BYTES: usize = 92;
const PREFIX: [u8; 8] = [b'S', b'G', b'I', b'1', SUITE, 0, 0, 0];
/// The longest sealed identity in bytes: one that was rotated as often as it can be.
pub const MAX_SEALED_IDENTITY_BYTES: usize = 4096;

/// What is sealed.
struct Seeds {
    signing: SigningSeed,
    kem: KemSeed,
    former: Vec<Former>,
}

impl Identity {
    /// Seals the private keys, with a new salt.
    ///
    /// > SPEC §13.5: `sealed = wrap(identity key, "SGI1" | suite | 0x000000 | account 16 B | generation u32be |
    /// > SHA-256(card) 32 B | salt 32 B, seeds)`
    ///
    /// # Errors
    /// [`SealError::CipherFailed`].
    pub fn seal(&self, rng: &mut impl CryptoRng) -> Result<Vec<u8>, SealError> {
        let mut header = [0; HEADER_BYTES];
        header[..8].copy_from_slice(&PREFIX);
        header[8..24].copy_from_slice(&self.card.account().0);
        header[24..28].copy_from_slice(&self.card.generation().to_be_bytes());
        header[28..60].copy_from_slice(&self.card.hash().0);
        rng.fill_bytes(&mut header[60..]);
        let seeds = encode(&self.signing, &self.kem, &self.former).map_err(|_| SealError::BadInput)?;
        let key = self.key.derive(Label::IdentityKey, self.card.account());
        wrap::wrap(key.expose(), &header, &Zeroizing::new(seeds))
    }

    /// Opens what [`Identity::seal`] made, and compares it with the card that the server shows.
    ///
    /// > SPEC §13.5, order of checks: version and suite → account → the card's form and signature → account, generation
    /// > and hash of the card → commitment → tag → seeds → public keys, computed again, are the card's.
    ///
    /// # Errors
    /// [`UnlockError::KeysDiffer`] when the card is not that of the keys, [`UnlockError::UnknownFormat`],
    /// [`UnlockError::Damaged`].
    pub fn open(
        key: AccountKey,
        account: AccountId,
        sealed: &[u8],
        card: &[u8],
    ) -> Result<Self, UnlockError> {
        if sealed.len() > MAX_SEALED_IDENTITY_BYTES {
            return Err(UnlockError::Damaged);
        }
        let mut rest = sealed;
        let prefix = *take::<8>(&mut rest).map_err(|_| UnlockError::Damaged)?;
        if prefix[..3] != PREFIX[..3] || !prefix[3].is_ascii_digit() {
            return Err(UnlockError::Damaged);
        }
        if prefix != PREFIX {
            return Err(UnlockError::UnknownFormat);
        }
        if *take::<16>(&mut rest).map_err(|_| UnlockError::Damaged)? != account.0 {
            return Err(UnlockError::Damaged);
        }
        let card = Card::parse(card).map_err(|error| match error {
            CardError::UnknownFormat => UnlockError::UnknownFormat,
            CardError::Malformed | CardError::WeakKey | CardError::BadSignature => UnlockError::KeysDiffer,
        })?;
        let generation = take::<4>(&mut rest).map_err(|_| UnlockError::Damaged)?;
        let hash = take::<32>(&mut rest).map_err(|_| UnlockError::Damaged)?;
        let same = card.account() == account
            && card.generation().to_be_bytes() == *generation
            && suite::equal(&card.hash().0, hash);
        if !same {
            return Err(UnlockError::KeysDiffer);
        }
        let identity_key = key.derive(Label::IdentityKey, account);
        let message = Zeroizing::new(wrap::unwrap(identity_key.expose(), HEADER_BYTES, sealed)?);
        let Seeds { signing, kem, former } = decode(&message).map_err(|error| match error {
            ParseError::UnknownFormat => UnlockError::UnknownFormat,
            ParseError::Malformed => UnlockError::Damaged,
        })?;
        Self::assemble(key, (signing, kem), card, former)
    }

    /// Puts private keys and card together, if they belong together: public keys are computed, never believed.
    pub(super) fn assemble(
        key: AccountKey,
        (signing, kem): (SigningSeed, KemSeed),
        card: Card,
        former: Vec<Former>,
    ) -> Result<Self, UnlockError> {
        let same_signing = suite::equal(&signing.public().to_bytes(), &card.signing().to_bytes());
        let kem_key = kem.public().ok_or(UnlockError::Damaged)?;
        if !same_signing || !suite::equal_slices(kem_key.as_bytes(), card.kem().as_bytes()) {
            return Err(UnlockError::KeysDiffer);
        }
        Ok(Self { key, signing, kem, card, former })
    }
}

/// > SPEC §13.5: `seeds = {1: version, 2: Ed25519 seed, 3: X-Wing seed, 4: [{1: fingerprint, 2: signature key,
/// > 3: X-Wing seed}]}`
fn encode(signing: &SigningSeed, kem: &KemSeed, former: &[Former]) -> Result<Vec<u8>, WriteError> {
    // Reserved, so that no copy stays behind.
    let mut out = Writer::new(Vec::with_capacity(128 + 128 * former.len()));
    out.map(4)?;
    out.u8(1)?.u8(VERSION)?;
    out.u8(2)?.bytes(signing.expose())?;
    out.u8(3)?.bytes(kem.expose())?;
    out.u8(4)?.array(former.len() as u64)?;
    for former in former {
        out.map(3)?;
        out.u8(1)?.bytes(&former.fingerprint.to_bytes())?;
        out.u8(2)?.bytes(&former.signing.to_bytes())?;
        out.u8(3)?.bytes(former.kem.expose())?;
    }
    Ok(out.into_writer())
}

fn decode(bytes: &[u8]) -> Result<Seeds, ParseError> {
    decode_exactly(bytes, read, |seeds| encode(&seeds.signing, &seeds.kem, &seeds.former))
}

fn read(input: &mut minicbor::Decoder<'_>) -> Result<Seeds, DecodeError> {
    let entries = input.entries(1, u64::MAX)?;
    input.key(1)?;
    if input.u64()? != u64::from(VERSION) {
        return Err(ParseError::UnknownFormat.into());
    }
    if entries != 4 {
        return Err(DecodeError::MALFORMED);
    }
    input.key(2)?;
    let signing = Zeroizing::new(input.fixed()?);
    input.key(3)?;
    let kem = Zeroizing::new(input.fixed()?);
    input.key(4)?;
    let count = input.elements(MAX_FORMER)?;
    let former = (0..count).map(|_| read_former(input)).collect::<Result<_, _>>()?;
    Ok(Seeds {
        signing: SigningSeed::build(|seed| *seed = *signing),
        kem: KemSeed::build(|seed| *seed = *kem),
        former,
    })
}

fn read_former(input: &mut minicbor::Decoder<'_>) -> Result<Former, DecodeError> {
    input.entries(3, 3)?;
    input.key(1)?;
    let fingerprint = Fingerprint::from_bytes(input.fixed()?);
    input.key(2)?;
    let signing = SignatureKey::from_bytes(&input.fixed()?).ok_or(DecodeError::MALFORMED)?;
    input.key(3)?;
    let kem = Zeroizing::new(input.fixed()?);
    Ok(Former { fingerprint, signing, kem: KemSeed::build(|seed| *seed = *kem) })
}
