//! The server dies in the middle of a transfer, with no chance to say so, and comes back: everything goes on by itself.

use anyhow::{Result, ensure};
use harness::{
    files::{self, PART},
    journey::Journey,
    line::{Line, Way},
    person::{ADMIN, Letter, Person, RECIPIENT},
    server::Server,
    wait::{LONG, until},
};

use crate::{
    resume_connection::says_that_it_waits,
    start::{self, in_engines},
};

const PARTS: usize = 4;
/// Bytes a second: slow enough that the server dies in the middle, however fast the machine is.
const PACE: u64 = 8 << 20;

in_engines!(survives_a_crash: resume_restart in Chromium, resume_restart_firefox in Firefox, resume_restart_webkit in WebKit);

async fn survives_a_crash(journey: &Journey) -> Result<()> {
    let server = journey.server(&[]).await?;
    let line = Line::start(server.port()).await?;
    let anna = Person::new(journey.browser("anna", harness::browser::Look::ENGLISH).await?, line.origin());
    anna.set_up(&server, &ADMIN).await?;
    let file = files::make(journey.files(), "Gutachten.pdf", PARTS * PART + 5)?;
    anna.compose(&Letter { files: vec![file.clone()], ..Letter::default() }).await?;
    line.pace(Way::Up, PACE);
    anna.browser.click("#send").await?;
    crash(&server, &line, Way::Up).await?;
    says_that_it_waits(&anna).await?;
    server.restart(&[]).await?;
    line.pace(Way::Up, 0);
    let link = anna.sent().await?;

    let bert = start::recipient(journey, &line.origin()).await?;
    bert.open(&link, RECIPIENT, None).await?;
    let before = bert.browser.downloads()?;
    line.pace(Way::Down, PACE);
    bert.browser.click("#received .file-save").await?;
    crash(&server, &line, Way::Down).await?;
    server.restart(&[]).await?;
    line.pace(Way::Down, 0);
    let saved = bert.saved_within(0, &before, LONG).await?;
    ensure!(files::sha256(&saved)? == files::sha256(&file)?, "other bytes arrived");
    Ok(())
}

/// Kills the server when a part and a half more have gone this way.
async fn crash(server: &Server, line: &Line, way: Way) -> Result<()> {
    let until_then = line.carried(way) + (PART + PART / 2) as u64;
    until("half of a part", LONG, async || Ok((line.carried(way) > until_then).then_some(()))).await?;
    server.kill().await
}
