//! The part of the tour that is about boxes: set up, found, filled, answered for; and what somebody is asked for.

use anyhow::{Context, Result};
use harness::{files, journey::Journey, person::Person, secupass, server::Server};

const CITIZEN: &str = "carla@example.net";
/// What a browser remembers of having asked for a ticket.
const ASKED_ELSEWHERE: &str = "localStorage.removeItem('siegel-box-bauamt'); \
    localStorage.setItem('siegel-asked', `${Math.floor(Date.now() / 1000)} standesamt Standesamt`)";

/// From the settings of the owner, whose SecuPass this is, to what the citizen sees of it afterwards.
pub(super) async fn walk(
    visitor: &Person,
    journey: &Journey,
    server: &Server,
    secupass: &str,
    look: &impl AsyncFn(&str) -> Result<()>,
) -> Result<()> {
    let browser = &visitor.browser;
    visitor.visit("/settings").await?;
    browser.at("settings").await?;
    secupass::unlock(browser, secupass).await?;
    browser.click("#box-setup").await?;
    browser.see("#box-save").await?;
    look("box-setup").await?;
    let link = crate::submit_box::set_up_here(browser, "bauamt").await?;
    look("box-published").await?;
    browser.click("#logout").await?;
    browser.at("login").await?;

    let path = link.rsplit_once("/box/").context("the box's link")?.1;
    visitor.visit(&format!("/box/{path}")).await?;
    browser.at("submit-box").await?;
    look("submit-box").await?;
    browser.fill("#ticket-email", CITIZEN).await?;
    browser.click("#ticket-ask").await?;
    browser.see("#ticket-asked").await?;
    look("submit-box-asked").await?;
    let mail = server.mailbox().wait_for_mail(CITIZEN).await?;
    let ticket = format!("/t/{}", mail.link()?.rsplit_once("/t/").context("the ticket's link")?.1);
    // As somebody sees it who has asked at another box, whose link named its key, while nothing names this one's.
    browser.script(ASKED_ELSEWHERE, &[]).await?;
    visitor.visit(&ticket).await?;
    browser.at("ticket-another").await?;
    look("ticket-another").await?;
    visitor.visit(&format!("/box/{path}")).await?;
    browser.at("submit-box").await?;
    visitor.visit(&ticket).await?;
    browser.at("ticket").await?;
    let file = files::make(journey.files(), "Mietvertrag.pdf", 40_000)?;
    browser.choose("#files", &[file]).await?;
    browser.see("#chosen .file-row").await?;
    look("ticket").await?;
    browser.click("#send").await?;
    browser.at("submitted").await?;
    look("submitted").await?;
    browser.click("#receipt-copy").await?;
    visitor.visit(&ticket).await?;
    browser.at("ticket-status").await?;
    look("ticket-status").await?;
    visitor.visit("/t/AAAAAAAAAAAAAAAAAAAAAA").await?;
    browser.at("incomplete-ticket").await?;
    look("incomplete-ticket").await?;
    for (page, address) in [
        ("box-unknown", "/box/niemand".to_owned()),
        ("submit-box", format!("/box/bauamt#1b.{}", "A".repeat(27))),
    ] {
        visitor.visit(&address).await?;
        browser.at(page).await?;
        look(if page == "submit-box" { "submit-box-refused" } else { page }).await?;
    }

    visitor.log_in(&harness::person::ADMIN).await?;
    visitor.visit("/requests").await?;
    browser.click("#request-new").await?;
    browser.see("#request-form").await?;
    look("request").await?;
    browser.fill("#request-email", CITIZEN).await?;
    browser.fill("#request-note", "Bitte bis Freitag.").await?;
    browser.fill("#request-items", "Personalausweis\nMietvertrag").await?;
    browser.click("#request-send").await?;
    secupass::give(browser, secupass).await?;
    browser.see(".request[data-state=open]").await?;
    browser.click(".request-read").await?;
    browser.see(".request .letter").await?;
    look("requests").await?;
    let mails = server.mailbox();
    let link = loop {
        let mail = mails.wait_for_mail(CITIZEN).await?;
        if let Some((_, rest)) = mail.links().into_iter().find_map(|link| link.rsplit_once("/t/"))
            && rest.contains("#1q.")
        {
            break format!("/t/{rest}");
        }
    };
    visitor.visit(&link).await?;
    browser.see("#wanted").await?;
    look("ticket-wanted").await
}
