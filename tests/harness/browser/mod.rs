//! One browser with a profile of its own, driven by WebDriver.
//!
//! Everything here is WebDriver that all engines speak, except what [`chromium`] and [`Browser::show`] say; another
//! engine joins by a file beside `chromium.rs`.

mod chromium;
mod console;
mod downloads;
mod fluency;
mod keyboard;
mod page;

use std::{fs::File, path::Path, process::Stdio};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{Capabilities, WebDriver};
use tokio::{
    process::{Child, Command},
    sync::Mutex,
};

use crate::wait::{SOON, until};

/// How a browser is set up, and for [`Browser::show`], how it looks.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// What the browser says its user speaks: `en` or `de`.
    pub language: &'static str,
    /// Width of the window in CSS pixels.
    pub width: u32,
    /// Height of the window in CSS pixels.
    pub height: u32,
    /// Does the user prefer dark pages?
    pub dark: bool,
    /// Rules that lead other names to this machine, as `--host-resolver-rules` takes them.
    pub hosts: Option<&'static str>,
}

impl Look {
    /// A desktop window of someone who reads English.
    pub const ENGLISH: Self = Self { language: "en", width: 1280, height: 900, dark: false, hosts: None };
    /// A desktop window of someone who reads German.
    pub const GERMAN: Self = Self { language: "de", ..Self::ENGLISH };

    /// The same on a phone, 390 pixels wide.
    pub const fn phone(self) -> Self {
        Self { width: 390, height: 844, ..self }
    }
    /// The same in the dark.
    pub const fn dark(self) -> Self {
        Self { dark: true, ..self }
    }
}

/// A running browser.
pub struct Browser {
    driver: WebDriver,
    process: Mutex<Child>,
    home: TempDir,
    console: Mutex<Vec<console::Entry>>,
}

impl Browser {
    /// Starts a browser on a fresh profile; what its driver prints goes to `log`.
    ///
    /// # Errors
    /// When browser or driver are missing or do not start.
    pub async fn start(look: Look, log: &Path) -> Result<Self> {
        let home = tempfile::tempdir()?;
        let downloads = home.path().join("downloads");
        std::fs::create_dir(&downloads)?;
        let printed = home.path().join("driver.out");
        let mut process = spawn(chromium::driver(log), &printed)?;
        let port = until("the browser's driver", SOON, async || {
            // The driver takes a port that is free under IPv6 and ends when another program has its number under IPv4.
            if process.try_wait()?.is_some() {
                process = spawn(chromium::driver(log), &printed)?;
            }
            Ok(chromium::port(&std::fs::read_to_string(&printed)?))
        })
        .await?;
        let capabilities = chromium::capabilities(&look, &home.path().join("profile"), &downloads);
        let capabilities: Capabilities = serde_json::from_value(capabilities)?;
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities)
            .await
            .context("starting the browser (apt install chromium chromium-driver)")?;
        driver.set_script_timeout(SOON).await?;
        let browser = Self { driver, process: Mutex::new(process), home, console: Mutex::default() };
        if look.dark || look.width < 500 {
            browser.show(look).await?;
        }
        Ok(browser)
    }

    /// Changes size and darkness of the page that is shown, without loading it anew. The language stays.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn show(&self, look: Look) -> Result<()> {
        let phone = look.width < 500;
        let size =
            json!({ "width": look.width, "height": look.height, "deviceScaleFactor": 1, "mobile": phone });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await?;
        let scheme = if look.dark { "dark" } else { "light" };
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.devtools("Emulation.setEmulatedMedia", media).await?;
        Ok(())
    }

    /// Loads an address afresh, also when only its fragment differs from what is shown.
    ///
    /// # Errors
    /// When the page cannot be loaded.
    pub async fn visit(&self, address: &str) -> Result<()> {
        self.driver.goto("about:blank").await?;
        self.driver.goto(address).await?;
        Ok(())
    }

    /// The address as the browser shows it.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn address(&self) -> Result<String> {
        Ok(self.driver.current_url().await?.to_string())
    }

    /// Loads the shown page anew, as the reload button does.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn reload(&self) -> Result<()> {
        Ok(self.driver.refresh().await?)
    }

    /// Runs a function body in the page and returns what it returns.
    ///
    /// # Errors
    /// When it throws.
    pub async fn script(&self, body: &str, arguments: &[Value]) -> Result<Value> {
        Ok(self.driver.execute(body, arguments.to_vec()).await?.json().clone())
    }

    /// Runs the body of an async function in the page and returns what it resolves to.
    ///
    /// # Errors
    /// When it rejects.
    pub async fn script_async(&self, body: &str, arguments: &[Value]) -> Result<Value> {
        let whole = format!(
            "const done = arguments[arguments.length - 1]; const given = [...arguments].slice(0, -1); \
             (async (...args) => {{ {body} }})(...given).then(v => done({{ok: v}}), e => done({{error: String(e)}}))"
        );
        let answer = self.driver.execute_async(whole, arguments.to_vec()).await?.json().clone();
        match answer.get("error") {
            Some(error) => anyhow::bail!("a script in the page failed: {error}"),
            None => Ok(answer.get("ok").cloned().unwrap_or(Value::Null)),
        }
    }

    /// One command of Chromium's own protocol.
    ///
    /// # Errors
    /// When the browser refuses it.
    pub async fn devtools(&self, method: &str, parameters: Value) -> Result<Value> {
        Ok(self.driver.cdp().send_raw(method, parameters).await?)
    }

    /// Saves what the window shows as a PNG.
    ///
    /// # Errors
    /// When the browser is gone or the disk refuses.
    pub async fn screenshot(&self, path: &Path) -> Result<()> {
        Ok(self.driver.screenshot(path).await?)
    }

    /// The page's present source.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn source(&self) -> Result<String> {
        Ok(self.driver.source().await?)
    }

    /// Ends the browser and its driver.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn quit(&self) -> Result<()> {
        let quit = self.driver.clone().quit().await;
        self.process.lock().await.kill().await?;
        Ok(quit?)
    }
}

fn spawn(mut driver: Command, printed: &Path) -> Result<Child> {
    let out = File::create(printed)?;
    driver
        .stdin(Stdio::null())
        .stderr(out.try_clone()?)
        .stdout(out)
        .kill_on_drop(true)
        .spawn()
        .context("starting the browser's driver (apt install chromium-driver)")
}
