//! Invitations: how two people who have never met know each other's keys, whatever the server does. SPEC §17.
//!
//! The sender hands over a secret by another way than the server: in a link, or as seven words by phone. With it the
//! recipient proves their new card to the sender, and knows the sender's; and if the sender agreed, opens the delivery
//! without waiting.

mod code;

pub use code::InvitationCode;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::codec::{self, DecodeError, Read, WriteError, Writer, decode_exactly, take};
use crate::error::{InvitationError, KeyError, OpenError, ParseError, SealError};
use crate::grant::Access;
use crate::id::{DeliveryId, Level, RecipientId};
use crate::identity::{Card, CardHash, Fingerprint, Identity};
use crate::label::{Label, context};
use crate::login::LoginName;
use crate::personal::PersonalLink;
use crate::sealed::Commitment;
use crate::secret::{SecretBytes, secret};
use crate::suite::{self, Hkdf, SUITE};
use crate::wrap;

/// Tells the form of the link.
const FORM: &str = "1i";
const VERSION: u8 = 1;
const HEADER_BYTES: usize = 72;
const MAGIC: [u8; 4] = *b"SGO1";
/// The longest offer in bytes.
pub const MAX_OFFER_BYTES: usize = HEADER_BYTES + wrap::OVERHEAD + 512;
/// Bytes of a proof.
pub const PROOF_BYTES: usize = 32;

secret! {
    /// 32 bytes that sender and recipient share and the server never sees: random, or stretched from a code.
    InvitationSecret at "crypto_core::invitation::InvitationSecret"
}

impl InvitationSecret {
    /// A new one, for a link.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self::build(|secret| rng.fill_bytes(secret))
    }

    /// Reads what stands after `#` in a link that carries an invitation, without the `#`.
    ///
    /// > SPEC §17.1: `fragment = "1i." secret`
    ///
    /// # Errors
    /// [`ParseError::Malformed`] for every other fragment.
    pub fn parse(fragment: &str) -> Result<Self, ParseError> {
        let Some((FORM, secret)) = fragment.split_once('.') else { return Err(ParseError::Malformed) };
        let mut read = Ok(());
        let secret = Self::build(|bytes| read = codec::read_base64url(secret, bytes));
        read.map(|()| secret)
    }

    /// What stands after `#`, without the `#`: 46 characters. It is the secret: hand it over yourself.
    pub fn fragment(&self) -> Zeroizing<String> {
        Zeroizing::new([FORM, ".", codec::base64url(self.expose()).as_str()].concat())
    }

    /// The recipient's own link, which the invitation's link is as well: the server knows it by its gate token.
    ///
    /// > SPEC §17.1: `personal secret = Expand(Extract("", secret), ctx("invitation link", delivery), 32)`
    pub fn personal(&self, delivery: DeliveryId) -> PersonalLink {
        let prk = Hkdf::extract(&[], self.expose());
        PersonalLink::with_secret(delivery, |secret| {
            prk.expand(&context(Label::InvitationLink, &[&delivery.0]), secret);
        })
    }

    /// What a code stands for, for this recipient. It takes 64 MiB and some tenths of a second.
    ///
    /// > SPEC §17.1: `secret = Argon2id(profile 1, numbers, first 16 bytes of SHA-256(ctx("invitation code", delivery,
    /// > recipient)))`
    ///
    /// # Errors
    /// [`KeyError::OutOfMemory`].
    pub fn from_code(
        code: &InvitationCode,
        delivery: DeliveryId,
        recipient: RecipientId,
    ) -> Result<Self, KeyError> {
        let mut done = Ok(());
        let secret = Self::build(|secret| done = code.stretch(delivery, recipient, secret));
        done.map(|()| secret)
    }

    fn derive(&self, label: Label, (delivery, recipient): (DeliveryId, RecipientId)) -> SecretBytes<32> {
        let prk = Hkdf::extract(&[], self.expose());
        SecretBytes::build(|key| prk.expand(&context(label, &[&delivery.0, &recipient.0]), key))
    }

    /// What the recipient shows to the sender: that this card was made by someone who has the secret.
    ///
    /// > SPEC §17.2: `proof = HMAC(Expand(Extract("", secret), ctx("invitation mac", delivery, recipient), 32),
    /// > ctx("invite", delivery, recipient, inviter's fingerprint, address, SHA-256(card)))`
    fn proof(
        &self,
        place: (DeliveryId, RecipientId),
        inviter: &Fingerprint,
        card: &Card,
    ) -> [u8; PROOF_BYTES] {
        let fields: [&[u8]; 5] =
            [&place.0.0, &place.1.0, &inviter.to_bytes(), card.email().as_str().as_bytes(), &card.hash().0];
        suite::hmac(self.derive(Label::InvitationMac, place).expose(), &context(Label::Invite, &fields))
    }
}

