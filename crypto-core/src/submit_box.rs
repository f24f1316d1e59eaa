//! Boxes: letterboxes into which anybody may send, with keys of their own. SPEC §18.
//!
//! A box has a signature key for as long as it exists. Its fingerprint stands in the link that the owner publishes, so that
//! nobody between can put another in its place. That key signs cards with KEM keys, which change: what was sealed to a key
//! that was forgotten opens no more, whoever gets hold of the rest.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::codec::{self, DecodeError, Read, WriteError, Writer, decode_exactly};
use crate::error::{BoxError, CardError, ParseError, SealError};
use crate::id::BoxId;
use crate::identity::{CardHash, Fingerprint, Identity};
use crate::label::{Label, context};
use crate::suite;
use crate::suite::kem::{self, KemKey, KemSeed};
use crate::suite::sign::{SIGNATURE_BYTES, SignatureKey, SigningSeed};

const VERSION: u8 = 1;
/// Tells the form of the link.
const FORM: &str = "1b";
const MAX_BODY_BYTES: usize = 1500;
/// The longest card of a box in bytes.
pub const MAX_BOX_CARD_BYTES: usize = 1600;
/// Seconds for which a card may be sealed to: a year. The owner's browser renews it long before.
pub const CARD_LIFETIME: u64 = 366 * 86_400;
/// Seconds by which clocks may differ.
const CLOCKS_DIFFER: u64 = 86_400;
/// Most KEM keys of a box that are kept.
pub(crate) const MAX_KEMS: usize = 100;

/// A card of a box, signed by the box's key. That it is the box that somebody means only [`BoxCard::check`] can say.
#[derive(Clone)]
pub struct BoxCard {
    body: Body,
    bytes: Vec<u8>,
}

#[derive(Clone)]
struct Body {
    id: BoxId,
    signing: SignatureKey,
    kem: KemKey,
    serial: u32,
    created: u64,
    until: u64,
    owner: Fingerprint,
}

/// A body's fields before anything about them is checked.
struct Fields {
    id: [u8; 16],
    signing: [u8; 32],
    kem: [u8; kem::PUBLIC_BYTES],
    serial: u32,
    created: u64,
    until: u64,
    owner: [u8; 20],
}

/// A box that may be sealed to: its card was looked at, and is the one that the link names, if there was one.
///
/// Nothing but [`BoxCard::check`] makes one:
/// ```compile_fail,E0451
/// use crypto_core::submit_box::{BoxCard, VerifiedBox};
/// fn forge(card: BoxCard) -> VerifiedBox {
///     VerifiedBox { card, named: true }
/// }
/// ```
pub struct VerifiedBox {
    card: BoxCard,
    named: bool,
}

impl VerifiedBox {
    /// The card.
    pub fn card(&self) -> &BoxCard {
        &self.card
    }
    /// Did the link name its key? Otherwise the server alone says whose box it is.
    pub fn is_named(&self) -> bool {
        self.named
    }
}

/// The fingerprint in what stands after `#` in the link of a box.
///
/// > SPEC §18.1: `fragment = "1b." fingerprint`
///
/// # Errors
/// [`ParseError::Malformed`] for every other fragment.
pub fn parse_fragment(fragment: &str) -> Result<Fingerprint, ParseError> {
    let Some((FORM, text)) = fragment.split_once('.') else { return Err(ParseError::Malformed) };
    let mut bytes = [0; 20];
    codec::read_base64url(text, &mut bytes)?;
    Ok(Fingerprint::from_bytes(bytes))
}

/// What stands after `#`, without the `#`: 30 characters. It is no secret.
pub fn fragment(fingerprint: &Fingerprint) -> String {
    [FORM, ".", codec::base64url(&fingerprint.to_bytes()).as_str()].concat()
}

