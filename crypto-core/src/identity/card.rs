//! The card: what an identity shows to others.

use crate::codec::{DecodeError, Read, WriteError, Writer, decode_exactly};
use crate::error::{CardError, ParseError, SealError};
use crate::id::AccountId;
use crate::identity::Fingerprint;
use crate::label::{Label, context};
use crate::login::LoginName;
use crate::suite;
use crate::suite::kem::{self, KemKey};
use crate::suite::sign::{SIGNATURE_BYTES, SignatureKey, SigningSeed};

const VERSION: u8 = 1;
/// Longest body: all keys, the longest address.
const MAX_BODY_BYTES: usize = 1600;
/// The longest card in bytes.
pub const MAX_CARD_BYTES: usize = 1800;

/// SHA-256 of a card as it is stored and sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardHash(pub [u8; 32]);

/// A card that is signed by its own key. That it is somebody's card only [`crate::trust`] can say.
#[derive(Clone)]
pub struct Card {
    body: Body,
    encoded: Vec<u8>,
    by_previous: Option<[u8; SIGNATURE_BYTES]>,
    bytes: Vec<u8>,
}

/// What a card says.
#[derive(Clone)]
pub(super) struct Body {
    pub(super) account: AccountId,
    pub(super) email: LoginName,
    pub(super) generation: u32,
    pub(super) signing: SignatureKey,
    pub(super) kem: KemKey,
    pub(super) created: u64,
    pub(super) previous: Option<CardHash>,
}

/// A card's parts as they are written.
struct Parts {
    body: Vec<u8>,
    signature: [u8; SIGNATURE_BYTES],
    by_previous: Option<[u8; SIGNATURE_BYTES]>,
}

/// A body's fields before anything about them is checked.
struct Fields {
    account: [u8; 16],
    email: String,
    generation: u32,
    signing: [u8; 32],
    kem: [u8; kem::PUBLIC_BYTES],
    created: u64,
    previous: Option<[u8; 32]>,
}

impl Card {
    /// Signs with the card's own key, and with that of the card before it.
    pub(super) fn sign(
        body: Body,
        own: &SigningSeed,
        previous: Option<&SigningSeed>,
    ) -> Result<Self, SealError> {
        // Writing to memory cannot fail; see `codec::Writer`.
        let encoded = write_body(&body.fields()?).map_err(|_| SealError::BadInput)?;
        let parts = Parts {
            signature: own.sign(&context(Label::Card, &[&encoded])),
            by_previous: previous.map(|seed| seed.sign(&context(Label::CardSuccession, &[&encoded]))),
            body: encoded,
        };
        let bytes = write(&parts).map_err(|_| SealError::BadInput)?;
        Ok(Self { body, encoded: parts.body, by_previous: parts.by_previous, bytes })
    }

    /// Reads a card: its form, its keys, and its own signature. Everything on it is still no more than a claim.
    ///
    /// # Errors
    /// All of [`CardError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, CardError> {
        if bytes.len() > MAX_CARD_BYTES {
            return Err(CardError::Malformed);
        }
        let parts = decode_exactly(bytes, read, write)?;
        let fields = decode_exactly(&parts.body, read_body, write_body)?;
        if fields.previous.is_some() != parts.by_previous.is_some() {
            return Err(CardError::Malformed);
        }
        let email = LoginName::new(&fields.email).map_err(|_| CardError::Malformed)?;
        if email.as_str() != fields.email || fields.generation == 0 {
            return Err(CardError::Malformed);
        }
        let signing = SignatureKey::from_bytes(&fields.signing).ok_or(CardError::WeakKey)?;
        let kem = KemKey::from_bytes(&fields.kem).ok_or(CardError::WeakKey)?;
        if !signing.verify(&context(Label::Card, &[&parts.body]), &parts.signature) {
            return Err(CardError::BadSignature);
        }
        let body = Body {
            account: AccountId(fields.account),
            email,
            generation: fields.generation,
            signing,
            kem,
            created: fields.created,
            previous: fields.previous.map(CardHash),
        };
        Ok(Self { body, encoded: parts.body, by_previous: parts.by_previous, bytes: bytes.to_vec() })
    }

    /// Is this the next card of the same account, signed by that one's key?
    ///
    /// > SPEC §13.1: account is the same, generation one higher, `previous` the hash of the card before, and the second
    /// > signature is that card's.
    pub fn follows(&self, previous: &Self) -> bool {
        let signed = |signature| {
            previous.body.signing.verify(&context(Label::CardSuccession, &[&self.encoded]), signature)
        };
        self.body.account == previous.body.account
            && previous.body.generation.checked_add(1) == Some(self.body.generation)
            && self.body.previous == Some(previous.hash())
            && self.by_previous.as_ref().is_some_and(signed)
    }

    /// As stored and sent; at most [`MAX_CARD_BYTES`].
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// SHA-256 of these bytes.
    pub fn hash(&self) -> CardHash {
        CardHash(suite::sha256(&self.bytes))
    }
    /// What people compare.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.body.account, &self.body.email, self.body.signing)
    }
    /// Whose card it claims to be.
    pub fn account(&self) -> AccountId {
        self.body.account
    }
    /// The address it claims.
    pub fn email(&self) -> &LoginName {
        &self.body.email
    }
    /// 1 for the first card of an account; each later one is one higher.
    pub fn generation(&self) -> u32 {
        self.body.generation
    }
    /// When it was made, by its owner's clock: seconds since 1970-01-01T00:00:00Z.
    pub fn created(&self) -> u64 {
        self.body.created
    }
    pub(crate) fn signing(&self) -> SignatureKey {
        self.body.signing
    }
    pub(crate) fn kem(&self) -> &KemKey {
        &self.body.kem
    }
}

