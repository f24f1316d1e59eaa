//! Five recipients, each of them elsewhere on the way: nobody is left out, and nobody lowers what protects the others.

use anyhow::{Context, Result, ensure};
use harness::{
    browser::{Browser, Look},
    journey::Journey,
    person::{ADMIN, Account, Letter, Person},
    secupass::{self, LEVELS, OTHER, SECUPASS},
};

use crate::level_4::{KARL, STAFF, join};

/// Has keys that nobody has seen yet.
const DORA: Account =
    Account { name: "Dora Dorn", email: "dora@amt.example", password: "fünf Hasen vor dem Tor" };
/// Has keys, whose words are compared.
const EMIL: Account =
    Account { name: "Emil Eck", email: "emil@amt.example", password: "sechs Boote an der Mole" };
/// Has an account and no SecuPass.
const CARLA: Account =
    Account { name: "Carla Sommer", email: "carla@amt.example", password: "vier Hütten auf dem Berg" };
/// Has no account.
const FRIEDA: &str = "frieda@example.org";

/// How the chip of an address stands.
async fn chip(browser: &Browser, email: &str) -> Result<String> {
    let script = "const chip = [...document.querySelectorAll('.chip')] \
        .find(chip => chip.querySelector('.chip__address').textContent == arguments[0]); \
        return chip.querySelector('[data-readiness]')?.dataset.readiness ?? ''";
    Ok(browser.script(script, &[email.into()]).await?.as_str().context("a text")?.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn mixed_recipients() -> Result<()> {
    Journey::run("mixed_recipients", async |journey| {
        let server = journey.server(&[LEVELS, STAFF]).await?;
        let anna = Person::new(journey.browser("anna", Look::GERMAN).await?, server.origin());
        let other = Person::new(journey.browser("others", Look::GERMAN).await?, server.origin());
        anna.set_up(&server, &ADMIN).await?;
        for account in [&KARL, &DORA, &EMIL] {
            join(&other, server.mailbox(), account, OTHER).await?;
            other.log_out().await?;
        }
        other.visit("/settings").await?;
        other.register(server.mailbox(), &CARLA).await?;

        let browser = &anna.browser;
        anna.visit("/settings").await?;
        secupass::choose(browser, SECUPASS).await?;
        browser.fill("#check-email", EMIL.email).await?;
        browser.click("#check-submit").await?;
        browser.click("#compare-same").await?;
        browser.see("#check-told [data-standing=compared]").await?;
        browser.click(".place[href='/new']").await?;
        let letter = Letter { level: Some(4), message: "Anbei.", to: &[KARL.email], ..Letter::default() };
        anna.compose(&letter).await?;
        anna.send_by_mail().await?;
        anna.start_another().await?;

        let five = [
            (KARL.email, "pinned"),
            (DORA.email, "vouched"),
            (EMIL.email, "compared"),
            (CARLA.email, "needs-keys"),
            (FRIEDA, "needs-account"),
        ];
        let to = five.map(|(email, _)| email);
        anna.compose(&Letter { to: &to, ..letter }).await?;
        for (email, expected) in five {
            browser.see(&format!(".chip__readiness[data-readiness={expected}]")).await?;
            let found = chip(browser, email).await?;
            ensure!(found == expected, "{email} is {found}");
        }
        browser.click("label[for=with-codes]").await?;
        anna.send_by_mail().await?;

        // Seven words each for those who have no keys, to be read out, and nothing to release for who has a code.
        let mut codes = Vec::new();
        for shown in browser.find_all(".invitation-code").await? {
            let email = shown.attr("data-email").await?.context("whose code it is")?;
            let words = shown.text().await?;
            ensure!(words.split(' ').count() == 7, "{words}");
            codes.push((email, words));
        }
        let invited: Vec<_> = codes.iter().map(|(email, _)| email.as_str()).collect();
        ensure!(invited == [CARLA.email, FRIEDA], "{invited:?}");
        ensure!(codes[0].1 != codes[1].1, "two have the same code");
        ensure!(browser.find("#to-release").await?.is_none(), "who has a code waits for a release");
        for email in to {
            let mail = server.mailbox().wait_for_mail(email).await?;
            ensure!(!mail.link()?.contains('#'), "{}", mail.link()?);
            ensure!(!codes.iter().any(|(_, code)| mail.raw.contains(code)), "a code was mailed");
        }
        Ok(())
    })
    .await
}
