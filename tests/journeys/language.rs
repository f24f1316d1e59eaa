//! German and English: the browser's wish first, then the person's, remembered; and nothing typed is lost by switching.

use anyhow::{Result, ensure};
use harness::{
    browser::{Browser, Look},
    journey::Journey,
    person::{ADMIN, Person},
    wait::{SOON, until},
};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn language() -> Result<()> {
    Journey::run("language", async |journey| {
        let server = journey.server(&[]).await?;
        let anna = Person::new(journey.browser("anna", Look::GERMAN).await?, server.origin());
        anna.set_up(&server, &ADMIN).await?;
        let browser = &anna.browser;
        speaks(browser, "de").await?;
        let german = (browser.text("h1").await?, title(browser).await?);
        browser.fill("#message", "Angefangen").await?;

        browser.click("#language").await?;
        speaks(browser, "en").await?;
        let english = (browser.text("h1").await?, title(browser).await?);
        ensure!(
            german.0 != english.0 && german.1 != english.1,
            "heading or title stay: {german:?} {english:?}"
        );
        ensure!(browser.value("#message").await? == "Angefangen", "switching lost the message");
        browser.click("#send").await?;
        browser.at("sent").await?;

        browser.visit(&server.origin()).await?;
        browser.at("new").await?;
        speaks(browser, "en").await?;
        // It is her account's now: another browser of hers, which would speak German, follows.
        let laptop = Person::new(journey.browser("laptop", Look::GERMAN).await?, server.origin());
        laptop.log_in(&ADMIN).await?;
        speaks(&laptop.browser, "en").await?;
        // The page speaks the other one also when the account cannot be reached, and makes no fuss.
        let block =
            async |urls: Value| browser.devtools("Network.setBlockedURLs", json!({ "urls": urls })).await;
        browser.devtools("Network.enable", json!({})).await?;
        block(json!(["*/api/account"])).await?;
        browser.click("#language").await?;
        speaks(browser, "de").await?;
        ensure!(browser.error().await?.is_none(), "an error for what nobody asked for");
        block(json!([])).await?;
        let bert = journey.browser("bert", Look::ENGLISH).await?;
        bert.visit(&server.origin()).await?;
        speaks(&bert, "en").await
    })
    .await
}

async fn speaks(browser: &Browser, language: &str) -> Result<()> {
    until(format!("a page in “{language}”"), SOON, async || {
        Ok((browser.attribute("html", "lang").await?.as_deref() == Some(language)).then_some(()))
    })
    .await
}

async fn title(browser: &Browser) -> Result<String> {
    Ok(browser.script("return document.title", &[]).await?.as_str().unwrap_or_default().to_owned())
}
