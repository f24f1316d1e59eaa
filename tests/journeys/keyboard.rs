//! Level 1 by the keyboard alone. Only the system's file picker, which belongs to no page, is answered by the driver.

use std::path::Path;

use anyhow::{Result, ensure};
use harness::{
    browser::{Browser, Look},
    files,
    journey::Journey,
    link::Link,
    person::{ADMIN, Person, RECIPIENT},
    wait::LONG,
};
use thirtyfour::Key;

use crate::start;

#[tokio::test(flavor = "multi_thread")]
async fn keyboard() -> Result<()> {
    Journey::run("keyboard", async |journey| {
        let server = journey.server(&[]).await?;
        let anna = journey.browser("anna", Look::ENGLISH).await?;
        anna.visit(&format!("{}/setup#{}", server.origin(), server.setup_token().await?)).await?;
        set_up(&anna).await?;
        log_out_and_in(&anna).await?;
        let file = files::make(journey.files(), "Tastatur.pdf", 300_000)?;
        let link = send(&anna, &file).await?;
        let bert = start::recipient(journey, &server.origin()).await?;
        open_and_save(&bert, &link, &file).await
    })
    .await
}

async fn set_up(browser: &Browser) -> Result<()> {
    browser.at("setup").await?;
    for (field, text) in [
        ("#setup-name", ADMIN.name),
        ("#setup-email", ADMIN.email),
        ("#new-password", ADMIN.password),
        ("#new-password-again", ADMIN.password),
    ] {
        type_into(browser, field, text).await?;
    }
    browser.press_key(Key::Enter).await?;
    browser.at("new").await
}

async fn log_out_and_in(browser: &Browser) -> Result<()> {
    has_heading_focus(browser).await?;
    browser.tab_back_to("#logout").await?;
    browser.press_key(Key::Enter).await?;
    browser.at("login").await?;
    type_into(browser, "#login-email", ADMIN.email).await?;
    type_into(browser, "#login-password", ADMIN.password).await?;
    browser.tab_to("#login-submit").await?;
    browser.press(" ").await?;
    browser.at("new").await
}

async fn send(browser: &Browser, file: &Path) -> Result<Link> {
    type_into(browser, "#subject", "Mit der Tastatur").await?;
    type_into(browser, "#message", "Ohne Maus").await?;
    browser.tab_to("#files").await?;
    browser.choose("#files", &[file.to_path_buf()]).await?;
    browser.see("#chosen .file-row").await?;
    browser.tab_to("#use-password").await?;
    browser.press(" ").await?;
    browser.see("#delivery-password").await?;
    browser.tab_back_to("#use-password").await?;
    browser.press(" ").await?;
    browser.tab_to("#days").await?;
    browser.press_key(Key::Up).await?;
    browser.tab_to("#send").await?;
    browser.press_key(Key::Enter).await?;
    browser.at_within("sent", LONG).await?;
    has_heading_focus(browser).await?;
    browser.tab_to("#link").await?;
    browser.tab_to("#copy-link").await?;
    Link::parse(&browser.value("#link").await?)
}

async fn open_and_save(person: &Person, link: &Link, file: &Path) -> Result<()> {
    let browser = &person.browser;
    browser.visit(&link.text()).await?;
    browser.at("open").await?;
    type_into(browser, "#recipient-email", RECIPIENT).await?;
    browser.press_key(Key::Enter).await?;
    browser.at("delivery").await?;
    has_heading_focus(browser).await?;
    ensure!(browser.text("#message-shown").await? == "Ohne Maus");
    let before = browser.downloads()?;
    browser.tab_to("#received .file-row[data-index='0'] .file-save").await?;
    browser.press_key(Key::Enter).await?;
    let saved = browser.saved_since(&before).await?;
    ensure!(files::sha256(&saved)? == files::sha256(file)?);
    Ok(())
}

async fn type_into(browser: &Browser, field: &str, text: &str) -> Result<()> {
    browser.tab_to(field).await?;
    ensure!(is_outlined(browser).await?, "{field} does not show that it has the focus");
    browser.press(text).await
}

/// Is it to be seen that the element has the focus? By outline, shadow or border: any difference to a twin without.
async fn is_outlined(browser: &Browser) -> Result<bool> {
    let script = "const e = document.activeElement; \
                  const look = () => { const s = getComputedStyle(e), p = getComputedStyle(e.parentElement); \
                      return [s.outline, s.boxShadow, s.border, s.borderImage, s.backgroundColor, p.outline, p.boxShadow].join(); }; \
                  const with_focus = look(); e.blur(); const without = look(); e.focus(); return with_focus !== without";
    Ok(browser.script(script, &[]).await? == true)
}

/// After a change of page, a screen reader begins at the new page's heading.
async fn has_heading_focus(browser: &Browser) -> Result<()> {
    browser.see_focus_in("h1").await
}
