//! `cargo xtask bench`: how fast the product is, beside something else that does the same work in the same run.
//!
//! Each figure is printed as one line of JSON. docs/PERFORMANCE.md says what they mean.

mod devtools;
mod figure;
mod files;
mod first_load;
mod memory;
mod peers;
mod process;
mod relay;
mod siegel;
mod stage;
mod transfer;

use std::path::Path;

use anyhow::{Result, ensure};

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
];

/// Runs all parts, or those whose names start so.
pub(crate) fn bench(root: &Path, names: &[String]) -> Result<()> {
    let chosen: Vec<_> = PARTS
        .iter()
        .filter(|(part, _)| names.is_empty() || names.iter().any(|name| part.starts_with(name.as_str())))
        .collect();
    ensure!(
        !chosen.is_empty(),
        "no part is called so; there are {:?}",
        PARTS.iter().map(|(part, _)| part).collect::<Vec<_>>()
    );
    let mut failed = None;
    for (_, run) in chosen {
        run(root, &mut |figure| {
            if let Err(error) = print(&figure) {
                failed.get_or_insert(error);
            }
        })?;
    }
    failed.map_or(Ok(()), Err)
}

#[allow(clippy::print_stdout, reason = "the figures are what this command is for")]
fn print(figure: &Figure) -> Result<()> {
    println!("{}", serde_json::to_string(figure)?);
    Ok(())
}

/// How many rounds a figure takes: `usual`, unless `SIEGEL_BENCH_ROUNDS` says another number.
fn rounds(usual: usize) -> usize {
    std::env::var("SIEGEL_BENCH_ROUNDS").ok().and_then(|number| number.parse().ok()).unwrap_or(usual)
}
