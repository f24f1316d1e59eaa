//! What a key is bound to: identifiers and the level.

use rand_core::CryptoRng;

use crate::error::ParseError;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 16]);

        impl $name {
            /// A new one: 16 random bytes.
            pub fn generate(rng: &mut impl CryptoRng) -> Self {
                let mut bytes = [0; 16];
                rng.fill_bytes(&mut bytes);
                Self(bytes)
            }
        }
    };
}

id!(
    /// Names a delivery. Public; made by the sender, since keys are bound to it.
    DeliveryId
);
id!(
    /// Names one file's ciphertext within a delivery. Public.
    BlobId
);
id!(
    /// Names one recipient within a delivery. Public; made by the sender.
    RecipientId
);
id!(
    /// Names an account. Public; made by the server when somebody registers.
    AccountId
);

id!(
    /// Names a box. Public; made by its owner's browser, since keys are bound to it.
    BoxId
);
id!(
    /// Names the right to send something into a box. Public.
    TicketId
);

/// How well a delivery is protected. It is part of every key derivation, so a server that claims another level only
/// makes the keys come out wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Whoever has the link (and the password, if there is one) can open the delivery.
    One,
    /// The link, and an account with the address that it was sent to, which only the server can check.
    Two,
    /// As two, and the files only for those whom the sender's keys were granted to. Subject and message as at level two.
    Three,
    /// Everything only for those whom the sender's keys were granted to.
    Four,
}

impl Level {
    /// The number as it is written, 1 byte.
    pub const fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
            Self::Four => 4,
        }
    }

    /// # Errors
    /// [`ParseError::UnknownFormat`] for any number but those of the variants.
    pub const fn from_number(number: u8) -> Result<Self, ParseError> {
        match number {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            3 => Ok(Self::Three),
            4 => Ok(Self::Four),
            _ => Err(ParseError::UnknownFormat),
        }
    }
}
