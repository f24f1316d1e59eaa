//! What people do with the product, in their words. Each step waits for the page that must come of it.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};

use crate::{
    browser::Browser,
    link::Link,
    mail::Letterbox,
    server::Server,
    wait::{LONG, until},
};

/// Who logs in.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    /// How recipients see them.
    pub name: &'static str,
    /// Login name.
    pub email: &'static str,
    /// Login password.
    pub password: &'static str,
}

/// The first admin of each journey's server.
pub const ADMIN: Account =
    Account { name: "Anna Grün", email: "anna@amt.example", password: "ein ruhiger Vormittag im Mai" };
/// A recipient's address.
pub const RECIPIENT: &str = "bert@example.org";

/// What is sent.
#[derive(Debug, Clone, Default)]
pub struct Letter<'a> {
    /// One line.
    pub subject: &'a str,
    /// Some lines.
    pub message: &'a str,
    /// Attached files.
    pub files: Vec<PathBuf>,
    /// The delivery's own password.
    pub password: Option<&'a str>,
    /// Days until it expires; the server's default unless given.
    pub days: Option<u16>,
    /// The level; the preselected one unless given.
    pub level: Option<u8>,
    /// Addresses of those whom it goes to.
    pub to: &'a [&'a str],
    /// Are the links handed over without the server?
    pub by_hand: bool,
    /// What stands in the mails.
    pub note: &'a str,
}

/// Someone at a browser.
#[derive(Clone)]
pub struct Person {
    /// Their browser.
    pub browser: Arc<Browser>,
    /// Where the product is for them: the server, or a proxy before it.
    pub origin: String,
}

impl Person {
    /// Someone at this browser who uses the product at `origin`.
    pub fn new(browser: Arc<Browser>, origin: impl Into<String>) -> Self {
        Self { browser, origin: origin.into() }
    }

