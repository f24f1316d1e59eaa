//! The handshake: what was sent at level 4 to people without keys, released once they have some.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, Result, ensure};
use harness::{
    browser::{Browser, Look},
    files,
    journey::Journey,
    mail::{Door, Letterbox, Mail, MailServer},
    person::{Account, Letter, Person},
    proxy::Proxy,
    secupass::{self, LEVELS, OTHER, SECUPASS},
    server::Server,
    wait::{SOON, until},
};

use crate::{
    level_2::{BERT, CARLA},
    level_4::join,
    settings::confirm,
};

/// Who sends, with a mailbox.
const ANNA: Account =
    Account { name: "Anna Grün", email: "anna@test.example", password: "ein ruhiger Vormittag im Mai" };
/// Whoever has a mailbox here is staff.
const STAFF: (&str, &str) = ("SIEGEL_STAFF_DOMAINS", "test.example");
const SUBJECT: &str = "Ihr Bescheid";

/// A file that was sent, and the links that were mailed.
struct Sent {
    file: PathBuf,
    links: Vec<String>,
}

/// A server, and Anna at a browser before it, with a SecuPass that is unlocked on the page “settings”.
struct Office {
    /// Real mail; without it a proxy sees what Anna's browser sends.
    mail: Option<Arc<MailServer>>,
    server: Arc<Server>,
    proxy: Proxy,
    anna: Person,
}

impl Office {
    async fn open(journey: &Journey, real_mail: bool) -> Result<Self> {
        let mail = if real_mail { Some(journey.mail_server().await?) } else { None };
        let settings = mail.as_ref().map(|mail| mail.settings(Door::StartTls)).unwrap_or_default();
        let mut settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        settings.extend([LEVELS, STAFF]);
        let server = journey.server(&settings).await?;
        let proxy = Proxy::start(server.port()).await?;
        // Whoever mails links has one address.
        let origin = if real_mail { server.origin() } else { proxy.origin() };
        let anna = Person::new(journey.browser("anna", Look::ENGLISH).await?, origin);
        anna.set_up(&server, &ANNA).await?;
        anna.visit("/settings").await?;
        secupass::choose(&anna.browser, SECUPASS).await?;
        Ok(Self { mail, server, proxy, anna })
    }

    fn mails(&self) -> &Letterbox {
        self.mail.as_ref().map_or_else(|| self.server.mailbox(), |mail| mail.letterbox())
    }

    fn grants(&self) -> usize {
        self.proxy.seen().with("PUT", "/grant").len()
    }

    /// Anna sends at level 4.
    async fn send(&self, journey: &Journey, to: &[&str]) -> Result<Sent> {
        self.anna.visit("/new").await?;
        let file = files::make(journey.files(), "Bescheid.pdf", 300_000)?;
        let files = vec![file.clone()];
        let letter = Letter { subject: SUBJECT, files, level: Some(4), to, ..Letter::default() };
        self.anna.compose(&letter).await?;
        self.anna.browser.click("#send").await?;
        secupass::give(&self.anna.browser, SECUPASS).await?;
        self.anna.is_sent().await?;
        let mut links = Vec::new();
        for email in to {
            links.push(self.mails().wait_for_mail(email).await?.link()?.to_owned());
        }
        Ok(Sent { file, links })
    }

    /// Somebody makes an account with a SecuPass.
    async fn join(&self, journey: &Journey, account: &Account) -> Result<Person> {
        let person = Person::new(journey.browser(account.name, Look::GERMAN).await?, self.server.origin());
        join(&person, self.mails(), account, OTHER).await?;
        Ok(person)
    }

    /// The next mail to this address that leads to a page of this kind; others are passed over.
    async fn mail(&self, email: &str, page: &str) -> Result<Mail> {
        until(format!("a mail to {email} with a link to {page}"), SOON, async || {
            let mail = self.mails().next(email).await?;
            Ok(mail.filter(|mail| mail.links().iter().any(|link| link.contains(page))))
        })
        .await
    }

