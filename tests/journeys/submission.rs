//! Something is sent into a box by somebody without an account, on a phone: by the link that the owner publishes, at the
//! highest level; what became of it, what is added, and the answer.

use anyhow::{Context, Result, ensure};
use harness::{
    browser::{Browser, Look},
    files,
    journey::Journey,
    mail::Mail,
    person::{ADMIN, Letter, Person},
    proxy::Proxy,
    secupass::{self, LEVELS, OTHER, SECUPASS},
    server::Server,
    wait::{SOON, until},
};

use std::{path::PathBuf, sync::Arc};

use crate::level_4::STAFF;
use crate::{
    resume,
    submit_box::{TITLE, key_is, set_up},
};

/// The submitter's address.
pub(crate) const CARL: &str = "carl@example.net";
const NAME: &str = "Carl Bürger";
const CASE: &str = "AZ 47/11";
const MESSAGE: &str = "Guten Tag,\n\nanbei die Unterlagen zu meinem Antrag.";
const ANSWER: &str = "Ihr Antrag ist bewilligt.";

/// An office with a box, and a citizen.
pub(crate) struct Counter {
    pub(crate) server: Arc<Server>,
    pub(crate) anna: Person,
    pub(crate) carl: Person,
    /// What the office publishes.
    link: String,
}

impl Counter {
    /// With keys the box is one of level 4, else of level 2.
    pub(crate) async fn open(journey: &Journey, with_keys: bool) -> Result<Self> {
        let server = journey.server(&[LEVELS, STAFF]).await?;
        let anna = Person::new(journey.browser("anna", Look::ENGLISH).await?, server.origin());
        anna.set_up(&server, &ADMIN).await?;
        anna.visit("/settings").await?;
        if with_keys {
            secupass::choose(&anna.browser, SECUPASS).await?;
        }
        let link = set_up(&anna.browser, "bauamt").await?;
        let carl = Person::new(journey.browser("carl", Look::GERMAN.phone()).await?, server.origin());
        Ok(Self { server, anna, carl, link })
    }

    /// Asks for a ticket, and returns its mail.
    pub(crate) async fn ticket(&self) -> Result<Mail> {
        self.carl.browser.visit(&self.link).await?;
        self.carl.browser.at("submit-box").await?;
        self.carl.browser.fill("#ticket-email", CARL).await?;
        self.carl.browser.click("#ticket-ask").await?;
        self.carl.browser.see("#ticket-asked").await?;
        self.mail(CARL).await
    }

    pub(crate) async fn mail(&self, address: &str) -> Result<Mail> {
        self.server.mailbox().wait_for_mail(address).await
    }

    /// Writes, chooses these files, and sends; ends at the confirmation.
    pub(crate) async fn submit(&self, ticket: &str, chosen: &[PathBuf]) -> Result<()> {
        let browser = &self.carl.browser;
        browser.visit(ticket).await?;
        browser.at("ticket").await?;
        self.fill_in(chosen).await
    }

    async fn fill_in(&self, chosen: &[PathBuf]) -> Result<()> {
        let browser = &self.carl.browser;
        browser.fill("#submitter-name", NAME).await?;
        browser.fill("#submitter-reference", CASE).await?;
        browser.fill("#message", MESSAGE).await?;
        browser.choose("#files", chosen).await?;
        browser.see(&format!("#chosen .file-row:nth-of-type({})", chosen.len())).await?;
        browser.click("#send").await?;
        browser.at("submitted").await
    }

    /// The confirmation's mail, in which the server states the checksum that the page has computed.
    async fn confirmed(&self) -> Result<Mail> {
        self.confirmed_at(&self.carl.browser).await
    }

