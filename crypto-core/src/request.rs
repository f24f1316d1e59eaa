//! Requests: somebody asks one address for documents. What for, the server need not know. SPEC §18.4.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::codec::{self, DecodeError, Read, WriteError, Writer, decode_exactly, take};
use crate::error::{OpenError, ParseError, SealError};
use crate::id::TicketId;
use crate::identity::{Fingerprint, Identity};
use crate::label::{Label, context};
use crate::padding::{pad, unpad};
use crate::secret::{SecretBytes, secret};
use crate::submission::TicketToken;
use crate::suite::{Hkdf, SUITE};
use crate::wrap;

/// Tells the form of the link.
const FORM: &str = "1q";
const VERSION: u8 = 1;
const HEADER_BYTES: usize = 56;
const CONTENTS: [u8; 8] = [b'S', b'G', b'Q', b'1', SUITE, 0, 0, 0];
const KEPT: [u8; 8] = [b'S', b'G', b'W', b'1', SUITE, 0, 0, 0];
/// The longest sealed request in bytes.
pub const MAX_REQUEST_BYTES: usize = 64 << 10;
/// Bytes of a request's secret as its maker keeps it.
pub const KEPT_BYTES: usize = HEADER_BYTES + wrap::OVERHEAD + 32;
/// Most bytes of a note, in UTF-8.
pub const MAX_NOTE_BYTES: usize = 20_000;
/// Most documents that are asked for.
pub const MAX_ITEMS: usize = 50;
/// Most characters of what a document is called.
pub const MAX_ITEM_CHARS: usize = 200;

secret! {
    /// 32 random bytes in the link of a request, shared by who asks and who is asked.
    RequestSecret at "crypto_core::request::RequestSecret"
}

/// What is asked for. It has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Plain text.
    pub note: String,
    /// The documents that are missing, each by what it is called.
    pub items: Vec<String>,
    /// The fingerprint of the box that they go into; `None` when it has no key.
    pub submit_box: Option<Fingerprint>,
}

impl RequestSecret {
    /// A new one.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self::build(|secret| rng.fill_bytes(secret))
    }

    /// Reads what stands in a link behind `1q.`.
    pub(crate) fn parse(text: &str) -> Result<Self, ParseError> {
        let mut read = Ok(());
        let secret = Self::build(|bytes| read = codec::read_base64url(text, bytes));
        read.map(|()| secret)
    }

    /// What stands after `#`, without the `#`: 46 characters.
    pub fn fragment(&self) -> Zeroizing<String> {
        Zeroizing::new([FORM, ".", codec::base64url(self.expose()).as_str()].concat())
    }

    /// What the server knows the ticket by.
    ///
    /// > SPEC §18.4: `token = Expand(Extract("", secret), ctx("request token", ticket), 32)`
    pub fn token(&self, ticket: TicketId) -> TicketToken {
        let prk = Hkdf::extract(&[], self.expose());
        TicketToken::build(|token| prk.expand(&context(Label::RequestToken, &[&ticket.0]), token))
    }

    fn key(&self, ticket: TicketId) -> SecretBytes<32> {
        let prk = Hkdf::extract(&[], self.expose());
        SecretBytes::build(|key| prk.expand(&context(Label::RequestKey, &[&ticket.0]), key))
    }

    /// Seals what is asked for, at most [`MAX_REQUEST_BYTES`] long.
    ///
    /// > SPEC §18.4: `sealed = wrap(request key, "SGQ1" | suite | 0x000000 | ticket 16 B | salt 32 B, pad(request))`
    ///
    /// # Errors
    /// [`SealError::TooLarge`], [`SealError::BadInput`] for a document without a name, [`SealError::CipherFailed`].
    pub fn seal(
        &self,
        ticket: TicketId,
        request: &Request,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, SealError> {
        let contents = request.encode()?;
        let sealed = wrap::wrap(self.key(ticket).expose(), &header(CONTENTS, ticket, rng), &pad(&contents)?)?;
        if sealed.len() > MAX_REQUEST_BYTES {
            return Err(SealError::TooLarge);
        }
        Ok(sealed)
    }

    /// Opens what is asked for.
    ///
    /// # Errors
    /// [`OpenError::UnknownFormat`] for another version or suite, [`OpenError::Damaged`] for everything else.
    pub fn open(&self, ticket: TicketId, sealed: &[u8]) -> Result<Request, OpenError> {
        if sealed.len() > MAX_REQUEST_BYTES {
            return Err(OpenError::Damaged);
        }
        check(CONTENTS, ticket, sealed)?;
        let contents = Zeroizing::new(wrap::unwrap(self.key(ticket).expose(), HEADER_BYTES, sealed)?);
        let request = decode_exactly(unpad(&contents)?, read, write)?;
        request.check().map_err(|_| OpenError::Damaged)?;
        Ok(request)
    }

    /// Seals the secret for who makes the request, so that any of their browsers reads it again; [`KEPT_BYTES`] long.
    ///
    /// > SPEC §18.4: `kept = wrap(Expand(Extract("", account key), ctx("kept request", account), 32), "SGW1" | suite |
    /// > 0x000000 | ticket 16 B | salt 32 B, secret)`
    ///
    /// # Errors
    /// [`SealError::CipherFailed`].
    pub fn keep(
        &self,
        owner: &Identity,
        ticket: TicketId,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, SealError> {
        let key = owner.key().derive(Label::KeptRequest, owner.card().account());
        wrap::wrap(key.expose(), &header(KEPT, ticket, rng), self.expose())
    }

    /// Opens what [`RequestSecret::keep`] made.
    ///
    /// # Errors
    /// As [`RequestSecret::open`].
    pub fn kept(owner: &Identity, ticket: TicketId, kept: &[u8]) -> Result<Self, OpenError> {
        check(KEPT, ticket, kept)?;
        let key = owner.key().derive(Label::KeptRequest, owner.card().account());
        let secret = Zeroizing::new(wrap::unwrap(key.expose(), HEADER_BYTES, kept)?);
        let mut rest = secret.as_slice();
        let bytes = take::<32>(&mut rest)?;
        if rest.is_empty() { Ok(Self::build(|secret| *secret = *bytes)) } else { Err(OpenError::Damaged) }
    }
}

impl Request {
    /// Deterministic CBOR.
    pub(crate) fn encode(&self) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.check()?;
        // Writing to memory cannot fail; see `codec::Writer`.
        write(self).map(Zeroizing::new).map_err(|_| SealError::BadInput)
    }

    fn check(&self) -> Result<(), SealError> {
        let is_long = |item: &String| item.chars().count() > MAX_ITEM_CHARS;
        if self.note.len() > MAX_NOTE_BYTES || self.items.len() > MAX_ITEMS || self.items.iter().any(is_long)
        {
            return Err(SealError::TooLarge);
        }
        if self.items.iter().any(String::is_empty) { Err(SealError::BadInput) } else { Ok(()) }
    }
}

