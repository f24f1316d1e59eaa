//! The two halves of the web app: whoever comes with a link loads nothing that only senders need, senders load nothing
//! that only recipients need, and what leads from one half to the other works.

use anyhow::{Result, ensure};
use harness::{
    files,
    journey::Journey,
    person::{Letter, RECIPIENT},
    proxy::{Proxy, Seen},
};

use crate::start;

/// What was asked for below `/assets/` after the first `before` requests, without the hash in its name.
fn loaded(proxy: &Proxy, before: usize) -> Vec<String> {
    let name = |seen: &Seen| {
        let file = seen.target.strip_prefix("/assets/")?;
        let (stem, extension) = file.rsplit_once('.')?;
        // The hash is twelve letters, of which some may be hyphens.
        Some(format!("{}.{extension}", stem.get(..stem.len().checked_sub(13)?)?))
    };
    proxy.seen().all().iter().skip(before).filter_map(name).collect()
}

/// Were these loaded, and none whose names begin so?
fn only(loaded: &[String], wanted: &[&str], unwanted: &[&str]) -> Result<()> {
    for name in wanted {
        ensure!(loaded.iter().any(|one| one == name), "{name} was not loaded, but {loaded:?}");
    }
    let strange = loaded.iter().find(|one| unwanted.iter().any(|name| one.starts_with(name)));
    ensure!(strange.is_none(), "{strange:?} was loaded as well");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn halves() -> Result<()> {
    Journey::run("halves", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let file = files::make(journey.files(), "Anlage.pdf", 5000)?;
        let link = anna.deliver(&Letter { files: vec![file], ..Letter::default() }).await?;
        let member = ["member-app.js", "member-app_bg.wasm", "member-worker.js", "member-worker_bg.wasm"];
        only(&loaded(&proxy, 0), &member, &["guest-", "preview"])?;

        let before = proxy.seen().all().len();
        let bert = start::recipient(journey, &proxy.origin()).await?;
        bert.open(&link, RECIPIENT, None).await?;
        bert.save(0).await?;
        let guest = ["guest-app.js", "guest-app_bg.wasm", "guest-worker.js", "guest-worker_bg.wasm"];
        only(&loaded(&proxy, before), &guest, &["member-", "preview", "strength"])?;

        // The chosen language comes along to the other half, which sends whoever has no account to the login.
        bert.browser.click("#language").await?;
        bert.browser.click(".brand").await?;
        bert.browser.at("login").await?;
        ensure!(bert.browser.attribute("html", "lang").await?.as_deref() == Some("en"), "another language");
        bert.visit(&format!("/d/{}/x", link.delivery)).await?;
        bert.browser.at("not-found").await?;
        bert.browser.click("main .kern-link").await?;
        bert.browser.at("login").await?;

        // Who is logged in opens a link as everyone does, and is still logged in behind it.
        anna.open(&link, RECIPIENT, None).await?;
        ensure!(anna.browser.find("#logout").await?.is_none(), "a page without an account offers to log out");
        anna.browser.click(".brand").await?;
        anna.browser.at("new").await?;
        anna.log_out().await
    })
    .await
}
