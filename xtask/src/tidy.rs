//! `cargo xtask tidy`: the rules of the house that no compiler knows. Each rule is one function that returns what breaks
//! it; docs/ARCHITECTURE.md explains the doors.

mod contexts;
mod doors;
mod supply;
mod texts;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};
use serde_json::Value;

use crate::{run, say};

/// Checks everything; the error lists all that is wrong, not the first thing only.
pub(crate) fn tidy(root: &Path) -> Result<()> {
    say("Checking formatting, doors, licences, texts and links (tidy)");
    run::check(run::cargo(root).args(["fmt", "--all", "--check"]))?;
    let tree = Tree::read(root)?;
    let mut wrong = Vec::new();
    doors::check(&tree, &mut wrong);
    contexts::check(&tree, &mut wrong);
    supply::check(&tree, &mut wrong)?;
    texts::check(&tree, &mut wrong)?;
    if !wrong.is_empty() {
        bail!("tidy found:\n  {}", wrong.join("\n  "));
    }
    Ok(())
}

/// What the rules look at.
struct Tree {
    root: PathBuf,
    /// Every text file that git tracks or would track, by its path from the root.
    files: Vec<(String, String)>,
    /// `cargo metadata`.
    metadata: Value,
}

impl Tree {
    fn read(root: &Path) -> Result<Self> {
        let listed = run::output(
            Command::new("git")
                .args(["ls-files", "--cached", "--others", "--exclude-standard"])
                .current_dir(root),
        )?;
        let files = listed
            .lines()
            .filter_map(|path| Some((path.to_owned(), fs::read_to_string(root.join(path)).ok()?)))
            .collect();
        let metadata = run::output(run::cargo(root).args(["metadata", "--locked", "--format-version", "1"]))?;
        Ok(Self { root: root.to_owned(), files, metadata: serde_json::from_str(&metadata)? })
    }

    /// Files below a folder with an ending.
    fn below<'a>(&'a self, folder: &'a str, ending: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files
            .iter()
            .filter(move |(path, _)| path.starts_with(folder) && path.ends_with(ending))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    fn packages(&self) -> impl Iterator<Item = &Value> {
        self.metadata["packages"].as_array().into_iter().flatten()
    }

    /// Our own packages: those that come from no registry.
    fn ours(&self) -> impl Iterator<Item = &Value> {
        self.packages().filter(|package| package["source"].is_null())
    }

    /// What one of our packages depends on, other than for its tests.
    fn dependencies(&self, package: &str) -> Vec<&str> {
        self.ours()
            .filter(|p| p["name"] == package)
            .flat_map(|p| p["dependencies"].as_array().into_iter().flatten())
            .filter(|dependency| dependency["kind"] != "dev")
            .filter_map(|dependency| dependency["name"].as_str())
            .collect()
    }
}

/// Lines of code, numbered from 1, without `//` comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(i, line)| (i + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}
