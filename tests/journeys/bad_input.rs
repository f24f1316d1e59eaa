//! What people mistype, forget and overdo, and what machines run out of: a clear sentence each time, and nothing lost.

use anyhow::{Context, Result, ensure};
use harness::{
    browser::{Browser, Look},
    files,
    journey::Journey,
    link::Link,
    person::{ADMIN, Account, Letter, Person, RECIPIENT},
    server::Server,
};
use serde_json::json;

use crate::start;

const MESSAGE: &str = "Ein langer Brief, den niemand zweimal schreiben will.";
const PASSWORD: &str = "Sonne über Görlitz";

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_wrong_password() -> Result<()> {
    Journey::run("bad_input_wrong_password", async |journey| {
        let (server, anna) = start::admin(journey, &[]).await?;
        let letter = Letter { message: MESSAGE, password: Some(PASSWORD), ..Letter::default() };
        let link = anna.deliver(&letter).await?;
        let bert = start::recipient(journey, &anna.origin).await?;
        bert.browser.visit(&link.text()).await?;
        bert.browser.at("open").await?;
        bert.give(RECIPIENT, Some("Regen über Görlitz")).await?;
        bert.browser.see_error("wrong-password").await?;
        bert.browser.see_focus_in("#open-password").await?;
        ensure!(bert.browser.value("#recipient-email").await? == RECIPIENT, "the address was lost");
        bert.give(RECIPIENT, Some(PASSWORD)).await?;
        bert.browser.at("delivery").await.context("with the right password")?;
        ensure!(bert.browser.text("#message-shown").await? == MESSAGE);

        guess_until_refused(&bert, &link).await?;
        // The waits are in the database: a restart forgives nothing, and time does.
        server.restart(&[]).await?;
        bert.give(RECIPIENT, Some(PASSWORD)).await?;
        bert.browser.see_error("too-many").await?;
        server.restart(&[("SIEGEL_CLOCK_SKEW_SECONDS", "3700")]).await?;
        bert.open(&link, RECIPIENT, Some(PASSWORD)).await
    })
    .await
}

