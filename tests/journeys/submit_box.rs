//! A box of one's own: set up and published in the settings, found from an authority's page, and refused when the server shows
//! another key than the published one.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use axum::{Router, response::Html, routing::get};
use harness::{
    browser::{Browser, Look},
    journey::Journey,
    person::{ADMIN, Person},
    proxy::{Answers, Fault, Proxy},
    secupass::{self, LEVELS, OTHER, SECUPASS},
    server::Server,
    wait::{SOON, until},
};
use serde_json::{Value, json};

use crate::hostile_server::told;
use crate::level_4::{KARL, STAFF, join};
use crate::start;

const NAME: &str = "bauamt-nord";
pub(crate) const TITLE: &str = "Unterlagen ans Bauamt";
const GREETING: &str = "Guten Tag,\nbitte nennen Sie Ihr Aktenzeichen.";
const CITIZEN: &str = "carla@example.net";
const BOX: Answers = Answers::To("GET", "/api/boxes/bauamt-nord");

/// Sets up a box with this name on the page “settings”; its link as text. With keys, they are open.
pub(crate) async fn set_up(browser: &Browser, name: &str) -> Result<String> {
    browser.click("#box-setup").await?;
    set_up_here(browser, name).await
}

/// The same once the form is shown.
pub(crate) async fn set_up_here(browser: &Browser, name: &str) -> Result<String> {
    browser.fill("#box-name", name).await?;
    browser.fill("#box-title", TITLE).await?;
    browser.fill("#box-greeting-de", GREETING).await?;
    browser.click("#box-save").await?;
    browser.see("#box-link").await?;
    browser.value("#box-link").await
}

/// Turns the box on or off; ends when the server knows.
async fn turn(browser: &Browser, on: bool) -> Result<()> {
    browser.click("#box-on").await?;
    until("the server to know", SOON, async || {
        Ok((told(browser, "/api/account/box").await?["settings"]["is_on"] == on).then_some(()))
    })
    .await
}

