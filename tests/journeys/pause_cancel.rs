//! The sender lets a delivery rest, goes on, or takes it back, in every phase.

use anyhow::{Context, Result, ensure};
use harness::{
    files,
    journey::Journey,
    person::{Letter, Person, RECIPIENT},
    proxy::{Answers, Fault, Proxy},
    wait::{LONG, SOON, until},
};

use crate::{
    resume::{nothing_kept, two_files},
    start::{self, in_engines},
};

in_engines!(rests_and_goes_on: pause_cancel in Chromium, pause_cancel_firefox in Firefox, pause_cancel_webkit in WebKit);

async fn rests_and_goes_on(journey: &Journey) -> Result<()> {
    let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
    let (_, large) = two_files(journey.files())?;
    anna.compose(&Letter { files: vec![large.clone()], ..Letter::default() }).await?;
    proxy.hold_uploads_after(1);
    anna.browser.click("#send").await?;
    until("two parts under way", LONG, async || Ok((proxy.came_to_gate() >= 3).then_some(()))).await?;
    anna.browser.click("#pause").await?;
    anna.browser.see(".sending[data-paused=true]").await?;
    ensure!(anna.browser.text(".sending").await?.contains("Nothing is being sent"));
    // One of four parts has arrived; what was on its way does not count.
    until("an honest bar", SOON, async || {
        let percent = anna.browser.attribute("#overall", "aria-valuenow").await?;
        Ok(percent.and_then(|percent| percent.parse::<u8>().ok()).filter(|percent| *percent < 60))
    })
    .await?;
    proxy.hold_uploads_after(0);
    let before = proxy.came_to_gate();

    // While one tab rests, another sends a whole delivery; meanwhile nothing of the first one leaves.
    let first = anna.browser.tab().await?;
    anna.browser.open_tab().await?;
    anna.visit("/new").await?;
    anna.deliver(&Letter { message: "Zwischendurch.", ..Letter::default() }).await?;
    // Firefox's driver does not come to an end while a tab in the back asks whether it may be left.
    anna.browser.click("#copy-link").await?;
    until("the link to be copied", SOON, async || {
        Ok(anna.browser.text("#copy-link").await?.contains("Copied").then_some(()))
    })
    .await?;
    ensure!(proxy.came_to_gate() == before, "something was sent during the pause");
    anna.browser.switch_to(&first).await?;
    anna.browser.click("#pause").await?;
    anna.browser.see(".sending[data-paused=false]").await?;
    proxy.release_uploads();
    let link = anna.sent().await?;
    let bert = start::recipient(journey, &proxy.origin()).await?;
    bert.open(&link, RECIPIENT, None).await?;
    ensure!(files::sha256(&bert.save(0).await?)? == files::sha256(&large)?, "other bytes arrived");
    nothing_kept(&anna).await
}

/// Cancelled before the server has answered at all, in the middle, in a pause, and when only the last answer is missing.
#[tokio::test(flavor = "multi_thread")]
async fn pause_cancel_in_every_phase() -> Result<()> {
    Journey::run("pause_cancel_in_every_phase", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let (_, large) = two_files(journey.files())?;
        anna.compose(&Letter { message: "Halt!", files: vec![large], ..Letter::default() }).await?;

        proxy.lie(Answers::Created, Fault::NoAnswer);
        anna.browser.click("#send").await?;
        reconnecting(&anna).await?;
        cancelled(&anna, &proxy, 1).await.context("while it is created")?;

        proxy.be_honest();
        proxy.hold_uploads_after(1);
        anna.browser.click("#send").await?;
        until("two parts under way", LONG, async || Ok((proxy.came_to_gate() >= 3).then_some(()))).await?;
        cancelled(&anna, &proxy, 2).await.context("while it is uploaded")?;
        anna.browser.click("#send").await?;
        anna.browser.click("#pause").await?;
        anna.browser.see(".sending[data-paused=true]").await?;
        cancelled(&anna, &proxy, 3).await.context("in a pause")?;
        proxy.release_uploads();

        proxy.lie(Answers::Sent, Fault::NoAnswer);
        anna.browser.click("#send").await?;
        reconnecting(&anna).await?;
        cancelled(&anna, &proxy, 4).await.context("while it is finished")?;
        ensure!(anna.browser.value("#message").await? == "Halt!", "cancelling lost the message");
        Ok(())
    })
    .await
}

/// Presses “cancel”: so many deliveries are taken back by now, and this browser keeps nothing.
async fn cancelled(person: &Person, proxy: &Proxy, deliveries: usize) -> Result<()> {
    person.browser.click("#cancel").await?;
    person.browser.see_error("cancelled").await?;
    until("the server to be told", SOON, async || {
        let told = proxy.seen().all().into_iter().filter(|seen| {
            seen.method == "DELETE" && !seen.target.contains("/blobs/") && seen.target != "/api/session"
        });
        Ok((told.count() == deliveries).then_some(()))
    })
    .await?;
    nothing_kept(person).await
}

async fn reconnecting(person: &Person) -> Result<()> {
    until("the page to say that it waits", LONG, async || {
        Ok(person.browser.text(".sending").await?.contains("continues by itself").then_some(()))
    })
    .await
}
