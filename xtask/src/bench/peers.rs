//! The product's cryptography beside that of others, in one worker of one browser, by processor time: what other
//! programs do meanwhile changes little.

use std::{
    fs,
    io::{BufRead, BufReader, Lines, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::{run, say, tools};

use super::{
    Figure, Target,
    devtools::{Browser, Page},
    files, process, rounds, siegel,
};

/// The page, its worker and the list of peers.
const SOURCES: &[(&str, &str)] = &[
    ("index.html", include_str!("peers/index.html")),
    ("page.js", include_str!("peers/page.js")),
    ("peers.js", include_str!("peers/peers.js")),
    ("package.json", include_str!("peers/package.json")),
    ("package-lock.json", include_str!("peers/package-lock.json")),
];
/// MiB that one job seals.
const SEALED: f64 = 64.0;

/// A job of the worker and how often it is repeated, so that it takes about a second: times are known to 10 ms.
#[derive(Clone, Copy)]
struct Task(&'static str, u32);

const SEAL: Task = Task("seal_siegel", 16);
const DERIVE: Task = Task("derive_siegel", 4);
const GRANT: Task = Task("grant_siegel", 2);

/// Measures sealing and deriving.
pub(super) fn run(root: &Path, out: &mut dyn FnMut(Figure)) -> Result<()> {
    let folder = build(root)?;
    let port = files::serve(folder)?;
    let mut browser = Browser::start(siegel::scratch(root)?.join(format!("profile-{port}")))?;
    let id = browser.process();
    let mut page = browser.open("")?;
    page.visit(&format!("http://localhost:{port}/index.html"))?;
    page.wait("typeof work === 'function'")?;
    let mut bench = Bench { page, browser: id };
    for (figure, beside, task, target) in [
        ("peers_seal_age", "age-encryption", Task("seal_age", 1), 8.0),
        ("peers_seal_openpgp", "OpenPGP.js", Task("seal_openpgp", 2), 4.0),
    ] {
        let speed = |seconds: f64| SEALED / seconds;
        let pairs = bench.pairs(SEAL, task, speed)?;
        let target = Some(Target::AtLeast(target));
        out(Figure::compared(figure, "MiB/CPU s", beside, &pairs, target));
    }
    for (figure, beside, task, target) in [
        ("peers_derive_hash_wasm", "hash-wasm", Task("derive_hash_wasm", 4), Some(Target::AtMost(0.75))),
        ("peers_derive_libsodium", "libsodium", Task("derive_libsodium", 4), None),
    ] {
        let pairs = bench.pairs(DERIVE, task, |seconds| seconds * 1000.0)?;
        out(Figure::compared(figure, "CPU ms", beside, &pairs, target));
    }
    let mut native = Native::start(root)?;
    let mut pairs = Vec::new();
    for round in 0..=rounds(5) {
        let pair = (bench.seconds(GRANT)? * 1000.0, native.seconds(GRANT.1)? * 1000.0);
        if round > 0 {
            pairs.push(pair);
        }
    }
    let target = Some(Target::AtMost(2.2));
    out(Figure::compared("peers_grant_native", "CPU ms", "the same code, native", &pairs, target));
    Ok(())
}

/// The same granting outside of a browser, in a process that does it once for each line.
struct Native {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Native {
    fn start(root: &Path) -> Result<Self> {
        let example = ["--release", "--package", "crypto-core", "--example", "grant_to_many"];
        run::check(run::cargo(root).args(["build", "--locked"]).args(example))?;
        let program = run::target_dir(root).join("release/examples/grant_to_many");
        let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().context("its input")?;
        let output = BufReader::new(child.stdout.take().context("its output")?).lines();
        let mut native = Self { child, input, output };
        native.line("ready")?;
        Ok(native)
    }

    /// Processor seconds for doing it once.
    fn seconds(&mut self, times: u32) -> Result<f64> {
        let clock = process::Clock::start(&[self.child.id()]);
        for _ in 0..times {
            writeln!(self.input)?;
            self.line("done")?;
        }
        Ok(clock.seconds() / f64::from(times))
    }

    fn line(&mut self, expected: &str) -> Result<()> {
        let line = self.output.next().context("it has ended")??;
        ensure!(line == expected, "it says {line}");
        Ok(())
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        // It fails only when it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Bench<'a> {
    page: Page<'a>,
    browser: u32,
}

impl Bench<'_> {
    /// Both in turn, after a first time that counts for nothing: it compiles what there is to compile.
    fn pairs(&mut self, ours: Task, theirs: Task, figure: impl Fn(f64) -> f64) -> Result<Vec<(f64, f64)>> {
        let mut pairs = Vec::new();
        for round in 0..=rounds(5) {
            let pair = (figure(self.seconds(ours)?), figure(self.seconds(theirs)?));
            if round > 0 {
                pairs.push(pair);
            }
        }
        Ok(pairs)
    }

    /// Processor seconds of the whole renderer for doing a job once: WebCrypto works in threads of its own.
    fn seconds(&mut self, Task(job, times): Task) -> Result<f64> {
        let renderers = process::of_kind(self.browser, "renderer")?;
        let clock = process::Clock::start(&renderers);
        self.page.value(&format!("work('{job}', {times})")).with_context(|| job)?;
        Ok(clock.seconds() / f64::from(times))
    }
}

/// Builds the part of the product that is measured, fetches the peers, and lays both into one folder.
fn build(root: &Path) -> Result<PathBuf> {
    tools::wasm_target()?;
    tools::node()?;
    say("Building what is measured beside others");
    let profile = "wasm-release";
    run::check(run::cargo(root).args([
        "build",
        "--locked",
        "--target",
        "wasm32-unknown-unknown",
        "--profile",
        profile,
        "-p",
        "crypto-worker",
        "--example",
        "measured",
    ]))?;
    let folder = siegel::disk(root)?.join("peers");
    fs::create_dir_all(&folder)?;
    for (name, text) in SOURCES {
        fs::write(folder.join(name), text)?;
    }
    let module =
        run::target_dir(root).join("wasm32-unknown-unknown").join(profile).join("examples/measured.wasm");
    Bindgen::new()
        .input_path(module)
        .out_name("siegel")
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .generate(&folder)?;
    run::check(
        Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
            .stdout(Stdio::null())
            .current_dir(&folder),
    )?;
    run::check(
        Command::new("node_modules/.bin/esbuild")
            .args(["peers.js", "--bundle", "--format=esm", "--external:./siegel.js", "--log-level=warning"])
            .arg("--outfile=peers.bundle.js")
            .current_dir(&folder),
    )?;
    Ok(folder)
}
