//! All files as one archive: opened by programs that others wrote, and never handed over with a damaged file in it.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use harness::{
    files::{self, CHUNK, HEADER, SEALED},
    journey::Journey,
    person::{Letter, Person, RECIPIENT},
    proxy::{Answers, Fault, Seen},
    wait::{LONG, SOON, until},
};
use serde_json::Value;

use crate::start::{self, in_engines};

/// The row of an archive; archives are counted on behind the files.
fn row(number: usize) -> String {
    format!("#archives .file-row[data-index='{number}']")
}

in_engines!(unpacks_elsewhere: archive in Chromium, archive_firefox in Firefox, archive_webkit in WebKit);

async fn unpacks_elsewhere(journey: &Journey) -> Result<()> {
    let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
    let sent = [
        files::make(journey.files(), "leer.txt", 0)?,
        files::write(journey.files(), "Größe & Straße.txt", "Grüße\n".as_bytes())?,
        files::make(journey.files(), "🦆 Ente.bin", CHUNK)?,
        files::make(journey.files(), "groß.bin", 40 * CHUNK + 17)?,
    ];
    let folder = journey.files().join("Anlagen");
    std::fs::create_dir_all(folder.join("Übersicht"))?;
    let in_folder = [
        files::make(&folder, "groß.bin", 20)?,
        files::make(&folder.join("Übersicht"), "leer", 0)?,
        files::make(&folder.join("Übersicht"), "ganz voll.bin", 3 * CHUNK)?,
    ];
    let letter = Letter { subject: "Akte 7/24: Gutachten", files: sent.to_vec(), ..Letter::default() };
    anna.compose(&letter).await?;
    anna.browser.choose("#folder", std::slice::from_ref(&folder)).await?;
    anna.browser.see("#chosen [data-folder='Anlagen']").await?;
    let link = anna.send().await?;
    let sent = [sent.as_slice(), &in_folder].concat();
    let bert = start::recipient(journey, &proxy.origin()).await?;
    bert.open(&link, RECIPIENT, None).await?;
    let before = bert.browser.downloads()?;
    bert.browser.click("#save-archive").await?;
    ends_as(&bert, sent.len(), "saved").await?;
    let saved = bert.browser.saved_since(&before).await?;
    ensure!(saved.file_name().is_some_and(|name| name == "Akte 7_24_ Gutachten.zip"), "{saved:?}");
    unpacks_to(&saved, journey.files(), &sent)?;

    let before = bert.browser.downloads()?;
    bert.browser.click("#received [data-folder='Anlagen'] .folder-save").await?;
    ends_as(&bert, sent.len() + 1, "saved").await?;
    let saved = bert.browser.saved_since(&before).await?;
    ensure!(saved.file_name().is_some_and(|name| name == "Anlagen.zip"), "{saved:?}");
    unpacks_to(&saved, journey.files(), &in_folder)?;
    until("each archive's files to be reported as collected together", SOON, async || {
        let reports = proxy.seen().with("POST", "/collected");
        let files = |report: &Seen| {
            let report: Value = serde_json::from_slice(&report.body()).ok()?;
            report["blobs"].as_array().map(Vec::len)
        };
        let reported: Option<Vec<usize>> = reports.iter().map(files).collect();
        Ok((reported == Some(vec![sent.len(), in_folder.len()])).then_some(()))
    })
    .await
}

