//! The browser takes long to open what it keeps of unfinished deliveries, as on a busy disk: that hinders nobody from
//! sending, and nothing that was kept is overlooked.

use std::time::Duration;

use anyhow::{Result, ensure};
use harness::{
    browser::Tab,
    files::{self, CHUNK, PART},
    journey::Journey,
    person::{Letter, Person},
    proxy::Answers,
};

use crate::{
    resume::{arrives, row},
    start::{self, in_engines},
};

/// Longer than sending waits for the journal.
const LONGER: Duration = Duration::from_secs(16);
/// A page of the origin that keeps nothing.
const ELSEWHERE: &str = "/api/health";

// Firefox's driver ends what a script has begun as soon as it turns to another tab.
in_engines!(waits_for_the_journal: resume_busy_disk in Chromium, resume_busy_disk_webkit in WebKit);

async fn waits_for_the_journal(journey: &Journey) -> Result<()> {
    let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
    let file = files::make(journey.files(), "Gutachten.pdf", 3 * PART + CHUNK)?;

    let send = async || anna.browser.click("#send").await;

    // None was made yet, and it is not made in time.
    let busy = hold(&anna, true).await?;
    anna.visit("/new").await?;
    anna.compose(&Letter { files: vec![file.clone()], ..Letter::default() }).await?;
    let told = async || {
        ensure!(anna.browser.text("#not-kept").await?.contains("starts over"), "nobody is told");
        release(&anna, &busy).await
    };
    proxy.while_holding(Answers::Part, send, told).await?;
    let link = anna.sent().await?;
    let bert = start::recipient(journey, &proxy.origin()).await?;
    arrives(&bert, &link, &file).await?;

    // There is one, and the page that shall find it must wait.
    let other = files::make(journey.files(), "Nachtrag.pdf", 3 * PART + CHUNK)?;
    anna.visit("/new").await?;
    anna.compose(&Letter { files: vec![other.clone()], ..Letter::default() }).await?;
    let leave = async || {
        anna.browser.reload().await?;
        anna.browser.at("new").await
    };
    proxy.while_holding(Answers::Part, send, leave).await?;
    anna.browser.see(".unfinished").await?;
    let busy = hold(&anna, false).await?;
    anna.visit("/new").await?;
    tokio::time::sleep(LONGER).await;
    ensure!(anna.browser.find(".unfinished").await?.is_none(), "the journal was not held");
    release(&anna, &busy).await?;
    anna.browser.click(".unfinished .go-on").await?;
    anna.browser.see("#goes-on").await?;
    anna.browser.choose("#files", std::slice::from_ref(&other)).await?;
    anna.browser.see(&row(&other, "waiting")).await?;
    let link = anna.send().await?;
    arrives(&bert, &link, &other).await
}

/// Leaves the app and keeps the journal from being opened. Returns the tab behind that does this.
async fn hold(anna: &Person, fresh: bool) -> Result<Tab> {
    anna.visit(ELSEWHERE).await?;
    let app = anna.browser.tab().await?;
    let busy = anna.browser.open_tab().await?;
    anna.visit(ELSEWHERE).await?;
    anna.browser.hold_journal(fresh).await?;
    anna.browser.switch_to(&app).await?;
    Ok(busy)
}

/// Ends that.
async fn release(anna: &Person, busy: &Tab) -> Result<()> {
    let app = anna.browser.tab().await?;
    anna.browser.switch_to(busy).await?;
    anna.browser.release_journal().await?;
    anna.browser.switch_to(&app).await
}
