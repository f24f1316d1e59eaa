//! A tab is closed in the middle of sending: the delivery is found again, and only what is missing goes up.

use std::{
    collections::BTreeMap,
    fs::{File, FileTimes},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use harness::{
    browser::Look,
    files::{self, CHUNK, PART},
    journey::Journey,
    link::Link,
    person::{ADMIN, Letter, Person, RECIPIENT},
    proxy::Proxy,
    secupass::{self, LEVELS, SECUPASS},
    wait::{LONG, SOON, until},
};

use crate::{
    sessions,
    start::{self, in_engines},
};

const SUBJECT: &str = "Gutachten, zweiter Teil";
const MESSAGE: &str = "Guten Tag,\nanbei, was fehlte.";
const PASSWORD: &str = "Sonne über Görlitz";

in_engines!(goes_on_after_closing: resume_reload in Chromium, resume_reload_firefox in Firefox, resume_reload_webkit in WebKit);

async fn goes_on_after_closing(journey: &Journey) -> Result<()> {
    let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
    let (small, large) = two_files(journey.files())?;
    let letter = Letter {
        subject: SUBJECT,
        message: MESSAGE,
        files: vec![small.clone(), large.clone()],
        password: Some(PASSWORD),
        days: Some(7),
        ..Letter::default()
    };
    anna.compose(&letter).await?;
    let before = stop_after_two_parts(&anna, &proxy).await?;

    let box_text = anna.browser.text(".unfinished").await?;
    ensure!(box_text.contains(SUBJECT) && box_text.contains("1 of 2 files"), "the box says {box_text:?}");
    anna.browser.click(".unfinished .go-on").await?;
    anna.browser.see("#goes-on").await?;
    ensure!(anna.browser.value("#subject").await? == SUBJECT, "the subject is lost");
    ensure!(anna.browser.value("#message").await? == MESSAGE, "the message is lost");
    anna.browser.see("#kept-password").await?;
    anna.browser.see(&row(&small, "done")).await?;
    anna.browser.see(&row(&large, "missing")).await?;
    anna.browser.click("#send").await?;
    anna.browser.see_error("choose-again").await?;
    anna.browser.choose("#files", std::slice::from_ref(&large)).await?;
    anna.browser.see(&row(&large, "waiting")).await?;
    let link = anna.send().await?;

    none_again(&proxy, &before)?;
    ensure!(parts_sent(&proxy).len() == 5, "not the parts of two files were sent");
    one_text_under_one_key(&proxy)?;
    let bert = start::recipient(journey, &proxy.origin()).await?;
    bert.open(&link, RECIPIENT, Some(PASSWORD)).await?;
    ensure!(bert.browser.text("#subject-shown").await? == SUBJECT);
    for (index, file) in [small, large].iter().enumerate() {
        ensure!(files::sha256(&bert.save(index).await?)? == files::sha256(file)?, "other bytes arrived");
    }
    nothing_kept(&anna).await
}

/// The same name, size and time, but other bytes in a part that is already there: no ciphertext of both under one key.
#[tokio::test(flavor = "multi_thread")]
async fn resume_reload_changed_file() -> Result<()> {
    Journey::run("resume_reload_changed_file", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let file = files::make(journey.files(), "Gutachten.pdf", 3 * PART + CHUNK)?;
        anna.compose(&Letter { files: vec![file.clone()], ..Letter::default() }).await?;
        stop_after_two_parts(&anna, &proxy).await?;
        change_unnoticed(&file)?;

        anna.browser.click(".unfinished .go-on").await?;
        anna.browser.see(&row(&file, "missing")).await?;
        anna.browser.choose("#files", std::slice::from_ref(&file)).await?;
        anna.browser.see(&row(&file, "waiting")).await?;
        proxy.hold_uploads_after(1);
        anna.browser.click("#send").await?;
        let told = anna.browser.text("#changed-file").await?;
        ensure!(told.contains("Gutachten.pdf"), "the page says {told:?}");
        proxy.release_uploads();
        let link = anna.sent().await?;

        let blobs = proxy.seen().blobs_of(&link.delivery);
        ensure!(blobs.len() == 2, "{} ciphertexts were begun", blobs.len());
        one_text_under_one_key(&proxy)?;
        let bert = start::recipient(journey, &proxy.origin()).await?;
        arrives(&bert, &link, &file).await
    })
    .await
}

