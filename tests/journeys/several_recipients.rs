//! One delivery to several people: each has a link and a state of their own, and none sees the others.

use anyhow::{Result, ensure};
use harness::{
    files,
    journey::Journey,
    link::Link,
    person::{ADMIN, Letter},
};

use crate::level_2::{BERT, CARLA};
use crate::start;

#[tokio::test(flavor = "multi_thread")]
async fn several_recipients() -> Result<()> {
    Journey::run("several_recipients", async |journey| {
        let (server, anna) = start::admin(journey, &[]).await?;
        let mails = server.mailbox();
        let file = files::make(journey.files(), "Protokoll.pdf", 40_000)?;
        let browser = &anna.browser;
        browser.click("#level-2 ~ div label").await?;
        // As a mail program copies addresses; one is none, and one comes twice.
        browser
            .fill(
                "#recipients",
                "Bert Winter <bert@test.example>; CARLA@test.example, dora@, bert@test.example",
            )
            .await?;
        browser.click("#send").await?;
        browser.see_error("not-addresses").await?;
        ensure!(browser.value("#recipients").await? == "dora@", "what was typed is kept to be mended");
        ensure!(browser.find_all(".chip").await?.len() == 2);
        browser.fill("#recipients", "dora@test.example").await?;
        anna.compose(&Letter { message: "An alle drei.", files: vec![file], ..Letter::default() }).await?;
        browser.see(".chip:nth-of-type(3)").await?;
        anna.send_by_mail().await?;

        let mut links = Vec::new();
        for address in [BERT.email, CARLA.email, "dora@test.example"] {
            let mail = mails.wait_for_mail(address).await?;
            ensure!(mail.to.len() == 1, "each mail has one recipient");
            let others =
                [BERT.email, CARLA.email, "dora@test.example"].into_iter().filter(|other| *other != address);
            for other in others {
                ensure!(!mail.text.contains(other) && !mail.html.contains(other), "{address} sees {other}");
            }
            links.push(Link::parse(mail.link()?)?);
        }
        let bert = start::recipient(journey, &anna.origin).await?;
        bert.browser.visit(&links[0].text()).await?;
        bert.browser.at("open").await?;
        bert.register(mails, &BERT).await?;
        bert.browser.click("#open").await?;
        bert.browser.at("delivery").await?;
        bert.save(0).await?;

        let told = mails.wait_for_mail(ADMIN.email).await?;
        ensure!(told.text.contains(BERT.email), "{}", told.text);
        Ok(())
    })
    .await
}
