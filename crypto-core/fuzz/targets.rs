//! What the fuzzer calls, one function for each decoder: bytes in, and no panic whatever they are. Where something was
//! accepted, it must be written again in the same way. `tests/fuzz_smoke.rs` calls the same functions on a stable compiler.
//!
//! Run one with `cargo +nightly fuzz run cover` in the folder above.

use std::future::Future;
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use crypto_core::delivery::open_cover;
use crypto_core::id::{BlobId, DeliveryId, Level};
use crypto_core::kdf::Password;
use crypto_core::link::{CoverKey, Link};
use crypto_core::login::{ClientLogin, ClientRegistration, LoginName, Record, ServerLogin, ServerSetup};
use crypto_core::stream::{FileHeader, FileRef, Layout, Opener, RustCryptoAead};

/// The delivery that the targets open.
pub const DELIVERY: DeliveryId = DeliveryId([7; 16]);
/// 32 zero bytes, as a link has them.
pub const FRAGMENT: &str = "1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

static KEY: LazyLock<CoverKey> =
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

/// The header of a file.
pub fn file_header(data: &[u8]) {
    if let Ok(header) = FileHeader::parse(data) {
        assert_eq!(header.to_bytes(), data);
    }
}

/// A whole blob, with a manifest that fits its header.
pub fn file_body(data: &[u8]) {
    let Some((header, mut rest)) = data.split_at_checked(72) else { return };
    let Ok(parsed) = FileHeader::parse(header) else { return };
    let Some(layout) = Layout::new(rest.len() as u64, parsed.chunk) else { return };
    let file = FileRef { blob: BlobId([7; 16]), layout, salt: parsed.salt };
    let opener = block_on(Opener::<RustCryptoAead>::new(&KEY, DELIVERY, Level::One, &file, header));
    let Some(Ok(mut opener)) = opener else { return };
    while let Some(length) = opener.next_sealed_bytes() {
        let (chunk, tail) = rest.split_at((length as usize).min(rest.len()));
        rest = tail;
        let Ok(running) = opener.open(chunk.to_vec()) else { return };
        let Some(Ok(opened)) = block_on(running) else { return };
        if opener.accept(opened).is_err() {
            return;
        }
    }
}

/// The cover of a delivery.
pub fn cover(data: &[u8]) {
    let _ = open_cover(&KEY, DELIVERY, Level::One, data);
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
