//! One way in: `cargo xtask serve | test | build | dist | pictures | bench | tidy`. Installs what it needs and says what it does.

mod bench;
mod build;
mod css;
mod dist;
mod pictures;
mod run;
mod serve;
mod test;
mod tidy;
mod tools;
mod web;
mod weight;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

/// Builds, runs and proves Siegel.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the product (release) and run it; arguments go to the server, `--help` among them after `--`
    Serve {
        /// For the server: --listen ADDRESS, --data FOLDER, --config FILE, …
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        server: Vec<String>,
    },
    /// Install what is missing and run every test, or only the named journeys
    Test {
        /// Journeys, by the start of their names, such as `level_1`
        names: Vec<String>,
    },
    /// Build web app and server (development profile) without running anything
    Build,
    /// Make the release: one binary that carries the web app, a systemd unit, a reverse-proxy example
    Dist,
    /// Take every picture of README and docs anew, in a real browser
    Pictures,
    /// Measure the product beside others, or only the named parts, and write docs/PERFORMANCE.md
    Bench {
        /// Parts, by the start of their names, such as `upload`
        names: Vec<String>,
    },
    /// Check formatting, the doors between the packages, licences, sources, texts and links
    Tidy,
    /// Run a test that was compiled to WebAssembly (called by cargo)
    #[command(hide = true)]
    WasmTestRunner {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<std::ffi::OsString>,
    },
}

fn main() -> ExitCode {
    match command() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn command() -> Result<()> {
    let root = workspace_root()?;
    match Arguments::parse().command {
        Command::Serve { server } => serve::serve(&root, &server),
        Command::Test { names } => test::test(&root, &names),
        Command::Build => build::development(&root).map(|_| ()),
        Command::Dist => dist::dist(&root),
        Command::Pictures => pictures::pictures(&root),
        Command::Bench { names } => bench::bench(&root, &names),
        Command::Tidy => tidy::tidy(&root),
        Command::WasmTestRunner { arguments } => {
            let program = std::ffi::OsString::from("wasm-bindgen-test-runner");
            wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(
                std::iter::once(program).chain(arguments),
            )
        }
    }
}

/// The folder with the workspace's Cargo.toml.
fn workspace_root() -> Result<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).context("xtask lies in the workspace")
}

/// Tells the person at the terminal what happens now.
#[allow(clippy::print_stdout, reason = "a command-line tool talks to its terminal")]
fn say(text: impl std::fmt::Display) {
    println!("▸ {text}");
}

#[allow(clippy::print_stderr, reason = "a command-line tool talks to its terminal")]
fn complain(error: &anyhow::Error) {
    eprintln!("✗ {error:#}");
}
