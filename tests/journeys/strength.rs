//! What estimates how long a SecuPass would last is loaded from our own host once somebody types one. While it cannot be
//! loaded, nothing of one's own choice is taken, but the words that are proposed are.

use anyhow::{Result, ensure};
use harness::{
    browser::{Browser, Engine, Look},
    journey::Journey,
    person::{ADMIN, Person},
    proxy::{Answers, Fault, Proxy},
    secupass::{LEVELS, SECUPASS, recovery_code, type_new},
    wait::{SOON, until},
};

use serde_json::Value;

use crate::start::in_engines;

in_engines!(strength_is_estimated: strength in Chromium, strength_firefox in Firefox, strength_webkit in WebKit);

async fn strength_is_estimated(journey: &Journey) -> Result<()> {
    let server = journey.server(&[LEVELS]).await?;
    let proxy = Proxy::start(server.port()).await?;
    let browser = journey.browser("anna", Look::ENGLISH).await?;
    // The set-up has a password chosen, of which the strength is told as well: not through the proxy.
    Person::new(browser.clone(), server.origin()).set_up(&server, &ADMIN).await?;
    let anna = Person::new(browser, proxy.origin());
    let browser = &anna.browser;
    let loaded = || {
        let all = proxy.seen().all();
        all.iter().filter(|seen| seen.target.starts_with("/assets/strength-")).count()
    };

    anna.visit("/settings").await?;
    browser.click("#secupass-begin").await?;
    browser.see("#secupass").await?;
    ensure!(loaded() == 0, "it is loaded before anything was typed");

    // It cannot be loaded.
    proxy.lie(Answers::Estimator, Fault::NoAnswer);
    type_new(browser, SECUPASS, SECUPASS).await?;
    browser.see("#secupass-rate").await?;
    ensure!(loaded() > 0, "it was not asked for");
    ensure!(browser.text("#secupass-strength").await?.contains("have six words proposed"));
    browser.click("#secupass-create").await?;
    browser.see_error("secupass-unrated").await?;
    browser.click("#secupass-propose").await?;
    browser.see(".scale[data-rating=strong]").await?;
    let six = browser.value("#secupass").await?;
    ensure!(browser.text("#secupass-words").await? == six, "the words are not shown whole");
    browser.fill("#secupass-again", &six).await?;
    browser.click("#secupass-create").await?;
    recovery_code(browser).await?;
    browser.click("#secupass-stop").await?;

    // It can be loaded again.
    browser.click("#secupass-begin").await?;
    type_new(browser, SECUPASS, SECUPASS).await?;
    browser.see("#secupass-rate").await?;
    proxy.be_honest();
    browser.click("#secupass-rate").await?;
    browser.see(".scale[data-rating=strong]").await?;
    ensure!(browser.find("#secupass-rate").await?.is_none(), "it can be tried again in vain");

    // A long text is judged by its beginning, and the page goes on meanwhile. However late a good estimate comes, the button
    // stays where somebody may just be pressing it.
    for look in [Look::ENGLISH.phone(), Look::ENGLISH] {
        if browser.engine() == Engine::Chromium {
            browser.show(look).await?;
        }
        browser.fill("#secupass", "A").await?;
        let place = button(browser).await?;
        let long = "aB3$".repeat(200);
        type_new(browser, &long, &long).await?;
        until("the estimate", SOON, async || {
            Ok(browser.text("#secupass-strength").await?.contains("again and again").then_some(()))
        })
        .await?;
        type_new(browser, SECUPASS, SECUPASS).await?;
        browser.see(".scale[data-rating=strong]").await?;
        let moved = button(browser).await?;
        ensure!(moved == place, "what is said of it moves the button from {place} to {moved}");
    }
    browser.click("#secupass-create").await?;
    recovery_code(browser).await.map(drop)
}

/// Where on the page the button is that takes the SecuPass.
async fn button(browser: &Browser) -> Result<Value> {
    let place = "const { top } = document.querySelector('#secupass-create').getBoundingClientRect(); \
                 return Math.round(top + scrollY)";
    browser.script(place, &[]).await
}
