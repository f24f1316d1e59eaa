//! The server is blind: nothing secret is found in what it received, stored, logged or printed, in whatever form.

use anyhow::{Context, Result, ensure};
use harness::{
    browser::Look,
    canary::{Canary, Search},
    files,
    journey::Journey,
    keys,
    link::Link,
    mail::Door,
    person::{ADMIN, Letter, Person, RECIPIENT},
    proxy::Proxy,
    secupass,
    server::Server,
    wait::{LONG, SOON, until},
};

use crate::{level_2::BERT, level_4::STAFF, start, submission::CARL, submit_box::set_up};

const SUBJECT: &str = "Betreff-Kanarie 4e1f";
const MESSAGE: &str = "Nachricht-Kanarie für Frau Müller 93aa";
const FILE_NAME: &str = "Dateiname-Kanarie 77c2 ä.txt";
const CONTENT: &str = "Inhalt-Kanarie d05b: das Gutachten";
const CASE: &str = "Aktenzeichen-Kanarie 3b7d";
const NOTE: &str = "Anforderungs-Kanarie c41e";
const ITEM: &str = "Unterlagen-Kanarie 8f02";
const ANSWER: &str = "Antwort-Kanarie 6d90";
const PASSWORD: &str = "Passwort-Kanarie 51ec ü";

