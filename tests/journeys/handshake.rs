//! The handshake: what was sent at level 4 to people without keys, released once they have some.

use anyhow::{Context, Result, ensure};
use harness::{
    browser::{Browser, Look},
    journey::Journey,
    person::Person,
    proxy::{Answers, Fault},
    secupass::{self, OTHER, SECUPASS},
    wait::{SOON, until},
};
use serde_json::Value;

use crate::level_2::{BERT, CARLA};
use crate::office::{Office, SUBJECT, Sent, is_empty, opens, waiting};

/// The number at the place “releases”.
async fn badge(browser: &Browser, number: &str) -> Result<()> {
    until(format!("the badge {number}"), SOON, async || {
        Ok((browser.text("#release-badge").await? == number).then_some(()))
    })
    .await
}

/// Two recipients choose a SecuPass, and one unlock releases to both.
#[tokio::test(flavor = "multi_thread")]
async fn handshake() -> Result<()> {
    Journey::run("handshake", async |journey| {
        let office = Office::open(journey, true).await?;
        let browser = &office.anna.browser;
        office.anna.visit("/release").await?;
        is_empty(browser).await?;
        let sent = office.send(journey, &[BERT.email, CARLA.email]).await?;

        // Bert has only the mail: an account, then a SecuPass in place.
        let bert = Person::new(journey.browser("bert", Look::GERMAN).await?, office.server.origin());
        bert.browser.visit(&sent.links[0]).await?;
        bert.browser.at("open").await?;
        bert.register(office.mails(), &BERT).await?;
        bert.choose_to_open(OTHER).await?;
        let carla = office.join(journey, &CARLA).await?;
        office.is_told().await?;
        badge(browser, "2").await?;
        for one in [&BERT, &CARLA] {
            browser.see(&waiting(one)).await?;
        }
        // What the sent delivery says leads there as well.
        browser.click(".place[href='/sent']").await?;
        browser.click("#sent-list .entry a").await?;
        browser.at("sent-delivery").await?;
        browser.click(".to-release").await?;
        browser.at("release").await?;
        office.release_all().await?;
        is_empty(browser).await?;

        for (account, person) in [(&BERT, &bert), (&CARLA, &carla)] {
            let mail = office.mail(account.email, "/inbox/").await?;
            ensure!(!mail.raw.contains(SUBJECT), "the mail tells the subject");
            opens(person, mail.link()?, OTHER, &sent).await?;
        }
        Ok(())
    })
    .await
}

/// Sends the same once more, so many times: what was sealed for one delivery is of no use in another, and so cannot be released.
/// Their ids come before all others.
const SEND_USELESS: &str = r"
    const [created, sealed, sent, many] = arguments;
    const call = async (method, path, body, type) => {
        const answer = await fetch(path, { method, body, headers: { 'content-type': type } });
        if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    };
    const recipients = sent.recipients.map(one => ({ ...one, mail: undefined }));
    for (let number = 1; number <= many; number++) {
        const id = btoa(String.fromCharCode(...new Uint8Array(15), number))
            .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
        const one = `/api/deliveries/${id}`;
        await call('POST', '/api/deliveries', JSON.stringify({ ...created, delivery: id }), 'application/json');
        await call('PUT', one + '/sealed', new Uint8Array(sealed), 'application/octet-stream');
        await call('POST', one + '/send', JSON.stringify({ ...sent, recipients }), 'application/json');
    }
";

/// More deliveries wait than the server tells of at a time, and the first of them can never be released: the one behind them all is
/// released all the same, with one unlock.
#[tokio::test(flavor = "multi_thread")]
async fn handshake_behind_a_hundred() -> Result<()> {
    Journey::run("handshake_behind_a_hundred", async |journey| {
        let office = Office::open(journey, false).await?;
        let (browser, seen) = (&office.anna.browser, office.proxy.seen());
        let sent = office.send(journey, &[BERT.email]).await?;
        let body = |method: &str, ending: &str| {
            seen.with(method, ending).pop().map(|seen| seen.body()).context("it was sent")
        };
        let json = |method, ending| anyhow::Ok(serde_json::from_slice::<Value>(&body(method, ending)?)?);
        let told = [
            json("POST", "/api/deliveries")?,
            body("PUT", "/sealed")?.into(),
            json("POST", "/send")?,
            120.into(),
        ];
        browser.script_async(SEND_USELESS, &told).await?;
        let bert = office.join(journey, &BERT).await?;
        office.is_told().await?;
        browser.see(&waiting(&BERT)).await?;
        office.release_all().await?;
        browser.see(&format!("{} [data-why=held]", waiting(&BERT))).await?;
        ensure!(office.grants() == 1, "{} grants", office.grants());
        let mail = office.mail(BERT.email, "/inbox/").await?;
        opens(&bert, mail.link()?, OTHER, &sent).await
    })
    .await
}

