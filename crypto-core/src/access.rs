//! Tokens that prove a right to the server, and what the server may do with them: hash and compare. SPEC §5.3.
//!
//! A token says nothing about the keys beside it in the hierarchy, and the server stores only its hash: whoever steals
//! the database can neither open deliveries nor pretend to hold their links.

use crate::secret::secret;
use crate::suite;

secret! {
    /// Proves possession of a link: its holder may learn whether the delivery lives and whether it has a password.
    GateToken at "crypto_core::access::GateToken"
}
secret! {
    /// Proves possession of a link and of the password, when there is one: its holder may fetch the ciphertext.
    AuthToken at "crypto_core::access::AuthToken"
}

macro_rules! token {
    ($name:ident) => {
        impl $name {
            /// The 32 bytes that are shown to the server.
            pub fn to_bytes(&self) -> [u8; 32] {
                *self.expose()
            }
            /// What the server keeps instead of the token.
            pub fn hash(&self) -> TokenHash {
                TokenHash::of(self.expose())
            }
        }
    };
}
token!(GateToken);
token!(AuthToken);

/// SHA-256 of a token. Tokens are 32 uniformly random bytes, so a plain hash cannot be inverted by guessing.
#[derive(Debug, Clone, Copy)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a token.
    pub fn of(token: &[u8; 32]) -> Self {
        Self(suite::sha256(token))
    }
    /// A stored hash.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
    /// The 32 bytes to store.
    pub const fn to_bytes(self) -> [u8; 32] {
        self.0
    }
    /// Is this the hash of that token? The time taken does not depend on the answer.
    pub fn matches(&self, token: &[u8; 32]) -> bool {
        suite::equal(&self.0, &suite::sha256(token))
    }
}

#[cfg(test)]
mod tests {
    use super::TokenHash;

    #[test]
    fn a_hash_matches_its_token_only() {
        // FIPS 180-4 example values are covered by tests/vectors.rs; this is about the comparison.
        let hash = TokenHash::from_bytes(TokenHash::of(&[1; 32]).to_bytes());
        assert!(hash.matches(&[1; 32]));
        for bit in 0..256 {
            let mut token = [1; 32];
            token[bit / 8] ^= 1 << (bit % 8);
            assert!(!hash.matches(&token));
        }
    }
}
