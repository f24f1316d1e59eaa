//! A delivery from one browser to another: every byte, every name, every letter of the message.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use harness::{
    browser::Engine,
    files::{self, CHUNK, PART},
    journey::Journey,
    person::{Letter, Person, RECIPIENT},
};

use crate::start::{self, in_engines};

const SUBJECT: &str = "Bescheid über Ihren Antrag <b>Nr. 7</b>";
const MESSAGE: &str =
    "Guten Tag,\n\nanbei die Unterlagen 📎 für \"Grün & Söhne\".\n<img src=x onerror=alert(1)>\n\nGruß";

/// Names and sizes at every edge: of a chunk, of a part, of what a file's name may hold.
fn documents(folder: &Path) -> Result<Vec<PathBuf>> {
    [
        ("leer.txt", 0),
        ("ein Byte.txt", 1),
        ("ein Block weniger eins.bin", CHUNK - 1),
        ("genau ein Block.bin", CHUNK),
        ("ein Block und eins.bin", CHUNK + 1),
        ("Übergrößenträger äöüß.pdf", PART - 1),
        ("genau ein Teil.bin", PART),
        ("Rechnung 📄 2026 👩‍⚖️.pdf", PART + 1),
        ("שלום עולם.txt", 20),
        ("\u{200f}Rechts\u{202e}fdp.exe", 21),
        ("Seite.html", 22),
        ("-rf ~.tar.gz.", 23),
    ]
    .into_iter()
    .map(|(name, size)| files::make(folder, name, size))
    .collect()
}

in_engines!(everything_arrives: level_1 in Chromium, level_1_firefox in Firefox, level_1_webkit in WebKit);

async fn everything_arrives(journey: &Journey) -> Result<()> {
    let (_server, anna) = start::admin(journey, &[]).await?;
    let files = documents(journey.files())?;
    let letter = Letter { subject: SUBJECT, message: MESSAGE, files: files.clone(), ..Letter::default() };
    let link = anna.deliver(&letter).await?;
    anna.browser.see("#qr").await?;
    ensure!(!anna.browser.text("#sent-expires").await?.is_empty());

    let bert = start::recipient(journey, &anna.origin).await?;
    bert.open(&link, RECIPIENT, None).await?;
    ensure!(!bert.browser.address().await?.contains('#'), "the secret stays in the address bar");
    ensure!(bert.browser.text("#subject-shown").await? == SUBJECT);
    ensure!(bert.browser.text("#sender-shown").await?.contains(harness::person::ADMIN.name));
    ensure!(bert.browser.text("#message-shown").await? == MESSAGE);
    for (index, file) in files.iter().enumerate() {
        same_file(&bert, index, file).await.with_context(|| format!("file {index}"))?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn level_1_with_password() -> Result<()> {
    Journey::run("level_1_with_password", async |journey| {
        let (_server, anna) = start::admin(journey, &[]).await?;
        let file = files::make(journey.files(), "Vertrag.pdf", 3 * CHUNK + 17)?;
        let password = Some("Sonne über Görlitz");
        let letter = Letter {
            message: MESSAGE,
            files: vec![file.clone()],
            password,
            days: Some(7),
            ..Letter::default()
        };
        let link = anna.deliver(&letter).await?;
        let bert = start::recipient(journey, &anna.origin).await?;
        bert.open(&link, RECIPIENT, password).await?;
        ensure!(bert.browser.text("#message-shown").await? == MESSAGE);
        same_file(&bert, 0, &file).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn level_1_message_alone() -> Result<()> {
    Journey::run("level_1_message_alone", async |journey| {
        let (_server, anna) = start::admin(journey, &[]).await?;
        let first = anna.deliver(&Letter { message: "Der erste Brief.", ..Letter::default() }).await?;
        anna.start_another().await?;
        ensure!(
            anna.browser.value("#message").await?.is_empty(),
            "the new delivery still holds the old message"
        );
        let second = anna.deliver(&Letter { message: "Der zweite Brief.", ..Letter::default() }).await?;
        ensure!(first.delivery != second.delivery && first.fragment != second.fragment);
        let bert = start::recipient(journey, &anna.origin).await?;
        for (link, message) in
            [(&first, "Der erste Brief."), (&second, "Der zweite Brief."), (&first, "Der erste Brief.")]
        {
            bert.open(link, RECIPIENT, None).await?;
            ensure!(bert.browser.text("#message-shown").await? == message);
        }
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn level_1_hundred_megabytes() -> Result<()> {
    Journey::run("level_1_hundred_megabytes", async |journey| {
        let (_server, anna) = start::admin(journey, &[]).await?;
        let file = files::make(journey.files(), "Akte.zip", 100 << 20)?;
        anna.compose(&Letter { files: vec![file.clone()], ..Letter::default() }).await?;
        anna.browser.watch_fluency().await?;
        anna.browser.click("#send").await?;
        anna.browser.see("#overall[role='progressbar'][aria-valuenow]").await?;
        let link = anna.sent().await?;
        anna.browser.was_fluent().await.context("while sending")?;
        let bert = start::recipient(journey, &anna.origin).await?;
        bert.open(&link, RECIPIENT, None).await?;
        bert.browser.watch_fluency().await?;
        same_file(&bert, 0, &file).await?;
        bert.browser.was_fluent().await.context("while receiving")
    })
    .await
}

/// Saves the file at this position and compares it with what was sent: its bytes, and its name.
async fn same_file(person: &Person, index: usize, sent: &Path) -> Result<()> {
    let row = format!("#received .file-row[data-index='{index}']");
    let shown = person.browser.attribute(&row, "data-name").await?.context("a row without a name")?;
    let saved = person.save(index).await?;
    ensure!(files::sha256(&saved)? == files::sha256(sent)?, "{} arrived with other bytes", sent.display());
    let (sent, saved) = (name(sent)?, name(&saved)?);
    ensure!(is_safe(&shown), "shown under the unsafe name {shown:?}");
    if is_safe(&sent) {
        ensure!(shown == sent, "sent as {sent:?}, shown as {shown:?}");
    }
    // Browsers put `_` for what they themselves take for dangerous: the joiner within an emoji, and WebKit for `~`.
    let changed = if person.browser.engine() == Engine::WebKit { "\u{200d}~" } else { "\u{200d}" };
    ensure!(saved == shown.replace(|c| changed.contains(c), "_"), "shown as {shown:?}, saved as {saved:?}");
    Ok(())
}

fn name(path: &Path) -> Result<String> {
    Ok(path.file_name().and_then(|name| name.to_str()).context("a name in UTF-8")?.to_owned())
}

/// No control characters, nothing that turns the direction of writing, nothing a shell or a file system takes for more
/// than a name. (The joiner U+200D belongs to emoji and stays.)
fn is_safe(name: &str) -> bool {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let special = |c: char| r#"/\:*?"<>|"#.contains(c);
    !name.starts_with(['.', '-', ' '])
        && !name.ends_with(['.', ' '])
        && !name.contains(|c| hidden(c) || special(c))
}
