//! axe finds nothing on any page: in both languages, light and dark, on a desktop and on a phone.

use anyhow::{Result, ensure};
use harness::{
    axe,
    browser::{Browser, Look},
    journey::Journey,
};

use crate::tour;

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

/// Both languages in one look and its opposite: colours and sizes do not depend on the language, nor words on them.
async fn every_look(browser: &Browser, stop: &str) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for look in [Look::ENGLISH, Look::ENGLISH.dark(), Look::ENGLISH.dark().phone(), Look::ENGLISH.phone()] {
        browser.show(look).await?;
        let found = axe::findings(browser).await?;
        all.extend(
            found
                .into_iter()
                .map(|finding| format!("{stop}, {} px, dark {}: {finding}", look.width, look.dark)),
        );
    }
    tour::switch_language(browser).await?;
    all.extend(
        axe::findings(browser).await?.into_iter().map(|finding| format!("{stop}, other language: {finding}")),
    );
    tour::switch_language(browser).await?;
    browser.show(Look::ENGLISH).await?;
    Ok(all)
}