/// Off at first; once switched on, whoever waits is released as soon as the keys are open, and the server cannot switch it on.
#[tokio::test(flavor = "multi_thread")]
async fn handshake_by_itself() -> Result<()> {
    Journey::run("handshake_by_itself", async |journey| {
        let office = Office::open(journey, false).await?;
        let browser = &office.anna.browser;
        office.send(journey, &[BERT.email]).await?;
        office.join(journey, &BERT).await?;
        office.is_told().await?;
        browser.see(&waiting(&BERT)).await?;
        secupass::unlock(browser, SECUPASS).await?;
        // It is known how far the key can be trusted now, and still nothing was granted.
        browser.see(&format!("{} [data-standing=vouched]", waiting(&BERT))).await?;
        ensure!(office.grants() == 0, "released without being asked");
        cannot_be_switched_on(&office).await?;
        browser.click("label[for=auto-release]").await?;
        is_empty(browser).await?;
        browser.see("#release-done").await?;

        // Kept in this browser for this account, and at work on other pages.
        office.send(journey, &[CARLA.email]).await?;
        // A load locks: nothing is released while Carla comes.
        office.anna.visit("/inbox").await?;
        office.join(journey, &CARLA).await?;
        office.anna.visit("/inbox").await?;
        browser.at("inbox").await?;
        badge(browser, "1").await?;
        secupass::unlock(browser, SECUPASS).await?;
        until("a release by itself", SOON, async || Ok((office.grants() == 2).then_some(()))).await?;
        until("no badge", SOON, async || Ok(browser.find("#release-badge").await?.is_none().then_some(())))
            .await
    })
    .await
}

/// Whatever the server answers, nothing is released in a browser in which the switch is off.
async fn cannot_be_switched_on(office: &Office) -> Result<()> {
    let browser = &office.anna.browser;
    let wishes = || {
        Fault::rewrite(|answer| {
            for name in ["auto", "auto_release", "siegel-release"] {
                answer[name] = true.into();
            }
        })
    };
    for path in ["/api/session", "/api/releases"] {
        office.proxy.lie(Answers::To("GET", path), wishes());
        office.anna.visit("/release").await?;
        secupass::unlock(browser, SECUPASS).await?;
        browser.see(&format!("{} [data-standing=vouched]", waiting(&BERT))).await?;
        ensure!(browser.find("#auto-release:checked").await?.is_none(), "{path} has switched it on");
        ensure!(office.grants() == 0, "{path} has released");
    }
    // Another account in this browser has allowed it: the server passes Anna off as that one, and opens nothing.
    const OTHER_ACCOUNT: &str = "AAAAAAAAAAAAAAAAAAAAAA";
    let allow = "localStorage.setItem('siegel-release-' + arguments[0], '1')";
    browser.script(allow, &[OTHER_ACCOUNT.into()]).await?;
    let session = Answers::To("GET", "/api/session");
    office.proxy.lie(session, Fault::rewrite(|answer| answer["account"] = OTHER_ACCOUNT.into()));
    office.anna.visit("/release").await?;
    browser.see("#auto-release:checked").await?;
    browser.click("#keys-unlock").await?;
    secupass::give(browser, SECUPASS).await?;
    browser.see("#unlock-error:not(:empty)").await?;
    ensure!(office.grants() == 0, "released by another account's switch");
    office.proxy.be_honest();
    office.anna.visit("/release").await?;
    browser.see("#auto-release:not(:checked)").await?;
    secupass::unlock(browser, SECUPASS).await
}