/// What a page of the box says of its key; when nothing may be sent, there is nothing to type either.
pub(crate) async fn key_is(browser: &Browser, state: &str) -> Result<()> {
    browser.at("submit-box").await?;
    let shown = browser.attribute("#box-key", "data-state").await?;
    ensure!(shown.as_deref() == Some(state), "the key is {shown:?}, not {state}");
    let (field, refused) = (browser.find("#ticket-email").await?.is_some(), state == "refused");
    ensure!(field != refused, "an address can be typed: {field}, and the key is {state}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn submit_box_settings() -> Result<()> {
    Journey::run("submit_box_settings", async |journey| {
        let (server, anna) = start::admin(journey, &[LEVELS, STAFF]).await?;
        let browser = &anna.browser;
        anna.visit("/settings").await?;
        secupass::choose(browser, SECUPASS).await?;

        // A name is proposed; what cannot be used is told where it stands.
        browser.click("#box-setup").await?;
        let proposed = browser.value("#box-name").await?;
        ensure!(proposed.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{proposed} is proposed");
        browser.fill("#box-name", "Bauamt Nord").await?;
        let address = browser.text("#box-address").await?;
        ensure!(address == format!("{}/box/{NAME}", anna.origin), "{address}");
        browser.fill("#box-title", TITLE).await?;
        browser.click("#box-types-all").await?;
        browser.click("#box-save").await?;
        browser.see_error("box-no-types").await?;
        browser.click("#box-types-pdf").await?;
        browser.fill("#box-types-others", "d/w").await?;
        browser.click("#box-save").await?;
        browser.see("#box-types-others-error").await?;
        browser.fill("#box-types-others", ".DWG").await?;
        browser.click("#box-save").await?;
        browser.see("#box-link").await?;
        let link = browser.value("#box-link").await?;
        let fragment = link.strip_prefix(&format!("{}/box/{NAME}#", anna.origin)).context("the link")?;
        ensure!(fragment.starts_with("1b.") && fragment.len() == 30, "{fragment}");
        let stored = told(browser, "/api/account/box").await?;
        ensure!(stored["settings"]["types"] == json!(["pdf", "dwg"]), "{stored}");

        // What is published names the key, and is nothing but a link.
        let snippet = browser.value("#box-snippet").await?;
        ensure!(snippet == format!("<a href=\"{link}\">{TITLE}</a>"), "{snippet}");
        browser.see("#box-qr").await?;
        for (button, wanted) in [("#box-copy", &link), ("#box-snippet-copy", &snippet)] {
            // The driver may not read what was copied: what the page hands over is looked at.
            let watch = "window.copied = null; \
                navigator.clipboard.writeText = async text => { window.copied = text; }";
            browser.script(watch, &[]).await?;
            browser.click(button).await?;
            until("a copy", SOON, async || {
                Ok((browser.script("return window.copied", &[]).await? == wanted.as_str()).then_some(()))
            })
            .await?;
        }
        on_paper(browser, &link).await?;

        // Off, it is not there; on again, the same link leads to it.
        let carla = start::recipient(journey, &anna.origin).await?;
        turn(browser, false).await?;
        carla.browser.visit(&link).await?;
        carla.browser.at("box-unknown").await?;
        turn(browser, true).await?;
        carla.browser.visit(&link).await?;
        key_is(&carla.browser, "named").await?;
        let limits = carla.browser.text("#box-limits").await?;
        ensure!(limits.contains("PDF, DWG"), "{limits}");

        // A name that is another's is refused, and another name is warned of.
        let karl = Person::new(journey.browser("karl", Look::ENGLISH).await?, server.origin());
        join(&karl, server.mailbox(), &KARL, OTHER).await?;
        karl.browser.click("#box-setup").await?;
        karl.browser.fill("#box-name", NAME).await?;
        karl.browser.click("#box-save").await?;
        karl.browser.see_error("box-name-taken").await?;
        browser.click("#box-edit").await?;
        browser.fill("#box-name", "bauamt-sued").await?;
        browser.see("#box-renamed").await?;
        browser.click("#box-cancel").await?;

        // With locked keys nobody but the server could say what the link is; unlocked, it is the same.
        anna.visit("/settings").await?;
        browser.see("#box-locked").await?;
        ensure!(browser.find("#box-link").await?.is_none(), "a link that the server tells");
        browser.click("#box-unlock").await?;
        secupass::give(browser, SECUPASS).await?;
        browser.see("#box-link").await?;
        ensure!(browser.value("#box-link").await? == link, "another link");

        browser.click("#box-delete").await?;
        browser.click("#box-delete-confirm").await?;
        browser.see("#box-setup").await?;
        carla.browser.visit(&link).await?;
        carla.browser.at("box-unknown").await
    })
    .await
}

/// What is printed of the settings is the notice, with the link and the words of the key.
async fn on_paper(browser: &Browser, link: &str) -> Result<()> {
    let printed = browser.printed().await?;
    ensure!(printed.contains(link) && printed.contains(TITLE), "{printed}");
    let words = browser.script("return document.querySelector('#box-sheet-words').textContent", &[]).await?;
    let words = words.as_str().context("a text")?;
    ensure!(words.split(' ').count() == 8 && printed.contains(words), "{printed}");
    ensure!(!printed.contains("Sessions") && !printed.contains("SecuPass"), "more is printed: {printed}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn submit_box_ask() -> Result<()> {
    Journey::run("submit_box_ask", async |journey| {
        let (server, anna) = start::admin(journey, &[LEVELS]).await?;
        anna.visit("/settings").await?;
        secupass::choose(&anna.browser, SECUPASS).await?;
        set_up(&anna.browser, NAME).await?;
        let page = authority(anna.browser.value("#box-snippet").await?).await?;

        // From the authority's page, on a phone, without an account.
        let carla = journey.browser("carla", Look::GERMAN.phone()).await?;
        carla.visit(&page).await?;
        carla.click("a").await?;
        key_is(&carla, "named").await?;
        let address = carla.address().await?;
        ensure!(address == format!("{}/box/{NAME}", anna.origin), "the address is {address}");
        ensure!(carla.text("#box-title-shown").await? == TITLE);
        ensure!(carla.text("#box-greeting").await? == GREETING);
        carla.fill("#ticket-email", "carla").await?;
        carla.click("#ticket-ask").await?;
        carla.see_error("email").await?;
        ensure!(server.mailbox().next(CITIZEN).await?.is_none(), "a mail before it was asked for");
        carla.fill("#ticket-email", CITIZEN).await?;
        carla.click("#ticket-ask").await?;
        carla.see("#ticket-asked").await?;
        carla.see_focus_in("#ticket-asked").await?;
        let mail = server.mailbox().wait_for_mail(CITIZEN).await?;
        let link = mail.link()?;
        ensure!(link.contains("/t/") && link.contains("#1t."), "{link}");

        // Found again in a link that names nothing, because this browser remembers.
        carla.visit(&format!("{}/box/{NAME}", anna.origin)).await?;
        key_is(&carla, "named").await?;
        carla.visit(&format!("{}/box/nobody-has-it", anna.origin)).await?;
        carla.at("box-unknown").await
    })
    .await
}

/// A page of an authority, on a server of its own, that holds the snippet and nothing else of ours; its address.
async fn authority(snippet: String) -> Result<String> {
    let html = format!("<!doctype html><html lang=de><title>Bauamt</title><h1>Bauamt</h1><p>{snippet}</p>");
    let app = Router::new().route("/", get(async move || Html(html)));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = format!("http://localhost:{}/", listener.local_addr()?.port());
    // It ends with the test.
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

/// Days by which the clock of the browser is behind that makes a card, so that it has expired.
const LATE: u32 = 400;

/// The box as the server shows it, instead of with its own card with this one.
fn with_card(card: Value) -> Fault {
    Fault::rewrite(move |shown| {
        shown["level"] = json!(if card.is_null() { 2 } else { 4 });
        shown["card"] = card.clone();
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn submit_box_pinned_key() -> Result<()> {
    Journey::run("submit_box_pinned_key", async |journey| {
        let server = journey.server(&[LEVELS, STAFF]).await?;
        let proxy = Proxy::start(server.port()).await?;
        let (link, old, words) = expired_and_renewed(journey, &server).await?;
        let fragment = link.split_once('#').context("a fragment")?.1.to_owned();
        let link = format!("{}/box/{NAME}#{fragment}", proxy.origin());
        let bare = format!("{}/box/{NAME}", proxy.origin());

        // Another box, whose card is as good as any.
        let karl = Person::new(journey.browser("karl", Look::ENGLISH).await?, server.origin());
        join(&karl, server.mailbox(), &KARL, OTHER).await?;
        set_up(&karl.browser, "other").await?;
        let other = told(&karl.browser, "/api/account/box").await?["settings"]["card"].clone();

        let carla = journey.browser("carla", Look::GERMAN.phone()).await?;
        let refused = async |browser: &Arc<Browser>, address: &str, card: Value| -> Result<()> {
            proxy.lie(BOX, with_card(card));
            browser.visit(address).await?;
            key_is(browser, "refused").await?;
            proxy.be_honest();
            Ok(())
        };
        for (what, card) in [("another box", &other), ("none", &Value::Null), ("an old one", &old)] {
            refused(&carla, &link, card.clone()).await.with_context(|| format!("the card is {what}'s"))?;
        }
        let mut damaged = other.clone();
        harness::proxy::flip(&mut damaged, -1, 1);
        refused(&carla, &link, damaged).await.context("a damaged card")?;
        carla.visit(&link[..link.len() - 3]).await?;
        key_is(&carla, "refused").await.context("a link that was cut")?;

        // The honest server is believed, and what the link named is kept for links that name nothing.
        carla.visit(&link).await?;
        key_is(&carla, "named").await?;
        for (what, card) in [("another box", &other), ("none", &Value::Null)] {
            refused(&carla, &bare, card.clone()).await.with_context(|| format!("remembered; {what}"))?;
        }

        // Without a fragment the server's word is all there is, and the page says so, with words to compare.
        let fresh = journey.browser("fresh", Look::GERMAN).await?;
        fresh.visit(&bare).await?;
        key_is(&fresh, "vouched").await?;
        ensure!(fresh.text("#box-words").await? == words, "other words than the owner's");
        proxy.lie(BOX, with_card(other));
        fresh.visit(&bare).await?;
        key_is(&fresh, "vouched").await?;
        ensure!(fresh.text("#box-words").await? != words, "the words of another key are the same");
        proxy.lie(BOX, with_card(Value::Null));
        fresh.visit(&bare).await?;
        key_is(&fresh, "none").await?;
        proxy.be_honest();
        refused(&fresh, &bare, old).await.context("an old card without a fragment")
    })
    .await
}

/// The ticket is the server's, and so is what it says of the box that it leads to.
#[tokio::test(flavor = "multi_thread")]
async fn submit_box_pinned_ticket() -> Result<()> {
    Journey::run("submit_box_pinned_ticket", async |journey| {
        let (server, anna) = start::admin(journey, &[LEVELS, STAFF]).await?;
        let proxy = Proxy::start(server.port()).await?;
        anna.visit("/settings").await?;
        secupass::choose(&anna.browser, SECUPASS).await?;
        let link = set_up(&anna.browser, NAME).await?.replace(&server.origin(), &proxy.origin());
        let karl = Person::new(journey.browser("karl", Look::ENGLISH).await?, server.origin());
        join(&karl, server.mailbox(), &KARL, OTHER).await?;
        set_up(&karl.browser, "other").await?;
        let card = told(&karl.browser, "/api/account/box").await?["settings"]["card"].clone();

        let carla = journey.browser("carla", Look::ENGLISH.phone()).await?;
        let ticket = async |browser: &Browser, link: &str| -> Result<String> {
            browser.visit(link).await?;
            browser.fill("#ticket-email", CITIZEN).await?;
            browser.click("#ticket-ask").await?;
            browser.see("#ticket-asked").await?;
            let mail = server.mailbox().wait_for_mail(CITIZEN).await?;
            Ok(mail.link()?.replace(&server.origin(), &proxy.origin()))
        };
        let named = ticket(&carla, &link).await?;
        let answers = |ticket: &str| -> Result<Answers> {
            let (_, path) = ticket.split_once("/t/").context("a ticket")?;
            let id = path.split_once('#').context("a fragment")?.0;
            Ok(Answers::To("GET", format!("/api/tickets/{id}").leak()))
        };
        let shows = |name: &'static str, card: &Value| {
            let card = card.clone();
            Fault::rewrite(move |ticket| {
                let level = if card.is_null() { 2 } else { 4 };
                ticket["box"]["name"] = json!(name);
                ticket["box"]["level"] = json!(level);
                ticket["box"]["card"] = card.clone();
            })
        };
        // The box of the link with another's key, or with none: there is nothing to choose or to type.
        for card in [&card, &Value::Null] {
            proxy.lie(answers(&named)?, shows(NAME, card));
            carla.visit(&named).await?;
            carla.at("ticket-refused").await?;
            ensure!(carla.find("#files").await?.is_none(), "files can be chosen");
        }
        // Another box, of which this browser knows nothing: nobody has asked for that.
        for (card, state) in [(&card, "vouched"), (&Value::Null, "none")] {
            proxy.lie(answers(&named)?, shows("other", card));
            carla.visit(&named).await?;
            carla.at("ticket-another").await?;
            let said = carla.text("#another-box").await?;
            ensure!(said.contains(TITLE) && carla.find("#files").await?.is_none(), "it says {said:?}");
            carla.click("#another-go").await?;
            carla.at("ticket").await?;
            carla.see(&format!("#box-key[data-state={state}]")).await?;
        }
        proxy.be_honest();
        carla.visit(&named).await?;
        carla.see("#box-key[data-state=named]").await?;

        // Nothing names the key, and while the page shows one, the server takes another: not what the words said.
        let bare = link.split_once('#').context("a fragment")?.0;
        let fresh = journey.browser("fresh", Look::ENGLISH).await?;
        let vouched = ticket(&fresh, bare).await?;
        proxy.lie_once(answers(&vouched)?, shows(NAME, &card));
        fresh.visit(&vouched).await?;
        fresh.see("#box-key[data-state=vouched]").await?;
        let wrong = fresh.text("#box-words").await?;
        fresh.fill("#message", "Guten Tag").await?;
        fresh.click("#send").await?;
        fresh.see_error("box-key").await?;
        ensure!(fresh.value("#message").await? == "Guten Tag", "what was typed is lost");
        fresh.visit(&vouched).await?;
        let words = fresh.text("#box-words").await?;
        ensure!(words != wrong, "two keys have the same words");
        fresh.fill("#message", "Guten Tag").await?;
        fresh.click("#send").await?;
        fresh.at("submitted").await?;
        ensure!(fresh.text("#receipt-words").await? == words, "sealed to another key than was shown");
        Ok(())
    })
    .await
}

/// The first admin sets up a box with a clock that is late, and unlocks again when it is right: the browser shows another card of the
/// same box by itself. The link, the expired card, and the German words of the key.
async fn expired_and_renewed(journey: &Journey, server: &Arc<Server>) -> Result<(String, Value, String)> {
    let anna = Person::new(journey.browser("anna", Look::GERMAN).await?, server.origin());
    let browser = &anna.browser;
    anna.set_up(server, &ADMIN).await?;
    let late = format!("const now = Date.now; Date.now = () => now() - {LATE} * 86400000");
    let added = browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": late })).await?;
    anna.visit("/settings").await?;
    secupass::choose(browser, SECUPASS).await?;
    let link = set_up(browser, NAME).await?;
    let old = told(browser, "/api/account/box").await?["settings"]["card"].clone();
    let script = json!({ "identifier": added["identifier"] });
    browser.devtools("Page.removeScriptToEvaluateOnNewDocument", script).await?;
    anna.visit("/inbox").await?;
    secupass::unlock(browser, SECUPASS).await?;
    until("another card", SOON, async || {
        Ok((told(browser, "/api/account/box").await?["settings"]["card"] != old).then_some(()))
    })
    .await?;
    browser.click(".place[href='/settings']").await?;
    browser.see("#box-link").await?;
    ensure!(browser.value("#box-link").await? == link, "another link");
    let words = browser.script("return document.querySelector('#box-sheet-words').textContent", &[]).await?;
    Ok((link, old, words.as_str().context("a text")?.to_owned()))
}
