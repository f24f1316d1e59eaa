//! Deliveries of levels 3 and 4 with their recipients: opened by a grant, by an invitation code, and by somebody who has
//! forgotten their SecuPass.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use harness::{
    browser::{Browser, Look},
    files::{self, CHUNK},
    journey::Journey,
    mail::Door,
    person::{ADMIN, Letter, Person},
    secupass::{self, LEVELS, OTHER, SECUPASS},
    wait::{LONG, SOON, until},
};

use crate::archive::{ends_as, unpacks_to};
use crate::level_2::{BERT, CARLA};
use crate::level_4::{KARL, STAFF, join};
use crate::{preview, start};

const SUBJECT: &str = "Ihr Gutachten";
const MESSAGE: &str = "Guten Tag,\n\nanbei das Gutachten.";
const NOTE: &str = "Grüße aus Görlitz\n";

/// What the page says how far the delivery is.
async fn sees_state(browser: &Browser, state: &str) -> Result<()> {
    browser.see(&format!("#granted-state[data-state={state}]")).await.map(drop)
}

/// Opens what was released, from locked keys, and looks at what the page says of its sender.
async fn open(browser: &Browser, secupass: &str, trust: &str) -> Result<()> {
    sees_state(browser, "ready").await?;
    browser.click("#open").await?;
    secupass::give(browser, secupass).await?;
    browser.at("delivery").await?;
    browser.see(&format!("#sender-trust[data-trust={trust}]")).await?;
    ensure!(browser.text("#subject-shown").await? == SUBJECT);
    ensure!(browser.text("#message-shown").await? == MESSAGE);
    Ok(())
}

/// Several chunks, and something to look at.
fn documents(journey: &Journey) -> Result<[PathBuf; 2]> {
    Ok([
        files::make(journey.files(), "Gutachten.bin", 9 * CHUNK + 17)?,
        files::write(journey.files(), "Notiz.txt", NOTE.as_bytes())?,
    ])
}

/// Anna sends to Karl, who has keys; he reads in two browsers.
async fn opened(journey: &Journey, level: u8) -> Result<()> {
    let (server, anna) = start::admin(journey, &[LEVELS, STAFF]).await?;
    let mails = server.mailbox();
    let karl = Person::new(journey.browser("karl", Look::GERMAN).await?, server.origin());
    join(&karl, mails, &KARL, OTHER).await?;
    anna.visit("/settings").await?;
    secupass::choose(&anna.browser, SECUPASS).await?;
    anna.visit("/new").await?;
    let sent = documents(journey)?;
    let letter = Letter {
        subject: SUBJECT,
        message: MESSAGE,
        files: sent.to_vec(),
        level: Some(level),
        to: &[KARL.email],
        ..Letter::default()
    };
    anna.compose(&letter).await?;
    anna.send_unlocking(SECUPASS).await?;
    let mail = mails.wait_for_mail(KARL.email).await?;
    let link = mail.link()?;
    ensure!(link.contains('#') == (level == 3), "{link}");

    // In a browser where he is not logged in, from the mail.
    let office = Person::new(journey.browser("office", Look::GERMAN).await?, server.origin());
    let browser = &office.browser;
    browser.visit(link).await?;
    browser.at("open").await?;
    browser.see("#login-email").await?;
    let before = browser.source().await?;
    ensure!(level == 3 || !before.contains(ADMIN.name), "a stranger learns who sent it");
    office.give_login(&KARL).await?;
    open(browser, OTHER, "vouched").await?;
    ensure!(files::sha256(&office.save(0).await?)? == files::sha256(&sent[0])?, "other bytes arrived");
    preview::look(browser, 1).await?;
    browser
        .within(preview::FRAME, async || {
            until("the text", SOON, async || {
                Ok((browser.text("body").await?.trim() == NOTE.trim()).then_some(()))
            })
            .await
        })
        .await?;
    preview::close(browser, 1).await?;
    let saved = browser.downloads()?;
    browser.click("#save-archive").await?;
    ends_as(&office, sent.len(), "saved").await?;
    unpacks_to(&browser.saved_since(&saved).await?, journey.files(), &sent)?;

    // A reload takes nothing away but the open keys; by now the sender's key is known.
    browser.reload().await?;
    open(browser, OTHER, "pinned").await?;

    // His other browser finds it in the inbox, and what the first one has remembered.
    karl.visit("/inbox").await?;
    karl.browser.click("#received-list a").await?;
    karl.browser.at("inbox-delivery").await?;
    open(&karl.browser, OTHER, "pinned").await?;
    karl.browser.see("#answer").await?;

    // Words are compared, which counts from then on.
    karl.browser.click("#compare-sender").await?;
    karl.browser.see("#compare-dialog[open]").await?;
    let shown = karl.browser.text("#compare-words").await?;
    karl.browser.click("#compare-same").await?;
    karl.browser.see("#sender-trust[data-trust=compared]").await?;
    anna.visit("/settings").await?;
    secupass::unlock(&anna.browser, SECUPASS).await?;
    anna.browser.click("#own-words-show").await?;
    anna.browser.see("#own-words .words").await?;
    let own =
        anna.browser.script("return document.querySelector('#own-words [lang=de]').textContent", &[]).await?;
    ensure!(own.as_str() == Some(&shown), "{own} is not {shown}");
    browser.reload().await?;
    open(browser, OTHER, "compared").await?;

    // The sender sees that it was collected, and takes it back.
    anna.browser.click(".place[href='/sent']").await?;
    anna.browser.at("sent-list").await?;
    anna.browser.click("#sent-list a").await?;
    anna.browser.at("sent-delivery").await?;
    anna.browser.click("#revoke-all").await?;
    anna.browser.click("#ask-yes").await?;
    let sender = &anna.browser;
    until("an end", SOON, async || Ok(sender.find("#extend").await?.is_none().then_some(()))).await?;
    browser.visit(link).await?;
    browser.at("expired").await
}

