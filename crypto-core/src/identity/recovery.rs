//! The recovery code: words on paper that replace a forgotten SecuPass.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::error::WordsError;
use crate::id::AccountId;
use crate::label::{Label, context};
use crate::secret::SecretBytes;
use crate::suite::Hkdf;
use crate::words::{self, Language, WORDS};

/// Random words, 142 bits; one more that checks them.
const RANDOM: usize = 11;
/// All words of a code.
const ALL: usize = RANDOM + 1;

/// Twelve words, of which eleven are random. It is shown once and kept nowhere.
///
/// ```compile_fail,E0277
/// fn f<T: core::fmt::Debug>() {}
/// f::<crypto_core::identity::RecoveryCode>();
/// ```
/// ```compile_fail,E0277
/// fn f<T: Clone>() {}
/// f::<crypto_core::identity::RecoveryCode>();
/// ```
pub struct RecoveryCode(SecretBytes<{ 2 * RANDOM }>);

impl RecoveryCode {
    /// A new one.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(SecretBytes::build(|numbers| words::draw(numbers, rng)))
    }

    /// Its twelve words, with spaces between.
    pub fn words(&self, language: Language) -> Zeroizing<String> {
        let mut numbers = Zeroizing::new([0; 2 * ALL]);
        numbers[..2 * RANDOM].copy_from_slice(self.0.expose());
        numbers[2 * RANDOM..].copy_from_slice(&check(self.0.expose()));
        words::spell(numbers.as_slice(), language)
    }

    /// Reads what somebody typed, in either language.
    ///
    /// # Errors
    /// All of [`WordsError`]. Of 7,776 codes with a wrong word or exchanged ones, about one is not noticed here; it opens nothing.
    pub fn read(typed: &str) -> Result<Self, WordsError> {
        words::read(typed, |numbers: &[u8; 2 * ALL]| {
            let (random, checked) = numbers.split_first_chunk::<{ 2 * RANDOM }>()?;
            (check(random) == checked)
                .then(|| Self(SecretBytes::build(|bytes| bytes.copy_from_slice(random))))
        })
    }

    /// > SPEC §13.3: `K = Expand(Extract("", numbers), ctx("recovery key", account), 32)`
    pub(crate) fn key(&self, account: AccountId) -> SecretBytes<32> {
        let prk = Hkdf::extract(&[], self.0.expose());
        SecretBytes::build(|key| prk.expand(&context(Label::RecoveryKey, &[&account.0]), key))
    }
}

/// > SPEC §12.1: check = `Expand(Extract("", numbers), ctx("recovery check"), 8)` as a number modulo 7,776
fn check(numbers: &[u8; 2 * RANDOM]) -> [u8; 2] {
    let mut sum = [0; 8];
    Hkdf::extract(&[], numbers).expand(&context(Label::RecoveryCheck, &[]), &mut sum);
    // Below 7,776, so nothing is cut off.
    ((u64::from_be_bytes(sum) % u64::from(WORDS)) as u16).to_be_bytes()
}
