//! A hostile server at the moment of release: it shows keys and proofs that are not the recipient's. Each time the page says which,
//! and nothing is granted; so does a sender's new beginning, after which nothing of before can be granted.

use anyhow::{Context, Result, ensure};
use harness::{
    axe,
    browser::Look,
    journey::Journey,
    person::Person,
    proxy::{Answers, Fault, Seen, flip},
    secupass::{self, OTHER, SECUPASS},
};
use serde_json::Value;

use crate::hostile_server::told;
use crate::level_2::BERT;
use crate::office::{ANNA, Office, is_empty, waiting};
use crate::responsive::fits;

const RELEASES: Answers = Answers::To("GET", "/api/releases");
const THIRD: &str = "Sieben Igel suchen nachts Kartoffeln";
const FOURTH: &str = "Morgens pfeift der Kessel laut";

/// Anna tries to release to Bert while the server lies; what the page says of it.
async fn is_refused(office: &Office, secupass: &str, why: &str, fault: Option<Fault>) -> Result<()> {
    let (browser, grants) = (&office.anna.browser, office.grants());
    let steps = async {
        if let Some(fault) = fault {
            office.proxy.lie(RELEASES, fault);
        }
        office.anna.visit("/release").await?;
        browser.see(&waiting(&BERT)).await?;
        browser.click("#release-all").await?;
        secupass::give(browser, secupass).await?;
        let said = browser.text(&format!("{} [data-why={why}]", waiting(&BERT))).await?;
        ensure!(said.contains(BERT.email) && said.split_whitespace().count() > 8, "{said}");
        ensure!(browser.find("#release-done").await?.is_none(), "it says that it was done");
        ensure!(office.grants() == grants, "a grant left the browser");
        office.proxy.be_honest();
        Ok(())
    };
    steps.await.with_context(|| format!("refused as {why}"))
}

/// The proof of an invitation code, as a browser has sent it.
fn proof(sent: &Seen) -> Result<Value> {
    Ok(serde_json::from_slice::<Value>(&sent.body())?["proof"].clone())
}

/// Puts something else in place of one part of what the only one who waits is shown with.
fn instead(part: &'static str, value: Value) -> Option<Fault> {
    Some(Fault::rewrite(move |answer| answer["waiting"][0][part] = value.clone()))
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_server_release() -> Result<()> {
    Journey::run("hostile_server_release", async |journey| {
        let office = Office::open(journey, false).await?;
        let (browser, seen) = (&office.anna.browser, office.proxy.seen());
        let other = told(browser, "/api/account/keys").await?["keys"]["cards"].clone();
        office.compose(journey, &[BERT.email]).await?;
        browser.click("label[for=with-codes]").await?;
        office.anna.send_unlocking(SECUPASS).await?;
        let code = browser.text(".invitation-code").await?;
        let mail = office.mail(BERT.email, "/r/").await?;
        let id = mail.link()?.rsplit('/').next().context("an id")?;
        let (link, granted) = (format!("/r/{id}"), format!("/api/inbox/{id}/grant"));

        let bert = Person::new(journey.browser("bert", Look::GERMAN).await?, office.proxy.origin());
        bert.visit(&link).await?;
        bert.browser.at("open").await?;
        bert.register(office.mails(), &BERT).await?;
        bert.choose_to_open(OTHER).await?;
        let offer = told(&bert.browser, &granted).await?["offer"].clone();
        let types_code = async |secupass: Option<&str>| {
            bert.browser.fill("#invitation-code", &code).await?;
            bert.browser.click("#use-code").await?;
            match secupass {
                Some(secupass) => secupass::give(&bert.browser, secupass).await,
                None => Ok(()),
            }
        };
        types_code(None).await?;
        bert.browser.at("delivery").await?;
        let first = proof(seen.with("POST", "/invitation").first().context("a proof")?)?;

        // At first contact.
        let changed = |part: &'static str| {
            Some(Fault::rewrite(move |answer| flip(&mut answer["waiting"][0][part], -1, 1)))
        };
        is_refused(&office, SECUPASS, "wrong-proof", changed("proof")).await?;
        is_refused(&office, SECUPASS, "damaged", instead("cards", other)).await?;
        is_refused(&office, SECUPASS, "held", changed("own_grant")).await?;
        office.anna.visit("/release").await?;
        office.release_all().await?;
        is_empty(browser).await?;

        // Somebody who has overheard the code and got into Bert's account: the server lets them use it once more.
        bert.visit("/settings").await?;
        bert.begin_anew(&BERT, THIRD).await?;
        office
            .proxy
            .lie(Answers::To("GET", "/grant"), Fault::rewrite(move |answer| answer["offer"] = offer.clone()));
        bert.visit(&link).await?;
        types_code(Some(THIRD)).await?;
        bert.browser.see_new_error().await?;
        office.proxy.be_honest();
        let tries = seen.with("POST", "/invitation");
        let second = proof(tries.last().context("a proof")?)?;
        ensure!(tries.len() == 2 && first != second, "no proof for the other key");
        is_refused(&office, SECUPASS, "used-twice", instead("proof", second)).await?;
        // The proof of before is one for the key of before, and says nothing of another.
        is_refused(&office, SECUPASS, "changed", instead("proof", first)).await?;
        is_refused(&office, SECUPASS, "changed", None).await?;

        // What it looks like, and what leads on.
        browser.see(&format!("{} .compare", waiting(&BERT))).await?;
        let phone = Look::ENGLISH.dark().phone();
        browser.show(phone).await?;
        let found = axe::findings(browser).await?;
        ensure!(found.is_empty(), "{found:?}");
        browser.show(Look { width: 360, ..phone }).await?;
        fits(browser).await?;
        browser.show(Look::ENGLISH).await?;

        // With other keys of her own Anna holds nothing that she could grant.
        office.anna.visit("/settings").await?;
        office.anna.begin_anew(&ANNA, FOURTH).await?;
        is_refused(&office, FOURTH, "held", None).await
    })
    .await
}
