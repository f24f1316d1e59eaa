//! The part of the tour that is about accounts, and about what they find again.

use anyhow::{Context, Result};
use harness::{
    link::Link,
    mail::Mail,
    person::{ADMIN, Letter, Person, RECIPIENT},
    secupass,
    server::Server,
};

use crate::{register::KARL, second_factor};

/// From the login to an account, to a new password, and to what its owner looks after.
pub(super) async fn walk(
    visitor: &Person,
    server: &Server,
    look: &impl AsyncFn(&str) -> Result<()>,
) -> Result<()> {
    let browser = &visitor.browser;
    visitor.log_out().await?;
    browser.click("#to-reset").await?;
    browser.at("reset").await?;
    look("reset").await?;
    browser.click("#to-register").await?;
    browser.at("register").await?;
    look("register").await?;
    let code = visitor.ask_code(server.mailbox(), KARL.email).await?;
    browser.fill("#mail-code", &code).await?;
    browser.fill("#new-password", "Fahrradkette").await?;
    browser.click("#set-credential").await?;
    browser.see_error("missing").await?;
    look("register-code").await?;
    visitor.give_code(&code, Some(KARL.name), KARL.password).await?;
    browser.at("new").await?;
    for (page, stop) in [("inbox", "inbox-empty"), ("sent-list", "sent-empty")] {
        browser.click(&format!(".place[href='/{}']", page.trim_end_matches("-list"))).await?;
        browser.at(page).await?;
        browser.see(".empty").await?;
        look(stop).await?;
    }
    browser.click(".place[href='/new']").await?;
    let letter =
        Letter { message: "Guten Tag", level: Some(2), to: &[ADMIN.email, RECIPIENT], ..Letter::default() };
    visitor.compose(&Letter { by_hand: true, ..letter.clone() }).await?;
    browser.click("#send").await?;
    browser.see(".sent-to:nth-of-type(2) .link").await?;
    look("sent-by-hand").await?;
    visitor.start_another().await?;
    visitor.compose(&letter).await?;
    browser.see(".chip__readiness[data-readiness=needs-account]").await?;
    look("new-recipients").await?;
    visitor.send_by_mail().await?;
    look("sent-mailed").await?;
    browser.click("#see-status").await?;
    browser.at("sent-delivery").await?;
    look("sent-delivery-recipients").await?;
    browser.click("#recipients .revoke").await?;
    browser.see("#ask-dialog").await?;
    look("sent-delivery-ask").await?;
    browser.click("#ask-no").await?;
    browser.click(".place[href='/settings']").await?;
    browser.at("settings").await?;
    look("settings").await?;
    browser.fill("#new-password", ADMIN.password).await?;
    browser.fill("#new-password-again", ADMIN.password).await?;
    browser.click("#password-save").await?;
    browser.see("#confirm-dialog").await?;
    look("settings-confirm").await?;
    browser.click("#confirm-close").await?;
    browser.click("#totp-begin").await?;
    visitor.confirm(KARL.password).await?;
    let secret = browser.text("#totp-secret").await?.replace(' ', "");
    look("settings-app").await?;
    browser.fill("#totp-code", &second_factor::code_of_app(browser, &secret, 0).await?).await?;
    browser.click("#totp-confirm").await?;
    let code = browser.text("#fresh-codes code").await?;
    look("settings-codes").await?;
    browser.click("#codes-done").await?;
    visitor.log_out().await?;
    visitor.give_login(&KARL).await?;
    browser.see("#second-code").await?;
    look("login-second").await?;
    browser.click("#second-recover").await?;
    browser.fill("#second-recovery", &code).await?;
    look("login-recovery").await?;
    browser.click("#recovery-submit").await?;
    browser.at("new").await?;
    visitor.log_out().await?;
    visitor.log_in(&ADMIN).await?;
    browser.click(".place[href='/inbox']").await?;
    browser.see("#received-list .entry").await?;
    look("inbox").await?;
    browser.click("#received-list a").await?;
    browser.at("inbox-delivery").await?;
    look("inbox-delivery").await?;
    addressed(visitor, server, look).await?;
    visitor.visit("/").await?;
    browser.at("new").await
}

