//! Reading a case.

use core::convert::Infallible;

use base64ct::{Base64, Encoding};
use rand_core::{TryCryptoRng, TryRng};

use crate::id::{BlobId, DeliveryId, Level};
use crate::link::CoverKey;
use crate::sealed::DeliveryKey;

/// Why a case failed, for the developer.
pub(super) type Failed = String;

/// A parsed case.
pub(super) struct Case<'a> {
    fields: Vec<(&'a str, &'a str)>,
    body: Option<&'a str>,
}

impl<'a> Case<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, Failed> {
        let (head, body) = match text.split_once("\n\n") {
            Some((head, body)) => (head, Some(body)),
            None => (text, None),
        };
        let field = |line: &'a str| line.split_once(": ").or(line.strip_suffix(':').map(|name| (name, "")));
        let fields = head.lines().map(|line| field(line).ok_or(format!("not a field: {line}")));
        Ok(Self { fields: fields.collect::<Result<_, _>>()?, body })
    }

    pub(super) fn optional(&self, name: &str) -> Option<&'a str> {
        self.fields.iter().find(|field| field.0 == name).map(|field| field.1)
    }

    pub(super) fn text(&self, name: &str) -> Result<&'a str, Failed> {
        self.optional(name).ok_or(format!("no field {name}"))
    }

    pub(super) fn number(&self, name: &str) -> Result<u64, Failed> {
        self.text(name)?.parse().map_err(|_| format!("{name} is no number"))
    }

    pub(super) fn bytes<const N: usize>(&self, name: &str) -> Result<[u8; N], Failed> {
        let hex = self.text(name)?;
        let mut bytes = [0; N];
        if hex.len() != 2 * N {
            return Err(format!("{name} has the wrong length"));
        }
        for (i, byte) in bytes.iter_mut().enumerate() {
            let digits = hex.get(2 * i..2 * i + 2).unwrap_or_default();
            *byte = u8::from_str_radix(digits, 16).map_err(|_| format!("{name} is not hexadecimal"))?;
        }
        Ok(bytes)
    }

    /// Bytes of any length.
    pub(super) fn hex(&self, name: &str) -> Result<Vec<u8>, Failed> {
        let byte = |pair: &[u8]| {
            let pair = core::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok()
        };
        let bytes = self.text(name)?.as_bytes().chunks(2).map(byte).collect::<Option<_>>();
        bytes.ok_or(format!("{name} is not hexadecimal"))
    }

    pub(super) fn body(&self) -> Result<Vec<u8>, Failed> {
        let lines: String = self.body.unwrap_or_default().lines().collect();
        Base64::decode_vec(&lines).map_err(|_| "the body is not base64".to_owned())
    }

    pub(super) fn has_body(&self) -> bool {
        self.body.is_some()
    }

    pub(super) fn cover_key(&self) -> Result<CoverKey, Failed> {
        let bytes = self.bytes("cover_key")?;
        Ok(CoverKey::build(|key| *key = bytes))
    }

    pub(super) fn delivery_key(&self) -> Result<DeliveryKey, Failed> {
        let bytes = self.bytes("delivery_key")?;
        Ok(DeliveryKey::build(|key| *key = bytes))
    }

    pub(super) fn delivery(&self) -> Result<DeliveryId, Failed> {
        self.bytes("delivery").map(DeliveryId)
    }

    pub(super) fn blob(&self) -> Result<BlobId, Failed> {
        self.bytes("blob").map(BlobId)
    }

    pub(super) fn level(&self) -> Result<Level, Failed> {
        let number = u8::try_from(self.number("level")?).map_err(|_| "level is too large")?;
        Level::from_number(number).map_err(|_| "level is unknown".to_owned())
    }

    /// A generator that gives the bytes of this field, so that sealing again repeats the salt.
    pub(super) fn replay(&self, name: &str) -> Result<Replay, Failed> {
        self.bytes(name).map(Replay)
    }

    /// Is this what the case expects?
    pub(super) fn expect(&self, outcome: &str) -> Result<(), Failed> {
        match self.text("expect")? {
            expected if expected == outcome => Ok(()),
            expected => Err(format!("expected {expected}, found {outcome}")),
        }
    }

    /// The place of a grant or part.
    pub(super) fn place(&self) -> Result<(DeliveryId, Level), Failed> {
        Ok((self.delivery()?, self.level()?))
    }

    /// Does the field have this text?
    pub(super) fn same(&self, name: &str, value: &str) -> Result<(), Failed> {
        if self.text(name)? == value { Ok(()) } else { Err(format!("{name} is {value}")) }
    }

    /// Is this the body?
    pub(super) fn again(&self, bytes: &[u8]) -> Result<(), Failed> {
        if self.body()? == bytes { Ok(()) } else { Err("sealing again gives other bytes".to_owned()) }
    }

    /// Does the field have this value?
    pub(super) fn equal(&self, name: &str, value: &[u8; 32]) -> Result<(), Failed> {
        if self.bytes(name)? == *value { Ok(()) } else { Err(format!("{name} differs")) }
    }
}

/// Gives the same 32 bytes again and again: good for one salt.
pub(super) struct Replay([u8; 32]);

impl TryRng for Replay {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let [a, b, c, d, ..] = self.0;
        Ok(u32::from_le_bytes([a, b, c, d]))
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        Ok(u64::from_le_bytes([a, b, c, d, e, f, g, h]))
    }
    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for (to, from) in dst.iter_mut().zip(self.0.iter().cycle()) {
            *to = *from;
        }
        Ok(())
    }
}
impl TryCryptoRng for Replay {}