/// At level 4 nothing of what was begun is shown before the SecuPass is typed again.
#[tokio::test(flavor = "multi_thread")]
async fn resume_level_4() -> Result<()> {
    Journey::run("resume_level_4", async |journey| {
        let server = journey.server(&[LEVELS]).await?;
        let proxy = Proxy::start(server.port()).await?;
        let anna = Person::new(journey.browser("anna", Look::ENGLISH).await?, proxy.origin());
        anna.set_up(&server, &ADMIN).await?;
        anna.visit("/settings").await?;
        secupass::choose(&anna.browser, SECUPASS).await?;
        anna.browser.click(".place[href='/new']").await?;
        let (small, large) = two_files(journey.files())?;
        let letter = Letter {
            subject: SUBJECT,
            message: MESSAGE,
            files: vec![small.clone(), large.clone()],
            level: Some(4),
            to: &[RECIPIENT],
            ..Letter::default()
        };
        anna.compose(&letter).await?;
        let before = stop_after_two_parts(&anna, &proxy).await?;

        anna.browser.see("#unfinished-locked").await?;
        ensure!(!anna.browser.text("#main").await?.contains(SUBJECT), "a locked delivery tells its subject");
        anna.browser.click("#unfinished-unlock").await?;
        secupass::give(&anna.browser, SECUPASS).await?;
        anna.browser.click(".unfinished .go-on").await?;
        anna.browser.see("#goes-on").await?;
        ensure!(anna.browser.find("#unfinished-locked").await?.is_none(), "it is still called locked");
        ensure!(anna.browser.value("#subject").await? == SUBJECT, "the subject is lost");
        anna.browser.see(&row(&small, "done")).await?;
        anna.browser.choose("#files", std::slice::from_ref(&large)).await?;
        anna.browser.see(&row(&large, "waiting")).await?;
        anna.send_by_mail().await?;
        none_again(&proxy, &before)?;
        ensure!(parts_sent(&proxy).len() == 5, "not the parts of two files were sent");
        one_text_under_one_key(&proxy)?;
        let sent = proxy.seen().with("POST", "/send").pop().context("nothing was sent")?;
        let sent: serde_json::Value = serde_json::from_slice(&sent.body())?;
        ensure!(sent["own_grant"].is_string() && sent["recipients"][0]["link"].is_null());
        Ok(())
    })
    .await
}