    /// The same with the page in another browser.
    pub(crate) async fn confirmed_at(&self, browser: &Browser) -> Result<Mail> {
        let digest = browser.text("#receipt-digest").await?;
        ensure!(digest.len() == 71, "{digest:?}");
        let mail = self.mail(CARL).await?;
        let told = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
        ensure!(told.contains(&digest), "the server has received something else than {digest}: {told}");
        if browser.find("#receipt-words").await?.is_some() {
            let script = "return document.querySelector('#receipt .other-words dd:last-of-type').textContent";
            let key = browser.script(script, &[]).await?;
            let key = key.as_str().context("no digits")?;
            ensure!(key.len() == 41 && told.contains(key), "it names another key than {key:?}: {told}");
        }
        Ok(mail)
    }

    /// Opens what the mail leads to, with the SecuPass.
    pub(crate) async fn opens(&self, mail: &Mail) -> Result<()> {
        self.opens_with(mail, SECUPASS).await
    }

    async fn opens_with(&self, mail: &Mail, secupass: &str) -> Result<()> {
        let browser = &self.anna.browser;
        browser.visit(mail.link()?).await?;
        browser.at("inbox-delivery").await?;
        browser.see("#granted-state[data-state=ready]").await?;
        browser.click("#open").await?;
        secupass::give(browser, secupass).await?;
        browser.at("delivery").await
    }

    /// Deletes the submission that is open, or that cannot be opened any more; ends at the inbox.
    pub(crate) async fn deletes(&self) -> Result<()> {
        let browser = &self.anna.browser;
        browser.click("#submission-delete").await?;
        browser.see("#ask-dialog[open]").await?;
        browser.click("#ask-yes").await?;
        browser.at("inbox").await?;
        browser.see("#submission-deleted").await?;
        browser.see("#received-list[data-known=true], .empty").await.map(drop)
    }
}

/// From the published link to the file in the office, and what the citizen hears of it.
#[tokio::test(flavor = "multi_thread")]
async fn submit_box() -> Result<()> {
    Journey::run("submit_box", async |journey| {
        let counter = Counter::open(journey, true).await?;
        let ticket = counter.ticket().await?;
        let path = ticket.link()?.to_owned();
        ensure!(path.contains("/t/") && path.contains("#1t."), "{path}");
        let file = files::make(journey.files(), "Mietvertrag.pdf", 300_000)?;
        let other = files::make(journey.files(), "Ausweis.jpg", 20_000_000)?;
        counter.submit(&path, &[file.clone(), other.clone()]).await?;
        let confirmed = counter.confirmed().await?;

        let told = counter.mail(ADMIN.email).await?;
        ensure!(!told.link()?.contains('#'), "{}", told.text);
        for mail in [&ticket, &confirmed, &told] {
            for secret in ["Mietvertrag", NAME, CASE, "anbei"] {
                ensure!(!mail.raw.contains(secret), "a mail tells {secret}");
            }
        }
        counter.opens(&told).await?;
        let browser = &counter.anna.browser;
        ensure!(browser.text("#submitter-named").await?.contains(NAME));
        ensure!(browser.text("#submitter-referred").await?.contains(CASE));
        ensure!(browser.text("#message-shown").await? == MESSAGE);
        ensure!(browser.find("#sender-trust").await?.is_none(), "a submitter is vouched for by nobody");
        for (index, file) in [&file, &other].into_iter().enumerate() {
            ensure!(files::sha256(&counter.anna.save(index).await?)? == files::sha256(file)?);
        }
        let collected = counter.mail(CARL).await?;
        ensure!(!collected.raw.contains("Mietvertrag"), "{}", collected.text);
        counter.carl.browser.visit(&path).await?;
        counter.carl.browser.at("ticket-status").await?;
        counter.carl.browser.see(".submission[data-state=collected]").await?;
        ensure!(counter.carl.browser.find("#ticket-more").await?.is_none(), "it can be added to");
        Ok(())
    })
    .await
}

