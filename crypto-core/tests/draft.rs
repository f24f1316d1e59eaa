//! A delivery goes on after its tab was closed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{block_on, open_body, rng, small};
use crypto_core::draft::{self, MAX_NOTES_BYTES, ResumeKey};
use crypto_core::error::{LedgerError, OpenError, SealError};
use crypto_core::id::{BlobId, Level};
use crypto_core::kdf::Password;
use crypto_core::link::{CoverKey, Link};
use crypto_core::stream::{
    Admitted, FileContext, FileRef, Layout, PART_CHUNKS, PartLedger, RustCryptoAead, Sealer,
};
use sha2::{Digest, Sha256};

/// Seals the parts of a file one by one; `each` sees their bytes and may stop. The reference is there for a whole file.
fn seal_parts(
    mut sealer: Sealer<RustCryptoAead>,
    plain: &[u8],
    mut each: impl FnMut(u64, Vec<u8>) -> bool,
) -> Option<FileRef> {
    let layout = sealer.layout();
    let mut rest = plain;
    for part in 0..layout.parts() {
        let mut bytes = if part == 0 { sealer.header().to_bytes().to_vec() } else { Vec::new() };
        for _ in 0..PART_CHUNKS {
            let Some(length) = layout.plain_bytes(sealer.position()) else { break };
            let (chunk, tail) = rest.split_at(length as usize);
            rest = tail;
            bytes.extend(block_on(sealer.seal(chunk.to_vec()).unwrap()).unwrap());
        }
        if !each(part, bytes) {
            return None;
        }
    }
    sealer.finish().ok()
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Four parts, the last one short.
const SIZE: usize = 3 * 32 * 1024 + 5_000;

/// Uploads two parts, as a sender does whose tab is closed then. What it leaves: the bytes at the server, and the ledger.
fn interrupted(key: &CoverKey, file: FileContext, plain: &[u8]) -> ([u8; 32], Vec<Vec<u8>>, Vec<[u8; 32]>) {
    let layout = Layout::new(plain.len() as u64, small()).unwrap();
    let sealer = block_on(Sealer::new(key, file, layout, &mut rng())).unwrap();
    let salt = sealer.header().salt;
    let (mut server, mut ledger) = (Vec::new(), PartLedger::new());
    seal_parts(sealer, plain, |part, bytes| {
        assert_eq!(ledger.admit(part, sha256(&bytes)), Ok(Admitted::New));
        server.push(bytes);
        part < 1
    });
    (salt, server, ledger.digests().to_vec())
}

#[test]
fn an_interrupted_file_goes_on_under_its_key_and_opens_whole() {
    let plain: Vec<u8> = (0..SIZE).map(|i| (i % 251) as u8).collect();
    let (resume, link) = (ResumeKey::generate(&mut rng()), Link::generate(&mut rng()));
    let keys = link.keys(Some(&Password::new("Grünkohl").unwrap())).unwrap();
    let file = FileContext { delivery: link.delivery, blob: BlobId::generate(&mut rng()), level: Level::One };
    let (salt, mut server, digests) = interrupted(&keys.cover, file, &plain);
    let record = draft::seal(&resume, &link, &keys, b"notes", &mut rng()).unwrap();

    // Another day: only the record and the server's key are left, and the password is not asked for again.
    let told = ResumeKey::from_bytes(&resume.to_bytes());
    let draft = draft::open(&told, link.delivery, &record).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(draft.notes.as_slice(), b"notes");
    assert_eq!(draft.link.fragment(), link.fragment());
    assert_eq!(draft.keys.auth.to_bytes(), keys.auth.to_bytes());
    let layout = Layout::new(plain.len() as u64, small()).unwrap();
    let sealer = block_on(Sealer::again(&draft.keys.cover, file, layout, &salt)).unwrap();
    let mut ledger = PartLedger::restore(digests);
    let content = seal_parts(sealer, &plain, |part, bytes| {
        if ledger.admit(part, sha256(&bytes)).unwrap() == Admitted::New {
            server.push(bytes);
        }
        true
    });
    assert_eq!(ledger.digests().len(), 4);
    let opened = open_body(&keys.cover, link.delivery, &content.unwrap(), &server.concat());
    assert_eq!(opened.unwrap(), plain);
}

#[test]
fn nothing_leaves_of_a_file_that_changed() {
    let plain = vec![7; SIZE];
    let link = Link::generate(&mut rng());
    let key = link.keys(None).unwrap().cover;
    let file = FileContext { delivery: link.delivery, blob: BlobId::generate(&mut rng()), level: Level::One };
    let (salt, _, digests) = interrupted(&key, file, &plain);
    let longer = [plain.as_slice(), &[7]].concat();
    let mut first = plain.clone();
    first[0] = 8;
    let mut second = plain.clone();
    second[2 * 32 * 1024 - 1] = 8;
    // Each with the part in which it shows. A longer file repeats the recorded parts, none of which was its last.
    for (changed, at) in
        [(&first, Some(0)), (&second, Some(1)), (&plain[..40_000].to_vec(), Some(1)), (&longer, None)]
    {
        let layout = Layout::new(changed.len() as u64, small()).unwrap();
        let sealer = block_on(Sealer::<RustCryptoAead>::again(&key, file, layout, &salt)).unwrap();
        let mut ledger = PartLedger::restore(digests.clone());
        let mut refused = None;
        seal_parts(sealer, changed, |part, bytes| {
            let admitted = ledger.admit(part, sha256(&bytes));
            if admitted == Err(LedgerError::Changed) {
                refused = Some(part);
            }
            admitted.is_ok()
        });
        assert_eq!(refused, at);
    }
}

#[test]
fn a_record_opens_with_its_own_key_and_delivery_only() {
    let (link, other) = (Link::generate(&mut rng()), Link::generate(&mut rng()));
    let (key, wrong) = (ResumeKey::generate(&mut rng()), ResumeKey::generate(&mut rng()));
    let keys = link.keys(None).unwrap();
    let record = draft::seal(&key, &link, &keys, &[], &mut rng()).unwrap();
    assert!(draft::open(&key, link.delivery, &record).is_ok());
    assert_eq!(draft::open(&wrong, link.delivery, &record).err(), Some(OpenError::Damaged));
    assert_eq!(draft::open(&key, other.delivery, &record).err(), Some(OpenError::Damaged));
    assert_ne!(
        record,
        draft::seal(&key, &link, &keys, &[], &mut rng()).unwrap(),
        "each record has its own salt"
    );
}

#[test]
fn notes_have_a_limit() {
    let (key, link) = (ResumeKey::generate(&mut rng()), Link::generate(&mut rng()));
    let keys = link.keys(None).unwrap();
    let mut notes = vec![1; MAX_NOTES_BYTES];
    assert!(draft::seal(&key, &link, &keys, &notes, &mut rng()).is_ok());
    notes.push(1);
    assert_eq!(draft::seal(&key, &link, &keys, &notes, &mut rng()).err(), Some(SealError::TooLarge));
}
