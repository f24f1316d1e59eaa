//! What the fuzzer calls, one function for each decoder: bytes in, and no panic whatever they are. Where something was
//! accepted, it must be written again in the same way. `tests/fuzz_smoke.rs` calls the same functions on a stable compiler.
//!
//! Run one with `cargo +nightly fuzz run cover` in the folder above.

pub mod granted;
pub mod submitted;

use std::future::Future;
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use crypto_core::delivery::{open_cover, seal_cover};
use crypto_core::draft::{self, ResumeKey};
use crypto_core::id::{BlobId, DeliveryId, Level};
use crypto_core::kdf::Password;
use crypto_core::link::{CoverKey, Link};
use crypto_core::login::{ClientLogin, ClientRegistration, LoginName, Record, ServerLogin, ServerSetup};
use crypto_core::stream::{
    ChunkSize, FileContext, FileHeader, FileRef, HEADER_BYTES, Layout, Opener, RustCryptoAead, Sealer,
};
use crypto_core::testkit::seal_any;

/// The delivery that the targets open.
pub const DELIVERY: DeliveryId = DeliveryId([7; 16]);
const BLOB: BlobId = BlobId([7; 16]);
/// 32 zero bytes, as a link has them.
pub const FRAGMENT: &str = "1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Its key.
pub static KEY: LazyLock<CoverKey> =
    LazyLock::new(|| match Link::parse(DELIVERY, FRAGMENT).map(|link| link.keys(None)) {
        Ok(Ok(keys)) => keys.cover,
        _ => unreachable!("the fragment is well formed"),
    });

/// Not random, so that a finding can be repeated; nothing here is kept secret.
struct Counter(u64);

impl rand_core::TryRng for Counter {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.try_next_u64().map(|n| n as u32)
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.0 = self.0.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Ok(self.0)
    }
    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in dst.chunks_mut(8) {
            let bytes = self.try_next_u64()?.to_be_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}
impl rand_core::TryCryptoRng for Counter {}

fn block_on<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// The header of a file, alone and before an empty one, with a manifest that fits it.
pub fn file_header(data: &[u8]) {
    let Ok(header) = FileHeader::parse(data) else { return };
    assert_eq!(header.to_bytes(), data);
    if let Some(layout) = Layout::new(0, header.chunk) {
        assert_eq!(open_file(&FileRef { blob: BLOB, layout, salt: header.salt }, data), None);
    }
}

/// What follows a right header: once the bytes as they come, once sealed, and then with a byte changed. The first byte
/// chooses the chunk size, the next two where the change is, the fourth what it is.
pub fn file_body(data: &[u8]) {
    let Some((&[log2, at_0, at_1, change], bytes)) = data.split_first_chunk() else { return };
    let Ok(chunk) = ChunkSize::from_log2(10 + log2 % 11) else { return };

    if let Some(sealer) = new_sealer(bytes.len().saturating_sub(16), chunk) {
        let (layout, header) = (sealer.layout(), sealer.header());
        let file = FileRef { blob: BLOB, layout, salt: header.salt };
        let _ = open_file(&file, &[header.to_bytes().as_slice(), bytes].concat());
    }

    let Some((file, mut blob)) = seal_file(bytes, chunk) else { return };
    assert_eq!(blob.len() as u64, file.layout.blob_bytes());
    assert_eq!(open_file(&file, &blob).as_deref(), Some(bytes));
    let at = usize::from(u16::from_be_bytes([at_0, at_1])) % blob.len();
    blob[at] ^= change;
    assert_eq!(open_file(&file, &blob).is_some(), change == 0);
}

fn new_sealer(size: usize, chunk: ChunkSize) -> Option<Sealer<RustCryptoAead>> {
    let file = FileContext { delivery: DELIVERY, blob: BLOB, level: Level::One };
    let layout = Layout::new(size as u64, chunk)?;
    block_on(Sealer::new(&*KEY, file, layout, &mut Counter(7)))?.ok()
}

fn seal_file(plain: &[u8], chunk: ChunkSize) -> Option<(FileRef, Vec<u8>)> {
    let mut sealer = new_sealer(plain.len(), chunk)?;
    let mut blob = sealer.header().to_bytes().to_vec();
    let mut rest = plain;
    while let Some(length) = sealer.layout().plain_bytes(sealer.position()) {
        let (chunk, tail) = rest.split_at(length as usize);
        rest = tail;
        blob.extend(block_on(sealer.seal(chunk.to_vec()).ok()?)?.ok()?);
    }
    Some((sealer.finish().ok()?, blob))
}

