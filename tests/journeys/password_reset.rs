//! A forgotten password: whoever reads the mailbox chooses another one, and nothing that was sent is touched.

use anyhow::{Context, Result, ensure};
use harness::{
    browser::Look,
    files,
    journey::Journey,
    person::{ADMIN, Account, Letter, Person, RECIPIENT},
};

use crate::start;

const NEW: Account = Account { password: "neun Pferde ziehen leise", ..ADMIN };

#[tokio::test(flavor = "multi_thread")]
async fn password_reset() -> Result<()> {
    Journey::run("password_reset", async |journey| {
        let (server, anna) = start::admin(journey, &[]).await?;
        let file = files::make(journey.files(), "Bescheid.pdf", 5000)?;
        let link = anna.deliver(&Letter { files: vec![file.clone()], ..Letter::default() }).await?;

        let elsewhere = Person::new(journey.browser("elsewhere", Look::ENGLISH).await?, server.origin());
        let browser = &elsewhere.browser;
        elsewhere.visit("/").await?;
        browser.at("login").await?;
        elsewhere.give_login(&Account { password: "das war es doch nicht", ..ADMIN }).await?;
        browser.see_error("wrong-login").await?;
        browser.click("#to-reset").await?;
        browser.at("reset").await?;
        ensure!(browser.value("#account-email").await? == ADMIN.email, "the address was typed in vain");
        let code = elsewhere.ask_code(server.mailbox(), ADMIN.email).await?;
        ensure!(browser.find("#account-name").await?.is_none(), "a new password needs no name");
        elsewhere.give_code(&code, None, NEW.password).await?;
        browser.at("new").await.context("logged in with the new password")?;
        // That her password was changed is told to her in any case.
        let told = server.mailbox().wait_for_mail(ADMIN.email).await?;
        ensure!(told.code().is_err() && told.link()?.starts_with(&server.origin()), "{}", told.text);

        // All other sessions have ended, and the old password opens none.
        anna.visit("/new").await?;
        anna.browser.at("login").await?;
        anna.give_login(&ADMIN).await?;
        anna.browser.see_error("wrong-login").await?;
        anna.log_in(&NEW).await?;

        // What was sent before is as it was.
        let bert = start::recipient(journey, &anna.origin).await?;
        bert.open(&link, RECIPIENT, None).await?;
        ensure!(files::sha256(&bert.save(0).await?)? == files::sha256(&file)?, "other bytes arrived");

        // The same code does not work twice.
        anna.log_out().await?;
        anna.visit("/reset").await?;
        anna.ask_code(server.mailbox(), ADMIN.email).await?;
        anna.give_code(&code, None, "noch ein neues Passwort").await?;
        anna.browser.see_error("wrong-code").await.map(drop)
    })
    .await
}
