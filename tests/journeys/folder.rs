//! Whole folders: two thousand files, nested, with odd names, from one browser to another.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use harness::{
    axe,
    browser::{Browser, Engine, Look},
    files,
    journey::Journey,
    link::Link,
    person::{Person, RECIPIENT},
    wait::{LONG, SOON, until},
};
use thirtyfour::Key;

use crate::start::{self, in_engines};

/// The folder that is sent.
const TOP: &str = "Akten 2026";

/// Files in it, besides those that are left out: enough that not all are listed at once, and in one engine thousands.
fn count(engine: Engine) -> usize {
    if engine == Engine::Chromium { 2000 } else { 250 }
}

/// Names at the edges of what file systems hold, some of them the same for another system: in composed and decomposed
/// form, in upper and lower case, as a file and as a folder.
const ODD: &[&str] = &[
    "Prüfung.txt",
    "Pru\u{308}fung.txt",
    "😀 Fest 👩‍⚖️.png",
    "  vorn und hinten  .txt",
    ".versteckt",
    "Rechnung\u{202e}fdp.exe",
    "CON",
    "Groß.txt",
    "GROSS.txt",
    "groß.TXT",
    "ملف.pdf",
    "con/aux.txt",
    "Con./nul",
    "leer.txt",
];

/// Makes the tree: a long folder, a deep one, odd names, and what computers leave in folders.
fn plant(at: &Path, count: usize) -> Result<PathBuf> {
    let top = at.join(TOP);
    let small = |folder: &Path, name: &str, size: usize| -> Result<()> {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().context("a file in a folder")?)?;
        fs::write(path, name.bytes().cycle().take(size).collect::<Vec<_>>())?;
        Ok(())
    };
    for name in ODD {
        small(&top.join("Sonderfälle"), name, if *name == "leer.txt" { 0 } else { 100 })?;
    }
    let long = format!("{}.pdf", "ä".repeat(125));
    small(&top.join("Sonderfälle"), &long, 100)?;
    let deep = "1/2/3/4/5/6/7/8";
    small(&top.join(deep), "ganz unten.txt", 300_000)?;
    for litter in [".DS_Store", "Bilder/Thumbs.db", "Bilder/desktop.ini"] {
        small(&top, litter, 10)?;
    }
    fs::create_dir_all(top.join("leerer Ordner"))?;
    for number in 0..pictures(count) {
        small(&top.join("Bilder"), &format!("Bild {number}.jpg"), 1000)?;
    }
    Ok(top)
}

/// How many of so many files lie in the long folder.
fn pictures(count: usize) -> usize {
    count - ODD.len() - 2
}

in_engines!(whole_folders: folder in Chromium, folder_firefox in Firefox, folder_webkit in WebKit);

async fn whole_folders(journey: &Journey) -> Result<()> {
    let (_server, anna) = start::admin(journey, &[]).await?;
    let count = count(journey.engine());
    let top = plant(journey.files(), count)?;
    let measured = journey.engine() == Engine::Chromium;
    if measured {
        anna.browser.watch_scripts().await?;
        let before = anna.browser.script_time().await?;
        choose(&anna, &top, count).await?;
        let adding = anna.browser.script_time().await? - before;
        ensure!(adding < Duration::from_secs(1), "adding cost {} ms", adding.as_millis());
    } else {
        choose(&anna, &top, count).await?;
    }
    let left_out = anna.browser.text("#left-out").await?;
    ensure!(left_out.contains("3 files"), "what was left out is not told: {left_out}");
    ensure!(anna.browser.error().await?.is_none(), "{:?}", anna.browser.error().await?);
    draws_little(&anna.browser, "#chosen").await?;

    // The same again is no news, and one sentence says so.
    anna.browser.choose("#folder", std::slice::from_ref(&top)).await?;
    let twice = anna.browser.see_error("twice").await?;
    ensure!(twice.text.len() < 500, "{} characters are no sentence", twice.text.len());
    ensure!(shown_count(&anna.browser).await? == count);

    if measured {
        anna.browser.watch_fluency().await?;
    }
    anna.browser.click("#send").await?;
    // Four thousand requests take their time on a busy machine; each half has its own patience.
    until("half of it", LONG, async || {
        let percent = anna.browser.attribute("#overall", "aria-valuenow").await?;
        let is_half = percent.and_then(|text| text.parse::<u8>().ok()).is_some_and(|percent| percent >= 50);
        let is_sent = anna.browser.page().await?.as_deref() == Some("sent");
        Ok((is_half || is_sent).then_some(()))
    })
    .await?;
    let link = anna.sent().await?;
    if measured {
        anna.browser.was_fluent().await.context("while sending")?;
    }
    receive(journey, &anna, &link, &top, count).await
}

