//! A tour of every page in each of its states, for journeys that look at all of them.

use anyhow::{Context, Result};
use harness::{
    browser::{Browser, Look},
    files,
    journey::Journey,
    link::Link,
    person::{ADMIN, Account, Letter, Person, RECIPIENT},
    proxy::{Answers, Fault, Proxy},
    server::Server,
    wait::{LONG, SOON, until},
};
use serde_json::json;

use crate::sessions;

const PASSWORD: &str = "Sonne über Görlitz";

/// Walks through the product and calls `look` with the name of each stop while it is shown.
pub(crate) async fn walk(journey: &Journey, look: impl AsyncFn(&Browser, &str) -> Result<()>) -> Result<()> {
    let server = journey.server(&[]).await?;
    let proxy = Proxy::start(server.port()).await?;
    let hosts = Some("MAP siegel.test 127.0.0.1");
    let browser = journey.browser("visitor", Look { hosts, ..Look::ENGLISH }).await?;
    let visitor = Person::new(browser, proxy.origin());
    let look = async |stop: &str| {
        look(&visitor.browser, stop).await.with_context(|| format!("at the stop “{stop}”"))
    };

    before_the_set_up(&visitor, &server, &look).await?;
    let link = sending(&visitor, journey, &proxy, &look).await?;
    receiving(&visitor, &proxy, &link, &look).await?;
    dead_ends(&visitor, &link, &look).await?;
    not_working(&visitor, &proxy, &look).await?;
    server.restart(&[("SIEGEL_CLOCK_SKEW_SECONDS", "1300000")]).await?;
    visitor.browser.visit(&link.text()).await?;
    visitor.browser.at("expired").await?;
    look("expired").await
}

async fn before_the_set_up(
    visitor: &Person,
    server: &Server,
    look: &impl AsyncFn(&str) -> Result<()>,
) -> Result<()> {
    visitor.browser.visit(&format!("http://siegel.test:{}/", server.port())).await?;
    visitor.browser.at("insecure").await?;
    look("insecure").await?;
    visitor.visit("/").await?;
    visitor.browser.at("server-not-set-up").await?;
    look("server-not-set-up").await?;
    visitor.visit(&format!("/setup#{}", server.setup_token().await?)).await?;
    visitor.browser.at("setup").await?;
    look("setup").await?;
    visitor.set_up(server, &ADMIN).await?;
    visitor.log_out().await?;
    look("login").await?;
    visitor.give_login(&Account { password: "ein anderes Passwort", ..ADMIN }).await?;
    visitor.browser.see_error("wrong-login").await?;
    look("login-wrong").await?;
    visitor.log_in(&ADMIN).await
}

async fn sending(
    visitor: &Person,
    journey: &Journey,
    proxy: &Proxy,
    look: &impl AsyncFn(&str) -> Result<()>,
) -> Result<Link> {
    look("new").await?;
    visitor.browser.click("#send").await?;
    visitor.browser.see_error("empty").await?;
    look("new-empty").await?;
    let files = vec![
        files::make(journey.files(), "Bauakte 2019 bis 2026.zip", 30_000_000)?,
        files::make(
            journey.files(),
            "Lageplan Flurstück 12-7, Maßstab 1 zu 500, Stand 2026-11.png",
            320_000,
        )?,
        files::make(journey.files(), "Anlage.docx", 48_000)?,
    ];
    let letter = Letter {
        subject: "Ihre Baugenehmigung",
        message: "Guten Tag Herr Winter,\n\nanbei der Bescheid mit Lageplan. Bei Fragen rufen Sie mich gern an.\n\nAnna Grün",
        files,
        password: Some(PASSWORD),
        days: Some(14),
    };
    visitor.compose(&letter).await?;
    look("new-filled").await?;
    sessions::end_session(visitor).await?;
    proxy.hold_uploads_after(1);
    visitor.browser.click("#send").await?;
    visitor.browser.see("#login-dialog").await?;
    look("login-again").await?;
    visitor.give_login(&ADMIN).await?;
    // What is held lies in buffers on the way; the bar stops somewhere in the middle.
    until("some progress", SOON, async || {
        let percent = visitor.browser.attribute("#overall", "aria-valuenow").await?;
        Ok(percent.and_then(|text| text.parse::<u8>().ok()).filter(|percent| *percent >= 25))
    })
    .await?;
    look("sending").await?;
    proxy.release_uploads();
    let link = visitor.sent().await?;
    look("sent").await?;
    Ok(link)
}

