//! A guest answers: at the level it came in, to its sender alone, with nothing to install and nothing to pay.

use anyhow::{Result, ensure};
use harness::{
    files,
    journey::Journey,
    link::Link,
    person::{ADMIN, Letter},
};

use crate::level_2::BERT;
use crate::start;

#[tokio::test(flavor = "multi_thread")]
async fn answer() -> Result<()> {
    Journey::run("answer", async |journey| {
        let (server, anna) = start::admin(journey, &[]).await?;
        let mails = server.mailbox();
        let letter = Letter {
            message: "Bitte um Ihre Unterlagen.",
            level: Some(2),
            to: &[BERT.email],
            ..Letter::default()
        };
        anna.compose(&letter).await?;
        anna.send_by_mail().await?;
        let invitation = mails.wait_for_mail(BERT.email).await?;
        let bert = start::recipient(journey, &anna.origin).await?;
        bert.browser.visit(invitation.link()?).await?;
        bert.browser.at("open").await?;
        bert.register(mails, &BERT).await?;
        bert.browser.click("#open").await?;
        bert.browser.at("delivery").await?;

        bert.browser.click("#answer").await?;
        bert.browser.at("new").await?;
        ensure!(bert.browser.text("#answer-to").await?.contains(ADMIN.name));
        ensure!(bert.browser.find("#recipients").await?.is_none(), "an answer has its recipient");
        ensure!(bert.browser.find("#level-1").await?.is_none(), "an answer has its level");
        let file = files::make(journey.files(), "Unterlagen.pdf", 200_000)?;
        let reply = Letter {
            subject: "Meine Unterlagen",
            message: "Anbei.",
            files: vec![file.clone()],
            ..Letter::default()
        };
        bert.compose(&reply).await?;
        bert.send_by_mail().await?;
        // A guest begins no delivery, so that none is offered; what else came is the way on.
        ensure!(bert.browser.find("#new-delivery").await?.is_none(), "an answer leads to a new delivery");
        bert.browser.click("#see-inbox").await?;
        bert.browser.at("inbox").await?;

        let mail = mails.wait_for_mail(ADMIN.email).await?;
        ensure!(mail.subject.contains(BERT.name), "{}", mail.subject);
        let link = Link::parse(mail.link()?)?;
        ensure!(link.page == "r", "{}", link.text());
        anna.browser.visit(&link.text()).await?;
        anna.browser.at("open").await?;
        anna.browser.click("#open").await?;
        anna.browser.at("delivery").await?;
        ensure!(anna.browser.text("#message-shown").await? == "Anbei.");
        ensure!(files::sha256(&anna.save(0).await?)? == files::sha256(&file)?);

        // Nothing else: a guest begins no delivery.
        bert.visit("/new").await?;
        bert.browser.at("inbox").await
    })
    .await
}
