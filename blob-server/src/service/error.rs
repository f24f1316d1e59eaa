//! Why a request cannot be served.

use crate::store::StoreError;

/// The closed list; the http room turns each into a [`blob_api::Problem`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something in the request is not what the API allows.
    #[error("invalid request")]
    Invalid,
    /// The body ended early or stopped coming.
    #[error("body broke off")]
    BodyBroken,
    /// No session, or it has ended; likewise for an opening that is too old.
    #[error("logged out")]
    LoggedOut,
    /// Address or password wrong.
    #[error("wrong login")]
    WrongLogin,
    /// A code is wrong, used up or too old.
    #[error("wrong code")]
    WrongCode,
    /// The password must be typed once more.
    #[error("unconfirmed")]
    Unconfirmed,
    /// The delivery's password is wrong.
    #[error("wrong password")]
    WrongPassword,
    /// The delivery was sent to another address than the account's.
    #[error("wrong account")]
    WrongAccount,
    /// The policy does not allow it to this account.
    #[error("not allowed")]
    NotAllowed,
    /// The set-up link is not valid.
    #[error("set-up refused")]
    SetupRefused,
    /// Unknown, or the asker may not know.
    #[error("not found")]
    NotFound,
    /// It contradicts what is stored.
    #[error("conflict")]
    Conflict,
    /// The delivery has ended, and the asker may know.
    #[error("expired")]
    Expired,
    /// Over a limit.
    #[error("too large")]
    TooLarge,
    /// The body is not what its digest says.
    #[error("digest mismatch")]
    DigestMismatch,
    /// Too many requests or guesses.
    #[error("too many; wait {seconds} s")]
    TooMany {
        /// Seconds to wait.
        seconds: u64,
    },
    /// The operating system gives no random bytes.
    #[error("no random bytes: {0}")]
    NoRandom(#[from] getrandom::Error),
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}
