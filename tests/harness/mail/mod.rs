//! Mails as people read them: in the server's development mailbox, or in the mailboxes of a real mail server.

mod server;

use std::{
    collections::HashSet,
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Context, Result, ensure};
use mail_parser::{Address, MessageParser};
use tokio::sync::Mutex;

use crate::wait::{SOON, until};

pub use server::{Door, MailServer};

/// A mail, parsed as a mail program would.
#[derive(Debug, Clone)]
pub struct Mail {
    /// As it travelled.
    pub raw: String,
    /// The names of its headers, in their order.
    pub headers: Vec<String>,
    /// Name and address of whom it comes from.
    pub from: (String, String),
    /// Addresses of all whom its headers name as recipients.
    pub to: Vec<String>,
    /// Where a reply goes.
    pub reply_to: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// Its plain text, lines separated by `\n`.
    pub text: String,
    /// Its HTML.
    pub html: String,
    /// Its `Message-ID`.
    pub id: String,
}

impl Mail {
    /// Takes a message apart.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(raw: &[u8]) -> Result<Self> {
        let message = MessageParser::default().parse(raw).context("a mail that no program can read")?;
        let text = |part: Option<std::borrow::Cow<'_, str>>| part.unwrap_or_default().replace("\r\n", "\n");
        let from = message.from().and_then(Address::first).context("a mail says whom it comes from")?;
        let said = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Ok(Self {
            raw: String::from_utf8(raw.to_vec()).context("a mail is plain ASCII")?,
            headers: message.headers().iter().map(|header| header.name.as_str().to_owned()).collect(),
            from: (said(from.name()), said(from.address())),
            to: [message.to(), message.cc(), message.bcc()].into_iter().flat_map(addresses).collect(),
            reply_to: addresses(message.reply_to()),
            subject: said(message.subject()),
            text: text(message.body_text(0)),
            html: text(message.body_html(0)),
            id: said(message.message_id()),
        })
    }

    /// The links that stand on lines of their own in its plain text.
    pub fn links(&self) -> Vec<&str> {
        let between = |line: &'_ str| line.len() > 2 && line.starts_with("<http") && line.ends_with('>');
        self.text.lines().filter(|line| between(line)).map(|line| &line[1..line.len() - 1]).collect()
    }

    /// The one link that it is about. The HTML leads to the same place.
    ///
    /// # Errors
    /// When there is none, or another one.
    pub fn link(&self) -> Result<&str> {
        let links = self.links();
        ensure!(links.len() == 1, "one link expected: {}", self.text);
        let escaped = links[0].replace('&', "&amp;");
        ensure!(self.html.contains(&format!("href=\"{escaped}\"")), "the HTML has another link");
        Ok(links[0])
    }

    /// The code that it brings.
    ///
    /// # Errors
    /// When it brings none.
    pub fn code(&self) -> Result<&str> {
        let code = |line: &&str| line.len() == 8 && line.bytes().all(|byte| byte.is_ascii_digit());
        let found = self.text.lines().map(str::trim).find(code);
        found.with_context(|| format!("no code in: {}", self.text))
    }
}

fn addresses(of: Option<&Address<'_>>) -> Vec<String> {
    of.map(Address::iter).into_iter().flatten().filter_map(|one| one.address()).map(str::to_owned).collect()
}

/// Where mails arrive as files: each is read once.
pub struct Letterbox {
    folder: PathBuf,
    read: Mutex<HashSet<PathBuf>>,
}

impl Letterbox {
    /// Mails below this folder: `.eml` files, or Maildirs.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), read: Mutex::default() }
    }

    /// Waits for the next mail to this address that was not returned yet, the earliest first.
    ///
    /// # Errors
    /// When none comes.
    pub async fn wait_for_mail(&self, address: &str) -> Result<Mail> {
        until(format!("a mail to {address}"), SOON, async || self.next(address).await).await
    }

    /// The next mail to this address that was not returned yet, if it is there.
    ///
    /// # Errors
    /// When a mail cannot be read.
    pub async fn next(&self, address: &str) -> Result<Option<Mail>> {
        let mut read = self.read.lock().await;
        for path in arrived(&self.folder)? {
            if read.contains(&path) {
                continue;
            }
            let mail = Mail::parse(&std::fs::read(&path)?)?;
            if mail.to.iter().any(|to| to.eq_ignore_ascii_case(address)) {
                read.insert(path);
                return Ok(Some(mail));
            }
        }
        Ok(None)
    }

    /// The files of all mails that are there, the earliest first.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn files(&self) -> Result<Vec<PathBuf>> {
        arrived(&self.folder)
    }

    /// All mails to this address, returned before or not.
    ///
    /// # Errors
    /// When a mail cannot be read.
    pub fn all(&self, address: &str) -> Result<Vec<Mail>> {
        let mut mails = Vec::new();
        for path in arrived(&self.folder)? {
            let mail = Mail::parse(&std::fs::read(&path)?)?;
            if mail.to.iter().any(|to| to.eq_ignore_ascii_case(address)) {
                mails.push(mail);
            }
        }
        Ok(mails)
    }
}

/// What was found, or nothing when it is not there (any more).
fn if_there<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}

/// The files of all mails, the earliest first. What is being written has another ending, or lies in `tmp`.
fn arrived(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<(SystemTime, PathBuf)> = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Some(entries) = if_there(std::fs::read_dir(folder))? else {
            continue; // nothing has come yet
        };
        for entry in entries {
            let entry = entry?;
            // What was being written has its final name by now.
            let Some(metadata) = if_there(entry.metadata())? else { continue };
            let path = entry.path();
            let mail = path.extension().is_some_and(|ending| ending == "eml")
                || path.parent().and_then(Path::file_name).is_some_and(|name| name == "new");
            if metadata.is_dir() {
                folders.push(path);
            } else if mail {
                files.push((metadata.modified()?, path));
            }
        }
    }
    files.sort();
    Ok(files.into_iter().map(|(_, path)| path).collect())
}
