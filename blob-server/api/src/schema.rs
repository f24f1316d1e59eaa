//! What OpenAPI says of texts, numbers and lists of a narrow form: of types that serde writes by hand, and of what the server
//! refuses beyond the types.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::{
    AccountId, BlobId, BoxId, BoxSettings, CreateRequest, DeliveryId, Level, MAX_DAYS, MAX_EMAIL_BYTES,
    MAX_NAME_CHARS, NewRecipient, Opaque, PasskeyId, RecipientId, SessionId, StoreKeys, Submit, TicketId,
    Token, Vault,
};

/// 16 bytes; of the last character only two bits count.
const ID: &str = "^[A-Za-z0-9_-]{21}[AQgw]$";
/// 32 bytes; of the last character only four bits count.
const TOKEN: &str = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$";
/// [`NameDeputy::BYTES`] bytes, which leave a rest of two.
const DEPUTATION: &str = "^[A-Za-z0-9_-]{170}[AEIMQUYcgkosw048]$";
/// Any bytes.
const OPAQUE: &str = "^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$";

/// [`NewLink::SEALED_BYTES`] bytes, which leave a rest of two.
const SEALED: &str = "^[A-Za-z0-9_-]{202}[AEIMQUYcgkosw048]$";
/// A link's part after `#`, where the link is a recipient's own.
const FRAGMENT: &str = r"^(1p\.[A-Za-z0-9_-]{43})?$";
/// [`GiveGrant::BYTES`] bytes, which leave no rest.
const GRANT: &str = "^[A-Za-z0-9_-]{1824}$";
/// [`ProveInvitation::BYTES`] bytes.
const PROOF: &str = TOKEN;
/// What every address has, and more that none has: whether it is one the server judges.
const EMAIL: &str = r"^\s*[^@\s]{1,64}@[^@\s]{1,252}\s*$";
/// The secret of a request.
const REQUEST_FRAGMENT: &str = r"^1q\.[A-Za-z0-9_-]{43}$";
/// [`BoxSettings::NAME_CHARS`].
const BOX_NAME: &str = "^[a-z0-9-]{3,40}$";
const KEY_DIGITS: &str = "^[0-9]{5}( [0-9]{5}){6}$";
/// [`BoxSettings::TYPE_CHARS`].
const FILE_TYPE: &str = "^[a-z0-9]{1,10}$";
/// Lines: no other control characters.
const LINES: &str = r"^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f]*$";
/// One line: no control characters.
const LINE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// An e-mail address, as typed.
pub(crate) enum Email {}
/// A name that others see.
pub(crate) enum DisplayName {}
/// What stands in the mails of a delivery.
pub(crate) enum NoteLine {}
/// [`NewLink::sealed`].
pub(crate) enum Sealed {}
/// [`NewRecipient::mail`].
pub(crate) enum Fragment {}
/// A card, or a secret that its owner keeps sealed.
pub(crate) enum Kept {}
/// [`NewRecipient::offer`].
pub(crate) enum Offer {}
/// [`Vault::sealed`].
pub(crate) enum SealedVault {}
/// [`GiveGrant::grant`].
pub(crate) enum Grant {}
/// [`ProveInvitation::proof`].
pub(crate) enum Proof {}
/// [`NameDeputy::deputation`].
pub(crate) enum Deputation {}
/// How long a delivery lives.
pub(crate) enum Days {}
/// [`BoxSettings::name`].
pub(crate) enum BoxName {}
/// [`BoxSettings::greeting_de`].
pub(crate) enum Greeting {}
/// [`BoxSettings::types`].
pub(crate) enum FileType {}
/// [`BoxSettings::card`].
pub(crate) enum BoxCard {}
/// [`Submit::submitter`].
pub(crate) enum SubmitterCard {}
/// [`Submit::sealed_to`].
pub(crate) enum KeyDigits {}
/// [`CreateRequest::sealed`].
pub(crate) enum SealedRequest {}
/// [`CreateRequest::kept`].
pub(crate) enum KeptSecret {}
/// [`CreateRequest::mail`].
pub(crate) enum RequestFragment {}
/// [`CreateRequest::days`].
pub(crate) enum RequestDays {}
/// [`CreateRequest::uses`].
pub(crate) enum Uses {}

/// Characters of so many bytes as unpadded base64url.
const fn characters(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

fn text(pattern: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern))
}

