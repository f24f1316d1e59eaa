//! Level 3: who has the link and is logged in reads the message; the files are for whoever was granted them.

use anyhow::{Context, Result, ensure};
use harness::{
    browser::Look,
    files,
    journey::Journey,
    link::Link,
    person::{ADMIN, Letter, Person},
    proxy::Proxy,
    secupass::{self, LEVELS, OTHER, SECUPASS},
};

use crate::hostile_server::told;
use crate::level_4::{KARL, STAFF, join};

const SUBJECT: &str = "Ihr Gutachten";
const ANSWER: &str = "Hier ist unsere Stellungnahme.";

/// To somebody who has keys, and to somebody who has none yet. The sender, too, chooses a SecuPass only when it is needed.
#[tokio::test(flavor = "multi_thread")]
async fn level_3() -> Result<()> {
    Journey::run("level_3", async |journey| {
        let server = journey.server(&[LEVELS, STAFF]).await?;
        let proxy = Proxy::start(server.port()).await?;
        let karl = Person::new(journey.browser("karl", Look::GERMAN).await?, server.origin());
        let anna = Person::new(journey.browser("anna", Look::ENGLISH).await?, proxy.origin());
        anna.set_up(&server, &ADMIN).await?;
        join(&karl, server.mailbox(), &KARL, OTHER).await?;

        let file = files::make(journey.files(), "Gutachten.pdf", 300_000)?;
        let new = "frieda@example.org";
        let letter = Letter {
            subject: SUBJECT,
            message: "Anbei das Gutachten.",
            files: vec![file],
            level: Some(3),
            to: &[KARL.email, new],
            by_hand: true,
            ..Letter::default()
        };
        anna.compose(&letter).await?;
        anna.browser.see(".chip__readiness[data-readiness=ready]").await?;
        anna.browser.see(".chip__readiness[data-readiness=needs-account]").await?;
        anna.browser.see("#with-codes").await?;
        anna.browser.click("#send").await?;
        anna.browser.see("#setup-dialog[open]").await?;
        secupass::create(&anna.browser, SECUPASS).await?;
        anna.is_sent().await?;

        // Who has none gets one later; each has a link of their own.
        ensure!(anna.browser.text("#to-release").await?.contains(new), "nothing is said of a release");
        ensure!(!anna.browser.text("#to-release").await?.contains(KARL.email), "Karl needs no release");
        for field in anna.browser.find_all(".sent-to .link").await? {
            let link = Link::parse(&field.prop("value").await?.context("a link")?)?;
            ensure!(link.page == "r" && link.fragment.starts_with("1p."), "{}", link.text());
        }
        let seen = proxy.seen();
        ensure!(!seen.with("PUT", "/cover").is_empty() && !seen.with("PUT", "/sealed").is_empty());
        let sent = seen.with("POST", "/send").pop().context("nothing was sent")?;
        let sent: serde_json::Value = serde_json::from_slice(&sent.body())?;
        let granted = |place: usize| sent["recipients"][place]["grant"]["grant"].is_string();
        ensure!(granted(0) && !granted(1), "granted to the wrong ones");
        ensure!(sent["own_grant"].is_string() && sent["recipients"][1]["offer"].is_null());

        // An answer comes back at the same level.
        let link = anna.browser.value(".sent-to .link").await?;
        karl.open_granted(&link.replace(&proxy.origin(), &server.origin()), OTHER).await?;
        karl.browser.click("#answer").await?;
        karl.browser.see("#answer-to").await?;
        let file = files::make(journey.files(), "Stellungnahme.pdf", 200_000)?;
        karl.compose(&Letter { message: ANSWER, files: vec![file.clone()], ..Letter::default() }).await?;
        karl.send_by_mail().await?;
        let mail = server.mailbox().wait_for_mail(ADMIN.email).await?;
        ensure!(mail.link()?.contains("#1p.") && !mail.raw.contains("Stellungnahme"), "{}", mail.text);
        anna.visit("/inbox").await?;
        anna.browser.click("#received-list a").await?;
        anna.browser.at("inbox-delivery").await?;
        let inbox = told(&anna.browser, "/api/inbox").await?;
        ensure!(inbox["deliveries"][0]["level"] == 3, "it comes at another level: {inbox}");
        anna.browser.see("#granted-state[data-state=ready]").await?;
        anna.browser.click("#open").await?;
        secupass::give(&anna.browser, SECUPASS).await?;
        anna.browser.at("delivery").await?;
        ensure!(anna.browser.text("#message-shown").await? == ANSWER);
        ensure!(files::sha256(&anna.save(0).await?)? == files::sha256(&file)?);
        Ok(())
    })
    .await
}