#[tokio::test(flavor = "multi_thread")]
async fn level_3_opened() -> Result<()> {
    Journey::run("level_3_opened", async |journey| opened(journey, 3).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn level_4_opened() -> Result<()> {
    Journey::run("level_4_opened", async |journey| opened(journey, 4).await).await
}

/// Somebody new needs no patience: register, choose a SecuPass, type the code.
#[tokio::test(flavor = "multi_thread")]
async fn invitation_code() -> Result<()> {
    Journey::run("invitation_code", async |journey| {
        let mail_server = journey.mail_server().await?;
        let mails = mail_server.letterbox();
        let door = mail_server.settings(Door::StartTls);
        let mut settings: Vec<_> = door.iter().map(|(name, value)| (*name, value.as_str())).collect();
        settings.push(LEVELS);
        let (_server, anna) = start::admin(journey, &settings).await?;
        anna.visit("/settings").await?;
        secupass::choose(&anna.browser, SECUPASS).await?;
        anna.visit("/new").await?;
        let sent = files::make(journey.files(), "Gutachten.bin", 3 * CHUNK)?;
        let letter = Letter {
            subject: SUBJECT,
            message: MESSAGE,
            files: vec![sent.clone()],
            level: Some(4),
            to: &[BERT.email, CARLA.email],
            ..Letter::default()
        };
        anna.compose(&letter).await?;
        anna.browser.click("label[for=with-codes]").await?;
        anna.send_unlocking(SECUPASS).await?;
        let code = anna.browser.text(&format!(".invitation-code[data-email='{}']", BERT.email)).await?;
        let words: Vec<_> = code.split_whitespace().collect();
        ensure!(words.len() == 7, "{code}");
        // On paper there is one letter, and nothing else of the page.
        anna.browser
            .click(&format!(".invitation-code[data-email='{}'] ~ .actions .sent-to__print", BERT.email))
            .await?;
        let printed = anna.browser.printed().await?;
        for part in [code.as_str(), anna.origin.as_str(), BERT.email, ADMIN.name] {
            ensure!(printed.contains(part), "{part} is not in the letter: {printed}");
        }
        ensure!(!printed.contains(CARLA.email), "another's letter is printed: {printed}");
        let mail = mails.wait_for_mail(BERT.email).await?;
        let link = mail.link()?;
        ensure!(!link.contains('#'), "{link}");
        ensure!(!words.iter().all(|word| mail.text.contains(word)), "the code was mailed");

        let bert = start::recipient(journey, &anna.origin).await?;
        let browser = &bert.browser;
        browser.visit(link).await?;
        browser.at("open").await?;
        ensure!(!browser.text("#main").await?.contains(ADMIN.name), "a stranger learns who sent it");
        bert.register(mails, &BERT).await?;
        // A guest is asked where a SecuPass is needed: by the page itself, and in the header once the inbox is seen.
        browser.see("#granted-state[data-state=needs-keys]").await?;
        ensure!(browser.find("#keys-missing").await?.is_none(), "the page asks already");
        bert.visit("/inbox").await?;
        browser.see("#keys-missing").await?;
        browser.visit(link).await?;
        bert.choose_to_open(OTHER).await?;

        for (typed, error) in [
            (words[..6].join(" "), "invitation-count"),
            (format!("{} qqqqq", words[..6].join(" ")), "code-word"),
            (words.iter().rev().copied().collect::<Vec<_>>().join(" "), "invitation-wrong"),
        ] {
            browser.fill("#invitation-code", &typed).await?;
            browser.click("#use-code").await?;
            browser.see_error(error).await?;
        }

        // The words help nobody else: neither another recipient, nor an account to which the link leads nowhere.
        let carla = Person::new(journey.browser("carla", Look::GERMAN).await?, &anna.origin);
        carla.browser.visit(mails.wait_for_mail(CARLA.email).await?.link()?).await?;
        carla.browser.at("open").await?;
        carla.register(mails, &CARLA).await?;
        carla.choose_to_open(SECUPASS).await?;
        carla.browser.fill("#invitation-code", &code).await?;
        carla.browser.click("#use-code").await?;
        carla.browser.see_error("invitation-wrong").await?;
        anna.browser.visit(link).await?;
        anna.browser.at("other-account").await?;
        ensure!(anna.browser.text("#other-account").await?.contains(ADMIN.email));

        browser.fill("#invitation-code", &code.to_uppercase()).await?;
        browser.click("#use-code").await?;
        reads(&bert, &sent).await?;

        // Until the release it takes the code each time; from the inbox, too.
        bert.visit("/inbox").await?;
        browser.click("#received-list a").await?;
        browser.at("inbox-delivery").await?;
        sees_state(browser, "needs-release").await?;
        browser.fill("#invitation-code", &code).await?;
        browser.click("#use-code").await?;
        secupass::give(browser, OTHER).await?;
        reads(&bert, &sent).await
    })
    .await
}

/// The delivery is open, and its sender known by the code.
async fn reads(bert: &Person, sent: &Path) -> Result<()> {
    bert.browser.at_within("delivery", LONG).await?;
    bert.browser.see("#sender-trust[data-trust=invited]").await?;
    ensure!(bert.browser.text("#subject-shown").await? == SUBJECT);
    ensure!(files::sha256(&bert.save(0).await?)? == files::sha256(sent)?, "other bytes arrived");
    Ok(())
}

/// The words on paper open in another browser what was sent before.
#[tokio::test(flavor = "multi_thread")]
async fn recovery_code() -> Result<()> {
    Journey::run("recovery_code", async |journey| {
        let (server, anna) = start::admin(journey, &[LEVELS, STAFF]).await?;
        let mails = server.mailbox();
        let karl = Person::new(journey.browser("karl", Look::GERMAN).await?, server.origin());
        karl.visit("/settings").await?;
        karl.browser.at("login").await?;
        karl.register(mails, &KARL).await?;
        karl.browser.at("settings").await?;
        let paper = secupass::choose(&karl.browser, OTHER).await?;
        anna.visit("/settings").await?;
        secupass::choose(&anna.browser, SECUPASS).await?;
        anna.visit("/new").await?;
        let letter = Letter {
            subject: SUBJECT,
            message: MESSAGE,
            level: Some(4),
            to: &[KARL.email],
            ..Letter::default()
        };
        anna.compose(&letter).await?;
        anna.send_unlocking(SECUPASS).await?;
        let mail = mails.wait_for_mail(KARL.email).await?;
        let link = mail.link()?;

        let office = Person::new(journey.browser("office", Look::GERMAN).await?, server.origin());
        let browser = &office.browser;
        browser.visit(link).await?;
        browser.at("open").await?;
        office.give_login(&KARL).await?;
        sees_state(browser, "ready").await?;
        browser.click("#open").await?;
        secupass::give(browser, "das ist er nicht mehr gewesen").await?;
        browser.see("#unlock-secupass-error").await?;
        browser.click("#unlock-close").await?;
        sees_state(browser, "ready").await.context("after giving up")?;

        const NEW: &str = "Morgens pfeift der Kessel laut";
        browser.click("#keys-unlock").await?;
        browser.click("#unlock-forgotten").await?;
        browser.at("settings").await?;
        browser.fill("#recovery-code", &paper).await?;
        secupass::type_new(browser, NEW, NEW).await?;
        browser.click("#secupass-save").await?;
        office.confirm(KARL.password).await?;
        browser.see("#secupass-state[data-state=unlocked]").await?;
        browser.visit(link).await?;
        open(browser, NEW, "vouched").await
    })
    .await
}

/// A link of level 2 that the SecuPass has remembered opens in another browser, without the mail.
#[tokio::test(flavor = "multi_thread")]
async fn link_kept() -> Result<()> {
    Journey::run("link_kept", async |journey| {
        let (server, anna) = start::admin(journey, &[LEVELS, STAFF]).await?;
        let karl = Person::new(journey.browser("karl", Look::GERMAN).await?, server.origin());
        join(&karl, server.mailbox(), &KARL, OTHER).await?;
        let sent = files::make(journey.files(), "Gutachten.bin", 3 * CHUNK)?;
        let letter = Letter {
            subject: SUBJECT,
            message: MESSAGE,
            files: vec![sent.clone()],
            level: Some(2),
            to: &[KARL.email],
            ..Letter::default()
        };
        anna.compose(&letter).await?;
        anna.send_by_mail().await?;

        // Nothing is remembered yet.
        karl.visit("/inbox").await?;
        karl.browser.click("#received-list a").await?;
        karl.browser.at("inbox-delivery").await?;
        karl.browser.click("#open-kept").await?;
        secupass::give(&karl.browser, OTHER).await?;
        karl.browser.see_error("link-not-kept").await?;

        let office = Person::new(journey.browser("office", Look::GERMAN).await?, server.origin());
        office.browser.visit(server.mailbox().wait_for_mail(KARL.email).await?.link()?).await?;
        office.browser.at("open").await?;
        office.give_login(&KARL).await?;
        office.browser.see("#logged-in-as").await?;
        office.browser.click("#open").await?;
        office.browser.at("delivery").await?;
        office.browser.click("#keep-link").await?;
        secupass::give(&office.browser, OTHER).await?;
        office.browser.see("#link-kept").await?;

        // His other browser is unlocked still, and reads what this one has stored.
        karl.browser.click("#open-kept").await?;
        karl.browser.at("delivery").await?;
        ensure!(karl.browser.text("#message-shown").await? == MESSAGE);
        ensure!(files::sha256(&karl.save(0).await?)? == files::sha256(&sent)?, "other bytes arrived");
        Ok(())
    })
    .await
}

/// The sender has lost all keys and has others. What was granted before opens as far as those keys were known; with the new ones
/// nothing opens until words were compared, and then the old ones count no more.
#[tokio::test(flavor = "multi_thread")]
async fn sender_begins_anew() -> Result<()> {
    Journey::run("sender_begins_anew", async |journey| {
        let (server, anna) = start::admin(journey, &[LEVELS, STAFF]).await?;
        let mails = server.mailbox();
        let karl = Person::new(journey.browser("karl", Look::GERMAN).await?, server.origin());
        join(&karl, mails, &KARL, OTHER).await?;
        anna.visit("/settings").await?;
        secupass::choose(&anna.browser, SECUPASS).await?;
        let sends = async |secupass: &str| {
            anna.visit("/new").await?;
            let (level, to) = (Some(4), [KARL.email]);
            let letter = Letter { subject: SUBJECT, message: MESSAGE, level, to: &to, ..Letter::default() };
            anna.compose(&letter).await?;
            anna.send_unlocking(secupass).await?;
            let mail = mails.wait_for_mail(KARL.email).await?;
            anyhow::Ok(mail.link()?.to_owned())
        };
        let browser = &karl.browser;
        let before = sends(SECUPASS).await?;
        browser.visit(&before).await?;
        open(browser, OTHER, "vouched").await?;

        const ANEW: &str = "Sieben Igel suchen nachts Kartoffeln";
        anna.visit("/settings").await?;
        anna.begin_anew(&ADMIN, ANEW).await?;
        browser.visit(&before).await?;
        open(browser, OTHER, "pinned").await.context("what was sent before")?;

        let after = sends(ANEW).await?;
        browser.visit(&after).await?;
        sees_state(browser, "ready").await?;
        browser.click("#open").await?;
        secupass::give(browser, OTHER).await?;
        browser.see("#sender-changed").await?;
        ensure!(browser.find("#message-shown").await?.is_none(), "a message is shown");
        browser.click("#compare-sender").await?;
        browser.click("#compare-same").await?;
        browser.at("delivery").await?;
        browser.see("#sender-trust[data-trust=compared]").await?;

        browser.visit(&before).await?;
        sees_state(browser, "ready").await?;
        browser.click("#open").await?;
        secupass::give(browser, OTHER).await?;
        browser.see_error("giver-unknown").await?;
        ensure!(browser.find("#message-shown").await?.is_none(), "a message is shown");
        Ok(())
    })
    .await
}
