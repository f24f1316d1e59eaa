//! A hostile server: it shows keys that are not their owners', old ones, weak ones, and answers what it likes. Each time there
//! is the error that belongs to it, nothing is granted, and nothing is shown; and when the server is honest again, all works.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use harness::{
    browser::{Browser, Look},
    journey::Journey,
    person::{ADMIN, Account, Letter, Person},
    proxy::{Answers, Fault, Proxy, flip},
    secupass::{self, LEVELS, SECUPASS},
    wait::{SOON, until},
};
use serde_json::Value;

use crate::compare_words::{ask, is_closed};
use crate::level_4::{KARL, STAFF, join};

const KEYS: Answers = Answers::To("GET", "/api/account/keys");
const CARDS: Answers = Answers::To("POST", "/api/cards");
const GRANT: Answers = Answers::To("GET", "/grant");

/// What the server tells this browser's account at a path.
pub(crate) async fn told(browser: &Browser, path: &str) -> Result<Value> {
    let script = "return JSON.stringify(await (await fetch(arguments[0])).json())";
    let text = browser.script_async(script, &[path.into()]).await?;
    Ok(serde_json::from_str(text.as_str().context("a text")?)?)
}

/// Another server, on which somebody has made keys for the same address: what a hostile one can always make by itself.
pub(crate) async fn forged(journey: &Journey, account: &Account) -> Result<Value> {
    let server = journey.server(&[LEVELS, STAFF]).await?;
    let root = Person::new(journey.browser("root", Look::GERMAN).await?, server.origin());
    root.set_up(&server, account).await?;
    root.visit("/settings").await?;
    secupass::choose(&root.browser, SECUPASS).await?;
    told(&root.browser, "/api/account/keys").await
}

/// Tries to unlock; what the page says of it.
async fn unlock(browser: &Browser, kind: &str) -> Result<()> {
    browser.click("#keys-unlock").await?;
    secupass::give(browser, SECUPASS).await?;
    let shown = match kind {
        "secupass-wrong" => "#unlock-secupass-error".to_owned(),
        kind => format!("#unlock-error[data-kind={kind}]"),
    };
    browser.see(&shown).await.with_context(|| format!("{kind} is told"))?;
    browser.click("#unlock-close").await?;
    until("the dialog to close", SOON, async || {
        Ok(browser.find("#unlock-dialog").await?.is_none().then_some(()))
    })
    .await?;
    browser.see("#keys-unlock").await.map(drop)
}

/// The server shows other keys than the account's own.
#[tokio::test(flavor = "multi_thread")]
async fn hostile_server_own_keys() -> Result<()> {
    Journey::run("hostile_server_own_keys", async |journey| {
        let forged = Arc::new(forged(journey, &ADMIN).await?);
        let server = journey.server(&[LEVELS, STAFF]).await?;
        let proxy = Proxy::start(server.port()).await?;
        let anna = Person::new(journey.browser("anna", Look::GERMAN).await?, proxy.origin());
        anna.set_up(&server, &ADMIN).await?;
        anna.visit("/settings").await?;
        secupass::choose(&anna.browser, SECUPASS).await?;
        let browser = &anna.browser;
        let old = told(browser, "/api/account/keys").await?["keys"]["vault"].clone();
        // Something is remembered, so that there is an older vault.
        let karl = Person::new(journey.browser("karl", Look::GERMAN).await?, server.origin());
        join(&karl, server.mailbox(), &KARL, SECUPASS).await?;
        browser.fill("#check-email", KARL.email).await?;
        browser.click("#check-submit").await?;
        browser.click("#compare-same").await?;
        browser.see("#check-told [data-standing=compared]").await?;
        browser.click("#keys-lock").await?;

        let take = |part: &'static str| {
            let forged = Arc::clone(&forged);
            Fault::rewrite(move |answer| answer["keys"][part] = forged["keys"][part].clone())
        };
        let lock =
            |at: isize, by: u8| Fault::rewrite(move |answer| flip(&mut answer["keys"]["secupass"], at, by));
        let faults = [
            // Profile 1 becomes 0, 3 and 255: weaker, stronger and unheard of. Nothing is derived with any.
            ("profile-refused", "profile 0", lock(6, 1)),
            ("profile-refused", "profile 3", lock(6, 2)),
            ("profile-refused", "profile 255", lock(6, 254)),
            ("secupass-wrong", "another lock", lock(-1, 1)),
            ("keys-damaged", "the lock of another account", take("secupass")),
            ("keys-damaged", "seeds of another account", take("identity")),
            (
                "keys-damaged",
                "changed seeds",
                Fault::rewrite(|answer| flip(&mut answer["keys"]["identity"], -1, 1)),
            ),
            ("keys-differ", "another card", take("cards")),
            ("keys-differ", "another's vault", take("vault")),
            (
                "vault-rolled-back",
                "an older vault",
                Fault::rewrite(move |answer| answer["keys"]["vault"] = old.clone()),
            ),
        ];
        for (kind, what, fault) in faults {
            let before = proxy.seen().all().len();
            proxy.lie(KEYS, fault);
            unlock(browser, kind).await.with_context(|| format!("the server's attack: {what}"))?;
            // Whatever came of it, the server hears nothing.
            let after = proxy.seen().all().split_off(before);
            ensure!(after.iter().all(|seen| seen.method == "GET"), "{what}: something was sent");
        }
        proxy.be_honest();
        secupass::unlock(browser, SECUPASS).await?;
        browser.fill("#check-email", KARL.email).await?;
        browser.click("#check-submit").await?;
        browser.see("#check-told [data-standing=compared]").await.map(drop)
    })
    .await
}

