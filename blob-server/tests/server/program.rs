//! The real program.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use blob_api::Token;
use rustix::process::{Pid, Signal, kill_process};

use crate::harness::Site;

/// A running program, killed when it is dropped.
pub struct Program(Child);

/// A command in this folder, without our environment.
pub fn siegel(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_siegel"));
    command.current_dir(folder).env_clear().args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Program {
    pub fn spawn(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    /// What it says on standard output.
    pub fn lines(&mut self) -> impl Iterator<Item = String> + use<> {
        BufReader::new(self.0.stdout.take().unwrap()).lines().map(Result::unwrap)
    }

    /// Waits until it listens.
    pub fn site(&mut self) -> Site {
        let (mut address, mut token) = (None, None);
        for line in self.lines().take_while(|line| !line.starts_with("Stop it with")) {
            if let Some((_, rest)) = line.split_once("(listening on ") {
                address = rest.trim_end_matches(").").parse().ok();
            }
            if let Some((_, text)) = line.split_once("/setup#") {
                token = Token::from_text(text);
            }
        }
        Site::new(address.expect("it must start"), token)
    }

    /// Asks it to end; what it said on standard error, and how it ended.
    pub fn terminate(mut self) -> Output {
        kill_process(Pid::from_child(&self.0), Signal::TERM).unwrap();
        let status = self.0.wait().unwrap();
        let mut stderr = Vec::new();
        self.0.stderr.take().unwrap().read_to_end(&mut stderr).unwrap();
        Output { status, stdout: vec![], stderr }
    }
}

impl Drop for Program {
    /// With SIGKILL, which nothing can prepare for.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
