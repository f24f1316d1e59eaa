//! Another recovery code, other keys, a new beginning; and a server that denies that there are any.

use anyhow::{Context, Result, ensure};
use harness::{
    browser::{Browser, Look},
    journey::Journey,
    person::{ADMIN, Person},
    proxy::{Answers, Fault, Proxy},
    secupass::{self, LEVELS, OTHER, SECUPASS},
    wait::{SOON, until},
};

use crate::start;

/// A third one.
const THIRD: &str = "Sieben Igel suchen nachts Kartoffeln";

/// The words of one's own key, on the page “settings”.
async fn own_key(browser: &Browser) -> Result<String> {
    browser.click("#own-words-show").await?;
    browser.text("#own-words-shown").await
}

/// Makes a new recovery code; ends before the question for the password.
async fn new_code(person: &Person, secupass: &str) -> Result<String> {
    let browser = &person.browser;
    browser.click("#recovery-renew").await?;
    browser.fill("#secupass-old", secupass).await?;
    browser.click("#secupass-create").await?;
    let code = secupass::recovery_code(browser).await?;
    browser.click("#recovery-next").await?;
    browser.fill("#recovery-code", &code).await?;
    browser.click("#recovery-finish").await?;
    Ok(code)
}

/// Changes the SecuPass with the recovery code.
async fn change_by(person: &Person, code: &str, secupass: &str) -> Result<()> {
    let browser = &person.browser;
    browser.click("#secupass-change").await?;
    browser.click("#secupass-other").await?;
    browser.fill("#recovery-code", code).await?;
    secupass::type_new(browser, secupass, secupass).await?;
    browser.click("#secupass-save").await
}

#[tokio::test(flavor = "multi_thread")]
async fn recovery_code_renewed() -> Result<()> {
    Journey::run("recovery_code_renewed", async |journey| {
        let (_server, anna) = start::admin(journey, &[LEVELS]).await?;
        let browser = &anna.browser;
        anna.visit("/settings").await?;
        let old = secupass::choose(browser, SECUPASS).await?;
        browser.click("#recovery-renew").await?;
        browser.fill("#secupass-old", OTHER).await?;
        browser.click("#secupass-create").await?;
        browser.see_error("secupass-wrong").await?;
        browser.click("#secupass-stop").await?;
        let new = new_code(&anna, SECUPASS).await?;
        anna.confirm(ADMIN.password).await?;
        browser.see("#recovery-renew").await?;
        ensure!(new != old, "the same code");

        // The SecuPass stays, the old sheet is of no use any more, and the new one opens.
        anna.visit("/settings").await?;
        secupass::unlock(browser, SECUPASS).await?;
        change_by(&anna, &old, OTHER).await?;
        browser.see_error("secupass-wrong").await?;
        browser.click("#secupass-stop").await?;
        change_by(&anna, &new, OTHER).await?;
        browser.see("#secupass-change").await?;
        anna.visit("/settings").await?;
        secupass::unlock(browser, OTHER).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn rotate() -> Result<()> {
    Journey::run("rotate", async |journey| {
        let (server, anna) = start::admin(journey, &[LEVELS]).await?;
        let browser = &anna.browser;
        anna.visit("/settings").await?;
        let old = secupass::choose(browser, SECUPASS).await?;
        let before = own_key(browser).await?;
        browser.click("#keys-rotate").await?;
        browser.fill("#secupass-old", SECUPASS).await?;
        secupass::type_new(browser, SECUPASS, SECUPASS).await?;
        browser.click("#secupass-create").await?;
        browser.see_error("secupass-same").await?;
        let new = secupass::create(browser, OTHER).await?;
        anna.confirm(ADMIN.password).await?;
        browser.see("#keys-rotate").await?;
        browser.see("#secupass-state[data-state=unlocked]").await?;
        ensure!(new != old, "the same code");

        // Another browser finds other keys, which only the new SecuPass opens.
        let laptop = Person::new(journey.browser("laptop", Look::ENGLISH).await?, server.origin());
        laptop.log_in(&ADMIN).await?;
        laptop.visit("/settings").await?;
        secupass::is_refused(&laptop.browser, SECUPASS).await?;
        secupass::unlock(&laptop.browser, OTHER).await?;
        let after = own_key(&laptop.browser).await?;
        ensure!(before != after, "the same keys: {before}");
        change_by(&laptop, &old, THIRD).await?;
        laptop.browser.see_error("secupass-wrong").await.map(drop)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn reset_keys() -> Result<()> {
    Journey::run("reset_keys", async |journey| {
        let (server, anna) = start::admin(journey, &[LEVELS]).await?;
        let browser = &anna.browser;
        anna.visit("/settings").await?;
        let old = secupass::choose(browser, SECUPASS).await?;
        anna.begin_anew(&ADMIN, OTHER).await?;
        until("a mail that tells of it", SOON, async || {
            let told = server.mailbox().next(ADMIN.email).await?;
            Ok(told.filter(|mail| mail.text.contains("was reset")))
        })
        .await?;

        // This browser has seen the vault that is lost, and takes the new one for newer.
        anna.visit("/settings").await?;
        secupass::is_refused(browser, SECUPASS).await?;
        secupass::unlock(browser, OTHER).await?;
        change_by(&anna, &old, THIRD).await?;
        browser.see_error("secupass-wrong").await.map(drop)
    })
    .await
}

/// A server that says “no keys” where this browser has seen some is contradicted, and gets no new ones.
#[tokio::test(flavor = "multi_thread")]
async fn keys_denied() -> Result<()> {
    Journey::run("keys_denied", async |journey| {
        let server = journey.server(&[LEVELS]).await?;
        let proxy = Proxy::start(server.port()).await?;
        let anna = Person::new(journey.browser("anna", Look::ENGLISH).await?, proxy.origin());
        anna.set_up(&server, &ADMIN).await?;
        let browser = &anna.browser;
        anna.visit("/settings").await?;
        secupass::choose(browser, SECUPASS).await?;
        let honest = browser.script_async("return (await fetch('/api/session')).text()", &[]).await?;
        let honest = honest.as_str().context("a session")?;
        ensure!(honest.contains("\"keys\":true"), "{honest}");
        let lie = honest.replace("\"keys\":true", "\"keys\":false");
        proxy.lie(Answers::To("GET", "/api/session"), Fault::Replace(lie.into_bytes()));
        anna.visit("/settings").await?;
        browser.see("#keys-gone").await?;
        ensure!(browser.find("#secupass-begin").await?.is_none(), "new keys are offered");
        ensure!(browser.find("#keys-reset").await?.is_none(), "a new beginning is offered");
        proxy.be_honest();
        ensure!(proxy.seen().with("PUT", "/api/account/keys").len() == 1, "keys were stored again");
        anna.visit("/settings").await?;
        secupass::unlock(browser, SECUPASS).await
    })
    .await
}
