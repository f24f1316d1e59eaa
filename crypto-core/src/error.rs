//! Every way in which an operation can fail.
//!
//! The enums are closed and carry no text and no data, so nothing secret can travel in one. Where a hostile server or
//! sender could learn from the difference, there is no difference: whichever check of a ciphertext failed, the
//! answer is [`OpenError::Damaged`].

use core::fmt;

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $text),* })
            }
        }
        impl core::error::Error for $name {}
    )*};
}

errors! {
    /// Text or bytes that arrived do not have the form they should have.
    ParseError {
        /// Well formed, but of a version or suite that this software does not know.
        UnknownFormat = "this is from a newer version of the software",
        /// Not one of ours, or not written in the one allowed way.
        Malformed = "this does not have the right form",
    }

    /// A password or a key derivation cannot be used.
    KeyError {
        /// The password is empty.
        EmptyPassword = "the password is empty",
        /// The password is longer than [`crate::kdf::Password::MAX_BYTES`].
        LongPassword = "the password is too long",
        /// The password holds a control character.
        ForbiddenCharacter = "the password holds a character that cannot be used",
        /// The number names no compiled-in Argon2id profile.
        UnknownProfile = "the key derivation profile is unknown",
        /// Argon2id did not get its memory.
        OutOfMemory = "there is not enough memory to derive the key",
    }

    /// Something could not be encrypted.
    SealError {
        /// A file, field or manifest is over its limit.
        TooLarge = "this is too large to be encrypted",
        /// A field may not be empty, two files have the same identifier, or a chunk has the wrong length.
        BadInput = "this cannot be encrypted as it is",
        /// Not every chunk has been sealed, or more are offered than were announced.
        OutOfOrder = "the chunks do not add up to the file",
        /// The cipher itself failed.
        CipherFailed = "the cipher failed",
    }

    /// Something could not be decrypted.
    OpenError {
        /// Of a version or suite that this software does not know.
        UnknownFormat = "this is from a newer version of the software",
        /// Not what the sender sealed, or not under this key.
        Damaged = "this is not what was sealed",
    }

    /// A sealed part of a file may not be sent.
    LedgerError {
        /// These bytes are not those that were sealed before: the file has changed.
        Changed = "the file has changed since it was sealed before",
        /// Not the part whose turn it is.
        OutOfOrder = "the parts of the file do not follow each other",
    }

    /// A login or registration failed.
    LoginError {
        /// Name or password wrong; which of them cannot be told apart.
        Refused = "name or password is wrong",
        /// A message does not have the form it should have.
        Malformed = "the login message does not have the right form",
        /// The login name is empty, too long or holds a control character.
        BadName = "this cannot be a login name",
        /// The key derivation did not get its memory, or the library failed.
        Failed = "the login could not be computed",
    }
}

impl From<ParseError> for OpenError {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::UnknownFormat => Self::UnknownFormat,
            ParseError::Malformed => Self::Damaged,
        }
    }
}
