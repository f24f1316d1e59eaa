//! What is particular to WebKitGTK: its little browser is a desktop program, which takes language, download folder and
//! screen from the desktop.

use std::{net::TcpListener, os::unix::fs::symlink, path::PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::process::Command;

use super::{
    Look,
    driver::{Port, Start},
    home::Home,
};

/// The one locale that each Debian has.
const LOCALE: &str = "/usr/lib/locale/C.utf8";

/// Hears from now on what a page's console would show, and returns what was heard since the last time. The browser
/// gives its console to nobody while it is driven. Violations of the policy are told from the page's beginning on.
pub(super) const LISTEN: &str = r"
    if (!window.heard) {
        window.heard = [];
        const violation = v => heard.push(`Content Security Policy: ${v.effectiveDirective} refused ${v.blockedURI || v.blockedURL}`);
        addEventListener('error', e => e.message && heard.push(`Uncaught ${e.message} (${e.filename}:${e.lineno})`));
        addEventListener('unhandledrejection', e => heard.push(`Unhandled rejection: ${e.reason}`));
        new ReportingObserver(reports => reports.forEach(r => violation(r.body)), { types: ['csp-violation'], buffered: true }).observe();
    }
    return window.heard.splice(0);
";

pub(super) fn start(look: &Look, home: &Home) -> Result<Start> {
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let mut command = Command::new("WebKitWebDriver");
    command.arg(format!("--port={port}"));
    let folder = format!("XDG_DOWNLOAD_DIR=\"{}\"\n", home.downloads().display());
    std::fs::write(home.configuration().join("user-dirs.dirs"), folder)?;
    // The engine speaks the language that its locale is named after. What else a locale says is not needed, so that
    // none has to be installed.
    let (locales, locale) = (home.path("locales"), locale(look.language));
    if !locales.exists() {
        std::fs::create_dir(&locales)?;
        symlink(LOCALE, locales.join(locale)).context("naming a locale")?;
    }
    command.env("LOCPATH", locales).env("LANG", locale).env_remove("LC_ALL").env_remove("LANGUAGE");
    Ok(Start { command, port: Port::Given(port), needs_screen: true })
}

fn locale(language: &str) -> &'static str {
    if language == "de" { "de_DE.UTF-8" } else { "en_GB.UTF-8" }
}

pub(super) fn capabilities(look: &Look) -> Value {
    let mut args = vec!["--automation"];
    if look.dark {
        args.push("--dark-mode");
    }
    json!({
        "browserName": "MiniBrowser",
        "webkitgtk:browserOptions": { "binary": binary(), "args": args },
    })
}

/// Debian keeps it with the engine's other programs, in the folder of the machine's architecture.
fn binary() -> PathBuf {
    let folder = format!("/usr/lib/{}-linux-gnu/webkit2gtk-4.1", std::env::consts::ARCH);
    std::env::var_os("SIEGEL_MINIBROWSER")
        .map_or_else(|| PathBuf::from(folder).join("MiniBrowser"), PathBuf::from)
}