/// Until it is collected, the ticket shows how far it is, and more can be added; a mail scanner changes nothing. What the office
/// deletes is gone for both.
#[tokio::test(flavor = "multi_thread")]
async fn submission_status() -> Result<()> {
    Journey::run("submission_status", async |journey| {
        let counter = Counter::open(journey, true).await?;
        let ticket = counter.ticket().await?;
        let path = ticket.link()?.to_owned();
        // Opened by something that presses everything there is, with nothing to send.
        let browser = &counter.carl.browser;
        browser.visit(&path).await?;
        browser.at("ticket").await?;
        browser.click("#send").await?;
        browser.see_error("empty").await?;

        let file = files::make(journey.files(), "Seite 1.pdf", 40_000)?;
        counter.submit(&path, &[file]).await?;
        counter.mail(CARL).await?;
        browser.visit(&path).await?;
        browser.at("ticket-status").await?;
        browser.see(".submission[data-state=waiting]").await?;
        browser.click("#ticket-more").await?;
        browser.at("ticket").await?;
        let file = files::make(journey.files(), "Seite 2.pdf", 50_000)?;
        counter.fill_in(&[file]).await?;
        browser.visit(&path).await?;
        browser.see(".submission:nth-of-type(2)").await?;

        let anna = &counter.anna;
        anna.visit("/inbox").await?;
        anna.browser.see("#received-list .entry:nth-of-type(2)").await?;
        let listed = anna.browser.text("#received-list").await?;
        for told in [TITLE, CARL, "sender not verified"] {
            ensure!(listed.matches(told).count() == 2, "{told:?} is not told of both: {listed:?}");
        }
        ensure!(listed.matches("Added").count() == 1, "{listed:?}");
        counter.mail(ADMIN.email).await?;
        counter.opens(&counter.mail(ADMIN.email).await?).await?;
        let told = anna.browser.text("#submitter").await?;
        ensure!(told.contains(TITLE) && told.contains("not cryptographically verified"), "{told:?}");
        browser.visit(&path).await?;
        browser.see(".submission[data-state=opened]").await?;

        anna.browser.click("#submission-delete").await?;
        anna.browser.click("#ask-no").await?;
        let opened = anna.browser.address().await?;
        counter.deletes().await?;
        let left = anna.browser.find_all("#received-list .entry").await?.len();
        ensure!(left == 1, "{left} are left");
        anna.browser.visit(&opened).await?;
        anna.browser.at("not-found").await?;
        browser.visit(&path).await?;
        browser.see(".submission[data-state=deleted]").await?;
        ensure!(browser.find(".submission[data-state=waiting]").await?.is_some(), "both are deleted");
        Ok(())
    })
    .await
}

/// The office answers; only the link that the citizen kept opens it.
#[tokio::test(flavor = "multi_thread")]
async fn submission_answer() -> Result<()> {
    Journey::run("submission_answer", async |journey| {
        let counter = Counter::open(journey, true).await?;
        let ticket = counter.ticket().await?.link()?.to_owned();
        let file = files::make(journey.files(), "Antrag.pdf", 60_000)?;
        counter.submit(&ticket, &[file]).await?;
        let browser = &counter.carl.browser;
        let kept = browser.value("#receipt-link").await?;
        ensure!(kept.contains("#1r."), "{kept}");
        browser.click("#receipt-copy").await?;
        counter.mail(CARL).await?;

        counter.opens(&counter.mail(ADMIN.email).await?).await?;
        let anna = &counter.anna;
        anna.browser.click("#answer").await?;
        anna.browser.see("#answer-ways").await?;
        let file = files::make(journey.files(), "Bescheid.pdf", 70_000)?;
        anna.compose(&Letter { message: ANSWER, files: vec![file.clone()], ..Letter::default() }).await?;
        anna.send_by_mail().await?;
        let told = counter.mail(CARL).await?;
        ensure!(!told.raw.contains(ANSWER) && !told.raw.contains("Bescheid"), "{}", told.text);

        // The mail's own link is not enough: the server knew that.
        browser.visit(&ticket).await?;
        browser.at("ticket-status").await?;
        browser.see(".answer-needs-receipt").await?;
        ensure!(browser.find(".answer-open").await?.is_none(), "it opens by the server's link");
        browser.visit(&kept).await?;
        browser.click(".answer-open").await?;
        browser.at("delivery").await?;
        ensure!(browser.text("#message-shown").await? == ANSWER);
        ensure!(files::sha256(&counter.carl.save(0).await?)? == files::sha256(&file)?);
        Ok(())
    })
    .await
}

