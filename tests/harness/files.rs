//! Files to send: of any size, with bytes that nobody can compress or guess, and the same each time.

use std::{
    fs::File,
    io::{BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// Plaintext bytes of one chunk.
pub const CHUNK: usize = 1 << 18;
/// Plaintext bytes of one uploaded part.
pub const PART: usize = 32 * CHUNK;
/// Bytes of the header before a file's first sealed chunk.
pub const HEADER: usize = 72;
/// Bytes of one sealed chunk that is not the last.
pub const SEALED: usize = CHUNK + 16;

/// Makes a file of `size` bytes in `folder`; equal names and sizes give equal bytes.
///
/// # Errors
/// When the disk refuses.
pub fn make(folder: &Path, name: &str, size: usize) -> Result<PathBuf> {
    let path = folder.join(name);
    let mut out = BufWriter::new(File::create(&path).with_context(|| format!("creating {name}"))?);
    let mut noise = Noise::new(name, size);
    let mut block = [0; 1 << 16];
    let mut left = size;
    while left > 0 {
        noise.fill(&mut block);
        let now = left.min(block.len());
        out.write_all(&block[..now])?;
        left -= now;
    }
    out.flush()?;
    Ok(path)
}

/// Makes a file with these bytes in `folder`.
///
/// # Errors
/// When the disk refuses.
pub fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf> {
    let path = folder.join(name);
    std::fs::write(&path, bytes).with_context(|| format!("writing {name}"))?;
    Ok(path)
}

/// SHA-256 of a file in hex.
///
/// # Errors
/// When it cannot be read.
pub fn sha256(path: &Path) -> Result<String> {
    let mut file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let mut hash = Sha256::new();
    let mut block = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            break;
        }
        hash.update(&block[..read]);
    }
    Ok(crate::canary::hex(&hash.finalize()))
}

/// Every file below `folder`.
///
/// # Errors
/// When a folder cannot be listed.
pub fn walk(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| format!("listing {}", folder.display()))? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                open.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// xorshift64*: enough for bytes that look random, and fast in an unoptimised build.
struct Noise(u64);

impl Noise {
    fn new(name: &str, size: usize) -> Self {
        let seed = Sha256::digest(format!("{name}/{size}"));
        let mut first = [0; 8];
        first.copy_from_slice(&seed[..8]);
        Self(u64::from_le_bytes(first) | 1)
    }

    fn fill(&mut self, block: &mut [u8]) {
        for eight in block.chunks_exact_mut(8) {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            eight.copy_from_slice(&self.0.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn sizes_are_exact_and_contents_differ_by_name() {
        let folder = tempfile::tempdir().unwrap();
        for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1] {
            let path = make(folder.path(), &format!("{size}"), size).unwrap();
            assert_eq!(std::fs::metadata(path).unwrap().len(), size as u64);
        }
        let one = make(folder.path(), "one", 100).unwrap();
        let other = make(folder.path(), "other", 100).unwrap();
        assert_ne!(sha256(&one).unwrap(), sha256(&other).unwrap());
        assert_eq!(sha256(&one).unwrap(), sha256(&make(folder.path(), "one", 100).unwrap()).unwrap());
        assert_eq!(walk(folder.path()).unwrap().len(), 7);
    }

    #[test]
    fn the_hash_is_sha256() {
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), "abc", b"abc").unwrap();
        assert_eq!(
            sha256(&path).unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
