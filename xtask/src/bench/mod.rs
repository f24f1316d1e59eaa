//! `cargo xtask bench`: how fast the product is, beside something else that does the same work in the same run.
//!
//! Each figure is printed as one line of JSON. docs/PERFORMANCE.md says what they mean.

mod beside;
mod devtools;
mod figure;
mod files;
mod first_load;
mod http;
mod memory;
mod nginx;
mod peers;
mod plot;
mod process;
mod relay;
mod report;
mod server;
mod siegel;
mod stage;
mod transfer;

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};

use crate::tools;

use figure::{Figure, Target};

/// Measures one part and hands over each figure as soon as it is known.
type Part = fn(&Path, &mut dyn FnMut(Figure)) -> Result<()>;

/// Every part by the name that `cargo xtask bench NAME` takes.
const PARTS: &[(&str, Part)] = &[
    ("upload", transfer::upload),
    ("download", transfer::download),
    ("load", first_load::run),
    ("memory", memory::run),
    ("peers", peers::run),
    ("server", server::run),
];

/// Runs all parts, or those whose names start so, and renews docs/PERFORMANCE.md.
pub(crate) fn bench(root: &Path, names: &[String]) -> Result<()> {
    let chosen: Vec<_> = PARTS
        .iter()
        .filter(|(part, _)| names.is_empty() || names.iter().any(|name| part.starts_with(name.as_str())))
        .collect();
    let known: Vec<_> = PARTS.iter().map(|(part, _)| *part).collect();
    ensure!(!chosen.is_empty(), "no part of the bench is called so; there are {}", known.join(", "));
    tools::browsers()?;
    let load = fs::read_to_string("/proc/loadavg")?;
    crate::say(format!(
        "This machine's load is {load}; figures count only where nothing else runs",
        load = load.trim()
    ));
    let mut figures = Vec::new();
    for (part, run) in chosen {
        run(root, &mut |figure| {
            print(&figure);
            figures.push(figure);
        })
        .with_context(|| format!("measuring {part}"))?;
    }
    if trial().is_none() {
        report::update(root, figures)?;
    }
    Ok(())
}

#[allow(clippy::print_stdout, reason = "the figures are what this command is for")]
fn print(figure: &Figure) {
    // A figure consists of numbers and texts, which JSON can always write.
    println!("{}", serde_json::to_string(figure).unwrap_or_default());
}

/// How many rounds a figure takes: `usual`, except in a trial.
fn rounds(usual: usize) -> usize {
    trial().unwrap_or(usual)
}

/// `SIEGEL_BENCH_ROUNDS`: the number of rounds of a trial, which prints its figures but writes no documentation.
fn trial() -> Option<usize> {
    std::env::var("SIEGEL_BENCH_ROUNDS").ok()?.parse().ok()
}
