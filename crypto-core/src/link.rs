//! A delivery's link, and everything derived from it. SPEC §5.
//!
//! `/d/<delivery>#1.<secret>` — the delivery goes to the server, the rest after `#` never does.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::access::{AuthToken, GateToken};
use crate::codec;
use crate::error::{KeyError, ParseError};
use crate::id::DeliveryId;
use crate::kdf::{Password, Profile};
use crate::label::{Label, context};
use crate::secret::{SecretBytes, secret};
use crate::suite::Hkdf;

/// The link format that this software writes.
const VERSION: &str = "1";

secret! {
    /// 32 random bytes that stand in a link after `#`. Whoever has them has the link.
    LinkSecret at "crypto_core::link::LinkSecret"
}
secret! {
    /// Opens the cover and the files of a level 1 delivery.
    CoverKey at "crypto_core::link::CoverKey"
}

/// A delivery and the secret of its link.
pub struct Link {
    /// Stands in the link's path.
    pub delivery: DeliveryId,
    secret: LinkSecret,
}

/// What link and password together give.
pub struct LinkKeys {
    /// Proves to the server that its holder may fetch the ciphertext.
    pub auth: AuthToken,
    /// Opens the ciphertext; never leaves the browser.
    pub cover: CoverKey,
}

impl Link {
    /// A new delivery with a new secret.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self {
            delivery: DeliveryId::generate(rng),
            secret: LinkSecret::build(|secret| rng.fill_bytes(secret)),
        }
    }

    /// Reads what stands after `#`, without the `#`.
    ///
    /// > SPEC §5.1: `fragment = "1." secret`, secret = 43 characters of base64url
    ///
    /// # Errors
    /// [`ParseError::UnknownFormat`] when the version is another number, whatever follows, or when a sender's fingerprint
    /// is present: to ignore that would be to promise less than the link does. [`ParseError::Malformed`] for anything else.
    pub fn parse(delivery: DeliveryId, fragment: &str) -> Result<Self, ParseError> {
        let (version, rest) = fragment.split_once('.').unwrap_or((fragment, ""));
        if version != VERSION {
            return Err(if is_version(version) { ParseError::UnknownFormat } else { ParseError::Malformed });
        }
        let (secret, sender) =
            rest.split_once('.').map_or((rest, None), |(secret, sender)| (secret, Some(sender)));
        let mut read = Ok(());
        let secret = LinkSecret::build(|bytes| read = codec::read_base64url(secret, bytes));
        read?;
        if let Some(sender) = sender {
            // A fingerprint has 20 bytes.
            codec::read_base64url(sender, &mut [0; 20])?;
            return Err(ParseError::UnknownFormat);
        }
        Ok(Self { delivery, secret })
    }

    /// The link that has this secret.
    pub(crate) fn with_secret(delivery: DeliveryId, secret: &[u8; 32]) -> Self {
        Self { delivery, secret: LinkSecret::build(|bytes| bytes.copy_from_slice(secret)) }
    }

    /// The same link, to be kept elsewhere.
    pub fn copy(&self) -> Self {
        Self::with_secret(self.delivery, self.secret.expose())
    }

    /// What stands in the link after `1.`.
    pub(crate) fn secret(&self) -> &LinkSecret {
        &self.secret
    }

    /// What stands after `#`, without the `#`: 45 characters. It is the secret: show it to the sender, send it nowhere.
    pub fn fragment(&self) -> Zeroizing<String> {
        let secret = codec::base64url(self.secret.expose());
        Zeroizing::new([VERSION, ".", secret.as_str()].concat())
    }

    /// Proves possession of the link, with or without knowledge of the password. Cheap.
    ///
    /// > SPEC §5.2: `prk = Extract("", secret)`, `gate = Expand(prk, ctx("gate", delivery), 32)`
    pub fn gate(&self) -> GateToken {
        let prk = Hkdf::extract(&[], self.secret.expose());
        GateToken::build(|gate| prk.expand(&context(Label::Gate, &[&self.delivery.0]), gate))
    }

    /// Derives token and key. With a password it takes 64 MiB and some tenths of a second.
    ///
    /// > SPEC §5.2: `stretched = Argon2id(password, Expand(prk, ctx("password salt", delivery), 16))`, or empty without a
    /// > password; `prk' = Extract(stretched, secret)`; `auth = Expand(prk', ctx("auth", delivery, profile), 32)`,
    /// > `cover = Expand(prk', ctx("cover key", delivery, profile), 32)`, `profile` = 1 byte, 0 without a password.
    ///
    /// # Errors
    /// [`KeyError::OutOfMemory`], only with a password.
    pub fn keys(&self, password: Option<&Password>) -> Result<LinkKeys, KeyError> {
        let (prk, profile) = match password {
            None => (Hkdf::extract(&[], self.secret.expose()), 0),
            Some(password) => (self.extract_with(password, Profile::One)?, Profile::One.number()),
        };
        let fields: [&[u8]; 2] = [&self.delivery.0, &[profile]];
        Ok(LinkKeys {
            auth: AuthToken::build(|auth| prk.expand(&context(Label::Auth, &fields), auth)),
            cover: CoverKey::build(|cover| prk.expand(&context(Label::CoverKey, &fields), cover)),
        })
    }

    fn extract_with(&self, password: &Password, profile: Profile) -> Result<Hkdf, KeyError> {
        let prk = Hkdf::extract(&[], self.secret.expose());
        let mut salt = [0; 16];
        prk.expand(&context(Label::PasswordSalt, &[&self.delivery.0]), &mut salt);
        let mut done = Ok(());
        let stretched = SecretBytes::<32>::build(|out| done = profile.stretch(password.expose(), &salt, out));
        done?;
        Ok(Hkdf::extract(stretched.expose(), self.secret.expose()))
    }
}

/// A version number as we would write one: 1 to 3 digits, no leading zero.
fn is_version(text: &str) -> bool {
    (1..=3).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit()) && !text.starts_with('0')
}
