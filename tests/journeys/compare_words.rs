//! Two people compare the words of a key, and from then on it is known, in every browser of who compared.

use anyhow::{Context, Result, ensure};
use harness::{
    browser::{Browser, Look},
    journey::Journey,
    person::{ADMIN, Person},
    secupass::{self, LEVELS, OTHER, SECUPASS},
    wait::{SOON, until},
};

use crate::level_4::{KARL, STAFF, join};

/// Asks for a key in the settings.
pub(crate) async fn ask(browser: &Browser, email: &str, standing: &str) -> Result<()> {
    browser.fill("#check-email", email).await?;
    browser.click("#check-submit").await?;
    let told = format!("#check-told [data-standing={standing}]");
    browser.see(&told).await.with_context(|| format!("{email} is {standing}")).map(drop)
}

pub(crate) async fn is_closed(browser: &Browser) -> Result<()> {
    until("the dialog to close", SOON, async || {
        Ok(browser.find("#compare-dialog").await?.is_none().then_some(()))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn compare_words() -> Result<()> {
    Journey::run("compare_words", async |journey| {
        let server = journey.server(&[LEVELS, STAFF]).await?;
        let anna = Person::new(journey.browser("anna", Look::GERMAN).await?, server.origin());
        anna.set_up(&server, &ADMIN).await?;
        anna.visit("/settings").await?;
        secupass::choose(&anna.browser, SECUPASS).await?;
        let laptop = Person::new(journey.browser("laptop", Look::GERMAN).await?, server.origin());
        laptop.log_in(&ADMIN).await?;
        laptop.visit("/settings").await?;
        secupass::unlock(&laptop.browser, SECUPASS).await?;
        let karl = Person::new(journey.browser("karl", Look::GERMAN).await?, server.origin());

        // Whoever has no SecuPass has no words.
        ask(&anna.browser, KARL.email, "needs-keys").await?;
        anna.browser.fill("#check-email", "karl").await?;
        anna.browser.click("#check-submit").await?;
        anna.browser.see_error("email").await?;

        join(&karl, server.mailbox(), &KARL, OTHER).await?;
        karl.browser.click("#own-words-show").await?;
        let read_out = karl.browser.text("#own-words .words").await?;
        ensure!(read_out.split_whitespace().count() == 8, "{read_out}");

        // On the laptop they are the same, once Anna has looked closely.
        let browser = &laptop.browser;
        ask(browser, KARL.email, "vouched").await?;
        browser.see("#compare-dialog[open]").await?;
        ensure!(browser.text("#compare-dialog .words").await? == read_out, "other words than Karl's");
        browser.click("#compare-differ").await?;
        browser.see("#compare-warning:not(:empty)").await?;
        browser.click("#compare-close").await?;
        is_closed(browser).await?;
        ask(browser, KARL.email, "vouched").await?;
        browser.click("#compare-same").await?;
        browser.see("#check-told [data-standing=compared]").await?;
        is_closed(browser).await?;

        // The other browser has not heard of it: it finds what the laptop has stored, and does it on top of that.
        let browser = &anna.browser;
        ask(browser, KARL.email, "vouched").await?;
        browser.click("#compare-same").await?;
        browser.see("#check-told [data-standing=compared]").await?;
        is_closed(browser).await?;
        for person in [&anna, &laptop] {
            person.visit("/settings").await?;
            secupass::unlock(&person.browser, SECUPASS).await?;
            ask(&person.browser, KARL.email, "compared").await?;
        }
        Ok(())
    })
    .await
}
