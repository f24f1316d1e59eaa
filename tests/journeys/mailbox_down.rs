//! The mail server is away for a while: nothing is lost, everything arrives once, and its sender sees how far each mail is.

use anyhow::{Context, Result, ensure};
use harness::{
    journey::Journey,
    link::Link,
    mail::{Door, Mail, MailServer},
    person::{ADMIN, Letter, Person},
    server::{Server, Settings},
    wait::{SOON, until},
};

use crate::start;

const RITA: &str = "rita@test.example";
const KARL: &str = "karl@test.example";
/// The mail server does not know this one.
const NOBODY: &str = "nosuch@test.example";
/// What the page says of a mail.
const WAITING: &str = "waits for the mail server";
const GONE: &str = "Mail sent on";
const REFUSED: &str = "The mail was refused";
const NOTE: &str = "Die Akte <b>Nr. 7</b> & mehr";

#[tokio::test(flavor = "multi_thread")]
async fn mailbox_down() -> Result<()> {
    Journey::run("mailbox_down", async |journey| {
        let mails = journey.mail_server().await?;
        walk(journey, &mails, &borrowed(&mails.settings(Door::StartTls))).await
    })
    .await
}

async fn walk(journey: &Journey, mails: &MailServer, settings: Settings<'_>) -> Result<()> {
    let settings = [settings, &[("SIEGEL_SWEEP_SECONDS", "1"), ("SIEGEL_NAME", "Amt für Übung")]].concat();
    let (server, anna) = start::admin(journey, &settings).await?;
    let bert = start::recipient(journey, &anna.origin).await?;

    // While it is there, a mail takes its time and no more; who does not exist is refused.
    let sent = post(&anna, "Zuerst", &[RITA, NOBODY]).await?;
    let mail = mails.letterbox().wait_for_mail(RITA).await?;
    is_invitation(&mail, RITA)?;
    read(&bert, &mail, "Zuerst", RITA).await?;
    until_mails_are(&anna, &sent, &[GONE, REFUSED]).await?;
    let first = secret(&mail)?;
    forgotten(&server, &first).await?;

    // It goes. What is sent now waits, across a restart, too.
    mails.pause().await?;
    let sent = post(&anna, "Inzwischen", &[RITA, KARL]).await?;
    until("a try that failed", SOON, async || {
        Ok(server.logged()?.contains("code=\"connect refused\"").then_some(()))
    })
    .await?;
    until_mails_are(&anna, &sent, &[WAITING, WAITING]).await?;
    server.restart(&settings).await?;
    until_mails_are(&anna, &sent, &[WAITING, WAITING]).await?;

    // It comes back, and asks for TLS from the first byte on.
    mails.resume().await?;
    let door = mails.settings(Door::Tls);
    server.restart(&[&settings[..], &borrowed(&door)].concat()).await?;
    until_mails_are(&anna, &sent, &[GONE, GONE]).await?;
    for address in [KARL, RITA] {
        let mail = mails.letterbox().wait_for_mail(address).await?;
        is_invitation(&mail, address)?;
        read(&bert, &mail, "Inzwischen", address).await?;
        forgotten(&server, &secret(&mail)?).await?;
    }
    let counts = [RITA, KARL, NOBODY].map(|address| mails.letterbox().all(address).map(|all| all.len()));
    ensure!(matches!(counts, [Ok(2), Ok(1), Ok(0)]), "each mail arrives once: {counts:?}");
    let log = server.logged()?;
    ensure!(![RITA, KARL, &first].iter().any(|secret| log.contains(secret)), "the log says too much");
    Ok(())
}

/// Sends a message by mail to these, at level 1; returns the delivery.
async fn post(sender: &Person, subject: &str, recipients: &[&str]) -> Result<String> {
    let letter =
        Letter { level: Some(1), subject, message: subject, to: recipients, note: NOTE, ..Letter::default() };
    sender.compose(&letter).await?;
    sender.send_by_mail().await?;
    let link = sender.browser.attribute("#see-status", "href").await?.context("a link to the delivery")?;
    let delivery = link.rsplit('/').next().context("a delivery")?.to_owned();
    sender.start_another().await?;
    Ok(delivery)
}

fn is_invitation(mail: &Mail, address: &str) -> Result<()> {
    ensure!(mail.to == [address], "{:?}", mail.to);
    ensure!(mail.from == ("Amt für Übung".to_owned(), "siegel@test.example".to_owned()), "{:?}", mail.from);
    ensure!(mail.reply_to == [ADMIN.email], "{:?}", mail.reply_to);
    ensure!(mail.subject == format!("{} has sent you something", ADMIN.name), "{}", mail.subject);
    ensure!(mail.text.contains(&format!("> {NOTE}")) && !mail.html.contains("<b>Nr"), "{}", mail.html);
    ensure!(!mail.text.contains("Zuerst") && !mail.text.contains("Inzwischen"), "the subject is encrypted");
    Ok(())
}

/// Opens the link of the mail as it stands there, and finds the message.
async fn read(reader: &Person, mail: &Mail, message: &str, address: &str) -> Result<()> {
    reader.browser.visit(mail.link()?).await?;
    reader.browser.at("open").await?;
    reader.give(address, None).await?;
    reader.browser.at("delivery").await?;
    ensure!(reader.browser.text("#message-shown").await? == message);
    Ok(())
}

fn secret(mail: &Mail) -> Result<String> {
    Ok(Link::parse(mail.link()?)?.secret_text()?.to_owned())
}

/// Waits until the server has forgotten the secret: a sweep empties the write-ahead log.
async fn forgotten(server: &Server, secret: &str) -> Result<()> {
    until("the server to forget a link", SOON, async || {
        for name in ["siegel.db", "siegel.db-wal"] {
            let bytes = std::fs::read(server.data().join(name))?;
            if bytes.windows(secret.len()).any(|window| window == secret.as_bytes()) {
                return Ok(None);
            }
        }
        Ok(Some(()))
    })
    .await
}

/// Waits until the delivery's page tells its sender this of the mails to its recipients, in their order.
async fn until_mails_are(sender: &Person, delivery: &str, expected: &[&str]) -> Result<()> {
    sender.visit(&format!("/sent/{delivery}")).await?;
    until(format!("mails of which the page says {expected:?}"), SOON, async || {
        sender.browser.reload().await?;
        sender.browser.at("sent-delivery").await?;
        let mut told = Vec::new();
        for recipient in 1..=expected.len() {
            told.push(sender.browser.text(&format!("#recipients .entry:nth-of-type({recipient})")).await?);
        }
        Ok(told.iter().zip(expected).all(|(told, expected)| told.contains(expected)).then_some(()))
    })
    .await?;
    sender.visit("/new").await?;
    sender.browser.at("new").await
}

fn borrowed<'a>(settings: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    settings.iter().map(|(name, value)| (*name, value.as_str())).collect()
}