impl BoxCard {
    fn sign(body: Body, signing: &SigningSeed) -> Result<Self, SealError> {
        // Writing to memory cannot fail; see `codec::Writer`.
        let encoded = write_body(&body.fields()?).map_err(|_| SealError::BadInput)?;
        let signature = signing.sign(&context(Label::BoxCard, &[&encoded]));
        let bytes = write(&(encoded, signature)).map_err(|_| SealError::BadInput)?;
        Ok(Self { body, bytes })
    }

    /// Reads a card: its form, its keys, and its signature. Everything on it is still no more than a claim.
    ///
    /// # Errors
    /// All of [`CardError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, CardError> {
        if bytes.len() > MAX_BOX_CARD_BYTES {
            return Err(CardError::Malformed);
        }
        let (encoded, signature) = decode_exactly(bytes, read, write)?;
        let fields = decode_exactly(&encoded, read_body, write_body)?;
        if fields.serial == 0 {
            return Err(CardError::Malformed);
        }
        let signing = SignatureKey::from_bytes(&fields.signing).ok_or(CardError::WeakKey)?;
        let kem = KemKey::from_bytes(&fields.kem).ok_or(CardError::WeakKey)?;
        if !signing.verify(&context(Label::BoxCard, &[&encoded]), &signature) {
            return Err(CardError::BadSignature);
        }
        let body = Body {
            id: BoxId(fields.id),
            signing,
            kem,
            serial: fields.serial,
            created: fields.created,
            until: fields.until,
            owner: Fingerprint::from_bytes(fields.owner),
        };
        Ok(Self { body, bytes: bytes.to_vec() })
    }

    /// Is it the box that the link names, and may it be sealed to now? `now` is in seconds since 1970-01-01T00:00:00Z.
    ///
    /// > SPEC §18.2: the fingerprint is the link's → not made later than tomorrow, and not too old
    ///
    /// # Errors
    /// [`BoxError::OtherKey`]: nothing may be sent. [`BoxError::Expired`].
    pub fn check(self, named: Option<Fingerprint>, now: u64) -> Result<VerifiedBox, BoxError> {
        if named.is_some_and(|named| named != self.fingerprint()) {
            return Err(BoxError::OtherKey);
        }
        if now.saturating_add(CLOCKS_DIFFER) < self.body.created || now >= self.body.until {
            return Err(BoxError::Expired);
        }
        Ok(VerifiedBox { card: self, named: named.is_some() })
    }

    /// As stored and sent; at most [`MAX_BOX_CARD_BYTES`].
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// SHA-256 of these bytes.
    pub fn hash(&self) -> CardHash {
        CardHash(suite::sha256(&self.bytes))
    }
    /// What the link names, and people compare.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of_box(self.body.id, self.body.signing)
    }
    /// Which box it is.
    pub fn id(&self) -> BoxId {
        self.body.id
    }
    /// Counts the box's cards from 1.
    pub fn serial(&self) -> u32 {
        self.body.serial
    }
    /// When it was made, by its owner's clock: seconds since 1970-01-01T00:00:00Z.
    pub fn created(&self) -> u64 {
        self.body.created
    }
    /// From when on nothing may be sealed to it, likewise.
    pub fn until(&self) -> u64 {
        self.body.until
    }
    /// Whose box it is: answers come from the key with this fingerprint, or from one that follows it.
    pub fn owner(&self) -> Fingerprint {
        self.body.owner
    }
    /// How it stands in grants.
    ///
    /// > SPEC §18.3: the first 20 bytes of SHA-256(card)
    pub(crate) fn holder(&self) -> Fingerprint {
        Fingerprint::first_of(suite::sha256(&self.bytes))
    }
    pub(crate) fn kem(&self) -> &KemKey {
        &self.body.kem
    }
}

/// The private keys of a box, which its owner keeps in their vault. It has no `Debug`.
pub struct BoxKeys {
    pub(crate) id: BoxId,
    pub(crate) signing: SigningSeed,
    /// Oldest first; never empty.
    pub(crate) kems: Vec<BoxKem>,
}

