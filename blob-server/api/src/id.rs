//! Identifiers: 16 random bytes, those of deliveries made by the sender's browser, written as 22 characters of base64url.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// The text is not 22 characters of base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdError;

impl core::fmt::Display for IdError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("not an identifier")
    }
}
impl core::error::Error for IdError {}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 16]);

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&Base64UrlUnpadded::encode_string(&self.0))
            }
        }
        impl core::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let mut bytes = [0; 16];
                match Base64UrlUnpadded::decode(text, &mut bytes) {
                    Ok(read) if read.len() == 16 => Ok(Self(bytes)),
                    _ => Err(IdError),
                }
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    };
}

id!(
    /// Names an account, for ever: a card is bound to it. Made by the server.
    AccountId
);
id!(
    /// Names a delivery.
    DeliveryId
);
id!(
    /// Names one file's ciphertext within a delivery.
    BlobId
);
id!(
    /// Names one recipient within a delivery.
    RecipientId
);
id!(
    /// Names a session to its owner, without being its token.
    SessionId
);
id!(
    /// Names a passkey to its owner.
    PasskeyId
);
id!(
    /// Names a submit box, for its whole life: its keys are bound to it.
    BoxId
);
id!(
    /// Names a ticket, without being its token.
    TicketId
);
