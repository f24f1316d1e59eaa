//! A browser's driver as a process, and all the processes that it starts.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
};

use super::{Engine, Look, home::Home};
use crate::{
    memory,
    wait::{SOON, until},
};

/// How a driver starts.
pub(super) struct Start {
    pub(super) command: Command,
    pub(super) port: Port,
    /// A screen to draw on, for engines that have no way to do without.
    pub(super) needs_screen: bool,
}

/// Where a driver listens.
pub(super) enum Port {
    /// It chooses a free port and prints it; this finds it in what was printed.
    Printed(fn(&str) -> Option<u16>),
    /// It was told this one.
    Given(u16),
}

/// A driver that takes commands.
pub(super) struct Driver {
    process: Group,
    port: u16,
    /// Where the browser draws; it goes after the browser.
    screen: Option<Group>,
}

impl Driver {
    /// Starts the engine's driver.
    pub(super) async fn start(engine: Engine, look: &Look, home: &Home, log: &Path) -> Result<Self> {
        let printed = home.path("driver.out");
        let mut screen = None;
        let mut run = async || -> Result<(Group, Port)> {
            let mut start = engine.start(look, home, log)?;
            home.give_to(&mut start.command);
            if start.needs_screen {
                if screen.is_none() {
                    screen = Some(Screen::start(home).await?);
                }
                start.command.env("DISPLAY", screen.as_ref().map_or("", |screen| screen.name.as_str()));
            }
            Ok((Group::spawn(start.command, &printed)?, start.port))
        };
        let (mut process, mut port) = run().await?;
        let port = until("the browser's driver", SOON, async || {
            // A port that was free a moment ago may have been taken meanwhile: then the driver ends at once.
            if process.child.try_wait()?.is_some() {
                (process, port) = run().await?;
            }
            match port {
                Port::Printed(find) => Ok(find(&std::fs::read_to_string(&printed)?)),
                Port::Given(port) => {
                    Ok(TcpStream::connect(("127.0.0.1", port)).await.is_ok().then_some(port))
                }
            }
        })
        .await?;
        Ok(Self { process, port, screen: screen.map(|screen| screen.process) })
    }

    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The numbers of all its processes, the browser's among them.
    pub(super) fn processes(&self) -> Result<Vec<u32>> {
        let group = self.process.id.map(Pid::as_raw_pid).context("the browser has ended")?;
        memory::processes_of(group)
    }

    /// Ends it and everything that it started.
    pub(super) async fn end(&mut self) -> Result<()> {
        for group in [Some(&mut self.process), self.screen.as_mut()].into_iter().flatten() {
            group.kill();
            group.child.wait().await?;
        }
        Ok(())
    }
}

/// An X server without a device.
struct Screen {
    process: Group,
    name: String,
}

impl Screen {
    async fn start(home: &Home) -> Result<Self> {
        let printed: PathBuf = home.path("screen.out");
        let mut command = Command::new("Xvfb");
        // It looks for a free number itself and prints it; nobody from outside this machine may draw.
        command.args(["-displayfd", "1", "-screen", "0", "1400x1100x24", "-nolisten", "tcp"]);
        let mut process = Group::spawn(command, &printed)?;
        let number = until("a screen", SOON, async || {
            anyhow::ensure!(process.child.try_wait()?.is_none(), "Xvfb ended at once");
            let printed = std::fs::read_to_string(&printed)?;
            Ok(printed.lines().find_map(|line| line.trim().parse::<u32>().ok()))
        })
        .await?;
        Ok(Self { process, name: format!(":{number}") })
    }
}

/// A process and its descendants; they end together.
struct Group {
    child: Child,
    id: Option<Pid>,
}

impl Group {
    fn spawn(mut command: Command, printed: &Path) -> Result<Self> {
        let out = File::create(printed)?;
        command.process_group(0).stdin(Stdio::null()).stderr(out.try_clone()?).stdout(out);
        let child = command.spawn().with_context(|| {
            let program = command.as_std().get_program().display();
            format!("starting {program}, which cargo xtask test installs")
        })?;
        let id = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        Ok(Self { child, id })
    }

    fn kill(&mut self) {
        if let Some(id) = self.id.take() {
            // An error says that nobody is left.
            let _ = kill_process_group(id, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
