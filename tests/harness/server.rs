//! The real server: the product's own binary, on a free port of this machine, with a fresh folder.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    sync::Mutex,
};

use crate::mail::Letterbox;
use crate::port::Port;
use crate::wait::{SOON, until};

/// Settings given as environment: `("SIEGEL_FILE_BYTES", "1000")`. `{origin}` in a value becomes [`Server::origin`].
pub type Settings<'a> = &'a [(&'a str, &'a str)];

/// Stands in a setting's value for the server's own origin, which is known only when it starts.
pub(crate) const ORIGIN: &str = "{origin}";

/// A running server.
pub struct Server {
    port: Port,
    data: TempDir,
    mailbox: Letterbox,
    out: PathBuf,
    log: PathBuf,
    child: Mutex<Option<Child>>,
}

impl Server {
    /// Starts the server and waits until it is well. What it prints goes to files named after `evidence`.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(evidence: &Path, settings: Settings<'_>) -> Result<Self> {
        let data = tempfile::tempdir()?;
        let server = Self {
            port: Port::hold()?,
            mailbox: Letterbox::new(data.path().join("mailbox")),
            data,
            out: evidence.with_extension("out"),
            log: evidence.with_extension("log"),
            child: Mutex::new(None),
        };
        server.run(settings).await?;
        Ok(server)
    }

    /// Stops it and starts it again with other settings on the same port and folder.
    ///
    /// # Errors
    /// When it does not stop cleanly or does not start.
    pub async fn restart(&self, settings: Settings<'_>) -> Result<()> {
        self.stop().await?;
        self.run(settings).await
    }

    /// Asks it to end as a service manager would (SIGTERM) and demands that it does so cleanly. Does nothing when it
    /// was stopped before.
    ///
    /// # Errors
    /// When it does not end in time, or with another status than 0.
    pub async fn stop(&self) -> Result<()> {
        let Some(mut child) = self.child.lock().await.take() else {
            return Ok(());
        };
        let id = child.id().context("the server ended before it was told to")?;
        let id = Pid::from_raw(id.cast_signed()).context("a process has a number")?;
        kill_process(id, Signal::TERM)?;
        let status =
            tokio::time::timeout(SOON, child.wait()).await.context("the server did not end on SIGTERM")??;
        ensure!(status.success(), "the server ended on SIGTERM with {status}");
        Ok(())
    }

    /// Kills it as a crash or a power cut would: it gets no chance to do anything. [`Server::restart`] starts it again.
    ///
    /// # Errors
    /// When it had ended before.
    pub async fn kill(&self) -> Result<()> {
        let mut child = self.child.lock().await.take().context("the server is not running")?;
        child.kill().await.context("the server ended before it was killed")
    }

    /// Its process's number.
    ///
    /// # Errors
    /// When it is not running.
    pub async fn process(&self) -> Result<u32> {
        self.child.lock().await.as_ref().and_then(Child::id).context("the server is not running")
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// Its address as a browser on this machine has it: a secure context, although without TLS.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port())
    }

    /// The folder that holds everything it stores.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// The development mailbox: where its mails are while no mail server is set.
    pub fn mailbox(&self) -> &Letterbox {
        &self.mailbox
    }

    /// All that it has printed and logged since its first start.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub fn printed(&self) -> Result<String> {
        Ok(std::fs::read_to_string(&self.out)? + self.logged()?.as_str())
    }

    /// All that it has logged (standard error) since its first start.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn logged(&self) -> Result<String> {
        Ok(std::fs::read_to_string(&self.log)?)
    }

    /// The token of the newest set-up link that it printed.
    ///
    /// # Errors
    /// When it printed none in time.
    pub async fn setup_token(&self) -> Result<String> {
        until("the set-up link", SOON, async || {
            let printed = std::fs::read_to_string(&self.out)?;
            let token = printed.rsplit_once("/setup#").map(|(_, rest)| rest);
            Ok(token.and_then(|rest| rest.split_whitespace().next()).map(str::to_owned))
        })
        .await
    }

    async fn run(&self, settings: Settings<'_>) -> Result<()> {
        let append = |path: &Path| File::options().create(true).append(true).open(path);
        let child = Command::new(binary())
            .arg("--listen")
            .arg(format!("127.0.0.1:{}", self.port()))
            .arg("--data")
            .arg(self.data.path())
            .env_clear()
            .envs(settings.iter().map(|(name, value)| (name, value.replace(ORIGIN, &self.origin()))))
            .current_dir(self.data.path())
            .stdin(Stdio::null())
            .stdout(append(&self.out)?)
            .stderr(append(&self.log)?)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", binary().display()))?;
        *self.child.lock().await = Some(child);
        self.until_well().await
    }

    async fn until_well(&self) -> Result<()> {
        let health = format!("http://127.0.0.1:{}/healthz", self.port());
        until("the server's health", SOON, async || {
            if let Some(child) = self.child.lock().await.as_mut()
                && let Some(status) = child.try_wait()?
            {
                bail!("the server ended with {status}:\n{}", self.printed()?);
            }
            Ok(matches!(reqwest::get(&health).await, Ok(answer) if answer.status() == 200).then_some(()))
        })
        .await
    }
}

/// The binary under test: `SIEGEL_BIN`, or what a debug build of the workspace leaves.
pub fn binary() -> PathBuf {
    std::env::var_os("SIEGEL_BIN")
        .map_or_else(|| crate::workspace().join("target/debug/siegel"), PathBuf::from)
}
