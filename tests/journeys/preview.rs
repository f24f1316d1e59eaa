//! Files are looked at without being saved: pictures, drawings, texts and PDFs, by mouse and keyboard; and what cannot be
//! shown says why.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use harness::{
    axe,
    browser::{Browser, Engine, Look},
    files,
    journey::Journey,
    person::{Letter, Person, RECIPIENT},
    proxy::{Answers, Fault},
    wait::{LONG, SOON, until},
};
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::start::{self, in_engines};

/// The dialog and the sandbox in it.
pub(crate) const DIALOG: &str = "#preview";
pub(crate) const FRAME: &str = "#preview-frame";
/// Largest file that is shown, in bytes.
const MOST_BYTES: usize = 64 << 20;

/// The files of these journeys, in the order in which they are sent.
fn documents(journey: &Journey) -> Result<Vec<PathBuf>> {
    let write = |name: &str, bytes: &[u8]| files::write(journey.files(), name, bytes);
    let drawing = "<svg xmlns='http://www.w3.org/2000/svg' width='60' height='40'><rect width='60' height='40' fill='#00f'/></svg>";
    let pages: Vec<_> = (1..=12).map(|number| format!("Seite {number} von Siegel")).collect();
    Ok(vec![
        write("Bild.bmp", &bitmap(40, 30, [0, 0xff, 0]))?,
        write("Notiz.txt", "Grüße aus Görlitz\n<b>kein Markup</b>\n".as_bytes())?,
        write("Alt.csv", b"Stra\xdfe;Gr\xf6\xdfe\n")?,
        write("Akte.zip", b"PK\x03\x04 kein Bild")?,
        write("Zeichnung.svg", drawing.as_bytes())?,
        write("Bescheid.pdf", &pdf(&pages, "", ""))?,
        write("Text.png", b"Ich bin kein Bild, sondern ein Text.")?,
        write("Lang.log", "Zeile\n".repeat(400_000).as_bytes())?,
        write("Kaputt.pdf", b"%PDF-1.7\nnichts weiter")?,
    ])
}

in_engines!(shows_what_it_can: preview in Chromium, preview_firefox in Firefox, preview_webkit in WebKit);

async fn shows_what_it_can(journey: &Journey) -> Result<()> {
    let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
    let sent = documents(journey)?;
    let letter = Letter { message: "Zum Ansehen", files: sent.clone(), ..Letter::default() };
    let link = anna.deliver(&letter).await?;
    let bert = start::recipient(journey, &proxy.origin()).await?;
    bert.open(&link, RECIPIENT, None).await?;
    ensure!(bert.browser.find(&button(3)).await?.is_none(), "an archive has a preview");

    shows_each(&bert.browser).await?;
    let collected = proxy.seen().with("POST", "/collected").len();
    ensure!(collected == 6, "{collected} files were seen and told");
    says_why_not(&bert.browser).await?;
    ensure!(bert.browser.downloads()?.is_empty(), "looking saved something");

    // What is looked at is saved without being fetched again.
    look(&bert.browser, 5).await?;
    let (fetched, before) = (proxy.seen().fetched().len(), bert.browser.downloads()?);
    bert.browser.click("#preview-save").await?;
    ensure!(files::sha256(&bert.browser.saved_since(&before).await?)? == files::sha256(&sent[5])?);
    ensure!(proxy.seen().fetched().len() == fetched, "fetched twice");
    close(&bert.browser, 5).await?;

    proxy.lie(Answers::Blob, Fault::FlipLastBit);
    ensure!(refused(&bert.browser, 0).await? == "damaged");
    ensure!(bert.browser.find(FRAME).await?.is_none());
    close(&bert.browser, 0).await?;
    let state = bert.browser.attribute("#received [data-index='0']", "data-state").await?;
    ensure!(state.as_deref() == Some("damaged"), "the row says {state:?}");
    if journey.engine() == Engine::WebKit {
        return Ok(()); // has no private files
    }
    bert.browser.keeps_no_private_file().await
}

