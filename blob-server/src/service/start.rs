//! From a folder to a running service.

use std::fs::{DirBuilder, File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use blob_api::Token;
use crypto_core::login::ServerSetup;

use super::asked::Asked;
use super::factor::Offers;
use super::login::{self, PendingLogins};
use super::mail::Mails;
use super::quota::Quota;
use super::rate::Rates;
use super::second::{self, SecondSteps};
use super::setup::SetupGate;
use super::{Error, Service, token};
use crate::clock::Clock;
use crate::config::Settings;
use crate::mail::{MailSetupError, Post};
use crate::store::{BlobStore, MetaStore, StoreError};

/// Why the service does not start: one sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder cannot be made, or is not ours.
    #[error("The data folder {} cannot be used: {error}.", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Another server runs on it.
    #[error("Another server is already using the data folder {}.", .0.display())]
    InUse(PathBuf),
    /// The database is from the future.
    #[error("The database in {} was made by a newer version of Siegel (schema {version}); start that version.", folder.display())]
    Newer {
        /// The folder.
        folder: PathBuf,
        /// The schema that this program does not know.
        version: i64,
    },
    /// Mails have no way out.
    #[error("The settings of mails do not work: {0}.")]
    Mail(#[from] MailSetupError),
    /// Anything else.
    #[error("The server cannot start: {0}.")]
    Other(#[from] Error),
}

impl Service {
    /// Opens the data folder, makes what is missing, and returns the service with the set-up token, which exists while
    /// there is no admin and is different at each start. `origin` is what links in mails begin with.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub async fn start(
        settings: Settings,
        clock: Clock,
        origin: &str,
    ) -> Result<(Self, Option<Token>), StartError> {
        let mails = Mails::new(Post::open(&settings, origin)?);
        let folder = settings.data.clone();
        let blob_folder = folder.join("blobs");
        let database = folder.join("siegel.db");
        let lock = prepare(&folder, &blob_folder, &database)?;
        let translate = |error| match error {
            StoreError::Newer(version) => StartError::Newer { folder: folder.clone(), version },
            error => StartError::Other(error.into()),
        };
        let meta = MetaStore::open(&database).await.map_err(translate)?;
        let blobs = BlobStore::in_folder(&blob_folder, settings.reserve_bytes.0).map_err(translate)?;
        let opaque = opaque_setup(&meta).await?;
        let decoy = opaque.decoy(&mut token::rng());
        let hash_key = hash_key(&meta).await?;
        let (setup, setup_token) = SetupGate::new(meta.has_admin().await.map_err(translate)?)?;
        let service = Self {
            rates: Rates::new(&settings),
            quota: Quota::new(&settings),
            logins: PendingLogins::lasting(login::LIFETIME),
            settings,
            clock,
            meta,
            blobs,
            opaque,
            decoy,
            hash_key,
            asked: Asked::default(),
            offers: Offers::default(),
            second_steps: SecondSteps::lasting(second::LIFETIME),
            setup,
            mails,
            _lock: lock,
        };
        Ok((service, setup_token))
    }
}

/// Makes the folders and the database's file, for this user only, and takes the lock. SQLite gives the files beside the
/// database the mode of the database.
fn prepare(folder: &Path, blobs: &Path, database: &Path) -> Result<File, StartError> {
    let failed = |error| StartError::Folder { folder: folder.to_owned(), error };
    DirBuilder::new().recursive(true).mode(0o700).create(blobs).map_err(failed)?;
    let private =
        |path: &Path, mode| std::fs::set_permissions(path, Permissions::from_mode(mode)).map_err(failed);
    private(folder, 0o700)?;
    private(blobs, 0o700)?;
    let lock = File::create(folder.join("lock")).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StartError::InUse(folder.to_owned())),
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    File::options().append(true).create(true).open(database).map_err(failed)?;
    private(database, 0o600)?;
    Ok(lock)
}

async fn opaque_setup(meta: &MetaStore) -> Result<ServerSetup, Error> {
    if let Some(bytes) = meta.opaque_setup().await? {
        return ServerSetup::from_bytes(&bytes).map_err(|_| StoreError::Missing("OPAQUE set-up").into());
    }
    let setup = ServerSetup::generate(&mut token::rng());
    meta.keep_opaque_setup(&setup.to_bytes()).await?;
    Ok(setup)
}

async fn hash_key(meta: &MetaStore) -> Result<[u8; 32], Error> {
    if let Some(key) = meta.hash_key().await? {
        return Ok(key);
    }
    let key = token::random()?;
    meta.keep_hash_key(&key).await?;
    Ok(key)
}
