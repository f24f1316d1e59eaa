//! A colleague releases while the sender is away.

use anyhow::{Result, ensure};
use harness::{
    browser::Look,
    journey::Journey,
    person::{ADMIN, Letter, Person},
    secupass::{self, LEVELS, OTHER, SECUPASS},
    wait::{SOON, until},
};

use crate::level_2::BERT;
use crate::level_4::{KARL, STAFF, join};

#[tokio::test(flavor = "multi_thread")]
async fn deputy() -> Result<()> {
    Journey::run("deputy", async |journey| {
        let server = journey.server(&[LEVELS, STAFF]).await?;
        let mails = server.mailbox();
        let anna = Person::new(journey.browser("anna", Look::ENGLISH).await?, server.origin());
        anna.set_up(&server, &ADMIN).await?;
        anna.visit("/settings").await?;
        secupass::choose(&anna.browser, SECUPASS).await?;
        let browser = &anna.browser;

        // Only a colleague who has keys.
        for (typed, kind) in [("karl", "email"), (KARL.email, "deputy-no-keys")] {
            browser.fill("#deputy-email", typed).await?;
            browser.click("#deputy-name").await?;
            browser.see_error(kind).await?;
        }
        let karl = Person::new(journey.browser("karl", Look::GERMAN).await?, server.origin());
        join(&karl, mails, &KARL, OTHER).await?;
        browser.fill("#deputy-email", KARL.email).await?;
        browser.click("#deputy-days option[value='30']").await?;
        browser.click("#deputy-name").await?;
        browser.see(&format!("#deputies .entry[data-email='{}']", KARL.email)).await?;
        let told = mails.wait_for_mail(KARL.email).await?;
        ensure!(told.text.contains(ADMIN.name), "{}", told.text);

        karl.visit("/settings").await?;
        ensure!(
            karl.browser.text("#represented li").await?.contains(ADMIN.name),
            "Karl is not told on the page"
        );

        // She sends to somebody new, and is away.
        anna.visit("/new").await?;
        let letter = Letter {
            subject: "Ihr Bescheid",
            message: "Anbei.",
            level: Some(4),
            to: &[BERT.email],
            ..Letter::default()
        };
        anna.compose(&letter).await?;
        anna.send_unlocking(SECUPASS).await?;
        anna.visit("/settings").await?;
        anna.log_out().await?;

        let bert = Person::new(journey.browser("bert", Look::GERMAN).await?, server.origin());
        let mail = mails.wait_for_mail(BERT.email).await?;
        bert.browser.visit(mail.link()?).await?;
        bert.browser.at("open").await?;
        bert.register(mails, &BERT).await?;
        bert.choose_to_open(OTHER).await?;

        // Karl is told, and does it in her place.
        let told = mails.wait_for_mail(KARL.email).await?;
        ensure!(told.text.contains(BERT.email) && told.text.contains(ADMIN.name), "{}", told.text);
        karl.browser.visit(told.link()?).await?;
        karl.browser.at("release").await?;
        let waiting = format!("#releases .release[data-email='{}']", BERT.email);
        karl.browser.see(&waiting).await?;
        ensure!(karl.browser.text("#releases").await?.contains(ADMIN.name), "in whose place is not told");
        karl.browser.click("#release-all").await?;
        secupass::give(&karl.browser, OTHER).await?;
        karl.browser.see("#release-done").await?;

        let mail = mails.wait_for_mail(BERT.email).await?;
        ensure!(mail.text.contains(ADMIN.name), "it comes from somebody else: {}", mail.text);
        bert.open_granted(mail.link()?, OTHER).await?;
        ensure!(bert.browser.text("#subject-shown").await? == letter.subject);
        ensure!(bert.browser.text("#released-by").await?.contains(KARL.email), "who released it is not told");

        // From now on nobody stands in for her.
        anna.log_in(&ADMIN).await?;
        anna.visit("/settings").await?;
        browser.click("#deputies .end-deputation").await?;
        until("no deputy", SOON, async || {
            Ok(browser.find("#deputies .entry").await?.is_none().then_some(()))
        })
        .await?;
        karl.visit("/settings").await?;
        karl.browser.see("#deputies-part[data-known=true]").await?;
        ensure!(karl.browser.find("#represented li").await?.is_none(), "Karl still stands in");
        Ok(())
    })
    .await
}
