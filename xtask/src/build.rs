//! Building: web app first, because the server carries it inside.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{run, say, web};

/// The packages that are built for this machine, in one call, so that nothing is compiled twice.
pub(crate) const NATIVE: &[&str] =
    &["--workspace", "--exclude", "web-app", "--exclude", "crypto-worker", "--exclude", "xtask"];

/// What the development build made.
pub(crate) struct Development {
    /// The server.
    pub(crate) server: PathBuf,
    /// Every test program with the name of its package.
    pub(crate) tests: Vec<(String, PathBuf)>,
}

/// Web app, server and all native tests in the development profile; fails on any compiler or clippy warning.
pub(crate) fn development(root: &Path) -> Result<Development> {
    web::build(root)?;
    say("Building the server and its tests (the first time takes minutes)");
    let mut cargo = run::cargo(root);
    cargo.args(["test", "--locked", "--no-run"]).args(NATIVE);
    let artifacts = with_lints(&mut cargo)?;
    let tests = artifacts
        .iter()
        .filter(|a| a["profile"]["test"] == true)
        .filter_map(|a| Some((package_name(a)?, PathBuf::from(a["executable"].as_str()?))))
        .collect();
    let server = artifacts
        .iter()
        .find(|a| {
            a["target"]["name"] == "siegel" && a["profile"]["test"] == false && a["executable"].is_string()
        })
        .and_then(|a| a["executable"].as_str())
        .context("the build made no server")?;
    Ok(Development { server: server.into(), tests })
}

/// The server as it is shipped.
pub(crate) fn release(root: &Path) -> Result<PathBuf> {
    web::build(root)?;
    say("Building the server (release; the first time takes some minutes, afterwards seconds)");
    run::check(run::cargo(root).args(["build", "--locked", "--release", "-p", "blob-server"]))?;
    Ok(run::target_dir(root).join("release/siegel"))
}

/// Runs a cargo build in which clippy stands in for the compiler of our own packages, so that linting costs no second
/// build. Any warning fails. Returns cargo's artifacts.
pub(crate) fn with_lints(cargo: &mut Command) -> Result<Vec<Value>> {
    if run::on_path("clippy-driver") {
        cargo.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
    }
    let (mut artifacts, mut warnings) = (Vec::new(), 0_u32);
    let built = run::lines(cargo.args(["--message-format", "json-diagnostic-rendered-ansi"]), |line| {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            return;
        };
        if message["reason"] == "compiler-artifact" {
            artifacts.push(message);
        } else if let Some(text) = message["message"]["rendered"].as_str() {
            warnings += u32::from(message["message"]["level"] == "warning");
            tell(text);
        }
    })?;
    if !built {
        bail!("the build failed; the messages above say why");
    }
    if warnings > 0 {
        bail!("the compiler warned; warnings count as errors here");
    }
    Ok(artifacts)
}

#[allow(clippy::print_stderr, reason = "the compiler's own words belong on the terminal")]
fn tell(text: &str) {
    eprint!("{text}");
}

fn package_name(artifact: &Value) -> Option<String> {
    let manifest = Path::new(artifact["manifest_path"].as_str()?);
    Some(manifest.parent()?.file_name()?.to_str()?.to_owned())
}
