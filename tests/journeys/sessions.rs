//! Coming and going: logging out, reloading, and a session that ends while a delivery is being written.

use anyhow::{Context, Result, ensure};
use harness::{
    files,
    journey::Journey,
    person::{ADMIN, Letter, Person, RECIPIENT},
};

use crate::start;

const MESSAGE: &str = "Das alles soll nicht verloren gehen.";

#[tokio::test(flavor = "multi_thread")]
async fn logout() -> Result<()> {
    Journey::run("logout", async |journey| {
        let (_server, anna) = start::admin(journey, &[]).await?;
        anna.reload_stays("new").await?;
        anna.log_out().await?;
        anna.visit("/new").await?;
        anna.browser.at("login").await.context("a stranger at /new")?;
        anna.visit("/").await?;
        anna.browser.at("login").await.context("a stranger at /")?;
        anna.log_in(&ADMIN).await?;
        anna.visit("/login").await?;
        anna.browser.at("new").await.context("someone logged in at /login")
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn reload() -> Result<()> {
    Journey::run("reload", async |journey| {
        let (_server, anna) = start::admin(journey, &[]).await?;
        let link = anna.deliver(&Letter { message: MESSAGE, ..Letter::default() }).await?;
        let bert = start::recipient(journey, &anna.origin).await?;
        // The secret lives in the page's memory alone, so a reload loses it, and the page says so.
        bert.open(&link, RECIPIENT, None).await?;
        bert.reload_stays("incomplete-link").await?;
        bert.browser.fill("#paste-link", &link.text()).await?;
        bert.browser.click("#paste-submit").await?;
        bert.browser.at("open").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn session_ends() -> Result<()> {
    Journey::run("session_ends", async |journey| {
        let (_server, anna) = start::admin(journey, &[]).await?;
        let file = files::make(journey.files(), "Gutachten.pdf", 400_000)?;
        let letter =
            Letter { subject: "Gutachten", message: MESSAGE, files: vec![file.clone()], ..Letter::default() };
        anna.compose(&letter).await?;
        end_session(&anna).await?;
        anna.browser.click("#send").await?;
        // The login is asked for over the page, which keeps all that was written and chosen.
        anna.give_login(&ADMIN).await?;
        anna.browser.see_no_error().await?;
        let link = anna.sent().await?;
        let bert = start::recipient(journey, &anna.origin).await?;
        bert.open(&link, RECIPIENT, None).await?;
        ensure!(bert.browser.text("#subject-shown").await? == "Gutachten");
        ensure!(bert.browser.text("#message-shown").await? == MESSAGE);
        ensure!(files::sha256(&bert.save(0).await?)? == files::sha256(&file)?);
        Ok(())
    })
    .await
}

/// Ends the session at the server behind the page's back, as an idle time-out does.
pub(crate) async fn end_session(person: &Person) -> Result<()> {
    let script = "return (await fetch('/api/session', { method: 'DELETE' })).status";
    let status = person.browser.script_async(script, &[]).await?;
    ensure!(status == 204, "ending the session was answered {status}");
    Ok(())
}

trait Reload {
    async fn reload_stays(&self, page: &str) -> Result<()>;
}

impl Reload for Person {
    /// Reloads and waits for this page.
    async fn reload_stays(&self, page: &str) -> Result<()> {
        self.browser.reload().await?;
        self.browser.at(page).await.context("after a reload")
    }
}

/// The right to fetch lasts a day; whoever reads longer than that saves as before.
#[tokio::test(flavor = "multi_thread")]
async fn session_ends_for_a_slow_reader() -> Result<()> {
    Journey::run("session_ends_for_a_slow_reader", async |journey| {
        let (server, anna) = start::admin(journey, &[]).await?;
        let file = files::make(journey.files(), "Anlage.pdf", 5000)?;
        let link = anna.deliver(&Letter { files: vec![file.clone()], ..Letter::default() }).await?;
        let bert = start::recipient(journey, &anna.origin).await?;
        bert.open(&link, RECIPIENT, None).await?;
        server.restart(&[("SIEGEL_CLOCK_SKEW_SECONDS", "90000")]).await?;
        let saved = bert.save(0).await?;
        ensure!(files::sha256(&saved)? == files::sha256(&file)?, "other bytes arrived");
        Ok(())
    })
    .await
}