/// The server shows other keys than the recipients' own.
#[tokio::test(flavor = "multi_thread")]
async fn hostile_server_recipients_keys() -> Result<()> {
    Journey::run("hostile_server_recipients_keys", async |journey| {
        let forged = forged(journey, &KARL).await?["keys"]["cards"].clone();
        let server = journey.server(&[LEVELS, STAFF]).await?;
        let proxy = Proxy::start(server.port()).await?;
        let anna = Person::new(journey.browser("anna", Look::GERMAN).await?, proxy.origin());
        anna.set_up(&server, &ADMIN).await?;
        let karl = Person::new(journey.browser("karl", Look::GERMAN).await?, server.origin());
        join(&karl, server.mailbox(), &KARL, SECUPASS).await?;
        anna.visit("/settings").await?;
        secupass::choose(&anna.browser, SECUPASS).await?;
        let browser = &anna.browser;
        let swapped = || {
            let forged = forged.clone();
            Fault::rewrite(move |answer| answer["cards"] = [forged.clone()].into())
        };

        // At first contact nothing but people can tell: so it is said that only the server vouches.
        proxy.lie(CARDS, swapped());
        ask(browser, KARL.email, "vouched").await?;
        let shown = browser.text("#compare-dialog .words").await?;
        karl.browser.click("#own-words-show").await?;
        ensure!(karl.browser.text("#own-words .words").await? != shown, "the forged key has Karl's words");
        browser.click("#compare-differ").await?;
        browser.see("#compare-warning:not(:empty)").await?;
        browser.click("#compare-close").await?;
        is_closed(browser).await?;

        // Known keys: nothing is uploaded, nothing granted.
        proxy.be_honest();
        ask(browser, KARL.email, "vouched").await?;
        browser.click("#compare-same").await?;
        browser.see("#check-told [data-standing=compared]").await?;
        is_closed(browser).await?;
        let attacks = [
            ("changed", "another key", swapped()),
            ("damaged", "a changed card", Fault::rewrite(|answer| flip(&mut answer["cards"][0][0], 60, 1))),
            (
                "damaged",
                "a changed signature",
                Fault::rewrite(|answer| flip(&mut answer["cards"][0][0], -1, 1)),
            ),
            ("damaged", "another person's key", {
                let own = told(browser, "/api/account/keys").await?["keys"]["cards"].clone();
                Fault::rewrite(move |answer| answer["cards"] = [own.clone()].into())
            }),
        ];
        for (standing, what, fault) in attacks {
            let attacked = async {
                anna.visit("/new").await?;
                anna.compose(&Letter {
                    level: Some(4),
                    message: "Hallo",
                    to: &[KARL.email],
                    ..Letter::default()
                })
                .await?;
                let before = proxy.seen().all().len();
                proxy.lie(CARDS, fault);
                browser.click("#send").await?;
                secupass::give(browser, SECUPASS).await?;
                browser.see_error("recipients-keys").await?;
                browser.see(&format!(".chip__readiness[data-readiness={standing}]")).await?;
                let after = proxy.seen().all().split_off(before);
                let sent = after.iter().filter(|seen| seen.method != "GET").map(|seen| seen.target.as_str());
                ensure!(
                    sent.clone().all(|target| target.ends_with("cards") || target.ends_with("readiness"))
                );
                proxy.be_honest();
                // The message is still there, and goes once the server is honest.
                ensure!(browser.value("#message").await? == "Hallo", "the message is lost");
                browser.click("#send").await?;
                anna.is_sent().await
            };
            attacked.await.with_context(|| format!("the server's attack: {what}"))?;
        }
        Ok(())
    })
    .await
}

