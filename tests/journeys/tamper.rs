//! A hostile server: it flips, truncates, swaps, repeats, extends, replays and splices. Each time there is a clear error
//! and nothing is saved; and when the server is honest again, so is the result.

use anyhow::{Context, Result, ensure};
use harness::{
    files::{self, CHUNK, HEADER, PART, SEALED},
    journey::Journey,
    link::Link,
    person::{Letter, Person, RECIPIENT},
    proxy::{Answers, Fault, Proxy},
    wait::{LONG, SOON, until},
};

use crate::start;

/// Two full chunks and a short one.
const SIZE: usize = 2 * CHUNK + 100;

#[tokio::test(flavor = "multi_thread")]
async fn tamper_with_files() -> Result<()> {
    Journey::run("tamper_with_files", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let sent = [
            files::make(journey.files(), "eins.bin", SIZE)?,
            files::make(journey.files(), "zwei.bin", SIZE)?,
        ];
        let letter = Letter { message: "Zwei Dateien", files: sent.to_vec(), ..Letter::default() };
        let link = anna.deliver(&letter).await?;
        anna.start_another().await?;
        let other = anna.deliver(&letter).await?;

        let bert = start::recipient(journey, &proxy.origin()).await?;
        bert.open(&link, RECIPIENT, None).await?;
        is_refused(&bert, &proxy, Fault::FlipBit(0)).await?;
        // Another suite or flag could be a newer version's: the sentence is another one, and nothing is saved either.
        for (what, at) in [("the suite", 4), ("a flag", 6)] {
            let refused = ends_as(&bert, &proxy, Fault::FlipBit(at), "failed").await;
            refused.with_context(|| format!("the server's attack: {what} is changed"))?;
            bert.browser.see_error("unknown-format").await?;
        }
        let first = proxy.seen().fetched().pop().context("a file was fetched")?;
        for (what, fault) in file_faults(&proxy, &link, &other, &first)? {
            is_refused(&bert, &proxy, fault).await.with_context(|| format!("the server's attack: {what}"))?;
        }
        proxy.be_honest();
        ensure!(files::sha256(&bert.save(0).await?)? == files::sha256(&sent[0])?);
        Ok(())
    })
    .await
}

