//! Bytes to values and back, in exactly one way each: base64url text, and deterministic CBOR. SPEC §2.3 and §2.4.

use base64ct::{Base64UrlUnpadded, Encoding};
use minicbor::decode::Error as CborError;
use minicbor::{Decoder, Encoder};
use zeroize::Zeroizing;

use crate::error::ParseError;

/// Unpadded base64url (RFC 4648 §5), computed without tables, so that secrets leave no trace in caches.
pub(crate) fn base64url(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(Base64UrlUnpadded::encode_string(bytes))
}

/// Reads unpadded base64url of exactly `N` bytes into `out`; the unused bits of the last character must be zero.
pub(crate) fn read_base64url<const N: usize>(text: &str, out: &mut [u8; N]) -> Result<(), ParseError> {
    match Base64UrlUnpadded::decode(text, out.as_mut_slice()) {
        Ok(read) if read.len() == N => Ok(()),
        _ => Err(ParseError::Malformed),
    }
}

/// Fixed-size big-endian fields, taken from the front of a slice.
pub(crate) fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Result<&'a [u8; N], ParseError> {
    let (head, tail) = bytes.split_first_chunk().ok_or(ParseError::Malformed)?;
    *bytes = tail;
    Ok(head)
}

/// Reads one object of deterministic CBOR (RFC 8949 §4.2.1).
///
/// `read` takes the object apart; what it understood is then written again by `write` and compared with what came in.
/// Only the deterministic encoding survives that: every integer and length in its shortest form, no indefinite
/// lengths, keys in order and once each, nothing behind the end. So no two byte strings decode to the same object.
pub(crate) fn decode_exactly<T>(
    bytes: &[u8],
    read: impl FnOnce(&mut Decoder<'_>) -> Result<T, DecodeError>,
    write: impl FnOnce(&T) -> Result<Vec<u8>, WriteError>,
) -> Result<T, ParseError> {
    let object = read(&mut Decoder::new(bytes)).map_err(|error| error.0)?;
    let again = Zeroizing::new(write(&object).map_err(|_| ParseError::Malformed)?);
    if again.as_slice() == bytes { Ok(object) } else { Err(ParseError::Malformed) }
}

/// [`ParseError`], made from the library's errors by `?`.
pub(crate) struct DecodeError(pub(crate) ParseError);

impl DecodeError {
    pub(crate) const MALFORMED: Self = Self(ParseError::Malformed);
}
impl From<CborError> for DecodeError {
    fn from(_: CborError) -> Self {
        Self::MALFORMED
    }
}
impl From<ParseError> for DecodeError {
    fn from(error: ParseError) -> Self {
        Self(error)
    }
}

/// The values that our objects are made of. Each reader refuses what is over its limit before it allocates.
pub(crate) trait Read<'b> {
    /// Number of entries of a map of definite length, between `least` and `most`.
    fn entries(&mut self, least: u64, most: u64) -> Result<u64, DecodeError>;
    /// Number of elements of an array of definite length, at most `most`.
    fn elements(&mut self, most: usize) -> Result<usize, DecodeError>;
    /// The next key, which must be this one.
    fn key(&mut self, key: u8) -> Result<(), DecodeError>;
    /// Takes an optional key, if it comes next.
    fn has_key(&mut self, key: u8) -> Result<bool, DecodeError>;
    /// The value of an optional key, if that key comes next.
    fn optional(&mut self, key: u8) -> Result<Option<u64>, DecodeError>;
    /// A byte string of at most `most` bytes.
    fn bounded(&mut self, most: usize) -> Result<&'b [u8], DecodeError>;
    /// A byte string of exactly `N` bytes.
    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], DecodeError>;
    /// Text of at most `most` bytes.
    fn text(&mut self, most: usize) -> Result<&'b str, DecodeError>;
}

impl<'b> Read<'b> for Decoder<'b> {
    fn entries(&mut self, least: u64, most: u64) -> Result<u64, DecodeError> {
        match self.map()? {
            Some(n) if (least..=most).contains(&n) => Ok(n),
            _ => Err(DecodeError::MALFORMED),
        }
    }
    fn elements(&mut self, most: usize) -> Result<usize, DecodeError> {
        let n = self.array()?.and_then(|n| usize::try_from(n).ok());
        n.filter(|n| *n <= most).ok_or(DecodeError::MALFORMED)
    }
    fn key(&mut self, key: u8) -> Result<(), DecodeError> {
        if self.u8()? == key { Ok(()) } else { Err(DecodeError::MALFORMED) }
    }
    fn has_key(&mut self, key: u8) -> Result<bool, DecodeError> {
        let found = matches!(self.probe().u8(), Ok(k) if k == key);
        if found {
            self.key(key)?;
        }
        Ok(found)
    }
    fn optional(&mut self, key: u8) -> Result<Option<u64>, DecodeError> {
        if self.has_key(key)? { Ok(Some(self.u64()?)) } else { Ok(None) }
    }
    fn bounded(&mut self, most: usize) -> Result<&'b [u8], DecodeError> {
        let bytes = self.bytes()?;
        if bytes.len() <= most { Ok(bytes) } else { Err(DecodeError::MALFORMED) }
    }
    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        self.bytes()?.try_into().map_err(|_| DecodeError::MALFORMED)
    }
    fn text(&mut self, most: usize) -> Result<&'b str, DecodeError> {
        let text = self.str()?;
        if text.len() <= most { Ok(text) } else { Err(DecodeError::MALFORMED) }
    }
}

/// Writes into memory. That cannot fail, but the library's `Result` says it might, so it is passed on.
pub(crate) type Writer = Encoder<Vec<u8>>;
/// The library's error when writing.
pub(crate) type WriteError = minicbor::encode::Error<core::convert::Infallible>;

#[cfg(test)]
mod tests {
    use super::{base64url, read_base64url};

    #[test]
    fn base64url_is_read_in_one_way_only() {
        let mut out = [0; 2];
        assert!(read_base64url("AAA", &mut out).is_ok());
        for other in ["AAB", "AAA=", "AA", "AAAA", " AAA", "AA+", "AA/", "A\u{e4}", ""] {
            assert!(read_base64url(other, &mut out).is_err(), "{other}");
        }
        assert_eq!(*base64url(&[0xfb, 0xff]), "-_8");
    }
}