    /// Anna is told by mail, and follows it.
    async fn is_told(&self) -> Result<()> {
        self.mail(ANNA.email, "/release").await?;
        self.anna.visit("/release").await?;
        self.anna.browser.at("release").await
    }

    /// Anna releases all with one unlock.
    async fn release_all(&self) -> Result<()> {
        self.anna.browser.click("#release-all").await?;
        secupass::give(&self.anna.browser, SECUPASS).await?;
        self.anna.browser.see("#release-done").await.map(drop)
    }
}

/// The number at the place “releases”.
async fn badge(browser: &Browser, number: &str) -> Result<()> {
    until(format!("the badge {number}"), SOON, async || {
        Ok((browser.text("#release-badge").await? == number).then_some(()))
    })
    .await
}

fn waiting(account: &Account) -> String {
    format!("#releases .release[data-email='{}']", account.email)
}

/// Nobody waits any more.
async fn is_empty(browser: &Browser) -> Result<()> {
    until("an empty list", SOON, async || {
        let known = browser.attribute("#releases", "data-known").await?.as_deref() == Some("true");
        let none = browser.find("#releases .release").await?.is_none();
        Ok((known && none && browser.find("#release-badge").await?.is_none()).then_some(()))
    })
    .await
}

/// Somebody opens what was released, by the link of the mail that says so.
async fn opens(person: &Person, link: &str, secupass: &str, sent: &Sent) -> Result<()> {
    person.browser.visit(link).await?;
    person.browser.see("#granted-state[data-state=ready]").await?;
    person.browser.click("#open").await?;
    secupass::give(&person.browser, secupass).await?;
    person.browser.at("delivery").await?;
    ensure!(person.browser.text("#subject-shown").await? == SUBJECT);
    ensure!(files::sha256(&person.save(0).await?)? == files::sha256(&sent.file)?, "other bytes arrived");
    Ok(())
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
        bert.browser.see("#granted-state[data-state=needs-keys]").await?;
        bert.browser.click("#choose-secupass").await?;
        bert.browser.see("#setup-dialog[open]").await?;
        secupass::create(&bert.browser, OTHER).await?;
        bert.browser.see("#granted-state[data-state=needs-release]").await?;
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
    let code = reset(&bert, BERT.email, SECUPASS).await?;
    confirm(&bert, BERT.password).await?;
    bert.browser.see("#keys-reset").await?;
    bert.browser.see("#secupass-state[data-state=unlocked]").await?;
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
        browser.see(&format!("{} [data-standing=changed]", waiting(&BERT))).await?;
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
        bert.browser.click("#own-words-show").await?;
        bert.browser.see("#own-words-shown").await?;
        let theirs = bert.browser.script(OTHER_WORDS, &["#own-words".into()]).await?;
        browser.click(&format!("{} .compare", waiting(&BERT))).await?;
        secupass::give(browser, SECUPASS).await?;
        browser.see("#compare-changed").await?;
        let shown = browser.script(OTHER_WORDS, &["#compare-dialog".into()]).await?;
        ensure!(shown == theirs && theirs.as_array().is_some_and(|all| all.len() == 3), "{shown} {theirs}");
        browser.click("#compare-dialog details:has(#compare-before) summary").await?;
        browser.see("#compare-before").await.context("the words of before")?;
        browser.click("#compare-same").await?;
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

/// The words of a key in both languages, and its digits.
const OTHER_WORDS: &str =
    "return [...document.querySelectorAll(arguments[0] + ' .other-words dd')].map(one => one.textContent)";

/// Begins anew on the page “settings”, up to the question for the password; returns the recovery code.
pub(crate) async fn reset(person: &Person, email: &str, secupass: &str) -> Result<String> {
    person.browser.click("#keys-reset").await?;
    person.browser.see("#reset-warning").await?;
    person.browser.fill("#reset-email", "falsch@test.example").await?;
    person.browser.click("#secupass-create").await?;
    person.browser.see("#reset-email-error").await?;
    person.browser.fill("#reset-email", email).await?;
    secupass::create(&person.browser, secupass).await
}
