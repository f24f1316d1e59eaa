//! A file that no memory holds, sent into a box by somebody without an account: the connection is cut, then the page is
//! closed, and all of its bytes arrive once. Neither the browsers nor the server grow with it.

use std::time::Duration;

use anyhow::{Result, ensure};
use harness::{
    browser::Look,
    files,
    journey::Journey,
    line::{Cut, Line, Way},
    memory::Memory,
    person::{ADMIN, Person},
};

use crate::{resume::row, resume_connection::says_that_it_waits, submission::Counter};

/// More than 31 bits can count.
const SIZE: usize = (2 << 30) + (1 << 20);
/// Bytes that go before each of the two cuts.
const CUT: u64 = 500 << 20;
/// Most bytes that go besides the file: what was on its way at the cuts, and all else that the page loads and asks.
const BESIDES: u64 = 64 << 20;
/// For the one transfer, on a machine that is slow and busy.
const PATIENCE: Duration = Duration::from_secs(1200);
/// Most bytes by which a process of a browser may grow: a quarter of the file. How little it is when nothing else runs,
/// `cargo xtask bench memory` measures; beside other browsers on few cores the collector of spent chunks lags behind.
const BROWSER: u64 = 512 << 20;
/// Most bytes by which the server may grow.
const SERVER: u64 = 128 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn large_file() -> Result<()> {
    Journey::run("large_file", async |journey| {
        let counter = Counter::open(journey, true).await?;
        counter.anna.browser.click("#box-edit").await?;
        counter.anna.browser.click("#box-size option[value='5368709120']").await?;
        counter.anna.browser.click("#box-save").await?;
        counter.anna.browser.see("#box-link").await?;
        let line = Line::start(counter.server.port()).await?;
        let ticket = counter.ticket().await?.link()?.replace(&counter.server.origin(), &line.origin());
        let file = files::make(journey.files(), "Film.mkv", SIZE)?;
        let sent = files::sha256(&file)?;
        let carl = Person::new(journey.browser("carl at home", Look::ENGLISH).await?, line.origin());
        carl.browser.visit(&ticket).await?;
        carl.browser.at("ticket").await?;
        carl.browser.fill("#submitter-name", "Carl").await?;
        carl.browser.choose("#files", std::slice::from_ref(&file)).await?;
        carl.browser.see(&row(&file, "waiting")).await?;
        let serving = [counter.server.process().await?];
        let served = Memory::watch(&serving)?;
        let sending = Memory::watch(&carl.browser.processes().await?)?;

        line.break_after(Way::Up, CUT, Cut::Reset);
        carl.browser.click("#send").await?;
        line.until_broken().await?;
        says_that_it_waits(&carl).await?;
        line.break_after(Way::Up, CUT, Cut::Reset);
        line.mend();
        line.until_broken().await?;
        line.mend();
        carl.browser.reload().await?;
        carl.browser.at("incomplete-ticket").await?;
        carl.browser.visit(&ticket).await?;
        carl.browser.click(".unfinished .go-on").await?;
        carl.browser.see("#goes-on").await?;
        carl.browser.choose("#files", std::slice::from_ref(&file)).await?;
        carl.browser.see(&row(&file, "waiting")).await?;
        carl.browser.click("#send").await?;
        carl.browser.at_within("submitted", PATIENCE).await?;
        let grown = sending.growth(&carl.browser.processes().await?);
        stays_below(BROWSER, "a process of the sender's browser", grown)?;
        let carried = line.carried(Way::Up);
        ensure!(carried < SIZE as u64 + BESIDES, "{carried} bytes went for a file of {SIZE}");
        counter.confirmed_at(&carl.browser).await?;
        // Three copies of it are enough for any disk.
        std::fs::remove_file(&file)?;

        counter.opens(&counter.mail(ADMIN.email).await?).await?;
        let anna = &counter.anna;
        let receiving = Memory::watch(&anna.browser.processes().await?)?;
        let saved = anna.save_within(0, PATIENCE).await?;
        let grown = receiving.growth(&anna.browser.processes().await?);
        stays_below(BROWSER, "a process of the recipient's browser", grown)?;
        stays_below(SERVER, "the server", served.growth(&serving))?;
        ensure!(files::sha256(&saved)? == sent, "other bytes arrived");
        Ok(())
    })
    .await
}

fn stays_below(most: u64, who: &str, growth: u64) -> Result<()> {
    ensure!(growth <= most, "{who} grew by {} MiB", growth >> 20);
    Ok(())
}