    /// Goes to a path of the product.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub async fn visit(&self, path: &str) -> Result<()> {
        self.browser.visit(&format!("{}{path}", self.origin)).await
    }

    /// Follows the set-up link of a new server and becomes its admin, which ends at “new delivery”.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn set_up(&self, server: &Server, account: &Account) -> Result<()> {
        let token = server.setup_token().await?;
        self.visit(&format!("/setup#{token}")).await?;
        self.browser.at("setup").await?;
        self.browser.fill("#setup-name", account.name).await?;
        self.browser.fill("#setup-email", account.email).await?;
        self.browser.fill("#new-password", account.password).await?;
        self.browser.fill("#new-password-again", account.password).await?;
        self.browser.click("#setup-submit").await?;
        self.browser.at("new").await.context("after the set-up")
    }

    /// Logs in, which ends at “new delivery”.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn log_in(&self, account: &Account) -> Result<()> {
        self.visit("/").await?;
        self.browser.at("login").await?;
        self.give_login(account).await?;
        self.browser.at("new").await.context("after the login")
    }

    /// Gives address and password where the page asks who is there, and presses the button.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn give_login(&self, account: &Account) -> Result<()> {
        self.browser.fill("#login-email", account.email).await?;
        self.browser.fill("#login-password", account.password).await?;
        self.browser.click("#login-submit").await
    }

    /// Asks for a code where the page wants an address, and reads it from the newest mail.
    ///
    /// # Errors
    /// When a step fails, or no mail comes.
    pub async fn ask_code(&self, mails: &Letterbox, email: &str) -> Result<String> {
        self.browser.fill("#account-email", email).await?;
        self.browser.click("#ask-code").await?;
        self.browser.see("#mail-code").await?;
        Ok(mails.wait_for_mail(email).await?.code()?.to_owned())
    }

    /// Types the code from the mail and a new password, for a new account also a name, and presses the button.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn give_code(&self, code: &str, name: Option<&str>, password: &str) -> Result<()> {
        self.browser.fill("#mail-code", code).await?;
        if let Some(name) = name {
            self.browser.fill("#account-name", name).await?;
        }
        self.browser.fill("#new-password", password).await?;
        self.browser.fill("#new-password-again", password).await?;
        self.browser.click("#set-credential").await
    }

    /// Types the password where the page asks for it once more.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn confirm(&self, password: &str) -> Result<()> {
        self.browser.fill("#confirm-password", password).await?;
        self.browser.click("#confirm").await
    }

    /// Logs out, which ends at “log in”.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn log_out(&self) -> Result<()> {
        self.browser.click("#logout").await?;
        self.browser.at("login").await
    }

    /// Fills in “new delivery” and waits until each file is listed.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn compose(&self, letter: &Letter<'_>) -> Result<()> {
        self.browser.at("new").await?;
        if let Some(level) = letter.level {
            self.browser.click(&format!("#level-{level} ~ div label")).await?;
        }
        if !letter.to.is_empty() {
            self.browser.fill("#recipients", &letter.to.join(", ")).await?;
        }
        self.browser.fill("#subject", letter.subject).await?;
        self.browser.fill("#message", letter.message).await?;
        if !letter.to.is_empty() {
            self.browser.see(&format!(".chip:nth-of-type({})", letter.to.len())).await?;
            if letter.by_hand {
                self.browser.click("label[for=by-hand]").await?;
            }
            if !letter.note.is_empty() {
                self.browser.fill("#note", letter.note).await?;
            }
        }
        if !letter.files.is_empty() {
            self.browser.choose("#files", &letter.files).await?;
            self.browser.see(&format!("#chosen .file-row:nth-of-type({})", letter.files.len())).await?;
        }
        if let Some(password) = letter.password {
            self.browser.click("#use-password").await?;
            self.browser.fill("#delivery-password", password).await?;
        }
        if let Some(days) = letter.days {
            self.browser.click(&format!("#days option[value='{days}']")).await?;
        }
        Ok(())
    }

    /// Registers where the page offers it, with the code from the mail, and goes on.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn register(&self, mails: &Letterbox, account: &Account) -> Result<()> {
        self.browser.click("#to-register").await?;
        let code = self.ask_code(mails, account.email).await?;
        self.give_code(&code, Some(account.name), account.password).await
    }

    /// Sends what was composed to recipients, whose mails bring the links.
    ///
    /// # Errors
    /// At once when the page shows an error; or when it takes too long.
    pub async fn send_by_mail(&self) -> Result<()> {
        self.browser.click("#send").await?;
        self.is_sent_within(LONG).await
    }

    /// Sends what was composed and returns the link that the page shows.
    ///
    /// # Errors
    /// At once when the page shows an error; or when it takes too long.
    pub async fn send(&self) -> Result<Link> {
        self.browser.click("#send").await?;
        self.sent().await
    }

    /// Waits until the delivery under way is sent and returns its link.
    ///
    /// # Errors
    /// As [`Person::send`].
    pub async fn sent(&self) -> Result<Link> {
        self.sent_within(LONG).await
    }

    /// As [`Person::sent`] with another patience.
    ///
    /// # Errors
    /// As there.
    pub async fn sent_within(&self, patience: Duration) -> Result<Link> {
        self.is_sent_within(patience).await?;
        Link::parse(&self.browser.value("#link").await?)
    }

    /// Waits until the delivery under way is sent to its recipients.
    ///
    /// # Errors
    /// As [`Person::send_by_mail`].
    pub async fn is_sent(&self) -> Result<()> {
        self.is_sent_within(LONG).await
    }

    async fn is_sent_within(&self, patience: Duration) -> Result<()> {
        until("the delivery to be sent", patience, async || {
            if let Some(shown) = self.browser.error().await? {
                bail!("sending failed: [{}] {}", shown.kind, shown.text);
            }
            Ok((self.browser.page().await?.as_deref() == Some("sent")).then_some(()))
        })
        .await
    }

    /// Composes and sends.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn deliver(&self, letter: &Letter<'_>) -> Result<Link> {
        self.compose(letter).await?;
        self.send().await
    }

    /// Returns from “sent” to an empty “new delivery”.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn start_another(&self) -> Result<()> {
        self.browser.click("#new-delivery").await?;
        self.browser.at("new").await
    }

    /// Follows a link and gives address and password, which ends at the opened delivery.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn open(&self, link: &Link, email: &str, password: Option<&str>) -> Result<()> {
        self.browser.visit(&link.text()).await?;
        self.browser.at("open").await?;
        self.give(email, password).await?;
        self.browser.at("delivery").await
    }

    /// Gives address and password on the page “open” and presses the button.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn give(&self, email: &str, password: Option<&str>) -> Result<()> {
        self.browser.fill("#recipient-email", email).await?;
        if let Some(password) = password {
            self.browser.fill("#open-password", password).await?;
        }
        self.browser.click("#open").await
    }

    /// Saves the file at this position and returns where the browser put it.
    ///
    /// # Errors
    /// When the page does not call it saved, or the browser did not save exactly one file.
    pub async fn save(&self, index: usize) -> Result<PathBuf> {
        self.save_within(index, LONG).await
    }

    /// As [`Person::save`] with another patience.
    ///
    /// # Errors
    /// As there.
    pub async fn save_within(&self, index: usize, patience: Duration) -> Result<PathBuf> {
        let before = self.browser.downloads()?;
        self.press_save(index).await?;
        self.saved_within(index, &before, patience).await
    }

    /// Waits until the saving of the file at this position, begun before, has ended well, and returns where the browser
    /// put it. `before` is what the download folder held when it began.
    ///
    /// # Errors
    /// As [`Person::save`].
    pub async fn saved_within(
        &self,
        index: usize,
        before: &BTreeSet<PathBuf>,
        patience: Duration,
    ) -> Result<PathBuf> {
        let state = self.saving_ends(index, patience).await?;
        if state != "saved" {
            bail!("file {index} is “{state}”: {:?}", self.browser.error().await?);
        }
        self.browser.saved_since(before).await
    }

    /// Presses “save” for the file at this position and waits for an end: `saved`, `damaged` or `failed`.
    ///
    /// # Errors
    /// When there is no end.
    pub async fn try_save(&self, index: usize) -> Result<String> {
        self.press_save(index).await?;
        self.saving_ends(index, LONG).await
    }

    async fn press_save(&self, index: usize) -> Result<()> {
        self.browser.click(&format!("#received .file-row[data-index='{index}'] .file-save")).await
    }

    async fn saving_ends(&self, index: usize, patience: Duration) -> Result<String> {
        let row = format!("#received .file-row[data-index='{index}']");
        self.browser.attribute_becomes(&row, "data-state", &["saved", "damaged", "failed"], patience).await
    }
}
