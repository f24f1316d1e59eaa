//! The rules: who may do what, when things end, how much fits. No HTTP here, no SQL, no files.

mod asked;
mod author;
mod boxes;
mod code;
mod credential;
mod delivery;
mod deputy;
mod download;
mod draft;
mod email;
mod error;
mod factor;
mod grant;
mod hashing;
mod keys;
mod login;
mod mail;
mod name;
mod opening;
mod passkey;
mod password;
mod pending;
mod policy;
mod quota;
mod rate;
mod receipt;
mod request;
mod second;
mod sending;
mod session;
mod setup;
mod start;
mod submission;
mod submit_box;
mod sweep;
mod ticket;
mod token;
mod totp;
mod upload;
mod waits;

use blob_api::{Instance, Limits, MAX_RECIPIENTS, Token};
use crypto_core::login::ServerSetup;

pub use crate::store::Sheet;
pub use author::{Author, Holder};
pub use download::{BlobPlan, Content};
pub use error::Error;
pub use login::{Device, LoginStep};
pub use opening::Opened;
pub use passkey::RelyingParty;
pub use rate::Network;
pub use session::{LoggedIn, Sender};
pub use start::StartError;
pub use sweep::Swept;
pub use upload::{BodyStream, PartUpload};

use crate::clock::Clock;
use crate::config::Settings;
use crate::store::{BlobStore, MetaStore};

/// Everything that a request can ask for.
pub struct Service {
    /// What the operator set.
    pub settings: Settings,
    /// The time.
    pub clock: Clock,
    meta: MetaStore,
    blobs: BlobStore,
    opaque: ServerSetup,
    /// A login record that nobody has the password of: read where an unknown name has none.
    decoy: Vec<u8>,
    /// Keys the hashes of networks.
    hash_key: [u8; 32],
    asked: asked::Asked,
    offers: factor::Offers,
    second_steps: second::SecondSteps,
    setup: setup::SetupGate,
    logins: login::PendingLogins,
    rates: rate::Rates,
    quota: quota::Quota,
    mails: mail::Mails,
    /// Held while the process lives: a second server on the same folder does not start.
    _lock: std::fs::File,
}

impl Service {
    /// What this server is and allows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn instance(&self) -> Result<Instance, Error> {
        let settings = &self.settings;
        Ok(Instance {
            name: settings.name.0.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            set_up: self.meta.has_admin().await?,
            limits: Limits {
                file_bytes: settings.file_bytes.0,
                delivery_bytes: settings.delivery_bytes.0,
                files: settings.files.get(),
                recipients: MAX_RECIPIENTS,
                default_days: settings.default_days.get(),
                max_days: settings.max_days.get(),
            },
            level_4_needs_proof: settings.level_4_needs_proof,
        })
    }

    /// Do database and blob store answer?
    ///
    /// # Errors
    /// When one does not.
    pub async fn check_health(&self) -> Result<(), Error> {
        self.meta.check().await?;
        Ok(self.blobs.check().await?)
    }

    /// Counts a request of this network with the tokens that it carries, right or wrong.
    ///
    /// # Errors
    /// [`Error::TooMany`].
    pub fn count_request(&self, network: Network, tokens: impl Iterator<Item = Token>) -> Result<(), Error> {
        self.rates.request(network, tokens.map(|token| token::hash(&token)), self.clock.now())
    }

    /// Closes the database, when no request runs any more.
    pub async fn close(&self) {
        self.meta.close().await;
    }
}
