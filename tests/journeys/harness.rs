//! The harness itself, on a page of its own: that it sees what it claims to see. A test that could not fail proves nothing.

use anyhow::{Context, Result, ensure};
use axum::{Router, http::header, response::Html, routing::get};
use harness::{
    browser::{Browser, Look},
    files,
    journey::Journey,
    mail::{Door, Letterbox, MailServer},
    port::Port,
};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
    },
};
use serde_json::json;

const PAGE: &str = r#"<!doctype html><html lang="en"><title>Try</title><meta name="viewport" content="width=device-width"><main data-page="try">
<h1>Try</h1><label>Text <input id="text"></label><label>Files <input id="files" type="file" multiple></label>
<button id="save">Save</button><p id="error" role="alert"></p><script src="/page.js"></script></main>"#;

const SCRIPT: &str = r"
document.querySelector('#save').onclick = async () => {
    const file = document.querySelector('#files').files[0];
    const a = document.createElement('a');
    a.href = URL.createObjectURL(new Blob([file], { type: 'application/octet-stream' }));
    a.download = file.name;
    a.click();
    const handle = await (await navigator.storage.getDirectory()).getFileHandle('left-over', { create: true });
    document.querySelector('#error').dataset.kind = 'some-kind';
    document.querySelector('#error').textContent = 'This is a sentence: ' + navigator.language;
};";

/// A page that needs nothing of the product; returns its origin.
async fn page(policy: &'static str) -> Result<String> {
    let csp = [(header::CONTENT_SECURITY_POLICY, policy)];
    let app = Router::new()
        .route("/", get(move || async move { (csp, Html(PAGE)) }))
        .route("/page.js", get(|| async { ([(header::CONTENT_TYPE, "text/javascript")], SCRIPT) }));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(origin)
}

#[tokio::test(flavor = "multi_thread")]
async fn harness_sees_pages_files_and_sentences() -> Result<()> {
    Journey::run("harness_sees_pages_files_and_sentences", async |journey| {
        let browser = journey.browser("someone", Look::GERMAN.phone().dark()).await?;
        browser.visit(&page("default-src 'self'").await?).await?;
        browser.at("try").await?;
        browser.fill("#text", "zuerst").await?;
        browser.fill("#text", "Grüße 🐤").await?;
        ensure!(browser.value("#text").await? == "Grüße 🐤");
        let name = "Größe\u{1f4c4}.bin";
        let file = files::make(journey.files(), name, 3 * files::CHUNK + 1)?;
        browser.choose("#files", std::slice::from_ref(&file)).await?;
        let before = browser.downloads()?;
        browser.click("#save").await?;
        let saved = browser.saved_since(&before).await?;
        ensure!(saved.file_name().is_some_and(|saved| saved == name));
        ensure!(files::sha256(&saved)? == files::sha256(&file)?);
        ensure!(browser.see_error("some-kind").await?.text == "This is a sentence: de");
        ensure!(browser.private_files().await? == ["/left-over"]);
        looks(&browser).await
    })
    .await
}