fn header(prefix: [u8; 8], ticket: TicketId, rng: &mut impl CryptoRng) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(&prefix);
    header[8..24].copy_from_slice(&ticket.0);
    rng.fill_bytes(&mut header[24..]);
    header
}

fn check(prefix: [u8; 8], ticket: TicketId, mut sealed: &[u8]) -> Result<(), OpenError> {
    let found = *take::<8>(&mut sealed)?;
    if found[..3] != prefix[..3] || !found[3].is_ascii_digit() {
        return Err(OpenError::Damaged);
    }
    if found != prefix {
        return Err(OpenError::UnknownFormat);
    }
    if *take::<16>(&mut sealed)? == ticket.0 { Ok(()) } else { Err(OpenError::Damaged) }
}

/// > SPEC §18.4: `request = {1: version, 2: note, 3: [document], ?4: box's fingerprint}`
fn write(request: &Request) -> Result<Vec<u8>, WriteError> {
    let mut out = Writer::new(Vec::new());
    out.map(3 + u64::from(request.submit_box.is_some()))?;
    out.u8(1)?.u8(VERSION)?;
    out.u8(2)?.str(&request.note)?;
    out.u8(3)?.array(request.items.len() as u64)?;
    for item in &request.items {
        out.str(item)?;
    }
    if let Some(fingerprint) = &request.submit_box {
        out.u8(4)?.bytes(&fingerprint.to_bytes())?;
    }
    Ok(out.into_writer())
}

fn read(input: &mut minicbor::Decoder<'_>) -> Result<Request, DecodeError> {
    let entries = input.entries(1, u64::MAX)?;
    input.key(1)?;
    if input.u64()? != u64::from(VERSION) {
        return Err(ParseError::UnknownFormat.into());
    }
    if !(3..=4).contains(&entries) {
        return Err(DecodeError::MALFORMED);
    }
    input.key(2)?;
    let note = input.text(MAX_NOTE_BYTES)?.to_owned();
    input.key(3)?;
    let count = input.elements(MAX_ITEMS)?;
    let items = (0..count).map(|_| Ok(input.text(4 * MAX_ITEM_CHARS)?.to_owned()));
    let items = items.collect::<Result<_, DecodeError>>()?;
    let submit_box = if entries == 4 {
        input.key(4)?;
        Some(Fingerprint::from_bytes(input.fixed()?))
    } else {
        None
    };
    Ok(Request { note, items, submit_box })
}
