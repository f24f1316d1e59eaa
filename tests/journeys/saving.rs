//! Saving what the browser cannot keep until it is verified, and going on where a download stopped.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use harness::{
    browser::Browser,
    files::{self, CHUNK, HEADER, SEALED},
    journey::Journey,
    person::{Letter, Person, RECIPIENT},
    proxy::{Answers, Fault, Proxy},
    wait::{LONG, SOON, until},
};
use serde_json::json;

use crate::{archive, start};

/// Longer than browsers let a service worker live that has nothing to do.
const IDLE: Duration = Duration::from_secs(35);
/// What the page holds in memory where there is nothing else.
const MOST_IN_MEMORY: u64 = 512 << 20;
/// More than stays in memory while there is something else.
const SIZE: usize = 80 * CHUNK + 1000;
const ROW: &str = "#received .file-row[data-index='0']";

/// From here on the browser keeps no more than ten megabytes for the product.
async fn leave_no_room(browser: &Browser, origin: &str) -> Result<()> {
    let quota = json!({ "origin": origin, "quotaSize": 10 << 20 });
    browser.devtools("Storage.overrideQuotaForOrigin", quota).await?;
    Ok(())
}

/// Finished files in the download folder.
fn finished(browser: &Browser) -> Result<Vec<String>> {
    let names =
        browser.downloads()?.into_iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
    Ok(names.filter(|name| !name.ends_with(".crdownload") && !name.starts_with('.')).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn save_streamed() -> Result<()> {
    Journey::run("save_streamed", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let sent = [
            files::make(journey.files(), "Röntgen (1)*.bin", SIZE)?,
            files::make(journey.files(), "zwei.bin", 100)?,
        ];
        let link = anna.deliver(&Letter { files: sent.to_vec(), ..Letter::default() }).await?;
        let bert = start::recipient(journey, &proxy.origin()).await?;
        bert.open(&link, RECIPIENT, None).await?;
        leave_no_room(&bert.browser, &proxy.origin()).await?;

        // A bit is changed in the middle: the beginning was written already, but the browser does not call it a file.
        proxy.lie(Answers::Blob, Fault::FlipBit(HEADER + 40 * SEALED));
        ensure!(bert.try_save(0).await? == "damaged", "the change went unnoticed");
        bert.browser.see_error("damaged").await?;
        ensure!(finished(&bert.browser)?.is_empty(), "a damaged file was saved");

        proxy.be_honest();
        let saved = bert.save(0).await?;
        ensure!(saved.file_name().is_some_and(|name| name == "Röntgen (1)_.bin"), "{saved:?}");
        ensure!(files::sha256(&saved)? == files::sha256(&sent[0])?, "other bytes arrived");

        let before = bert.browser.downloads()?;
        bert.browser.click("#save-archive").await?;
        let row = "#archives .file-row";
        bert.browser.attribute_becomes(row, "data-state", &["saved"], LONG).await?;
        let archive = bert.browser.saved_since(&before).await?;
        ensure!(bert.browser.private_files().await?.is_empty(), "it was kept in the browser after all");
        let as_saved = [journey.files().join("Röntgen (1)_.bin"), sent[1].clone()];
        std::fs::rename(&sent[0], &as_saved[0])?;
        archive::unpacks_to(&archive, journey.files(), &as_saved)?;

        let asked = proxy.seen().all();
        ensure!(asked.iter().any(|seen| seen.target.starts_with("/assets/sw-")), "nothing was streamed");
        ensure!(!asked.iter().any(|seen| seen.target.starts_with("/save/")), "the server saw a download");
        Ok(())
    })
    .await
}

/// A pause that is longer than browsers let a service worker live that has nothing to do.
#[tokio::test(flavor = "multi_thread")]
async fn save_streamed_with_a_long_pause() -> Result<()> {
    Journey::run("save_streamed_with_a_long_pause", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let file = files::make(journey.files(), "Röntgen.bin", SIZE)?;
        let link = anna.deliver(&Letter { files: vec![file.clone()], ..Letter::default() }).await?;
        let bert = start::recipient(journey, &proxy.origin()).await?;
        bert.open(&link, RECIPIENT, None).await?;
        leave_no_room(&bert.browser, &proxy.origin()).await?;
        let before = bert.browser.downloads()?;
        proxy.lie_once(Answers::Blob, Fault::Stall(40 * CHUNK));
        bert.browser.click(&format!("{ROW} .file-save")).await?;
        pause_at(&bert, 30).await?;
        let paused = Instant::now();
        until("the service worker's half minute to pass", LONG, async || {
            let state = bert.browser.attribute(ROW, "data-state").await?;
            ensure!(state.as_deref() == Some("paused"), "it is “{state:?}” in the pause");
            ensure!(finished(&bert.browser)?.is_empty(), "the beginning was saved");
            Ok((paused.elapsed() > IDLE).then_some(()))
        })
        .await?;
        bert.browser.click(&format!("{ROW} .file-pause")).await?;
        let state = bert.browser.attribute_becomes(ROW, "data-state", &["saved", "failed"], LONG).await?;
        ensure!(state == "saved", "it is “{state}”: {:?}", bert.browser.error().await?);
        ensure!(bert.browser.private_files().await?.is_empty(), "it was kept in the browser after all");
        let saved = bert.browser.saved_since(&before).await?;
        ensure!(files::sha256(&saved)? == files::sha256(&file)?, "other bytes arrived");
        Ok(())
    })
    .await
}

