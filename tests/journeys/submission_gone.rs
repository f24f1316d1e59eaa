//! What was sent into a box comes to an end: its owner has lost the keys, or has collected it; or its ticket ends before it was sent.

use anyhow::{Result, ensure};
use harness::{
    files,
    journey::Journey,
    person::ADMIN,
    proxy::Proxy,
    secupass::{LEVELS, OTHER},
    wait::{SOON, until},
};

use crate::level_4::STAFF;
use crate::resume;
use crate::submission::{CARL, Counter};

/// Where the owner wants it, the server keeps nothing that was collected, but for a day; a message is collected once it is read.
#[tokio::test(flavor = "multi_thread")]
async fn submission_deletes() -> Result<()> {
    Journey::run("submission_deletes", async |journey| {
        let counter = Counter::open(journey, true).await?;
        let (anna, carl) = (&counter.anna, &counter.carl.browser);
        anna.browser.click("#box-edit").await?;
        anna.browser.click("label[for=box-deletes]").await?;
        anna.browser.click("#box-save").await?;
        anna.browser.see("#box-link").await?;
        let ticket = counter.ticket().await?.link()?.to_owned();
        let file = files::make(journey.files(), "Antrag.pdf", 60_000)?;
        counter.submit(&ticket, std::slice::from_ref(&file)).await?;
        counter.mail(CARL).await?;
        let told = counter.mail(ADMIN.email).await?;
        counter.opens(&told).await?;
        ensure!(anna.browser.text("#submitter").await?.contains("deleted"), "it says nothing of deleting");
        anna.save(0).await?;
        ensure!(counter.mail(CARL).await?.text.contains("abgeholt"), "no mail that it was collected");
        carl.visit(&ticket).await?;
        carl.see(".submission[data-state=collected]").await?;
        // It can be saved once more, should it have arrived nowhere.
        counter.opens(&told).await?;
        ensure!(files::sha256(&anna.save(0).await?)? == files::sha256(&file)?);

        let message = counter.ticket().await?.link()?.to_owned();
        carl.visit(&message).await?;
        carl.fill("#message", "Guten Tag").await?;
        carl.click("#send").await?;
        carl.at("submitted").await?;
        counter.mail(CARL).await?;
        counter.opens(&counter.mail(ADMIN.email).await?).await?;
        counter.mail(CARL).await?;
        carl.visit(&message).await?;
        carl.see(".submission[data-state=collected]").await?;

        let later = [LEVELS, STAFF, ("SIEGEL_CLOCK_SKEW_SECONDS", "86700"), ("SIEGEL_SWEEP_SECONDS", "1")];
        counter.server.restart(&later).await?;
        until("the content to be deleted", SOON, async || {
            carl.visit(&ticket).await?;
            carl.see(".submission").await?;
            Ok(carl.find(".submission[data-state=ended]").await?.map(drop))
        })
        .await?;
        carl.visit(&message).await?;
        carl.see(".submission[data-state=collected]").await.map(drop)
    })
    .await
}

/// What was begun is finished by the same link, when the ticket is over by then.
#[tokio::test(flavor = "multi_thread")]
async fn submission_late() -> Result<()> {
    Journey::run("submission_late", async |journey| {
        let counter = Counter::open(journey, true).await?;
        let proxy = Proxy::start(counter.server.port()).await?;
        let (anew, ticket) = (counter.ticket().await?, counter.ticket().await?);
        let ticket = ticket.link()?.replace(&counter.server.origin(), &proxy.origin());
        let file = files::make(journey.files(), "Bauplan.dwg", 40_000_000)?;
        let browser = &counter.carl.browser;
        browser.visit(&ticket).await?;
        browser.at("ticket").await?;
        browser.choose("#files", std::slice::from_ref(&file)).await?;
        browser.see(&resume::row(&file, "waiting")).await?;
        proxy.hold_uploads_after(3);
        browser.click("#send").await?;
        resume::arrived(&proxy, 3).await?;
        browser.reload().await?;
        proxy.release_uploads();
        browser.at("incomplete-ticket").await?;

        counter.server.restart(&[LEVELS, STAFF, ("SIEGEL_CLOCK_SKEW_SECONDS", "180000")]).await?;
        browser.visit(anew.link()?).await?;
        browser.at("ticket-expired").await?;
        browser.visit(&ticket).await?;
        browser.at("ticket").await?;
        browser.click(".unfinished .go-on").await?;
        browser.see("#goes-on").await?;
        browser.choose("#files", std::slice::from_ref(&file)).await?;
        browser.see(&resume::row(&file, "waiting")).await?;
        browser.click("#send").await?;
        browser.at("submitted").await?;
        counter.confirmed_at(browser).await.map(drop)
    })
    .await
}

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
