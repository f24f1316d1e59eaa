//! An account is made by whoever reads the mailbox, and only there.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use harness::{
    browser::Look,
    journey::Journey,
    person::{Account, Person},
    server::Server,
    wait::{SOON, until},
};

use crate::start;

/// Owners of addresses in this domain may register.
const OPEN: (&str, &str) = ("SIEGEL_STAFF_DOMAINS", "amt.example");
pub(crate) const KARL: Account =
    Account { name: "Karl Kurz", email: "karl@amt.example", password: "vier Enten auf dem Dach" };

/// A server with an admin, and Karl at a browser, without an account.
async fn begin(journey: &Journey) -> Result<(Arc<Server>, Person)> {
    let (server, _anna) = start::admin(journey, &[OPEN]).await?;
    let karl = Person::new(journey.browser("karl", Look::ENGLISH).await?, server.origin());
    Ok((server, karl))
}

#[tokio::test(flavor = "multi_thread")]
async fn register() -> Result<()> {
    Journey::run("register", async |journey| {
        let (server, karl) = begin(journey).await?;
        let browser = &karl.browser;
        // From a page that needs an account, by the login, to the registration: what was typed comes along.
        karl.visit("/settings").await?;
        browser.at("login").await?;
        browser.fill("#login-email", KARL.email).await?;
        browser.click("#to-register").await?;
        browser.at("register").await?;
        ensure!(browser.value("#account-email").await? == KARL.email, "the address was typed in vain");
        browser.fill("#account-email", "karl").await?;
        browser.click("#ask-code").await?;
        browser.see_error("email").await?;
        let code = karl.ask_code(server.mailbox(), KARL.email).await?;

        // Nothing that was typed is lost on the way through all that can be wrong.
        browser.click("#set-credential").await?;
        browser.see_error("code").await?;
        browser.fill("#mail-code", "1234").await?;
        browser.click("#set-credential").await?;
        browser.see_error("code").await?;
        let wrong = if code == "00000000" { "00000001" } else { "00000000" };
        browser.fill("#mail-code", wrong).await?;
        browser.click("#set-credential").await?;
        browser.see_error("missing").await?;
        browser.fill("#account-name", KARL.name).await?;
        browser.fill("#new-password", "zu kurz").await?;
        ensure!(
            browser.text("#strength").await?.contains('5'),
            "how many characters are missing is not told"
        );
        browser.click("#set-credential").await?;
        browser.see_error("password-too-short").await?;
        browser.fill("#new-password", KARL.password).await?;
        browser.click("#set-credential").await?;
        browser.see_error("password-differs").await?;
        browser.fill("#new-password-again", KARL.password).await?;
        browser.click("#set-credential").await?;
        browser.see_error("wrong-code").await?;
        ensure!(browser.value("#account-name").await? == KARL.name, "the name was typed in vain");
        // As it stands in some mails and letters.
        browser.fill("#mail-code", &format!(" {} {}", &code[..4], &code[4..])).await?;
        browser.click("#set-credential").await?;
        browser.at("settings").await.context("where he wanted to go")?;
        ensure!(browser.text("#profile-email").await?.contains(KARL.email), "another account");

        karl.log_out().await?;
        karl.log_in(&KARL).await
    })
    .await
}

/// Who may not have an account is told the same, and gets no mail.
#[tokio::test(flavor = "multi_thread")]
async fn register_uninvited() -> Result<()> {
    Journey::run("register_uninvited", async |journey| {
        let (server, karl) = begin(journey).await?;
        karl.visit("/register").await?;
        karl.browser.fill("#account-email", "mallory@evil.example").await?;
        karl.browser.click("#ask-code").await?;
        let told = karl.browser.text("#code-sent").await?;
        karl.give_code("12345678", Some("Mallory"), KARL.password).await?;
        karl.browser.see_error("wrong-code").await?;
        karl.browser.click("#other-address").await?;
        karl.ask_code(server.mailbox(), KARL.email).await?;
        let invited = karl.browser.text("#code-sent").await?;
        ensure!(told.replace("mallory@evil.example", KARL.email) == invited, "{told} is not {invited}");
        ensure!(
            server.mailbox().all("mallory@evil.example")?.is_empty(),
            "a mail to whom it does not concern"
        );
        Ok(())
    })
    .await
}

/// The button is pressed twice at once, and the form is filled in in two tabs.
#[tokio::test(flavor = "multi_thread")]
async fn register_twice() -> Result<()> {
    Journey::run("register_twice", async |journey| {
        let (server, karl) = begin(journey).await?;
        let browser = &karl.browser;
        karl.visit("/register").await?;
        let first = karl.ask_code(server.mailbox(), KARL.email).await?;
        let (here, there) = (browser.tab().await?, browser.open_tab().await?);
        karl.visit("/register").await?;
        let second = karl.ask_code(server.mailbox(), KARL.email).await?;
        ensure!(first != second, "two tabs got one code");

        browser.switch_to(&here).await?;
        browser.fill("#mail-code", &first).await?;
        browser.fill("#account-name", KARL.name).await?;
        browser.fill("#new-password", "das gilt nur kurze Zeit").await?;
        browser.fill("#new-password-again", "das gilt nur kurze Zeit").await?;
        let twice =
            "const button = document.querySelector('#set-credential'); button.click(); button.click()";
        browser.script(twice, &[]).await?;
        browser.at("new").await?;

        // He has shown twice that the mailbox is his: what he typed last counts.
        browser.switch_to(&there).await?;
        karl.give_code(&second, Some(KARL.name), KARL.password).await?;
        browser.at("new").await?;
        karl.log_out().await?;
        karl.give_login(&Account { password: "das gilt nur kurze Zeit", ..KARL }).await?;
        browser.see_error("wrong-login").await?;
        karl.log_in(&KARL).await
    })
    .await
}

/// A code that lay in the mailbox for too long, and one that was asked for anew.
#[tokio::test(flavor = "multi_thread")]
async fn register_expired() -> Result<()> {
    Journey::run("register_expired", async |journey| {
        let (server, karl) = begin(journey).await?;
        let browser = &karl.browser;
        karl.visit("/register").await?;
        let old = karl.ask_code(server.mailbox(), KARL.email).await?;
        server.restart(&[OPEN, ("SIEGEL_CLOCK_SKEW_SECONDS", "2000")]).await?;
        karl.give_code(&old, Some(KARL.name), KARL.password).await?;
        browser.see_error("wrong-code").await?;
        browser.click("#code-again").await?;
        until("an empty field for the new code", SOON, async || {
            Ok(browser.value("#mail-code").await?.is_empty().then_some(()))
        })
        .await?;
        let new = server.mailbox().wait_for_mail(KARL.email).await?;
        browser.fill("#mail-code", new.code()?).await?;
        ensure!(browser.value("#account-name").await? == KARL.name, "the name was typed in vain");
        browser.click("#set-credential").await?;
        browser.at("new").await
    })
    .await
}
