//! What an unfinished delivery leaves in its sender's browser, so that it can go on after a closed tab. SPEC §9.
//!
//! Browser and server each keep half: the browser a record, the server the key that opens it. The server tells the key to
//! the sender's sessions only and forgets it when the delivery is sent or cancelled; from then on the record is noise.
//! At levels 3 and 4 that would not do: there the server must not be able to open it even with the browser's storage, so the
//! owner's SecuPass is needed as well. Somebody without an account has none, so what they send into a box is protected until
//! it is sent as at level 1.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::access::AuthToken;
use crate::codec::take;
use crate::error::{OpenError, SealError};
use crate::id::DeliveryId;
use crate::identity::Identity;
use crate::label::{Label, context};
use crate::link::{CoverKey, Link, LinkKeys};
use crate::sealed::DeliveryKey;
use crate::secret::{SecretBytes, secret};
use crate::submission::ReceiptSecret;
use crate::suite::{Hkdf, SUITE};
use crate::wrap;

/// Most bytes of an application's notes in a record.
pub const MAX_NOTES_BYTES: usize = 8 << 20;
const HEADER_BYTES: usize = 56;
/// Link secret, auth token and cover key, which stand before the notes.
const KEYS_BYTES: usize = 96;
const PREFIX: [u8; 5] = [b'S', b'G', b'D', b'1', SUITE];

/// What opens a record beside the resume key. Its number stands in the header.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing, at levels 1 and 2.
    Open = 0,
    /// The owner's account key, at levels 3 and 4.
    Own = 1,
    /// Nothing, for somebody without an account, at level 4.
    Submission = 2,
}

impl Kind {
    /// Bytes of the keys that stand before the notes, beside those that all have.
    const fn more_bytes(self) -> usize {
        match self {
            Self::Open => 0,
            Self::Own => 32,
            Self::Submission => 64,
        }
    }
}

secret! {
    /// Opens the records of one unfinished delivery. The sender's browser makes it; the server keeps it.
    ResumeKey at "crypto_core::draft::ResumeKey"
}

impl ResumeKey {
    /// A new one: 32 random bytes.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self::build(|key| rng.fill_bytes(key))
    }
    /// As the server tells it.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self::build(|key| key.copy_from_slice(bytes))
    }
    /// The 32 bytes that the server is given. Keep them nowhere beside the record.
    pub fn to_bytes(&self) -> [u8; 32] {
        *self.expose()
    }
}

/// An opened record: what a sender needs to go on. It has no `Debug`, for it is what the record hides.
pub struct Draft {
    /// The delivery and its link.
    pub link: Link,
    /// What link and password gave. The password itself is not kept.
    pub keys: LinkKeys,
    /// Whatever the application noted: the letter, the files and their parts.
    pub notes: Zeroizing<Vec<u8>>,
}

/// Makes the record of an unfinished delivery at level 1 or 2, with a new salt each time.
///
/// > SPEC §9: `record = wrap(resume key, "SGD1" | suite | 0x000000 | delivery 16 B | salt 32 B,
/// > link secret || auth || cover key || notes)`
///
/// # Errors
/// [`SealError::TooLarge`] for notes over [`MAX_NOTES_BYTES`].
pub fn seal(
    key: &ResumeKey,
    link: &Link,
    keys: &LinkKeys,
    notes: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    write(key.expose(), Kind::Open, (link, keys), &[], notes, rng)
}

/// Makes the record of an unfinished delivery at level 3 or 4, for its sender alone.
///
/// > SPEC §9: `record = wrap(own key, "SGD1" | suite | 0x01 | 0x0000 | delivery 16 B | salt 32 B,
/// > link secret || auth || cover key || delivery key || notes)`
///
/// # Errors
/// As [`seal`].
pub fn seal_own(
    key: &ResumeKey,
    owner: &Identity,
    (link, keys, delivery_key): (&Link, &LinkKeys, &DeliveryKey),
    notes: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    let own = own_key(key, owner, link.delivery);
    write(own.expose(), Kind::Own, (link, keys), delivery_key.expose(), notes, rng)
}

/// Makes the record of an unfinished submission into a box, at level 4.
///
/// > SPEC §9: `record = wrap(resume key, "SGD1" | suite | 0x02 | 0x0000 | delivery 16 B | salt 32 B,
/// > link secret || auth || cover key || delivery key || receipt secret || notes)`
///
/// # Errors
/// As [`seal`].
pub fn seal_submission(
    key: &ResumeKey,
    (link, keys, delivery_key, receipt): (&Link, &LinkKeys, &DeliveryKey, &ReceiptSecret),
    notes: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    let more = Zeroizing::new([delivery_key.expose().as_slice(), receipt.expose()].concat());
    write(key.expose(), Kind::Submission, (link, keys), &more, notes, rng)
}

/// Opens the record of this submission.
///
/// # Errors
/// As [`open`].
pub fn open_submission(
    key: &ResumeKey,
    delivery: DeliveryId,
    record: &[u8],
) -> Result<(Draft, DeliveryKey, ReceiptSecret), OpenError> {
    let (draft, more) = read(key.expose(), Kind::Submission, delivery, record)?;
    let mut more = more.as_slice();
    Ok((draft, delivery_key(&mut more)?, ReceiptSecret::from_bytes(take(&mut more)?)))
}

