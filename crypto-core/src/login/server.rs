//! The server's half: what it keeps and how it answers.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{LoginName, identifiers, protocol_context, translate};
use crate::error::LoginError;
use crate::suite::opaque::{
    self, CredentialFinalization, CredentialRequest, OldRng, RegistrationRequest, RegistrationUpload,
    ServerLoginParameters,
};

/// The server's long-term secrets: OPRF seed and key pair. Made once; without them every registration is void.
pub struct ServerSetup(opaque::ServerSetup);

impl ServerSetup {
    /// New secrets.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(opaque::ServerSetup::new(&mut OldRng(rng)))
    }

    /// To be stored, 128 bytes.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.serialize().to_vec())
    }

    /// As stored.
    ///
    /// # Errors
    /// [`LoginError::Malformed`] for anything that [`ServerSetup::to_bytes`] did not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LoginError> {
        opaque::ServerSetup::deserialize(bytes).map(Self).map_err(|_| LoginError::Malformed)
    }

    /// Bytes of a record that nobody has the password of. Reading it takes the time that reading anybody's takes: for a
    /// name without a record, so that [`ServerLogin::start`] tells it neither by its answer nor by its work.
    pub fn decoy(&self, rng: &mut impl CryptoRng) -> Vec<u8> {
        // A public key, masking key, and envelope.
        let mut bytes = self.0.keypair().public().serialize().to_vec();
        let key_bytes = bytes.len();
        bytes.resize(key_bytes + 64 + 96, 0);
        rng.fill_bytes(&mut bytes[key_bytes..]);
        bytes
    }

    /// Answers a `RegistrationRequest` with the `RegistrationResponse`. The server keeps nothing meanwhile.
    ///
    /// # Errors
    /// [`LoginError::Malformed`] when `request` is none.
    pub fn registration_response(&self, name: &LoginName, request: &[u8]) -> Result<Vec<u8>, LoginError> {
        let request = RegistrationRequest::deserialize(request).map_err(|_| LoginError::Malformed)?;
        let start = opaque::ServerRegistration::start(&self.0, request, name.as_str().as_bytes())
            .map_err(translate)?;
        Ok(start.message.serialize().to_vec())
    }
}

/// What the server keeps of one registration. About as sensitive as a salted, stretched hash of the password.
pub struct Record(opaque::ServerRegistration);

impl Record {
    /// From the client's `RegistrationUpload`.
    ///
    /// # Errors
    /// [`LoginError::Malformed`] when it is none.
    pub fn from_upload(upload: &[u8]) -> Result<Self, LoginError> {
        let upload = RegistrationUpload::deserialize(upload).map_err(|_| LoginError::Malformed)?;
        Ok(Self(opaque::ServerRegistration::finish(upload)))
    }

    /// To be stored, 192 bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.serialize().to_vec()
    }

    /// As stored.
    ///
    /// # Errors
    /// [`LoginError::Malformed`] for anything that [`Record::to_bytes`] did not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LoginError> {
        opaque::ServerRegistration::deserialize(bytes).map(Self).map_err(|_| LoginError::Malformed)
    }
}

/// A login between its two messages.
pub struct ServerLogin {
    state: opaque::ServerLogin,
    name: LoginName,
}

impl ServerLogin {
    /// Answers a `CredentialRequest`. The second value is the `CredentialResponse` for the client.
    ///
    /// For an unknown name pass no record: the answer is then made up, looks like a real one, and the login fails at its
    /// end like one with a wrong password, so nobody learns who has an account.
    ///
    /// # Errors
    /// [`LoginError::Malformed`] when `request` is none.
    pub fn start(
        setup: &ServerSetup,
        record: Option<Record>,
        name: LoginName,
        request: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, Vec<u8>), LoginError> {
        let request = CredentialRequest::deserialize(request).map_err(|_| LoginError::Malformed)?;
        let context = protocol_context();
        let start = opaque::ServerLogin::start(
            &mut OldRng(rng),
            &setup.0,
            record.map(|record| record.0),
            request,
            name.as_str().as_bytes(),
            parameters(&context, &name),
        )
        .map_err(translate)?;
        let response = start.message.serialize().to_vec();
        Ok((Self { state: start.state, name }, response))
    }

    /// Checks the client's `CredentialFinalization`. `Ok` means: this is the account's owner.
    ///
    /// # Errors
    /// [`LoginError::Refused`] when name or password was wrong, [`LoginError::Malformed`] when it is none.
    pub fn finish(self, finalization: &[u8]) -> Result<LoginName, LoginError> {
        let finalization =
            CredentialFinalization::deserialize(finalization).map_err(|_| LoginError::Malformed)?;
        let context = protocol_context();
        self.state.finish(finalization, parameters(&context, &self.name)).map_err(translate)?;
        Ok(self.name)
    }
}

fn parameters<'a>(context: &'a [u8], name: &'a LoginName) -> ServerLoginParameters<'a, 'a> {
    ServerLoginParameters { context: Some(context), identifiers: identifiers(name) }
}
