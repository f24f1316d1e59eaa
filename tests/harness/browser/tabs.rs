//! Several tabs of one browser. Everything else here speaks to the tab that is in front.

use anyhow::Result;
use thirtyfour::WindowHandle;

use super::Browser;

/// One tab.
#[derive(Debug, Clone)]
pub struct Tab(WindowHandle);

impl Browser {
    /// The tab in front.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn tab(&self) -> Result<Tab> {
        Ok(Tab(self.driver.window().await?))
    }

    /// Opens an empty tab and brings it to the front.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn open_tab(&self) -> Result<Tab> {
        let tab = Tab(self.driver.new_tab().await?);
        self.switch_to(&tab).await?;
        Ok(tab)
    }

    /// Brings a tab to the front.
    ///
    /// # Errors
    /// When it was closed.
    pub async fn switch_to(&self, tab: &Tab) -> Result<()> {
        Ok(self.driver.switch_to_window(tab.0.clone()).await?)
    }
}