impl Body {
    fn fields(&self) -> Result<Fields, SealError> {
        Ok(Fields {
            account: self.account.0,
            email: self.email.as_str().to_owned(),
            generation: self.generation,
            signing: self.signing.to_bytes(),
            kem: self.kem.as_bytes().try_into().map_err(|_| SealError::BadInput)?,
            created: self.created,
            previous: self.previous.map(|hash| hash.0),
        })
    }
}

/// > SPEC §13.1: `card = {1: body (bytes), 2: signature, ?3: signature by the previous key}`
fn write(parts: &Parts) -> Result<Vec<u8>, WriteError> {
    let mut out = Writer::new(Vec::new());
    out.map(2 + u64::from(parts.by_previous.is_some()))?;
    out.u8(1)?.bytes(&parts.body)?;
    out.u8(2)?.bytes(&parts.signature)?;
    if let Some(signature) = &parts.by_previous {
        out.u8(3)?.bytes(signature)?;
    }
    Ok(out.into_writer())
}

fn read(input: &mut minicbor::Decoder<'_>) -> Result<Parts, DecodeError> {
    let entries = input.entries(2, 3)?;
    input.key(1)?;
    let body = input.bounded(MAX_BODY_BYTES)?.to_vec();
    input.key(2)?;
    let signature = input.fixed()?;
    let by_previous = match entries {
        2 => None,
        _ => {
            input.key(3)?;
            Some(input.fixed()?)
        }
    };
    Ok(Parts { body, signature, by_previous })
}

/// > SPEC §13.1: `body = {1: version, 2: account, 3: address, 4: generation, 5: signature key, 6: KEM key, 7: created,
/// > ?8: hash of the previous card}`
fn write_body(fields: &Fields) -> Result<Vec<u8>, WriteError> {
    let mut out = Writer::new(Vec::new());
    out.map(7 + u64::from(fields.previous.is_some()))?;
    out.u8(1)?.u8(VERSION)?;
    out.u8(2)?.bytes(&fields.account)?;
    out.u8(3)?.str(&fields.email)?;
    out.u8(4)?.u32(fields.generation)?;
    out.u8(5)?.bytes(&fields.signing)?;
    out.u8(6)?.bytes(&fields.kem)?;
    out.u8(7)?.u64(fields.created)?;
    if let Some(previous) = &fields.previous {
        out.u8(8)?.bytes(previous)?;
    }
    Ok(out.into_writer())
}

fn read_body(input: &mut minicbor::Decoder<'_>) -> Result<Fields, DecodeError> {
    // The number of entries is not looked at yet: another version may have others.
    let entries = input.entries(1, u64::MAX)?;
    input.key(1)?;
    if input.u64()? != u64::from(VERSION) {
        return Err(ParseError::UnknownFormat.into());
    }
    if !(7..=8).contains(&entries) {
        return Err(DecodeError::MALFORMED);
    }
    input.key(2)?;
    let account = input.fixed()?;
    input.key(3)?;
    let email = input.text(LoginName::MAX_BYTES)?.to_owned();
    input.key(4)?;
    let generation = input.u32()?;
    input.key(5)?;
    let signing = input.fixed()?;
    input.key(6)?;
    let kem = input.fixed()?;
    input.key(7)?;
    let created = input.u64()?;
    let previous = match entries {
        7 => None,
        _ => {
            input.key(8)?;
            Some(input.fixed()?)
        }
    };
    Ok(Fields { account, email, generation, signing, kem, created, previous })
}