/// What an opened invitation says. It has no `Debug`.
pub struct Offer {
    inviter: Fingerprint,
    email: String,
    place: (DeliveryId, RecipientId),
    access: Option<Access>,
}

impl Offer {
    /// Whose invitation it is: their card has this fingerprint. See [`crate::trust::Pins::inviter`].
    pub fn inviter(&self) -> Fingerprint {
        self.inviter
    }
    /// The address that was invited.
    pub fn email(&self) -> &str {
        &self.email
    }
    /// The keys of the delivery, when its sender lets the recipient open it without waiting.
    pub fn access(&self) -> Option<&Access> {
        self.access.as_ref()
    }

    /// The same, when the offer has served its purpose.
    pub fn into_access(self) -> Option<Access> {
        self.access
    }

    /// Proves our new card to the inviter, [`PROOF_BYTES`] long.
    ///
    /// # Errors
    /// [`InvitationError::OtherAddress`] when another address was invited.
    pub fn prove(
        &self,
        secret: &InvitationSecret,
        card: &Card,
    ) -> Result<[u8; PROOF_BYTES], InvitationError> {
        if card.email().as_str() != self.email {
            return Err(InvitationError::OtherAddress);
        }
        Ok(secret.proof(self.place, &self.inviter, card))
    }
}

/// What the inviter leaves at the server for the invited, at most [`MAX_OFFER_BYTES`]. With `access` the recipient opens the
/// delivery at once: that is the sender's consent, given by handing over the secret.
///
/// > SPEC §17.2: `offer = wrap(Expand(Extract("", secret), ctx("invitation key", delivery, recipient), 32), "SGO1" | suite |
/// > level | 0x0000 | delivery 16 B | recipient 16 B | salt 32 B, contents)`
///
/// # Errors
/// [`SealError::BadInput`] when `access` is to another delivery or level, [`SealError::CipherFailed`].
pub fn seal_offer(
    inviter: &Identity,
    invitation: &SentInvitation,
    level: Level,
    access: Option<&Access>,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    let (delivery, recipient) = invitation.place;
    let other = |access: &Access| (access.place().delivery, access.place().level) != (delivery, level);
    if access.is_some_and(other) || invitation.inviter != inviter.card().fingerprint() {
        return Err(SealError::BadInput);
    }
    let mut header = [0; HEADER_BYTES];
    header[..40].copy_from_slice(&prefix(level, invitation.place));
    rng.fill_bytes(&mut header[40..]);
    let contents = Contents {
        inviter: invitation.inviter,
        email: invitation.email.clone(),
        keys: access.map(|access| Keys {
            key: SecretBytes::build(|key| *key = *access.key().expose()),
            secret: SecretBytes::build(|secret| *secret = *access.link().secret().expose()),
            commitment: access.commitment().0,
        }),
    };
    let contents = Zeroizing::new(write(&contents).map_err(|_| SealError::BadInput)?);
    let key = invitation.secret.derive(Label::InvitationKey, (delivery, recipient));
    wrap::wrap(key.expose(), &header, &contents)
}

