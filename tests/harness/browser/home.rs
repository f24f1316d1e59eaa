//! A home folder for each browser: all that it writes lies there, and goes with it.

use std::{
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use anyhow::Result;
use tempfile::TempDir;
use tokio::process::Command;

const DOWNLOADS: &str = "downloads";
const TEMPORARY: &str = "tmp";
/// Sockets; the XDG specification wants it to be its owner's alone.
const RUNTIME: &str = "run";
const CONFIGURATION: &str = "config";
const PROFILE: &str = "profile";

/// A fresh home folder; removed when dropped.
pub(super) struct Home(TempDir);

impl Home {
    pub(super) fn new() -> Result<Self> {
        let home = Self(tempfile::tempdir()?);
        for name in [DOWNLOADS, TEMPORARY, RUNTIME, CONFIGURATION, PROFILE] {
            std::fs::DirBuilder::new().mode(0o700).create(home.path(name))?;
        }
        Ok(home)
    }

    pub(super) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn downloads(&self) -> PathBuf {
        self.path(DOWNLOADS)
    }

    pub(super) fn profile(&self) -> PathBuf {
        self.path(PROFILE)
    }

    /// Where the user's settings of a desktop lie.
    pub(super) fn configuration(&self) -> PathBuf {
        self.path(CONFIGURATION)
    }

    /// Makes it the home of what this command starts.
    pub(super) fn give_to(&self, command: &mut Command) {
        command
            .env("HOME", self.0.path())
            .env("TMPDIR", self.path(TEMPORARY))
            .env("XDG_RUNTIME_DIR", self.path(RUNTIME))
            .env("XDG_CONFIG_HOME", self.configuration())
            .env_remove("XDG_CACHE_HOME")
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_DOWNLOAD_DIR");
    }
}

/// Files are found by any name, whatever language the machine speaks, or none.
pub(super) fn name_files_in_unicode(command: &mut Command) {
    command.env("LC_CTYPE", "C.UTF-8").env_remove("LC_ALL");
}
