//! The operator's mail server (RFC 5321 and 6409): connections, and what its answers mean for a mail.

use std::error::Error as _;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};
use lettre::{Address, Message};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::transport::{Failure, Verdict};
use crate::config::{Settings, SmtpSecurity};

/// Why there is no way to the mail server: one sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum SmtpSetupError {
    /// A file that a setting names.
    #[error("The file {} cannot be read: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The authority's file is none.
    #[error("The file {} holds no certificate in PEM form", .0.display())]
    NoCertificate(PathBuf),
    /// The server's name cannot stand in a certificate.
    #[error("TLS cannot be prepared for the mail server's name")]
    Tls,
}

/// The mail server.
pub(super) struct Smtp {
    server: (String, u16),
    security: Security,
    credentials: Option<Credentials>,
    /// How we introduce ourselves.
    hello: ClientId,
    /// How long it may take for one answer.
    patience: Duration,
    /// Connections that were used and can be used again.
    idle: Mutex<Vec<AsyncSmtpConnection>>,
}

enum Security {
    None,
    StartTls(TlsParameters),
    Tls(TlsParameters),
}

impl Smtp {
    /// From the settings, and the files that they name. `own_host` is what this server is called.
    pub(super) fn new(
        settings: &Settings,
        server: (String, u16),
        own_host: &str,
    ) -> Result<Self, SmtpSetupError> {
        let tls = || tls(&server.0, settings.smtp_ca_file.0.as_deref());
        let security = match settings.smtp_security {
            SmtpSecurity::None => Security::None,
            SmtpSecurity::StartTls => Security::StartTls(tls()?),
            SmtpSecurity::Tls => Security::Tls(tls()?),
        };
        let password = match &settings.smtp_password_file.0 {
            Some(path) => read(path).map(|text| Some(text.trim_end_matches(['\r', '\n']).to_owned()))?,
            None => settings.smtp_password.0.clone(),
        };
        let credentials = settings.smtp_user.0.clone().zip(password);
        Ok(Self {
            security,
            server,
            credentials: credentials.map(|(user, password)| Credentials::new(user, password)),
            hello: ClientId::Domain(own_host.to_owned()),
            patience: Duration::from_secs(settings.smtp_seconds.get()),
            idle: Mutex::default(),
        })
    }

    /// Hands a message over. A connection that ended while nobody used it costs no try.
    pub(super) async fn send(&self, message: &Message) -> Result<(), Failure> {
        let to = message.envelope().to().first().ok_or_else(|| refused("recipient"))?;
        let from = message.envelope().from().cloned();
        let mut connection = match self.reused().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let sent = self.converse(&mut connection, from, to, &message.formatted()).await;
        // After an answer, yes or no, the connection is in order; after anything else it is not to be trusted.
        let in_order = match &sent {
            Ok(()) => true,
            Err(failure) if failure.verdict == Verdict::Trouble => false,
            Err(_) => self.ask("reset", connection.command(Rset)).await.is_ok(),
        };
        if in_order {
            self.idle.lock().await.push(connection);
        }
        sent
    }

    /// Ends all connections that nobody uses.
    pub(super) async fn rest(&self) {
        let idle = std::mem::take(&mut *self.idle.lock().await);
        for mut connection in idle {
            // It ends either way.
            let _ = timeout(self.patience, connection.quit()).await;
        }
    }

