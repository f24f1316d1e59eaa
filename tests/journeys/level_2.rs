//! Level 2: the link, and an account with the address that it was sent to.

use anyhow::{Context, Result, ensure};
use harness::{
    browser::Look,
    files,
    journey::Journey,
    link::Link,
    mail::Door,
    person::{Account, Letter, Person},
};

use crate::start;

/// A recipient without an account at first.
pub(crate) const BERT: Account =
    Account { name: "Bert Winter", email: "bert@test.example", password: "drei Boote vor der Insel" };
/// Somebody else, with an account.
pub(crate) const CARLA: Account =
    Account { name: "Carla Sommer", email: "carla@test.example", password: "vier Hütten auf dem Berg" };

const SUBJECT: &str = "Ihr Gutachten";
const MESSAGE: &str = "Guten Tag Herr Winter,\n\nanbei das Gutachten.";
const NOTE: &str = "Gutachten zum Grundstück Am Anger";

/// From the mail alone, as a recipient has it: register, open, save; with the wrong account on the way.
#[tokio::test(flavor = "multi_thread")]
async fn level_2() -> Result<()> {
    Journey::run("level_2", async |journey| {
        let mail_server = journey.mail_server().await?;
        let mails = mail_server.letterbox();
        let settings = mail_server.settings(Door::StartTls);
        let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (_server, anna) = start::admin(journey, &settings).await?;
        let file = files::make(journey.files(), "Gutachten.pdf", 3_000_000)?;
        let letter = Letter {
            subject: SUBJECT,
            message: MESSAGE,
            files: vec![file.clone()],
            level: Some(2),
            to: &[BERT.email],
            note: NOTE,
            ..Letter::default()
        };
        anna.compose(&letter).await?;
        anna.browser.see(".chip__readiness[data-readiness=needs-account]").await?;
        anna.send_by_mail().await?;

        let mail = mails.wait_for_mail(BERT.email).await?;
        let link = Link::parse(mail.link()?)?;
        ensure!(link.page == "r" && link.fragment.starts_with("1p."), "{}", link.text());
        ensure!(mail.text.contains(NOTE) && mail.subject.contains(harness::person::ADMIN.name));
        ensure!(!mail.text.contains(SUBJECT) && !mail.text.contains("Guten Tag Herr Winter"));

        let bert = start::recipient(journey, &anna.origin).await?;
        bert.browser.visit(&link.text()).await?;
        bert.browser.at("open").await?;
        ensure!(!bert.browser.address().await?.contains('#'), "the secret stays in the address bar");
        ensure!(bert.browser.text("#sent-to").await?.contains("b…@test.example"));
        bert.register(mails, &BERT).await?;
        // The link is still there: one click, and nothing to look for again.
        bert.browser.see("#logged-in-as").await?;
        bert.browser.click("#open").await?;
        bert.browser.at("delivery").await?;
        ensure!(bert.browser.text("#subject-shown").await? == SUBJECT);
        ensure!(bert.browser.text("#message-shown").await? == MESSAGE);
        let saved = bert.save(0).await?;
        ensure!(files::sha256(&saved)? == files::sha256(&file)?, "it arrived with other bytes");
        // Nothing that he may do or open takes a SecuPass.
        bert.visit("/inbox").await?;
        bert.browser.see("#received-list a").await?;
        ensure!(bert.browser.find("#keys-missing").await?.is_none(), "a guest is asked for a SecuPass");
        let told = mails.wait_for_mail(harness::person::ADMIN.email).await;
        ensure!(told.is_err(), "the admin's address has no mailbox here");
        Ok(())
    })
    .await
}

/// Another account is refused in plain words, and the way to the right one keeps the link.
#[tokio::test(flavor = "multi_thread")]
async fn level_2_wrong_account() -> Result<()> {
    Journey::run("level_2_wrong_account", async |journey| {
        let (server, anna) = start::admin(journey, &[]).await?;
        let to = &[BERT.email, CARLA.email];
        let letter = Letter { message: MESSAGE, level: Some(2), to, ..Letter::default() };
        anna.compose(&letter).await?;
        anna.send_by_mail().await?;
        let mails = server.mailbox();
        let for_bert = Link::parse(mails.wait_for_mail(BERT.email).await?.link()?)?;
        let for_carla = Link::parse(mails.wait_for_mail(CARLA.email).await?.link()?)?;
        ensure!(for_bert.delivery == for_carla.delivery && for_bert.fragment != for_carla.fragment);

        let carla = Person::new(journey.browser("carla", Look::GERMAN).await?, &anna.origin);
        carla.browser.visit(&for_bert.text()).await?;
        carla.browser.at("open").await?;
        carla.register(mails, &CARLA).await?;
        carla.browser.click("#open").await?;
        carla.browser.see("#wrong-account").await?;
        let refusal = carla.browser.text("#wrong-account").await?;
        ensure!(refusal.contains("ging an b…@test.example"), "{refusal}");
        ensure!(refusal.contains(&format!("angemeldet sind Sie als {}", CARLA.email)), "{refusal}");

        // Bert comes to the same browser, and the link still opens.
        carla.browser.click("#change-account").await?;
        carla.register(mails, &BERT).await?;
        carla.browser.click("#open").await?;
        carla.browser.at("delivery").await?;
        ensure!(carla.browser.text("#message-shown").await? == MESSAGE);
        Ok(())
    })
    .await
}

/// A link that the server never sees opens as well, with a password on top; it is shown once, to be handed over.
#[tokio::test(flavor = "multi_thread")]
async fn level_2_by_hand() -> Result<()> {
    Journey::run("level_2_by_hand", async |journey| {
        let (server, anna) = start::admin(journey, &[]).await?;
        let password = Some("Sonne über Görlitz");
        let letter = Letter {
            message: MESSAGE,
            level: Some(2),
            to: &[BERT.email],
            by_hand: true,
            password,
            ..Letter::default()
        };
        anna.compose(&letter).await?;
        anna.send_by_mail().await?;
        let link = Link::parse(&anna.browser.value(".sent-to .link").await?)?;
        ensure!(server.mailbox().next(BERT.email).await?.is_none(), "the server mailed a link");

        let bert = start::recipient(journey, &anna.origin).await?;
        bert.browser.visit(&link.text()).await?;
        bert.browser.at("open").await?;
        bert.register(server.mailbox(), &BERT).await?;
        bert.browser.fill("#open-password", "ein falsches Passwort").await?;
        bert.browser.click("#open").await?;
        bert.browser.see_error("wrong-password").await?;
        bert.browser.fill("#open-password", password.context("a password")?).await?;
        bert.browser.click("#open").await?;
        bert.browser.at("delivery").await?;
        ensure!(bert.browser.text("#message-shown").await? == MESSAGE);
        Ok(())
    })
    .await
}
