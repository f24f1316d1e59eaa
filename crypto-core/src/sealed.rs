//! What only the granted open: the sealed part of a delivery at levels 3 and 4, and the signed cover of level 3. SPEC §15.
//!
//! Both are a manifest with its sender's statement, inside the encryption. The statement covers the manifest, and the
//! header and commitment outside, so it fits under this key, at this level and in this delivery only.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::codec::{DecodeError, Read, WriteError, Writer, decode_exactly};
use crate::delivery::{self, HEADER_BYTES, check_header, header, pad};
use crate::error::{OpenError, ParseError, SealError};
use crate::id::{DeliveryId, Level};
use crate::identity::{Fingerprint, Identity};
use crate::label::{Label, context};
use crate::link::CoverKey;
use crate::manifest::Manifest;
use crate::padding::unpad;
use crate::secret::secret;
use crate::suite;
use crate::suite::sign::SIGNATURE_BYTES;
use crate::trust::VerifiedKey;
use crate::wrap::{self, COMMITMENT_BYTES};

const VERSION: u8 = 1;
const MAGIC: [u8; 4] = *b"SGS1";
/// The largest sealed part in bytes; that of a signed cover is the same.
pub const MAX_SEALED_PART_BYTES: usize = delivery::MAX_COVER_BYTES;

secret! {
    /// Opens the sealed part and the files of a delivery at level 3 or 4. Grants carry it to those who may.
    DeliveryKey at "crypto_core::sealed::DeliveryKey"
}

impl DeliveryKey {
    /// A new one: 32 random bytes.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self::build(|key| rng.fill_bytes(key))
    }

    /// Itself.
    #[cfg(feature = "canaries")]
    pub fn canary(&self) -> [u8; 32] {
        *self.expose()
    }
}

/// The commitment that stands in a sealed part: grants name it, so that a grant opens this part and no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitment(pub(crate) [u8; COMMITMENT_BYTES]);

/// The commitment of this delivery's sealed part, when it is one and under this key.
pub(crate) fn commitment(
    key: &DeliveryKey,
    delivery: DeliveryId,
    level: Level,
    sealed: &[u8],
) -> Option<Commitment> {
    check_header(MAGIC, sealed, delivery, level).ok()?;
    let header = sealed.get(..HEADER_BYTES)?;
    let found = sealed.get(HEADER_BYTES..)?.first_chunk()?;
    suite::equal(&wrap::commitment(key.expose(), header), found).then_some(Commitment(*found))
}

/// A manifest and what its sender states of it.
struct Signed {
    manifest: Zeroizing<Vec<u8>>,
    sender: Fingerprint,
    cover: Option<[u8; 32]>,
    signature: [u8; SIGNATURE_BYTES],
}

/// Seals what the granted are to open. At level 3 that is the files, and `cover` is the sealed cover to which they belong;
/// at level 4 it is everything, and there is no cover.
///
/// > SPEC §15.2: `sealed part = wrap(delivery key, "SGS1" | suite | level | 0x0000 | delivery | salt 32 B, pad(signed))`
///
/// # Errors
/// [`SealError::BadInput`] for a manifest that is not [split](Manifest::split) so, [`SealError::TooLarge`],
/// [`SealError::CipherFailed`].
pub fn seal_part(
    sender: &Identity,
    key: &DeliveryKey,
    manifest: &Manifest,
    cover: Option<&[u8]>,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    if !is_part(manifest, cover.is_some()) {
        return Err(SealError::BadInput);
    }
    seal(MAGIC, key.expose(), sender, manifest, cover.map(suite::sha256), rng)
}

/// Opens a sealed part. A grant says which: see [`crate::grant::Access::open_part`].
///
/// > SPEC §15.3, order of checks: length, version, suite → delivery and level → commitment is the granted one, and that of
/// > the key → tag → padding → form →
/// > statement, under the sender's key, over this cover → manifest → delivery, level and division of the manifest.
///
/// # Errors
/// [`OpenError::UnknownFormat`] for another version or suite, [`OpenError::Damaged`] for everything else.
pub(crate) fn open_part(
    key: &DeliveryKey,
    sender: &VerifiedKey,
    (delivery, level): (DeliveryId, Level),
    Commitment(granted): Commitment,
    sealed: &[u8],
    cover: Option<&[u8]>,
) -> Result<Manifest, OpenError> {
    check_header(MAGIC, sealed, delivery, level)?;
    let found = sealed.get(HEADER_BYTES..).and_then(|rest| rest.first_chunk()).ok_or(OpenError::Damaged)?;
    if !suite::equal(&granted, found) {
        return Err(OpenError::Damaged);
    }
    let manifest = open(MAGIC, key.expose(), sender, (delivery, level), sealed, cover.map(suite::sha256))?;
    if is_part(&manifest, cover.is_some()) { Ok(manifest) } else { Err(OpenError::Damaged) }
}

/// Seals subject and message of a delivery at level 3, under what its link gives.
///
/// > SPEC §15.2: `signed cover = wrap(cover key, "SGC1" | suite | 0x03 | 0x0000 | delivery | salt 32 B, pad(signed))`
///
/// # Errors
/// As [`seal_part`].
pub fn seal_cover(
    sender: &Identity,
    key: &CoverKey,
    manifest: &Manifest,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    if !is_cover(manifest) {
        return Err(SealError::BadInput);
    }
    seal(delivery::MAGIC, key.expose(), sender, manifest, None, rng)
}

