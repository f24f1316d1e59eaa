//! The sender's half of the tour.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use harness::{
    files,
    journey::Journey,
    line::{Line, Way},
    link::Link,
    person::{ADMIN, Letter, Person},
    proxy::Proxy,
    wait::{SOON, until},
};

use super::{CRAWL, FOLDER, PASSWORD, WALK, hurry};
use crate::{preview, resume, sessions};

/// What the picture of the preview shows.
const DRAWING: &str = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 600 400'>\
    <rect width='600' height='400' fill='#f4f1e8'/><path d='M0 320H600V360H0z' fill='#d8d4c8'/>\
    <path d='M40 40H360V290H40z' fill='#e3edd6' stroke='#333' stroke-width='3'/>\
    <path d='M380 40H560V290H380z' fill='none' stroke='#999' stroke-dasharray='8 6' stroke-width='2'/>\
    <path d='M110 90H250V210H110z' fill='#d9a093' stroke='#333' stroke-width='2'/>\
    <circle cx='310' cy='110' r='26' fill='#8fb174'/><circle cx='300' cy='230' r='20' fill='#8fb174'/>\
    <g font-family='sans-serif' font-size='20' fill='#222'><text x='140' y='158'>Haus 7</text>\
    <text x='60' y='275'>12-7</text><text x='440' y='175'>12-8</text><text x='250' y='348'>Am Anger</text></g></svg>";

/// Files of some kinds, and a folder in a folder.
fn documents(folder: &Path) -> Result<Letter<'static>> {
    let plan = "Lageplan Flurstück 12-7, Maßstab 1 zu 500, Stand 2026-11.svg";
    let hints = "Hinweise zum Bescheid\n\nDie Genehmigung gilt drei Jahre.\nBaubeginn bitte eine Woche vorher anzeigen.\n";
    for name in ["Erdgeschoss/Grundriss.pdf", "Erdgeschoss/Schnitt A-A.pdf", "Ansicht Süd.png"] {
        let path = folder.join(FOLDER).join(name);
        fs::create_dir_all(path.parent().context("a file in a folder")?)?;
        files::make(&folder.join(FOLDER), name, 180_000)?;
    }
    Ok(Letter {
        subject: "Ihre Baugenehmigung",
        message: "Guten Tag Herr Winter,\n\nanbei der Bescheid mit Lageplan. Bei Fragen rufen Sie mich gern an.\n\nAnna Grün",
        files: vec![
            files::make(folder, "Bauakte 2019 bis 2026.zip", 30_000_000)?,
            files::write(folder, plan, DRAWING.as_bytes())?,
            files::write(folder, "Bescheid.pdf", &preview::pdf(&["Baugenehmigung".to_owned()], "", ""))?,
            files::write(folder, "Hinweise.txt", hints.as_bytes())?,
        ],
        password: Some(PASSWORD),
        days: Some(14),
        ..Letter::default()
    })
}

/// From the empty form to the link.
pub(super) async fn walk(
    visitor: &Person,
    journey: &Journey,
    line: &Line,
    look: &impl AsyncFn(&str) -> Result<()>,
) -> Result<Link> {
    let browser = &visitor.browser;
    look("new").await?;
    browser.click("#send").await?;
    browser.see_error("empty").await?;
    look("new-empty").await?;
    visitor.compose(&documents(journey.files())?).await?;
    browser.choose("#folder", &[journey.files().join(FOLDER)]).await?;
    open_folders(visitor, "#chosen").await?;
    look("new-filled").await?;
    sessions::end_session(visitor).await?;
    line.pace(Way::Up, WALK);
    browser.click("#send").await?;
    browser.see("#login-dialog").await?;
    look("login-again").await?;
    visitor.give_login(&ADMIN).await?;
    // Some parts have arrived: a pause takes back only what was on its way.
    until("some progress", SOON, async || {
        let percent = browser.attribute("#overall", "aria-valuenow").await?;
        Ok(percent.and_then(|text| text.parse::<u8>().ok()).filter(|percent| *percent >= 65))
    })
    .await?;
    line.pace(Way::Up, CRAWL);
    look("sending").await?;
    browser.click("#pause").await?;
    browser.see(".sending[data-paused=true]").await?;
    look("paused").await?;
    hurry(line, Way::Up);
    browser.click("#pause").await?;
    let link = visitor.sent().await?;
    look("sent").await?;
    Ok(link)
}

/// Opens the folder and the one in it.
pub(super) async fn open_folders(visitor: &Person, list: &str) -> Result<()> {
    for path in [FOLDER.to_owned(), format!("{FOLDER}/Erdgeschoss")] {
        let folder = format!("{list} .folder[data-folder='{path}']");
        visitor.browser.click(&format!("{folder} > .file-row > .folder__toggle")).await?;
        visitor.browser.see(&format!("{folder} > .file-list > li")).await?;
    }
    Ok(())
}

/// A second delivery, of which the page is closed too early.
pub(super) async fn unfinished(
    visitor: &Person,
    journey: &Journey,
    proxy: &Proxy,
    look: &impl AsyncFn(&str) -> Result<()>,
) -> Result<()> {
    let browser = &visitor.browser;
    visitor.start_another().await?;
    let (small, large) = resume::two_files(journey.files())?;
    visitor
        .compose(&Letter {
            subject: "Gutachten, zweiter Teil",
            files: vec![small, large],
            ..Letter::default()
        })
        .await?;
    resume::stop_after_two_parts(visitor, proxy).await?;
    browser.see(".unfinished").await?;
    look("new-unfinished").await?;
    browser.click(".unfinished .go-on").await?;
    browser.see("#goes-on").await?;
    look("new-goes-on").await
}
