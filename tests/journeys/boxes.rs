//! Inbox and Sent: who sent a delivery sees what became of it, and can take it back or change how long it lives.

use anyhow::{Result, ensure};
use harness::{
    browser::Browser,
    files,
    journey::Journey,
    person::{Account, Letter, RECIPIENT},
    wait::{SOON, until},
};

use crate::start;

const BERT: Account = Account { name: "Bert Blau", email: RECIPIENT, password: "drei alte Kähne am Kai" };

#[tokio::test(flavor = "multi_thread")]
async fn boxes_sent() -> Result<()> {
    Journey::run("boxes_sent", async |journey| {
        let (_server, anna) = start::admin(journey, &[]).await?;
        let browser = &anna.browser;
        browser.click(".place[href='/inbox']").await?;
        browser.at("inbox").await?;
        browser.see(".empty").await?;
        browser.click(".place[href='/sent']").await?;
        browser.at("sent-list").await?;
        browser.click(".empty a").await?;
        let file = files::make(journey.files(), "Bescheid.pdf", 5000)?;
        let letter = Letter { files: vec![file], days: Some(7), ..Letter::default() };
        let link = anna.deliver(&letter).await?;

        browser.click(".place[href='/sent']").await?;
        browser.at("sent-list").await?;
        browser.click("#sent-list a").await?;
        browser.at("sent-delivery").await?;
        ensure!(browser.address().await?.ends_with(&format!("/sent/{}", link.delivery)), "another address");
        ensure!(browser.find_all("#openings li").await?.is_empty(), "opened before anybody opened it");

        let bert = start::recipient(journey, &anna.origin).await?;
        bert.open(&link, RECIPIENT, None).await?;
        bert.save(0).await?;
        // The report of the file comes after the page has saved it.
        until("the file to be collected", SOON, async || {
            browser.reload().await?;
            browser.at("sent-delivery").await?;
            let told = browser.text("#openings").await?;
            ensure!(told.contains(RECIPIENT), "{told}");
            Ok(told.contains("All files collected").then_some(()))
        })
        .await?;

        let before = browser.text(".level .facts").await?;
        let day = browser.text("#extend-until").await?;
        browser.click("#extend-days option[value='30']").await?;
        until("another day", SOON, async || Ok((browser.text("#extend-until").await? != day).then_some(())))
            .await?;
        browser.click("#extend").await?;
        until("a later end", SOON, async || {
            Ok((browser.text(".level .facts").await? != before).then_some(()))
        })
        .await?;

        browser.click("#revoke-all").await?;
        browser.click("#ask-no").await?;
        ensure!(browser.find("#extend").await?.is_some(), "it was taken back without being asked for");
        browser.click("#revoke-all").await?;
        browser.click("#ask-yes").await?;
        until("an end", SOON, async || Ok(browser.find("#extend").await?.is_none().then_some(()))).await?;
        bert.browser.visit(&link.text()).await?;
        bert.browser.at("expired").await
    })
    .await
}

/// A guest finds in the inbox what was sent, opens it with the link from the mail, and the sender sees each step.
#[tokio::test(flavor = "multi_thread")]
async fn boxes_inbox() -> Result<()> {
    Journey::run("boxes_inbox", async |journey| {
        let (server, anna) = start::admin(journey, &[]).await?;
        let browser = &anna.browser;
        let letter = Letter { message: "Guten Tag", level: Some(2), to: &[RECIPIENT], ..Letter::default() };
        anna.compose(&letter).await?;
        anna.send_by_mail().await?;
        browser.click("#see-status").await?;
        browser.at("sent-delivery").await?;
        told(browser, "Has no account yet").await?;

        let bert = start::recipient(journey, &anna.origin).await?;
        let mail = server.mailbox().wait_for_mail(RECIPIENT).await?;
        bert.visit("/").await?;
        bert.register(server.mailbox(), &BERT).await?;
        bert.browser.at("inbox").await?;
        ensure!(bert.browser.find(".place[href='/new']").await?.is_none(), "a guest may begin deliveries");
        // The start leads each of them to what they come for.
        bert.browser.click(".brand").await?;
        bert.browser.at("inbox").await?;
        let bookmarked = anna.browser.address().await?;
        anna.visit("/").await?;
        browser.at("new").await?;
        browser.visit(&bookmarked).await?;
        bert.browser.click("#received-list a").await?;
        bert.browser.at("inbox-delivery").await?;
        ensure!(bert.browser.find("#answer").await?.is_none(), "an answer to what was not read");
        bert.browser.fill("#paste-link", "https://example.org/r/der-Schluessel-fehlt").await?;
        bert.browser.click("#paste-submit").await?;
        bert.browser.see_error("broken-link").await?;
        told(browser, "Not opened yet").await?;
        bert.browser.fill("#paste-link", mail.link()?).await?;
        bert.browser.click("#paste-submit").await?;
        bert.browser.at("open").await?;
        bert.browser.click("#open").await?;
        bert.browser.at("delivery").await?;

        told(browser, "Opened on").await?;
        browser.click("#recipients .revoke").await?;
        browser.click("#ask-yes").await?;
        told(browser, "after it was opened").await?;
        bert.visit("/inbox").await?;
        bert.browser.click("#received-list a").await?;
        bert.browser.see("[data-page='inbox-delivery'] .kern-badge--warning").await?;
        ensure!(bert.browser.find("#paste-link").await?.is_none(), "what was taken back is offered");
        Ok(())
    })
    .await
}

/// Loads the page anew until it tells this of the only recipient.
async fn told(browser: &Browser, words: &str) -> Result<()> {
    until(format!("“{words}” of the recipient"), SOON, async || {
        browser.reload().await?;
        Ok(browser.text("#recipients .badges").await?.contains(words).then_some(()))
    })
    .await
}
