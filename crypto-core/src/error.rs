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

    /// Words that somebody typed are no code.
    WordsError {
        /// A word is in no list.
        UnknownWord = "one of the words is not in the list",
        /// There are too few or too many words.
        WrongCount = "the number of words is wrong",
        /// Every word exists, but they do not belong together: one is another, or two are exchanged.
        Mistyped = "one of the words is wrong, or two are exchanged",
    }

    /// An identity could not be unlocked.
    UnlockError {
        /// Of a version or suite that this software does not know.
        UnknownFormat = "this is from a newer version of the software",
        /// The profile of the key derivation is none of ours; nothing was derived.
        ProfileRefused = "the key derivation is not one that this software uses",
        /// SecuPass or recovery code are wrong, or do not belong to what the server sent.
        Refused = "the SecuPass or recovery code is wrong",
        /// What the server sent is not what was sealed.
        Damaged = "the sealed keys are not what was sealed",
        /// The public keys that the server shows are not those of the private keys.
        KeysDiffer = "the public keys do not belong to the private ones",
        /// Argon2id did not get its memory.
        OutOfMemory = "there is not enough memory to derive the key",
    }

    /// A card could not be read.
    CardError {
        /// Of a version that this software does not know.
        UnknownFormat = "this is from a newer version of the software",
        /// Not a card, or not written in the one allowed way.
        Malformed = "this is no key card",
        /// A public key is one that no honest software makes.
        WeakKey = "a key on the card is one that protects nothing",
        /// A signature is not that of the card's key.
        BadSignature = "the signature of the key card is wrong",
    }

    /// A key is not known to be that of the address.
    TrustError {
        /// Another key than the known one, which did not sign the step: nothing may be sent until the words were compared.
        Changed = "the key has changed, and the old one did not vouch for the new one",
        /// An older card than one that was seen before.
        RolledBack = "this key is older than one that was seen before",
        /// The card does not name this address, or there is none.
        OtherAddress = "the key belongs to another address",
        /// The card is not the one that was shown or named.
        FingerprintDiffers = "this is not the key that was compared",
        /// No more keys can be remembered.
        Full = "too many keys are remembered",
    }

    /// A vault could not be opened.
    VaultError {
        /// Of a version or suite that this software does not know.
        UnknownFormat = "this is from a newer version of the software",
        /// Not a vault, or not what was sealed.
        Damaged = "the vault is not what was sealed",
        /// It was sealed beside other keys than those that were unlocked.
        OtherIdentity = "the vault does not belong to these keys",
        /// Older than one that this device has seen.
        RolledBack = "the vault is older than one that was seen before",
    }

    /// A grant could not be opened.
    GrantError {
        /// Of a version, suite or purpose that this software does not know.
        UnknownFormat = "this is from a newer version of the software",
        /// It has not the right form, or does not open.
        Damaged = "the grant is not what was sealed",
        /// It belongs to another delivery, or to another level.
        OtherPlace = "the grant belongs to another delivery",
        /// It was made for somebody else, or for another purpose.
        NotForMe = "the grant was made for somebody else",
        /// It was given by somebody who is neither the sender nor a deputy at that time.
        NotEntitled = "the grant was given by somebody who may not give it",
        /// The signature is not the giver's.
        BadSignature = "the signature of the grant is wrong",
    }

    /// An invitation or its answer is not as it should be.
    InvitationError {
        /// Another address was invited.
        OtherAddress = "another address was invited",
        /// The card was not made by someone who has the invitation.
        WrongProof = "the key was not proved with the invitation",
        /// A second card was proved with the same invitation: somebody else has it too.
        UsedTwice = "the invitation was used for another key before",
    }

    /// A box may not be sealed to.
    BoxError {
        /// It is not the box that the link names.
        OtherKey = "this is not the box that the link names",
        /// Its owner has not renewed its key for too long.
        Expired = "the key of the box is too old",
    }

    /// A deputation cannot be relied on.
    DeputyError {
        /// Of a version or suite that this software does not know.
        UnknownFormat = "this is from a newer version of the software",
        /// Not a deputation.
        Malformed = "this is no deputation",
        /// The signature is not the sender's.
        BadSignature = "the signature of the deputation is wrong",
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

/// A delivery could not be released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseError {
    /// What the sender or deputy holds does not open.
    Held(GrantError),
    /// The grant for the recipient could not be made.
    Seal(SealError),
}

impl fmt::Display for ReleaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held(error) => error.fmt(f),
            Self::Seal(error) => error.fmt(f),
        }
    }
}
impl core::error::Error for ReleaseError {}

impl From<GrantError> for ReleaseError {
    fn from(error: GrantError) -> Self {
        Self::Held(error)
    }
}
impl From<SealError> for ReleaseError {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}

impl From<ParseError> for GrantError {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::UnknownFormat => Self::UnknownFormat,
            ParseError::Malformed => Self::Damaged,
        }
    }
}

impl From<ParseError> for DeputyError {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::UnknownFormat => Self::UnknownFormat,
            ParseError::Malformed => Self::Malformed,
        }
    }
}

impl From<OpenError> for VaultError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::UnknownFormat => Self::UnknownFormat,
            OpenError::Damaged => Self::Damaged,
        }
    }
}

impl From<ParseError> for VaultError {
    fn from(error: ParseError) -> Self {
        OpenError::from(error).into()
    }
}

impl From<ParseError> for CardError {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::UnknownFormat => Self::UnknownFormat,
            ParseError::Malformed => Self::Malformed,
        }
    }
}

impl From<OpenError> for UnlockError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::UnknownFormat => Self::UnknownFormat,
            OpenError::Damaged => Self::Damaged,
        }
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
