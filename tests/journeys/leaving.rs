//! Whoever leaves a half-written delivery is asked first; who has written nothing is not.

use anyhow::{Result, ensure};
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
        browser.click(".place[href='/sent']").await?;
        browser.answer_leaving(true).await?;
        browser.at("sent-list").await
    })
    .await
}