macro_rules! texts {
    ($($name:ident = $text:expr, $description:literal;)*) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $text.description(Some($description)).into()
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
    AccountId = text(ID), "Names an account: 16 random bytes of the server as unpadded base64url.";
    DeliveryId = text(ID), "Names a delivery: 16 random bytes of the sender's browser as unpadded base64url.";
    BlobId = text(ID), "Names one file's ciphertext within a delivery: 16 random bytes as unpadded base64url.";
    RecipientId = text(ID), "Names one recipient within a delivery: 16 random bytes as unpadded base64url.";
    SessionId = text(ID), "Names a session to its owner, without being its token: 16 bytes as unpadded base64url.";
    PasskeyId = text(ID), "Names a passkey to its owner: 16 bytes as unpadded base64url.";
    BoxId = text(ID), "Names a submit box: 16 random bytes of its owner's browser as unpadded base64url.";
    TicketId = text(ID), "Names a ticket, without being its token: 16 random bytes as unpadded base64url.";
    BoxName = text(BOX_NAME), "A submit box' name in links.";
    Greeting = text(LINES).max_length(Some(BoxSettings::GREETING_CHARS)), "What a box says to submitters.";
    FileType = text(FILE_TYPE), "An extension of files.";
    BoxCard = text(OPAQUE).min_length(Some(2)).max_length(Some(characters(BoxSettings::MOST_CARD_BYTES))),
        "What submissions are sealed to: 1600 bytes at most, as unpadded base64url.";
    SubmitterCard = text(OPAQUE).min_length(Some(2)).max_length(Some(characters(Submit::MOST_CARD_BYTES))),
        "What answers to a submission are sealed to: 1800 bytes at most, as unpadded base64url.";
    KeyDigits = text(KEY_DIGITS), "A key's fingerprint in digits.";
    SealedRequest = text(OPAQUE).min_length(Some(2)).max_length(Some(characters(CreateRequest::MOST_SEALED_BYTES))),
        "What is asked for, sealed: 64 KiB at most, as unpadded base64url.";
    KeptSecret = text(OPAQUE).min_length(Some(2)).max_length(Some(characters(CreateRequest::MOST_KEPT_BYTES))),
        "A secret that its owner keeps sealed, of 256 bytes at most, as unpadded base64url.";
    RequestFragment = text(REQUEST_FRAGMENT), "The part of a request's link after `#`.";
    Token = text(TOKEN), "32 bytes that prove a right, or the SHA-256 of such bytes, as unpadded base64url.";
    Opaque = text(OPAQUE), "Bytes as unpadded base64url that only the cryptography understands.";
    Sealed = text(SEALED), "A delivery's secret, wrapped under that of one recipient's link: 152 bytes as unpadded base64url.";
    Fragment = text(FRAGMENT), "The part of a recipient's link after `#`; empty at level 4.";
    Grant = text(GRANT), "A delivery's keys, granted to one person: 1368 bytes as unpadded base64url.";
    Proof = text(PROOF), "That an invitation code and a card belong together: 32 bytes as unpadded base64url.";
    Deputation = text(DEPUTATION), "Who may grant in somebody's place, and until when: 128 bytes as unpadded base64url.";
    Kept = text(OPAQUE).min_length(Some(2)).max_length(Some(characters(StoreKeys::MOST_BYTES))),
        "A card or a sealed secret, of 4096 bytes at most, as unpadded base64url.";
    Offer = text(OPAQUE).min_length(Some(2)).max_length(Some(characters(NewRecipient::MOST_OFFER_BYTES))),
        "What an invitation code opens, of 1024 bytes at most, as unpadded base64url.";
    SealedVault = text(OPAQUE).min_length(Some(2)).max_length(Some(characters(Vault::MOST_BYTES))),
        "A sealed vault, of 512 KiB at most, as unpadded base64url.";
    Email = text(EMAIL).max_length(Some(MAX_EMAIL_BYTES)),
        "An e-mail address, of 254 bytes at most. Spaces at its ends do not count as part of it.";
    DisplayName = text(LINE).min_length(Some(1)).max_length(Some(MAX_NAME_CHARS)),
        "A name of one line that others see.";
    NoteLine = text(LINE).min_length(Some(1)).max_length(Some(NewRecipient::NOTE_CHARS)),
        "One line that stands in mails.";
}

macro_rules! counts {
    ($($name:ident = $most:expr, $description:literal;)*) => {$(
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let number = ObjectBuilder::new().schema_type(Type::Integer);
                let number = number.minimum(Some(1_u16)).maximum(Some($most));
                number.description(Some($description)).into()
            }
        }
        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

counts! {
    Days = MAX_DAYS, "Days, at most as many as the server's own limit (`Limits`).";
    RequestDays = CreateRequest::MOST_DAYS, "Days for which something can be submitted.";
    Uses = CreateRequest::MOST_USES, "How often something may be submitted.";
}

impl PartialSchema for Level {
    fn schema() -> RefOr<Schema> {
        let numbers = Self::ALL.iter().map(|level| u8::from(*level));
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .enum_values(Some(numbers))
            .description(Some(
                "How well a delivery is protected. 1: whoever has the link (and the password, if there is one) can \
                 open it. 2: the link, and an account with the address that it was sent to. 3: as 2, and the files \
                 are sealed to the recipients' keys. 4: everything is.",
            ))
            .into()
    }
}
impl ToSchema for Level {
    fn name() -> Cow<'static, str> {
        "Level".into()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::{Value, json};

    use super::*;
    use crate::{
        AskCards, AskReadiness, Collected, Deputies, GiveGrant, MAX_RECIPIENTS, NameDeputy, NewLink,
        ProveInvitation, SendDelivery,
    };

    /// utoipa takes the bounds of lists as literals only.
    #[test]
    fn lists_are_as_long_as_the_constants_say() {
        fn most<T: ToSchema>(list: &str) -> Value {
            json!(T::schema())["properties"][list]["maxItems"].clone()
        }
        assert_eq!(most::<SendDelivery>("recipients"), MAX_RECIPIENTS);
        assert_eq!(most::<SendDelivery>("deputies"), Deputies::MOST);
        assert_eq!(most::<AskReadiness>("emails"), MAX_RECIPIENTS);
        assert_eq!(most::<AskCards>("emails"), MAX_RECIPIENTS);
        assert_eq!(most::<Collected>("blobs"), Collected::MOST);
        assert_eq!(most::<BoxSettings>("types"), BoxSettings::MOST_TYPES);
    }

    #[test]
    fn texts_of_fixed_length_have_the_length_that_their_pattern_says() {
        for (bytes, pattern, length, end) in [
            (NewLink::SEALED_BYTES, SEALED, "{202}[", 203),
            (GiveGrant::BYTES, GRANT, "{1824}$", 1824),
            (ProveInvitation::BYTES, PROOF, "{42}[", 43),
            (NameDeputy::BYTES, DEPUTATION, "{170}[", 171),
        ] {
            let text = json!(Opaque(vec![255; bytes]));
            assert!(pattern.contains(length) && text.as_str().unwrap().len() == end, "{pattern}");
        }
    }
}