/// Opens an invitation.
///
/// # Errors
/// [`OpenError::UnknownFormat`] for another version or suite; [`OpenError::Damaged`] for everything else, such as a mistyped
/// code.
pub fn open_offer(
    secret: &InvitationSecret,
    (delivery, recipient): (DeliveryId, RecipientId),
    level: Level,
    offer: &[u8],
) -> Result<Offer, OpenError> {
    if offer.len() > MAX_OFFER_BYTES {
        return Err(OpenError::Damaged);
    }
    let place = (delivery, recipient);
    let mut rest = offer;
    let found = *take::<40>(&mut rest)?;
    if found[..3] != MAGIC[..3] || !found[3].is_ascii_digit() {
        return Err(OpenError::Damaged);
    }
    if found[..5] != [&MAGIC[..], &[SUITE]].concat() || found[6..8] != [0, 0] {
        return Err(OpenError::UnknownFormat);
    }
    if found != prefix(level, place) {
        return Err(OpenError::Damaged);
    }
    let key = secret.derive(Label::InvitationKey, place);
    let message = Zeroizing::new(wrap::unwrap(key.expose(), HEADER_BYTES, offer)?);
    let contents = decode_exactly(&message, read, write)?;
    let access = contents.keys.map(|keys| {
        let both = (keys.key.expose(), keys.secret.expose());
        Access::from_parts(level, delivery, both, Commitment(keys.commitment))
    });
    Ok(Offer { inviter: contents.inviter, email: contents.email, place, access })
}

/// An invitation as its sender keeps it, in their vault. It has no `Debug`.
pub struct SentInvitation {
    place: (DeliveryId, RecipientId),
    email: String,
    inviter: Fingerprint,
    secret: InvitationSecret,
    used: Option<CardHash>,
}

/// A card that was proved with our invitation; nothing but [`SentInvitation::check`] makes it.
pub struct ProvedCard {
    card: Card,
    first: bool,
}

impl ProvedCard {
    /// The card.
    pub fn card(&self) -> &Card {
        &self.card
    }
    /// Was the invitation unused until now? A proof that comes again may be an old one that the server shows once more.
    pub fn is_first(&self) -> bool {
        self.first
    }
}

impl SentInvitation {
    /// Invites an address to a delivery.
    pub fn new(
        inviter: &Identity,
        (delivery, recipient): (DeliveryId, RecipientId),
        email: &LoginName,
        secret: InvitationSecret,
    ) -> Self {
        let inviter = inviter.card().fingerprint();
        Self { place: (delivery, recipient), email: email.as_str().to_owned(), inviter, secret, used: None }
    }

    /// Checks what came back: a card, and its proof. The first card that is right uses the invitation up; keep the vault
    /// before anything is granted to it.
    ///
    /// # Errors
    /// [`InvitationError::UsedTwice`] when another card was right before: somebody else has the secret, and both must be
    /// suspected. [`InvitationError::WrongProof`], [`InvitationError::OtherAddress`].
    pub fn check(&mut self, card: &Card, proof: &[u8]) -> Result<ProvedCard, InvitationError> {
        if card.email().as_str() != self.email {
            return Err(InvitationError::OtherAddress);
        }
        let received = proof.try_into().map_err(|_| InvitationError::WrongProof)?;
        if !suite::equal(&self.secret.proof(self.place, &self.inviter, card), received) {
            return Err(InvitationError::WrongProof);
        }
        if self.used.is_some_and(|used| used != card.hash()) {
            return Err(InvitationError::UsedTwice);
        }
        let first = self.used.is_none();
        self.used = Some(card.hash());
        Ok(ProvedCard { card: card.clone(), first })
    }

