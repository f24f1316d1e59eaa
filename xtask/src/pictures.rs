//! `cargo xtask pictures`: every page in a picture, taken of the real product; those that README and docs show are kept.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{build, run, say, test, tools};

/// Takes them all into `target/pictures` and renews `docs/pictures`.
pub(crate) fn pictures(root: &Path) -> Result<()> {
    tools::browsers()?;
    let built = build::development(root)?;
    let all = run::target_dir(root).join("pictures");
    say(format!("Taking pictures into {}", all.display()));
    run::check(
        Command::new(test::journeys(&built)?)
            .args(["pictures::pictures", "--ignored", "--exact"])
            .env("SIEGEL_BIN", &built.server)
            .env("SIEGEL_PICTURES", &all)
            .current_dir(root.join("tests")),
    )?;
    let kept = root.join("docs/pictures");
    if kept.exists() {
        fs::remove_dir_all(&kept)?;
    }
    fs::create_dir_all(&kept)?;
    for name in shown(root)? {
        fs::copy(all.join(&name), kept.join(&name))
            .with_context(|| format!("no page gave the picture {name}"))?;
    }
    Ok(())
}

/// The names of the pictures that the documentation shows.
fn shown(root: &Path) -> Result<BTreeSet<String>> {
    let docs =
        fs::read_dir(root.join("docs"))?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    let pages = docs
        .into_iter()
        .chain([root.join("README.md")])
        .filter(|path| path.extension().is_some_and(|e| e == "md"));
    let mut names = BTreeSet::new();
    for page in pages {
        let text = fs::read_to_string(&page)?;
        names.extend(
            text.split("pictures/")
                .skip(1)
                .filter_map(|rest| Some(format!("{}.png", rest.split_once(".png)")?.0))),
        );
    }
    Ok(names)
}
