//! Who has not opened what was sent to them is reminded by its sender, a day after the mail, and finds the way from there.

use anyhow::{Result, ensure};
use harness::{
    browser::Look,
    journey::Journey,
    person::{ADMIN, Letter, Person},
    secupass::{self, LEVELS, OTHER, SECUPASS},
    wait::{SOON, until},
};
use serde_json::json;

use crate::level_2::BERT;
use crate::level_4::{KARL, STAFF};

const SUBJECT: &str = "Ihr Gutachten";
/// A day and an hour.
const LATER: &str = "90000";

/// One of them has an account and no SecuPass, the other has neither.
#[tokio::test(flavor = "multi_thread")]
async fn reminded() -> Result<()> {
    Journey::run("reminded", async |journey| {
        let server = journey.server(&[LEVELS, STAFF]).await?;
        let mails = server.mailbox();
        let anna = Person::new(journey.browser("anna", Look::ENGLISH).await?, server.origin());
        let browser = &anna.browser;
        anna.set_up(&server, &ADMIN).await?;
        let karl = Person::new(journey.browser("karl", Look::GERMAN).await?, server.origin());
        karl.visit("/settings").await?;
        karl.browser.at("login").await?;
        karl.register(mails, &KARL).await?;
        karl.browser.at("settings").await?;
        karl.log_out().await?;

        let to = [KARL.email, BERT.email];
        let letter =
            Letter { subject: SUBJECT, message: "Anbei.", level: Some(4), to: &to, ..Letter::default() };
        anna.compose(&letter).await?;
        browser.click("#send").await?;
        browser.see("#setup-dialog[open]").await?;
        secupass::create(browser, SECUPASS).await?;
        anna.is_sent().await?;
        for email in to {
            mails.wait_for_mail(email).await?;
        }
        browser.click("#see-status").await?;
        browser.at("sent-delivery").await?;
        let here = browser.address().await?;
        until("both mails to be gone", SOON, async || {
            browser.reload().await?;
            browser.see("#recipients .revoke").await?;
            Ok((browser.find_all("#recipients .facts li").await?.len() == 2).then_some(()))
        })
        .await?;
        ensure!(browser.find(".remind").await?.is_none(), "reminded on the same day");

        // The next day, for server and browser.
        server.restart(&[LEVELS, STAFF, ("SIEGEL_CLOCK_SKEW_SECONDS", LATER)]).await?;
        let clock = format!("const now = Date.now.bind(Date); Date.now = () => now() + {LATER}000");
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": clock })).await?;
        anna.log_in(&ADMIN).await?;
        browser.visit(&here).await?;
        browser.see(".remind").await?;
        ensure!(browser.find_all(".remind").await?.len() == 2, "not both can be reminded");
        for (place, email) in (1..).zip(to) {
            browser.click(&format!("#recipients > li:nth-of-type({place}) .remind")).await?;
            let mail = mails.wait_for_mail(email).await?;
            ensure!(mail.text.contains(ADMIN.name) && !mail.raw.contains(SUBJECT), "{}", mail.text);
        }
        until("nobody else to remind", SOON, async || {
            Ok(browser.find(".remind").await?.is_none().then_some(()))
        })
        .await?;

        // The reminder alone leads on.
        let all = mails.all(KARL.email)?;
        let link = all.last().map(|mail| mail.link().map(str::to_owned));
        karl.browser.visit(&link.transpose()?.unwrap_or_default()).await?;
        karl.browser.at("open").await?;
        karl.give_login(&KARL).await?;
        karl.choose_to_open(OTHER).await
    })
    .await
}