async fn receive(journey: &Journey, anna: &Person, link: &Link, top: &Path, count: usize) -> Result<()> {
    let bert = start::recipient(journey, &anna.origin).await?;
    bert.open(link, RECIPIENT, None).await?;
    let browser = &bert.browser;
    draws_little(browser, "#received").await?;
    open_folder(browser, "#received", TOP).await?;
    ensure!(names(browser, TOP).await? == ["1", "Bilder", "Sonderfälle"]);
    let bilder = format!("{TOP}/Bilder");
    open_folder(browser, "#received", &bilder).await?;
    let shown = names(browser, &bilder).await?;
    ensure!(shown.len() == 200 && shown[9] == "Bild 9.jpg" && shown[10] == "Bild 10.jpg", "{shown:?}");
    browser.click(&format!("{} > .file-list > .file-list__more button", item("#received", &bilder))).await?;
    let more = names(browser, &bilder).await?;
    ensure!(more.len() == pictures(count).min(400) && more[200] == "Bild 200.jpg", "{} rows", more.len());
    browser.see_focus_in(&format!("{} [data-name='Bild 200.jpg']", item("#received", &bilder))).await?;
    same_file(&bert, &bilder, "Bild 200.jpg", &top.join("Bilder/Bild 200.jpg")).await?;

    let odd = format!("{TOP}/Sonderfälle");
    open_folder(browser, "#received", &odd).await?;
    let shown = names(browser, &odd).await?;
    demand_safe(&shown)?;
    ensure!(shown.len() == ODD.len() + 1, "{shown:?}");
    for (name, sent) in
        [("ملف.pdf", "ملف.pdf"), ("Rechnungfdp.exe", "Rechnung\u{202e}fdp.exe"), ("leer.txt", "leer.txt")]
    {
        same_file(&bert, &odd, name, &top.join("Sonderfälle").join(sent)).await?;
    }
    let mut path = TOP.to_owned();
    for name in ["1", "2", "3", "4", "5", "6", "7", "8"] {
        path = format!("{path}/{name}");
        open_folder(browser, "#received", &path).await?;
    }
    same_file(&bert, &path, "ganz unten.txt", &top.join("1/2/3/4/5/6/7/8/ganz unten.txt")).await
}

/// Chooses a folder in the picker and waits until all of it is listed.
async fn choose(person: &Person, top: &Path, count: usize) -> Result<()> {
    person.browser.choose("#folder", &[top.to_path_buf()]).await?;
    until("all files to be listed", SOON, async || {
        Ok((shown_count(&person.browser).await? == count).then_some(()))
    })
    .await
}

/// How many files the sum below the list counts.
async fn shown_count(browser: &Browser) -> Result<usize> {
    let script = "return document.querySelector('#chosen-sum')?.innerText.match(/^[0-9.,]+/)?.[0].replace(/[.,]/g, '') ?? '0'";
    Ok(browser.script(script, &[]).await?.as_str().context("a number")?.parse()?)
}

/// Closed folders cost nothing, however much is in them.
async fn draws_little(browser: &Browser, list: &str) -> Result<()> {
    let rows = browser.find_all(&format!("{list} li")).await?.len();
    ensure!(rows == 1, "{rows} rows are drawn of one closed folder");
    Ok(())
}

/// The list item of a folder.
fn item(list: &str, path: &str) -> String {
    format!("{list} .folder[data-folder='{path}']")
}

async fn open_folder(browser: &Browser, list: &str, path: &str) -> Result<()> {
    let item = item(list, path);
    browser.click(&format!("{item} > .file-row > .folder__toggle")).await?;
    browser.see(&format!("{item} > .file-list > li")).await.map(drop)
}

/// What an opened folder lists, in order.
async fn names(browser: &Browser, path: &str) -> Result<Vec<String>> {
    let script = "return [...document.querySelector(arguments[0]).children].filter(e => !e.matches('.file-list__more'))\
                  .map(e => e.querySelector('.file-row__name').textContent)";
    let list = format!("{} > .file-list", item("#received", path));
    let found = browser.script(script, &[list.into()]).await?;
    serde_json::from_value(found).context("a list of names")
}

