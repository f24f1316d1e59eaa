//! What a hostile server can do to an answer.

use std::{fmt, ops::Range, sync::Arc};

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::Value;

use crate::files::{HEADER, SEALED};

/// Which answers are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// The server's settings, which every page needs first.
    Instance,
    /// The script of the crypto worker.
    Worker,
    /// The scripts that estimate how long a SecuPass would last.
    Estimator,
    /// A file's ciphertext.
    Blob,
    /// The encrypted manifest.
    Cover,
    /// What a holder of the link is told before opening.
    State,
    /// The right to fetch.
    Opening,
    /// That a delivery was begun.
    Created,
    /// That a part of a file arrived.
    Part,
    /// That a delivery is sent.
    Sent,
    /// To requests with this method whose path ends so.
    To(&'static str, &'static str),
}

impl Answers {
    /// Is the answer to this request one of them?
    pub(super) fn includes(self, method: &str, path: &str) -> bool {
        if self == Self::Instance {
            return method == "GET" && path == "/api/instance";
        }
        if self == Self::Worker {
            return method == "GET" && path.contains("-crypto-") && path.ends_with(".js");
        }
        if self == Self::Estimator {
            return method == "GET" && path.starts_with("/assets/strength-");
        }
        if self == Self::Created {
            return method == "POST" && path == "/api/deliveries";
        }
        if let Self::To(wanted, ending) = self {
            return method == wanted && path.ends_with(ending);
        }
        if !path.starts_with("/api/deliveries/") {
            return false;
        }
        match self {
            Self::Instance | Self::Worker | Self::Estimator | Self::Created | Self::To(..) => false,
            Self::Blob => method == "GET" && path.contains("/blobs/"),
            Self::Cover => method == "GET" && path.ends_with("/cover"),
            Self::State => method == "GET" && path.ends_with("/state"),
            Self::Opening => method == "POST" && path.ends_with("/openings"),
            Self::Part => method == "PUT" && path.contains("/parts/"),
            Self::Sent => method == "POST" && path.ends_with("/send"),
        }
    }
}

/// One change. Offsets count from the answer's first byte, chunks from 0; what lies behind the end changes nothing.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Inverts the lowest bit of one byte.
    FlipBit(usize),
    /// Inverts the lowest bit of the last byte.
    FlipLastBit,
    /// Keeps only the first bytes.
    Truncate(usize),
    /// Leaves out the last chunk: the cut lies exactly between two chunks.
    DropLastChunk,
    /// Leaves out one chunk.
    DropChunk(usize),
    /// Exchanges two chunks.
    SwapChunks(usize, usize),
    /// Sends one chunk twice.
    RepeatChunk(usize),
    /// Appends bytes.
    Extend(Vec<u8>),
    /// Sends these bytes instead: another file's, another delivery's, an older answer.
    Replace(Vec<u8>),
    /// Sends the same with other values.
    Rewrite(Rewrite),
    /// Sends nothing, as a success.
    Empty,
    /// Sends a web page, as a success: what a captive portal or a broken proxy does.
    Page,
    /// Says that there is nothing, as our server says it.
    Refuse,
    /// Says that it was asked too often and may be asked again after a second, as our server says it. No attack.
    TooMany,
    /// Cuts the connection instead of answering, although the server has done what was asked. No attack either.
    NoAnswer,
    /// Announces the whole and cuts the connection after some bytes. No attack: a bad network.
    CutOff(usize),
    /// Announces the whole and falls silent after some bytes, the connection open: a laptop that slept, a changed network.
    Stall(usize),
}

/// How an answer in JSON is changed.
#[derive(Clone)]
pub struct Rewrite(Arc<dyn Fn(&mut Value) + Send + Sync>);

impl Rewrite {
    fn apply(&self, honest: &[u8]) -> Vec<u8> {
        let Ok(mut value) = serde_json::from_slice(honest) else { return honest.to_vec() };
        self.0(&mut value);
        value.to_string().into_bytes()
    }
}

impl fmt::Debug for Rewrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rewrite")
    }
}

/// Changes one byte of what stands in JSON as base64url, counted from the end when `at` is negative.
pub fn flip(value: &mut Value, at: isize, by: u8) {
    let mut bytes =
        value.as_str().and_then(|text| Base64UrlUnpadded::decode_vec(text).ok()).unwrap_or_default();
    let place = if at < 0 { bytes.len().checked_add_signed(at) } else { usize::try_from(at).ok() };
    if let Some(byte) = place.and_then(|place| bytes.get_mut(place)) {
        *byte ^= by;
    }
    *value = Base64UrlUnpadded::encode_string(&bytes).into();
}

impl Fault {
    /// Sends the same with other values.
    pub fn rewrite(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self::Rewrite(Rewrite(Arc::new(change)))
    }

