//! A grant: the keys of a delivery, sealed to one person and signed by who gives them. SPEC §16.
//!
//! Encryption alone would not say who gave: whoever knows a card can seal to it. So a grant is signed, and names delivery,
//! level, giver and holder: it cannot be passed on, moved to another delivery, or taken for another's.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::codec::take;
use crate::deputy::Deputation;
use crate::error::{GrantError, OpenError, SealError};
use crate::id::{DeliveryId, Level};
use crate::identity::{Card, Fingerprint, Identity};
use crate::label::{Label, context};
use crate::link::Link;
use crate::manifest::Manifest;
use crate::sealed::{self, Commitment, DeliveryKey};
use crate::submit_box::{BoxKeys, VerifiedBox};
use crate::suite::kem::{ENCAPSULATED_BYTES, KemKey, KemSeed};
use crate::suite::sign::{SIGNATURE_BYTES, SignatureKey};
use crate::suite::{self, SUITE, TAG_BYTES};
use crate::trust::VerifiedKey;

/// Bytes of a grant.
pub const GRANT_BYTES: usize = SIGNED_BYTES + SIGNATURE_BYTES;
const SIGNED_BYTES: usize = HEADER_BYTES + ENCAPSULATED_BYTES + KEYS_BYTES + TAG_BYTES;
const HEADER_BYTES: usize = 104;
/// Delivery key and link secret.
const KEYS_BYTES: usize = 64;
const MAGIC: [u8; 4] = *b"SGG1";

/// What a grant is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// For a recipient, to read.
    Recipient,
    /// For the sender, so that any of their devices can grant later.
    Own,
    /// For a deputy of the sender, to grant in their place.
    Deputy,
    /// For a box, by somebody without an account.
    Box,
}

impl Purpose {
    const fn number(self) -> u8 {
        match self {
            Self::Recipient => 1,
            Self::Own => 2,
            Self::Deputy => 3,
            Self::Box => 4,
        }
    }
}

/// What a grant gives: the keys of a delivery, and which sealed part they belong to. It has no `Debug`.
pub struct Access {
    level: Level,
    key: DeliveryKey,
    link: Link,
    commitment: Commitment,
}

/// The delivery that a grant is looked at for: as the page or the server says, and as the grant must say too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The delivery.
    pub delivery: DeliveryId,
    /// Its level.
    pub level: Level,
}

/// Who may have given a grant: the sender, or a deputy whom the sender named.
#[derive(Clone, Copy)]
pub enum Giver<'a> {
    /// The sender.
    Sender,
    /// A deputy: what the sender signed, and the card that belongs to it.
    Deputy(&'a Deputation, &'a Card),
}

impl Access {
    /// The keys of a delivery whose part has just been sealed. It may be sealed anew until it is sent: then this is made anew.
    ///
    /// # Errors
    /// [`SealError::BadInput`] when `sealed` is no sealed part of this delivery at this level.
    pub fn new(link: &Link, key: &DeliveryKey, level: Level, sealed: &[u8]) -> Result<Self, SealError> {
        let commitment = sealed::commitment(key, link.delivery, level, sealed).ok_or(SealError::BadInput)?;
        Ok(Self::from_parts(level, link.delivery, (key.expose(), link.secret().expose()), commitment))
    }

    pub(crate) fn from_parts(
        level: Level,
        delivery: DeliveryId,
        (key, secret): (&[u8; 32], &[u8; 32]),
        commitment: Commitment,
    ) -> Self {
        let key = DeliveryKey::build(|bytes| *bytes = *key);
        Self { level, key, link: Link::with_secret(delivery, secret), commitment }
    }

    /// Which delivery, at which level.
    pub fn place(&self) -> Place {
        Place { delivery: self.link.delivery, level: self.level }
    }
    /// Opens the files.
    pub fn key(&self) -> &DeliveryKey {
        &self.key
    }
    /// The delivery's link: token for the server, and the key of the cover at level 3.
    pub fn link(&self) -> &Link {
        &self.link
    }
    pub(crate) fn commitment(&self) -> Commitment {
        self.commitment
    }

    /// Opens the sealed part that was granted. `cover` is the delivery's cover at level 3, and none at level 4.
    ///
    /// > SPEC §15.3
    ///
    /// # Errors
    /// [`OpenError::UnknownFormat`] for another version or suite, [`OpenError::Damaged`] for everything else, such as
    /// another part than the one that was granted.
    pub fn open_part(
        &self,
        sender: &VerifiedKey,
        sealed: &[u8],
        cover: Option<&[u8]>,
    ) -> Result<Manifest, OpenError> {
        let place = (self.link.delivery, self.level);
        sealed::open_part(&self.key, sender, place, self.commitment, sealed, cover)
    }
}

