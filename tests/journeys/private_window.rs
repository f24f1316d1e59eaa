//! A private window of the strict kind, in which pages can keep nothing: no database, no private files, no service worker.
//! Sending and saving work all the same, and what does not work is told.

use anyhow::{Result, ensure};
use harness::{
    browser::{Engine, Look},
    files::{self, CHUNK, PART},
    journey::Journey,
    person::{ADMIN, Letter, Person, RECIPIENT},
    proxy::Proxy,
    wait::{LONG, until},
};

#[tokio::test(flavor = "multi_thread")]
async fn private_window() -> Result<()> {
    Journey::run_in(Engine::Firefox, "private_window", async |journey| {
        let server = journey.server(&[]).await?;
        let proxy = Proxy::start(server.port()).await?;
        let strict = Look { private: true, ..Look::ENGLISH };
        let anna = Person::new(journey.browser("anna", strict).await?, proxy.origin());
        anna.set_up(&server, &ADMIN).await?;
        let files = [
            files::make(journey.files(), "Gutachten.pdf", 2 * PART)?,
            files::make(journey.files(), "Anlage.pdf", CHUNK)?,
        ];
        anna.compose(&Letter { files: files.to_vec(), ..Letter::default() }).await?;
        proxy.hold_uploads_after(1);
        anna.browser.click("#send").await?;
        ensure!(anna.browser.text("#not-kept").await?.contains("starts over"), "nobody is told");
        until("a part to wait", LONG, async || Ok((proxy.came_to_gate() >= 2).then_some(()))).await?;
        // It does start over: nothing is offered to go on with.
        anna.browser.reload().await?;
        anna.browser.at("new").await?;
        proxy.release_uploads();
        ensure!(anna.browser.find(".unfinished").await?.is_none());
        let link = anna.deliver(&Letter { files: files.to_vec(), ..Letter::default() }).await?;

        let bert = Person::new(journey.browser("bert", strict).await?, proxy.origin());
        bert.open(&link, RECIPIENT, None).await?;
        for (index, file) in files.iter().enumerate() {
            ensure!(files::sha256(&bert.save(index).await?)? == files::sha256(file)?, "other bytes arrived");
        }
        Ok(())
    })
    .await
}
