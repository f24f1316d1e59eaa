//! The browser's console: kept as evidence, and itself a proof that nothing broke a rule.

use anyhow::{Result, ensure};

use super::{Browser, Engine, firefox, webkit};

/// One line of the console.
#[derive(Debug, Clone)]
pub struct Entry {
    /// `SEVERE`, `WARNING`, `INFO`…
    pub level: String,
    /// The text, with the script's address before it.
    pub text: String,
}

/// What never may stand in the console, in lower case. A failed request may: the product answers it with a sentence.
const NEVER: &[&str] = &[
    "content security policy",
    "content-security-policy",
    "refused to",
    "trustedhtml",
    "trustedscript",
    "trusted type",
    "uncaught",
    "unhandled",
    "panicked",
    "runtimeerror",
    "violates",
];

impl Browser {
    /// Everything that the console has shown since the browser started. (WebKitGTK: what the shown pages would have
    /// shown once they were loaded, and every breach of the policy.)
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn console(&self) -> Result<Vec<Entry>> {
        let new: Vec<_> = match self.engine() {
            Engine::Chromium => {
                let log = self.driver.browser_log().await?;
                log.into_iter().map(|entry| Entry { level: entry.level, text: entry.message }).collect()
            }
            Engine::Firefox => {
                let log = firefox::console(&self.driver).await?;
                log.into_iter().map(|(level, text)| Entry { level, text }).collect()
            }
            Engine::WebKit => {
                let heard = self.script(webkit::LISTEN, &[]).await?;
                let heard: Vec<String> = serde_json::from_value(heard)?;
                heard.into_iter().map(|text| Entry { level: "SEVERE".to_owned(), text }).collect()
            }
        };
        let mut all = self.console.lock().await;
        all.extend(new);
        Ok(all.clone())
    }

    /// Keeps what the shown page had to say before it goes, where the browser itself does not.
    pub(super) async fn listen(&self) -> Result<()> {
        if self.engine() == Engine::WebKit {
            self.console().await?;
        }
        Ok(())
    }

    /// Demands that no script failed and nothing broke the content security policy.
    ///
    /// # Errors
    /// With the offending lines.
    pub async fn demand_calm_console(&self) -> Result<()> {
        let bad: Vec<_> = self.console().await?.into_iter().filter(is_bad).collect();
        ensure!(bad.is_empty(), "the browser's console has errors: {bad:#?}");
        Ok(())
    }

    /// Demands a calm console up to now and calls off what the console shows while `steps` do something forbidden.
    ///
    /// # Errors
    /// When the console was not calm, or the steps fail.
    pub async fn forbidden<T>(&self, steps: impl AsyncFnOnce() -> Result<T>) -> Result<T> {
        self.demand_calm_console().await?;
        let before = self.console.lock().await.len();
        let done = steps().await;
        self.console().await?;
        self.console.lock().await.truncate(before);
        done
    }
}

/// What Firefox says of every page that forbids frames in the old way and in the new one: it follows the new one.
const TWICE_FORBIDDEN: &str = "ignoring ‘x-frame-options’ because of ‘frame-ancestors’";

fn is_bad(entry: &Entry) -> bool {
    let text = entry.text.to_lowercase();
    if text.contains(TWICE_FORBIDDEN) {
        return false;
    }
    NEVER.iter().any(|never| text.contains(never))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> Entry {
        Entry { level: "SEVERE".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn failed_requests_are_no_defect_but_exceptions_are() {
        assert!(!is_bad(&entry(
            "http://h/api - Failed to load resource: the server responded with a status of 404"
        )));
        assert!(is_bad(&entry("http://h/a.js 1:2 Uncaught TypeError: x is undefined")));
        assert!(is_bad(&entry(
            "Applying inline style violates the following Content Security Policy directive"
        )));
    }
}