/// The part of a grant that is not encrypted.
struct Header {
    place: Place,
    purpose: Purpose,
    giver: Fingerprint,
    holder: Fingerprint,
    commitment: Commitment,
    given: u64,
}

impl Header {
    /// > SPEC §16.1: `"SGG1" | suite | level | purpose | 0x00 | delivery 16 B | giver 20 B | holder 20 B | commitment 32 B |
    /// > given u64be`
    fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..7].copy_from_slice(&[SUITE, self.place.level.number(), self.purpose.number()]);
        bytes[8..24].copy_from_slice(&self.place.delivery.0);
        bytes[24..44].copy_from_slice(&self.giver.to_bytes());
        bytes[44..64].copy_from_slice(&self.holder.to_bytes());
        bytes[64..96].copy_from_slice(&self.commitment.0);
        bytes[96..].copy_from_slice(&self.given.to_be_bytes());
        bytes
    }
}

/// Gives a delivery to a recipient, [`GRANT_BYTES`] long. `given` is the time: seconds since 1970-01-01T00:00:00Z.
///
/// # Errors
/// [`SealError::BadInput`] below level 3, [`SealError::CipherFailed`].
pub fn seal(
    giver: &Identity,
    access: &Access,
    holder: &VerifiedKey,
    given: u64,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    write(giver, access, Purpose::Recipient, of(holder.card()), given, rng)
}

/// Gives a delivery to its own sender.
///
/// # Errors
/// As [`seal`].
pub fn seal_own(
    sender: &Identity,
    access: &Access,
    given: u64,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    write(sender, access, Purpose::Own, of(sender.card()), given, rng)
}

/// Gives a delivery to a deputy of its sender.
///
/// # Errors
/// As [`seal`].
pub fn seal_for_deputy(
    sender: &Identity,
    access: &Access,
    deputy: &VerifiedKey,
    given: u64,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    write(sender, access, Purpose::Deputy, of(deputy.card()), given, rng)
}

/// Gives what somebody without an account sends to the box that it is for, at level 4. `submitter` is what
/// [`crate::submission::ReceiptSecret::identity`] makes.
///
/// # Errors
/// [`SealError::BadInput`] at another level, [`SealError::CipherFailed`].
pub fn seal_to_box(
    submitter: &Identity,
    access: &Access,
    holder: &VerifiedBox,
    given: u64,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    if access.level != Level::Four {
        return Err(SealError::BadInput);
    }
    let card = holder.card();
    write(submitter, access, Purpose::Box, (card.holder(), card.kem()), given, rng)
}

/// Opens what somebody gave us to read.
///
/// > SPEC §16.2, order of checks: length, version, suite → delivery and level → purpose and holder → giver: the sender, or a
/// > deputy at a time within the deputation → signature → HPKE.
///
/// # Errors
/// All of [`GrantError`].
pub fn open(
    holder: &Identity,
    place: Place,
    sender: &VerifiedKey,
    giver: Giver<'_>,
    grant: &[u8],
) -> Result<Access, GrantError> {
    let header = parse(grant, place)?;
    let signer = match giver {
        Giver::Sender => sender.signing_key_of(&header.giver),
        Giver::Deputy(deputation, card) => deputation
            .admits(sender, card, header.given)
            .then(|| card.signing())
            .filter(|_| card.fingerprint() == header.giver),
    };
    read(holder.kem_of(&header.holder), Purpose::Recipient, signer, &header, grant)
}

/// Opens what we gave ourselves when we sent the delivery.
///
/// # Errors
/// All of [`GrantError`].
pub fn open_own(sender: &Identity, place: Place, grant: &[u8]) -> Result<Access, GrantError> {
    let header = parse(grant, place)?;
    if header.giver != header.holder {
        return Err(GrantError::NotForMe);
    }
    let kem = sender.kem_of(&header.holder);
    read(kem, Purpose::Own, sender.signing_key_of(&header.giver), &header, grant)
}

/// Opens what a sender gave us as their deputy.
///
/// # Errors
/// All of [`GrantError`].
pub fn open_as_deputy(
    deputy: &Identity,
    place: Place,
    sender: &VerifiedKey,
    grant: &[u8],
) -> Result<Access, GrantError> {
    let header = parse(grant, place)?;
    let kem = deputy.kem_of(&header.holder);
    read(kem, Purpose::Deputy, sender.signing_key_of(&header.giver), &header, grant)
}

