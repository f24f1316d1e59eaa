//! What the browser saved to its download folder, and what it keeps in its private file system.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{Browser, Engine, firefox};
use crate::wait::{LONG, SOON, until};

/// Lists the origin's private file system.
const LIST_PRIVATE_FILES: &str = r"
    const found = [];
    const walk = async (folder, path) => {
        for await (const [name, entry] of folder.entries()) {
            if (entry.kind === 'directory') await walk(entry, path + name + '/');
            else found.push(path + name);
        }
    };
    await walk(await navigator.storage.getDirectory(), '/');
    return found;
";

impl Browser {
    /// Everything in the download folder, finished or not.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn downloads(&self) -> Result<BTreeSet<PathBuf>> {
        std::fs::read_dir(self.home.downloads())?.map(|entry| Ok(entry?.path())).collect()
    }

    /// Waits for the one file that the browser saves now. `before` is what the folder held before the click. Most
    /// write under another name and rename the file when it is complete; the others are asked.
    ///
    /// # Errors
    /// When nothing is saved in time, or more than one file.
    pub async fn saved_since(&self, before: &BTreeSet<PathBuf>) -> Result<PathBuf> {
        let saved = until("a file in the download folder", LONG, async || {
            let new: Vec<_> = self.downloads()?.difference(before).cloned().collect();
            let busy = new.is_empty() || self.finished(&new).await? < new.len();
            Ok((!busy).then_some(new))
        })
        .await?;
        ensure!(saved.len() == 1, "more than one file was saved: {saved:?}");
        saved.into_iter().next().context("one file was saved")
    }

    /// Waits until the shown page's origin keeps nothing in its private file system: what has to go may go a moment
    /// after the page says so.
    ///
    /// # Errors
    /// When something stays.
    pub async fn keeps_no_private_file(&self) -> Result<()> {
        let mut left = Vec::new();
        let gone = until("the private files to be removed", SOON, async || {
            left = self.private_files().await?;
            Ok(left.is_empty().then_some(()))
        });
        gone.await.with_context(|| format!("still there: {left:?}"))
    }

    /// The files that the shown page's origin keeps in its private file system.
    ///
    /// # Errors
    /// When the browser has none, or refuses.
    pub async fn private_files(&self) -> Result<Vec<String>> {
        let found = self.script_async(LIST_PRIVATE_FILES, &[]).await?;
        let text = |name: &Value| name.as_str().map(str::to_owned);
        found.as_array().and_then(|names| names.iter().map(text).collect()).context("a list of names")
    }

    /// How many of these files the browser has finished: those that neither bear an unfinished file's name nor are
    /// still being written under their own.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn finished(&self, files: &[PathBuf]) -> Result<usize> {
        if self.engine() == Engine::Firefox && firefox::is_saving(&self.driver).await? {
            return Ok(0); // it says that it saves, but not which
        }
        let written = |file: &Path| self.engine() == Engine::WebKit && is_open(file);
        Ok(files.iter().filter(|file| !self.is_unfinished(file) && !written(file)).count())
    }

    fn is_unfinished(&self, path: &Path) -> bool {
        self.engine().is_unfinished(&path.file_name().unwrap_or_default().to_string_lossy())
    }
}

/// Has any process of ours this file open?
fn is_open(file: &Path) -> bool {
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten();
    // Processes come and go, and those of others show nothing.
    entries(Path::new("/proc"))
        .flat_map(|process| entries(&process.path().join("fd")))
        .any(|open| std::fs::read_link(open.path()).is_ok_and(|target| target == file))
}