async fn shows_each(browser: &Browser) -> Result<()> {
    ensure!(look(browser, 0).await?.contains("40 × 30"));
    ensure!(pixel(browser, "img", 20, 15).await? == json!([0, 255, 0, 255]), "another picture");
    browser.click("#preview-next").await?;
    is_shown(browser).await?;
    ensure!(
        within(browser, "return document.querySelector('pre').textContent").await?
            == "Grüße aus Görlitz\n<b>kein Markup</b>\n"
    );
    ensure!(within(browser, "return document.querySelectorAll('b').length").await? == 0);
    browser.click("#preview-next").await?;
    is_shown(browser).await?;
    ensure!(
        within(browser, "return document.querySelector('pre').textContent.trim()").await? == "Straße;Größe"
    );
    // The archive is passed over.
    browser.click("#preview-next").await?;
    is_shown(browser).await?;
    ensure!(browser.text("#preview-title").await? == "Zeichnung.svg");
    ensure!(pixel(browser, "img", 30, 20).await? == json!([0, 0, 255, 255]), "another drawing");
    close(browser, 4).await?;

    ensure!(look(browser, 7).await?.contains("2 MB"), "a long text does not say that it is cut");
    ensure!(within(browser, "return document.querySelector('pre').textContent.length").await? == 2 << 20);
    close(browser, 7).await?;
    ensure!(look(browser, 5).await?.contains("12 Seiten"));
    reads_pdf(browser).await?;
    is_well(browser).await?;
    close(browser, 5).await
}

/// The first page is drawn and can be read, the last one is reached by scrolling, and the size can be changed.
async fn reads_pdf(browser: &Browser) -> Result<()> {
    browser
        .within(FRAME, async || {
            browser.see("section:first-of-type canvas").await?;
            // The generator draws a red square at a quarter of the page.
            let red = "const c = document.querySelector('canvas'); \
                       return [...c.getContext('2d').getImageData(c.width / 4, c.height * 3 / 4, 1, 1).data]";
            ensure!(browser.script(red, &[]).await? == json!([255, 0, 0, 255]), "another page");
            let page = "section:last-of-type";
            ensure!(browser.text("output").await? == "1 / 12");
            browser.script("document.querySelector('main').scrollTo(0, 1e9)", &[]).await?;
            browser.see(&format!("{page} canvas")).await?;
            let text = browser
                .script("return document.querySelector('section:last-of-type p').textContent", &[])
                .await?;
            ensure!(text == "Seite 12 von Siegel", "{text}");
            ensure!(browser.attribute(page, "aria-label").await?.as_deref() == Some("Seite 12 von 12"));
            until("the page's number", SOON, async || {
                Ok((browser.text("output").await? == "12 / 12").then_some(()))
            })
            .await?;
            let width = "return document.querySelector('section').getBoundingClientRect().width";
            let before = browser.script(width, &[]).await?.as_f64();
            browser.click("button[aria-label='Größer']").await?;
            ensure!(browser.script(width, &[]).await?.as_f64() > before, "it did not grow");
            Ok(())
        })
        .await
}

async fn says_why_not(browser: &Browser) -> Result<()> {
    for (index, kind) in [(6, "preview-other-kind"), (8, "preview-not-shown")] {
        ensure!(refused(browser, index).await? == kind);
        ensure!(browser.find(FRAME).await?.is_none(), "{kind} shows something");
        close(browser, index).await?;
    }
    Ok(())
}

