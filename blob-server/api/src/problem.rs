//! Errors on the wire: RFC 9457 problem details, one closed list of kinds.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// The body of every answer with status 400 or above, sent as `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// What went wrong. The only member a program should look at.
    #[serde(rename = "type")]
    pub kind: ProblemKind,
    /// The HTTP status again, as RFC 9457 has it.
    pub status: u16,
    /// One English sentence for people who read logs; the page shows its own text for the kind.
    pub title: String,
    /// Seconds to wait before trying again; also in the `Retry-After` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $status:literal $wire:literal $title:literal,)*) => {
        /// What went wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum ProblemKind {
            $($(#[$doc])* #[serde(rename = $wire)] $name,)*
        }
        impl ProblemKind {
            /// Every kind, for tests that look at all of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];
            /// The HTTP status it is sent with.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),* }
            }
            /// One English sentence, always the same for a kind.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),* }
            }
        }
        // By hand: utoipa does not see a name that comes from a macro.
        impl PartialSchema for ProblemKind {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new().schema_type(Type::String);
                text.enum_values(Some([$($wire),*])).description(Some("What went wrong.")).into()
            }
        }
        impl ToSchema for ProblemKind {
            fn name() -> Cow<'static, str> {
                "ProblemKind".into()
            }
        }
    };
}

kinds! {
    /// A body, header or path that does not follow this crate.
    BadRequest = 400 "urn:siegel:bad-request" "The request does not follow the API.",
    /// No session, or it has ended.
    LoggedOut = 401 "urn:siegel:logged-out" "A login is needed.",
    /// Address or password wrong; which of them is not told.
    WrongLogin = 401 "urn:siegel:wrong-login" "Address or password is wrong.",
    /// The code from the mail, or the second factor, is wrong, used up or too old.
    WrongCode = 403 "urn:siegel:wrong-code" "The code is wrong or no longer valid.",
    /// The delivery was sent to another address than that of the account.
    WrongAccount = 403 "urn:siegel:wrong-account" "This was sent to another address.",
    /// The policy does not allow this to this account.
    NotAllowed = 403 "urn:siegel:not-allowed" "This account may not do that.",
    /// The password must be typed once more first.
    Unconfirmed = 403 "urn:siegel:unconfirmed" "The password must be typed once more.",
    /// The link is right, the delivery's password is not.
    WrongPassword = 403 "urn:siegel:wrong-password" "The delivery's password is wrong.",
    /// A request from another site's page.
    ForeignOrigin = 403 "urn:siegel:foreign-origin" "The request came from another site.",
    /// The set-up link is wrong, used up or from an earlier start.
    SetupRefused = 403 "urn:siegel:setup-refused" "The set-up link is not valid.",
    /// It does not exist, or the asker may not know whether it does.
    NotFound = 404 "urn:siegel:not-found" "There is nothing here.",
    /// The path exists, the method does not.
    MethodNotAllowed = 405 "urn:siegel:method-not-allowed" "This method is not offered here.",
    /// The identifier is taken, the part differs from the one stored, or the delivery is already sent.
    Conflict = 409 "urn:siegel:conflict" "This contradicts what is stored.",
    /// The delivery has ended; only holders of its link are told.
    Expired = 410 "urn:siegel:expired" "The delivery has expired.",
    /// A file, delivery or body over the limit.
    TooLarge = 413 "urn:siegel:too-large" "This is larger than the server allows.",
    /// A body in a form that the API does not take, for instance compressed.
    UnsupportedMedia = 415 "urn:siegel:unsupported-media" "This kind of body is not accepted.",
    /// A range that lies outside the blob.
    BadRange = 416 "urn:siegel:bad-range" "The range lies outside the file.",
    /// The body is not what its digest says: damaged on the way.
    DigestMismatch = 422 "urn:siegel:digest-mismatch" "The body was damaged on the way.",
    /// Too many requests or guesses.
    TooMany = 429 "urn:siegel:too-many" "Too many requests; wait and try again.",
    /// Something failed inside the server; its log knows more.
    Internal = 500 "urn:siegel:internal" "The server failed.",
    /// The server's disk is full.
    StorageFull = 507 "urn:siegel:storage-full" "The server has no space left.",
}

impl Problem {
    /// The problem of this kind.
    pub fn new(kind: ProblemKind) -> Self {
        Self { kind, status: kind.status(), title: kind.title().to_owned(), retry_after: None }
    }
}
