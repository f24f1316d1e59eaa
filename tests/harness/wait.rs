//! Waiting for something to become true: by asking again until a deadline, never by sleeping and hoping.

use std::{
    fmt::Display,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// Enough for anything that involves no large file, on a slow and busy machine.
pub const SOON: Duration = Duration::from_secs(30);
/// Enough for a transfer of a hundred megabytes on such a machine.
pub const LONG: Duration = Duration::from_secs(240);
/// The pause between two questions.
const PAUSE: Duration = Duration::from_millis(40);

/// Asks `probe` until it has an answer.
///
/// # Errors
/// When `within` has passed, naming `what` was waited for; or at once when the probe itself fails.
pub async fn until<T>(
    what: impl Display,
    within: Duration,
    mut probe: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let start = Instant::now();
    loop {
        let answer = probe().await.with_context(|| format!("while waiting for {what}"))?;
        if let Some(answer) = answer {
            return Ok(answer);
        }
        if start.elapsed() > within {
            bail!("waited {} s in vain for {what}", within.as_secs());
        }
        tokio::time::sleep(PAUSE).await;
    }
}
