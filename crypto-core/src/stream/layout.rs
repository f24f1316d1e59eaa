//! How a file is divided: sizes of chunks, of parts and of the whole.

use crate::error::ParseError;
use crate::stream::HEADER_BYTES;
use crate::suite::TAG_BYTES;

/// The largest plaintext file, 16 TiB: far within what AES-GCM bears under one key.
pub const MAX_FILE_BYTES: u64 = 1 << 44;
/// Chunks in one part, the unit of upload. Part 0 also carries the header.
pub const PART_CHUNKS: u64 = 32;

/// Plaintext bytes of every chunk but the last, as a power of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkSize(u8);

impl ChunkSize {
    /// 256 KiB, measured fastest in browsers. All files are written with it.
    pub const STANDARD: Self = Self(18);

    /// From its base-2 logarithm.
    ///
    /// # Errors
    /// [`ParseError::UnknownFormat`] outside of 10 (1 KiB) to 20 (1 MiB).
    pub const fn from_log2(log2: u8) -> Result<Self, ParseError> {
        match log2 {
            10..=20 => Ok(Self(log2)),
            _ => Err(ParseError::UnknownFormat),
        }
    }

    /// Its base-2 logarithm.
    pub const fn log2(self) -> u8 {
        self.0
    }

    /// Plaintext bytes.
    pub const fn bytes(self) -> u64 {
        1 << self.0
    }
}

/// A file's size and what follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    size: u64,
    chunk: ChunkSize,
}

impl Layout {
    /// The layout of a file of `size` plaintext bytes; `None` above [`MAX_FILE_BYTES`].
    pub const fn new(size: u64, chunk: ChunkSize) -> Option<Self> {
        if size <= MAX_FILE_BYTES { Some(Self { size, chunk }) } else { None }
    }

    /// Plaintext bytes of the file.
    pub const fn size(self) -> u64 {
        self.size
    }

    /// Plaintext bytes of a full chunk.
    pub const fn chunk_size(self) -> ChunkSize {
        self.chunk
    }

    /// Number of chunks. An empty file has one, empty; no other file has an empty chunk.
    pub const fn chunks(self) -> u64 {
        if self.size == 0 { 1 } else { self.size.div_ceil(self.chunk.bytes()) }
    }

    /// Number of parts.
    pub const fn parts(self) -> u64 {
        self.chunks().div_ceil(PART_CHUNKS)
    }

    /// Bytes of the blob: header, ciphertext and tags.
    pub const fn blob_bytes(self) -> u64 {
        HEADER_BYTES as u64 + self.size + TAG_BYTES as u64 * self.chunks()
    }

    /// Plaintext bytes of chunk `index`; `None` behind the last.
    pub const fn plain_bytes(self, index: u64) -> Option<u64> {
        let last = self.chunks() - 1;
        if index < last {
            Some(self.chunk.bytes())
        } else if index == last {
            Some(self.size - last * self.chunk.bytes())
        } else {
            None
        }
    }

    /// Bytes of sealed chunk `index`, tag included; `None` behind the last.
    pub const fn sealed_bytes(self, index: u64) -> Option<u64> {
        match self.plain_bytes(index) {
            Some(plain) => Some(plain + TAG_BYTES as u64),
            None => None,
        }
    }

    /// Is chunk `index` the last?
    pub(crate) const fn is_last(self, index: u64) -> bool {
        index + 1 == self.chunks()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{ChunkSize, Layout, MAX_FILE_BYTES};

    #[test]
    fn chunks_add_up_to_the_file() {
        let chunk = ChunkSize::from_log2(10).unwrap();
        for size in [0, 1, 1023, 1024, 1025, 2047, 2048, 2049, 32 * 1024, 32 * 1024 + 1] {
            let layout = Layout::new(size, chunk).unwrap();
            let plain: u64 = (0..layout.chunks()).map(|i| layout.plain_bytes(i).unwrap()).sum();
            let sealed: u64 = (0..layout.chunks()).map(|i| layout.sealed_bytes(i).unwrap()).sum();
            assert_eq!(plain, size);
            assert_eq!(sealed + 72, layout.blob_bytes());
            assert_eq!(layout.plain_bytes(layout.chunks()), None);
            assert!(size == 0 || layout.plain_bytes(layout.chunks() - 1).unwrap() > 0);
            assert_eq!(layout.parts(), if size > 32 * 1024 { 2 } else { 1 });
        }
    }

    #[test]
    fn limits() {
        assert!(Layout::new(MAX_FILE_BYTES, ChunkSize::STANDARD).is_some());
        assert!(Layout::new(MAX_FILE_BYTES + 1, ChunkSize::STANDARD).is_none());
        for log2 in (0..10).chain(21..=255) {
            assert!(ChunkSize::from_log2(log2).is_err());
        }
    }
}
