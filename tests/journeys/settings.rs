//! What an account's owner looks after: name, language, notices, password, sessions.

use anyhow::{Context, Result, ensure};
use harness::{
    browser::Look,
    files,
    journey::Journey,
    link::Link,
    mail::{Door, Letterbox},
    person::{ADMIN, Account, Letter, Person, RECIPIENT},
    wait::{SOON, until},
};
use thirtyfour::Key;

use crate::start;

const NEW: Account = Account { password: "neun Pferde ziehen leise", ..ADMIN };

#[tokio::test(flavor = "multi_thread")]
async fn settings() -> Result<()> {
    Journey::run("settings", async |journey| {
        let (server, anna) = start::admin(journey, &[]).await?;
        let browser = &anna.browser;
        browser.click(".place[href='/settings']").await?;
        browser.at("settings").await?;
        browser.click(".contents a[href='#sessions-title']").await?;
        browser.see_focus_in("#sessions-title").await?;
        ensure!(!browser.address().await?.contains('#'), "the address changes on the way down the page");
        browser.fill("#profile-name", "").await?;
        browser.click("#profile-save").await?;
        browser.see_error("missing").await?;
        browser.fill("#profile-name", "Anna Grün, Bauamt").await?;
        browser.click("#profile-language option[value='de']").await?;
        browser.click("#profile-save").await?;
        browser.attribute_becomes("html", "lang", &["de"], SOON).await?;

        // Recipients see the new name, and another browser of hers speaks her language.
        browser.click(".place[href='/new']").await?;
        let link = anna.deliver(&Letter { message: "Guten Tag", ..Letter::default() }).await?;
        let bert = start::recipient(journey, &anna.origin).await?;
        bert.browser.visit(&link.text()).await?;
        bert.browser.at("open").await?;
        ensure!(bert.browser.source().await?.contains("Anna Grün, Bauamt"), "the old name");
        bert.give(RECIPIENT, None).await?;
        bert.browser.at("delivery").await?;
        let laptop = Person::new(journey.browser("laptop", Look::ENGLISH).await?, server.origin());
        laptop.log_in(&ADMIN).await?;
        laptop.browser.attribute_becomes("html", "lang", &["de"], SOON).await?;

        // She sees both sessions and ends the other one.
        anna.visit("/settings").await?;
        browser.see("#sessions .entry:nth-of-type(2)").await?;
        browser.click("#sessions .end-session").await?;
        until("one session", SOON, async || {
            Ok((browser.find_all("#sessions .entry").await?.len() == 1).then_some(()))
        })
        .await?;
        laptop.visit("/").await?;
        laptop.browser.at("login").await.context("after the session was ended elsewhere")?;
        laptop.log_in(&ADMIN).await?;
        laptop.visit("/settings").await?;
        laptop.browser.click("#log-out-everywhere").await?;
        laptop.browser.at("login").await?;
        anna.visit("/").await?;
        anna.browser.at("login").await.context("after logging out everywhere")
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_password() -> Result<()> {
    Journey::run("settings_password", async |journey| {
        let (_server, anna) = start::admin(journey, &[]).await?;
        let browser = &anna.browser;
        anna.visit("/settings").await?;
        browser.fill("#new-password", NEW.password).await?;
        browser.fill("#new-password-again", "neun Pferde ziehen").await?;
        browser.click("#password-save").await?;
        browser.see_error("password-differs").await?;
        browser.fill("#new-password-again", NEW.password).await?;
        browser.click("#password-save").await?;
        anna.confirm("das ist es nicht gewesen").await?;
        browser.see("#confirm-password-error").await?;
        anna.confirm(ADMIN.password).await?;
        until("empty fields", SOON, async || {
            Ok(browser.value("#new-password").await?.is_empty().then_some(()))
        })
        .await?;
        anna.log_out().await?;
        anna.give_login(&ADMIN).await?;
        browser.see_error("wrong-login").await?;
        anna.log_in(&NEW).await
    })
    .await
}

/// An admin whose mails arrive.
const REACHED: Account = Account { email: "anna@test.example", ..ADMIN };
const BERT: &str = "bert@test.example";

#[tokio::test(flavor = "multi_thread")]
async fn settings_notices() -> Result<()> {
    Journey::run("settings_notices", async |journey| {
        let mail_server = journey.mail_server().await?;
        let mails = mail_server.letterbox();
        let settings = mail_server.settings(Door::StartTls);
        let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let server = journey.server(&settings).await?;
        let anna = Person::new(journey.browser("anna", Look::ENGLISH).await?, server.origin());
        anna.set_up(&server, &REACHED).await?;
        let bert = start::recipient(journey, &anna.origin).await?;
        let file = files::make(journey.files(), "Bescheid.pdf", 1000)?;
        let letter = Letter {
            message: "Guten Tag",
            files: vec![file],
            level: Some(1),
            to: &[BERT],
            ..Letter::default()
        };

        send_and_collect(&anna, &letter, &bert, mails).await?;
        let notice = mails.wait_for_mail(REACHED.email).await?;
        ensure!(notice.subject == "bert@test.example has collected your delivery", "{}", notice.subject);
        // It leads to the page where such mails are turned off, which is done by keyboard here.
        let there = format!("{}/settings", anna.origin);
        ensure!(notice.raw.contains(&format!("List-Unsubscribe: <{there}>")), "{}", notice.raw);
        ensure!(notice.text.contains(&there), "{}", notice.text);
        turn_notices(&anna, false).await?;
        send_and_collect(&anna, &letter, &bert, mails).await?;

        // A warning comes all the same, and the notice would have come before it.
        anna.visit("/settings").await?;
        anna.browser.fill("#new-password", NEW.password).await?;
        anna.browser.fill("#new-password-again", NEW.password).await?;
        anna.browser.click("#password-save").await?;
        anna.confirm(REACHED.password).await?;
        let warning = mails.wait_for_mail(REACHED.email).await?;
        ensure!(warning.subject == "Your password was changed", "{}", warning.subject);
        ensure!(!warning.headers.contains(&"List-Unsubscribe".to_owned()), "{}", warning.raw);

        turn_notices(&anna, true).await?;
        send_and_collect(&anna, &letter, &bert, mails).await?;
        let again = mails.wait_for_mail(REACHED.email).await?;
        ensure!(again.subject == notice.subject && again.text != notice.text, "{}", again.text);
        let all = mails.all(REACHED.email)?.len();
        ensure!(all == 3, "{all} mails");
        Ok(())
    })
    .await
}

/// A delivery by mail, of which the recipient saves the file; it ends when the server knows that.
async fn send_and_collect(
    sender: &Person,
    letter: &Letter<'_>,
    recipient: &Person,
    mails: &Letterbox,
) -> Result<()> {
    sender.visit("/new").await?;
    sender.compose(letter).await?;
    sender.send_by_mail().await?;
    let link = Link::parse(mails.wait_for_mail(BERT).await?.link()?)?;
    recipient.open(&link, BERT, None).await?;
    recipient.save(0).await?;
    until("the sender to see that it was collected", SOON, async || {
        sender.visit(&format!("/sent/{}", link.delivery)).await?;
        sender.browser.at("sent-delivery").await?;
        sender.browser.see("#recipients .badges").await?;
        Ok(sender.browser.text("#recipients .badges").await?.contains("Collected on").then_some(()))
    })
    .await
}

/// Turns notices on or off in the settings, by keyboard, and finds them so after the page was loaded anew.
async fn turn_notices(person: &Person, on: bool) -> Result<()> {
    let browser = &person.browser;
    let are_on = async || -> Result<bool> {
        person.visit("/settings").await?;
        browser.at("settings").await?;
        let checked = "return document.querySelector('#profile-notices').checked";
        Ok(browser.script(checked, &[]).await? == true)
    };
    ensure!(are_on().await? != on);
    browser.tab_to("#profile-notices").await?;
    browser.press(" ").await?;
    browser.tab_to("#profile-save").await?;
    browser.press_key(Key::Enter).await?;
    let said =
        "return [...document.querySelectorAll('[role=status]')].some(line => line.textContent === 'Saved.')";
    until("the page to say that it is saved", SOON, async || {
        Ok((browser.script(said, &[]).await? == true).then_some(()))
    })
    .await?;
    ensure!(are_on().await? == on);
    Ok(())
}
