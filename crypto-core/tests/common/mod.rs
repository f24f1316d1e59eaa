//! What several test files need.
#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod people;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crypto_core::id::{BlobId, DeliveryId, Level};
use crypto_core::link::{CoverKey, Link};
use crypto_core::manifest::{FileEntry, Manifest};
use crypto_core::stream::{ChunkSize, FileContext, FileRef, Layout, Opener, RustCryptoAead, Sealer};
use getrandom::SysRng;
use rand_core::UnwrapErr;

/// The operating system's generator.
pub(crate) fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// Runs a future that never waits, as those of `RustCryptoAead` are.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}

/// Chunks of 1 KiB: the format is the same, the tests are faster.
pub(crate) fn small() -> ChunkSize {
    ChunkSize::from_log2(10).unwrap()
}

/// One file and its ciphertext.
pub(crate) struct SealedFile {
    pub(crate) key: CoverKey,
    pub(crate) delivery: DeliveryId,
    pub(crate) file: FileRef,
    pub(crate) header: Vec<u8>,
    pub(crate) chunks: Vec<Vec<u8>>,
}

impl SealedFile {
    pub(crate) fn body(&self) -> Vec<u8> {
        [self.header.as_slice(), &self.chunks.concat()].concat()
    }
}

pub(crate) fn seal_file(plain: &[u8]) -> SealedFile {
    let link = Link::generate(&mut rng());
    let key = link.keys(None).unwrap().cover;
    seal_file_as(key, link.delivery, plain)
}

pub(crate) fn seal_file_as(key: CoverKey, delivery: DeliveryId, plain: &[u8]) -> SealedFile {
    let context = FileContext { delivery, blob: BlobId::generate(&mut rng()), level: Level::One };
    let layout = Layout::new(plain.len() as u64, small()).unwrap();
    let mut sealer = block_on(Sealer::<RustCryptoAead>::new(&key, context, layout, &mut rng())).unwrap();
    let mut chunks = Vec::new();
    let mut rest = plain;
    while let Some(length) = layout.plain_bytes(sealer.position()) {
        let (chunk, tail) = rest.split_at(length as usize);
        rest = tail;
        chunks.push(block_on(sealer.seal(chunk.to_vec()).unwrap()).unwrap());
    }
    let header = sealer.header().to_bytes().to_vec();
    let file = sealer.finish().unwrap();
    SealedFile { key, delivery, file, header, chunks }
}

/// Opens a blob to its end; `None` when anything is wrong with it.
pub(crate) fn open_body(
    key: &CoverKey,
    delivery: DeliveryId,
    file: &FileRef,
    body: &[u8],
) -> Option<Vec<u8>> {
    let (header, mut rest) = body.split_at_checked(72)?;
    let mut opener = block_on(Opener::<RustCryptoAead>::new(key, delivery, Level::One, file, header)).ok()?;
    let mut plain = Vec::new();
    while !rest.is_empty() {
        let length = opener.next_sealed_bytes().unwrap_or(u64::MAX).min(rest.len() as u64);
        let (chunk, tail) = rest.split_at(length as usize);
        rest = tail;
        let opened = block_on(opener.open(chunk.to_vec()).ok()?).ok()?;
        plain.extend(opener.accept(opened).ok()?);
    }
    opener.finish().ok().map(|_complete| plain)
}

pub(crate) fn manifest(delivery: DeliveryId, files: Vec<FileEntry>) -> Manifest {
    Manifest {
        delivery,
        level: Level::One,
        subject: "Grüße".to_owned(),
        message: "Anbei.".to_owned(),
        created: 1_795_000_000,
        expires: None,
        files,
        name: String::new(),
        reference: String::new(),
    }
}