/// A KEM key of a box, and the card that shows it.
pub(crate) struct BoxKem {
    pub(crate) serial: u32,
    pub(crate) created: u64,
    pub(crate) seed: KemSeed,
    pub(crate) holder: Fingerprint,
}

impl BoxKeys {
    /// Keys of a new box, and its first card.
    ///
    /// # Errors
    /// [`SealError::CipherFailed`].
    pub fn create(
        owner: &Identity,
        id: BoxId,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, BoxCard), SealError> {
        let signing = SigningSeed::build(|seed| rng.fill_bytes(seed));
        let mut keys = Self { id, signing, kems: Vec::new() };
        let card = keys.renew(owner, now, 0, rng)?;
        Ok((keys, card))
    }

    /// A new KEM key, and the card that shows it. Keys that were replaced more than `keep` seconds ago are forgotten, and
    /// with them what was sealed to them. Keep the vault before the card is shown to anybody.
    ///
    /// # Errors
    /// [`SealError::CipherFailed`].
    pub fn renew(
        &mut self,
        owner: &Identity,
        now: u64,
        keep: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<BoxCard, SealError> {
        let serial = self.kems.last().map_or(Some(1), |last| last.serial.checked_add(1));
        let serial = serial.ok_or(SealError::TooLarge)?;
        let seed = KemSeed::build(|seed| rng.fill_bytes(seed));
        let body = Body {
            id: self.id,
            signing: self.signing.public(),
            kem: seed.public().ok_or(SealError::CipherFailed)?,
            serial,
            created: now,
            until: now.saturating_add(CARD_LIFETIME),
            owner: owner.card().fingerprint(),
        };
        let card = BoxCard::sign(body, &self.signing)?;
        self.kems.push(BoxKem { serial, created: now, seed, holder: card.holder() });
        self.forget(now.saturating_sub(keep));
        Ok(card)
    }

    /// Forgets each key whose successor was made before this time, and the oldest when there are too many.
    fn forget(&mut self, replaced_before: u64) {
        let mut replaced = self.kems.iter().skip(1).map(|next| next.created < replaced_before);
        let old = replaced.by_ref().take_while(|is_old| *is_old).count();
        let too_many = self.kems.len().saturating_sub(MAX_KEMS);
        self.kems.drain(..old.max(too_many));
    }

    /// Which box it is.
    pub fn id(&self) -> BoxId {
        self.id
    }
    /// What the link names.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of_box(self.id, self.signing.public())
    }
    /// Is this the box's latest card? Otherwise the server shows an old one, or another's.
    pub fn is_latest(&self, card: &BoxCard) -> bool {
        self.kems.last().is_some_and(|last| last.holder == card.holder())
    }
    pub(crate) fn kem_of(&self, holder: &Fingerprint) -> Option<&KemSeed> {
        self.kems.iter().find(|kem| kem.holder == *holder).map(|kem| &kem.seed)
    }
}

impl Body {
    fn fields(&self) -> Result<Fields, SealError> {
        Ok(Fields {
            id: self.id.0,
            signing: self.signing.to_bytes(),
            kem: self.kem.as_bytes().try_into().map_err(|_| SealError::BadInput)?,
            serial: self.serial,
            created: self.created,
            until: self.until,
            owner: self.owner.to_bytes(),
        })
    }
}

/// > SPEC §18.1: `card = {1: body (bytes), 2: signature}`
fn write(parts: &(Vec<u8>, [u8; SIGNATURE_BYTES])) -> Result<Vec<u8>, WriteError> {
    let mut out = Writer::new(Vec::new());
    out.map(2)?.u8(1)?.bytes(&parts.0)?.u8(2)?.bytes(&parts.1)?;
    Ok(out.into_writer())
}

fn read(input: &mut minicbor::Decoder<'_>) -> Result<(Vec<u8>, [u8; SIGNATURE_BYTES]), DecodeError> {
    input.entries(2, 2)?;
    input.key(1)?;
    let body = input.bounded(MAX_BODY_BYTES)?.to_vec();
    input.key(2)?;
    Ok((body, input.fixed()?))
}