/// What the server says was granted is not what the sender granted, or not for this delivery.
#[tokio::test(flavor = "multi_thread")]
async fn hostile_server_grants() -> Result<()> {
    Journey::run("hostile_server_grants", async |journey| {
        let forged = forged(journey, &ADMIN).await?["keys"]["cards"].clone();
        let server = journey.server(&[LEVELS, STAFF]).await?;
        let proxy = Proxy::start(server.port()).await?;
        let anna = Person::new(journey.browser("anna", Look::GERMAN).await?, server.origin());
        anna.set_up(&server, &ADMIN).await?;
        let karl = Person::new(journey.browser("karl", Look::GERMAN).await?, proxy.origin());
        join(&karl, server.mailbox(), &KARL, SECUPASS).await?;
        anna.visit("/settings").await?;
        secupass::choose(&anna.browser, SECUPASS).await?;
        let mut ids = Vec::new();
        for subject in ["Erste", "Zweite"] {
            anna.visit("/new").await?;
            let letter =
                Letter { subject, message: "Hallo", level: Some(4), to: &[KARL.email], ..Letter::default() };
            anna.compose(&letter).await?;
            anna.send_unlocking(SECUPASS).await?;
            let mail = server.mailbox().wait_for_mail(KARL.email).await?;
            let link = mail.link()?;
            ids.push(link.rsplit('/').next().context("an id")?.to_owned());
        }
        let browser = &karl.browser;
        let (here, other) =
            (format!("/inbox/{}", ids[0]), told(browser, &format!("/api/inbox/{}/grant", ids[1])).await?);
        let received: &'static str = format!("/api{here}").leak();
        let attacks = || {
            let (granted, cards) = (other["grant"].clone(), forged.clone());
            let grant = |at: isize| Fault::rewrite(move |answer| flip(&mut answer["grant"], at, 1));
            [
                ("grant-damaged", "the grant of another delivery", GRANT, {
                    Fault::rewrite(move |answer| answer["grant"] = granted.clone())
                }),
                ("grant-damaged", "a changed grant", GRANT, grant(200)),
                ("grant-damaged", "a signature that is none", GRANT, grant(-1)),
                ("grant-damaged", "a grant of another level", GRANT, grant(5)),
                ("grant-damaged", "the commitment to something else", GRANT, grant(64)),
                ("damaged", "the keys of somebody else as the sender's", GRANT, {
                    Fault::rewrite(move |answer| answer["sender"] = cards.clone())
                }),
                ("grant-damaged", "a lower level", Answers::To("GET", received), {
                    Fault::rewrite(|answer| answer["level"] = 3.into())
                }),
                ("page-damaged", "another sealed part", Answers::To("GET", "/sealed"), Fault::FlipBit(300)),
                (
                    "page-damaged",
                    "a sealed part of another salt",
                    Answers::To("GET", "/sealed"),
                    Fault::FlipBit(30),
                ),
                ("page-damaged", "nothing", Answers::To("GET", "/sealed"), Fault::Empty),
            ]
        };
        // From one try to the next nothing is loaded anew, so the keys stay open.
        let to_received = async || {
            browser.click(".place[href='/inbox']").await?;
            browser.click(&format!("#received-list a[href='{here}']")).await?;
            browser.see("#granted-state[data-state=ready]").await
        };
        karl.visit(&here).await?;
        secupass::unlock(browser, SECUPASS).await?;
        // Before and after the sender's key was seen: only then another one is noticed before the grant is looked at.
        for known in [false, true] {
            for (kind, what, answers, fault) in attacks() {
                let attacked = async {
                    browser.click(".place[href='/inbox']").await?;
                    browser.at("inbox").await?;
                    proxy.lie(answers, fault);
                    to_received().await?;
                    browser.click("#open").await?;
                    match (kind, known) {
                        ("page-damaged", _) => browser.at("damaged").await?,
                        ("damaged", false) => browser.see_error("giver-unknown").await.map(drop)?,
                        ("damaged", true) => browser.see("#sender-changed").await.map(drop)?,
                        (kind, _) => browser.see_error(kind).await.map(drop)?,
                    }
                    ensure!(browser.find("#subject-shown").await?.is_none(), "something is shown");
                    ensure!(!browser.text("#main").await?.contains("Hallo"), "the message is shown");
                    proxy.be_honest();
                    Ok::<_, anyhow::Error>(())
                };
                attacked.await.with_context(|| format!("the server's attack: {what}; key known: {known}"))?;
            }
            // The honest answer opens it.
            to_received().await?;
            browser.click("#open").await?;
            browser.at("delivery").await?;
            ensure!(browser.text("#subject-shown").await? == "Erste");
        }
        // What was opened at level 4 is not answered at level 2, nor to somebody else.
        for (field, lie) in [("level", Value::from(2)), ("sender_email", KARL.email.into())] {
            let received = Answers::To("GET", received);
            proxy.lie(received, Fault::rewrite(move |answer| answer[field] = lie.clone()));
            browser.click("#answer").await?;
            browser.at("answer-differs").await.with_context(|| format!("{field} has changed"))?;
            proxy.be_honest();
            karl.open_granted(&format!("{}{here}", karl.origin), SECUPASS).await?;
        }
        Ok(())
    })
    .await
}
