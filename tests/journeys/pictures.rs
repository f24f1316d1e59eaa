//! Pictures of every page for README and docs. Not a proof, so it runs only when asked for: `cargo xtask pictures`.

use std::path::{Path, PathBuf};

use anyhow::Result;
use harness::{
    browser::{Browser, Look},
    journey::Journey,
};

use crate::tour;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes pictures; cargo xtask pictures runs it"]
async fn pictures() -> Result<()> {
    let default = || harness::workspace().join("target/pictures");
    let folder = std::env::var_os("SIEGEL_PICTURES").map_or_else(default, PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    Journey::run("pictures", async |journey| {
        tour::walk(journey, async |browser, stop| {
            take_all(browser, &folder, stop, "en").await?;
            tour::switch_language(browser).await?;
            take_all(browser, &folder, stop, "de").await?;
            tour::switch_language(browser).await?;
            browser.show(Look::ENGLISH).await
        })
        .await
    })
    .await
}

async fn take_all(browser: &Browser, folder: &Path, stop: &str, language: &str) -> Result<()> {
    for look in [Look::ENGLISH, Look::ENGLISH.dark(), Look::ENGLISH.phone(), Look::ENGLISH.phone().dark()] {
        let device = if look.width < 500 { "phone" } else { "desktop" };
        let light = if look.dark { "dark" } else { "light" };
        browser.show(look).await?;
        // As high as the page is, so that a picture shows all of it; a dialog is as high as the screen.
        let height =
            "return document.querySelector('dialog[open]') ? 0 : document.documentElement.scrollHeight";
        let height = browser.script(height, &[]).await?.as_u64();
        let height = height.and_then(|pixels| u32::try_from(pixels).ok()).unwrap_or(look.height);
        browser.show(Look { height: height.max(look.height), ..look }).await?;
        // Without the ring around what was pressed last, and with the pointer out of the way.
        browser.rest_pointer().await?;
        browser.script("document.activeElement?.blur(); scrollTo(0, 0)", &[]).await?;
        browser.script_async("await document.fonts.ready", &[]).await?;
        browser.screenshot(&folder.join(format!("{stop}-{device}-{light}-{language}.png"))).await?;
    }
    Ok(())
}
