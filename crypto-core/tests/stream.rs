//! The order that `Sealer` and `Opener` keep, with several chunks in the cipher at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::cell::RefCell;
use std::collections::HashSet;
use std::future::{Future, ready};

use common::{block_on, rng, seal_file, small};
use crypto_core::error::{OpenError, SealError};
use crypto_core::id::{BlobId, Level};
use crypto_core::link::Link;
use crypto_core::stream::{
    ChunkAead, ChunkNonce, CipherFailed, FileContext, Layout, MAX_FILE_BYTES, Opener, RustCryptoAead, Sealer,
};

type Rust = RustCryptoAead;

fn sealer(size: u64) -> Sealer<Rust> {
    let link = Link::generate(&mut rng());
    let file = FileContext { delivery: link.delivery, blob: BlobId::generate(&mut rng()), level: Level::One };
    let layout = Layout::new(size, small()).unwrap();
    block_on(Sealer::new(&link.keys(None).unwrap().cover, file, layout, &mut rng())).unwrap()
}

fn opener(file: &common::SealedFile) -> Opener<Rust> {
    block_on(Opener::new(&file.key, file.delivery, Level::One, &file.file, &file.header)).unwrap()
}

#[test]
fn the_sealer_takes_only_chunks_of_the_right_length() {
    let mut sealer = sealer(1500);
    assert_eq!(sealer.seal(vec![0; 1023]).err(), Some(SealError::BadInput));
    assert_eq!(sealer.seal(vec![0; 1025]).err(), Some(SealError::BadInput));
    block_on(sealer.seal(vec![0; 1024]).unwrap()).unwrap();
    assert_eq!(sealer.seal(vec![0; 1024]).err(), Some(SealError::BadInput));
    block_on(sealer.seal(vec![0; 476]).unwrap()).unwrap();
    assert_eq!(sealer.seal(vec![]).err(), Some(SealError::OutOfOrder));
    assert!(sealer.finish().is_ok());
}

#[test]
fn the_sealer_finishes_only_when_the_cipher_has() {
    let mut sealer = sealer(2048);
    assert_eq!(sealer.finish().err(), Some(SealError::OutOfOrder));
    let first = sealer.seal(vec![0; 1024]).unwrap();
    let second = sealer.seal(vec![0; 1024]).unwrap();
    block_on(second).unwrap();
    assert_eq!(sealer.finish().err(), Some(SealError::OutOfOrder));
    block_on(first).unwrap();
    assert!(sealer.finish().is_ok());
}

#[test]
fn a_chunk_whose_future_was_dropped_is_missing() {
    let mut sealer = sealer(1024);
    drop(sealer.seal(vec![0; 1024]).unwrap());
    assert_eq!(sealer.finish().err(), Some(SealError::OutOfOrder));
}

#[test]
fn plaintext_comes_out_in_order_whatever_order_the_cipher_ends_in() {
    let plain: Vec<u8> = (0..2500_u32).map(|i| i as u8).collect();
    let file = seal_file(&plain);
    let mut opener = opener(&file);
    let running: Vec<_> = file.chunks.iter().map(|chunk| opener.open(chunk.clone()).unwrap()).collect();
    let mut opened: Vec<_> =
        running.into_iter().rev().map(|chunk| block_on(chunk).unwrap_or_else(|_| panic!())).collect();
    let mut out = Vec::new();
    while let Some(chunk) = opened.pop() {
        out.extend(opener.accept(chunk).unwrap());
    }
    assert_eq!(out, plain);
    assert!(opener.finish().is_ok());
}

#[test]
fn the_opener_accepts_no_chunk_out_of_order_and_nothing_after_that() {
    let file = seal_file(&[7; 2500]);
    let mut opener = opener(&file);
    let first = block_on(opener.open(file.chunks[0].clone()).unwrap()).unwrap_or_else(|_| panic!());
    let second = block_on(opener.open(file.chunks[1].clone()).unwrap()).unwrap_or_else(|_| panic!());
    assert_eq!(opener.accept(second).err(), Some(OpenError::Damaged));
    assert_eq!(opener.accept(first).err(), Some(OpenError::Damaged));
    assert_eq!(opener.open(file.chunks[2].clone()).err(), Some(OpenError::Damaged));
    assert!(opener.finish().is_err());
}

