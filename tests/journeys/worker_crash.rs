//! The crypto worker has a defect. It is replaced once; one that fails again at once is not, and the page says what helps
//! instead of trying for ever.

use anyhow::{Result, ensure};
use harness::{
    journey::Journey,
    person::Letter,
    proxy::{Answers, Fault},
    wait::{SOON, until},
};
use serde_json::json;

use crate::start;

/// What a defect looks like: it listens, and fails at the first job.
const DEFECT: &[u8] = b"\naddEventListener('message', () => { throw new Error('a defect'); });\n";
/// Counts the workers that a page starts.
const COUNT: &str = "window.workers = 0; \
    window.Worker = class extends Worker { constructor(...all) { super(...all); workers += 1; } }";

#[tokio::test(flavor = "multi_thread")]
async fn worker_crash() -> Result<()> {
    Journey::run("worker_crash", async |journey| {
        let (_server, proxy, anna) = start::admin_behind_proxy(journey).await?;
        let browser = &anna.browser;
        browser.devtools("Network.enable", json!({})).await?;
        browser.devtools("Network.setCacheDisabled", json!({ "cacheDisabled": true })).await?;
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": COUNT })).await?;
        browser
            .forbidden(async || {
                proxy.lie(Answers::Worker, Fault::Extend(DEFECT.to_vec()));
                anna.visit("/new").await?;
                anna.compose(&Letter { message: "Noch da?", ..Letter::default() }).await?;
                // The page has asked for unfinished deliveries already, which broke the first worker.
                until("the second worker", SOON, async || Ok((workers(browser).await? == 2).then_some(())))
                    .await?;
                for _ in 0..3 {
                    browser.click("#send").await?;
                    let said = browser.see_new_error().await?;
                    ensure!(said.kind == "internal" && said.text.contains("reload the page"), "{said:?}");
                    ensure!(browser.value("#message").await? == "Noch da?", "the message was lost");
                }
                ensure!(workers(browser).await? == 2, "workers are started for ever");
                // As the page says: it is loaded again, and the defect is gone.
                proxy.be_honest();
                anna.visit("/new").await?;
                anna.deliver(&Letter { message: "Noch da!", ..Letter::default() }).await.map(drop)
            })
            .await
    })
    .await
}

async fn workers(browser: &harness::browser::Browser) -> Result<u64> {
    Ok(browser.script("return workers", &[]).await?.as_u64().unwrap_or_default())
}
