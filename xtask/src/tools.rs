//! What a fresh Debian machine with rustup lacks, and how it gets it.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, Result, bail};

use crate::{run, say};

/// The wasm target of the Rust toolchain in use.
pub(crate) fn wasm_target() -> Result<()> {
    let folder = run::output(Command::new("rustc").args([
        "--print",
        "target-libdir",
        "--target",
        "wasm32-unknown-unknown",
    ]))?;
    if Path::new(folder.trim()).exists() {
        return Ok(());
    }
    say("Adding WebAssembly to the Rust toolchain (rustup target add wasm32-unknown-unknown)");
    run::check(Command::new("rustup").args(["target", "add", "wasm32-unknown-unknown"]))
        .context("WebAssembly is missing; install rustup, or your distribution's wasm32-unknown-unknown standard library")
}

/// The style sheet and fonts of KERN-UX, pdf.js, and axe-core for the tests, in the versions of package-lock.json.
pub(crate) fn node_packages(root: &Path) -> Result<()> {
    // Times tell nothing: a checkout makes a lock younger that is the same, and a merge one older that is not.
    let wanted = std::fs::read(root.join("package-lock.json"))?;
    let installed = root.join("node_modules/.siegel-lock.json");
    if std::fs::read(&installed).is_ok_and(|lock| lock == wanted) {
        return Ok(());
    }
    node()?;
    say("Fetching style sheet and fonts (npm ci)");
    run::check(
        Command::new("npm")
            // pdf.js can draw in Node.js with a package for each system. We never do: package.json puts another package, which
            // is there anyway, in its place, and this leaves it out.
            .args([
                "ci",
                "--omit=optional",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
            ])
            .current_dir(root),
    )?;
    // Last, so that what was broken off begins anew.
    Ok(std::fs::write(&installed, wanted)?)
}

/// Node.js with npm, for tools of the bench.
pub(crate) fn node() -> Result<()> {
    debian_packages(&[("npm", "npm")])
}

/// The web server that the bench compares ours with.
pub(crate) fn nginx() -> Result<()> {
    debian_packages(&[("nginx", "nginx")])
}

/// Firefox's driver, the one program that Debian does not package.
const GECKODRIVER: &str = "0.37.1";

/// What the tests need besides a toolchain.
pub(crate) struct ForTests {
    /// Firefox's driver.
    pub(crate) geckodriver: PathBuf,
    /// The program that holds the description of the API against the server.
    pub(crate) schemathesis: PathBuf,
}

/// Installs whatever the tests lack. It is mostly waiting, and done beside the build.
pub(crate) fn for_tests(root: &Path) -> Result<ForTests> {
    browsers()?;
    mail_server()?;
    Ok(ForTests { schemathesis: schemathesis(root)?, geckodriver: geckodriver(root)? })
}

/// The browsers, their drivers and fonts for the end-to-end tests.
pub(crate) fn browsers() -> Result<()> {
    debian_packages(&[
        ("chromium", "chromium"),
        ("chromedriver", "chromium-driver"),
        ("firefox-esr", "firefox-esr"),
        ("WebKitWebDriver", "webkit2gtk-driver"),
        ("Xvfb", "xvfb"),
        ("fc-list", "fontconfig"),
        ("unzip", "unzip"),
    ])?;
    let fonts = run::output(Command::new("fc-list").args([":", "family"]))?;
    let missing: Vec<_> =
        [("DejaVu Sans", "fonts-dejavu-core"), ("Noto Color Emoji", "fonts-noto-color-emoji")]
            .into_iter()
            .filter(|(family, _)| !fonts.contains(family))
            .map(|(_, package)| package)
            .collect();
    apt(&missing)
}

/// The mail server for the end-to-end tests. Installing it starts nothing.
fn mail_server() -> Result<()> {
    // Programs for administrators are not on everyone's PATH.
    let missing: Vec<_> = [
        ("/usr/sbin/postfix", "postfix"),
        ("/usr/sbin/dovecot", "dovecot-core"),
        ("/usr/lib/dovecot/lmtp", "dovecot-lmtpd"),
        ("/usr/bin/openssl", "openssl"),
    ]
    .into_iter()
    .filter(|(program, _)| !Path::new(program).exists())
    .map(|(_, package)| package)
    .collect();
    let quiet = (!missing.is_empty()).then(Quiet::begin);
    let installed = apt(&missing);
    drop(quiet);
    installed
}