/// Bert has opened what Anna released, lost all, and begun anew; Anna is at the page “releases”, locked.
async fn lost_all(journey: &Journey) -> Result<(Office, Person, Sent)> {
    let office = Office::open(journey, false).await?;
    let sent = office.send(journey, &[BERT.email]).await?;
    let bert = office.join(journey, &BERT).await?;
    office.is_told().await?;
    office.release_all().await?;
    is_empty(&office.anna.browser).await?;
    let mail = office.mail(BERT.email, "/inbox/").await?;
    opens(&bert, mail.link()?, OTHER, &sent).await?;

    bert.visit("/settings").await?;
    let code = bert.begin_anew(&BERT, SECUPASS).await?;
    ensure!(code.split(' ').count() == 12);
    office.is_told().await?;
    office.anna.browser.see(&waiting(&BERT)).await?;
    Ok((office, bert, sent))
}

/// Nothing is granted to a key that has changed, neither at a click nor by itself.
#[tokio::test(flavor = "multi_thread")]
async fn key_change_blocks() -> Result<()> {
    Journey::run("key_change_blocks", async |journey| {
        let (office, _bert, _sent) = lost_all(journey).await?;
        let browser = &office.anna.browser;
        let grants = office.grants();
        browser.click("#release-all").await?;
        secupass::give(browser, SECUPASS).await?;
        browser.see(&format!("{} [data-why=changed]", waiting(&BERT))).await?;
        let refusal = browser.text(&format!("{} [data-why]", waiting(&BERT))).await?;
        ensure!(refusal.contains(BERT.email), "{refusal}");
        ensure!(browser.find("#release-done").await?.is_none(), "it says that it was done");
        browser.click("label[for=auto-release]").await?;
        browser.click(".place[href='/sent']").await?;
        browser.at("sent-list").await?;
        badge(browser, "1").await?;
        browser.click(".place[href='/release']").await?;
        browser.see(&format!("{} [data-why=changed]", waiting(&BERT))).await?;
        browser.click(&format!("{} .compare", waiting(&BERT))).await?;
        browser.see("#compare-changed").await?;
        browser.click("#compare-differ").await?;
        browser.see("#compare-warning").await?;
        browser.click("#compare-close").await?;
        browser.see(&waiting(&BERT)).await?;
        ensure!(office.grants() == grants, "a grant left the browser");
        Ok(())
    })
    .await
}

/// The words are compared, and what was sent before opens again without being uploaded again.
#[tokio::test(flavor = "multi_thread")]
async fn reset_and_rerelease() -> Result<()> {
    Journey::run("reset_and_rerelease", async |journey| {
        let (office, bert, sent) = lost_all(journey).await?;
        let browser = &office.anna.browser;
        let seen = office.proxy.seen();
        let uploaded = || (seen.parts().len(), seen.with("PUT", "/sealed").len());
        let (before, grants) = (uploaded(), office.grants());
        ensure!(before.0 > 0 && before.1 == 1, "{before:?}");
        let theirs = bert.own_words().await?;
        browser.click(&format!("{} .compare", waiting(&BERT))).await?;
        secupass::give(browser, SECUPASS).await?;
        browser.see("#compare-changed").await?;
        browser.click("#compare-dialog details:has(#compare-before) summary").await?;
        browser.see("#compare-before").await.context("the words of before")?;
        office.anna.compare(&theirs).await?;
        browser.see(&format!("{} [data-standing=compared]", waiting(&BERT))).await?;
        browser.click("#release-all").await?;
        browser.see("#release-done").await?;
        is_empty(browser).await?;
        ensure!(office.grants() == grants + 1, "not one grant");
        ensure!(before == uploaded(), "something was uploaded again");
        // What is remembered reaches the server before anything is granted.
        let all = seen.all();
        let place = |ending: &str| {
            let of = |seen: &harness::proxy::Seen| seen.method == "PUT" && seen.target.ends_with(ending);
            all.iter().rposition(of).with_context(|| format!("no PUT of …{ending}"))
        };
        ensure!(place("/api/account/vault")? < place("/grant")?, "granted before it was remembered");
        let mail = office.mail(BERT.email, "/inbox/").await?;
        opens(&bert, mail.link()?, SECUPASS, &sent).await
    })
    .await
}
