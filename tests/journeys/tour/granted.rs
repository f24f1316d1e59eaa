//! The part of the tour that is about deliveries which need keys, on their way to somebody new.

use anyhow::Result;
use harness::{
    person::{ADMIN, Account, Letter, Person, RECIPIENT},
    secupass::{self, OTHER},
    server::Server,
};

const BERT: Account = Account { name: "Bert Blau", email: RECIPIENT, password: "drei alte Kähne am Kai" };

/// From the sender, whose SecuPass this is, to the recipient, with an invitation code.
pub(crate) async fn walk(
    visitor: &Person,
    server: &Server,
    secupass: &str,
    look: &impl AsyncFn(&str) -> Result<()>,
) -> Result<()> {
    let browser = &visitor.browser;
    visitor.visit("/new").await?;
    let letter = Letter {
        subject: "Akte 7/24",
        message: "Anbei das Gutachten.",
        level: Some(4),
        to: &[RECIPIENT],
        ..Letter::default()
    };
    visitor.compose(&letter).await?;
    browser.click("label[for=with-codes]").await?;
    look("new-level-4").await?;
    browser.click("#send").await?;
    secupass::give(browser, secupass).await?;
    visitor.is_sent().await?;
    let code = browser.text(".invitation-code").await?;
    look("sent-codes").await?;
    let mails = server.mailbox();
    // Earlier mails to the same address have links with secrets.
    let link = loop {
        let mail = mails.wait_for_mail(RECIPIENT).await?;
        let id = mail.links().into_iter().find_map(|link| link.rsplit_once("/r/")).map(|(_, id)| id);
        if let Some(id) = id.filter(|id| !id.contains('#')) {
            break format!("{}/r/{id}", visitor.origin);
        }
    };

    visitor.visit("/settings").await?;
    browser.at("settings").await?;
    visitor.log_out().await?;
    browser.visit(&link).await?;
    browser.see("#login-email").await?;
    look("granted-stranger").await?;
    visitor.register(mails, &BERT).await?;
    browser.see("#granted-state[data-state=needs-keys]").await?;
    look("granted-needs-keys").await?;
    browser.click("#choose-secupass").await?;
    browser.see("#setup-dialog[open]").await?;
    secupass::create(browser, OTHER).await?;
    browser.see("#granted-state[data-state=needs-release]").await?;
    browser.fill("#invitation-code", "eins qqqqq").await?;
    browser.click("#use-code").await?;
    browser.see_error("code-word").await?;
    look("granted-needs-release").await?;
    browser.fill("#invitation-code", &code).await?;
    browser.click("#use-code").await?;
    browser.at("delivery").await?;
    look("granted-delivery").await?;
    visitor.visit("/settings").await?;
    browser.at("settings").await?;
    visitor.log_out().await?;
    browser.visit(&link).await?;
    browser.see("#login-email").await?;
    visitor.give_login(&ADMIN).await?;
    browser.at("other-account").await?;
    look("granted-other-account").await
}