    /// What is sent instead of the honest answer.
    pub(super) fn apply(&self, honest: &[u8]) -> Vec<u8> {
        let all = 0..honest.len();
        match self {
            Self::FlipBit(at) => flipped(honest, *at),
            Self::FlipLastBit => flipped(honest, honest.len().saturating_sub(1)),
            Self::Truncate(to) | Self::CutOff(to) | Self::Stall(to) => honest[..all.end.min(*to)].to_vec(),
            Self::DropLastChunk => honest[..chunk(honest, last_chunk(honest)).start].to_vec(),
            Self::DropChunk(which) => {
                joined(honest, &[0..chunk(honest, *which).start, chunk(honest, *which).end..all.end])
            }
            Self::SwapChunks(one, other) => swapped(honest, *one, *other),
            Self::RepeatChunk(which) => {
                joined(honest, &[0..chunk(honest, *which).end, chunk(honest, *which).start..all.end])
            }
            Self::Extend(tail) => [honest, tail].concat(),
            Self::Replace(other) => other.clone(),
            Self::Rewrite(rewrite) => rewrite.apply(honest),
            Self::Empty | Self::NoAnswer => Vec::new(),
            Self::Refuse => {
                br#"{"type":"urn:siegel:not-found","status":404,"title":"There is nothing here."}"#.to_vec()
            }
            Self::TooMany => {
                br#"{"type":"urn:siegel:too-many","status":429,"title":"Wait.","retry_after":1}"#.to_vec()
            }
            Self::Page => b"<!doctype html><title>Welcome</title><p>Please accept our terms.".to_vec(),
        }
    }
}

fn flipped(honest: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = honest.to_vec();
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1;
    }
    bytes
}

fn swapped(honest: &[u8], one: usize, other: usize) -> Vec<u8> {
    let (first, second) = (chunk(honest, one.min(other)), chunk(honest, one.max(other)));
    let parts = [0..first.start, second.clone(), first.end..second.start, first, second.end..honest.len()];
    joined(honest, &parts)
}

fn joined(honest: &[u8], parts: &[Range<usize>]) -> Vec<u8> {
    parts.iter().flat_map(|part| honest[part.clone()].iter().copied()).collect()
}

/// Where a sealed chunk lies in a file's ciphertext.
fn chunk(honest: &[u8], which: usize) -> Range<usize> {
    let at = |index: usize| (HEADER + index * SEALED).min(honest.len());
    at(which)..at(which + 1)
}

fn last_chunk(honest: &[u8]) -> usize {
    honest.len().saturating_sub(HEADER + 1) / SEALED
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ciphertext of three chunks, the last short; each byte tells its chunk, the header's are 9.
    fn file() -> Vec<u8> {
        [vec![9; HEADER], vec![0; SEALED], vec![1; SEALED], vec![2; 100]].concat()
    }

    /// The chunks in order, as `[number, length]`.
    fn shape(bytes: &[u8]) -> Vec<(u8, usize)> {
        bytes.chunk_by(|a, b| a == b).map(|run| (run[0], run.len())).collect()
    }

    #[test]
    fn faults_do_what_they_are_called() {
        let (f, h, s) = (file(), (9, HEADER), SEALED);
        assert_eq!(shape(&Fault::DropLastChunk.apply(&f)), [h, (0, s), (1, s)]);
        assert_eq!(shape(&Fault::DropChunk(1).apply(&f)), [h, (0, s), (2, 100)]);
        assert_eq!(shape(&Fault::SwapChunks(0, 1).apply(&f)), [h, (1, s), (0, s), (2, 100)]);
        assert_eq!(shape(&Fault::SwapChunks(2, 0).apply(&f)), [h, (2, 100), (1, s), (0, s)]);
        assert_eq!(shape(&Fault::RepeatChunk(0).apply(&f)), [h, (0, 2 * s), (1, s), (2, 100)]);
        assert_eq!(shape(&Fault::Truncate(HEADER + 5).apply(&f)), [h, (0, 5)]);
        assert_eq!(Fault::Extend(vec![7]).apply(&f), [f.as_slice(), &[7]].concat());
        assert_eq!(Fault::Replace(vec![7]).apply(&f), [7]);
        assert_eq!(Fault::FlipBit(0).apply(&f)[0], 8);
        assert_eq!(Fault::FlipLastBit.apply(&f).last(), Some(&3));
    }

    #[test]
    fn two_full_chunks_end_between_chunks() {
        let full = [vec![9; HEADER], vec![0; SEALED], vec![1; SEALED]].concat();
        assert_eq!(shape(&Fault::DropLastChunk.apply(&full)), [(9, HEADER), (0, SEALED)]);
    }

    #[test]
    fn only_the_named_answers_are_changed() {
        let blob = "/api/deliveries/D/blobs/B";
        assert!(Answers::Blob.includes("GET", blob));
        assert!(!Answers::Blob.includes("PUT", "/api/deliveries/D/blobs/B/parts/0"));
        assert!(!Answers::Cover.includes("GET", blob));
        assert!(Answers::Opening.includes("POST", "/api/deliveries/D/openings"));
    }
}