/// The archive is asked for while the server changes a bit of its second file.
#[tokio::test(flavor = "multi_thread")]
async fn archive_damaged() -> Result<()> {
    Journey::run("archive_damaged", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let sent = [
            files::make(journey.files(), "klein.bin", 100)?,
            files::make(journey.files(), "groß.bin", 40 * CHUNK)?,
            files::make(journey.files(), "danach.bin", 100)?,
        ];
        let link = anna.deliver(&Letter { files: sent.to_vec(), ..Letter::default() }).await?;
        let bert = start::recipient(journey, &proxy.origin()).await?;
        bert.open(&link, RECIPIENT, None).await?;
        proxy.lie(Answers::Blob, Fault::FlipBit(HEADER + 20 * SEALED));
        bert.browser.click("#save-archive").await?;
        ends_as(&bert, sent.len(), "damaged").await?;
        let said = bert.browser.see_error("damaged").await?.text;
        ensure!(said.contains("groß.bin"), "the damaged file is not named: {said}");
        ensure!(bert.browser.downloads()?.is_empty(), "a damaged archive was saved");
        bert.browser.keeps_no_private_file().await?;

        proxy.be_honest();
        let before = bert.browser.downloads()?;
        bert.browser.click(&format!("{} .file-save", row(sent.len()))).await?;
        ends_as(&bert, sent.len(), "saved").await?;
        unpacks_to(&bert.browser.saved_since(&before).await?, journey.files(), &sent)
    })
    .await
}

/// The connection breaks in the middle of a file, and then the server refuses: each time the archive goes on where it was.
#[tokio::test(flavor = "multi_thread")]
async fn archive_goes_on() -> Result<()> {
    Journey::run("archive_goes_on", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let sent = [
            files::make(journey.files(), "davor.bin", 40 * CHUNK)?,
            files::make(journey.files(), "groß.bin", 60 * CHUNK)?,
            files::make(journey.files(), "danach.bin", 100)?,
        ];
        let link = anna.deliver(&Letter { files: sent.to_vec(), ..Letter::default() }).await?;
        let bert = start::recipient(journey, &proxy.origin()).await?;
        bert.open(&link, RECIPIENT, None).await?;
        let before = bert.browser.downloads()?;
        proxy.lie_in_turn(Answers::Blob, [Fault::CutOff(30 * CHUNK), Fault::Refuse]);
        bert.browser.click("#save-archive").await?;
        ends_as(&bert, sent.len(), "failed").await?;
        bert.browser.see_error("not-found").await?;
        proxy.be_honest();
        bert.browser.click(&format!("{} .file-save", row(sent.len()))).await?;
        ends_as(&bert, sent.len(), "saved").await?;
        unpacks_to(&bert.browser.saved_since(&before).await?, journey.files(), &sent)?;
        // The last fetch of the first file, which was begun three times, asked for what was missing.
        let (files, from) = (proxy.seen().fetched(), proxy.seen().fetched_from());
        let first: Vec<_> = files.iter().zip(&from).filter(|(file, _)| **file == files[0]).collect();
        ensure!(first.len() == 3 && *first[0].1 == 0, "{from:?}");
        ensure!(first[1..].iter().all(|(_, from)| **from >= 20 * CHUNK as u64), "it began anew: {from:?}");
        Ok(())
    })
    .await
}

pub(crate) async fn ends_as(person: &Person, archive: usize, end: &str) -> Result<()> {
    let ends = ["saved", "damaged", "failed"];
    let state = person.browser.attribute_becomes(&row(archive), "data-state", &ends, LONG).await?;
    ensure!(state == end, "the archive is “{state}”: {:?}", person.browser.error().await?);
    Ok(())
}

/// Info-ZIP finds no fault with the archive, and unpacks from it these files and no others, each where it was below `top`.
pub(crate) fn unpacks_to(archive: &Path, top: &Path, files: &[PathBuf]) -> Result<()> {
    let folder = tempfile::tempdir()?;
    for arguments in [["-tq"], ["-q"]] {
        let mut unzip = Command::new("unzip");
        unzip.args(arguments).arg(archive).current_dir(folder.path()).env("LC_ALL", "C.UTF-8");
        let output = unzip.output().context("starting unzip")?;
        ensure!(output.status.success(), "{arguments:?}: {output:?}");
    }
    for file in files {
        let unpacked = folder.path().join(file.strip_prefix(top)?);
        ensure!(files::sha256(&unpacked)? == files::sha256(file)?, "other bytes in {}", unpacked.display());
    }
    ensure!(files::walk(folder.path())?.len() == files.len(), "more was unpacked");
    Ok(())
}
