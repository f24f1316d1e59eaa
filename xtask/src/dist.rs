//! `cargo xtask dist`: what an operator installs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{build, run, say};

/// Writes `target/dist/siegel-VERSION-TARGET/` and the same as `.tar.gz`.
pub(crate) fn dist(root: &Path) -> Result<()> {
    let server = build::release(root)?;
    let host = run::output(Command::new("rustc").arg("-vV"))?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let name = format!("siegel-{}-{host}", env!("CARGO_PKG_VERSION"));
    let dist = run::target_dir(root).join("dist");
    let folder = dist.join(&name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    fs::copy(server, folder.join("siegel"))?;
    for file in ["LICENSE", "README.md", "CHANGELOG.md", "docs/OPERATING.md"] {
        copy_into(&root.join(file), &folder)?;
    }
    for entry in fs::read_dir(root.join("docs/install"))? {
        copy_into(&entry?.path(), &folder)?;
    }
    run::check(
        Command::new("tar")
            .args(["--owner=0", "--group=0", "--sort=name", "-czf"])
            .arg(dist.join(format!("{name}.tar.gz")))
            .arg("-C")
            .arg(&dist)
            .arg(&name),
    )?;
    say(format!("Made {}.tar.gz", folder.display()));
    Ok(())
}

fn copy_into(file: &Path, folder: &Path) -> Result<PathBuf> {
    let target = folder.join(file.file_name().context("a file has a name")?);
    fs::copy(file, &target).with_context(|| format!("copying {}", file.display()))?;
    Ok(target)
}
