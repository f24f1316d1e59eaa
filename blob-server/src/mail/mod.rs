//! Mails: what they say, how they are built, and the way out.
//!
//! A [`Letter`] says which mail it is, with typed data, and waits as JSON in the queue. When its turn comes
//! ([`crate::service`] keeps the queue), it passes these steps:
//!
//! ```text
//! letter    what it is about
//!   content   its words in the reader's language; here, once, everything that people wrote is made harmless
//!     form      plain text and HTML of the same words
//!       message   headers, by lettre
//!         transport the mail server, or the development mailbox
//! ```

mod content;
mod form;
mod letter;
mod mailbox;
mod message;
mod plain;
mod smtp;
mod texts;
mod transport;

use jiff::tz::TimeZone;
use lettre::message::Mailbox as NamedAddress;

pub use letter::{About, FactorChange, Lacks, Letter};
pub use mailbox::{KeptMail, Mailbox};
pub(crate) use plain::escape;
pub use smtp::SmtpSetupError;
pub use transport::{Failure, Verdict};

use crate::config::Settings;
use crate::store::ClaimedMail;
use content::Writer;
use message::Head;
use smtp::Smtp;
use texts::Texts;
use transport::Transport;

/// Where mails come from when no setting says it, which only the development mailbox takes.
const DEVELOPMENT: (&str, &str) = ("siegel", "localhost");

/// Why no mail can be sent: one sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum MailSetupError {
    /// The mail server.
    #[error(transparent)]
    Smtp(#[from] SmtpSetupError),
    /// A defect of this program.
    #[error("The texts of mails cannot be read: {0}")]
    Texts(#[from] serde_json::Error),
    /// A defect of this program.
    #[error("The sender of mails is no address: {0}")]
    From(#[from] lettre::address::AddressError),
}

/// Writes mails and hands them over.
pub(crate) struct Post {
    writer: Writer,
    from: NamedAddress,
    transport: Transport,
}

impl Post {
    /// As the settings have it. `origin` is what links begin with.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(crate) fn open(settings: &Settings, origin: &str) -> Result<Self, MailSetupError> {
        let address = match &settings.mail_from.0 {
            Some(address) => address.clone(),
            None => lettre::Address::new(DEVELOPMENT.0, DEVELOPMENT.1)?,
        };
        let transport = match &settings.smtp_server.0 {
            Some(server) => Transport::Smtp(Box::new(Smtp::new(settings, server.clone(), host(origin))?)),
            None => Transport::Mailbox(Mailbox::in_folder(settings.data.join("mailbox"))),
        };
        let server = plain::name(&settings.name.0);
        Ok(Self {
            writer: Writer {
                texts: Texts::read()?,
                origin: origin.to_owned(),
                server: server.clone(),
                zone: settings.time_zone.0.clone().unwrap_or_else(TimeZone::system),
            },
            from: NamedAddress::new(Some(server), address),
            transport,
        })
    }

    /// The development mailbox, if that is where mails go.
    pub(crate) fn mailbox(&self) -> Option<&Mailbox> {
        match &self.transport {
            Transport::Mailbox(mailbox) => Some(mailbox),
            Transport::Smtp(_) => None,
        }
    }

    /// The domain that our `Message-ID`s end with.
    pub(crate) fn domain(&self) -> &str {
        self.from.email.domain()
    }

    /// One try to hand a mail over.
    pub(crate) async fn send(&self, mail: &ClaimedMail, letter: &Letter) -> Result<(), Failure> {
        let to = message::address(&mail.address).ok_or_else(|| smtp::refused("address"))?;
        let content = self.writer.write(letter, &mail.address, mail.language);
        let head = Head {
            from: &self.from,
            to,
            message_id: &mail.message_id,
            delivery: mail.delivery,
            date: mail.created,
            unsubscribe: letter.is_notice().then(|| self.writer.settings()),
        };
        let message = message::message(head, &content).ok_or_else(|| smtp::refused("unbuildable"))?;
        self.transport.send(&message).await
    }

    /// Nothing is to be sent for now.
    pub(crate) async fn rest(&self) {
        self.transport.rest().await;
    }
}

/// The host of an origin, without its port.
fn host(origin: &str) -> &str {
    let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}