/// > SPEC §18.1: `body = {1: version, 2: box, 3: signature key, 4: KEM key, 5: serial, 6: created, 7: until, 8: owner's
/// > fingerprint}`
fn write_body(fields: &Fields) -> Result<Vec<u8>, WriteError> {
    let mut out = Writer::new(Vec::new());
    out.map(8)?;
    out.u8(1)?.u8(VERSION)?;
    out.u8(2)?.bytes(&fields.id)?;
    out.u8(3)?.bytes(&fields.signing)?;
    out.u8(4)?.bytes(&fields.kem)?;
    out.u8(5)?.u32(fields.serial)?;
    out.u8(6)?.u64(fields.created)?;
    out.u8(7)?.u64(fields.until)?;
    out.u8(8)?.bytes(&fields.owner)?;
    Ok(out.into_writer())
}

fn read_body(input: &mut minicbor::Decoder<'_>) -> Result<Fields, DecodeError> {
    // The number of entries is not looked at yet: another version may have others.
    let entries = input.entries(1, u64::MAX)?;
    input.key(1)?;
    if input.u64()? != u64::from(VERSION) {
        return Err(ParseError::UnknownFormat.into());
    }
    if entries != 8 {
        return Err(DecodeError::MALFORMED);
    }
    input.key(2)?;
    let id = input.fixed()?;
    input.key(3)?;
    let signing = input.fixed()?;
    input.key(4)?;
    let kem = input.fixed()?;
    input.key(5)?;
    let serial = input.u32()?;
    input.key(6)?;
    let created = input.u64()?;
    input.key(7)?;
    let until = input.u64()?;
    input.key(8)?;
    let owner = input.fixed()?;
    Ok(Fields { id, signing, kem, serial, created, until, owner })
}

/// > SPEC §14.3: `box = {1: box, 2: Ed25519 seed, 3: [{1: serial, 2: created, 3: X-Wing seed, 4: holder}]}`
pub(crate) fn write_keys(out: &mut Writer, keys: &BoxKeys) -> Result<(), WriteError> {
    out.map(3)?;
    out.u8(1)?.bytes(&keys.id.0)?;
    out.u8(2)?.bytes(keys.signing.expose())?;
    out.u8(3)?.array(keys.kems.len() as u64)?;
    for kem in &keys.kems {
        out.map(4)?;
        out.u8(1)?.u32(kem.serial)?;
        out.u8(2)?.u64(kem.created)?;
        out.u8(3)?.bytes(kem.seed.expose())?;
        out.u8(4)?.bytes(&kem.holder.to_bytes())?;
    }
    Ok(())
}

pub(crate) fn read_keys(input: &mut minicbor::Decoder<'_>) -> Result<BoxKeys, DecodeError> {
    input.entries(3, 3)?;
    input.key(1)?;
    let id = BoxId(input.fixed()?);
    input.key(2)?;
    let signing = Zeroizing::new(input.fixed()?);
    let signing = SigningSeed::build(|seed| *seed = *signing);
    input.key(3)?;
    let count = input.elements(MAX_KEMS)?;
    if count == 0 {
        return Err(DecodeError::MALFORMED);
    }
    let mut kems = Vec::with_capacity(count);
    for _ in 0..count {
        input.entries(4, 4)?;
        input.key(1)?;
        let serial = input.u32()?;
        input.key(2)?;
        let created = input.u64()?;
        input.key(3)?;
        let seed = Zeroizing::new(input.fixed()?);
        input.key(4)?;
        let holder = Fingerprint::from_bytes(input.fixed()?);
        kems.push(BoxKem { serial, created, seed: KemSeed::build(|bytes| *bytes = *seed), holder });
    }
    Ok(BoxKeys { id, signing, kems })
}
