//! Somebody who sends at level 4 to people that have no keys yet, and releases it once they have.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Result, ensure};
use harness::{
    browser::{Browser, Look},
    files,
    journey::Journey,
    mail::{Door, Letterbox, Mail, MailServer},
    person::{Account, Letter, Person},
    proxy::Proxy,
    secupass::{self, LEVELS, OTHER, SECUPASS},
    server::Server,
    wait::{SOON, until},
};

use crate::level_4::join;

/// Who sends, with a mailbox.
pub(crate) const ANNA: Account =
    Account { name: "Anna Grün", email: "anna@test.example", password: "ein ruhiger Vormittag im Mai" };
/// Whoever has a mailbox here is staff.
const STAFF: (&str, &str) = ("SIEGEL_STAFF_DOMAINS", "test.example");
pub(crate) const SUBJECT: &str = "Ihr Bescheid";

/// A file that was sent, and the links that were mailed.
pub(crate) struct Sent {
    pub(crate) file: PathBuf,
    pub(crate) links: Vec<String>,
}

/// A server, and Anna at a browser before it, with a SecuPass that is unlocked on the page “settings”.
pub(crate) struct Office {
    /// Real mail; without it a proxy sees what Anna's browser sends.
    pub(crate) mail: Option<Arc<MailServer>>,
    pub(crate) server: Arc<Server>,
    pub(crate) proxy: Proxy,
    pub(crate) anna: Person,
}

impl Office {
    pub(crate) async fn open(journey: &Journey, real_mail: bool) -> Result<Self> {
        let mail = if real_mail { Some(journey.mail_server().await?) } else { None };
        let settings = mail.as_ref().map(|mail| mail.settings(Door::StartTls)).unwrap_or_default();
        let mut settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        settings.extend([LEVELS, STAFF]);
        let server = journey.server(&settings).await?;
        let proxy = Proxy::start(server.port()).await?;
        // Whoever mails links has one address.
        let origin = if real_mail { server.origin() } else { proxy.origin() };
        let anna = Person::new(journey.browser("anna", Look::ENGLISH).await?, origin);
        anna.set_up(&server, &ANNA).await?;
        anna.visit("/settings").await?;
        secupass::choose(&anna.browser, SECUPASS).await?;
        Ok(Self { mail, server, proxy, anna })
    }

    pub(crate) fn mails(&self) -> &Letterbox {
        self.mail.as_ref().map_or_else(|| self.server.mailbox(), |mail| mail.letterbox())
    }

    pub(crate) fn grants(&self) -> usize {
        self.proxy.seen().with("PUT", "/grant").len()
    }

    /// Anna writes at level 4, with locked keys; gives the file.
    pub(crate) async fn compose(&self, journey: &Journey, to: &[&str]) -> Result<PathBuf> {
        self.anna.visit("/new").await?;
        let file = files::make(journey.files(), "Bescheid.pdf", 300_000)?;
        let files = vec![file.clone()];
        let letter = Letter { subject: SUBJECT, files, level: Some(4), to, ..Letter::default() };
        self.anna.compose(&letter).await?;
        Ok(file)
    }

    /// Anna sends at level 4.
    pub(crate) async fn send(&self, journey: &Journey, to: &[&str]) -> Result<Sent> {
        let file = self.compose(journey, to).await?;
        self.anna.send_unlocking(SECUPASS).await?;
        let mut links = Vec::new();
        for email in to {
            links.push(self.mails().wait_for_mail(email).await?.link()?.to_owned());
        }
        Ok(Sent { file, links })
    }

    /// Somebody makes an account with a SecuPass.
    pub(crate) async fn join(&self, journey: &Journey, account: &Account) -> Result<Person> {
        let person = Person::new(journey.browser(account.name, Look::GERMAN).await?, self.server.origin());
        join(&person, self.mails(), account, OTHER).await?;
        Ok(person)
    }

    /// The next mail to this address that leads to a page of this kind; others are passed over.
    pub(crate) async fn mail(&self, email: &str, page: &str) -> Result<Mail> {
        until(format!("a mail to {email} with a link to {page}"), SOON, async || {
            let mail = self.mails().next(email).await?;
            Ok(mail.filter(|mail| mail.links().iter().any(|link| link.contains(page))))
        })
        .await
    }

    /// Anna is told by mail, and follows it.
    pub(crate) async fn is_told(&self) -> Result<()> {
        self.mail(ANNA.email, "/release").await?;
        self.anna.visit("/release").await?;
        self.anna.browser.at("release").await
    }

    /// Anna releases all with one unlock.
    pub(crate) async fn release_all(&self) -> Result<()> {
        self.anna.browser.click("#release-all").await?;
        secupass::give(&self.anna.browser, SECUPASS).await?;
        self.anna.browser.see("#release-done").await.map(drop)
    }
}

pub(crate) fn waiting(account: &Account) -> String {
    format!("#releases .release[data-email='{}']", account.email)
}

/// Nobody waits any more.
pub(crate) async fn is_empty(browser: &Browser) -> Result<()> {
    until("an empty list", SOON, async || {
        let known = browser.attribute("#releases", "data-known").await?.as_deref() == Some("true");
        let none = browser.find("#releases .release").await?.is_none();
        Ok((known && none && browser.find("#release-badge").await?.is_none()).then_some(()))
    })
    .await
}

/// Somebody opens what was released, by the link of the mail that says so.
pub(crate) async fn opens(person: &Person, link: &str, secupass: &str, sent: &Sent) -> Result<()> {
    person.open_granted(link, secupass).await?;
    ensure!(person.browser.text("#subject-shown").await? == SUBJECT);
    ensure!(files::sha256(&person.save(0).await?)? == files::sha256(&sent.file)?, "other bytes arrived");
    Ok(())
}