/// The tab is closed while a large file is under way: the mail's link finds it again, and only what is missing is sent.
#[tokio::test(flavor = "multi_thread")]
async fn submission_resume() -> Result<()> {
    Journey::run("submission_resume", async |journey| {
        let counter = Counter::open(journey, true).await?;
        let proxy = Proxy::start(counter.server.port()).await?;
        let ticket = counter.ticket().await?.link()?.replace(&counter.server.origin(), &proxy.origin());
        let file = files::make(journey.files(), "Bauplan.dwg", 40_000_000)?;
        let small = files::make(journey.files(), "Lageplan.pdf", 9_000)?;
        let chosen = [small, file.clone()];
        let browser = &counter.carl.browser;
        browser.visit(&ticket).await?;
        browser.at("ticket").await?;
        browser.fill("#submitter-name", NAME).await?;
        browser.fill("#message", MESSAGE).await?;
        browser.choose("#files", &chosen).await?;
        for file in &chosen {
            browser.see(&resume::row(file, "waiting")).await?;
        }
        proxy.hold_uploads_after(3);
        browser.click("#send").await?;
        resume::arrived(&proxy, 3).await?;
        let before: Vec<String> = resume::parts_sent(&proxy).into_keys().collect();
        browser.reload().await?;
        proxy.release_uploads();
        browser.at("incomplete-ticket").await?;

        browser.visit(&ticket).await?;
        browser.at("ticket").await?;
        browser.click(".unfinished .go-on").await?;
        browser.see("#goes-on").await?;
        ensure!(browser.value("#submitter-name").await? == NAME, "the name is lost");
        browser.choose("#files", std::slice::from_ref(&file)).await?;
        browser.see(&resume::row(&file, "waiting")).await?;
        browser.click("#send").await?;
        browser.at("submitted").await?;
        resume::none_again(&proxy, &before)?;
        counter.confirmed().await?;
        counter.opens(&counter.mail(ADMIN.email).await?).await?;
        for (index, file) in chosen.iter().enumerate() {
            ensure!(files::sha256(&counter.anna.save(index).await?)? == files::sha256(file)?);
        }
        Ok(())
    })
    .await
}

/// An owner without a SecuPass has a box, too: of level 2, and the page says so.
#[tokio::test(flavor = "multi_thread")]
async fn submit_box_level_2() -> Result<()> {
    Journey::run("submit_box_level_2", async |journey| {
        let counter = Counter::open(journey, false).await?;
        ensure!(!counter.link.contains('#'), "{}", counter.link);
        let ticket = counter.ticket().await?.link()?.to_owned();
        let file = files::make(journey.files(), "Antrag.pdf", 60_000)?;
        counter.carl.browser.visit(&ticket).await?;
        counter.carl.browser.see("#box-key[data-state=none]").await?;
        counter.submit(&ticket, std::slice::from_ref(&file)).await?;
        ensure!(counter.carl.browser.find("#receipt-link").await?.is_none(), "level 2 has no receipt's link");
        counter.mail(CARL).await.context("no confirmation")?;
        let told = counter.mail(ADMIN.email).await?;
        let link = told.link()?;
        ensure!(link.contains("/r/") && link.contains('#'), "{link}");
        let anna = &counter.anna;
        anna.browser.visit(link).await?;
        anna.browser.at("open").await?;
        anna.browser.click("#open").await?;
        anna.browser.at("delivery").await?;
        ensure!(anna.browser.text("#message-shown").await? == MESSAGE);
        ensure!(anna.browser.text("#submitter").await?.contains(TITLE));
        ensure!(anna.browser.text("#submitter-named").await?.contains(NAME));
        ensure!(anna.browser.text("#submitter-referred").await?.contains(CASE));
        let saved = anna.save(0).await?;
        ensure!(files::sha256(&saved)? == files::sha256(&file)?);

        // The same from the inbox, by the link that was remembered with a SecuPass.
        anna.visit("/settings").await?;
        secupass::choose(&anna.browser, SECUPASS).await?;
        anna.browser.visit(link).await?;
        anna.browser.at("open").await?;
        anna.browser.click("#open").await?;
        anna.browser.click("#keep-link").await?;
        secupass::give(&anna.browser, SECUPASS).await?;
        anna.browser.see("#link-kept").await?;
        anna.visit("/inbox").await?;
        anna.browser.click("#received-list .entry a").await?;
        anna.browser.at("inbox-delivery").await?;
        anna.browser.click("#open-kept").await?;
        secupass::give(&anna.browser, SECUPASS).await?;
        anna.browser.at("delivery").await?;
        ensure!(anna.browser.text("#submitter-named").await?.contains(NAME));
        ensure!(anna.browser.text("#submitter-referred").await?.contains(CASE));
        counter.deletes().await?;
        counter.carl.browser.visit(&ticket).await?;
        counter.carl.browser.see(".submission[data-state=deleted]").await.map(drop)
    })
    .await
}

