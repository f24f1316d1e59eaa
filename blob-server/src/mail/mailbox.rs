//! The development mailbox: without a mail server, mails become files that a page shows.

use std::io;
use std::path::{Path, PathBuf};

use lettre::Message;
use mail_parser::MessageParser;
use tokio::fs;

use super::transport::{Failure, Verdict};

/// A folder with one file a mail.
#[derive(Clone)]
pub struct Mailbox {
    folder: PathBuf,
}

/// A mail in it.
pub struct KeptMail {
    /// Its file's name, without ending.
    pub name: String,
    /// Whom it goes to.
    pub to: String,
    /// Who sent it.
    pub from: String,
    /// Its subject.
    pub subject: String,
    /// When, as RFC 3339 has it.
    pub date: String,
    /// Its plain text.
    pub text: String,
}

impl Mailbox {
    /// The mailbox in this folder, which is made when the first mail comes.
    pub(super) fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps a message as a file of its own, whose name begins with the time and which appears as a whole.
    pub(super) async fn keep(&self, message: &Message) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure {
            verdict: Verdict::Trouble,
            code: format!("mailbox {}", error.kind()),
        };
        fs::create_dir_all(&self.folder).await.map_err(failed)?;
        let name = name_of(message);
        let (unfinished, finished) =
            (self.folder.join(format!("{name}.part")), self.folder.join(format!("{name}.eml")));
        fs::write(&unfinished, message.formatted()).await.map_err(failed)?;
        fs::rename(&unfinished, &finished).await.map_err(failed)
    }

    /// All mails, the latest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn list(&self) -> io::Result<Vec<KeptMail>> {
        let mut entries = match fs::read_dir(&self.folder).await {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        while let Some(entry) = entries.next_entry().await? {
            let name = entry.file_name().into_string().unwrap_or_default();
            names.extend(name.strip_suffix(".eml").map(str::to_owned));
        }
        names.sort_unstable_by(|one, other| other.cmp(one));
        let mut mails = Vec::new();
        for name in names {
            mails.extend(self.mail(&name).await?);
        }
        Ok(mails)
    }

    /// One mail; `None` when there is none of that name.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub async fn mail(&self, name: &str) -> io::Result<Option<KeptMail>> {
        let Some(bytes) = self.message(name).await? else { return Ok(None) };
        Ok(parse(name, &bytes))
    }

    /// One mail as it would travel.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub async fn message(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Ok(None); // no path leads out of the folder
        }
        match fs::read(self.folder.join(format!("{name}.eml"))).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The time and the letters of the `Message-ID`: a mail that comes twice is one file.
fn name_of(message: &Message) -> String {
    let headers = message.headers();
    let date = headers.get::<lettre::message::header::Date>().map(std::time::SystemTime::from);
    let since_1970 = date.and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok());
    let id = headers.get_raw("Message-ID").unwrap_or_default();
    let id: String = id.chars().take_while(|c| *c != '@').filter(char::is_ascii_alphanumeric).collect();
    format!("{:011}-{id}", since_1970.unwrap_or_default().as_secs())
}

fn parse(name: &str, bytes: &[u8]) -> Option<KeptMail> {
    let message = MessageParser::default().parse(bytes)?;
    let address = |addresses: Option<&mail_parser::Address<'_>>| {
        let first = addresses.and_then(mail_parser::Address::first);
        first.and_then(|one| one.address()).unwrap_or_default().to_owned()
    };
    Some(KeptMail {
        name: name.to_owned(),
        to: address(message.to()),
        from: address(message.from()),
        subject: message.subject().unwrap_or_default().to_owned(),
        date: message.date().map(mail_parser::DateTime::to_rfc3339).unwrap_or_default(),
        text: message.body_text(0).unwrap_or_default().into_owned(),
    })
}
