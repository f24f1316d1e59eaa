//! Somebody gets other keys at the very moment in which something is granted to them: whatever the old ones have signed is granted
//! anew, and for keys that nobody has signed everything stops.

use anyhow::{Context, Result, ensure};
use harness::{
    journey::Journey,
    proxy::{Answers, Seen},
    secupass::{self, OTHER, SECUPASS},
};
use serde_json::Value;

use crate::hostile_server::told;
use crate::level_2::{BERT, CARLA};
use crate::office::{Office, SUBJECT, Sent, is_empty, opens, waiting};

const THIRD: &str = "Sieben Igel suchen nachts Kartoffeln";
const FOURTH: &str = "Morgens pfeift der Kessel laut";

/// Which card the only recipient's grant is for.
fn card(sent: &Seen) -> Result<Value> {
    let sent: Value = serde_json::from_slice(&sent.body())?;
    Ok(sent["recipients"][0]["grant"]["card"].clone())
}

/// Between the look at the keys and the sending.
#[tokio::test(flavor = "multi_thread")]
async fn another_card_while_sending() -> Result<()> {
    Journey::run("another_card_while_sending", async |journey| {
        let office = Office::open(journey, false).await?;
        let (anna, browser, seen) = (&office.anna, &office.anna.browser, office.proxy.seen());
        let bert = office.join(journey, &BERT).await?;
        let press = async || {
            browser.click("#send").await?;
            secupass::give(browser, SECUPASS).await
        };

        // Signed by the old keys: nobody has to do anything.
        let file = office.compose(journey, &[BERT.email]).await?;
        let renews = async || bert.renew_keys(&BERT, OTHER, THIRD).await;
        office.proxy.while_holding(Answers::Sent, press, renews).await?;
        anna.is_sent().await?;
        let tries = seen.with("POST", "/send");
        ensure!(tries.len() == 2 && card(&tries[0])? != card(&tries[1])?, "not granted to the new card");
        ensure!(seen.parts().len() == 1, "uploaded again");
        let sent = Sent { file, links: Vec::new() };
        opens(&bert, office.mail(BERT.email, "/r/").await?.link()?, THIRD, &sent).await?;

        // Signed by nobody: it is not sent, and nothing is lost.
        let file = office.compose(journey, &[BERT.email]).await?;
        bert.visit("/settings").await?;
        let begins = async || bert.begin_anew(&BERT, FOURTH).await.map(drop);
        office.proxy.while_holding(Answers::Sent, press, begins).await?;
        let shown = browser.see_error("recipients-keys").await?;
        ensure!(shown.text.contains(BERT.email), "{}", shown.text);
        browser.see(".chip__readiness[data-readiness=changed]").await?;
        let list = told(browser, "/api/sent").await?;
        ensure!(list["deliveries"].as_array().is_some_and(|all| all.len() == 1), "it was sent: {list}");
        ensure!(browser.value("#subject").await? == SUBJECT, "the subject is lost");
        browser.click(".chip__compare").await?;
        browser.see("#compare-changed").await?;
        anna.compare(&bert.own_words().await?).await?;
        browser.see(".chip__readiness[data-readiness=compared]").await?;
        browser.see_no_error().await?;
        browser.click("#send").await?;
        anna.is_sent().await?;
        ensure!(seen.parts().len() == 2, "uploaded again");
        let sent = Sent { file, links: Vec::new() };
        opens(&bert, office.mail(BERT.email, "/r/").await?.link()?, FOURTH, &sent).await
    })
    .await
}

/// Between the look at who waits and the grant.
#[tokio::test(flavor = "multi_thread")]
async fn another_card_while_releasing() -> Result<()> {
    Journey::run("another_card_while_releasing", async |journey| {
        let office = Office::open(journey, false).await?;
        let browser = &office.anna.browser;
        let grant = Answers::To("PUT", "/grant");
        let press = async || {
            browser.click("#release-all").await?;
            secupass::give(browser, SECUPASS).await
        };
        let sent = office.send(journey, &[BERT.email, CARLA.email]).await?;

        // The next round grants it, with the same unlock.
        let bert = office.join(journey, &BERT).await?;
        office.is_told().await?;
        browser.see(&waiting(&BERT)).await?;
        let renews = async || bert.renew_keys(&BERT, OTHER, THIRD).await;
        office.proxy.while_holding(grant, press, renews).await?;
        browser.see("#release-done").await?;
        is_empty(browser).await?;
        ensure!(office.grants() == 2, "{} grants", office.grants());
        opens(&bert, office.mail(BERT.email, "/inbox/").await?.link()?, THIRD, &sent).await?;

        // The next round refuses it: the server has not taken what was for the lost key, and gets nothing for the new one.
        let carla = office.join(journey, &CARLA).await?;
        office.is_told().await?;
        browser.see(&waiting(&CARLA)).await?;
        let begins = async || carla.begin_anew(&CARLA, FOURTH).await.map(drop);
        office.proxy.while_holding(grant, press, begins).await?;
        browser.see(&format!("{} [data-why=changed]", waiting(&CARLA))).await?;
        ensure!(browser.find("#release-done").await?.is_none(), "it says that it was done");
        ensure!(office.grants() == 3, "{} grants", office.grants());
        let id = sent.links[1].rsplit('/').next().context("an id")?;
        let grant = told(&carla.browser, &format!("/api/inbox/{id}/grant")).await?;
        ensure!(grant["grant"].is_null(), "granted: {grant}");
        Ok(())
    })
    .await
}
