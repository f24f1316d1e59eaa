//! Whoever leaves a half-written delivery is asked first; who has written nothing is not.

use anyhow::{Context, Result, ensure};
use harness::{
    browser::Look,
    journey::Journey,
    person::{ADMIN, Letter, Person},
};

#[tokio::test(flavor = "multi_thread")]
async fn leaving() -> Result<()> {
    Journey::run("leaving", async |journey| {
        let server = journey.server(&[]).await?;
        let browser = journey.browser("anna", Look { asked: true, ..Look::ENGLISH }).await?;
        let anna = Person::new(browser, server.origin());
        anna.set_up(&server, &ADMIN).await?;
        let browser = &anna.browser;
        browser.click(".place[href='/inbox']").await?;
        browser.at("inbox").await?;

        browser.click(".place[href='/new']").await?;
        anna.compose(&Letter { message: "Guten Tag", ..Letter::default() }).await?;
        for way in [".place[href='/sent']", ".brand"] {
            browser.click(way).await?;
            browser.answer_leaving(false).await?;
            browser.at("new").await?;
            ensure!(browser.value("#message").await? == "Guten Tag", "staying lost what was written");
        }
        // The way back, twice: the page is still there after the first time.
        for time in ["once", "twice"] {
            browser.go_back().await?;
            browser.answer_leaving(false).await.with_context(|| format!("back {time}"))?;
            browser.at("new").await?;
            ensure!(browser.value("#message").await? == "Guten Tag", "going back lost what was written");
            ensure!(browser.address().await?.ends_with("/new"), "{}", browser.address().await?);
        }
        browser.go_back().await?;
        browser.answer_leaving(true).await.context("back for good")?;
        browser.at("inbox").await?;

        // Nothing is written: nobody is asked, and nothing is loaded anew.
        browser.script("window.same = true", &[]).await?;
        browser.click(".place[href='/new']").await?;
        browser.at("new").await?;
        browser.click(".place[href='/sent']").await?;
        browser.at("sent-list").await?;
        browser.go_back().await?;
        browser.at("new").await?;
        browser.click(".place[href='/sent']").await?;
        browser.at("sent-list").await?;
        ensure!(browser.script("return window.same", &[]).await? == true, "a page was loaded anew");

        browser.click(".place[href='/new']").await?;
        anna.compose(&Letter { message: "Guten Tag", ..Letter::default() }).await?;
        browser.click(".place[href='/sent']").await?;
        browser.answer_leaving(true).await?;
        browser.at("sent-list").await
    })
    .await
}
