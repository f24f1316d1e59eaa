//! What somebody keeps for themselves at the server: pins, link secrets, invitations, keys of boxes. SPEC §14.3.
//!
//! The server could give back an old one. So each has a number, which every device that has seen it remembers, and names the
//! card of its owner: it does not fit beside older or other keys.

use std::collections::BTreeMap;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::codec::{DecodeError, Read, WriteError, Writer, decode_exactly, take};
use crate::error::{ParseError, SealError, VaultError};
use crate::id::{AccountId, BoxId, DeliveryId, RecipientId};
use crate::identity::{CardHash, Fingerprint, Identity};
use crate::invitation::SentInvitation;
use crate::label::Label;
use crate::link::Link;
use crate::login::LoginName;
use crate::padding::{pad, unpad};
use crate::submit_box::{BoxKeys, read_keys, write_keys};
use crate::suite::SUITE;
use crate::suite::sign::SignatureKey;
use crate::trust::{Pin, Pins, Trust};
use crate::wrap;

const VERSION: u8 = 1;
const HEADER_BYTES: usize = 96;
const PREFIX: [u8; 8] = [b'S', b'G', b'V', b'1', SUITE, 0, 0, 0];
/// The largest vault in bytes.
pub const MAX_VAULT_BYTES: usize = 512 << 10;
/// Most link secrets that are kept.
pub const MAX_LINKS: usize = 5_000;
/// Most invitations that are kept.
pub const MAX_INVITATIONS: usize = 200;

/// Most boxes whose keys are kept.
pub const MAX_BOXES: usize = 8;

/// An opened vault. It has no `Debug`.
#[derive(Default)]
pub struct Vault {
    version: u32,
    /// The keys that were seen.
    pub pins: Pins,
    links: BTreeMap<DeliveryId, Link>,
    invitations: Vec<SentInvitation>,
    boxes: Vec<BoxKeys>,
}

impl Vault {
    /// An empty one that follows the number of what was there before: 0 for a new account; after a reset the number of the
    /// vault that is lost, so that devices which have seen that take the new one for newer.
    pub fn after(version: u32) -> Self {
        Self { version, ..Self::default() }
    }

    /// The number of the vault that was opened or sealed last. Remember it on this device once the server has taken it.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// So that the test cases can seal the same number again.
    pub(crate) fn count_back(&mut self) {
        self.version -= 1;
    }

    /// Keeps the link of a delivery that was sent or opened, so that it opens again without the mail.
    ///
    /// # Errors
    /// [`SealError::TooLarge`] when there are [`MAX_LINKS`].
    pub fn keep_link(&mut self, link: &Link) -> Result<(), SealError> {
        if self.links.len() >= MAX_LINKS && !self.links.contains_key(&link.delivery) {
            return Err(SealError::TooLarge);
        }
        self.links.insert(link.delivery, link.copy());
        Ok(())
    }

    /// The link of a delivery, when it is kept.
    pub fn link(&self, delivery: DeliveryId) -> Option<&Link> {
        self.links.get(&delivery)
    }

    /// Forgets the link of a delivery, and the invitations to it.
    pub fn forget(&mut self, delivery: DeliveryId) {
        self.links.remove(&delivery);
        self.invitations.retain(|invitation| invitation.delivery() != delivery);
    }

    /// Keeps an invitation, so that its answer can be checked. When there are [`MAX_INVITATIONS`], the oldest that was used
    /// makes room, or else the oldest: whoever answers that one later is vouched for by the server alone.
    pub fn keep_invitation(&mut self, invitation: SentInvitation) {
        let place = (invitation.delivery(), invitation.recipient());
        self.invitations.retain(|other| (other.delivery(), other.recipient()) != place);
        if self.invitations.len() >= MAX_INVITATIONS {
            let used = self.invitations.iter().position(|other| other.used().is_some());
            self.invitations.remove(used.unwrap_or(0));
        }
        self.invitations.push(invitation);
    }

    /// The invitation to one recipient of a delivery. Checking an answer changes it: seal the vault after that.
    pub fn invitation(
        &mut self,
        delivery: DeliveryId,
        recipient: RecipientId,
    ) -> Option<&mut SentInvitation> {
        self.invitations
            .iter_mut()
            .find(|invitation| (invitation.delivery(), invitation.recipient()) == (delivery, recipient))
    }

    /// Keeps the keys of a box, in place of those that were there.
    ///
    /// # Errors
    /// [`SealError::TooLarge`] when there are [`MAX_BOXES`].
    pub fn keep_box(&mut self, keys: BoxKeys) -> Result<(), SealError> {
        self.forget_box(keys.id());
        if self.boxes.len() >= MAX_BOXES {
            return Err(SealError::TooLarge);
        }
        self.boxes.push(keys);
        Ok(())
    }

