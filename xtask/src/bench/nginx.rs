//! nginx with a configuration, a port and folders of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

use crate::tools;

use super::siegel::free_port;

/// What it is told.
const CONFIGURATION: &str = include_str!("nginx.conf");
/// When it is not there by then it will not come.
const STARTS_WITHIN: Duration = Duration::from_secs(10);

/// A running nginx. It ends, and its folder goes away, when it is dropped.
pub(super) struct Nginx {
    child: Child,
    port: u16,
    folder: PathBuf,
}

impl Nginx {
    /// Starts it with everything it stores below this folder.
    pub(super) fn start(folder: &Path) -> Result<Self> {
        tools::nginx()?;
        let port = free_port()?;
        let folder = folder.join(format!("nginx-{port}"));
        fs::create_dir_all(folder.join("files"))?;
        fs::write(folder.join("nginx.conf"), CONFIGURATION.replace("{{port}}", &port.to_string()))?;
        let child = command(&folder).spawn().context("starting nginx")?;
        let mut nginx = Self { child, port, folder };
        let started = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = nginx.child.try_wait()? {
                let said = fs::read_to_string(nginx.folder.join("error.log")).unwrap_or_default();
                bail!("nginx ended with {status}: {said}");
            }
            ensure!(started.elapsed() < STARTS_WITHIN, "nginx does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Ok(nginx)
    }

    /// Its port.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The number of its first process; its workers descend from it.
    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    /// The folder whose files it serves and takes.
    pub(super) fn files(&self) -> PathBuf {
        self.folder.join("files")
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its first process must end by itself: killed, it would leave its workers behind.
        if !command(&self.folder).args(["-s", "stop"]).status().is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new("nginx");
    command.arg("-p").arg(folder).args(["-c", "nginx.conf", "-e", "error.log"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}