#[tokio::test(flavor = "multi_thread")]
async fn blindness() -> Result<()> {
    Journey::run("blindness", async |journey| {
        let (server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        anna.log_out().await?;
        anna.log_in(&ADMIN).await?;
        // Above 8 MiB, so that it passes through the browser's private folder.
        let content = CONTENT.repeat((10 << 20) / CONTENT.len());
        let file = files::write(journey.files(), FILE_NAME, content.as_bytes())?;
        let plain =
            Letter { subject: SUBJECT, message: MESSAGE, files: vec![file.clone()], ..Letter::default() };
        let locked = Letter { password: Some(PASSWORD), ..plain.clone() };
        let bert = start::recipient(journey, &proxy.origin()).await?;
        let mut links = Vec::new();
        for letter in [plain, locked] {
            let link = anna.deliver(&letter).await?;
            bert.open(&link, RECIPIENT, letter.password).await?;
            ensure!(files::sha256(&bert.save(0).await?)? == files::sha256(&file)?);
            links.push(link);
            anna.start_another().await?;
        }
        let canaries = canaries(&links)?;
        let search = Search::new(&canaries)?;
        nothing_found(&search, &server, &proxy)?;
        keeps_nothing(&search, &anna).await?;
        keeps_nothing(&search, &bert).await?;
        the_search_would_find(&canaries, &server, &proxy)?;
        let letter = Letter {
            subject: SUBJECT,
            message: MESSAGE,
            files: vec![file],
            password: Some(PASSWORD),
            ..Letter::default()
        };
        keeps_an_unfinished_delivery_sealed(&search, &anna, &proxy, &letter).await?;
        // At the end the server has written everything that it will ever write.
        server.stop().await?;
        nothing_found(&search, &server, &proxy)
    })
    .await
}

/// Level 2: a guest's login password, and the links of two recipients: one mailed by the server, which forgets it then, one
/// handed over without it.
#[tokio::test(flavor = "multi_thread")]
async fn blindness_level_2() -> Result<()> {
    Journey::run("blindness_level_2", async |journey| {
        let mail_server = journey.mail_server().await?;
        let mails = mail_server.letterbox();
        let server = journey.server(&[]).await?;
        let proxy = Proxy::start(server.port()).await?;
        let origin = proxy.origin();
        let settings = mail_server.settings(Door::Tls);
        let settings = settings.iter().map(|(name, value)| (*name, value.as_str()));
        let own = [("SIEGEL_SWEEP_SECONDS", "1"), ("SIEGEL_PUBLIC_URL", origin.as_str())];
        server
            .restart(&settings.filter(|(name, _)| *name != own[1].0).chain(own).collect::<Vec<_>>())
            .await?;
        let anna = Person::new(journey.browser("anna", Look::ENGLISH).await?, proxy.origin());
        anna.set_up(&server, &ADMIN).await?;
        let letter = Letter {
            subject: SUBJECT,
            message: MESSAGE,
            level: Some(2),
            to: &[BERT.email],
            ..Letter::default()
        };
        anna.compose(&letter).await?;
        anna.send_by_mail().await?;
        let mailed = Link::parse(mails.wait_for_mail(BERT.email).await?.link()?)?;
        anna.start_another().await?;
        anna.compose(&Letter { by_hand: true, ..letter }).await?;
        anna.send_by_mail().await?;
        let handed = Link::parse(&anna.browser.value(".sent-to .link").await?)?;

        let bert = start::recipient(journey, &proxy.origin()).await?;
        for (visit, link) in [&mailed, &handed].into_iter().enumerate() {
            bert.browser.visit(&link.text()).await?;
            bert.browser.at("open").await?;
            if visit == 0 {
                bert.register(mails, &BERT).await?;
            }
            bert.browser.click("#open").await?;
            bert.browser.at("delivery").await?;
            ensure!(bert.browser.text("#message-shown").await? == MESSAGE);
        }
        let mut canaries = canaries(&[handed])?;
        canaries.push(Canary::new("a guest's login password", BERT.password));
        let search = Search::new(&canaries)?;
        nothing_found(&search, &server, &proxy)?;
        keeps_nothing(&search, &bert).await?;

        let mailed = Search::new(&[
            Canary::new("the mailed secret, as text", mailed.secret_text()?),
            Canary::new("the mailed secret, as bytes", mailed.secret()?),
        ])?;
        let told: Vec<_> = proxy
            .seen()
            .all()
            .into_iter()
            .filter(|seen| !mailed.in_bytes("", &seen.whole()).is_empty())
            .collect();
        ensure!(
            matches!(&told[..], [only] if only.target.ends_with("/send")),
            "only the request to mail it tells it"
        );
        until("the mailed link to be forgotten", SOON, async || {
            Ok(mailed.in_folder(server.data())?.is_empty().then_some(()))
        })
        .await?;
        server.stop().await?;
        let stored = mailed.in_folder(server.data())?;
        ensure!(stored.is_empty(), "the server stored {stored:?}");
        nothing_found(&search, &server, &proxy)
    })
    .await
}

/// SecuPass and recovery code, chosen, typed, mistyped and changed: the server never gets them, and the browser's whole
/// profile has nothing of them when its owner has logged out.
#[tokio::test(flavor = "multi_thread")]
async fn blindness_secupass() -> Result<()> {
    Journey::run("blindness_secupass", async |journey| {
        let server = journey.server(&[secupass::LEVELS]).await?;
        let proxy = Proxy::start(server.port()).await?;
        let anna = Person::new(journey.browser("anna", Look::ENGLISH).await?, proxy.origin());
        let browser = &anna.browser;
        anna.set_up(&server, &ADMIN).await?;
        anna.visit("/settings").await?;
        let code = secupass::choose(browser, secupass::SECUPASS).await?;
        browser.reload().await?;
        secupass::unlock(browser, secupass::SECUPASS).await?;
        browser.click("#secupass-change").await?;
        browser.click("#secupass-other").await?;
        browser.fill("#recovery-code", &code).await?;
        secupass::type_new(browser, secupass::OTHER, secupass::OTHER).await?;
        browser.click("#secupass-save").await?;
        anna.confirm(ADMIN.password).await?;
        browser.see("#secupass-change").await?;
        secupass::is_refused_when_locked(browser, secupass::SECUPASS).await?;
        anna.log_out().await?;

        let (first, last) = code.split_at(code.len() / 2);
        let canaries = [
            Canary::new("the SecuPass", secupass::SECUPASS),
            Canary::new("the SecuPass after the change", secupass::OTHER),
            Canary::new("the recovery code", code.as_str()),
            Canary::new("the first half of the recovery code", first.trim()),
            Canary::new("the last half of the recovery code", last.trim()),
        ];
        let search = Search::new(&canaries)?;
        nothing_found(&search, &server, &proxy)?;
        keeps_nothing(&search, &anna).await?;
        let profile = browser.profile().join("Default");
        let found = search.in_folder(&profile)?;
        ensure!(found.is_empty(), "the browser's profile keeps {found:?}");
        let known = Search::new(&[Canary::new("where the vault's number is kept", "siegel-vault-")])?;
        ensure!(!known.in_folder(&profile)?.is_empty(), "the search does not see what the browser keeps");
        let stored = Search::new(&[Canary::new("the address", ADMIN.email)])?;
        ensure!(!stored.in_folder(server.data())?.is_empty(), "the search does not see what is stored");
        server.stop().await?;
        nothing_found(&search, &server, &proxy)
    })
    .await
}

/// Level 4, with an invitation code: neither what was written nor the words leave the sender's browser, in whatever form; and
/// the mail tells nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn blindness_level_4() -> Result<()> {
    Journey::run("blindness_level_4", async |journey| {
        let server = journey.server(&[secupass::LEVELS]).await?;
        let proxy = Proxy::start(server.port()).await?;
        let anna = Person::new(journey.browser("anna", Look::ENGLISH).await?, proxy.origin());
        let browser = &anna.browser;
        anna.set_up(&server, &ADMIN).await?;
        anna.visit("/settings").await?;
        let recovery = secupass::choose(browser, secupass::SECUPASS).await?;
        browser.click(".place[href='/new']").await?;
        let file = files::write(journey.files(), FILE_NAME, CONTENT.repeat(5000).as_bytes())?;
        let letter = Letter {
            subject: SUBJECT,
            message: MESSAGE,
            files: vec![file],
            level: Some(4),
            to: &[BERT.email],
            ..Letter::default()
        };
        anna.compose(&letter).await?;
        browser.click("label[for=with-codes]").await?;
        anna.send_by_mail().await?;
        let code = browser.text(".invitation-code").await?;
        let mail = server.mailbox().wait_for_mail(BERT.email).await?;

        let (first, last) = code.split_at(code.len() / 2);
        let mut canaries = canaries(&[])?;
        canaries.extend([
            Canary::new("the SecuPass", secupass::SECUPASS),
            Canary::new("the invitation code", code.as_str()),
            Canary::new("the first half of the code", first.trim()),
            Canary::new("the last half of the code", last.trim()),
        ]);
        canaries.extend(keys::of_sender(&server, &proxy, ADMIN.email, &recovery).await?);
        let search = Search::new(&canaries)?;
        nothing_found(&search, &server, &proxy)?;
        let mailed = search.in_bytes("the mail", mail.raw.as_bytes());
        ensure!(mailed.is_empty(), "the mail tells {mailed:?}");
        browser.click(".sent-to__print").await?;
        keeps_nothing(&search, &anna).await?;
        let profile = browser.profile().join("Default");
        for folder in ["IndexedDB", "Local Storage", "Session Storage", "File System"] {
            if profile.join(folder).exists() {
                let found = search.in_folder(&profile.join(folder))?;
                ensure!(found.is_empty(), "the browser's profile keeps {found:?}");
            }
        }
        let known = Search::new(&[Canary::new("the recipient's address", BERT.email)])?;
        ensure!(!known.in_folder(server.data())?.is_empty(), "the search does not see what is stored");
        server.stop().await?;
        nothing_found(&search, &server, &proxy)
    })
    .await
}

