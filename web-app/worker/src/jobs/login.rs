//! OPAQUE registration and login, the browser's half. SPEC: Login.

use blob_api::Opaque;
use crypto_core::{
    error::LoginError,
    login::{ClientLogin, ClientRegistration, LoginName},
};
use web_model::protocol::{Failure, JobId, MemberAnswer, Secret};

use super::{Kept, password, rng};
use crate::worker::{Outcome, Worker};

pub(crate) fn register_start(worker: &Worker, id: JobId, typed: &Secret) -> Result<Outcome, Failure> {
    let (registration, message) = ClientRegistration::start(password(typed)?, &mut rng()).map_err(failure)?;
    worker.keep(id, Kept::Registration(registration));
    Ok(opaque(message))
}

pub(crate) fn register_finish(
    worker: &Worker,
    start: JobId,
    email: &str,
    response: &Opaque,
) -> Result<Outcome, Failure> {
    let registration = worker.take(start, |kept| match kept {
        Kept::Registration(registration) => Some(registration),
        _ => None,
    })?;
    let name = LoginName::new(email).map_err(failure)?;
    registration.finish(&name, &response.0, &mut rng()).map(opaque).map_err(failure)
}

pub(crate) fn login_start(worker: &Worker, id: JobId, typed: &Secret) -> Result<Outcome, Failure> {
    // A password that could not have been chosen is a wrong one.
    let password = password(typed).map_err(|_| Failure::WrongLogin)?;
    let (login, message) = ClientLogin::start(password, &mut rng()).map_err(failure)?;
    worker.keep(id, Kept::Login(Box::new(login)));
    Ok(opaque(message))
}

pub(crate) fn login_finish(
    worker: &Worker,
    start: JobId,
    email: &str,
    response: &Opaque,
) -> Result<Outcome, Failure> {
    let login = worker.take(start, |kept| match kept {
        Kept::Login(login) => Some(login),
        _ => None,
    })?;
    let name = LoginName::new(email).map_err(failure)?;
    login.finish(&name, &response.0, &mut rng()).map(opaque).map_err(failure)
}

fn opaque(message: Vec<u8>) -> Outcome {
    MemberAnswer::Opaque(Opaque(message)).into()
}

fn failure(error: LoginError) -> Failure {
    match error {
        LoginError::Refused | LoginError::BadName => Failure::WrongLogin,
        LoginError::Malformed | LoginError::Failed => Failure::Internal,
    }
}
