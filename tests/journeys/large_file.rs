//! A file that no memory holds: all of its bytes arrive, and neither the browsers nor the server grow with it.

use std::time::Duration;

use anyhow::{Result, ensure};
use harness::{
    files,
    journey::Journey,
    memory::Memory,
    person::{Letter, RECIPIENT},
};

use crate::start;

/// More than 31 bits can count.
const SIZE: usize = (2 << 30) + (1 << 20);
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
        let (server, anna) = start::admin(journey, &[]).await?;
        let file = files::make(journey.files(), "Film.mkv", SIZE)?;
        let sent = files::sha256(&file)?;
        anna.compose(&Letter { files: vec![file.clone()], ..Letter::default() }).await?;
        let serving = [server.process().await?];
        let served = Memory::watch(&serving)?;
        let sending = Memory::watch(&anna.browser.processes().await?)?;
        anna.browser.click("#send").await?;
        let link = anna.sent_within(PATIENCE).await?;
        stays_below(
            BROWSER,
            "a process of the sender's browser",
            sending.growth(&anna.browser.processes().await?),
        )?;
        // Three copies of it are enough for any disk.
        std::fs::remove_file(&file)?;

        let bert = start::recipient(journey, &anna.origin).await?;
        bert.open(&link, RECIPIENT, None).await?;
        let receiving = Memory::watch(&bert.browser.processes().await?)?;
        let saved = bert.save_within(0, PATIENCE).await?;
        stays_below(
            BROWSER,
            "a process of the recipient's browser",
            receiving.growth(&bert.browser.processes().await?),
        )?;
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
