//! A bad network: connections break in the middle, and transfers go on, or stop when the sender wants it.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use harness::{
    files::{self, CHUNK, PART},
    journey::Journey,
    line::{Cut, Way},
    link::Link,
    person::{Letter, Person, RECIPIENT},
    proxy::{Answers, Fault},
    wait::{self, LONG},
};
use serde_json::{Value, json};

use crate::start::{self, in_engines};

in_engines!(survives_cuts: lost_connection in Chromium, lost_connection_firefox in Firefox, lost_connection_webkit in WebKit);

async fn survives_cuts(journey: &Journey) -> Result<()> {
    let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
    let file = files::make(journey.files(), "Gutachten.pdf", 6 * CHUNK + 5)?;
    let link = anna.deliver(&Letter { files: vec![file.clone()], ..Letter::default() }).await?;
    let bert = start::recipient(journey, &proxy.origin()).await?;
    for after in [0, 50, 72, 3 * CHUNK, 6 * CHUNK] {
        bert.open(&link, RECIPIENT, None).await?;
        proxy.lie_once(Answers::Blob, Fault::CutOff(after));
        let saved = bert.save(0).await?;
        ensure!(proxy.is_honest(), "the connection was not cut after {after} bytes");
        ensure!(
            files::sha256(&saved)? == files::sha256(&file)?,
            "cut after {after} bytes, other bytes arrived"
        );
        // The next one has the same name, and not every browser chooses another.
        std::fs::remove_file(saved)?;
    }
    Ok(())
}

/// A connection that stays open and brings nothing: the recipient can stop it, and it mends itself.
#[tokio::test(flavor = "multi_thread")]
async fn lost_connection_in_silence() -> Result<()> {
    Journey::run("lost_connection_in_silence", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let file = files::make(journey.files(), "Gutachten.pdf", 6 * CHUNK + 5)?;
        let link = anna.deliver(&Letter { files: vec![file.clone()], ..Letter::default() }).await?;
        let bert = start::recipient(journey, &proxy.origin()).await?;
        bert.open(&link, RECIPIENT, None).await?;
        proxy.lie_once(Answers::Blob, Fault::Stall(3 * CHUNK));
        bert.browser.click("#received .file-save").await?;
        bert.browser.click("#received .file-cancel").await?;
        bert.browser.see("#received .file-row[data-state=waiting]").await?;
        ensure!(bert.browser.downloads()?.is_empty(), "a file that was stopped was saved");

        // The page loses patience and asks for the rest.
        proxy.lie_once(Answers::Blob, Fault::Stall(3 * CHUNK));
        let saved = bert.save(0).await?;
        ensure!(proxy.is_honest(), "the connection did not fall silent");
        ensure!(files::sha256(&saved)? == files::sha256(&file)?, "other bytes arrived");
        Ok(())
    })
    .await
}

/// Notes whether the page ever speaks of an interruption.
const LISTEN: &str = "window.spokeOfInterruption = false;
new MutationObserver(() => {
    window.spokeOfInterruption ||= document.body.innerText.includes('interrupted');
}).observe(document.body, { subtree: true, childList: true, characterData: true });";

