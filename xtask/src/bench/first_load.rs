//! What the first visit of a recipient costs: bytes, and time until the form can be used.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;

use super::{
    Figure, Target,
    devtools::Browser,
    relay::{Line, Relay},
    rounds, siegel,
    stage::{Before, Stage},
};

/// A modest line to a home: 10 Mbit/s, 50 ms.
const LINE: Line = Line { bits_per_second: 10e6, round_trip: Duration::from_millis(50) };
/// When so long nothing more came, the page has everything it wants.
const QUIET: Duration = Duration::from_secs(1);
/// When the form can be used, in milliseconds after the navigation began.
const USABLE: &str = "bench.usable = bench.seen('main[data-page=open] #open').then(() => performance.now());";

/// Opens a link in a browser that has never been here.
pub(super) fn run(root: &Path, out: &mut dyn FnMut(Figure)) -> Result<()> {
    let folder = siegel::scratch(root)?;
    let mut stage = Stage::new(root, &folder)?;
    let note = folder.join("note.txt");
    fs::write(&note, "short")?;
    let mut page = stage.new_delivery()?;
    page.compose(&note)?;
    page.send()?;
    let link = page.link()?;
    drop(page);
    let usable = Before { page: USABLE, workers: None };
    let (mut kilobytes, mut milliseconds) = (Vec::new(), Vec::new());
    for _ in 0..rounds(5) {
        let relay = Relay::start(stage.siegel.port(), LINE)?;
        stage.origin = format!("http://localhost:{}", relay.port());
        let link = link.replacen(&format!(":{}", stage.siegel.port()), &format!(":{}", relay.port()), 1);
        stage.browser = Browser::start(folder.join(format!("profile-{}", relay.port())))?;
        let mut page = stage.visit(&link, "main[data-page=open] #open", &usable)?;
        milliseconds.push(page.number("bench.usable")?);
        kilobytes.push(everything(&relay) / 1000.0);
    }
    out(Figure::alone("load_bytes", "kB", &kilobytes, Some(Target::AtMost(450.0))));
    out(Figure::alone("load_time", "ms", &milliseconds, None));
    Ok(())
}

/// Bytes received once nothing more comes.
#[allow(clippy::cast_precision_loss, reason = "pages are small")]
fn everything(relay: &Relay) -> f64 {
    let (mut last, mut since) = (relay.received(), Instant::now());
    while since.elapsed() < QUIET {
        thread::sleep(Duration::from_millis(20));
        if relay.received() != last {
            (last, since) = (relay.received(), Instant::now());
        }
    }
    last as f64
}
