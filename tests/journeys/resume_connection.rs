//! Connections that break in the middle of a part, in every way in which connections break: the page says that it waits,
//! goes on by itself, and what had arrived does not go a second time.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Result, ensure};
use harness::{
    files::{self, PART},
    journey::Journey,
    line::{Cut, Way},
    person::{Letter, Person, RECIPIENT},
    wait::{LONG, until},
};

use crate::start::{self, in_engines};

const PARTS: usize = 8;
/// Parts that a page has on their way at a time: so many acknowledgements may be lost with a connection.
const IN_FLIGHT: usize = 2;

in_engines!(told_cuts: resume_connection in Chromium, resume_connection_firefox in Firefox, resume_connection_webkit in WebKit);
in_engines!(silent_cuts: resume_connection_stall in Chromium, resume_connection_stall_firefox in Firefox, resume_connection_stall_webkit in WebKit);

async fn told_cuts(journey: &Journey) -> Result<()> {
    survives(journey, &[Cut::Reset, Cut::Close, Cut::Reset], 2 * PART + PART / 4).await
}

/// Each costs the page's patience with a silent connection, three quarters of a minute.
async fn silent_cuts(journey: &Journey) -> Result<()> {
    survives(journey, &[Cut::Stall], 5 * PART).await
}

/// Sends and saves a file; each cut comes when so many bytes have gone since the one before.
async fn survives(journey: &Journey, cuts: &[Cut], between: usize) -> Result<()> {
    let between = between as u64;
    let (_server, proxy, line, anna) = start::admin_on_a_line(journey).await?;
    line.delay(Duration::from_millis(5));
    let file = files::make(journey.files(), "Gutachten.pdf", PARTS * PART - 5)?;
    anna.compose(&Letter { files: vec![file.clone()], ..Letter::default() }).await?;
    line.break_after(Way::Up, between, cuts[0]);
    anna.browser.click("#send").await?;
    let mut at_cuts = Vec::new();
    for next in followers(cuts) {
        line.until_broken().await?;
        says_that_it_waits(&anna).await?;
        at_cuts.push(proxy.seen().parts());
        if let Some(next) = next {
            line.break_after(Way::Up, between, next);
        }
        line.mend();
    }
    let link = anna.sent().await?;
    let parts = proxy.seen().parts();
    ensure!(parts.len() > PARTS, "nothing was sent twice, so nothing was cut: {parts:?}");
    for before in at_cuts {
        sent_sparingly(&before, &parts[before.len()..])?;
    }

    let bert = start::recipient(journey, &line.origin()).await?;
    bert.open(&link, RECIPIENT, None).await?;
    let before = bert.browser.downloads()?;
    line.break_after(Way::Down, between, cuts[0]);
    bert.browser.click("#received .file-save").await?;
    for next in followers(cuts) {
        line.until_broken().await?;
        let early: Vec<_> = bert.browser.downloads()?.difference(&before).cloned().collect();
        ensure!(bert.browser.finished(&early).await? == 0, "saved before all of it was there: {early:?}");
        if let Some(next) = next {
            line.break_after(Way::Down, between, next);
        }
        line.mend();
    }
    let saved = bert.saved_within(0, &before, LONG).await?;
    ensure!(files::sha256(&saved)? == files::sha256(&file)?, "other bytes arrived");
    fetched_sparingly(&proxy.seen().fetched_from())
}

/// For each cut the one that follows it.
fn followers(cuts: &[Cut]) -> impl Iterator<Item = Option<Cut>> {
    (1..=cuts.len()).map(|next| cuts.get(next).copied())
}

/// Waits until the sender's page says that the connection is lost.
pub(crate) async fn says_that_it_waits(anna: &Person) -> Result<()> {
    until("the page to say that the connection is interrupted", LONG, async || {
        Ok(anna.browser.text("main").await?.contains("interrupted").then_some(()))
    })
    .await
}

/// What the server had acknowledged before a cut does not come again after it, but for what the page could not know.
fn sent_sparingly(before: &[(u32, bool)], after: &[(u32, bool)]) -> Result<()> {
    let arrived: BTreeSet<_> = before.iter().filter(|(_, done)| *done).map(|(part, _)| part).collect();
    let again: BTreeSet<_> =
        after.iter().map(|(part, _)| part).filter(|part| arrived.contains(part)).collect();
    ensure!(again.len() <= IN_FLIGHT, "{again:?} came again: {before:?}, then {after:?}");
    Ok(())
}

/// Each fetch asks for what the one before it did not bring.
fn fetched_sparingly(from: &[u64]) -> Result<()> {
    ensure!(from.len() > 1, "the file came at once, so nothing was cut");
    ensure!(from.is_sorted(), "a fetch began anew: {from:?}");
    ensure!(from.last() > Some(&(PART as u64)), "the last fetch went back to the beginning: {from:?}");
    Ok(())
}
