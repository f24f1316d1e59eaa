//! The recipient's half of the tour.

use anyhow::Result;
use harness::{
    line::{Line, Way},
    link::Link,
    person::{Person, RECIPIENT},
    proxy::{Answers, Fault, Proxy},
    wait::{LONG, SOON, until},
};

use super::{CRAWL, PASSWORD, WALK, hurry, sending::open_folders};
use crate::preview;

/// From the link to the files.
pub(super) async fn walk(
    visitor: &Person,
    proxy: &Proxy,
    line: &Line,
    link: &Link,
    look: &impl AsyncFn(&str) -> Result<()>,
) -> Result<()> {
    let browser = &visitor.browser;
    browser.visit(&link.text()).await?;
    browser.at("open").await?;
    look("open").await?;
    visitor.give(RECIPIENT, Some("Regen über Görlitz")).await?;
    browser.see_error("wrong-password").await?;
    look("open-wrong").await?;
    browser.visit(&link.escaped()).await?;
    browser.see("#secret-was-sent").await?;
    look("open-escaped").await?;
    visitor.open(link, RECIPIENT, Some(PASSWORD)).await?;
    look("delivery").await?;
    open_folders(visitor, "#received").await?;
    look("delivery-folders").await?;
    for (index, stop) in [(1, "preview-picture"), (2, "preview-pdf"), (3, "preview-text")] {
        preview::look(browser, index).await?;
        look(stop).await?;
        preview::close(browser, index).await?;
    }
    archive(visitor, line, look).await?;
    damaged(visitor, proxy, link, look).await
}

/// All files as one archive, on its way.
async fn archive(visitor: &Person, line: &Line, look: &impl AsyncFn(&str) -> Result<()>) -> Result<()> {
    let browser = &visitor.browser;
    line.pace(Way::Down, WALK);
    browser.click("#save-archive").await?;
    until("some of the archive", SOON, async || {
        let percent = browser.attribute("#archives progress", "value").await?;
        Ok(percent.and_then(|text| text.parse::<u8>().ok()).filter(|percent| *percent >= 25))
    })
    .await?;
    line.pace(Way::Down, CRAWL);
    look("delivery-archive").await?;
    browser.click("#archives .file-pause").await?;
    browser.attribute_becomes("#archives .file-row", "data-state", &["paused"], SOON).await?;
    hurry(line, Way::Down);
    browser.click("#archives .file-pause").await?;
    browser.attribute_becomes("#archives .file-row", "data-state", &["saved"], LONG).await.map(drop)
}

async fn damaged(
    visitor: &Person,
    proxy: &Proxy,
    link: &Link,
    look: &impl AsyncFn(&str) -> Result<()>,
) -> Result<()> {
    let browser = &visitor.browser;
    visitor.open(link, RECIPIENT, Some(PASSWORD)).await?;
    visitor.save(0).await?;
    proxy.lie(Answers::Blob, Fault::FlipLastBit);
    browser.click("#received .file-row[data-index='1'] .file-save").await?;
    let damaged = "#received .file-row[data-index='1']";
    browser.attribute_becomes(damaged, "data-state", &["damaged"], LONG).await?;
    look("delivery-saved-and-damaged").await?;
    proxy.lie(Answers::Cover, Fault::FlipLastBit);
    browser.visit(&link.text()).await?;
    browser.at("open").await?;
    visitor.give(RECIPIENT, Some(PASSWORD)).await?;
    browser.at("damaged").await?;
    look("damaged").await?;
    proxy.be_honest();
    Ok(())
}