async fn receiving(
    visitor: &Person,
    proxy: &Proxy,
    link: &Link,
    look: &impl AsyncFn(&str) -> Result<()>,
) -> Result<()> {
    let browser = &visitor.browser;
    browser.visit(&link.text()).await?;
    browser.at("open").await?;
    look("open").await?;
    visitor.give(RECIPIENT, Some("Regen über Görlitz")).await?;
    browser.see_error("wrong-password").await?;
    look("open-wrong").await?;
    browser.visit(&link.escaped()).await?;
    browser.see("#secret-was-sent").await?;
    look("open-escaped").await?;
    visitor.open(link, RECIPIENT, Some(PASSWORD)).await?;
    look("delivery").await?;
    visitor.save(0).await?;
    proxy.lie(Answers::Blob, Fault::FlipLastBit);
    browser.click("#received .file-row[data-index='1'] .file-save").await?;
    let damaged = "#received .file-row[data-index='1']";
    browser.attribute_becomes(damaged, "data-state", &["damaged"], LONG).await?;
    look("delivery-saved-and-damaged").await?;
    proxy.lie(Answers::Cover, Fault::FlipLastBit);
    browser.visit(&link.text()).await?;
    browser.at("open").await?;
    visitor.give(RECIPIENT, Some(PASSWORD)).await?;
    browser.at("damaged").await?;
    look("damaged").await?;
    proxy.be_honest();
    Ok(())
}

async fn dead_ends(visitor: &Person, link: &Link, look: &impl AsyncFn(&str) -> Result<()>) -> Result<()> {
    let browser = &visitor.browser;
    let broken = Link { fragment: link.fragment[..20].to_owned(), ..link.clone() };
    for (page, address) in [
        ("incomplete-link", link.page()),
        ("broken-link", broken.text()),
        ("not-found", format!("{}/nowhere", visitor.origin)),
    ] {
        browser.visit(&address).await?;
        browser.at(page).await?;
        look(page).await?;
    }
    Ok(())
}

/// A server that does not answer, and a browser that is too old.
async fn not_working(visitor: &Person, proxy: &Proxy, look: &impl AsyncFn(&str) -> Result<()>) -> Result<()> {
    let browser = &visitor.browser;
    proxy.lie(Answers::Instance, Fault::NoAnswer);
    visitor.visit("/").await?;
    browser.at("unreachable").await?;
    look("unreachable").await?;
    proxy.be_honest();
    let source = json!({ "source": "delete window.HTMLDialogElement" });
    let added = browser.devtools("Page.addScriptToEvaluateOnNewDocument", source).await?;
    visitor.visit("/").await?;
    browser.at("too-old").await?;
    look("too-old").await?;
    browser.devtools("Page.removeScriptToEvaluateOnNewDocument", added).await?;
    Ok(())
}

/// Switches the page to the other language, if it has the switch and no dialog lies over it.
pub(crate) async fn switch_language(browser: &Browser) -> Result<()> {
    if browser.find("#language").await?.is_some() && browser.find("dialog[open]").await?.is_none() {
        let before = browser.attribute("html", "lang").await?;
        browser.click("#language").await?;
        let other = if before.as_deref() == Some("de") { "en" } else { "de" };
        browser.attribute_becomes("html", "lang", &[other], SOON).await?;
    }
    Ok(())
}