/// Through a box and back: neither what a citizen sends, nor what keeps it secret, nor what they were asked for and are answered.
#[tokio::test(flavor = "multi_thread")]
async fn blindness_submission() -> Result<()> {
    Journey::run("blindness_submission", async |journey| {
        let server = journey.server(&[secupass::LEVELS, STAFF]).await?;
        let proxy = Proxy::start(server.port()).await?;
        let anna = Person::new(journey.browser("anna", Look::ENGLISH).await?, proxy.origin());
        let browser = &anna.browser;
        anna.set_up(&server, &ADMIN).await?;
        anna.visit("/settings").await?;
        let recovery = secupass::choose(browser, secupass::SECUPASS).await?;
        set_up(browser, "bauamt").await?;
        browser.click(".place[href='/inbox']").await?;
        browser.click("#to-requests").await?;
        browser.click("#request-new").await?;
        browser.fill("#request-email", CARL).await?;
        browser.fill("#request-note", NOTE).await?;
        browser.fill("#request-items", ITEM).await?;
        browser.click("#request-by-mail").await?;
        browser.click("#request-send").await?;
        let asked = browser.value("#request-link").await?;
        browser.click("#request-done").await?;

        let carl = Person::new(journey.browser("carl", Look::GERMAN).await?, proxy.origin());
        carl.browser.visit(&asked).await?;
        carl.browser.at("ticket").await?;
        ensure!(carl.browser.text("#wanted").await?.contains(ITEM));
        let file = files::write(journey.files(), FILE_NAME, CONTENT.repeat(5000).as_bytes())?;
        carl.browser.fill("#submitter-name", SUBJECT).await?;
        carl.browser.fill("#submitter-reference", CASE).await?;
        carl.browser.fill("#message", MESSAGE).await?;
        carl.browser.choose("#files", &[file]).await?;
        carl.browser.see("#chosen .file-row").await?;
        carl.browser.click("#send").await?;
        carl.browser.at("submitted").await?;
        let kept = carl.browser.value("#receipt-link").await?;
        let confirmed = server.mailbox().wait_for_mail(CARL).await?;
        let told = server.mailbox().wait_for_mail(ADMIN.email).await?;

        browser.visit(&told.link()?.replace(&server.origin(), &proxy.origin())).await?;
        browser.click("#open").await?;
        secupass::give(browser, secupass::SECUPASS).await?;
        browser.at("delivery").await?;
        anna.save(0).await?;
        let collected = server.mailbox().wait_for_mail(CARL).await?;
        browser.click("#answer").await?;
        browser.see("#answer-ways").await?;
        anna.compose(&Letter { message: ANSWER, ..Letter::default() }).await?;
        anna.send_by_mail().await?;
        let answered = server.mailbox().wait_for_mail(CARL).await?;
        carl.browser.visit(&kept).await?;
        carl.browser.click(".answer-open").await?;
        carl.browser.at("delivery").await?;
        ensure!(carl.browser.text("#message-shown").await? == ANSWER);

        let (_, secret) = asked.split_once("#1q.").context("a request's link")?;
        let mut canaries = canaries(&[])?;
        canaries.extend([
            Canary::new("the case number", CASE),
            Canary::new("what is asked", NOTE),
            Canary::new("what is needed", ITEM),
            Canary::new("the answer", ANSWER),
            Canary::new("the request's secret, as text", secret),
            Canary::new("the request's secret, as bytes", keys::bytes(secret)?),
        ]);
        canaries.extend(keys::of_sender(&server, &proxy, ADMIN.email, &recovery).await?);
        let owner = (ADMIN.email, recovery.as_str());
        canaries.extend(keys::of_submitter(&server, &proxy, (CARL, &kept), owner).await?);
        let search = Search::new(&canaries)?;
        nothing_found(&search, &server, &proxy)?;
        for mail in [&confirmed, &told, &collected, &answered] {
            let found = search.in_bytes("a mail", mail.raw.as_bytes());
            ensure!(found.is_empty(), "a mail tells {found:?}");
        }
        keeps_nothing(&search, &carl).await?;
        keeps_nothing(&search, &anna).await?;
        server.stop().await?;
        nothing_found(&search, &server, &proxy)
    })
    .await
}