    /// A used connection that the server still listens on.
    async fn reused(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let mut connection = self.idle.lock().await.pop()?;
            if self.ask("noop", connection.command(Noop)).await.is_ok() {
                return Some(connection);
            }
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let wrapped = match &self.security {
            Security::Tls(tls) => Some(tls.clone()),
            Security::None | Security::StartTls(_) => None,
        };
        let server = (self.server.0.as_str(), self.server.1);
        let connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(self.patience), &self.hello, wrapped, None);
        let mut connection = self.step("connect", connection).await.map_err(Failure::trouble)?;
        if let Security::StartTls(tls) = &self.security {
            let upgrade = connection.starttls(tls.clone(), &self.hello);
            self.step("starttls", upgrade).await.map_err(Failure::trouble)?;
        }
        if let Some(credentials) = &self.credentials {
            let login = connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials);
            self.ask("login", login).await.map_err(Failure::trouble)?;
        }
        Ok(connection)
    }

    /// One message over one connection. What a refusal means depends on what was refused: the recipient and the message
    /// are this mail's matter, the sender is the operator's.
    async fn converse(
        &self,
        connection: &mut AsyncSmtpConnection,
        from: Option<Address>,
        to: &Address,
        message: &[u8],
    ) -> Result<(), Failure> {
        let mut options = Vec::new();
        if !to.user().is_ascii() || !message.is_ascii() {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(refused("smtputf8"));
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        self.ask("sender", connection.command(Mail::new(from, options))).await.map_err(Failure::trouble)?;
        self.ask("recipient", connection.command(Rcpt::new(to.clone(), Vec::new()))).await?;
        self.step("data", connection.command(Data)).await?;
        self.ask("message", connection.message(message)).await?;
        Ok(())
    }

    /// A step that the server answers. An answer that is no yes is a failure.
    async fn ask(
        &self,
        step: &str,
        answer: impl Future<Output = Result<Response, SmtpError>>,
    ) -> Result<(), Failure> {
        let answer = self.step(step, answer).await?;
        let code = answer.code();
        match code.severity {
            Severity::PositiveCompletion => Ok(()),
            // "Go on" where nothing goes on, too: then answers and questions no longer belong together.
            _ => Err(by_code(step, &code.to_string())),
        }
    }

    /// Anything that the server may take too long for, or fail.
    async fn step<T>(
        &self,
        step: &str,
        answer: impl Future<Output = Result<T, SmtpError>>,
    ) -> Result<T, Failure> {
        let trouble = |what: &str| Failure { verdict: Verdict::Trouble, code: format!("{step} {what}") };
        match timeout(self.patience, answer).await {
            Err(_) => Err(trouble("timeout")),
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(match error.status() {
                Some(code) => by_code(step, &code.to_string()),
                None if error.is_client() => trouble("unsupported"),
                None => trouble(cause(&error)),
            }),
        }
    }
}

impl Failure {
    /// Whatever the answer was: it is not about this mail.
    fn trouble(self) -> Self {
        Self { verdict: Verdict::Trouble, ..self }
    }
}

/// What broke a connection, in a word for the log.
fn cause(error: &SmtpError) -> &'static str {
    let mut source = error.source();
    while let Some(cause) = source {
        match cause.downcast_ref::<io::Error>().map(io::Error::kind) {
            // This is how the TLS library says that it does not believe the certificate, or hears no TLS.
            Some(io::ErrorKind::InvalidData) => return "tls",
            Some(io::ErrorKind::ConnectionRefused) => return "refused",
            Some(io::ErrorKind::TimedOut) => return "timeout",
            _ => source = cause.source(),
        }
    }
    "connection"
}

/// 421 closes the connection and says nothing about the mail (RFC 5321 §3.8); other 4xx ask to wait; 5xx are final.
fn by_code(step: &str, code: &str) -> Failure {
    let verdict = match code {
        "421" => Verdict::Trouble,
        code if code.starts_with('4') => Verdict::Later,
        code if code.starts_with('5') => Verdict::Refused,
        _ => Verdict::Trouble,
    };
    Failure { verdict, code: format!("{step} {code}") }
}

pub(super) fn refused(code: &str) -> Failure {
    Failure { verdict: Verdict::Refused, code: code.to_owned() }
}

fn tls(name: &str, authority: Option<&Path>) -> Result<TlsParameters, SmtpSetupError> {
    let mut tls = TlsParameters::builder(name.to_owned());
    if let Some(path) = authority {
        let none = |_| SmtpSetupError::NoCertificate(path.to_owned());
        let text = read(path)?;
        if !text.contains("BEGIN CERTIFICATE") {
            return Err(SmtpSetupError::NoCertificate(path.to_owned()));
        }
        tls = tls.add_root_certificate(Certificate::from_pem(text.as_bytes()).map_err(none)?);
    }
    tls.build_rustls().map_err(|_| SmtpSetupError::Tls)
}

fn read(path: &Path) -> Result<String, SmtpSetupError> {
    std::fs::read_to_string(path).map_err(|error| SmtpSetupError::Unreadable { path: path.to_owned(), error })
}