/// Opens what was sent into our box. `submitter` is what [`crate::trust::submitter`] gives.
///
/// # Errors
/// All of [`GrantError`].
pub fn open_in_box(
    keys: &BoxKeys,
    place: Place,
    submitter: &VerifiedKey,
    grant: &[u8],
) -> Result<Access, GrantError> {
    if place.level != Level::Four {
        return Err(GrantError::OtherPlace);
    }
    let header = parse(grant, place)?;
    let kem = keys.kem_of(&header.holder);
    read(kem, Purpose::Box, submitter.signing_key_of(&header.giver), &header, grant)
}

/// How a card stands in grants, and what is sealed to.
fn of(card: &Card) -> (Fingerprint, &KemKey) {
    (card.fingerprint(), card.kem())
}

/// > SPEC §16.1: `enc || ct = HPKE.SealBase(holder's KEM key, info = ctx("grant", header), aad = "", delivery key || link
/// > secret)`, `signature = Sign(ctx("grant signature", header || enc || ct))`
fn write(
    giver: &Identity,
    access: &Access,
    purpose: Purpose,
    (holder, kem): (Fingerprint, &KemKey),
    given: u64,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    if matches!(access.level, Level::One | Level::Two) {
        return Err(SealError::BadInput);
    }
    let header = Header {
        place: access.place(),
        purpose,
        giver: giver.card().fingerprint(),
        holder,
        commitment: access.commitment,
        given,
    }
    .to_bytes();
    let info = context(Label::Grant, &[&header]);
    let mut keys = Zeroizing::new([0; KEYS_BYTES]);
    keys[..32].copy_from_slice(access.key.expose());
    keys[32..].copy_from_slice(access.link.secret().expose());
    let sealed = kem.seal(&info, keys.as_slice(), rng).map_err(|_| SealError::CipherFailed)?;
    let mut grant = Vec::with_capacity(GRANT_BYTES);
    grant.extend_from_slice(&header);
    grant.extend_from_slice(&sealed);
    let signature = giver.signing().sign(&context(Label::GrantSignature, &[&grant]));
    grant.extend_from_slice(&signature);
    Ok(grant)
}

fn parse(grant: &[u8], place: Place) -> Result<Header, GrantError> {
    let mut rest = grant;
    let [m0, m1, m2, version, suite, level, purpose, zero] = *take::<8>(&mut rest)?;
    if [m0, m1, m2] != MAGIC[..3] || !version.is_ascii_digit() {
        return Err(GrantError::Damaged);
    }
    if version != MAGIC[3] || suite != SUITE || zero != 0 {
        return Err(GrantError::UnknownFormat);
    }
    if grant.len() != GRANT_BYTES {
        return Err(GrantError::Damaged);
    }
    let delivery = DeliveryId(*take(&mut rest)?);
    let known = matches!(place.level, Level::Three | Level::Four);
    if !known || level != place.level.number() || delivery != place.delivery {
        return Err(GrantError::OtherPlace);
    }
    let purpose = match purpose {
        1 => Purpose::Recipient,
        2 => Purpose::Own,
        3 => Purpose::Deputy,
        4 => Purpose::Box,
        _ => return Err(GrantError::UnknownFormat),
    };
    let giver = Fingerprint::from_bytes(*take(&mut rest)?);
    let holder = Fingerprint::from_bytes(*take(&mut rest)?);
    let commitment = Commitment(*take(&mut rest)?);
    let given = u64::from_be_bytes(*take(&mut rest)?);
    Ok(Header { place, purpose, giver, holder, commitment, given })
}

fn read(
    kem: Option<&KemSeed>,
    purpose: Purpose,
    signer: Option<SignatureKey>,
    header: &Header,
    grant: &[u8],
) -> Result<Access, GrantError> {
    if header.purpose != purpose {
        return Err(GrantError::NotForMe);
    }
    let kem = kem.ok_or(GrantError::NotForMe)?;
    let signer = signer.ok_or(GrantError::NotEntitled)?;
    let (signed, signature) = grant.split_last_chunk::<SIGNATURE_BYTES>().ok_or(GrantError::Damaged)?;
    if !signer.verify(&context(Label::GrantSignature, &[signed]), signature) {
        return Err(GrantError::BadSignature);
    }
    let (head, sealed) = signed.split_first_chunk::<HEADER_BYTES>().ok_or(GrantError::Damaged)?;
    let (encapsulated, ciphertext) =
        sealed.split_at_checked(ENCAPSULATED_BYTES).ok_or(GrantError::Damaged)?;
    let info = context(Label::Grant, &[head]);
    let keys =
        kem.open(encapsulated, &info, ciphertext).map_err(|suite::CipherRefused| GrantError::Damaged)?;
    let keys = Zeroizing::new(keys);
    let mut rest = keys.as_slice();
    let both = (take(&mut rest)?, take(&mut rest)?);
    Ok(Access::from_parts(header.place.level, header.place.delivery, both, header.commitment))
}