fn canaries(links: &[Link]) -> Result<Vec<Canary>> {
    let mut all = vec![
        Canary::new("the subject", SUBJECT),
        Canary::new("the message", MESSAGE),
        Canary::new("the file's name", FILE_NAME),
        Canary::new("the file's name without its ending", FILE_NAME.trim_end_matches(" ä.txt")),
        Canary::new("the file's content", CONTENT),
        Canary::new("the delivery's password", PASSWORD),
        Canary::new("the login password", ADMIN.password),
    ];
    for link in links {
        all.push(Canary::new("a link's secret, as text", link.secret_text()?));
        all.push(Canary::new("a link's secret, as bytes", link.secret()?));
    }
    Ok(all)
}

fn nothing_found(search: &Search, server: &Server, proxy: &Proxy) -> Result<()> {
    for seen in proxy.seen().all() {
        let place = format!("the request {} {}", seen.method, seen.target);
        let found = search.in_bytes(&place, &seen.whole());
        ensure!(found.is_empty(), "the server received {found:?}");
    }
    let stored = search.in_folder(server.data())?;
    ensure!(stored.is_empty(), "the server stored {stored:?}");
    let printed = search.in_bytes("the log", server.printed()?.as_bytes());
    ensure!(printed.is_empty(), "the server printed {printed:?}");
    Ok(())
}