/// The box of an owner who gets a SecuPass, renews the keys, and begins anew.
#[tokio::test(flavor = "multi_thread")]
async fn submit_box_keys() -> Result<()> {
    Journey::run("submit_box_keys", async |journey| {
        let mut counter = Counter::open(journey, false).await?;
        let browser = Arc::clone(&counter.anna.browser);
        counter.anna.visit("/settings").await?;
        browser.see("#box-level-2").await?;
        browser.click("#box-raise").await?;
        browser.see("#setup-dialog[open]").await?;
        secupass::create(&browser, SECUPASS).await?;
        until("the box to be raised", SOON, async || {
            Ok(browser.find("#box-level-2").await?.is_none().then_some(()))
        })
        .await?;
        counter.link = browser.value("#box-link").await?;
        ensure!(counter.link.contains('#'), "{}", counter.link);

        // Renewed keys change neither the link nor what comes by it.
        counter.anna.renew_keys(&ADMIN, SECUPASS, OTHER).await?;
        browser.see("#box-link").await?;
        ensure!(browser.value("#box-link").await? == counter.link, "another link");
        counter.carl.browser.visit(&counter.link).await?;
        key_is(&counter.carl.browser, "named").await?;
        let ticket = counter.ticket().await?.link()?.to_owned();
        let file = files::make(journey.files(), "Antrag.pdf", 60_000)?;
        counter.submit(&ticket, std::slice::from_ref(&file)).await?;
        let told = until("the mail that something came", SOON, async || {
            let mail = counter.server.mailbox().next(ADMIN.email).await?;
            Ok(mail.filter(|mail| mail.link().is_ok_and(|link| link.contains("/inbox/"))))
        });
        counter.opens_with(&told.await?, OTHER).await?;
        ensure!(files::sha256(&counter.anna.save(0).await?)? == files::sha256(&file)?);

        // The keys of the box are lost with all others: it gets new ones, and its old link is refused from then on.
        counter.anna.visit("/settings").await?;
        counter.anna.begin_anew(&ADMIN, SECUPASS).await?;
        browser.see("#box-lost").await?;
        ensure!(browser.find("#box-link").await?.is_none(), "a link that nobody can open");
        browser.click("#box-new-keys").await?;
        browser.see("#box-link").await?;
        let fresh = browser.value("#box-link").await?;
        ensure!(fresh != counter.link && fresh.contains('#'), "{fresh}");
        counter.carl.browser.visit(&counter.link).await?;
        key_is(&counter.carl.browser, "refused").await?;
        counter.carl.browser.visit(&fresh).await?;
        key_is(&counter.carl.browser, "named").await
    })
    .await
}
