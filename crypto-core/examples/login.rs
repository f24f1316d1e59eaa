//! Registration and login. Client and server exchange the values named `request`, `response`, `upload` and `finalization`.
//!
//! `cargo run --package crypto-core --example login`

use crypto_core::error::LoginError;
use crypto_core::kdf::Password;
use crypto_core::login::{ClientLogin, ClientRegistration, LoginName, Record, ServerLogin, ServerSetup};
use getrandom::SysRng;
use rand_core::UnwrapErr;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rng = &mut UnwrapErr(SysRng);
    let name = LoginName::new("Ada@Example.org")?;
    let typed = || Password::new("correct horse battery staple");

    // Once per installation.
    let setup = ServerSetup::generate(rng);

    // Once per account.
    let (client, request) = ClientRegistration::start(typed()?, rng)?;
    let response = setup.registration_response(&name, &request)?;
    let upload = client.finish(&name, &response, rng)?;
    let stored = Record::from_upload(&upload)?.to_bytes();

    // Each login.
    let (client, request) = ClientLogin::start(typed()?, rng)?;
    let (server, response) =
        ServerLogin::start(&setup, Some(Record::from_bytes(&stored)?), name.clone(), &request, rng)?;
    let finalization = client.finish(&name, &response, rng)?;
    assert_eq!(server.finish(&finalization)?, name);

    // A wrong password fails at the client; the server sees no finalization.
    let (client, request) = ClientLogin::start(Password::new("a guess")?, rng)?;
    let (_, response) =
        ServerLogin::start(&setup, Some(Record::from_bytes(&stored)?), name.clone(), &request, rng)?;
    assert_eq!(client.finish(&name, &response, rng), Err(LoginError::Refused));
    Ok(())
}
