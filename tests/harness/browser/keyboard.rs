//! The keyboard alone: for people who use no mouse.

use anyhow::{Result, bail};
use thirtyfour::Key;

use super::Browser;

/// More stops than any page has.
const MOST_STOPS: usize = 80;

impl Browser {
    /// Presses keys, wherever the focus is.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn press(&self, keys: impl AsRef<str>) -> Result<()> {
        Ok(self.driver.action_chain().send_keys(keys.as_ref()).perform().await?)
    }

    /// Presses one key that is no letter.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn press_key(&self, key: Key) -> Result<()> {
        self.press(char::from(key).to_string()).await
    }

    /// Presses Tab until the focus is on what the selector names.
    ///
    /// # Errors
    /// When Tab does not lead there.
    pub async fn tab_to(&self, selector: &str) -> Result<()> {
        let mut seen = Vec::new();
        for _ in 0..MOST_STOPS {
            if self.has_focus(selector).await? {
                return Ok(());
            }
            self.press_key(Key::Tab).await?;
            seen.push(self.focused().await?);
        }
        bail!("Tab does not lead to {selector}; it leads to {seen:?}")
    }

    /// Presses Shift and Tab until the focus is on what the selector names.
    ///
    /// # Errors
    /// When that does not lead there.
    pub async fn tab_back_to(&self, selector: &str) -> Result<()> {
        for _ in 0..MOST_STOPS {
            if self.has_focus(selector).await? {
                return Ok(());
            }
            let keys = self.driver.action_chain().key_down(Key::Shift).send_keys(Key::Tab).key_up(Key::Shift);
            keys.perform().await?;
        }
        bail!("Shift and Tab do not lead to {selector}")
    }

    /// Is the focus on what the selector names?
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn has_focus(&self, selector: &str) -> Result<bool> {
        let script = "return !!document.activeElement && document.activeElement.matches(arguments[0])";
        Ok(self.script(script, &[selector.into()]).await? == true)
    }

    /// A short description of what has the focus.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn focused(&self) -> Result<String> {
        let script = "const e = document.activeElement; return e ? e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') : ''";
        Ok(self.script(script, &[]).await?.as_str().unwrap_or_default().to_owned())
    }
}
