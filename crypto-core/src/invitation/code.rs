//! Seven words, for the phone or a letter.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::error::{KeyError, WordsError};
use crate::id::{DeliveryId, RecipientId};
use crate::kdf::Profile;
use crate::label::{Label, context};
use crate::secret::SecretBytes;
use crate::suite;
use crate::words::{self, Language};

const WORDS: usize = 7;

/// Seven random words, 90 bits. A server that has the proof can try codes at its leisure, so they are many, and each try
/// costs an Argon2id.
///
/// ```compile_fail,E0277
/// fn f<T: core::fmt::Debug>() {}
/// f::<crypto_core::invitation::InvitationCode>();
/// ```
pub struct InvitationCode(SecretBytes<{ 2 * WORDS }>);

impl InvitationCode {
    /// A new one. It is readable in one language only, whichever it is shown in.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        loop {
            let code = Self(SecretBytes::build(|numbers| words::draw(numbers, rng)));
            if !words::is_ambiguous(code.0.expose()) {
                return code;
            }
        }
    }

    /// Its seven words, with spaces between.
    pub fn words(&self, language: Language) -> Zeroizing<String> {
        words::spell(self.0.expose(), language)
    }

    /// Reads what somebody typed, in either language.
    ///
    /// # Errors
    /// [`WordsError::UnknownWord`], [`WordsError::WrongCount`]. A wrong word that exists is not noticed here: the code opens
    /// nothing.
    pub fn read(typed: &str) -> Result<Self, WordsError> {
        words::read(typed, |numbers: &[u8; 2 * WORDS]| {
            Some(Self(SecretBytes::build(|bytes| bytes.copy_from_slice(numbers))))
        })
    }

    pub(super) fn stretch(
        &self,
        delivery: DeliveryId,
        recipient: RecipientId,
        out: &mut [u8; 32],
    ) -> Result<(), KeyError> {
        let hash = suite::sha256(&context(Label::InvitationCode, &[&delivery.0, &recipient.0]));
        let (salt, _) = hash.split_first_chunk::<16>().ok_or(KeyError::OutOfMemory)?;
        Profile::One.stretch(self.0.expose(), salt, out)
    }
}
