//! On every page, in both languages, light and dark, on a desktop and on the narrowest phone: axe finds nothing, nothing runs out
//! of the page, and what is tapped is large enough.

use anyhow::{Context, Result, ensure};
use harness::{
    axe,
    browser::{Browser, Look},
    journey::Journey,
};

use crate::responsive::fits;
use crate::tour;

/// The narrowest phone, in the dark.
const PHONE: Look = Look { width: 360, height: 640, ..Look::ENGLISH.dark() };
/// Puts what a browser without scripts shows where axe looks.
const OPEN_NOSCRIPT: &str = "document.querySelector('#starting').remove(); \
    const hidden = document.querySelector('noscript'); hidden.replaceWith(...hidden.childNodes)";

#[tokio::test(flavor = "multi_thread")]
async fn accessibility() -> Result<()> {
    Journey::run("accessibility", async |journey| {
        let mut all = Vec::new();
        let found = std::sync::Mutex::new(&mut all);
        tour::walk(journey, async |browser, stop| {
            let here = every_look(browser, stop).await?;
            found.lock().map_err(|_| anyhow::anyhow!("poisoned"))?.extend(here);
            Ok(())
        })
        .await?;
        ensure!(all.is_empty(), "axe found {} things:\n{}", all.len(), all.join("\n"));
        Ok(())
    })
    .await
}

/// Each language, each brightness and each size at least once: no rule of the style sheet depends on two of them.
async fn every_look(browser: &Browser, stop: &str) -> Result<Vec<String>> {
    let mut all = Vec::new();
    let mut find = async |look: Look, language: &str| -> Result<()> {
        browser.show(look).await?;
        let found = axe::findings(browser).await?;
        let about = format!("{stop}, {language}, {} px, dark {}", look.width, look.dark);
        all.extend(found.into_iter().map(|finding| format!("{about}: {finding}")));
        Ok(())
    };
    if stop == "no-javascript" {
        // axe passes over what stands in `noscript`, whether it is shown or not.
        browser.script(OPEN_NOSCRIPT, &[]).await?;
    }
    find(Look::ENGLISH, "English").await?;
    browser.show(PHONE).await?;
    fits(browser).await.context("in English")?;
    tour::switch_language(browser).await?;
    find(PHONE, "German").await?;
    fits(browser).await.context("in German")?;
    tour::switch_language(browser).await?;
    browser.show(Look::ENGLISH).await?;
    Ok(all)
}