    /// The keys of a box. Renewing them changes it: seal the vault after that.
    pub fn box_keys(&mut self, id: BoxId) -> Option<&mut BoxKeys> {
        self.boxes.iter_mut().find(|keys| keys.id() == id)
    }

    /// Forgets the keys of a box, and with them what was sent into it.
    pub fn forget_box(&mut self, id: BoxId) {
        self.boxes.retain(|keys| keys.id() != id);
    }

    /// Seals the vault under the next number, at most [`MAX_VAULT_BYTES`] long.
    ///
    /// > SPEC §14.3: `vault = wrap(vault key, "SGV1" | suite | 0x000000 | account 16 B | generation u32be | version u32be |
    /// > SHA-256(card) 32 B | salt 32 B, pad(contents))`
    ///
    /// # Errors
    /// [`SealError::TooLarge`]: [`Vault::forget`] deliveries that have ended. [`SealError::CipherFailed`].
    pub fn seal(&mut self, identity: &Identity, rng: &mut impl CryptoRng) -> Result<Vec<u8>, SealError> {
        let version = self.version.checked_add(1).ok_or(SealError::TooLarge)?;
        let contents = Zeroizing::new(write(self).map_err(|_| SealError::BadInput)?);
        let card = identity.card();
        let mut header = [0; HEADER_BYTES];
        header[..8].copy_from_slice(&PREFIX);
        header[8..24].copy_from_slice(&card.account().0);
        header[24..28].copy_from_slice(&card.generation().to_be_bytes());
        header[28..32].copy_from_slice(&version.to_be_bytes());
        header[32..64].copy_from_slice(&card.hash().0);
        rng.fill_bytes(&mut header[64..]);
        let key = identity.key().derive(Label::VaultKey, card.account());
        let vault = wrap::wrap(key.expose(), &header, &pad(&contents)?)?;
        if vault.len() > MAX_VAULT_BYTES {
            return Err(SealError::TooLarge);
        }
        self.version = version;
        Ok(vault)
    }

    /// Opens the vault that the server shows. `seen` is the highest number that this device remembers for the account, 0
    /// for none.
    ///
    /// > SPEC §14.3, order of checks: header → account, generation and card are ours → commitment → tag → not below what was
    /// > seen → padding → contents.
    ///
    /// # Errors
    /// [`VaultError::OtherIdentity`] when it was sealed beside other keys, [`VaultError::RolledBack`],
    /// [`VaultError::UnknownFormat`], [`VaultError::Damaged`].
    pub fn open(identity: &Identity, vault: &[u8], seen: u32) -> Result<Self, VaultError> {
        if vault.len() > MAX_VAULT_BYTES {
            return Err(VaultError::Damaged);
        }
        let mut rest = vault;
        let prefix = *take::<8>(&mut rest)?;
        if prefix[..3] != PREFIX[..3] || !prefix[3].is_ascii_digit() {
            return Err(VaultError::Damaged);
        }
        if prefix != PREFIX {
            return Err(VaultError::UnknownFormat);
        }
        let account = AccountId(*take(&mut rest)?);
        let generation = u32::from_be_bytes(*take(&mut rest)?);
        let version = u32::from_be_bytes(*take(&mut rest)?);
        let hash = CardHash(*take(&mut rest)?);
        let card = identity.card();
        if (account, generation, hash) != (card.account(), card.generation(), card.hash()) {
            return Err(VaultError::OtherIdentity);
        }
        let key = identity.key().derive(Label::VaultKey, account);
        let message = Zeroizing::new(wrap::unwrap(key.expose(), HEADER_BYTES, vault)?);
        if version < seen {
            return Err(VaultError::RolledBack);
        }
        let mut opened = decode_exactly(unpad(&message)?, read, write)?;
        opened.version = version;
        Ok(opened)
    }
}