/// Nothing to complain about, around the sandbox and in it, in any look that this engine can take on.
async fn is_well(browser: &Browser) -> Result<()> {
    let can_change = browser.engine() == Engine::Chromium;
    let others = [Look::GERMAN.dark(), Look::GERMAN.dark().phone(), Look::GERMAN.phone(), Look::GERMAN];
    let looks = if can_change { others.as_slice() } else { &[Look::GERMAN] };
    for look in looks {
        if can_change {
            browser.show(*look).await?;
        }
        browser.within(FRAME, async || browser.see("section canvas").await.map(drop)).await?;
        let mut found = axe::findings(browser).await?;
        let inside = browser.within(FRAME, async || axe::findings(browser).await).await?;
        // The heading over the sandbox is the dialog's.
        found.extend(inside.into_iter().filter(|finding| !finding.starts_with("page-has-heading-one")));
        ensure!(found.is_empty(), "{} px, dark {}: {found:#?}", look.width, look.dark);
        let wide = "return document.documentElement.scrollWidth > innerWidth";
        ensure!(browser.script(wide, &[]).await? == false, "too wide at {} px", look.width);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn preview_by_keyboard() -> Result<()> {
    Journey::run("preview_by_keyboard", async |journey| {
        let (_server, anna) = start::admin(journey, &[]).await?;
        let letter = Letter { files: documents(journey)?[..2].to_vec(), ..Letter::default() };
        let link = anna.deliver(&letter).await?;
        let bert = start::recipient(journey, &anna.origin).await?;
        bert.open(&link, RECIPIENT, None).await?;
        let browser = &bert.browser;
        browser.tab_to(&button(1)).await?;
        browser.press_key(Key::Enter).await?;
        is_shown(browser).await?;
        browser.see_focus_in(DIALOG).await?;
        // Escape closes from within the file as well, and the focus is where it was.
        browser.tab_to(FRAME).await?;
        browser.press_key(Key::Escape).await?;
        is_closed(browser, 1).await?;
        browser.press_key(Key::Enter).await?;
        is_shown(browser).await?;
        browser.tab_to("#preview-previous").await?;
        browser.press_key(Key::Enter).await?;
        until("the file before", SOON, async || {
            Ok((browser.text("#preview-title").await? == "Bild.bmp").then_some(()))
        })
        .await?;
        is_shown(browser).await?;
        browser.press_key(Key::Escape).await?;
        is_closed(browser, 0).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn preview_of_a_large_file() -> Result<()> {
    Journey::run("preview_of_a_large_file", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let large = files::make(journey.files(), "Plan.pdf", MOST_BYTES + 1)?;
        let link = anna.deliver(&Letter { files: vec![large], ..Letter::default() }).await?;
        let bert = start::recipient(journey, &proxy.origin()).await?;
        bert.open(&link, RECIPIENT, None).await?;
        ensure!(refused(&bert.browser, 0).await? == "preview-too-large");
        ensure!(bert.browser.text("#preview-error").await?.contains("64 MB"));
        ensure!(proxy.seen().fetched().is_empty(), "fetched in vain");
        // Saving is the way on, and the dialog has it.
        let before = bert.browser.downloads()?;
        bert.browser.click("#preview-save").await?;
        bert.browser.saved_since(&before).await?;
        Ok(())
    })
    .await
}

/// The dialog is closed while the file still arrives: the fetch ends, and the file can be looked at and saved later.
#[tokio::test(flavor = "multi_thread")]
async fn preview_cancelled() -> Result<()> {
    Journey::run("preview_cancelled", async |journey| {
        let (_server, proxy, line, anna) = start::admin_on_a_line(journey).await?;
        let picture = files::write(journey.files(), "Bild.bmp", &bitmap(3000, 2000, [0, 0, 0xff]))?;
        let bert = start::recipient(journey, &line.origin()).await?;
        receives(&anna, &bert, vec![picture.clone()]).await?;
        proxy.lie_once(Answers::Blob, Fault::Stall(20 * files::CHUNK));
        bert.browser.click(&button(0)).await?;
        until("some of the file", LONG, async || {
            let percent = bert.browser.attribute(&format!("{DIALOG} progress"), "value").await?;
            Ok(percent.filter(|percent| percent != "0").map(drop))
        })
        .await?;
        ensure!(bert.browser.attribute(DIALOG, "data-state").await?.as_deref() == Some("loading"));
        close(&bert.browser, 0).await?;
        let row = "#received .file-row[data-index='0']";
        ensure!(bert.browser.attribute(row, "data-state").await?.as_deref() == Some("waiting"));
        ensure!(bert.browser.error().await?.is_none(), "{:?}", bert.browser.error().await?);
        ensure!(proxy.seen().with("POST", "/collected").is_empty(), "told that somebody has seen it");

        ensure!(look(&bert.browser, 0).await?.contains("3000 × 2000"));
        close(&bert.browser, 0).await?;
        ensure!(files::sha256(&bert.save(0).await?)? == files::sha256(&picture)?, "other bytes arrived");
        Ok(())
    })
    .await
}

fn button(index: usize) -> String {
    format!("#received .file-row[data-index='{index}'] .file-preview")
}

/// Looks at a file and returns what the dialog says about it.
pub(crate) async fn look(browser: &Browser, index: usize) -> Result<String> {
    browser.click(&button(index)).await?;
    is_shown(browser).await
}

async fn is_shown(browser: &Browser) -> Result<String> {
    let state = browser.attribute_becomes(DIALOG, "data-state", &["shown", "refused"], LONG).await?;
    if state == "refused" {
        anyhow::bail!("refused: {}", browser.text("#preview-error").await?);
    }
    browser.text("#preview-says").await
}

/// Asks to look at a file that is not shown, and returns why.
pub(crate) async fn refused(browser: &Browser, index: usize) -> Result<String> {
    browser.click(&button(index)).await?;
    let state = browser.attribute_becomes(DIALOG, "data-state", &["shown", "refused"], LONG).await?;
    ensure!(state == "refused", "it was shown");
    let sentence = browser.text("#preview-error").await?;
    ensure!(sentence.split_whitespace().count() >= 6, "“{sentence}” is no sentence");
    browser.attribute("#preview-error", "data-kind").await?.context("an error without a kind")
}

pub(crate) async fn close(browser: &Browser, index: usize) -> Result<()> {
    browser.click("#preview-close").await?;
    is_closed(browser, index).await
}

/// The dialog is gone, and the focus is on the button of the file that was shown.
async fn is_closed(browser: &Browser, index: usize) -> Result<()> {
    until("the dialog to close", SOON, async || Ok(browser.find(DIALOG).await?.is_none().then_some(())))
        .await?;
    browser.see_focus_in(&button(index)).await
}

/// Runs a script in the sandbox.
async fn within(browser: &Browser, script: &str) -> Result<Value> {
    browser.within(FRAME, async || browser.script(script, &[]).await).await
}

/// A pixel of a picture in the sandbox: red, green, blue, opacity.
async fn pixel(browser: &Browser, selector: &str, x: u32, y: u32) -> Result<Value> {
    let script = "const image = document.querySelector(arguments[0]); const canvas = document.createElement('canvas'); \
                  canvas.width = image.naturalWidth; canvas.height = image.naturalHeight; \
                  const drawn = canvas.getContext('2d'); drawn.drawImage(image, 0, 0); \
                  return [...drawn.getImageData(arguments[1], arguments[2], 1, 1).data]";
    let arguments = [selector.into(), x.into(), y.into()];
    browser.within(FRAME, async || browser.script(script, &arguments).await).await
}

/// A picture of one colour.
fn bitmap(width: u32, height: u32, [red, green, blue]: [u8; 3]) -> Vec<u8> {
    let row = (width as usize * 3).next_multiple_of(4);
    let mut bytes = b"BM".to_vec();
    let size = u32::try_from(54 + row * height as usize).unwrap_or(u32::MAX);
    for figure in [size, 0, 54, 40, width, height] {
        bytes.extend(figure.to_le_bytes());
    }
    bytes.extend([1, 0, 24, 0]);
    bytes.extend([0; 24]);
    for _ in 0..height {
        let mut line: Vec<u8> = [blue, green, red].repeat(width as usize);
        line.resize(row, 0);
        bytes.extend(line);
    }
    bytes
}

/// A PDF with a line of text and a red square on each page. `catalog` is written into its root; `objects` follow the
/// pages', from number 100 on.
pub(crate) fn pdf(pages: &[String], catalog: &str, objects: &str) -> Vec<u8> {
    let kids: String = (0..pages.len()).map(|page| format!("{} 0 R ", 4 + 2 * page)).collect();
    let mut text = format!(
        "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R{catalog}>>endobj\n\
         2 0 obj<</Type/Pages/Count {}/Kids[{kids}]>>endobj\n\
         3 0 obj<</Type/Font/Subtype/Type1/BaseFont/Courier>>endobj\n",
        pages.len()
    );
    for (page, line) in pages.iter().enumerate() {
        let content = format!("1 0 0 rg 0 0 200 150 re f 0 g BT /F1 24 Tf 20 220 Td ({line}) Tj ET");
        let (number, length) = (4 + 2 * page, content.len());
        text += &format!(
            "{number} 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]/Annots[100 0 R]\
             /Resources<</Font<</F1 3 0 R/F2 101 0 R>>>>/Contents {} 0 R>>endobj\n\
             {} 0 obj<</Length {length}>>stream\n{content}\nendstream endobj\n",
            number + 1,
            number + 1
        );
    }
    // Without a table of where the objects are, readers look for them.
    (text + objects + "trailer<</Root 1 0 R>>\n%%EOF\n").into_bytes()
}

/// Someone who reads German, at an opened delivery of these files.
pub(crate) async fn receives(anna: &Person, bert: &Person, files: Vec<PathBuf>) -> Result<()> {
    let link = anna.deliver(&Letter { files, ..Letter::default() }).await?;
    bert.open(&link, RECIPIENT, None).await
}