/// Is this a record that [`open_submission`] opens? Nothing of it has been checked.
pub fn is_submission(record: &[u8]) -> bool {
    record.get(PREFIX.len()) == Some(&(Kind::Submission as u8))
}

/// Opens the record of this delivery at level 1 or 2.
///
/// # Errors
/// [`OpenError::UnknownFormat`] for another version or suite; [`OpenError::Damaged`] for everything else, such as another
/// delivery's record or key, or one that [`is_own`].
pub fn open(key: &ResumeKey, delivery: DeliveryId, record: &[u8]) -> Result<Draft, OpenError> {
    read(key.expose(), Kind::Open, delivery, record).map(|(draft, _)| draft)
}

/// Opens the record of this delivery at level 3 or 4.
///
/// # Errors
/// [`OpenError::UnknownFormat`] for another version or suite; [`OpenError::Damaged`] for everything else, such as a record
/// that was made beside other keys of the owner.
pub fn open_own(
    key: &ResumeKey,
    owner: &Identity,
    delivery: DeliveryId,
    record: &[u8],
) -> Result<(Draft, DeliveryKey), OpenError> {
    let own = own_key(key, owner, delivery);
    let (draft, more) = read(own.expose(), Kind::Own, delivery, record)?;
    Ok((draft, delivery_key(&mut more.as_slice())?))
}

fn delivery_key(more: &mut &[u8]) -> Result<DeliveryKey, OpenError> {
    let key = take::<32>(more)?;
    Ok(DeliveryKey::build(|bytes| bytes.copy_from_slice(key)))
}

/// Is this a record that only [`open_own`] opens? Nothing of it has been checked.
pub fn is_own(record: &[u8]) -> bool {
    record.get(PREFIX.len()) == Some(&(Kind::Own as u8))
}

/// > SPEC §9: `own key = Expand(Extract(resume key, draft key), ctx("own draft", delivery), 32)`
fn own_key(key: &ResumeKey, owner: &Identity, delivery: DeliveryId) -> SecretBytes<32> {
    let half = owner.key().derive(Label::DraftKey, owner.card().account());
    let prk = Hkdf::extract(key.expose(), half.expose());
    SecretBytes::build(|own| prk.expand(&context(Label::OwnDraft, &[&delivery.0]), own))
}

fn write(
    key: &[u8; 32],
    kind: Kind,
    (link, keys): (&Link, &LinkKeys),
    more: &[u8],
    notes: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    if notes.len() > MAX_NOTES_BYTES {
        return Err(SealError::TooLarge);
    }
    let mut header = [0; HEADER_BYTES];
    header[..5].copy_from_slice(&PREFIX);
    header[5] = kind as u8;
    header[8..24].copy_from_slice(&link.delivery.0);
    rng.fill_bytes(&mut header[24..]);
    let mut message = Zeroizing::new(Vec::with_capacity(KEYS_BYTES + more.len() + notes.len()));
    message.extend_from_slice(link.secret().expose());
    message.extend_from_slice(keys.auth.expose());
    message.extend_from_slice(keys.cover.expose());
    message.extend_from_slice(more);
    message.extend_from_slice(notes);
    wrap::wrap(key, &header, &message)
}

fn read(
    key: &[u8; 32],
    kind: Kind,
    delivery: DeliveryId,
    record: &[u8],
) -> Result<(Draft, Zeroizing<Vec<u8>>), OpenError> {
    let keys_bytes = KEYS_BYTES + kind.more_bytes();
    if record.len() > HEADER_BYTES + wrap::OVERHEAD + keys_bytes + MAX_NOTES_BYTES {
        return Err(OpenError::Damaged);
    }
    check_header(record, kind, delivery)?;
    let message = Zeroizing::new(wrap::unwrap(key, HEADER_BYTES, record)?);
    let mut rest = message.as_slice();
    let [secret, auth, cover] = [take::<32>(&mut rest)?, take(&mut rest)?, take(&mut rest)?];
    let (more, rest) = rest.split_at_checked(kind.more_bytes()).ok_or(OpenError::Damaged)?;
    let more = Zeroizing::new(more.to_vec());
    let draft = Draft {
        link: Link::with_secret(delivery, secret),
        keys: LinkKeys {
            auth: AuthToken::build(|token| token.copy_from_slice(auth)),
            cover: CoverKey::build(|key| key.copy_from_slice(cover)),
        },
        notes: Zeroizing::new(rest.to_vec()),
    };
    Ok((draft, more))
}

fn check_header(mut record: &[u8], kind: Kind, delivery: DeliveryId) -> Result<(), OpenError> {
    let [m0, m1, m2, version, suite, found, zeros @ ..] = *take::<8>(&mut record)?;
    if [m0, m1, m2] != *b"SGD" || !version.is_ascii_digit() {
        return Err(OpenError::Damaged);
    }
    if version != PREFIX[3] || suite != SUITE || found > Kind::Submission as u8 || zeros != [0; 2] {
        return Err(OpenError::UnknownFormat);
    }
    if found == kind as u8 && *take::<16>(&mut record)? == delivery.0 {
        Ok(())
    } else {
        Err(OpenError::Damaged)
    }
}
