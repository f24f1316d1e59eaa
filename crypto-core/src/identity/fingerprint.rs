//! The short form of a card, for people to compare.

use crate::id::{AccountId, BoxId};
use crate::label::{Label, context};
use crate::login::LoginName;
use crate::suite::{self, sign::SignatureKey};
use crate::words::{Language, WORDS};

/// Stands for an account, its address and its signature key, or for a box and its signature key. Computed here, never received and believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 20]);

impl Fingerprint {
    /// > SPEC §13.2: fingerprint = first 20 bytes of SHA-256(ctx("fp", account, address, signature key))
    pub(crate) fn of(account: AccountId, email: &LoginName, signing: SignatureKey) -> Self {
        let fields: [&[u8]; 3] = [&account.0, email.as_str().as_bytes(), &signing.to_bytes()];
        Self::first_of(suite::sha256(&context(Label::Fingerprint, &fields)))
    }

    /// > SPEC §18.1: fingerprint = first 20 bytes of SHA-256(ctx("box fp", box, signature key))
    pub(crate) fn of_box(id: BoxId, signing: SignatureKey) -> Self {
        Self::first_of(suite::sha256(&context(Label::BoxFingerprint, &[&id.0, &signing.to_bytes()])))
    }

    /// The first 20 bytes of a hash.
    pub(crate) const fn first_of(hash: [u8; 32]) -> Self {
        let [fingerprint @ .., _, _, _, _, _, _, _, _, _, _, _, _] = hash;
        Self(fingerprint)
    }

    /// As it stands in objects.
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The 20 bytes.
    pub const fn to_bytes(self) -> [u8; 20] {
        self.0
    }

    /// Eight words, 103 bits: what two people read to each other. Both must choose the same language.
    ///
    /// > SPEC §13.2: the fingerprint as a number modulo 7,776^8, in base 7,776, most significant first.
    pub fn words(&self, language: Language) -> [&'static str; 8] {
        let mut rest = self.modulo(u128::from(WORDS).pow(8));
        let mut words = [""; 8];
        for word in words.iter_mut().rev() {
            // Below 7,776, so nothing is cut off.
            *word = language.word((rest % u128::from(WORDS)) as u16);
            rest /= u128::from(WORDS);
        }
        words
    }

    /// The same for people without a common language: seven groups of five digits, 116 bits.
    ///
    /// > SPEC §13.2: the fingerprint as a number modulo 10^35.
    pub fn digits(&self) -> String {
        let digits = format!("{:035}", self.modulo(10_u128.pow(35)));
        let mut text = String::with_capacity(41);
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && i % 5 == 0 {
                text.push(' ');
            }
            text.push(digit);
        }
        text
    }

    /// `modulus` is at most 10^35, so a remainder takes one more byte without overflow.
    fn modulo(&self, modulus: u128) -> u128 {
        self.0.iter().fold(0, |rest, byte| (rest * 256 + u128::from(*byte)) % modulus)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fingerprint, Language};

    #[test]
    fn every_bit_that_is_shown_counts() {
        let zero = Fingerprint::from_bytes([0; 20]);
        assert_eq!(zero.words(Language::German), ["aachener"; 8]);
        assert_eq!(zero.digits(), ["00000"; 7].join(" "));
        let mut seen = std::collections::BTreeSet::from([zero.words(Language::English)]);
        let mut digits = std::collections::BTreeSet::from([zero.digits()]);
        for bit in 0..160 {
            let mut bytes = [0; 20];
            bytes[bit / 8] |= 1 << (bit % 8);
            assert!(seen.insert(Fingerprint::from_bytes(bytes).words(Language::English)));
            assert!(digits.insert(Fingerprint::from_bytes(bytes).digits()));
        }
    }

    #[test]
    fn the_last_number_is_the_last_word() {
        let mut bytes = [0; 20];
        bytes[18..].copy_from_slice(&7775_u16.to_be_bytes());
        let words = Fingerprint::from_bytes(bytes).words(Language::English);
        assert_eq!(words[6..], ["abacus", "zoom"]);
        assert_eq!(&Fingerprint::from_bytes(bytes).digits()[35..], " 07775");
    }
}
