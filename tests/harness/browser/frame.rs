//! A look into a frame of the page. The driver may enter it even where the page around it may not.

use anyhow::{Context, Result};

use super::Browser;

impl Browser {
    /// Takes these steps within a frame: meanwhile scripts run and elements are found there. Then returns to the page.
    ///
    /// # Errors
    /// When there is no such frame, or a step fails.
    pub async fn within<T>(&self, frame: &str, steps: impl AsyncFnOnce() -> Result<T>) -> Result<T> {
        self.see(frame).await?.enter_frame().await.with_context(|| format!("entering {frame}"))?;
        let done = steps().await;
        self.driver.enter_default_frame().await?;
        done
    }
}
