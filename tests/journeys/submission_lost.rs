//! What was sent into a box stays closed when its owner has lost the keys; both sides are told.

use anyhow::{Result, ensure};
use harness::{files, journey::Journey, person::ADMIN, secupass::OTHER};

use crate::submission::{CARL, Counter};

#[tokio::test(flavor = "multi_thread")]
async fn submission_lost() -> Result<()> {
    Journey::run("submission_lost", async |journey| {
        let counter = Counter::open(journey, true).await?;
        let ticket = counter.ticket().await?.link()?.to_owned();
        let file = files::make(journey.files(), "Antrag.pdf", 60_000)?;
        counter.submit(&ticket, &[file]).await?;
        let told = counter.mail(ADMIN.email).await?;
        let anna = &counter.anna;
        anna.visit("/settings").await?;
        anna.begin_anew(&ADMIN, OTHER).await?;
        anna.browser.visit(told.link()?).await?;
        anna.browser.at("inbox-delivery").await?;
        anna.browser.see("#granted-state[data-state=lost]").await?;
        let told = anna.browser.text("#granted-state").await?;
        ensure!(told.contains(CARL), "whom to ask is not said: {told:?}");
        ensure!(anna.browser.find("#open").await?.is_none(), "it can still be tried");
        anna.visit("/inbox").await?;
        let listed = anna.browser.text("#received-list .entry").await?;
        ensure!(listed.contains("Can no longer be opened"), "the inbox lists {listed:?}");

        let browser = &counter.carl.browser;
        browser.visit(&ticket).await?;
        browser.at("ticket-status").await?;
        browser.see(".submission[data-state=lost]").await?;
        anna.browser.click("#received-list .entry a").await?;
        counter.deletes().await?;
        browser.visit(&ticket).await?;
        browser.see(".submission[data-state=deleted]").await.map(drop)
    })
    .await
}
