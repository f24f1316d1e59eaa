//! The product's own server, as it is shipped, on a free port with a fresh folder.

use std::{
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

use crate::{build, run};

/// A server that is not there by then will not come.
const STARTS_WITHIN: Duration = Duration::from_secs(30);

/// A running server. It ends, and its folder goes away, when it is dropped.
pub(super) struct Siegel {
    child: Child,
    port: u16,
    data: PathBuf,
}

impl Siegel {
    /// Builds what is to be measured (`SIEGEL_BIN` names another binary) and starts it with its data below this folder.
    pub(super) fn start(root: &Path, folder: &Path) -> Result<Self> {
        let binary = binary(root)?;
        let port = free_port()?;
        let data = folder.join(format!("data-{port}"));
        fs::create_dir_all(&data)?;
        let child = Command::new(binary)
            .arg("--listen")
            .arg(format!("127.0.0.1:{port}"))
            .arg("--data")
            .arg(&data)
            .env_clear()
            .envs([
                ("SIEGEL_LOG", "warn"),
                // All clients of a bench have the same address.
                ("SIEGEL_REQUESTS_PER_SECOND", "100000"),
                ("SIEGEL_CONNECTIONS_PER_NETWORK", "1000"),
            ])
            .stdin(Stdio::null())
            .stdout(File::create(data.join("printed"))?)
            .stderr(File::create(data.join("logged"))?)
            .spawn()
            .context("starting the server")?;
        let mut siegel = Self { child, port, data };
        let started = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = siegel.child.try_wait()? {
                bail!("the server ended with {status}: {}", fs::read_to_string(siegel.data.join("logged"))?);
            }
            ensure!(started.elapsed() < STARTS_WITHIN, "the server does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Ok(siegel)
    }

    /// Its port.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Its process number.
    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    /// The token of the set-up link that it prints when it starts.
    pub(super) fn setup_token(&self) -> Result<String> {
        let started = Instant::now();
        loop {
            let printed = fs::read_to_string(self.data.join("printed"))?;
            if let Some((token, _)) =
                printed.rsplit_once("/setup#").and_then(|(_, rest)| rest.split_once(char::is_whitespace))
            {
                return Ok(token.to_owned());
            }
            ensure!(started.elapsed() < STARTS_WITHIN, "the server printed no set-up link");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Siegel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.data);
    }
}

/// The server to measure: `SIEGEL_BIN`, or a release build of the workspace, made now if need be.
pub(super) fn binary(root: &Path) -> Result<PathBuf> {
    match std::env::var_os("SIEGEL_BIN") {
        Some(binary) => Ok(binary.into()),
        None => build::release(root),
    }
}

/// A folder for what a run leaves behind: in memory where there is such a place, so that no disk blurs what is compared.
pub(super) fn scratch(root: &Path) -> Result<PathBuf> {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.join("siegel-bench") } else { disk(root)? };
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The same, on a disk.
pub(super) fn disk(root: &Path) -> Result<PathBuf> {
    let folder = run::target_dir(root).join("bench");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// A port that nothing listens on.
pub(super) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