/// A server that is asked too often says when it may be asked again: it is, later, and nothing is interrupted.
#[tokio::test(flavor = "multi_thread")]
async fn asked_too_often() -> Result<()> {
    Journey::run("asked_too_often", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let files = [
            files::make(journey.files(), "klein.txt", 5)?,
            files::make(journey.files(), "groß.pdf", 2 * PART + 5)?,
        ];
        anna.compose(&Letter { files: files.to_vec(), ..Letter::default() }).await?;
        anna.browser.script(LISTEN, &[]).await?;
        proxy.lie(Answers::Part, Fault::TooMany);
        let started = Instant::now();
        anna.browser.click("#send").await?;
        wait::until("parts to be sent a third time", LONG, async || {
            let parts = proxy.seen().parts();
            Ok((parts.iter().filter(|(part, _)| *part == 0).count() >= 5).then_some(()))
        })
        .await?;
        ensure!(started.elapsed().as_secs() >= 2, "what the server said was not obeyed");
        proxy.lie_once(Answers::Sent, Fault::TooMany);
        let link = anna.sent().await?;
        ensure!(proxy.is_honest(), "the last answer was not asked for too often");
        let spoke = anna.browser.script("return window.spokeOfInterruption", &[]).await?;
        ensure!(spoke == Value::Bool(false), "the page spoke of an interruption: {spoke}");
        let bert = start::recipient(journey, &proxy.origin()).await?;
        bert.open(&link, RECIPIENT, None).await?;
        for (index, file) in files.iter().enumerate() {
            ensure!(files::sha256(&bert.save(index).await?)? == files::sha256(file)?, "other bytes arrived");
        }
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_connection_while_sending() -> Result<()> {
    Journey::run("lost_connection_while_sending", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let file = files::make(journey.files(), "Gutachten.pdf", PART + 5)?;
        // The answer to a part is lost: it is sent again, and the server takes it for what it is.
        proxy.lie_once(Answers::Part, Fault::NoAnswer);
        let link = anna.deliver(&Letter { files: vec![file.clone()], ..Letter::default() }).await?;
        ensure!(proxy.is_honest(), "no answer was lost");
        let bert = start::recipient(journey, &proxy.origin()).await?;
        arrives(&bert, &link, &file).await?;

        // The last answer is lost again and again: the page says that it goes on by itself, and does, with the same delivery.
        anna.start_another().await?;
        proxy.lie(Answers::Sent, Fault::NoAnswer);
        anna.compose(&Letter { files: vec![file.clone()], ..Letter::default() }).await?;
        anna.browser.click("#send").await?;
        wait::until("the page to say that it waits", LONG, async || {
            Ok(anna.browser.text(".sending").await?.contains("continues by itself").then_some(()))
        })
        .await?;
        proxy.be_honest();
        let link = anna.sent().await?;
        ensure!(proxy.seen().with("POST", "/api/deliveries").len() == 2, "a third delivery was begun");
        arrives(&bert, &link, &file).await
    })
    .await
}

/// A part is taken and never answered: the page loses patience, sends it again, and the delivery goes out.
#[tokio::test(flavor = "multi_thread")]
async fn lost_connection_in_silence_while_sending() -> Result<()> {
    Journey::run("lost_connection_in_silence_while_sending", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let file = files::make(journey.files(), "Gutachten.pdf", CHUNK + 5)?;
        anna.compose(&Letter { files: vec![file.clone()], ..Letter::default() }).await?;
        proxy.hold_uploads_after(0);
        anna.browser.click("#send").await?;
        wait::until("the part to be sent again", LONG, async || Ok((proxy.came_to_gate() > 1).then_some(())))
            .await?;
        proxy.release_uploads();
        let link = anna.sent().await?;
        let bert = start::recipient(journey, &proxy.origin()).await?;
        arrives(&bert, &link, &file).await
    })
    .await
}

/// After a while the pauses between two tries are long. When the browser says that the network is back, nobody waits.
#[tokio::test(flavor = "multi_thread")]
async fn lost_connection_back_online() -> Result<()> {
    Journey::run("lost_connection_back_online", async |journey| {
        let (_server, _proxy, line, anna) = start::admin_on_a_line(journey).await?;
        let file = files::make(journey.files(), "Gutachten.pdf", PART + 5)?;
        anna.compose(&Letter { files: vec![file.clone()], ..Letter::default() }).await?;
        line.break_after(Way::Up, CHUNK as u64, Cut::Reset);
        anna.browser.click("#send").await?;
        line.until_broken().await?;
        wait::until("a long pause", LONG, async || {
            Ok(line.last_tried().is_some_and(|ago| ago > Duration::from_secs(13)).then_some(()))
        })
        .await?;
        let before = line.carried(Way::Up);
        line.mend();
        let network = |offline: bool| {
            json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 })
        };
        anna.browser.devtools("Network.enable", json!({})).await?;
        anna.browser.devtools("Network.emulateNetworkConditions", network(true)).await?;
        anna.browser.devtools("Network.emulateNetworkConditions", network(false)).await?;
        let back = Instant::now();
        wait::until("another try", LONG, async || Ok((line.carried(Way::Up) > before).then_some(())))
            .await?;
        ensure!(back.elapsed() < Duration::from_secs(4), "it waited for {:?}", back.elapsed());
        let link = anna.sent().await?;
        let bert = start::recipient(journey, &line.origin()).await?;
        arrives(&bert, &link, &file).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_connection_on_purpose() -> Result<()> {
    Journey::run("lost_connection_on_purpose", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let file = files::make(journey.files(), "Gutachten.pdf", 2 * PART)?;
        let letter = Letter { message: "Halt!", files: vec![file.clone()], ..Letter::default() };
        anna.compose(&letter).await?;
        proxy.hold_uploads_after(0);
        anna.browser.click("#send").await?;
        anna.browser.click("#cancel").await?;
        anna.browser.see_error("cancelled").await?;
        proxy.release_uploads();
        ensure!(proxy.seen().all().iter().any(|seen| seen.method == "DELETE"), "the server was not told");
        ensure!(anna.browser.value("#message").await? == "Halt!", "cancelling lost the message");
        let link = anna.send().await?;
        let bert = start::recipient(journey, &proxy.origin()).await?;
        arrives(&bert, &link, &file).await
    })
    .await
}

async fn arrives(person: &Person, link: &Link, file: &Path) -> Result<()> {
    person.open(link, RECIPIENT, None).await?;
    ensure!(files::sha256(&person.save(0).await?)? == files::sha256(file)?, "other bytes arrived");
    Ok(())
}