/// Whoever sits down at the same browser later finds nothing either.
async fn keeps_nothing(search: &Search, person: &Person) -> Result<()> {
    let script =
        "return JSON.stringify([{...localStorage}, {...sessionStorage}, history.state, location.href])";
    let kept = person.browser.script(script, &[]).await?;
    let found = search.in_bytes("the browser's storage", kept.as_str().context("a text")?.as_bytes());
    ensure!(found.is_empty(), "the browser keeps {found:?}");
    // While the page is open, the browser may still be copying what it saves; the next visit tidies up.
    person.visit("/").await?;
    person.browser.see("main").await?;
    person.browser.keeps_no_private_file().await
}

/// A delivery that was begun leaves something in the sender's browser so that it can go on: nothing that tells anything
/// without the server's half, wherever the browser may put it.
async fn keeps_an_unfinished_delivery_sealed(
    search: &Search,
    anna: &Person,
    proxy: &Proxy,
    letter: &Letter<'_>,
) -> Result<()> {
    anna.visit("/new").await?;
    anna.compose(letter).await?;
    proxy.hold_uploads_after(1);
    anna.browser.click("#send").await?;
    until("a part to be held", LONG, async || Ok((proxy.came_to_gate() > 1).then_some(()))).await?;
    ensure!(anna.browser.journal().await? > 0, "nothing is kept for going on");
    anna.browser.reload().await?;
    proxy.release_uploads();
    anna.browser.see(".unfinished").await?;
    for folder in
        ["Default/IndexedDB", "Default/Local Storage", "Default/Session Storage", "Default/File System"]
    {
        let folder = anna.browser.profile().join(folder);
        if folder.exists() {
            let found = search.in_folder(&folder)?;
            ensure!(found.is_empty(), "the browser's profile keeps {found:?}");
        }
    }
    let known = Search::new(&[Canary::new("the journal's name", "siegel-unfinished")])?;
    let found = known.in_folder(&anna.browser.profile().join("Default/IndexedDB"))?;
    ensure!(!found.is_empty(), "the search does not see what the browser keeps");
    Ok(())
}

/// The control: what the server may know is found by the same search in the same places, and a planted canary too.
fn the_search_would_find(canaries: &[Canary], server: &Server, proxy: &Proxy) -> Result<()> {
    let known = Search::new(&[Canary::new("the recipient's address", RECIPIENT)])?;
    let received =
        proxy.seen().all().iter().any(|seen| !known.in_bytes("a request", &seen.whole()).is_empty());
    ensure!(received, "the search does not see what is sent");
    ensure!(!known.in_folder(server.data())?.is_empty(), "the search does not see what is stored");
    let ready = Search::new(&[Canary::new("the address", format!("127.0.0.1:{}", server.port()))])?;
    let local = Search::new(&[Canary::new("the address", format!("localhost:{}", server.port()))])?;
    let printed = server.printed()?;
    let sees = |search: &Search| !search.in_bytes("the log", printed.as_bytes()).is_empty();
    ensure!(sees(&ready) || sees(&local), "the search does not see what is printed");
    let search = Search::new(canaries)?;
    for canary in canaries {
        for (form, bytes) in canary.forms() {
            let folder = tempfile::tempdir()?;
            std::fs::write(
                folder.path().join("siegel.db-wal"),
                [b"....".as_slice(), &bytes, b"...."].concat(),
            )?;
            ensure!(!search.in_folder(folder.path())?.is_empty(), "{} ({form}) goes unnoticed", canary.what);
        }
    }
    Ok(())
}