/// Every change to the first file's ciphertext, with its name.
fn file_faults(proxy: &Proxy, link: &Link, other: &Link, first: &str) -> Result<Vec<(&'static str, Fault)>> {
    let own = proxy.seen().blobs_of(&link.delivery);
    let neighbour = own.iter().find(|(id, _)| *id != first).context("the second file")?.1.clone();
    let foreign = proxy.seen().blobs_of(&other.delivery);
    let foreign = foreign.values().next().context("the other delivery's file")?.clone();
    let own = own.get(first).context("the first file")?.clone();
    let mixed = [&own[..HEADER + SEALED], &foreign[HEADER + SEALED..]].concat();
    let foreign_header = [&foreign[..HEADER], &own[HEADER..]].concat();
    Ok(vec![
        ("the magic is changed", Fault::FlipBit(0)),
        ("the chunk size is changed", Fault::FlipBit(5)),
        ("the salt is changed", Fault::FlipBit(8)),
        ("the commitment is changed", Fault::FlipBit(40)),
        ("the first byte is changed", Fault::FlipBit(HEADER)),
        ("a byte in the middle is changed", Fault::FlipBit(HEADER + SEALED + 1000)),
        ("the last tag is changed", Fault::FlipLastBit),
        ("nothing is left", Fault::Empty),
        ("the header alone is left", Fault::Truncate(HEADER)),
        ("half a header is left", Fault::Truncate(HEADER / 2)),
        ("a chunk is cut short", Fault::Truncate(HEADER + SEALED + 50)),
        ("the last byte is missing", Fault::Truncate(HEADER + 2 * SEALED + 115)),
        ("the last chunk is missing", Fault::DropLastChunk),
        ("the first chunk is missing", Fault::DropChunk(0)),
        ("a chunk in the middle is missing", Fault::DropChunk(1)),
        ("two chunks are exchanged", Fault::SwapChunks(0, 1)),
        ("the last chunk comes first", Fault::SwapChunks(0, 2)),
        ("a chunk comes twice", Fault::RepeatChunk(0)),
        ("the last chunk comes twice", Fault::RepeatChunk(2)),
        ("a byte is appended", Fault::Extend(vec![0])),
        ("a chunk is appended", Fault::Extend(vec![0; SEALED])),
        ("the second file comes instead", Fault::Replace(neighbour)),
        ("the other delivery's file comes instead", Fault::Replace(foreign)),
        ("the other delivery's chunks are spliced in", Fault::Replace(mixed)),
        ("the other delivery's header is put before", Fault::Replace(foreign_header)),
        ("a web page comes instead", Fault::Page),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn tamper_with_parts() -> Result<()> {
    Journey::run("tamper_with_parts", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let file = files::make(journey.files(), "zwei Teile.bin", 2 * PART)?;
        let link = anna.deliver(&Letter { files: vec![file], ..Letter::default() }).await?;
        let blob = proxy.seen().blobs_of(&link.delivery).into_values().next().context("the file")?;
        let (first, second) = (&blob[HEADER..HEADER + 32 * SEALED], &blob[HEADER + 32 * SEALED..]);
        let bert = start::recipient(journey, &proxy.origin()).await?;
        bert.open(&link, RECIPIENT, None).await?;
        for (what, parts) in [
            ("the first part is replayed", [first, first]),
            ("the parts are exchanged", [second, first]),
            ("the last part comes twice", [second, second]),
        ] {
            let blob = [&blob[..HEADER], parts[0], parts[1]].concat();
            let refused = is_refused(&bert, &proxy, Fault::Replace(blob)).await;
            refused.with_context(|| format!("the server's attack: {what}"))?;
        }
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn tamper_with_cover() -> Result<()> {
    Journey::run("tamper_with_cover", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let letter = Letter { subject: "Betreff", message: "Nachricht", ..Letter::default() };
        let link = anna.deliver(&letter).await?;
        anna.start_another().await?;
        let other = anna.deliver(&letter).await?;
        let foreign = proxy.seen().with("PUT", &format!("{}/cover", other.delivery));
        let foreign = foreign.first().context("the other delivery's cover")?.body();
        let bert = start::recipient(journey, &proxy.origin()).await?;
        for (what, fault) in [
            ("the first byte is changed", Fault::FlipBit(0)),
            ("a byte in the head is changed", Fault::FlipBit(20)),
            ("a byte in the middle is changed", Fault::FlipBit(100)),
            ("the last byte is changed", Fault::FlipLastBit),
            ("half is missing", Fault::Truncate(foreign.len() / 2)),
            ("nothing is left", Fault::Empty),
            ("a byte is appended", Fault::Extend(vec![0])),
            ("the other delivery's comes instead", Fault::Replace(foreign)),
            ("a web page comes instead", Fault::Page),
        ] {
            proxy.lie(Answers::Cover, fault);
            bert.browser.visit(&link.text()).await?;
            bert.browser.at("open").await?;
            bert.give(RECIPIENT, None).await?;
            bert.browser.at("damaged").await.with_context(|| format!("the server's attack: {what}"))?;
            ensure!(bert.browser.find("#message-shown").await?.is_none());
        }
        proxy.be_honest();
        bert.open(&link, RECIPIENT, None).await
    })
    .await
}

/// What a hostile server says about a delivery may be a nuisance, never a way in or a crash.
#[tokio::test(flavor = "multi_thread")]
async fn tamper_with_answers() -> Result<()> {
    Journey::run("tamper_with_answers", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let link = anna.deliver(&Letter { message: "Nachricht", ..Letter::default() }).await?;
        let bert = start::recipient(journey, &proxy.origin()).await?;
        for (what, fault) in [
            ("the state is a web page", Fault::Page),
            ("the state is empty", Fault::Empty),
            (
                "the state is of an unknown level",
                Fault::Replace(br#"{"sender":"x","level":9,"password":false,"expires":1}"#.to_vec()),
            ),
        ] {
            proxy.lie(Answers::State, fault);
            bert.browser.visit(&link.text()).await?;
            says_what_is_wrong(&bert).await.with_context(|| what)?;
        }
        for (what, fault) in
            [("the opening is a web page", Fault::Page), ("the opening is empty", Fault::Empty)]
        {
            proxy.be_honest();
            bert.browser.visit(&link.text()).await?;
            bert.browser.at("open").await?;
            proxy.lie(Answers::Opening, fault);
            bert.give(RECIPIENT, None).await?;
            says_what_is_wrong(&bert).await.with_context(|| what)?;
        }
        Ok(())
    })
    .await
}

async fn says_what_is_wrong(person: &Person) -> Result<()> {
    until("an error", SOON, async || {
        let page = person.browser.page().await?;
        ensure!(page.as_deref() != Some("delivery"), "the delivery was opened");
        Ok((page.as_deref() == Some("damaged") || person.browser.error().await?.is_some()).then_some(()))
    })
    .await
}

/// Asks for the first file while the server lies. The row's present state may be left over from the attack before, so
/// only a state that follows a new request counts.
async fn is_refused(person: &Person, proxy: &Proxy, fault: Fault) -> Result<()> {
    ends_as(person, proxy, fault, "damaged").await
}

async fn ends_as(person: &Person, proxy: &Proxy, fault: Fault, end: &str) -> Result<()> {
    const ROW: &str = "#received .file-row[data-index='0']";
    let before = proxy.seen().fetched().len();
    proxy.lie(Answers::Blob, fault);
    person.browser.click(&format!("{ROW} .file-save")).await?;
    until("the file to be fetched", SOON, async || Ok((proxy.seen().fetched().len() > before).then_some(())))
        .await?;
    let ends = ["saved", "damaged", "failed"];
    let state = person.browser.attribute_becomes(ROW, "data-state", &ends, LONG).await?;
    ensure!(state == end, "the file is called “{state}”");
    let row = person.browser.text(ROW).await?;
    ensure!(row.split_whitespace().count() >= 6, "the row does not say what happened: {row}");
    let saved = person.browser.downloads()?;
    ensure!(saved.is_empty(), "saved in spite of it: {saved:?}");
    person.browser.keeps_no_private_file().await
}
