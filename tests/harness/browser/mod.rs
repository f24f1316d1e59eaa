//! One browser with a profile of its own, driven by WebDriver.
//!
//! Everything here is WebDriver that all engines speak. What differs is in [`Engine`] and in the file of each engine;
//! what only some can do says so and is an error elsewhere.

mod chromium;
mod console;
mod downloads;
mod driver;
mod engine;
mod firefox;
mod fluency;
mod frame;
mod home;
mod journal;
mod keyboard;
mod page;
mod tabs;
mod webkit;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use thirtyfour::{Capabilities, WebDriver};
use tokio::sync::Mutex;

use self::{driver::Driver, home::Home};
pub use self::{engine::Engine, tabs::Tab};
use crate::wait::SOON;

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
    /// A private window, and of the strict kind: pages have no database, no private files and no service worker. Firefox only.
    pub private: bool,
    /// Is it left to the journey to answer when a page asks before it is left ([`Browser::answer_leaving`])? Otherwise the driver
    /// says yes, as if nobody had asked. Chromium only.
    pub asked: bool,
}

impl Look {
    /// A desktop window of someone who reads English.
    pub const ENGLISH: Self = Self {
        language: "en",
        width: 1280,
        height: 900,
        dark: false,
        hosts: None,
        private: false,
        asked: false,
    };
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
    engine: Engine,
    process: Mutex<Driver>,
    home: Home,
    console: Mutex<Vec<console::Entry>>,
}

impl Browser {
    /// Starts a browser on a fresh profile; what its driver prints goes to `log`.
    ///
    /// # Errors
    /// When browser or driver are missing or do not start, or the engine has no such look.
    pub async fn start(engine: Engine, look: Look, log: &Path) -> Result<Self> {
        let phone = look.width < 500;
        ensure!(engine == Engine::Firefox || !look.private, "{engine} has no private windows here");
        ensure!(
            engine == Engine::Chromium || (!phone && look.hosts.is_none() && !look.asked),
            "{engine} has no phone's window, no names of hosts of its own, and nobody to answer its questions"
        );
        let home = Home::new()?;
        let process = Driver::start(engine, &look, &home, log).await?;
        let capabilities: Capabilities = serde_json::from_value(engine.capabilities(&look, &home))?;
        let driver = WebDriver::new(process.address(), capabilities).await;
        let driver = driver.with_context(|| format!("starting {engine}"))?;
        driver.set_script_timeout(SOON).await?;
        let browser = Self { driver, engine, process: Mutex::new(process), home, console: Mutex::default() };
        match engine {
            Engine::Chromium if look.dark || phone => browser.show(look).await?,
            Engine::Chromium => {}
            Engine::Firefox | Engine::WebKit => {
                browser.driver.set_window_rect(0, 0, look.width, look.height).await?;
            }
        }
        Ok(browser)
    }

    /// Which browser it is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The folder in which it keeps all that it keeps.
    pub fn profile(&self) -> PathBuf {
        self.home.profile()
    }

    /// Changes size and darkness of the page that is shown, without loading it anew. The language stays. Chromium only.
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

    /// The numbers of all its processes.
    ///
    /// # Errors
    /// When it has ended.
    pub async fn processes(&self) -> Result<Vec<u32>> {
        self.process.lock().await.processes()
    }

    /// Loads an address afresh, also when only its fragment differs from what is shown.
    ///
    /// # Errors
    /// When the page cannot be loaded.
    pub async fn visit(&self, address: &str) -> Result<()> {
        self.listen().await?;
        self.driver.goto("about:blank").await?;
        self.driver.goto(address).await?;
        self.listen().await
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
        self.listen().await?;
        self.driver.refresh().await?;
        self.listen().await
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
    /// When the browser refuses it, or is another than Chromium.
    pub async fn devtools(&self, method: &str, parameters: Value) -> Result<Value> {
        ensure!(self.engine() == Engine::Chromium, "{} does not know {method}", self.engine());
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
        self.process.lock().await.end().await?;
        Ok(quit?)
    }
}
