//! A delivery with one file: sealed by its sender, opened by whoever has link and password.
//!
//! `cargo run --package crypto-core --example send_and_open`

use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crypto_core::delivery::{open_cover, seal_cover};
use crypto_core::id::{BlobId, Level};
use crypto_core::kdf::Password;
use crypto_core::link::Link;
use crypto_core::manifest::{FileEntry, Manifest};
use crypto_core::stream::{ChunkSize, FileContext, HEADER_BYTES, Layout, Opener, RustCryptoAead, Sealer};
use getrandom::SysRng;
use rand_core::UnwrapErr;

fn main() -> Result<(), Box<dyn Error>> {
    let contents = vec![42; 600_000];
    let password = "correct horse battery staple";

    // The sender makes a link; the server is told the hashes of two tokens, which give it no key.
    let rng = &mut UnwrapErr(SysRng);
    let link = Link::generate(rng);
    let keys = link.keys(Some(&Password::new(password)?))?;
    let (gate_hash, auth_hash) = (link.gate().hash(), keys.auth.hash());

    // Files first, chunk by chunk, so that they need not fit into memory.
    let file = FileContext { delivery: link.delivery, blob: BlobId::generate(rng), level: Level::One };
    let layout = Layout::new(contents.len() as u64, ChunkSize::STANDARD).ok_or("the file is too large")?;
    let mut sealer = wait(Sealer::<RustCryptoAead>::new(&keys.cover, file, layout, rng))?;
    let mut blob = sealer.header().to_bytes().to_vec();
    for chunk in contents.chunks(ChunkSize::STANDARD.bytes() as usize) {
        blob.extend(wait(sealer.seal(chunk.to_vec())?)?);
    }

    // Then the cover, which says what they are.
    let entry = FileEntry {
        content: sealer.finish()?,
        name: "answers.bin".to_owned(),
        media_type: "application/octet-stream".to_owned(),
        modified: None,
        folder: String::new(),
    };
    let manifest = Manifest {
        delivery: link.delivery,
        level: Level::One,
        subject: "As promised".to_owned(),
        message: "The answers.".to_owned(),
        created: 1_795_000_000,
        expires: None,
        files: vec![entry],
        name: String::new(),
        reference: String::new(),
    };
    let cover = seal_cover(&keys.cover, &manifest, rng)?;
    let (path, fragment) = (link.delivery, link.fragment());

    // The recipient has path and fragment from the link, and the password by another way.
    let link = Link::parse(path, &fragment)?;
    assert!(gate_hash.matches(&link.gate().to_bytes()));
    let keys = link.keys(Some(&Password::new(password)?))?;
    assert!(auth_hash.matches(&keys.auth.to_bytes()));

    let manifest = open_cover(&keys.cover, path, Level::One, &cover)?;
    let entry = manifest.files.first().ok_or("no file")?;
    let (header, mut rest) = blob.split_at(HEADER_BYTES);
    let mut opener =
        wait(Opener::<RustCryptoAead>::new(&keys.cover, path, Level::One, &entry.content, header))?;
    let mut saved = Vec::new();
    while !rest.is_empty() {
        let length = opener.next_sealed_bytes().unwrap_or(u64::MAX).min(rest.len() as u64);
        let (chunk, tail) = rest.split_at(length as usize);
        rest = tail;
        let opened = wait(opener.open(chunk.to_vec())?)?;
        saved.extend(opener.accept(opened)?);
    }
    // Only now is it the file.
    let _complete = opener.finish()?;
    assert_eq!(saved, contents);
    Ok(())
}

/// The futures of `RustCryptoAead` are ready at once; a program with a runtime would await them.
fn wait<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("RustCryptoAead never waits"),
    }
}
