//! One journey: the frame around a test. It starts servers and browsers, ends them, and keeps the evidence of a failure.

use std::{
    fs::OpenOptions,
    io::Write,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};
use futures_util::FutureExt;
use tokio::sync::Mutex;

use crate::{
    browser::{Browser, Engine, Look},
    mail::MailServer,
    server::{Server, Settings},
};

/// A journey on its way.
pub struct Journey {
    engine: Engine,
    evidence: PathBuf,
    files: tempfile::TempDir,
    servers: Mutex<Vec<Arc<Server>>>,
    mail_servers: Mutex<Vec<Arc<MailServer>>>,
    browsers: Mutex<Vec<(String, Arc<Browser>)>>,
}

impl Journey {
    /// Runs a journey. Afterwards each browser's console must be calm and each server must end cleanly on SIGTERM.
    /// When anything fails, screenshots, sources, consoles and logs stay in `target/journeys/<name>/`.
    ///
    /// # Errors
    /// When the journey fails.
    pub async fn run(name: &str, steps: impl AsyncFnOnce(&Self) -> Result<()>) -> Result<()> {
        Self::run_in(Engine::Chromium, name, steps).await
    }

    /// As [`Journey::run`], with all browsers of this engine.
    ///
    /// # Errors
    /// As there.
    pub async fn run_in(
        engine: Engine,
        name: &str,
        steps: impl AsyncFnOnce(&Self) -> Result<()>,
    ) -> Result<()> {
        let (journey, begun) = (Self::new(engine, name)?, Instant::now());
        let walked = AssertUnwindSafe(steps(&journey)).catch_unwind().await;
        let mut result =
            walked.unwrap_or_else(|panic| Err(anyhow!("the journey panicked: {}", said(&panic))));
        if result.is_ok() {
            result = journey.demand_calm_consoles().await;
        }
        if result.is_err() {
            journey.keep_evidence().await;
        }
        let ended = journey.end().await;
        note_duration(name, begun.elapsed())?;
        match result.and(ended) {
            Ok(()) => Ok(std::fs::remove_dir_all(&journey.evidence)?),
            Err(error) => Err(error.context(format!("{name} failed; see {}", journey.evidence.display()))),
        }
    }

    fn new(engine: Engine, name: &str) -> Result<Self> {
        let evidence = crate::workspace().join("target/journeys").join(name);
        if evidence.exists() {
            std::fs::remove_dir_all(&evidence)?;
        }
        std::fs::create_dir_all(&evidence)?;
        let files = tempfile::tempdir()?;
        Ok(Self {
            engine,
            evidence,
            files,
            servers: Mutex::default(),
            mail_servers: Mutex::default(),
            browsers: Mutex::default(),
        })
    }

    /// A fresh server with these settings.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn server(&self, settings: Settings<'_>) -> Result<Arc<Server>> {
        let mut servers = self.servers.lock().await;
        let evidence = self.evidence.join(format!("server-{}", servers.len() + 1));
        let server = Arc::new(Server::start(&evidence, settings).await?);
        servers.push(Arc::clone(&server));
        Ok(server)
    }

    /// A fresh mail server.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn mail_server(&self) -> Result<Arc<MailServer>> {
        let server = Arc::new(MailServer::start().await?);
        self.mail_servers.lock().await.push(Arc::clone(&server));
        Ok(server)
    }

    /// A fresh browser; `name` says whose, for the evidence.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn browser(&self, name: &str, look: Look) -> Result<Arc<Browser>> {
        let log = self.evidence.join(format!("{name}-driver.log"));
        let browser = Arc::new(Browser::start(self.engine, look, &log).await?);
        self.browsers.lock().await.push((name.to_owned(), Arc::clone(&browser)));
        Ok(browser)
    }

    /// Whose browsers the people on this journey have.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// A folder for files to send.
    pub fn files(&self) -> &Path {
        self.files.path()
    }

    async fn demand_calm_consoles(&self) -> Result<()> {
        for (name, browser) in self.browsers.lock().await.iter() {
            browser.demand_calm_console().await.with_context(|| format!("in the browser of {name}"))?;
        }
        Ok(())
    }

    /// What fails here is passed over: the journey's own failure is what counts.
    async fn keep_evidence(&self) {
        for (number, server) in self.mail_servers.lock().await.iter().enumerate() {
            let log = self.evidence.join(format!("mail-server-{}.log", number + 1));
            let _ = std::fs::write(log, server.said());
        }
        for (name, browser) in self.browsers.lock().await.iter() {
            let file = |ending: &str| self.evidence.join(format!("{name}{ending}"));
            let _ = browser.screenshot(&file(".png")).await;
            if let Ok(source) = browser.source().await {
                let _ = std::fs::write(file(".html"), source);
            }
            if let Ok(console) = browser.console().await {
                let lines: String =
                    console.iter().map(|entry| format!("{} {}\n", entry.level, entry.text)).collect();
                let _ = std::fs::write(file("-console.txt"), lines);
            }
        }
    }

    async fn end(&self) -> Result<()> {
        let mut problems = Vec::new();
        for (name, browser) in self.browsers.lock().await.drain(..) {
            if let Err(error) = browser.quit().await {
                problems.push(format!("ending the browser of {name}: {error:#}"));
            }
        }
        for server in self.servers.lock().await.drain(..) {
            if let Err(error) = server.stop().await {
                problems.push(format!("{error:#}"));
            }
        }
        for server in self.mail_servers.lock().await.drain(..) {
            if let Err(error) = server.stop().await {
                problems.push(format!("ending the mail server: {error:#}"));
            }
        }
        if problems.is_empty() { Ok(()) } else { bail!(problems.join("; ")) }
    }
}

/// Adds to the list from which `cargo xtask test` tells the longest journeys.
fn note_duration(name: &str, took: Duration) -> Result<()> {
    let path = crate::workspace().join("target/journeys/durations.txt");
    let mut list = OpenOptions::new().create(true).append(true).open(path)?;
    Ok(list.write_all(format!("{:4} s {name}\n", took.as_secs()).as_bytes())?)
}

fn said(panic: &Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without words").to_owned()
}
