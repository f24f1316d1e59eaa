//! A recipient's own link: it leads to the delivery's link, and to nothing else. SPEC §5.4.
//!
//! Each recipient has a secret of their own, so that each link can be told from the others, followed and taken back alone.
//! What it opens is the delivery's link secret, from which everything follows as in [`crate::link`].

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::access::GateToken;
use crate::codec::{self, take};
use crate::error::{OpenError, ParseError, SealError};
use crate::id::{DeliveryId, Level, RecipientId};
use crate::label::{Label, context};
use crate::link::Link;
use crate::secret::{SecretBytes, secret};
use crate::suite::{Hkdf, SUITE};
use crate::wrap;

/// Tells the form of the link, where the delivery's own link has its version.
const FORM: &str = "1p";
/// Bytes of [`PersonalLink::seal`].
pub const SEALED_BYTES: usize = HEADER_BYTES + wrap::OVERHEAD + 32;
const HEADER_BYTES: usize = 72;
const MAGIC: [u8; 4] = *b"SGP1";

secret! {
    /// 32 random bytes that stand in one recipient's link after `#`. Whoever has them has that link.
    PersonalSecret at "crypto_core::personal::PersonalSecret"
}

/// A delivery and the secret of one recipient's link.
pub struct PersonalLink {
    /// Stands in the link's path.
    pub delivery: DeliveryId,
    secret: PersonalSecret,
}

/// The link that somebody came with.
pub enum AnyLink {
    /// The delivery's own.
    Own(Link),
    /// One recipient's.
    Personal(PersonalLink),
}

impl AnyLink {
    /// Reads what stands after `#`, without the `#`, in either form.
    ///
    /// # Errors
    /// Those of [`Link::parse`].
    pub fn parse(delivery: DeliveryId, fragment: &str) -> Result<Self, ParseError> {
        match fragment.split_once('.') {
            Some((FORM, secret)) => {
                let mut read = Ok(());
                let secret = PersonalSecret::build(|bytes| read = codec::read_base64url(secret, bytes));
                read.map(|()| Self::Personal(PersonalLink { delivery, secret }))
            }
            _ => Link::parse(delivery, fragment).map(Self::Own),
        }
    }
}

impl PersonalLink {
    /// A new secret for a recipient of this delivery.
    pub fn generate(delivery: DeliveryId, rng: &mut impl CryptoRng) -> Self {
        Self { delivery, secret: PersonalSecret::build(|secret| rng.fill_bytes(secret)) }
    }

    /// The link whose secret `fill` writes.
    pub(crate) fn with_secret(delivery: DeliveryId, fill: impl FnOnce(&mut [u8; 32])) -> Self {
        Self { delivery, secret: PersonalSecret::build(fill) }
    }

    /// What stands after `#`, without the `#`: 46 characters. It is the secret: hand it to this recipient alone.
    pub fn fragment(&self) -> Zeroizing<String> {
        let secret = codec::base64url(self.secret.expose());
        Zeroizing::new([FORM, ".", secret.as_str()].concat())
    }

    /// Proves possession of this link. Cheap.
    ///
    /// > SPEC §5.4: `prk = Extract("", secret)`, `gate = Expand(prk, ctx("personal gate", delivery), 32)`
    pub fn gate(&self) -> GateToken {
        let prk = Hkdf::extract(&[], self.secret.expose());
        GateToken::build(|gate| prk.expand(&context(Label::PersonalGate, &[&self.delivery.0]), gate))
    }

    /// Wraps the delivery's link under this one, [`SEALED_BYTES`] long. The server keeps it beside the recipient.
    ///
    /// > SPEC §5.4: `sealed = wrap(personal key, "SGP1" | suite | level | 0x0000 | delivery | recipient | salt 32 B,
    /// > link secret)`
    ///
    /// # Errors
    /// [`SealError::BadInput`] when `link` is of another delivery, [`SealError::CipherFailed`].
    pub fn seal(
        &self,
        link: &Link,
        recipient: RecipientId,
        level: Level,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, SealError> {
        if link.delivery != self.delivery {
            return Err(SealError::BadInput);
        }
        let mut header = [0; HEADER_BYTES];
        header[..40].copy_from_slice(&self.prefix(recipient, level));
        rng.fill_bytes(&mut header[40..]);
        wrap::wrap(self.key().expose(), &header, link.secret().expose())
    }

    /// The delivery's link, as its sender wrapped it for this recipient.
    ///
    /// # Errors
    /// [`OpenError::UnknownFormat`] for another version or suite; [`OpenError::Damaged`] for everything else, such as what
    /// was sealed for another recipient, delivery or level.
    pub fn open(&self, recipient: RecipientId, level: Level, sealed: &[u8]) -> Result<Link, OpenError> {
        let expected = self.prefix(recipient, level);
        let mut rest = sealed;
        let prefix = take::<40>(&mut rest)?;
        let [m0, m1, m2, version, suite, ..] = *prefix;
        if [m0, m1, m2] != *b"SGP" || !version.is_ascii_digit() {
            return Err(OpenError::Damaged);
        }
        if version != MAGIC[3] || suite != SUITE {
            return Err(OpenError::UnknownFormat);
        }
        if *prefix != expected || sealed.len() != SEALED_BYTES {
            return Err(OpenError::Damaged);
        }
        let message = Zeroizing::new(wrap::unwrap(self.key().expose(), HEADER_BYTES, sealed)?);
        let secret = message.as_slice().try_into().map_err(|_| OpenError::Damaged)?;
        Ok(Link::with_secret(self.delivery, secret))
    }

    /// > SPEC §5.4: `personal key = Expand(prk, ctx("personal key", delivery), 32)`
    fn key(&self) -> SecretBytes<32> {
        let prk = Hkdf::extract(&[], self.secret.expose());
        SecretBytes::build(|key| prk.expand(&context(Label::PersonalKey, &[&self.delivery.0]), key))
    }

    fn prefix(&self, recipient: RecipientId, level: Level) -> [u8; 40] {
        let mut prefix = [0; 40];
        prefix[..4].copy_from_slice(&MAGIC);
        prefix[4] = SUITE;
        prefix[5] = level.number();
        prefix[8..24].copy_from_slice(&self.delivery.0);
        prefix[24..].copy_from_slice(&recipient.0);
        prefix
    }
}
