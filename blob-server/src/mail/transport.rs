//! Where mails go: to the mail server, or into the development mailbox.

use super::mailbox::Mailbox;
use super::smtp::Smtp;

/// Why a mail has not gone.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    /// What it means for the mail.
    pub verdict: Verdict,
    /// A short code for log and database: the step that failed, and what the mail server's answer was.
    pub code: String,
}

/// What a failure means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Something is wrong between us and the mail server, and no mail will go before that ends.
    Trouble,
    /// The mail server does not take this mail now.
    Later,
    /// The mail server will never take this mail.
    Refused,
}

/// The way out.
pub(super) enum Transport {
    Smtp(Box<Smtp>),
    Mailbox(Mailbox),
}

impl Transport {
    /// Hands a message over. When this says that it went, it will not be lost.
    pub(super) async fn send(&self, message: &lettre::Message) -> Result<(), Failure> {
        match self {
            Self::Smtp(smtp) => smtp.send(message).await,
            Self::Mailbox(mailbox) => mailbox.keep(message).await,
        }
    }

    /// Closes connections that nobody needs now.
    pub(super) async fn rest(&self) {
        match self {
            Self::Smtp(smtp) => smtp.rest().await,
            Self::Mailbox(_) => {}
        }
    }
}
