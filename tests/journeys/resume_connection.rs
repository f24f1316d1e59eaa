//! Connections that break in the middle of a part, in every way in which connections break: the page says that it waits,
//! goes on by itself, and what had arrived does not go a second time.

use std::time::Duration;

use anyhow::{Result, ensure};
use harness::{
    files::{self, PART},
    journey::Journey,
    line::{Cut, Way},
    person::{Letter, Person, RECIPIENT},
    wait::{LONG, until},
};

use crate::start::{self, in_engines};

const PARTS: usize = 6;
/// Bytes between two cuts: each falls into the middle of parts, and never twice into the same.
const BETWEEN: u64 = (PART + PART / 2) as u64;
/// Parts that a page has on their way at a time.
const IN_FLIGHT: u32 = 2;

in_engines!(told_cuts: resume_connection in Chromium, resume_connection_firefox in Firefox, resume_connection_webkit in WebKit);
in_engines!(silent_cuts: resume_connection_stall in Chromium, resume_connection_stall_firefox in Firefox, resume_connection_stall_webkit in WebKit);

async fn told_cuts(journey: &Journey) -> Result<()> {
    survives(journey, &[Cut::Reset, Cut::Close, Cut::Reset]).await
}

/// Each costs the page's patience with a silent connection, three quarters of a minute.
async fn silent_cuts(journey: &Journey) -> Result<()> {
    survives(journey, &[Cut::Stall]).await
}

async fn survives(journey: &Journey, cuts: &[Cut]) -> Result<()> {
    let (_server, proxy, line, anna) = start::admin_on_a_line(journey).await?;
    line.delay(Duration::from_millis(5));
    let file = files::make(journey.files(), "Gutachten.pdf", PARTS * PART + 5)?;
    anna.compose(&Letter { files: vec![file.clone()], ..Letter::default() }).await?;
    line.break_after(Way::Up, BETWEEN, cuts[0]);
    anna.browser.click("#send").await?;
    for next in followers(cuts) {
        line.until_broken().await?;
        says_that_it_waits(&anna).await?;
        if let Some(next) = next {
            line.break_after(Way::Up, BETWEEN, next);
        }
        line.mend();
    }
    let link = anna.sent().await?;
    sent_sparingly(&proxy.seen().parts())?;

    let bert = start::recipient(journey, &line.origin()).await?;
    bert.open(&link, RECIPIENT, None).await?;
    let before = bert.browser.downloads()?;
    line.break_after(Way::Down, BETWEEN, cuts[0]);
    bert.browser.click("#received .file-save").await?;
    for next in followers(cuts) {
        line.until_broken().await?;
        ensure!(bert.browser.downloads()? == before, "a file was saved before all of it was there");
        if let Some(next) = next {
            line.break_after(Way::Down, BETWEEN, next);
        }
        line.mend();
    }
    let row = "#received .file-row";
    let state =
        bert.browser.attribute_becomes(row, "data-state", &["saved", "damaged", "failed"], LONG).await?;
    ensure!(state == "saved", "the file is “{state}”: {:?}", bert.browser.error().await?);
    let saved = bert.browser.saved_since(&before).await?;
    ensure!(files::sha256(&saved)? == files::sha256(&file)?, "other bytes arrived");
    fetched_sparingly(&proxy.seen().fetched_from())
}

/// For each cut the one that follows it.
fn followers(cuts: &[Cut]) -> impl Iterator<Item = Option<Cut>> {
    (1..=cuts.len()).map(|next| cuts.get(next).copied())
}

async fn says_that_it_waits(anna: &Person) -> Result<()> {
    until("the page to say that the connection is interrupted", LONG, async || {
        Ok(anna.browser.text("main").await?.contains("interrupted").then_some(()))
    })
    .await
}

/// A page begins with a part when at most one other is on its way: when part `n` has begun, all before `n - 1` had been
/// acknowledged, and must not come again.
fn sent_sparingly(parts: &[u32]) -> Result<()> {
    let mut last = 0;
    for part in parts {
        ensure!(part + IN_FLIGHT > last, "part {part} came again after part {last}: {parts:?}");
        last = last.max(*part);
    }
    ensure!(parts.len() > PARTS, "nothing was sent twice, so nothing was cut: {parts:?}");
    Ok(())
}

/// Each fetch asks for what the one before it did not bring.
fn fetched_sparingly(from: &[u64]) -> Result<()> {
    ensure!(from.len() > 1, "the file came at once, so nothing was cut");
    ensure!(from.is_sorted(), "a fetch began anew: {from:?}");
    ensure!(from.last() > Some(&(BETWEEN / 2)), "the last fetch went back to the beginning: {from:?}");
    Ok(())
}