/// No two names are the same to any file system, and none leaves its folder or opens a device.
fn demand_safe(names: &[String]) -> Result<()> {
    for name in names {
        let stem = name.split('.').next().unwrap_or_default().to_lowercase();
        ensure!(!["con", "aux", "nul"].contains(&stem.as_str()), "{name:?} is a device");
        ensure!(!name.starts_with(['.', ' ']) && !name.ends_with(['.', ' ']), "{name:?} is shown");
        ensure!(!name.contains(|c: char| "/\\:\u{202e}".contains(c)), "{name:?} is shown");
    }
    let mut folded: Vec<_> = names.iter().map(|name| name.to_lowercase().replace("u\u{308}", "ü")).collect();
    folded.sort();
    folded.dedup();
    ensure!(folded.len() == names.len(), "some names are the same to some system: {names:?}");
    Ok(())
}

/// Saves a file of an opened folder and compares its bytes with what was sent.
async fn same_file(person: &Person, folder: &str, name: &str, sent: &Path) -> Result<()> {
    let row = format!("{} > .file-list > [data-name='{name}']", item("#received", folder));
    let index =
        person.browser.attribute(&row, "data-index").await?.with_context(|| format!("no row {row}"))?;
    let saved = person.save(index.parse()?).await?;
    ensure!(files::sha256(&saved)? == files::sha256(sent)?, "{} arrived with other bytes", sent.display());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn folder_keyboard() -> Result<()> {
    Journey::run("folder_keyboard", async |journey| {
        let (_server, anna) = start::admin(journey, &[]).await?;
        let browser = &anna.browser;
        let top = journey.files().join("Ordner");
        fs::create_dir_all(top.join("innen"))?;
        for name in ["oben.txt", "innen/a.txt", "innen/b.txt"] {
            files::write(&top, name, name.as_bytes())?;
        }
        browser.tab_to("#folder").await?;
        browser.choose("#folder", std::slice::from_ref(&top)).await?;
        browser.see("#chosen .folder").await?;
        let toggle = |path: &str| format!("{} > .file-row > .folder__toggle", item("#chosen", path));
        for path in ["Ordner", "Ordner/innen"] {
            browser.tab_to(&toggle(path)).await?;
            browser.press_key(Key::Enter).await?;
            browser.attribute_becomes(&toggle(path), "aria-expanded", &["true"], SOON).await?;
        }
        accessible_in_every_look(browser).await?;
        browser.tab_to(&format!("{} .file-remove", "#chosen [data-name='a.txt']")).await?;
        browser.press(" ").await?;
        browser.see_focus_in("#dropzone").await?;
        ensure!(shown_count(browser).await? == 2);
        // What was open stays open.
        ensure!(
            browser.attribute(&toggle("Ordner/innen"), "aria-expanded").await?.as_deref() == Some("true")
        );
        browser.tab_to(&toggle("Ordner")).await?;
        browser.press(" ").await?;
        browser.attribute_becomes(&toggle("Ordner"), "aria-expanded", &["false"], SOON).await?;
        browser.tab_to(&format!("{} .file-remove", item("#chosen", "Ordner"))).await?;
        browser.press_key(Key::Enter).await?;
        until("an empty list", SOON, async || Ok((shown_count(browser).await? == 0).then_some(()))).await?;
        ensure!(browser.find("#chosen li").await?.is_none());
        Ok(())
    })
    .await
}

async fn accessible_in_every_look(browser: &Browser) -> Result<()> {
    for look in [Look::ENGLISH.phone(), Look::ENGLISH.dark().phone(), Look::ENGLISH.dark(), Look::ENGLISH] {
        browser.show(look).await?;
        let found = axe::findings(browser).await?;
        ensure!(found.is_empty(), "{} px, dark {}: {found:?}", look.width, look.dark);
        let wide = "return document.documentElement.scrollWidth > innerWidth";
        ensure!(browser.script(wide, &[]).await? == false, "{} px: it runs out of the page", look.width);
    }
    Ok(())
}

/// As many files as a delivery may hold: the page stays fluent while they are chosen, listed, and taken away again.
#[tokio::test(flavor = "multi_thread")]
async fn folder_of_ten_thousand() -> Result<()> {
    Journey::run("folder_of_ten_thousand", async |journey| {
        let (_server, anna) = start::admin(journey, &[]).await?;
        let browser = &anna.browser;
        let top = journey.files().join("Archiv");
        for folder in 0..20 {
            let folder = top.join(format!("Jahr {}", 2000 + folder));
            fs::create_dir_all(&folder)?;
            for number in 0..500 {
                files::write(&folder, &format!("Blatt {number}.txt"), b"x")?;
            }
        }
        browser.watch_scripts().await?;
        let cost = async |what: &str, before: Duration, most: u64| -> Result<Duration> {
            let now = browser.script_time().await?;
            let took = now.saturating_sub(before);
            ensure!(took < Duration::from_secs(most), "{what} took {took:?} of the page's time");
            Ok(now)
        };
        let spent = browser.script_time().await?;
        choose(&anna, &top, 10_000).await?;
        let spent = cost("choosing", spent, 4).await?;
        ensure!(browser.error().await?.is_none(), "{:?}", browser.error().await?);
        open_folder(browser, "#chosen", "Archiv").await?;
        let year = "Archiv/Jahr 2007";
        open_folder(browser, "#chosen", year).await?;
        let more = format!("{} > .file-list > .file-list__more button", item("#chosen", year));
        browser.click(&more).await?;
        browser.click(&format!("{} [data-name='Blatt 399.txt'] .file-remove", item("#chosen", year))).await?;
        until("one file less", SOON, async || Ok((shown_count(browser).await? == 9_999).then_some(())))
            .await?;
        let spent = cost("removing a file", spent, 2).await?;
        browser.fill("#subject", "Alles").await?;
        browser.click(&format!("{} > .file-row .file-remove", item("#chosen", year))).await?;
        until("a folder less", SOON, async || Ok((shown_count(browser).await? == 9_500).then_some(())))
            .await?;
        let spent = cost("removing a folder", spent, 2).await?;

        // One file more than a delivery may hold is told before anything is sent.
        for number in 0..501 {
            files::write(&top.join("Jahr 2000"), &format!("Nachtrag {number}.txt"), b"x")?;
        }
        fs::remove_dir_all(journey.files().join(year))?;
        browser.choose("#folder", std::slice::from_ref(&top)).await?;
        browser.see_error("too-many-files").await?;
        cost("choosing too many", spent, 4).await.map(drop)
    })
    .await
}

/// A folder that was copied in the system's file manager is pasted. The driver has no clipboard with files: what a drop
/// brings is handed on as the clipboard's.
#[tokio::test(flavor = "multi_thread")]
async fn folder_paste() -> Result<()> {
    Journey::run("folder_paste", async |journey| {
        let (_server, anna) = start::admin(journey, &[]).await?;
        let browser = &anna.browser;
        let top = journey.files().join("Ordner");
        fs::create_dir_all(top.join("innen"))?;
        files::write(&top.join("innen"), "a.txt", b"a")?;
        let single = files::write(journey.files(), "einzeln.txt", b"x")?;
        let hand_on = "addEventListener('drop', event => { event.preventDefault(); event.stopImmediatePropagation(); \
                       const paste = new ClipboardEvent('paste', \
                       { clipboardData: event.dataTransfer, bubbles: true, cancelable: true }); \
                       document.querySelector('#message').dispatchEvent(paste) }, { capture: true, once: true })";
        browser.script(hand_on, &[]).await?;
        browser.drop_files("#dropzone", &[top, single]).await?;
        until("both files", SOON, async || Ok((shown_count(browser).await? == 2).then_some(()))).await?;
        open_folder(browser, "#chosen", "Ordner").await?;
        browser.see("#chosen > [data-name='einzeln.txt']").await?;
        let link = anna.send().await?;
        let bert = start::recipient(journey, &anna.origin).await?;
        bert.open(&link, RECIPIENT, None).await?;
        open_folder(&bert.browser, "#received", "Ordner").await?;
        open_folder(&bert.browser, "#received", "Ordner/innen").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn folder_drop() -> Result<()> {
    Journey::run("folder_drop", async |journey| {
        let (_server, anna) = start::admin(journey, &[]).await?;
        let browser = &anna.browser;
        let top = journey.files().join("Ordner");
        fs::create_dir_all(top.join("innen/tief"))?;
        fs::create_dir_all(top.join("leer"))?;
        // More than a browser gives at a time.
        for number in 0..250 {
            files::write(&top.join("innen/tief"), &format!("{number}.txt"), b"x")?;
        }
        files::write(&top, ".DS_Store", b"x")?;
        let single = files::write(journey.files(), "einzeln.txt", b"x")?;
        browser.drop_files("#dropzone", &[top.clone(), single]).await?;
        until("all files", SOON, async || Ok((shown_count(browser).await? == 251).then_some(()))).await?;
        browser.see("#chosen > [data-name='einzeln.txt']").await?;
        for path in ["Ordner", "Ordner/innen", "Ordner/innen/tief"] {
            open_folder(browser, "#chosen", path).await?;
        }
        ensure!(browser.text("#left-out").await?.contains("1 file "));
        browser.drop_files("#dropzone", &[top.join("leer")]).await?;
        browser.see_error("empty-folder").await?;
        ensure!(shown_count(browser).await? == 251, "an error took files away");
        Ok(())
    })
    .await
}
