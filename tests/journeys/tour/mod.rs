//! A tour of every page in each of its states, for journeys that look at all of them.

mod accounts;
pub(crate) mod granted;
mod receiving;
mod sending;
mod submitting;

use anyhow::{Context, Result};
use harness::{
    browser::{Browser, Look},
    journey::Journey,
    line::{Cut, Line, Way},
    link::Link,
    person::{ADMIN, Account, Person},
    proxy::{Answers, Fault, Proxy},
    server::Server,
    wait::SOON,
};
use serde_json::json;

/// The delivery that is sent and opened on the way: its password, and the folder in it.
const PASSWORD: &str = "Sonne über Görlitz";
const FOLDER: &str = "Pläne";
/// Bytes a second of a transfer that is looked at: it moves, and is far from its end when all has been seen.
const CRAWL: u64 = 60_000;
/// Bytes a second until there is something to see.
const WALK: u64 = 6 << 20;

/// Walks through the product and calls `look` with the name of each stop while it is shown.
pub(crate) async fn walk(journey: &Journey, look: impl AsyncFn(&Browser, &str) -> Result<()>) -> Result<()> {
    let server = journey.server(&[("SIEGEL_STAFF_DOMAINS", "amt.example")]).await?;
    let proxy = Proxy::start(server.port()).await?;
    let line = Line::start(proxy.port()).await?;
    let hosts = Some("MAP siegel.test 127.0.0.1");
    let browser = journey.browser("visitor", Look { hosts, ..Look::ENGLISH }).await?;
    let visitor = Person::new(browser, line.origin());
    let look = async |stop: &str| {
        look(&visitor.browser, stop).await.with_context(|| format!("at the stop “{stop}”"))
    };

    before_the_set_up(&visitor, &server, &look).await?;
    accounts::walk(&visitor, &server, &look).await?;
    let link = sending::walk(&visitor, journey, &line, &look).await?;
    sending::unfinished(&visitor, journey, &proxy, &look).await?;
    receiving::walk(&visitor, &proxy, &line, &link, &look).await?;
    accounts::boxes(&visitor, &look).await?;
    let secupass = accounts::secupass(&visitor, &server, &look).await?;
    submitting::walk(&visitor, journey, &server, &secupass, &look).await?;
    granted::walk(&visitor, &server, &secupass, &look).await?;
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

/// A server that does not answer, a browser that is too old, one without scripts, and a page of which a part is missing.
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

    browser.devtools("Network.enable", json!({})).await?;
    for (blocked, page) in [(json!(["*/assets/*-start-*"]), Some("not-loaded")), (json!([]), None)] {
        browser.devtools("Network.setBlockedURLs", json!({ "urls": blocked })).await?;
        if let Some(page) = page {
            visitor.visit("/").await?;
            browser.at(page).await?;
            look(page).await?;
        }
    }
    for disabled in [true, false] {
        browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": disabled })).await?;
        if disabled {
            visitor.visit("/").await?;
            browser.at("no-javascript").await?;
            // Timers stand still as well, and axe waits for them.
            browser.script("window.setTimeout = run => { Promise.resolve().then(run) }", &[]).await?;
            look("no-javascript").await?;
        }
    }
    Ok(())
}

/// From here on the line is as fast as it can be, and what has crawled until now is given up.
fn hurry(line: &Line, way: Way) {
    line.pace(way, 0);
    line.break_now(Cut::Reset);
    line.mend();
}

/// Switches the page to the other language, if it has the switch. The one below a dialog cannot be reached by people, who
/// come to the dialog with the language they have.
pub(crate) async fn switch_language(browser: &Browser) -> Result<()> {
    if browser.find("#language").await?.is_some() {
        let before = browser.attribute("html", "lang").await?;
        browser.script("document.querySelector('#language').click()", &[]).await?;
        let other = if before.as_deref() == Some("de") { "en" } else { "de" };
        browser.attribute_becomes("html", "lang", &[other], SOON).await?;
    }
    Ok(())
}