async fn looks(browser: &Browser) -> Result<()> {
    let ask = "return [innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]";
    ensure!(browser.script(ask, &[]).await? == json!([390, true]));
    browser.show(Look::ENGLISH).await?;
    ensure!(browser.script(ask, &[]).await? == json!([1280, false]));
    browser.watch_fluency().await?;
    browser
        .script("setTimeout(() => { for (const t = Date.now(); Date.now() < t + 700;); }, 0)", &[])
        .await?;
    let longest = browser.longest_task().await?.as_millis();
    ensure!(longest >= 600, "a page that froze for 700 ms is measured as {longest} ms");
    browser.tab_to("#save").await?;
    browser.tab_back_to("#text").await?;
    ensure!(browser.tab_to("#nowhere").await.is_err());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn harness_notices_what_breaks_the_policy() -> Result<()> {
    let name = "harness_notices_what_breaks_the_policy";
    let result = Journey::run(name, async |journey| {
        let browser = journey.browser("someone", Look::ENGLISH).await?;
        browser.visit(&page("default-src 'none'").await?).await?;
        browser.at("try").await
    })
    .await;
    let failure = result.err().map(|error| format!("{error:#}")).unwrap_or_default();
    ensure!(failure.contains("Content Security Policy"), "the violation went unnoticed: {failure}");
    let evidence = harness::workspace().join("target/journeys").join(name);
    for file in ["someone.png", "someone.html", "someone-console.txt"] {
        ensure!(evidence.join(file).is_file(), "{file} was not kept");
    }
    Ok(std::fs::remove_dir_all(evidence)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn harness_axe_finds_what_is_wrong() -> Result<()> {
    Journey::run("harness_axe_finds_what_is_wrong", async |journey| {
        let browser = journey.browser("someone", Look::ENGLISH).await?;
        browser.visit(&page("default-src 'self'").await?).await?;
        browser.at("try").await?;
        let well = harness::axe::findings(&browser).await?;
        ensure!(well.is_empty(), "{well:?}");
        browser.script("document.documentElement.removeAttribute('lang')", &[]).await?;
        let found = harness::axe::findings(&browser).await?;
        ensure!(found.iter().any(|finding| finding.starts_with("html-has-lang")), "{found:?}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn harness_mail_server_takes_and_refuses() -> Result<()> {
    let server = MailServer::start().await?;
    for (door, to) in [(Door::StartTls, "rita@test.example"), (Door::Tls, "karl@test.example")] {
        hand_over(&server, door, to, None).await?;
        let mail = server.letterbox().wait_for_mail(to).await?;
        ensure!(mail.to == [to] && mail.subject == "Grüße" && mail.text.trim() == "Ein Text.");
        ensure!(mail.raw.contains("with ESMTPSA"), "encrypted and logged in: {}", mail.raw);
        ensure!(server.letterbox().next(to).await?.is_none(), "each mail is read once");
        ensure!(server.letterbox().all(to)?.len() == 1);
        ensure!(hand_over(&server, door, to, Some("wrong")).await.is_err(), "a wrong password is refused");
        ensure!(hand_over(&server, door, "nosuch@test.example", None).await.is_err());
    }
    server.pause().await?;
    ensure!(hand_over(&server, Door::Tls, "rita@test.example", None).await.is_err(), "nobody listens");
    server.resume().await?;
    hand_over(&server, Door::Tls, "rita@test.example", None).await?;
    server.letterbox().wait_for_mail("rita@test.example").await?;
    server.stop().await
}

/// Mails are written under one name and get another: whoever looks meanwhile sees them or does not, and never fails.
#[tokio::test(flavor = "multi_thread")]
async fn harness_letterbox_is_read_while_mails_arrive() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (tmp, new) = (folder.path().join("tmp"), folder.path().join("new"));
    std::fs::create_dir_all(&tmp)?;
    std::fs::create_dir_all(&new)?;
    let arriving = tokio::task::spawn_blocking(move || -> Result<()> {
        for number in 0..20_000 {
            let name = number.to_string();
            std::fs::write(tmp.join(&name), "")?;
            std::fs::rename(tmp.join(&name), new.join("mail"))?;
        }
        Ok(std::fs::write(new.join("mail"), "From: a@b.example\r\nTo: rita@b.example\r\n\r\nHello\r\n")?)
    });
    let letterbox = Letterbox::new(folder.path());
    while !arriving.is_finished() {
        letterbox.files()?;
    }
    arriving.await??;
    ensure!(letterbox.all("rita@b.example")?.len() == 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn harness_a_held_port_is_nobody_elses() -> Result<()> {
    let port = Port::hold()?;
    let address = ("127.0.0.1", port.number());
    let closed = tokio::net::TcpStream::connect(address).await.err().map(|error| error.kind());
    ensure!(closed == Some(std::io::ErrorKind::ConnectionRefused), "{closed:?}");
    for _ in 0..2 {
        let listener = tokio::net::TcpListener::bind(address).await?;
        tokio::net::TcpStream::connect(address).await?;
        drop(listener);
    }
    // Who does not reuse addresses, as the system does not when it chooses one, does not get it.
    let other = tokio::net::TcpSocket::new_v4()?;
    let refused = other.bind(([127, 0, 0, 1], port.number()).into()).err().map(|error| error.kind());
    ensure!(refused == Some(std::io::ErrorKind::AddrInUse), "{refused:?}");
    Ok(())
}

/// Hands a mail over with the settings that our server gets, or with another password.
async fn hand_over(server: &MailServer, door: Door, to: &str, password: Option<&str>) -> Result<()> {
    let settings = server.settings(door);
    let setting =
        |name: &str| settings.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    let setting = |name: &str| setting(name).with_context(|| format!("no setting {name}"));
    let authority = Certificate::from_pem(&std::fs::read(setting("SIEGEL_SMTP_CA_FILE")?)?)?;
    let tls = TlsParameters::builder("localhost".to_owned()).add_root_certificate(authority).build()?;
    let tls = match door {
        Door::StartTls => Tls::Required(tls),
        Door::Tls => Tls::Wrapper(tls),
    };
    let address = setting("SIEGEL_SMTP_SERVER")?;
    let (host, port) = address.split_once(':').context("a port")?;
    let right = std::fs::read_to_string(setting("SIEGEL_SMTP_PASSWORD_FILE")?)?;
    let password = password.unwrap_or(right.trim_end());
    let from = setting("SIEGEL_MAIL_FROM")?;
    let message = Message::builder()
        .from(from.parse()?)
        .to(to.parse()?)
        .subject("Grüße")
        .body("Ein Text.".to_owned())?;
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
        .port(port.parse()?)
        .tls(tls)
        .credentials(Credentials::new(setting("SIEGEL_SMTP_USER")?, password.to_owned()))
        .build();
    transport.send(message).await?;
    Ok(())
}
