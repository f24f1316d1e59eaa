//! Does the page stay fluent? The browser itself reports each task that kept the main thread for longer than 50 ms.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::Browser;

impl Browser {
    /// From now on notes how long the longest task keeps the shown page's main thread. Chromium only.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn watch_fluency(&self) -> Result<()> {
        let script = "window.longestTask = 0; new PerformanceObserver(list => { \
                      for (const task of list.getEntries()) longestTask = Math.max(longestTask, task.duration) \
                      }).observe({ type: 'longtask' })";
        self.script(script, &[]).await?;
        Ok(())
    }

    /// From now on counts what scripts cost the shown page's main thread. Chromium only.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn watch_scripts(&self) -> Result<()> {
        self.devtools("Performance.disable", json!({})).await?;
        // Of the processor's time: what other programs do meanwhile does not count.
        self.devtools("Performance.enable", json!({ "timeDomain": "threadTicks" })).await?;
        Ok(())
    }

    /// The processor's time that scripts have taken in the life of the shown page.
    ///
    /// # Errors
    /// When nobody watched.
    pub async fn script_time(&self) -> Result<Duration> {
        let metrics = self.devtools("Performance.getMetrics", json!({})).await?;
        let metrics = metrics["metrics"].as_array().context("a list of metrics")?;
        let scripts = metrics.iter().find(|metric| metric["name"] == "ScriptDuration");
        let seconds = scripts.and_then(|metric| metric["value"].as_f64()).context("the scripts' time")?;
        Ok(Duration::from_secs_f64(seconds))
    }

    /// Has the page answered all the time since [`Browser::watch_fluency`], also on a busy machine?
    ///
    /// # Errors
    /// When a task kept it for longer than half a second, or nobody watched.
    pub async fn was_fluent(&self) -> Result<()> {
        let longest = self.longest_task().await?;
        ensure!(longest <= Duration::from_millis(500), "the page was frozen for {} ms", longest.as_millis());
        Ok(())
    }

    /// The longest task since [`Browser::watch_fluency`]; zero if none took 50 ms.
    ///
    /// # Errors
    /// When nobody watched.
    pub async fn longest_task(&self) -> Result<Duration> {
        // Observers are told when the page is idle: the answer waits for that.
        let script = "await new Promise(done => requestIdleCallback(done)); return longestTask";
        let longest = self.script_async(script, &[]).await?.as_f64().context("a duration")?;
        Ok(Duration::from_secs_f64(longest / 1000.0))
    }
}