/// Guesses until the server refuses to listen, which must be soon, and then holds for the right password too.
async fn guess_until_refused(person: &Person, link: &Link) -> Result<()> {
    person.browser.visit(&link.text()).await?;
    person.browser.at("open").await?;
    for guess in 0..12 {
        person.give(RECIPIENT, Some(&format!("Versuch Nummer {guess}"))).await?;
        let shown = person.browser.see_new_error().await?;
        if shown.kind == "too-many" {
            ensure!(guess >= 3, "people mistype more often than {guess} times");
            ensure!(
                shown.text.contains(|c: char| c.is_ascii_digit()),
                "how long to wait is not said: {}",
                shown.text
            );
            return Ok(());
        }
        ensure!(shown.kind == "wrong-password", "{shown:?}");
    }
    anyhow::bail!("twelve guesses in a row were heard")
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_wrong_login() -> Result<()> {
    Journey::run("bad_input_wrong_login", async |journey| {
        let (_server, anna) = start::admin(journey, &[]).await?;
        anna.log_out().await?;
        let mut sentences = Vec::new();
        for wrong in [
            Account { password: "ein lauter Vormittag im Mai", ..ADMIN },
            Account { email: "niemand@amt.example", ..ADMIN },
        ] {
            anna.give_login(&wrong).await?;
            sentences.push(anna.browser.see_new_error().await?);
            ensure!(anna.browser.value("#login-email").await? == wrong.email, "the address was lost");
        }
        ensure!(sentences[0].kind == "wrong-login", "{sentences:?}");
        ensure!(sentences[0] == sentences[1], "the answers tell which addresses exist: {sentences:?}");
        anna.log_in(&ADMIN).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_set_up() -> Result<()> {
    Journey::run("bad_input_set_up", async |journey| {
        let server = journey.server(&[]).await?;
        let browser = journey.browser("anna", Look::ENGLISH).await?;
        let anna = Person::new(browser, server.origin());
        let token = server.setup_token().await?;
        anna.visit(&format!("/setup#{token}")).await?;
        anna.browser.at("setup").await?;
        ensure!(
            !anna.browser.address().await?.contains('#'),
            "the set-up link's secret stays in the address bar"
        );
        for (email, password, again, kind) in [
            ("anna", ADMIN.password, ADMIN.password, "email"),
            (ADMIN.email, "kurz", "kurz", "password-too-short"),
            (ADMIN.email, ADMIN.password, "etwas ganz anderes", "password-differs"),
        ] {
            anna.browser.fill("#setup-name", ADMIN.name).await?;
            anna.browser.fill("#setup-email", email).await?;
            anna.browser.fill("#new-password", password).await?;
            anna.browser.fill("#new-password-again", again).await?;
            anna.browser.click("#setup-submit").await?;
            anna.browser.see_error(kind).await?;
        }
        anna.set_up(&server, &ADMIN).await?;
        // The link works once.
        anna.log_out().await?;
        anna.visit(&format!("/setup#{token}")).await?;
        anna.browser.see("h1").await?;
        ensure!(
            anna.browser.find("#setup-submit").await?.is_none(),
            "the used set-up link offers another set-up"
        );
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_drafts() -> Result<()> {
    Journey::run("bad_input_drafts", async |journey| {
        let (_server, anna) = start::admin(journey, &[("SIEGEL_FILE_BYTES", "100000")]).await?;
        let browser = &anna.browser;
        browser.click("#send").await?;
        browser.see_error("empty").await?;
        browser.see_focus_in("#error").await?;

        let long = "Betreff ".repeat(80);
        browser.fill("#message", MESSAGE).await?;
        browser.fill("#subject", &long).await?;
        browser.click("#send").await?;
        browser.see_error("subject-too-long").await?;
        ensure!(browser.value("#subject").await? == long, "the long subject was lost");
        browser.fill("#subject", "Kurz").await?;

        choose_made_up(browser, &"n".repeat(300), 10).await?;
        browser.see_error("name-too-long").await?;
        drop_all_files(browser).await?;
        let large = files::make(journey.files(), "zu groß.bin", 100_001)?;
        let small = files::make(journey.files(), "klein genug.bin", 100_000)?;
        browser.choose("#files", &[large]).await?;
        browser.see_error("file-too-large").await?;
        drop_all_files(browser).await?;
        browser.choose("#files", std::slice::from_ref(&small)).await?;
        browser.click("#use-password").await?;
        browser.fill("#delivery-password", "kurz").await?;
        browser.click("#send").await?;
        browser.see_error("password-too-short").await?;
        browser.fill("#delivery-password", PASSWORD).await?;

        let link = anna.send().await?;
        let bert = start::recipient(journey, &anna.origin).await?;
        bert.open(&link, RECIPIENT, Some(PASSWORD)).await?;
        ensure!(bert.browser.text("#subject-shown").await? == "Kurz");
        ensure!(bert.browser.text("#message-shown").await? == MESSAGE);
        ensure!(files::sha256(&bert.save(0).await?)? == files::sha256(&small)?);
        Ok(())
    })
    .await
}

/// Chooses a file that exists only in the page: with a name that this machine's file system does not allow.
async fn choose_made_up(browser: &Browser, name: &str, size: usize) -> Result<()> {
    let script = "const all = new DataTransfer(); \
                  all.items.add(new File([new Uint8Array(arguments[1])], arguments[0])); \
                  const input = document.querySelector('#files'); input.files = all.files; \
                  input.dispatchEvent(new Event('change', { bubbles: true }))";
    browser.script(script, &[json!(name), json!(size)]).await?;
    Ok(())
}

/// Removes each chosen file; a page may also refuse to list what is too much.
async fn drop_all_files(browser: &Browser) -> Result<()> {
    while browser.find("#chosen .file-row .file-remove").await?.is_some() {
        browser.click("#chosen .file-row .file-remove").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_full_disk() -> Result<()> {
    Journey::run("bad_input_full_disk", async |journey| {
        let (server, anna) = start::admin(journey, &[("SIEGEL_STORAGE_BYTES", "3000000")]).await?;
        let file = files::make(journey.files(), "zwei Megabyte.bin", 2_000_000)?;
        let first = anna.deliver(&Letter { files: vec![file.clone()], ..Letter::default() }).await?;
        anna.start_another().await?;
        anna.compose(&Letter { message: MESSAGE, files: vec![file.clone()], ..Letter::default() }).await?;
        anna.browser.click("#send").await?;
        anna.browser.see_error("storage-full").await?;
        ensure!(anna.browser.value("#message").await? == MESSAGE, "the message was lost");
        ensure!(anna.browser.find("#chosen .file-row").await?.is_some(), "the file was lost");

        // Room is made, and "try again" goes on with what was written.
        revoke(&anna, &server, &first).await?;
        let link = anna.send().await?;
        let bert = start::recipient(journey, &anna.origin).await?;
        bert.open(&link, RECIPIENT, None).await?;
        ensure!(bert.browser.text("#message-shown").await? == MESSAGE);
        ensure!(files::sha256(&bert.save(0).await?)? == files::sha256(&file)?);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_links() -> Result<()> {
    Journey::run("bad_input_links", async |journey| {
        let (server, anna) = start::admin(journey, &[]).await?;
        let link = anna.deliver(&Letter { message: MESSAGE, days: Some(1), ..Letter::default() }).await?;
        anna.start_another().await?;
        let revoked = anna.deliver(&Letter { message: MESSAGE, ..Letter::default() }).await?;
        let bert = start::recipient(journey, &anna.origin).await?;
        for (what, fragment, page) in [
            ("cut short", link.fragment[..20].to_owned(), "broken-link"),
            ("of another kind", "access_token=abc".to_owned(), "broken-link"),
            ("with a wrong secret", revoked.fragment.clone(), "not-found"),
        ] {
            let wrong = Link { fragment, ..link.clone() };
            bert.browser.visit(&wrong.text()).await?;
            bert.browser.at(page).await.with_context(|| format!("a link {what}"))?;
        }
        // Whoever has such a link has the right one somewhere, and the page takes it.
        bert.browser.fill("#paste-link", &link.text()).await?;
        bert.browser.click("#paste-submit").await?;
        bert.browser.at("open").await.context("after the right link was pasted")?;
        for path in ["/nirgends", "/d/AAAAAAAAAAAAAAAAAAAAAA/x"] {
            bert.visit(path).await?;
            bert.browser.at("not-found").await.with_context(|| path)?;
        }
        revoke(&anna, &server, &revoked).await?;
        bert.browser.visit(&revoked.text()).await?;
        bert.browser.at("expired").await.context("a revoked delivery")?;

        bert.open(&link, RECIPIENT, None).await?;
        server.restart(&[("SIEGEL_CLOCK_SKEW_SECONDS", "90000"), ("SIEGEL_SWEEP_SECONDS", "1")]).await?;
        bert.browser.visit(&link.text()).await?;
        bert.browser.at("expired").await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_while_open() -> Result<()> {
    Journey::run("bad_input_while_open", async |journey| {
        let (server, anna) = start::admin(journey, &[]).await?;
        let file = files::make(journey.files(), "Anlage.pdf", 5000)?;
        let letter = Letter { message: MESSAGE, files: vec![file], days: Some(1), ..Letter::default() };
        let link = anna.deliver(&letter).await?;
        let bert = start::recipient(journey, &anna.origin).await?;
        bert.browser.visit(&link.text()).await?;
        bert.browser.at("open").await?;
        bert.give("bert", None).await?;
        bert.browser.see_error("email").await?;
        bert.give(RECIPIENT, None).await?;
        bert.browser.at("delivery").await?;
        // The delivery ends while it is being read.
        server.restart(&[("SIEGEL_CLOCK_SKEW_SECONDS", "90000")]).await?;
        let state = bert.try_save(0).await?;
        ensure!(state == "failed", "a file of an expired delivery is “{state}”");
        ensure!(bert.browser.downloads()?.is_empty());
        ensure!(bert.browser.text("#message-shown").await? == MESSAGE, "what was read already is gone");
        Ok(())
    })
    .await
}

/// Ends a delivery by the API, with the session of the sender's browser.
async fn revoke(sender: &Person, server: &Server, link: &Link) -> Result<()> {
    let script = "return (await fetch(args[0], { method: 'DELETE' })).status";
    let path = format!("{}/api/deliveries/{}", server.origin(), link.delivery);
    let status = sender.browser.script_async(script, &[path.into()]).await?;
    ensure!(status == 204, "revoking was answered {status}");
    Ok(())
}
