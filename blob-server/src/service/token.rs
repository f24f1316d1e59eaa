//! Random tokens: the bearer has the token, the server keeps its hash.

use blob_api::Token;
use crypto_core::access::TokenHash;
use rand_core::UnwrapErr;

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

/// Random bytes.
///
/// # Errors
/// When the operating system gives none.
pub(super) fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// The operating system's generator as crypto-core takes it. It panics when there are no random bytes: the request then
/// fails, which is what must happen.
pub(super) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}
