//! `cargo xtask test`: everything, or the named journeys.

use std::{
    path::{Path, PathBuf},
    process::Command,
    thread::{self, ScopedJoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};

use crate::{
    build::{self, Development},
    run, say, tidy,
    tools::{self, ForTests},
};

/// How many of the longest journeys are told.
const LONGEST: usize = 12;
/// What takes at least so long is told.
const WORTH_TELLING: Duration = Duration::from_secs(10);

/// How many tests passed and failed so far, and which programs had failures.
#[derive(Default)]
struct Score {
    passed: u32,
    failed: u32,
    broken: Vec<String>,
    /// What was done, and how long it took.
    spent: Vec<(String, Duration)>,
}

/// The test of the server that needs a program of its own, and is run like a journey.
const DESCRIPTION: &str = "openapi_schemathesis";

/// Runs all tests, or, with names, the journeys that start with them. The last line is `N passed, N failed`.
pub(crate) fn test(root: &Path, names: &[String]) -> Result<()> {
    let mut score = Score::default();
    let is_all = names.is_empty();
    let (built, tools) = thread::scope(|scope| -> Result<_> {
        let tools = scope.spawn(|| tools::for_tests(root));
        if is_all {
            score.spend("tidy", || tidy::tidy(root))?;
        }
        let built = score.spend("the build", || build::development(root))?;
        Ok((built, score.spend("what the machine lacked", || joined(tools))?))
    })?;
    let is_description = |name: &String| name.starts_with("openapi");
    if is_all {
        native(root, &built, &mut score)?;
        // Both are mostly busy with one thing at a time.
        let other = thread::scope(|scope| -> Result<_> {
            let other = scope.spawn(|| description(root, &built, &tools));
            in_browser(root, &mut score)?;
            joined(other)
        })?;
        score.add(other);
    } else if names.iter().any(is_description) {
        score.add(description(root, &built, &tools)?);
        if names.iter().all(is_description) {
            return finish(&score);
        }
    }
    let mut program = Command::new(journeys(&built)?);
    program
        .args(names)
        .args(["--test-threads", "2"])
        .current_dir(root.join("tests"))
        .env("SIEGEL_BIN", &built.server)
        .env("SIEGEL_GECKODRIVER", tools.geckodriver);
    say("Journeys: real browsers against the real server");
    let durations = root.join("target/journeys/durations.txt");
    if durations.exists() {
        std::fs::remove_file(&durations)?;
    }
    score.run("journeys", &mut program)?;
    show_longest(&durations)?;
    finish(&score)
}

/// Tells which journeys took longest: what is worth making shorter.
fn show_longest(durations: &Path) -> Result<()> {
    if !durations.exists() {
        return Ok(()); // no journey ran
    }
    let list = std::fs::read_to_string(durations)?;
    let mut lines: Vec<_> = list.lines().collect();
    lines.sort_unstable_by(|one, other| other.cmp(one));
    say("The longest journeys");
    lines.into_iter().take(LONGEST).for_each(show);
    Ok(())
}

/// The program with the end-to-end tests.
pub(crate) fn journeys(built: &Development) -> Result<PathBuf> {
    let journeys = built.tests.iter().find(|(_, path)| file_name(path).starts_with("journeys"));
    Ok(journeys.context("the build made no journeys")?.1.clone())
}

fn native(root: &Path, built: &Development, score: &mut Score) -> Result<()> {
    for (package, program) in built.tests.iter().filter(|(_, path)| !file_name(path).starts_with("journeys"))
    {
        let name = format!("{package}: {}", file_name(program).rsplit_once('-').map_or("", |(name, _)| name));
        say(&name);
        score.run(&name, Command::new(program).arg("--quiet").current_dir(package_dir(root, package)?))?;
    }
    say("Examples in the documentation");
    score.run(
        "documentation",
        run::cargo(root)
            .args(["test", "--locked", "--quiet", "--doc"])
            .args(build::NATIVE)
            .env("RUSTC_WORKSPACE_WRAPPER", wrapper()),
    )?;
    say("xtask");
    score.run("xtask", run::cargo(root).args(["test", "--locked", "--quiet", "-p", "xtask"]))
}

/// What the server says of its API, held against the server by schemathesis.
fn description(root: &Path, built: &Development, tools: &ForTests) -> Result<Score> {
    let mut score = Score::default();
    say("The description of the API, held against the server");
    let server = built.tests.iter().find(|(_, path)| file_name(path).starts_with("server-"));
    let (package, program) = server.context("the build made no tests of the server")?;
    let mut program = Command::new(program);
    program.args(["--ignored", DESCRIPTION]).current_dir(package_dir(root, package)?);
    score.run(DESCRIPTION, program.env("SIEGEL_SCHEMATHESIS", &tools.schemathesis))?;
    Ok(score)
}

/// The worker's tests, compiled to WebAssembly and run in Chromium.
fn in_browser(root: &Path, score: &mut Score) -> Result<()> {
    say("crypto-worker in Chromium");
    let runner = std::env::current_exe()?;
    score.run(
        "crypto-worker in Chromium",
        run::cargo(root)
            .args([
                "test",
                "--locked",
                "--target",
                "wasm32-unknown-unknown",
                "--profile",
                "wasm-release",
                "-p",
                "crypto-worker",
                // Named with the others, it takes most packages as the build has made them.
                "-p",
                "web-app",
                "--test",
                "vectors",
            ])
            .env(
                "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
                format!("{} wasm-test-runner", runner.display()),
            )
            .env("WASM_BINDGEN_USE_BROWSER", "1")
            .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
            .env("CHROMEDRIVER", "chromedriver"),
    )
}

/// The same compiler wrapper as the build used, or cargo would compile our packages again.
fn wrapper() -> &'static str {
    if run::on_path("clippy-driver") { "clippy-driver" } else { "" }
}

