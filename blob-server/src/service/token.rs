//! Random tokens: the bearer has the token, the server keeps its hash.

use blob_api::Token;
use crypto_core::access::TokenHash;
use hmac::{Hmac, KeyInit, Mac};
use rand_core::UnwrapErr;
use sha2::{Digest, Sha256};

/// A new token of 32 random bytes with its hash.
///
/// # Errors
/// When the operating system gives no random bytes.
pub(super) fn generate() -> Result<(Token, [u8; 32]), getrandom::Error> {
    let token = Token(random()?);
    let hash = hash(&token);
    Ok((token, hash))
}

/// What the server keeps of a token.
pub(super) fn hash(token: &Token) -> [u8; 32] {
    TokenHash::of(&token.0).to_bytes()
}

/// Is `hash` that of `token`? In constant time.
pub(super) fn matches(hash: &[u8; 32], token: &Token) -> bool {
    TokenHash::from_bytes(*hash).matches(&token.0)
}

/// What the server keeps of what could be guessed from a plain hash: HMAC-SHA256 of texts that contain no NUL.
pub(super) fn keyed_hash(key: &[u8; 32], texts: &[&[u8]]) -> [u8; 32] {
    keyed(key, texts).finalize().into_bytes().into()
}

/// Is `hash` the keyed hash of this? In constant time.
pub(super) fn keyed_matches(hash: &[u8; 32], key: &[u8; 32], texts: &[&[u8]]) -> bool {
    keyed(key, texts).verify(hash.into()).is_ok()
}

fn keyed(key: &[u8; 32], texts: &[&[u8]]) -> Hmac<Sha256> {
    // HMAC fills a key up to its block with zeros.
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for text in texts {
        mac.update(text);
        mac.update(&[0]);
    }
    mac
}

/// SHA-256.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Random bytes.
///
/// # Errors
/// When the operating system gives none.
pub(super) fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// A number below `end`, each as likely as any other.
///
/// # Errors
/// When the operating system gives no random bytes.
pub(super) fn below(end: u32) -> Result<u32, getrandom::Error> {
    // What lies above the last multiple of `end` is thrown again.
    let fair = u32::MAX - u32::MAX % end;
    loop {
        let number = u32::from_le_bytes(random()?);
        if number < fair {
            return Ok(number % end);
        }
    }
}

/// The operating system's generator as crypto-core takes it. It panics when there are no random bytes: the request then
/// fails, which is what must happen.
pub(super) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}