/// Nothing that this browser has holds so large a file: that is told before a byte of it is fetched.
#[tokio::test(flavor = "multi_thread")]
async fn save_too_large_here() -> Result<()> {
    Journey::run("save_too_large_here", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let small = files::make(journey.files(), "Anlage.pdf", CHUNK)?;
        let large = journey.files().join("Sicherung.img");
        std::fs::File::create(&large)?.set_len(MOST_IN_MEMORY + 1)?;
        let link = anna.deliver(&Letter { files: vec![large, small.clone()], ..Letter::default() }).await?;
        let bert = start::recipient(journey, &proxy.origin()).await?;
        let source = json!({ "source": "delete Navigator.prototype.serviceWorker" });
        bert.browser.devtools("Page.addScriptToEvaluateOnNewDocument", source).await?;
        bert.open(&link, RECIPIENT, None).await?;
        leave_no_room(&bert.browser, &proxy.origin()).await?;
        ensure!(bert.try_save(0).await? == "failed");
        bert.browser.see_error("too-large-here").await?;
        bert.browser.click("#save-archive").await?;
        bert.browser.attribute_becomes("#archives .file-row", "data-state", &["failed"], LONG).await?;
        bert.browser.see_error("too-large-here").await?;
        ensure!(proxy.seen().fetched().is_empty(), "fetched in vain");
        ensure!(bert.browser.downloads()?.is_empty());
        ensure!(files::sha256(&bert.save(1).await?)? == files::sha256(&small)?, "other bytes arrived");
        Ok(())
    })
    .await
}

/// The tab is closed in the middle: what the browser has written so far never becomes a file.
#[tokio::test(flavor = "multi_thread")]
async fn save_streamed_and_closed() -> Result<()> {
    Journey::run("save_streamed_and_closed", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let file = files::make(journey.files(), "Röntgen.bin", SIZE)?;
        let link = anna.deliver(&Letter { files: vec![file], ..Letter::default() }).await?;
        let bert = start::recipient(journey, &proxy.origin()).await?;
        bert.open(&link, RECIPIENT, None).await?;
        leave_no_room(&bert.browser, &proxy.origin()).await?;
        proxy.lie_once(Answers::Blob, Fault::Stall(40 * CHUNK));
        bert.browser.click(&format!("{ROW} .file-save")).await?;
        until("the browser to write", SOON, async || {
            Ok((!bert.browser.downloads()?.is_empty()).then_some(()))
        })
        .await?;
        bert.browser.visit("about:blank").await?;
        until("the browser to give the download up", LONG, async || {
            let left = bert.browser.downloads()?;
            ensure!(finished(&bert.browser)?.is_empty(), "the beginning of a file was saved: {left:?}");
            Ok(left.is_empty().then_some(()))
        })
        .await
    })
    .await
}

/// Pause and go on; then the server refuses for good, and “Try again” fetches only what is missing.
#[tokio::test(flavor = "multi_thread")]
async fn resume_download() -> Result<()> {
    Journey::run("resume_download", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let file = files::make(journey.files(), "Gutachten.bin", SIZE)?;
        let link = anna.deliver(&Letter { files: vec![file.clone()], ..Letter::default() }).await?;
        let bert = start::recipient(journey, &proxy.origin()).await?;
        bert.open(&link, RECIPIENT, None).await?;

        let before = bert.browser.downloads()?;
        proxy.lie_once(Answers::Blob, Fault::Stall(10 * CHUNK));
        bert.browser.click(&format!("{ROW} .file-save")).await?;
        pause_at(&bert, 5).await?;
        let asked = proxy.seen().fetched().len();
        ensure!(asked == 1, "asked {asked} times before the pause");

        proxy.lie(Answers::Blob, Fault::Refuse);
        bert.browser.click(&format!("{ROW} .file-pause")).await?;
        bert.browser.attribute_becomes(ROW, "data-state", &["failed"], LONG).await?;
        bert.browser.see_error("not-found").await?;
        ensure!(first_byte(&proxy, 1)? == 10 * CHUNK, "it did not go on where it was paused");

        proxy.be_honest();
        bert.browser.click(&format!("{ROW} .file-save")).await?;
        bert.browser.attribute_becomes(ROW, "data-state", &["saved"], LONG).await?;
        // Nine whole chunks had come; the tenth had begun.
        ensure!(first_byte(&proxy, 2)? == HEADER + 9 * SEALED, "it did not go on where it stopped");
        ensure!(proxy.seen().fetched().len() == 3);
        let saved = bert.browser.saved_since(&before).await?;
        ensure!(files::sha256(&saved)? == files::sha256(&file)?, "other bytes arrived");
        Ok(())
    })
    .await
}

/// Pauses once so many percent have arrived.
async fn pause_at(person: &Person, percent: u64) -> Result<()> {
    let bar = format!("{ROW} progress");
    until("the file to arrive in part", SOON, async || {
        let value =
            person.browser.attribute(&bar, "value").await?.and_then(|value| value.parse::<u64>().ok());
        Ok(value.filter(|value| *value >= percent).map(drop))
    })
    .await?;
    person.browser.click(&format!("{ROW} .file-pause")).await?;
    person.browser.attribute_becomes(ROW, "data-state", &["paused"], SOON).await.map(drop)
}

/// Where the n-th request for a file began.
fn first_byte(proxy: &Proxy, n: usize) -> Result<usize> {
    let gets =
        proxy.seen().all().into_iter().filter(|seen| seen.method == "GET" && seen.target.contains("/blobs/"));
    let head = gets.skip(n).map(|seen| seen.whole()).next().context("another request for the file")?;
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let (_, range) = head.split_once("range: bytes=").context("a range")?;
    let (from, _) = range.split_once('-').context("a beginning")?;
    Ok(from.parse()?)
}
