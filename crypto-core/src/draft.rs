//! What an unfinished delivery leaves in its sender's browser, so that it can go on after a closed tab. SPEC §9.
//!
//! Browser and server each keep half: the browser a record, the server the key that opens it. The server tells the key to
//! the sender's sessions only and forgets it when the delivery is sent or cancelled; from then on the record is noise.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::access::AuthToken;
use crate::codec::take;
use crate::error::{OpenError, SealError};
use crate::id::DeliveryId;
use crate::link::{CoverKey, Link, LinkKeys};
use crate::secret::secret;
use crate::suite::SUITE;
use crate::wrap;

/// Most bytes of an application's notes in a record.
pub const MAX_NOTES_BYTES: usize = 8 << 20;
const HEADER_BYTES: usize = 56;
/// Link secret, auth token and cover key, which stand before the notes.
const KEYS_BYTES: usize = 96;
const PREFIX: [u8; 8] = [b'S', b'G', b'D', b'1', SUITE, 0, 0, 0];

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

/// Makes the record of an unfinished delivery, with a new salt each time.
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
    if notes.len() > MAX_NOTES_BYTES {
        return Err(SealError::TooLarge);
    }
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(&PREFIX);
    header[8..24].copy_from_slice(&link.delivery.0);
    rng.fill_bytes(&mut header[24..]);
    let mut message = Zeroizing::new(Vec::with_capacity(KEYS_BYTES + notes.len()));
    message.extend_from_slice(link.secret().expose());
    message.extend_from_slice(keys.auth.expose());
    message.extend_from_slice(keys.cover.expose());
    message.extend_from_slice(notes);
    wrap::wrap(key.expose(), &header, &message)
}

/// Opens the record of this delivery.
///
/// # Errors
/// [`OpenError::UnknownFormat`] for another version or suite; [`OpenError::Damaged`] for everything else, such as another
/// delivery's record or key.
pub fn open(key: &ResumeKey, delivery: DeliveryId, record: &[u8]) -> Result<Draft, OpenError> {
    if record.len() > HEADER_BYTES + wrap::OVERHEAD + KEYS_BYTES + MAX_NOTES_BYTES {
        return Err(OpenError::Damaged);
    }
    check_header(record, delivery)?;
    let message = Zeroizing::new(wrap::unwrap(key.expose(), HEADER_BYTES, record)?);
    let mut rest = message.as_slice();
    let [secret, auth, cover] = [take::<32>(&mut rest)?, take(&mut rest)?, take(&mut rest)?];
    Ok(Draft {
        link: Link::with_secret(delivery, secret),
        keys: LinkKeys {
            auth: AuthToken::build(|token| token.copy_from_slice(auth)),
            cover: CoverKey::build(|key| key.copy_from_slice(cover)),
        },
        notes: Zeroizing::new(rest.to_vec()),
    })
}

fn check_header(mut record: &[u8], delivery: DeliveryId) -> Result<(), OpenError> {
    let [m0, m1, m2, version, format @ ..] = *take::<8>(&mut record)?;
    if [m0, m1, m2] != *b"SGD" || !version.is_ascii_digit() {
        return Err(OpenError::Damaged);
    }
    if version != b'1' || format != PREFIX[4..] {
        return Err(OpenError::UnknownFormat);
    }
    if *take::<16>(&mut record)? == delivery.0 { Ok(()) } else { Err(OpenError::Damaged) }
}