/// > SPEC §14.3: `contents = {1: version, 2: [pin], 3: [link], 4: [invitation], ?5: [box]}`
fn write(vault: &Vault) -> Result<Vec<u8>, WriteError> {
    // Reserved, so that no copy stays behind.
    let room = 256
        + 512 * vault.pins.0.len()
        + 64 * vault.links.len()
        + 512 * vault.invitations.len()
        + vault.boxes.iter().map(|keys| 128 + 96 * keys.kems.len()).sum::<usize>();
    let mut out = Writer::new(Vec::with_capacity(room));
    out.map(4 + u64::from(!vault.boxes.is_empty()))?;
    out.u8(1)?.u8(VERSION)?;
    out.u8(2)?.array(vault.pins.0.len() as u64)?;
    for (email, pin) in &vault.pins.0 {
        out.map(7)?;
        out.u8(1)?.str(email)?;
        out.u8(2)?.bytes(&pin.account.0)?;
        out.u8(3)?.u32(pin.generation)?;
        out.u8(4)?.bytes(&pin.signing.to_bytes())?;
        out.u8(5)?.bytes(&pin.card.0)?;
        out.u8(6)?.u8(number(pin.trust))?;
        out.u8(7)?.u64(pin.since)?;
    }
    out.u8(3)?.array(vault.links.len() as u64)?;
    for (delivery, link) in &vault.links {
        out.map(2)?;
        out.u8(1)?.bytes(&delivery.0)?;
        out.u8(2)?.bytes(link.secret().expose())?;
    }
    out.u8(4)?.array(vault.invitations.len() as u64)?;
    for invitation in &vault.invitations {
        let used = invitation.used();
        out.map(5 + u64::from(used.is_some()))?;
        out.u8(1)?.bytes(&invitation.delivery().0)?;
        out.u8(2)?.bytes(&invitation.recipient().0)?;
        out.u8(3)?.str(invitation.email())?;
        out.u8(4)?.bytes(&invitation.inviter().to_bytes())?;
        out.u8(5)?.bytes(invitation.secret().expose())?;
        if let Some(used) = used {
            out.u8(6)?.bytes(&used.0)?;
        }
    }
    if !vault.boxes.is_empty() {
        out.u8(5)?.array(vault.boxes.len() as u64)?;
        for keys in &vault.boxes {
            write_keys(&mut out, keys)?;
        }
    }
    Ok(out.into_writer())
}

fn read(input: &mut minicbor::Decoder<'_>) -> Result<Vault, DecodeError> {
    let entries = input.entries(1, u64::MAX)?;
    input.key(1)?;
    if input.u64()? != u64::from(VERSION) {
        return Err(ParseError::UnknownFormat.into());
    }
    if !(4..=5).contains(&entries) {
        return Err(DecodeError::MALFORMED);
    }
    let mut vault = Vault::default();
    input.key(2)?;
    for _ in 0..input.elements(Pins::MOST)? {
        let (email, pin) = read_pin(input)?;
        vault.pins.0.insert(email, pin);
    }
    input.key(3)?;
    for _ in 0..input.elements(MAX_LINKS)? {
        input.entries(2, 2)?;
        input.key(1)?;
        let delivery = DeliveryId(input.fixed()?);
        input.key(2)?;
        let secret = Zeroizing::new(input.fixed()?);
        vault.links.insert(delivery, Link::with_secret(delivery, &secret));
    }
    input.key(4)?;
    for _ in 0..input.elements(MAX_INVITATIONS)? {
        let invitation = read_invitation(input)?;
        vault.invitations.push(invitation);
    }
    if entries == 5 {
        input.key(5)?;
        for _ in 0..input.elements(MAX_BOXES)? {
            let keys = read_keys(input)?;
            vault.boxes.push(keys);
        }
    }
    Ok(vault)
}

fn read_pin(input: &mut minicbor::Decoder<'_>) -> Result<(String, Pin), DecodeError> {
    input.entries(7, 7)?;
    input.key(1)?;
    let email = input.text(LoginName::MAX_BYTES)?.to_owned();
    input.key(2)?;
    let account = AccountId(input.fixed()?);
    input.key(3)?;
    let generation = input.u32()?;
    input.key(4)?;
    let signing = SignatureKey::from_bytes(&input.fixed()?).ok_or(DecodeError::MALFORMED)?;
    input.key(5)?;
    let card = CardHash(input.fixed()?);
    input.key(6)?;
    let trust = trust(input.u8()?).ok_or(DecodeError::MALFORMED)?;
    input.key(7)?;
    let since = input.u64()?;
    Ok((email, Pin { account, generation, signing, card, trust, since }))
}

fn read_invitation(input: &mut minicbor::Decoder<'_>) -> Result<SentInvitation, DecodeError> {
    let entries = input.entries(5, 6)?;
    input.key(1)?;
    let delivery = DeliveryId(input.fixed()?);
    input.key(2)?;
    let recipient = RecipientId(input.fixed()?);
    input.key(3)?;
    let email = input.text(LoginName::MAX_BYTES)?.to_owned();
    input.key(4)?;
    let inviter = Fingerprint::from_bytes(input.fixed()?);
    input.key(5)?;
    let secret = Zeroizing::new(input.fixed()?);
    let used = match entries {
        5 => None,
        _ => {
            input.key(6)?;
            Some(CardHash(input.fixed()?))
        }
    };
    Ok(SentInvitation::restore((delivery, recipient), email, inviter, &secret, used))
}

/// > SPEC §14.3: 1 pinned, 2 words compared, 3 invited; a key that only the server vouches for is not kept
const fn number(trust: Trust) -> u8 {
    match trust {
        Trust::ServerVouched => 0,
        Trust::Pinned => 1,
        Trust::WordsCompared => 2,
        Trust::Invited => 3,
    }
}

const fn trust(number: u8) -> Option<Trust> {
    match number {
        1 => Some(Trust::Pinned),
        2 => Some(Trust::WordsCompared),
        3 => Some(Trust::Invited),
        _ => None,
    }
}