/// What came of a thread.
fn joined<T>(thread: ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().map_err(|_| anyhow!("a thread panicked"))?
}

impl Score {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.broken.extend(other.broken);
        self.spent.extend(other.spent);
    }

    /// Does something, and notes how long it takes.
    fn spend<T>(&mut self, name: &str, task: impl FnOnce() -> Result<T>) -> Result<T> {
        let begun = Instant::now();
        let done = task();
        self.spent.push((name.to_owned(), begun.elapsed()));
        done
    }

    fn run(&mut self, name: &str, command: &mut Command) -> Result<()> {
        let (before, begun) = (self.failed, Instant::now());
        let succeeded = run::lines(command, |line| {
            show(line);
            let (passed, failed) = counts(line);
            self.passed += passed;
            self.failed += failed;
        })?;
        self.spent.push((name.to_owned(), begun.elapsed()));
        if !succeeded {
            // A program that died counts as one failure even if it could not say so.
            self.failed = self.failed.max(before + 1);
            self.broken.push(name.to_owned());
        }
        Ok(())
    }
}

/// Reads `test result: ok. 3 passed; 1 failed; …`.
fn counts(line: &str) -> (u32, u32) {
    let Some((_, result)) = line.split_once("test result: ") else {
        return (0, 0);
    };
    let number = |word: &str| {
        let (before, _) = result.split_once(word)?;
        before.trim_end().rsplit(' ').next()?.parse().ok()
    };
    (number(" passed").unwrap_or(0), number(" failed").unwrap_or(0))
}

fn finish(score: &Score) -> Result<()> {
    for (name, spent) in score.spent.iter().filter(|(_, spent)| *spent >= WORTH_TELLING) {
        show(&format!("{:4} s for {name}", spent.as_secs()));
    }
    for name in &score.broken {
        show(&format!("failed: {name}"));
    }
    show(&format!("{} passed, {} failed", score.passed, score.failed));
    if score.failed > 0 {
        bail!("not everything passed");
    }
    if score.passed == 0 {
        bail!("no test has this name");
    }
    Ok(())
}

fn package_dir(root: &Path, package: &str) -> Result<PathBuf> {
    ["", "blob-server", "web-app"]
        .iter()
        .map(|folder| root.join(folder).join(package))
        .find(|path| path.join("Cargo.toml").exists())
        .with_context(|| format!("no package folder {package}"))
}

fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

#[allow(clippy::print_stdout, reason = "a command-line tool talks to its terminal")]
fn show(line: &str) {
    println!("{line}");
}

#[cfg(test)]
mod tests {
    use super::counts;

    #[test]
    fn reads_what_test_programs_print() {
        assert_eq!(counts("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured"), (12, 0));
        assert_eq!(counts("test result: FAILED. 7 passed; 3 failed; 0 ignored"), (7, 3));
        assert_eq!(counts("test level_1 ... ok"), (0, 0));
    }
}
