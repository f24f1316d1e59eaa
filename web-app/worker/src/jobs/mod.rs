//! What each job means: one file a family.

pub(crate) mod login;
pub(crate) mod open;
pub(crate) mod send;

use std::rc::Rc;

use crypto_core::{
    kdf::Password,
    login::{ClientLogin, ClientRegistration},
};
use getrandom::SysRng;
use rand_core::{CryptoRng, UnwrapErr};
use web_model::protocol::{Failure, Secret};

/// What a job leaves for the next ones. Dropping it wipes the keys.
pub(crate) enum Kept {
    /// An OPAQUE registration between its two messages.
    Registration(ClientRegistration),
    /// An OPAQUE login between its two messages.
    Login(Box<ClientLogin>),
    /// A delivery to be sent.
    Prepared(Rc<send::Prepared>),
    /// A link that was read, and what was opened with it.
    Link(Rc<open::Opened>),
}

/// `crypto.getRandomValues`. A browser without it stops here: there is no other source.
pub(crate) fn rng() -> impl CryptoRng {
    UnwrapErr(SysRng)
}

/// A delivery's password; `None` when nothing was typed.
fn optional_password(typed: &Secret) -> Result<Option<Password>, Failure> {
    if typed.0.is_empty() {
        return Ok(None);
    }
    Password::new(&typed.0).map(Some).map_err(|_| Failure::UnusablePassword)
}
