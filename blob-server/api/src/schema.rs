//! What OpenAPI says of types that serde writes by hand: texts and numbers of a narrow form.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::{BlobId, DeliveryId, Level, Opaque, PasskeyId, RecipientId, SessionId, Token};

/// 16 bytes; of the last character only two bits count.
const ID: &str = "^[A-Za-z0-9_-]{21}[AQgw]$";
/// 32 bytes; of the last character only four bits count.
const TOKEN: &str = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$";
/// Any bytes.
const OPAQUE: &str = "^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$";

fn text(pattern: &str, description: &str) -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(Type::String);
    text.pattern(Some(pattern)).description(Some(description)).into()
}

macro_rules! texts {
    ($($name:ident = $pattern:ident $description:literal,)*) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                text($pattern, $description)
            }
        }
        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

texts! {
    DeliveryId = ID "Names a delivery: 16 random bytes of the sender's browser as unpadded base64url.",
    BlobId = ID "Names one file's ciphertext within a delivery: 16 random bytes as unpadded base64url.",
    RecipientId = ID "Names one recipient within a delivery: 16 random bytes as unpadded base64url.",
    SessionId = ID "Names a session to its owner, without being its token: 16 bytes as unpadded base64url.",
    PasskeyId = ID "Names a passkey to its owner: 16 bytes as unpadded base64url.",
    Token = TOKEN "32 bytes that prove a right, or the SHA-256 of such bytes, as unpadded base64url.",
    Opaque = OPAQUE "Bytes as unpadded base64url that only the cryptography understands.",
}

impl PartialSchema for Level {
    fn schema() -> RefOr<Schema> {
        let numbers = Self::ALL.iter().map(|level| u8::from(*level));
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .enum_values(Some(numbers))
            .description(Some(
                "How well a delivery is protected. 1: whoever has the link (and the password, if there is one) can \
                 open it. 2: the link, and an account with the address that it was sent to.",
            ))
            .into()
    }
}
impl ToSchema for Level {
    fn name() -> Cow<'static, str> {
        "Level".into()
    }
}