    /// The link to hand over, when the secret is not from a code: what stands after `#`.
    pub fn fragment(&self) -> Zeroizing<String> {
        self.secret.fragment()
    }

    pub(crate) fn restore(
        place: (DeliveryId, RecipientId),
        email: String,
        inviter: Fingerprint,
        secret: &[u8; 32],
        used: Option<CardHash>,
    ) -> Self {
        let secret = InvitationSecret::build(|bytes| *bytes = *secret);
        Self { place, email, inviter, secret, used }
    }
    /// The delivery.
    pub fn delivery(&self) -> DeliveryId {
        self.place.0
    }
    /// The recipient within it.
    pub fn recipient(&self) -> RecipientId {
        self.place.1
    }
    /// The address that was invited.
    pub fn email(&self) -> &str {
        &self.email
    }
    /// The card that used it up, if one has.
    pub fn used(&self) -> Option<CardHash> {
        self.used
    }
    pub(crate) fn inviter(&self) -> Fingerprint {
        self.inviter
    }
    pub(crate) fn secret(&self) -> &InvitationSecret {
        &self.secret
    }
}

/// What an offer wraps.
struct Contents {
    inviter: Fingerprint,
    email: String,
    keys: Option<Keys>,
}

struct Keys {
    key: SecretBytes<32>,
    secret: SecretBytes<32>,
    commitment: [u8; 32],
}

fn prefix(level: Level, (delivery, recipient): (DeliveryId, RecipientId)) -> [u8; 40] {
    let mut prefix = [0; 40];
    prefix[..4].copy_from_slice(&MAGIC);
    prefix[4] = SUITE;
    prefix[5] = level.number();
    prefix[8..24].copy_from_slice(&delivery.0);
    prefix[24..].copy_from_slice(&recipient.0);
    prefix
}

/// > SPEC §17.2: `contents = {1: version, 2: inviter's fingerprint, 3: address, ?4: delivery key, ?5: link secret,
/// > ?6: commitment}`
fn write(contents: &Contents) -> Result<Vec<u8>, WriteError> {
    // Reserved, so that no copy stays behind.
    let mut out = Writer::new(Vec::with_capacity(MAX_OFFER_BYTES));
    out.map(if contents.keys.is_some() { 6 } else { 3 })?;
    out.u8(1)?.u8(VERSION)?;
    out.u8(2)?.bytes(&contents.inviter.to_bytes())?;
    out.u8(3)?.str(&contents.email)?;
    if let Some(keys) = &contents.keys {
        out.u8(4)?.bytes(keys.key.expose())?;
        out.u8(5)?.bytes(keys.secret.expose())?;
        out.u8(6)?.bytes(&keys.commitment)?;
    }
    Ok(out.into_writer())
}

fn read(input: &mut minicbor::Decoder<'_>) -> Result<Contents, DecodeError> {
    let entries = input.entries(1, u64::MAX)?;
    input.key(1)?;
    if input.u64()? != u64::from(VERSION) {
        return Err(ParseError::UnknownFormat.into());
    }
    input.key(2)?;
    let inviter = Fingerprint::from_bytes(input.fixed()?);
    input.key(3)?;
    let email = input.text(LoginName::MAX_BYTES)?.to_owned();
    let keys = match entries {
        3 => None,
        6 => Some(read_keys(input)?),
        _ => return Err(DecodeError::MALFORMED),
    };
    Ok(Contents { inviter, email, keys })
}

fn read_keys(input: &mut minicbor::Decoder<'_>) -> Result<Keys, DecodeError> {
    input.key(4)?;
    let key = Zeroizing::new(input.fixed()?);
    input.key(5)?;
    let secret = Zeroizing::new(input.fixed()?);
    input.key(6)?;
    let commitment = input.fixed()?;
    Ok(Keys {
        key: SecretBytes::build(|bytes| *bytes = *key),
        secret: SecretBytes::build(|bytes| *bytes = *secret),
        commitment,
    })
}