/// The plaintext, if the blob is whole and right.
fn open_file(file: &FileRef, blob: &[u8]) -> Option<Vec<u8>> {
    let (header, mut rest) = blob.split_at(blob.len().min(HEADER_BYTES));
    let mut opener =
        block_on(Opener::<RustCryptoAead>::new(&*KEY, DELIVERY, Level::One, file, header))?.ok()?;
    let mut plain = Vec::new();
    while !rest.is_empty() {
        let length = opener.next_sealed_bytes().unwrap_or(u64::MAX).min(rest.len() as u64);
        let (chunk, tail) = rest.split_at(length as usize);
        rest = tail;
        let opened = block_on(opener.open(chunk.to_vec()).ok()?)?.ok()?;
        plain.extend(opener.accept(opened).ok()?);
    }
    opener.finish().ok().map(|_complete| plain)
}

/// The cover of a delivery.
pub fn cover(data: &[u8]) {
    let _ = open_cover(&KEY, DELIVERY, Level::One, data);
}

/// What a cover holds, rightly encrypted by a hostile sender: once the padding is theirs too, once it is as it should be.
pub fn manifest(data: &[u8]) {
    for pad in [false, true] {
        let Ok(cover) = seal_any(&KEY, DELIVERY, Level::One, data, pad, &mut Counter(8)) else { continue };
        if let Ok(manifest) = open_cover(&KEY, DELIVERY, Level::One, &cover) {
            assert_eq!(seal_cover(&KEY, &manifest, &mut Counter(8)), Ok(cover));
        }
    }
}

/// The record of an unfinished delivery: once as it comes, once with the bytes as its notes, and then with a byte changed.
/// The first two bytes choose where the change is, the third what it is.
pub fn draft(data: &[u8]) {
    let key = ResumeKey::from_bytes(&[9; 32]);
    let _ = draft::open(&key, DELIVERY, data);

    let Some((&[at_0, at_1, change], notes)) = data.split_first_chunk() else { return };
    let Ok(link) = Link::parse(DELIVERY, FRAGMENT) else { unreachable!("the fragment is well formed") };
    let Ok(keys) = link.keys(None) else { unreachable!("there is no password") };
    let Ok(mut record) = draft::seal(&key, &link, &keys, notes, &mut Counter(9)) else { return };
    let Ok(opened) = draft::open(&key, DELIVERY, &record) else { panic!("the record does not open") };
    assert_eq!(opened.notes.as_slice(), notes);
    assert_eq!(opened.link.fragment(), link.fragment());
    let at = usize::from(u16::from_be_bytes([at_0, at_1])) % record.len();
    record[at] ^= change;
    assert_eq!(draft::open(&key, DELIVERY, &record).is_ok(), change == 0);
}

/// What stands after `#` in a link.
pub fn link_fragment(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    if let Ok(link) = Link::parse(DELIVERY, text) {
        assert_eq!(link.fragment().as_str(), text);
    }
}

/// Passwords and login names.
pub fn password(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let _ = Password::new(text);
    if let Ok(name) = LoginName::new(text) {
        assert_eq!(LoginName::new(name.as_str()), Ok(name.clone()));
    }
}

/// Everything that a client sends to a server, and that a server reads from its database.
pub fn login_server(data: &[u8]) {
    static SETUP: LazyLock<ServerSetup> = LazyLock::new(|| ServerSetup::generate(&mut Counter(1)));
    let Ok(name) = LoginName::new("ada@example.org") else { return };
    let _ = ServerSetup::from_bytes(data);
    let _ = Record::from_bytes(data);
    let _ = Record::from_upload(data);
    let _ = SETUP.registration_response(&name, data);
    if let Ok((login, _)) = ServerLogin::start(&SETUP, None, name, data, &mut Counter(2)) {
        assert!(login.finish(data).is_err());
    }
}

/// Everything that a server sends to a client. A well-formed message costs an Argon2id, so this one is slow.
pub fn login_client(data: &[u8]) {
    let (Ok(name), Ok(a), Ok(b)) =
        (LoginName::new("ada@example.org"), Password::new("a"), Password::new("b"))
    else {
        return;
    };
    if let Ok((client, _)) = ClientRegistration::start(a, &mut Counter(3)) {
        let _ = client.finish(&name, data, &mut Counter(4));
    }
    if let Ok((client, _)) = ClientLogin::start(b, &mut Counter(5)) {
        assert!(client.finish(&name, data, &mut Counter(6)).is_err());
    }
}
