//! Login without showing the password: OPAQUE (RFC 9807), both halves. SPEC §9.
//!
//! The server never sees the password, not even hashed, and a stolen database allows guesses only at the price of one
//! Argon2id each. Messages are opaque bytes on both sides. The session key and the export key of OPAQUE are not used:
//! the outcome is yes or no, and no other key hangs on the login password.

mod client;
mod server;

pub use client::{ClientLogin, ClientRegistration};
pub use server::{Record, ServerLogin, ServerSetup};

use idna::punycode::encode_str;

use crate::error::LoginError;
use crate::label::{Label, context};
use crate::suite::opaque::{Identifiers, ProtocolError};
use crate::text::push_nfc;

/// The server's identity in the protocol. It is fixed, so an operator can move to another domain.
const SERVER: &[u8] = b"siegel";

/// A login name in the one form in which it is stored, compared and bound into the protocol.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LoginName(String);

impl LoginName {
    /// The longest name, in bytes of UTF-8: that of an e-mail address (RFC 5321 §4.5.3.1).
    pub const MAX_BYTES: usize = 254;

    /// Normalises what was typed: spaces at the ends removed, lower case, NFC, the domain in ASCII.
    ///
    /// # Errors
    /// [`LoginError::BadName`] when nothing remains, for over-long names and for control characters.
    pub fn new(typed: &str) -> Result<Self, LoginError> {
        let typed = typed.trim();
        if typed.is_empty() || typed.len() > Self::MAX_BYTES || typed.chars().any(char::is_control) {
            return Err(LoginError::BadName);
        }
        let mut name = String::new();
        push_nfc(&mut name, typed.to_lowercase().chars());
        let name = ascii_domain(name)?;
        if name.len() <= Self::MAX_BYTES { Ok(Self(name)) } else { Err(LoginError::BadName) }
    }

    /// The name as it is stored and compared.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// > SPEC §10.1: each label after the last `@` that has characters beyond ASCII as `xn--` and its Punycode
fn ascii_domain(name: String) -> Result<String, LoginError> {
    let Some((local, domain)) = name.rsplit_once('@').filter(|(_, domain)| !domain.is_ascii()) else {
        return Ok(name);
    };
    let ascii = |label: &str| match label.is_ascii() {
        true => Some(label.to_owned()),
        false => Some(format!("xn--{}", encode_str(label)?)),
    };
    let labels = domain.split('.').map(ascii).collect::<Option<Vec<_>>>().ok_or(LoginError::BadName)?;
    Ok(format!("{local}@{}", labels.join(".")))
}

/// > SPEC §10.2: `context = ctx("login")`
fn protocol_context() -> Vec<u8> {
    context(Label::Login, &[])
}

/// > SPEC §10.2: client identity = login name, server identity = "siegel"
fn identifiers(name: &LoginName) -> Identifiers<'_> {
    Identifiers { client: Some(name.0.as_bytes()), server: Some(SERVER) }
}

/// The library's errors in ours, once the messages have been read: reading has one error only.
fn translate(error: ProtocolError) -> LoginError {
    match error {
        ProtocolError::InvalidLoginError => LoginError::Refused,
        ProtocolError::SerializationError
        | ProtocolError::SizeError { .. }
        | ProtocolError::ReflectedValueError => LoginError::Malformed,
        ProtocolError::LibraryError(_) | ProtocolError::Custom(_) => LoginError::Failed,
    }
}