/// A file that visibly changed takes the place of the one that was begun; another is added and one removed.
#[tokio::test(flavor = "multi_thread")]
async fn resume_reload_other_files() -> Result<()> {
    Journey::run("resume_reload_other_files", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let (small, large) = two_files(journey.files())?;
        let files = vec![small.clone(), large.clone()];
        anna.compose(&Letter { subject: SUBJECT, files, ..Letter::default() }).await?;
        stop_after_two_parts(&anna, &proxy).await?;

        anna.browser.click(".unfinished .go-on").await?;
        anna.browser.see(&row(&small, "done")).await?;
        anna.browser.click(&format!("{} .file-remove", row(&small, "done"))).await?;
        let changed = files::write(journey.files(), "Gutachten.pdf", b"neu und kurz")?;
        let added = files::make(journey.files(), "Nachtrag.pdf", 70_000)?;
        anna.browser.choose("#files", &[changed.clone(), added.clone()]).await?;
        anna.browser.see("#changed-file").await?;
        ensure!(
            anna.browser.find(&row(&large, "missing")).await?.is_none(),
            "the old file is still asked for"
        );
        anna.browser.fill("#subject", "Anderer Betreff").await?;
        let link = anna.send().await?;
        ensure!(proxy.seen().with("POST", "/api/deliveries").len() == 1, "a second delivery was begun");
        let bert = start::recipient(journey, &proxy.origin()).await?;
        bert.open(&link, RECIPIENT, None).await?;
        ensure!(bert.browser.text("#subject-shown").await? == "Anderer Betreff");
        ensure!(bert.browser.find_all("#received .file-row").await?.len() == 2);
        for (index, file) in [changed, added].iter().enumerate() {
            ensure!(files::sha256(&bert.save(index).await?)? == files::sha256(file)?, "other bytes arrived");
        }
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn resume_two_tabs() -> Result<()> {
    Journey::run("resume_two_tabs", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let (_, large) = two_files(journey.files())?;
        anna.compose(&Letter { files: vec![large.clone()], ..Letter::default() }).await?;
        stop_after_two_parts(&anna, &proxy).await?;
        anna.browser.see(".unfinished").await?;
        let first = anna.browser.tab().await?;
        let second = anna.browser.open_tab().await?;
        anna.visit("/new").await?;
        anna.browser.see(".unfinished").await?;

        anna.browser.switch_to(&first).await?;
        anna.browser.click(".unfinished .go-on").await?;
        anna.browser.see("#goes-on").await?;
        anna.browser.switch_to(&second).await?;
        for button in [".go-on", ".discard"] {
            anna.browser.click(&format!(".unfinished {button}")).await?;
            anna.browser.see_error("elsewhere").await.with_context(|| button.to_owned())?;
        }
        anna.browser.switch_to(&first).await?;
        anna.browser.choose("#files", std::slice::from_ref(&large)).await?;
        let link = anna.send().await?;
        one_text_under_one_key(&proxy)?;
        let bert = start::recipient(journey, &proxy.origin()).await?;
        arrives(&bert, &link, &large).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn resume_discard() -> Result<()> {
    Journey::run("resume_discard", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let (small, large) = two_files(journey.files())?;
        anna.compose(&Letter { files: vec![small, large], ..Letter::default() }).await?;
        stop_after_two_parts(&anna, &proxy).await?;
        // On a phone, and in German.
        anna.browser.show(Look::ENGLISH.phone().dark()).await?;
        anna.browser.click("#language").await?;
        until("the German words", SOON, async || {
            let text = anna.browser.text(".unfinished").await?;
            Ok(text.contains("1 von 2 Dateien").then_some(()))
        })
        .await?;
        anna.browser.click(".unfinished .discard").await?;
        until("the box to go", SOON, async || {
            Ok(anna.browser.find(".unfinished").await?.is_none().then_some(()))
        })
        .await?;
        let deleted = proxy.seen().all().iter().filter(|seen| seen.method == "DELETE").count();
        ensure!(deleted == 1, "the server was told {deleted} times");
        nothing_kept(&anna).await
    })
    .await
}

/// The session ends in the middle; before going on the sender changes what was written. What has arrived stays.
#[tokio::test(flavor = "multi_thread")]
async fn resume_edited_letter() -> Result<()> {
    Journey::run("resume_edited_letter", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let (small, large) = two_files(journey.files())?;
        let files = vec![small, large.clone()];
        anna.compose(&Letter { subject: "Vorher", files, ..Letter::default() }).await?;
        proxy.hold_uploads_after(3);
        anna.browser.click("#send").await?;
        two_parts_of_the_large_file(&proxy).await?;
        sessions::end_session(&anna).await?;
        let before: Vec<String> = parts_sent(&proxy).into_keys().collect();
        proxy.release_uploads();
        anna.browser.see("#login-dialog").await?;
        anna.browser.click("#login-dialog .kern-dialog__body > .kern-btn--tertiary").await?;
        anna.browser.fill("#subject", SUBJECT).await?;
        anna.browser.click("#send").await?;
        anna.give_login(&ADMIN).await?;
        anna.browser.see_no_error().await?;
        let link = anna.sent().await?;
        none_again(&proxy, &before)?;
        ensure!(proxy.seen().with("POST", "/api/deliveries").len() == 1, "a second delivery was begun");
        let bert = start::recipient(journey, &proxy.origin()).await?;
        bert.open(&link, RECIPIENT, None).await?;
        ensure!(bert.browser.text("#subject-shown").await? == SUBJECT);
        ensure!(files::sha256(&bert.save(1).await?)? == files::sha256(&large)?, "other bytes arrived");
        Ok(())
    })
    .await
}

/// A part that the closed tab had on its way arrives when the delivery has gone on already. It belongs to nothing any more,
/// and must not keep the delivery from being sent.
#[tokio::test(flavor = "multi_thread")]
async fn resume_reload_late_part() -> Result<()> {
    Journey::run("resume_reload_late_part", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let file = files::make(journey.files(), "Gutachten.pdf", 3 * PART + CHUNK)?;
        anna.compose(&Letter { files: vec![file.clone()], ..Letter::default() }).await?;
        let before = stop_after_two_parts(&anna, &proxy).await?;
        anna.browser.click(".unfinished .go-on").await?;
        anna.browser.see("#goes-on").await?;
        anna.browser.choose("#files", std::slice::from_ref(&file)).await?;
        anna.browser.see(&row(&file, "waiting")).await?;
        ensure!(anna.browser.script_async(LATE_PART, &[]).await? == 204, "the late part was refused");
        let link = anna.send().await?;
        none_again(&proxy, &before)?;
        let bert = start::recipient(journey, &proxy.origin()).await?;
        arrives(&bert, &link, &file).await
    })
    .await
}

/// Sends a part of a file that this page knows nothing of.
const LATE_PART: &str = "
    const { drafts: [{ delivery }] } = await (await fetch('/api/drafts')).json();
    const body = new TextEncoder().encode('late');
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
    const headers = { 'content-digest': `sha-256=:${btoa(String.fromCharCode(...digest))}:` };
    const part = `/api/deliveries/${delivery}/blobs/AAAAAAAAAAAAAAAAAAAAAA/parts/0`;
    return (await fetch(part, { method: 'PUT', headers, body })).status;
";

/// A file of one part, and one of four, whose last does not fit beside two others on their way.
pub(crate) fn two_files(folder: &Path) -> Result<(PathBuf, PathBuf)> {
    Ok((files::make(folder, "Anlage.txt", 900)?, files::make(folder, "Gutachten.pdf", 3 * PART + CHUNK)?))
}

/// Begins to send, lets the small file (if there is one) and two parts of the large one through, and closes the page. Returns
/// the parts that have arrived.
pub(crate) async fn stop_after_two_parts(person: &Person, proxy: &Proxy) -> Result<Vec<String>> {
    let small = person.browser.find_all("#chosen .file-row").await?.len() - 1;
    proxy.hold_uploads_after(small + 2);
    person.browser.click("#send").await?;
    arrived(proxy, small + 2).await?;
    let parts = parts_sent(proxy).into_keys().collect();
    person.browser.reload().await?;
    proxy.release_uploads();
    person.browser.at("new").await?;
    Ok(parts)
}

async fn two_parts_of_the_large_file(proxy: &Proxy) -> Result<()> {
    arrived(proxy, 3).await
}

/// Waits until so many parts have passed the gate and the two that may be on their way beside them wait there: then all
/// that passed was acknowledged.
pub(crate) async fn arrived(proxy: &Proxy, parts: usize) -> Result<()> {
    until("the parts to arrive", LONG, async || Ok((proxy.came_to_gate() >= parts + 2).then_some(()))).await
}

/// Changes one byte of the first part and sets the file's time back to what it was.
fn change_unnoticed(path: &Path) -> Result<()> {
    let time = std::fs::metadata(path)?.modified()?;
    let mut bytes = std::fs::read(path)?;
    bytes[1000] ^= 1;
    std::fs::write(path, bytes)?;
    Ok(File::options().append(true).open(path)?.set_times(FileTimes::new().set_modified(time))?)
}

/// The bodies of all parts that were sent, by path.
pub(crate) fn parts_sent(proxy: &Proxy) -> BTreeMap<String, Vec<Vec<u8>>> {
    let mut parts: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for seen in proxy.seen().all() {
        if seen.method == "PUT" && seen.target.contains("/parts/") && !seen.body().is_empty() {
            parts.entry(seen.target.clone()).or_default().push(seen.body());
        }
    }
    parts
}

/// None of these parts was sent a second time.
pub(crate) fn none_again(proxy: &Proxy, parts: &[String]) -> Result<()> {
    let sent = parts_sent(proxy);
    for part in parts {
        ensure!(sent.get(part).is_some_and(|bodies| bodies.len() == 1), "{part} was sent again");
    }
    Ok(())
}

/// What was sent twice under one blob and number is the same, as far as it came.
fn one_text_under_one_key(proxy: &Proxy) -> Result<()> {
    for (part, bodies) in parts_sent(proxy) {
        for pair in bodies.windows(2) {
            let length = pair[0].len().min(pair[1].len());
            ensure!(pair[0][..length] == pair[1][..length], "{part} was sent with two texts");
        }
    }
    Ok(())
}

/// Waits until this browser keeps nothing of an unfinished delivery.
pub(crate) async fn nothing_kept(person: &Person) -> Result<()> {
    until("the journal to be empty", SOON, async || Ok((person.browser.journal().await? == 0).then_some(())))
        .await
}

pub(crate) fn row(file: &Path, state: &str) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    format!("#chosen .file-row[data-name='{name}'][data-state='{state}']")
}

pub(crate) async fn arrives(person: &Person, link: &Link, file: &Path) -> Result<()> {
    person.open(link, RECIPIENT, None).await?;
    ensure!(files::sha256(&person.save(0).await?)? == files::sha256(file)?, "other bytes arrived");
    Ok(())
}
