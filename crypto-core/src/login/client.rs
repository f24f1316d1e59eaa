//! The client's half: what runs where the password is typed.

use rand_core::CryptoRng;

use super::{LoginName, identifiers, protocol_context, translate};
use crate::error::LoginError;
use crate::kdf::Password;
use crate::suite::opaque::{
    self, ClientLoginFinishParameters, ClientRegistrationFinishParameters, CredentialResponse, OldRng,
    RegistrationResponse,
};

/// A registration between its two messages.
pub struct ClientRegistration {
    state: opaque::ClientRegistration,
    password: Password,
}

impl ClientRegistration {
    /// Begins. The second value is the `RegistrationRequest` for the server.
    ///
    /// # Errors
    /// [`LoginError::Failed`] when the library fails.
    pub fn start(password: Password, rng: &mut impl CryptoRng) -> Result<(Self, Vec<u8>), LoginError> {
        let start =
            opaque::ClientRegistration::start(&mut OldRng(rng), password.expose()).map_err(translate)?;
        Ok((Self { state: start.state, password }, start.message.serialize().to_vec()))
    }

    /// Ends with the `RegistrationUpload` for the server. Runs Argon2id: 64 MiB and some tenths of a second.
    ///
    /// # Errors
    /// [`LoginError::Malformed`] when `response` is no `RegistrationResponse`, [`LoginError::Failed`] without memory.
    pub fn finish(
        self,
        name: &LoginName,
        response: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, LoginError> {
        let response = RegistrationResponse::deserialize(response).map_err(|_| LoginError::Malformed)?;
        let parameters = ClientRegistrationFinishParameters::new(identifiers(name), None);
        let finish = self
            .state
            .finish(&mut OldRng(rng), self.password.expose(), response, parameters)
            .map_err(translate)?;
        Ok(finish.message.serialize().to_vec())
    }
}

/// A login between its two messages.
pub struct ClientLogin {
    state: opaque::ClientLogin,
    password: Password,
}

impl ClientLogin {
    /// Begins. The second value is the `CredentialRequest` for the server.
    ///
    /// # Errors
    /// [`LoginError::Failed`] when the library fails.
    pub fn start(password: Password, rng: &mut impl CryptoRng) -> Result<(Self, Vec<u8>), LoginError> {
        let start = opaque::ClientLogin::start(&mut OldRng(rng), password.expose()).map_err(translate)?;
        Ok((Self { state: start.state, password }, start.message.serialize().to_vec()))
    }

    /// Ends with the `CredentialFinalization` for the server. Runs Argon2id: 64 MiB and some tenths of a second.
    ///
    /// # Errors
    /// [`LoginError::Refused`] when name or password is wrong, or the server is not the one that was registered with;
    /// [`LoginError::Malformed`] when `response` is no `CredentialResponse`; [`LoginError::Failed`] without memory.
    pub fn finish(
        self,
        name: &LoginName,
        response: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, LoginError> {
        let response = CredentialResponse::deserialize(response).map_err(|_| LoginError::Malformed)?;
        let context = protocol_context();
        let parameters = ClientLoginFinishParameters::new(Some(&context), identifiers(name), None);
        let finish = self
            .state
            .finish(&mut OldRng(rng), self.password.expose(), response, parameters)
            .map_err(translate)?;
        Ok(finish.message.serialize().to_vec())
    }
}
