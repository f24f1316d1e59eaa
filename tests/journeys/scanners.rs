//! What stands between sender and recipient: mail scanners that open every link, and programs that rewrite or cut it.

use anyhow::{Context, Result, ensure};
use harness::{
    browser::Look,
    canary::{Canary, Search},
    files,
    journey::Journey,
    link::Link,
    person::{Letter, RECIPIENT},
    proxy::Proxy,
    server::Server,
};
use reqwest::Method;

use crate::start;

const MESSAGE: &str = "Nur für Menschen";

#[tokio::test(flavor = "multi_thread")]
async fn scanners() -> Result<()> {
    Journey::run("scanners", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let file = files::make(journey.files(), "Anlage.pdf", 1000)?;
        let letter = Letter { message: MESSAGE, files: vec![file.clone()], ..Letter::default() };
        let link = anna.deliver(&letter).await?;
        let client = client()?;
        for round in 0..15 {
            let method = if round % 3 == 0 { Method::HEAD } else { Method::GET };
            let answer = client.request(method, link.page()).send().await?;
            ensure!(answer.status() == 200, "a scanner was answered {}", answer.status());
            ensure!(!answer.text().await?.contains(&link.delivery), "the page shows a stranger something");
        }
        // Scanners that run scripts, and so have the fragment; each with a fresh profile's view of the page.
        let scanner = journey.browser("scanner", Look::ENGLISH).await?;
        for _ in 0..5 {
            scanner.visit(&link.text()).await?;
            scanner.at("open").await?;
            let seen = scanner.source().await?;
            ensure!(!seen.contains(MESSAGE) && !seen.contains("Anlage"), "a scanner reads the delivery");
        }
        ensure!(openings(&proxy, &link) == 0, "opening the page alone was recorded");

        let bert = start::recipient(journey, &proxy.origin()).await?;
        bert.open(&link, RECIPIENT, None).await?;
        ensure!(openings(&proxy, &link) == 1);
        ensure!(bert.browser.text("#message-shown").await? == MESSAGE);
        ensure!(files::sha256(&bert.save(0).await?)? == files::sha256(&file)?);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn scanners_escape_the_fragment() -> Result<()> {
    Journey::run("scanners_escape_the_fragment", async |journey| {
        let (server, anna) = start::admin(journey, &[]).await?;
        let link = anna.deliver(&Letter { message: MESSAGE, ..Letter::default() }).await?;
        is_not_echoed(&server, &link).await?;
        let bert = start::recipient(journey, &anna.origin).await?;
        bert.browser.visit(&link.escaped()).await?;
        bert.browser.at("open").await?;
        ensure!(bert.browser.text("#secret-was-sent").await?.split_whitespace().count() > 8, "no warning");
        ensure!(bert.browser.address().await? == link.page(), "the secret stays in the address bar");
        bert.give(RECIPIENT, None).await?;
        bert.browser.at("delivery").await?;
        ensure!(bert.browser.text("#message-shown").await? == MESSAGE);
        in_no_log(&server, &link)
    })
    .await
}

/// By plain HTTP: 404, no redirect, no echo.
async fn is_not_echoed(server: &Server, link: &Link) -> Result<()> {
    for method in [Method::GET, Method::HEAD, Method::POST] {
        let answer = client()?.request(method.clone(), link.escaped()).send().await?;
        let status = answer.status().as_u16();
        // A request that changes something and names no origin is refused before anyone looks at the path.
        let expected = if method == Method::POST { 403 } else { 404 };
        ensure!(status == expected, "{method} was answered {status}");
        ensure!(!answer.headers().contains_key("location"), "a redirect carries the secret on");
        let headers = format!("{:?}", answer.headers());
        let body = answer.text().await?;
        for place in [&headers, &body] {
            ensure!(
                !place.contains(link.secret_text()?) && !place.contains(&link.delivery),
                "an echo: {place}"
            );
        }
    }
    in_no_log(server, link)
}

fn in_no_log(server: &Server, link: &Link) -> Result<()> {
    let secrets = [
        Canary::new("the secret, as text", link.secret_text()?),
        Canary::new("the secret, as bytes", link.secret()?),
        Canary::new("the delivery", link.delivery.as_str()),
    ];
    let found = Search::new(&secrets)?.in_bytes("the log", server.printed()?.as_bytes());
    ensure!(found.is_empty(), "logged: {found:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn scanners_lose_the_fragment() -> Result<()> {
    Journey::run("scanners_lose_the_fragment", async |journey| {
        let (_server, anna) = start::admin(journey, &[]).await?;
        let link = anna.deliver(&Letter { message: MESSAGE, ..Letter::default() }).await?;
        let bert = start::recipient(journey, &anna.origin).await?;
        bert.browser.visit(&link.page()).await?;
        bert.browser.at("incomplete-link").await?;
        bert.browser.fill("#paste-link", &link.page()).await?;
        bert.browser.click("#paste-submit").await?;
        bert.browser.see_error("broken-link").await?;
        bert.browser.at("incomplete-link").await?;
        bert.browser.fill("#paste-link", &format!(" <{}> ", link.text())).await?;
        bert.browser.click("#paste-submit").await?;
        bert.browser.at("open").await?;
        ensure!(!bert.browser.address().await?.contains('#'), "the secret stays in the address bar");
        bert.give(RECIPIENT, None).await?;
        bert.browser.at("delivery").await?;
        ensure!(bert.browser.text("#message-shown").await? == MESSAGE);
        pasted_into_the_address_bar(&bert.browser, &link).await
    })
    .await
}

/// On the page without a fragment, the whole link given to the address bar changes nothing but the fragment, so that
/// the browser loads nothing anew.
async fn pasted_into_the_address_bar(browser: &harness::browser::Browser, link: &Link) -> Result<()> {
    browser.visit(&link.page()).await?;
    browser.at("incomplete-link").await?;
    browser.script("location.href = arguments[0]", &[link.text().into()]).await?;
    browser.at("open").await.context("the link in the address bar")?;
    ensure!(!browser.address().await?.contains('#'), "the secret stays in the address bar");
    Ok(())
}

fn openings(proxy: &Proxy, link: &Link) -> usize {
    proxy.seen().with("POST", &format!("{}/openings", link.delivery)).len()
}

fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?)
}