/// A delivery that needs an account: without one, with another one, with the right one; and an answer to it.
async fn addressed(visitor: &Person, server: &Server, look: &impl AsyncFn(&str) -> Result<()>) -> Result<()> {
    let browser = &visitor.browser;
    let link = |address: &str| -> Result<Link> {
        let mails = server.mailbox().all(address)?;
        let found = mails.iter().flat_map(Mail::links).find(|link| link.contains("/r/"));
        Ok(Link { origin: visitor.origin.clone(), ..Link::parse(found.context("a mailed link")?)? })
    };
    visitor.visit("/").await?;
    browser.at("new").await?;
    visitor.log_out().await?;
    browser.visit(&link(RECIPIENT)?.text()).await?;
    browser.at("open").await?;
    browser.see("#login-email").await?;
    look("addressed").await?;
    visitor.give_login(&ADMIN).await?;
    browser.see("#logged-in-as").await?;
    look("addressed-open").await?;
    browser.click("#open").await?;
    browser.see("#wrong-account").await?;
    look("addressed-wrong").await?;
    browser.visit(&link(ADMIN.email)?.text()).await?;
    browser.at("open").await?;
    browser.click("#open").await?;
    browser.at("delivery").await?;
    browser.click("#answer").await?;
    browser.see("#answer-to").await?;
    look("answer").await
}

/// What was sent, and one delivery of it.
pub(super) async fn boxes(visitor: &Person, look: &impl AsyncFn(&str) -> Result<()>) -> Result<()> {
    let browser = &visitor.browser;
    visitor.visit("/sent").await?;
    browser.see("#sent-list .entry").await?;
    look("sent-list").await?;
    browser.click("#sent-list .entry:last-child a").await?;
    browser.at("sent-delivery").await?;
    look("sent-delivery").await
}

/// The SecuPass, for whoever may use all levels: chosen, and asked for. Returns it.
pub(super) async fn secupass(
    visitor: &Person,
    server: &Server,
    look: &impl AsyncFn(&str) -> Result<()>,
) -> Result<String> {
    let browser = &visitor.browser;
    server.restart(&[secupass::LEVELS]).await?;
    visitor.visit("/settings").await?;
    browser.see("#secupass-begin").await?;
    look("secupass-missing").await?;
    browser.click("#secupass-begin").await?;
    browser.click("#secupass-propose").await?;
    browser.see("#secupass-strength .kern-icon--success").await?;
    look("secupass-choose").await?;
    let six = browser.value("#secupass").await?;
    browser.fill("#secupass-again", &six).await?;
    browser.click("#secupass-create").await?;
    let code = secupass::recovery_code(browser).await?;
    look("secupass-code").await?;
    browser.click("#recovery-next").await?;
    browser.fill("#recovery-code", "eins qqqqq").await?;
    browser.click("#recovery-finish").await?;
    browser.see_error("code-word").await?;
    look("secupass-code-again").await?;
    browser.fill("#recovery-code", &code).await?;
    browser.click("#recovery-finish").await?;
    browser.see("#secupass-state[data-state=unlocked]").await?;
    look("secupass-unlocked").await?;
    browser.click("#secupass-change").await?;
    browser.click("#secupass-other").await?;
    look("secupass-change").await?;
    browser.click("#secupass-stop").await?;
    browser.click("#keys-reset").await?;
    browser.see("#reset-warning").await?;
    look("keys-reset").await?;
    browser.click("#secupass-stop").await?;
    browser.click("#to-releases").await?;
    browser.at("release").await?;
    browser.see(".empty").await?;
    look("release").await?;
    browser.click(".place[href='/settings']").await?;
    browser.at("settings").await?;
    browser.click("#secupass-lock").await?;
    browser.click("#keys-unlock").await?;
    browser.fill("#unlock-secupass", "das ist es nicht gewesen").await?;
    browser.click("#unlock").await?;
    browser.see("#unlock-secupass-error").await?;
    look("secupass-unlock").await?;
    Ok(six)
}