/// Opens what [`seal_cover`] made: subject and message of a delivery at level 3, before anything was granted.
///
/// # Errors
/// [`OpenError::UnknownFormat`] for another version or suite, [`OpenError::Damaged`] for everything else.
pub fn open_cover(
    key: &CoverKey,
    sender: &VerifiedKey,
    delivery: DeliveryId,
    cover: &[u8],
) -> Result<Manifest, OpenError> {
    let place = (delivery, Level::Three);
    let manifest = open(delivery::MAGIC, key.expose(), sender, place, cover, None)?;
    if is_cover(&manifest) { Ok(manifest) } else { Err(OpenError::Damaged) }
}

/// > SPEC §15.1
fn is_cover(manifest: &Manifest) -> bool {
    manifest.level == Level::Three && manifest.files.is_empty()
}

/// > SPEC §15.1
fn is_part(manifest: &Manifest, has_cover: bool) -> bool {
    match manifest.level {
        Level::One | Level::Two => false,
        Level::Three => {
            let texts = [&manifest.subject, &manifest.message, &manifest.name, &manifest.reference];
            has_cover && texts.into_iter().all(String::is_empty)
        }
        Level::Four => !has_cover,
    }
}

fn seal(
    magic: [u8; 4],
    key: &[u8; 32],
    sender: &Identity,
    manifest: &Manifest,
    cover: Option<[u8; 32]>,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    let header = header(magic, manifest.delivery, manifest.level, rng);
    let head = [header.as_slice(), &wrap::commitment(key, &header)].concat();
    let mut signed = Signed {
        manifest: Zeroizing::new(manifest.encode()?),
        sender: sender.card().fingerprint(),
        cover,
        signature: [0; SIGNATURE_BYTES],
    };
    signed.signature = sender.signing().sign(&statement(&head, &signed));
    // Writing to memory cannot fail; see `codec::Writer`.
    let content = Zeroizing::new(write(&signed).map_err(|_| SealError::BadInput)?);
    wrap::wrap(key, &header, &pad(&content)?)
}

fn open(
    magic: [u8; 4],
    key: &[u8; 32],
    sender: &VerifiedKey,
    (delivery, level): (DeliveryId, Level),
    sealed: &[u8],
    cover: Option<[u8; 32]>,
) -> Result<Manifest, OpenError> {
    check_header(magic, sealed, delivery, level)?;
    let content = Zeroizing::new(wrap::unwrap(key, HEADER_BYTES, sealed)?);
    let signed = decode_exactly(unpad(&content)?, read, write)?;
    let head = sealed.get(..HEADER_BYTES + COMMITMENT_BYTES).ok_or(OpenError::Damaged)?;
    let signer = sender.signing_key_of(&signed.sender).ok_or(OpenError::Damaged)?;
    if signed.cover != cover || !signer.verify(&statement(head, &signed), &signed.signature) {
        return Err(OpenError::Damaged);
    }
    let manifest = Manifest::decode(&signed.manifest)?;
    if manifest.delivery == delivery && manifest.level == level {
        Ok(manifest)
    } else {
        Err(OpenError::Damaged)
    }
}

/// > SPEC §15.2: `statement = ctx("statement", header || commitment, sender's fingerprint, SHA-256(cover) or empty,
/// > SHA-256(manifest))`
fn statement(head: &[u8], signed: &Signed) -> Vec<u8> {
    let cover = signed.cover.as_ref().map_or(&[] as &[u8], |hash| hash);
    let fields: [&[u8]; 4] = [head, &signed.sender.to_bytes(), cover, &suite::sha256(&signed.manifest)];
    context(Label::Statement, &fields)
}

/// > SPEC §15.2: `signed = {1: version, 2: manifest (bytes), 3: sender's fingerprint, ?4: SHA-256(cover), 5: signature}`
fn write(signed: &Signed) -> Result<Vec<u8>, WriteError> {
    let mut out = Writer::new(Vec::with_capacity(256 + signed.manifest.len()));
    out.map(4 + u64::from(signed.cover.is_some()))?;
    out.u8(1)?.u8(VERSION)?;
    out.u8(2)?.bytes(&signed.manifest)?;
    out.u8(3)?.bytes(&signed.sender.to_bytes())?;
    if let Some(cover) = &signed.cover {
        out.u8(4)?.bytes(cover)?;
    }
    out.u8(5)?.bytes(&signed.signature)?;
    Ok(out.into_writer())
}

fn read(input: &mut minicbor::Decoder<'_>) -> Result<Signed, DecodeError> {
    input.entries(1, u64::MAX)?;
    input.key(1)?;
    if input.u64()? != u64::from(VERSION) {
        return Err(ParseError::UnknownFormat.into());
    }
    input.key(2)?;
    let manifest = Zeroizing::new(input.bounded(MAX_SEALED_PART_BYTES)?.to_vec());
    input.key(3)?;
    let sender = Fingerprint::from_bytes(input.fixed()?);
    let cover = if input.has_key(4)? { Some(input.fixed()?) } else { None };
    input.key(5)?;
    let signature = input.fixed()?;
    Ok(Signed { manifest, sender, cover, signature })
}
