//! Where the operator wants it, nothing of level 4 is granted to a key for which only the server vouches.

use anyhow::{Context, Result, ensure};
use harness::{
    axe,
    browser::Look,
    journey::Journey,
    person::{ADMIN, Letter, Person},
    proxy::Proxy,
    secupass::{self, LEVELS, OTHER, SECUPASS},
    wait::{SOON, until},
};
use serde_json::Value;

use crate::level_4::{KARL, STAFF, join};
use crate::responsive::fits;

const PROOF: (&str, &str) = ("SIEGEL_LEVEL_4_NEEDS_PROOF", "true");

#[tokio::test(flavor = "multi_thread")]
async fn needs_proof() -> Result<()> {
    Journey::run("needs_proof", async |journey| {
        let server = journey.server(&[LEVELS, STAFF, PROOF]).await?;
        let proxy = Proxy::start(server.port()).await?;
        let anna = Person::new(journey.browser("anna", Look::ENGLISH).await?, proxy.origin());
        let browser = &anna.browser;
        anna.set_up(&server, &ADMIN).await?;
        let karl = Person::new(journey.browser("karl", Look::GERMAN).await?, server.origin());
        join(&karl, server.mailbox(), &KARL, OTHER).await?;
        anna.visit("/settings").await?;
        secupass::choose(browser, SECUPASS).await?;

        browser.fill("#deputy-email", KARL.email).await?;
        browser.click("#deputy-name").await?;
        browser.see(&format!("#deputies .entry[data-email='{}']", KARL.email)).await?;

        // Karl has keys, and is sent to as if he had none; a code would prove them. Nor can he stand in.
        anna.visit("/new").await?;
        let letter = |level| Letter {
            subject: "Ihr Gutachten",
            message: "Anbei.",
            level: Some(level),
            to: &[KARL.email],
            ..Letter::default()
        };
        anna.compose(&letter(4)).await?;
        browser.see("#with-codes").await?;
        anna.send_unlocking(SECUPASS).await?;
        ensure!(browser.text("#to-prove").await?.contains(KARL.email), "Karl is not named");
        ensure!(browser.find("#to-release").await?.is_none(), "it says that Karl has no keys");
        ensure!(browser.text("#passed-over").await?.contains(KARL.email), "Karl stands in");
        let granted = || -> Result<bool> {
            let sent = proxy.seen().with("POST", "/send").pop().context("nothing was sent")?;
            let sent: Value = serde_json::from_slice(&sent.body())?;
            Ok(sent["recipients"][0]["grant"].is_object())
        };
        ensure!(!granted()?, "granted to a key that nobody has proved");
        looks_well(&anna).await?;

        // Nor released, until the words were compared.
        browser.click("#to-prove .to-release").await?;
        browser.at("release").await?;
        let waiting = format!("#releases .release[data-email='{}']", KARL.email);
        browser.see(&waiting).await?;
        browser.click("#release-all").await?;
        let said = browser.text(&format!("{waiting} [data-why=unproved]")).await?;
        ensure!(said.contains(KARL.email), "{said}");
        looks_well(&anna).await?;
        ensure!(proxy.seen().with("PUT", "/grant").is_empty(), "a grant left the browser");
        browser.click(&format!("{waiting} .compare")).await?;
        anna.compare(&karl.own_words().await?).await?;
        browser.see(&format!("{waiting} [data-standing=compared]")).await?;
        browser.click("#release-all").await?;
        browser.see("#release-done").await?;
        let mail = until("the mail that it was released", SOON, async || {
            let mail = server.mailbox().next(KARL.email).await?;
            Ok(mail.filter(|mail| mail.links().iter().any(|link| link.contains("/inbox/"))))
        })
        .await?;
        karl.open_granted(mail.link()?, OTHER).await?;

        // From now on he is granted to at once.
        browser.click(".place[href='/new']").await?;
        anna.compose(&letter(4)).await?;
        anna.send_by_mail().await?;
        ensure!(browser.find("#to-prove").await?.is_none() && granted()?, "Karl's words were compared");
        ensure!(browser.find("#passed-over").await?.is_none(), "Karl cannot stand in");
        Ok(())
    })
    .await
}

/// On a phone, in the dark.
async fn looks_well(anna: &Person) -> Result<()> {
    anna.browser.show(Look { width: 360, ..Look::ENGLISH.dark().phone() }).await?;
    fits(&anna.browser).await?;
    let found = axe::findings(&anna.browser).await?;
    ensure!(found.is_empty(), "{found:?}");
    anna.browser.show(Look::ENGLISH).await
}
