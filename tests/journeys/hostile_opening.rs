//! A hostile server towards recipients: what it shows as granted, as the sender's key or as sealed is not what the sender made.
//! Each time nothing is shown; and when the server is honest again, the delivery opens.

use anyhow::{Context, Result, ensure};
use harness::{
    browser::{Browser, Look},
    journey::Journey,
    mail::Letterbox,
    person::{ADMIN, Letter, Person},
    proxy::{Answers, Fault, Proxy, flip},
    secupass::{self, LEVELS, OTHER, SECUPASS},
};
use serde_json::Value;

use crate::hostile_server::{forged, told};
use crate::level_4::{KARL, STAFF, join};

const GRANT: Answers = Answers::To("GET", "/grant");
const SEALED: Answers = Answers::To("GET", "/sealed");
const MESSAGE: &str = "Nur für Karl.";

/// Sends a delivery of level 4 to Karl; returns its id, from his mail.
async fn send(anna: &Person, mails: &Letterbox) -> Result<String> {
    anna.visit("/new").await?;
    let letter = Letter { message: MESSAGE, level: Some(4), to: &[KARL.email], ..Letter::default() };
    anna.compose(&letter).await?;
    anna.browser.click("#send").await?;
    secupass::give(&anna.browser, SECUPASS).await?;
    anna.is_sent().await?;
    let mail = mails.wait_for_mail(KARL.email).await?;
    let (_, id) = mail.link()?.rsplit_once("/r/").context("a link to a delivery")?;
    Ok(id.to_owned())
}

/// Follows the mail's link and clicks; the keys are locked.
async fn click(karl: &Person, id: &str) -> Result<()> {
    karl.visit(&format!("/r/{id}")).await?;
    karl.browser.at("open").await?;
    karl.browser.click("#open").await?;
    secupass::give(&karl.browser, OTHER).await
}

/// Nothing of the delivery is on the page.
async fn shows_nothing(browser: &Browser) -> Result<()> {
    ensure!(browser.find("#message-shown").await?.is_none(), "a message is shown");
    ensure!(!browser.source().await?.contains(MESSAGE), "the message is in the page");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_server_opening() -> Result<()> {
    Journey::run("hostile_server_opening", async |journey| {
        let forged = forged(journey, &ADMIN).await?["keys"]["cards"].clone();
        let server = journey.server(&[LEVELS, STAFF]).await?;
        let proxy = Proxy::start(server.port()).await?;
        let anna = Person::new(journey.browser("anna", Look::ENGLISH).await?, server.origin());
        let karl = Person::new(journey.browser("karl", Look::GERMAN).await?, proxy.origin());
        anna.set_up(&server, &ADMIN).await?;
        join(&karl, server.mailbox(), &KARL, OTHER).await?;
        anna.visit("/settings").await?;
        secupass::choose(&anna.browser, SECUPASS).await?;
        let (id, other) = (send(&anna, server.mailbox()).await?, send(&anna, server.mailbox()).await?);
        let browser = &karl.browser;

        // At first contact: another's key, another delivery's grant, one that was changed, and a lower level.
        let replayed = told(browser, &format!("/api/inbox/{other}/grant")).await?["grant"].clone();
        let show_forged = move |answer: &mut Value| answer["sender"] = forged.clone();
        let received: &'static str = format!("/api/inbox/{id}").leak();
        let attacks = [
            (GRANT, Fault::rewrite(show_forged.clone()), "giver-unknown"),
            (GRANT, Fault::rewrite(|answer| answer["sender"] = Value::Array(Vec::new())), "key-damaged"),
            (GRANT, Fault::rewrite(move |answer| answer["grant"] = replayed.clone()), "grant-damaged"),
            (GRANT, Fault::rewrite(|answer| flip(&mut answer["grant"], -1, 1)), "grant-damaged"),
            (
                Answers::To("GET", received),
                Fault::rewrite(|answer| answer["level"] = 3.into()),
                "grant-damaged",
            ),
        ];
        for (answers, fault, error) in attacks {
            proxy.lie(answers, fault);
            click(&karl, &id).await?;
            browser.see_error(error).await.with_context(|| format!("{answers:?}"))?;
            shows_nothing(browser).await?;
            proxy.be_honest();
        }
        ensure!(proxy.seen().with("POST", "/openings").is_empty(), "a delivery was opened");
        ensure!(proxy.seen().with("PUT", "/api/account/vault").is_empty(), "a wrong key is remembered");

        // The keys are right, and what they open is not.
        proxy.lie(SEALED, Fault::FlipLastBit);
        click(&karl, &id).await?;
        browser.at("damaged").await?;
        shows_nothing(browser).await?;
        proxy.be_honest();

        // By now the sender's key is known. Another one opens nothing, and its words are to be compared.
        proxy.lie(GRANT, Fault::rewrite(show_forged));
        click(&karl, &other).await?;
        browser.see("#sender-changed").await?;
        browser.see("#compare-sender").await?;
        shows_nothing(browser).await?;
        proxy.be_honest();

        for id in [&id, &other] {
            click(&karl, id).await?;
            browser.at("delivery").await?;
            browser.see("#sender-trust[data-trust=pinned]").await?;
            ensure!(browser.text("#message-shown").await? == MESSAGE);
        }
        Ok(())
    })
    .await
}
