//! Hundreds of recipients with keys of their own: one of them opens what was sent to all, pages tell how far they are, and
//! one click releases to more people than the server tells of at a time.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use harness::{
    browser::Browser,
    crowd,
    journey::Journey,
    secupass::{self, OTHER, SECUPASS},
    wait::{LONG, until},
};

use crate::level_2::BERT;
use crate::office::{Office, Sent, is_empty, opens};

/// As many recipients as a delivery may have, and as many of those who wait as the server tells of at a time.
const MOST: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn crowd() -> Result<()> {
    Journey::run("crowd", async |journey| {
        let office = Office::open(journey, false).await?;
        let browser = &office.anna.browser;
        let people = crowd::addresses(2 * (MOST - 1));
        let with_bert = |half: usize| {
            let half = people.chunks(MOST - 1).nth(half).unwrap_or_default();
            [half, &[BERT.email.to_owned()]].concat()
        };
        let mut files = Vec::new();
        for half in [0, 1] {
            files.push(compose(&office, journey, &with_bert(half)).await?);
            office.anna.send_unlocking(SECUPASS).await?;
            office.mail(BERT.email, "/r/").await?;
        }
        crowd::register(&office.server, &people).await?;
        crowd::choose_secupass(&office.server, &people).await?;
        let bert = office.join(journey, &BERT).await?;
        office.is_told().await?;

        browser.click("#release-all").await?;
        secupass::give(browser, SECUPASS).await?;
        // The second hundred is counted on, not anew.
        let done = counts(browser, "#release-all", 2 * MOST).await?;
        ensure!(done >= MOST, "it begins anew with {done}");
        browser.see("#release-done").await?;
        let said = browser.text("#release-done").await?;
        ensure!(said.contains(&format!("{} people", people.len() + 1)), "it says “{said}”");
        is_empty(browser).await?;
        ensure!(office.grants() == 2 * MOST, "{} grants", office.grants());
        for file in files {
            let mail = office.mail(BERT.email, "/inbox/").await?;
            opens(&bert, mail.link()?, OTHER, &Sent { file, links: Vec::new() }).await?;
        }

        let file = compose(&office, journey, &with_bert(0)).await?;
        browser.click("#send").await?;
        secupass::give(browser, SECUPASS).await?;
        counts(browser, ".sending", MOST).await?;
        office.anna.is_sent().await?;
        let mail = office.mail(BERT.email, "/r/").await?;
        opens(&bert, mail.link()?, OTHER, &Sent { file, links: Vec::new() }).await
    })
    .await
}

/// Composes for all of them, whose addresses are pasted.
async fn compose(office: &Office, journey: &Journey, to: &[String]) -> Result<PathBuf> {
    let file = office.compose(journey, &[]).await?;
    let browser = &office.anna.browser;
    let field = browser.see("#recipients").await?;
    let paste = "arguments[0].focus(); document.execCommand('insertText', false, arguments[1])";
    browser.script(paste, &[field.to_json()?, to.join("\n").into()]).await?;
    browser.click("#subject").await?;
    browser.see(&format!(".chip:nth-of-type({})", to.len())).await?;
    Ok(file)
}

/// The page tells a number on the way to this one.
async fn counts(browser: &Browser, selector: &str, all: usize) -> Result<usize> {
    until(format!("a number of {all}"), LONG, async || {
        if let Some(shown) = browser.error().await? {
            bail!("the page says {shown:?}");
        }
        let text = browser.text(selector).await.unwrap_or_default().replace([',', '\n'], " ");
        let before = text.split_once(&format!(" of {all} ")).map(|(before, _)| before);
        let done = before.and_then(|before| before.rsplit(' ').next()?.parse().ok());
        Ok(done.filter(|done| (1..all).contains(done)))
    })
    .await
}
