//! What an account's owner looks after: name, language, password, sessions.

use anyhow::{Context, Result, ensure};
use harness::{
    browser::Look,
    journey::Journey,
    person::{ADMIN, Account, Letter, Person, RECIPIENT},
    wait::{SOON, until},
};

use crate::start;

const NEW: Account = Account { password: "neun Pferde ziehen leise", ..ADMIN };

/// Types the password where the page asks for it once more.
pub(crate) async fn confirm(person: &Person, password: &str) -> Result<()> {
    person.browser.fill("#confirm-password", password).await?;
    person.browser.click("#confirm").await
}

#[tokio::test(flavor = "multi_thread")]
async fn settings() -> Result<()> {
    Journey::run("settings", async |journey| {
        let (server, anna) = start::admin(journey, &[]).await?;
        let browser = &anna.browser;
        browser.click(".place[href='/settings']").await?;
        browser.at("settings").await?;
        browser.fill("#profile-name", "").await?;
        browser.click("#profile-save").await?;
        browser.see_error("missing").await?;
        browser.fill("#profile-name", "Anna Grün, Bauamt").await?;
        browser.click("#profile-language option[value='de']").await?;
        browser.click("#profile-save").await?;
        browser.attribute_becomes("html", "lang", &["de"], SOON).await?;

        // Recipients see the new name, and another browser of hers speaks her language.
        browser.click(".place[href='/new']").await?;
        let link = anna.deliver(&Letter { message: "Guten Tag", ..Letter::default() }).await?;
        let bert = start::recipient(journey, &anna.origin).await?;
        bert.browser.visit(&link.text()).await?;
        bert.browser.at("open").await?;
        ensure!(bert.browser.source().await?.contains("Anna Grün, Bauamt"), "the old name");
        bert.give(RECIPIENT, None).await?;
        bert.browser.at("delivery").await?;
        let laptop = Person::new(journey.browser("laptop", Look::ENGLISH).await?, server.origin());
        laptop.log_in(&ADMIN).await?;
        laptop.browser.attribute_becomes("html", "lang", &["de"], SOON).await?;

        // She sees both sessions and ends the other one.
        anna.visit("/settings").await?;
        browser.see("#sessions .entry:nth-of-type(2)").await?;
        browser.click("#sessions .end-session").await?;
        until("one session", SOON, async || {
            Ok((browser.find_all("#sessions .entry").await?.len() == 1).then_some(()))
        })
        .await?;
        laptop.visit("/").await?;
        laptop.browser.at("login").await.context("after the session was ended elsewhere")?;
        laptop.log_in(&ADMIN).await?;
        laptop.visit("/settings").await?;
        laptop.browser.click("#log-out-everywhere").await?;
        laptop.browser.at("login").await?;
        anna.visit("/").await?;
        anna.browser.at("login").await.context("after logging out everywhere")
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_password() -> Result<()> {
    Journey::run("settings_password", async |journey| {
        let (_server, anna) = start::admin(journey, &[]).await?;
        let browser = &anna.browser;
        anna.visit("/settings").await?;
        browser.fill("#new-password", NEW.password).await?;
        browser.fill("#new-password-again", "neun Pferde ziehen").await?;
        browser.click("#password-save").await?;
        browser.see_error("password-differs").await?;
        browser.fill("#new-password-again", NEW.password).await?;
        browser.click("#password-save").await?;
        confirm(&anna, "das ist es nicht gewesen").await?;
        browser.see("#confirm-password-error").await?;
        confirm(&anna, ADMIN.password).await?;
        until("empty fields", SOON, async || {
            Ok(browser.value("#new-password").await?.is_empty().then_some(()))
        })
        .await?;
        anna.log_out().await?;
        anna.give_login(&ADMIN).await?;
        browser.see_error("wrong-login").await?;
        anna.log_in(&NEW).await
    })
    .await
}