#[test]
fn the_opener_accepts_no_chunk_of_another_opener() {
    let (ours, theirs) = (seal_file(&[1; 100]), seal_file(&[2; 100]));
    let (mut opener, mut other) = (opener(&ours), opener(&theirs));
    let chunk = block_on(other.open(theirs.chunks[0].clone()).unwrap()).unwrap_or_else(|_| panic!());
    assert_eq!(opener.accept(chunk).err(), Some(OpenError::Damaged));
}

#[test]
fn the_opener_is_not_complete_before_its_last_chunk() {
    let file = seal_file(&[7; 2500]);
    for count in 0..file.chunks.len() {
        let mut opener = opener(&file);
        for chunk in &file.chunks[..count] {
            let opened = block_on(opener.open(chunk.clone()).unwrap()).unwrap_or_else(|_| panic!());
            opener.accept(opened).unwrap();
        }
        assert!(opener.finish().is_err());
    }
}

#[test]
fn what_follows_the_last_chunk_spoils_the_file() {
    let file = seal_file(&[7; 100]);
    let mut opener = opener(&file);
    let opened = block_on(opener.open(file.chunks[0].clone()).unwrap()).unwrap_or_else(|_| panic!());
    opener.accept(opened).unwrap();
    assert_eq!(opener.next_sealed_bytes(), None);
    assert_eq!(opener.open(vec![0]).err(), Some(OpenError::Damaged));
    assert!(opener.finish().is_err());
}

#[test]
fn a_file_over_the_limit_has_no_layout() {
    assert!(Layout::new(MAX_FILE_BYTES + 1, small()).is_none());
}

/// A cipher that notes which nonces it was given.
struct Recorder(RustCryptoAead, RefCell<HashSet<[u8; 12]>>);

impl ChunkAead for Recorder {
    type Plain = Vec<u8>;
    type Sealed = Vec<u8>;

    fn import(key: &[u8; 32]) -> impl Future<Output = Result<Self, CipherFailed>> {
        ready(block_on(RustCryptoAead::import(key)).map(|aead| Self(aead, RefCell::default())))
    }
    fn seal(&self, nonce: ChunkNonce, plain: Vec<u8>) -> impl Future<Output = Result<Vec<u8>, CipherFailed>> {
        assert!(self.1.borrow_mut().insert(*nonce.as_bytes()), "one nonce, two plaintexts");
        self.0.seal(nonce, plain)
    }
    fn open(
        &self,
        nonce: ChunkNonce,
        sealed: Vec<u8>,
    ) -> impl Future<Output = Result<Vec<u8>, CipherFailed>> {
        self.0.open(nonce, sealed)
    }
    fn plain_bytes(plain: &Vec<u8>) -> u64 {
        RustCryptoAead::plain_bytes(plain)
    }
    fn sealed_bytes(sealed: &Vec<u8>) -> u64 {
        RustCryptoAead::sealed_bytes(sealed)
    }
}

#[test]
fn no_nonce_serves_two_plaintexts() {
    let link = Link::generate(&mut rng());
    let file = FileContext { delivery: link.delivery, blob: BlobId::generate(&mut rng()), level: Level::One };
    let layout = Layout::new(70 * 1024 + 5, small()).unwrap();
    let key = link.keys(None).unwrap().cover;
    let mut sealer: Sealer<Recorder> = block_on(Sealer::new(&key, file, layout, &mut rng())).unwrap();
    let chunk = |i: u64| vec![i as u8; layout.plain_bytes(i).unwrap() as usize];
    while sealer.position() < layout.chunks() {
        block_on(sealer.seal(chunk(sealer.position())).unwrap()).unwrap();
    }
    // What is refused does not reach the cipher.
    assert_eq!(sealer.seal(Vec::new()).err(), Some(SealError::OutOfOrder));
    assert!(sealer.finish().is_ok());
}