/// While it lives, packages that are installed start no services: Debian asks this file first. It exists on machines
/// where somebody has decided that already.
struct Quiet {
    ours: bool,
}

impl Quiet {
    const POLICY: &str = "/usr/sbin/policy-rc.d";

    fn begin() -> Self {
        // Without root's rights nothing is installed either, and that is what its user is told.
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        let ours = !Path::new(Self::POLICY).exists()
            && std::fs::write(Self::POLICY, "#!/bin/sh\nexit 101\n").is_ok()
            && std::fs::set_permissions(Self::POLICY, executable).is_ok();
        Self { ours }
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if self.ours {
            // It can be removed by hand; nothing else depends on it.
            let _ = std::fs::remove_file(Self::POLICY);
        }
    }
}

/// Firefox's driver, built once for this user and version: it costs minutes.
fn geckodriver(root: &Path) -> Result<PathBuf> {
    let folder = cache()?.join(format!("geckodriver-{GECKODRIVER}"));
    let program = folder.join("bin/geckodriver");
    if program.is_file() {
        return Ok(program);
    }
    say("Building Firefox's driver (cargo install geckodriver; once, a minute or two)");
    // It only passes messages on: a build without optimisation takes half the time and drives as fast.
    run::check(
        run::cargo(root)
            .args(["install", "geckodriver", "--debug", "--locked", "--version", GECKODRIVER, "--root"])
            .arg(&folder)
            .env("CARGO_PROFILE_DEV_DEBUG", "0"),
    )?;
    Ok(program)
}

/// The packages of schemathesis, all of them in one version.
const SCHEMATHESIS: &str = include_str!("../schemathesis.txt");

/// The program that holds the description of the API against the server, in a folder of its own below `target/`.
fn schemathesis(root: &Path) -> Result<PathBuf> {
    let folder = run::target_dir(root).join("tools/schemathesis");
    let (installed, program) = (folder.join("installed.txt"), folder.join("bin/schemathesis"));
    if std::fs::read_to_string(&installed).is_ok_and(|list| list == SCHEMATHESIS) {
        return Ok(program);
    }
    debian_packages(&[("python3", "python3")])?;
    // Debian splits this off Python, so that there may be one without the other.
    let complete = run::output(Command::new("python3").args(["-c", "import ensurepip"])).is_ok();
    if !complete {
        apt(&["python3-venv"])?;
    }
    say("Installing schemathesis into target/tools (pip; once)");
    run::check(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let pip = folder.join("bin/pip");
    let list = root.join("xtask/schemathesis.txt");
    run::check(
        Command::new(pip).args(["install", "--quiet", "--disable-pip-version-check", "-r"]).arg(list),
    )?;
    // Last, so that what was broken off begins anew.
    std::fs::write(&installed, SCHEMATHESIS)?;
    Ok(program)
}

/// What outlives a `cargo clean` and serves every checkout.
fn cache() -> Result<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    Ok(cache.context("neither HOME nor XDG_CACHE_HOME says where to keep tools")?.join("siegel"))
}

/// Installs the packages of those programs that are not on the PATH.
fn debian_packages(programs: &[(&str, &str)]) -> Result<()> {
    let missing: Vec<_> =
        programs.iter().filter(|(program, _)| !run::on_path(program)).map(|(_, package)| *package).collect();
    apt(&missing)
}

/// Held while packages are installed. Debian's lists of packages are fetched once, for all that is missing.
static LISTS_ARE_FRESH: Mutex<bool> = Mutex::new(false);

fn apt(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    let root = run::output(Command::new("id").arg("-u"))?.trim() == "0";
    if !root || !run::on_path("apt-get") {
        bail!(
            "missing on this machine: {list}. Please install it (on Debian: sudo apt-get install {list}) and start again"
        );
    }
    say(format!("Installing {list} (apt-get)"));
    let apt_get = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-o", "DPkg::Lock::Timeout=600"]);
        command
    };
    let mut are_fresh = LISTS_ARE_FRESH.lock().unwrap_or_else(PoisonError::into_inner);
    if !*are_fresh {
        run::check(apt_get().arg("update"))?;
        *are_fresh = true;
    }
    run::check(
        apt_get()
            .args(["install", "-y", "--no-install-recommends"])
            .args(packages)
            .stdout(std::process::Stdio::null()),
    )
}
