//! What is particular to Firefox: its driver, its settings, and what only its own scripts can tell.

use std::{path::PathBuf, sync::Arc};

use anyhow::Result;
use serde_json::{Value, json};
use thirtyfour::{WebDriver, common::command::ExtensionCommand, prelude::WebDriverResult};
use tokio::process::Command;

use super::{
    Look,
    driver::{Port, Start},
    home::Home,
};

/// Everything that pages, workers and policies had to say since the last time.
const CONSOLE: &str = r"
    const WARNING = 1;
    const said = Services.console.getMessageArray().filter(m => m instanceof Ci.nsIScriptError)
        .filter(m => /^(https?|blob):/.test(m.sourceName) || m.category.startsWith('CSP'))
        .map(m => {
            const uncaught = !(m.flags & WARNING) && /content javascript|worker/i.test(m.category);
            return [m.flags & WARNING ? 'WARNING' : 'SEVERE',
                    `${m.sourceName} ${m.lineNumber}:${m.columnNumber} ${uncaught ? 'Uncaught ' : ''}${m.errorMessage}`];
        });
    Services.console.reset();
    const storage = Cc['@mozilla.org/consoleAPI-storage;1'].getService(Ci.nsIConsoleAPIStorage);
    const logged = storage.getEvents().filter(e => /^(https?|blob):/.test(e.filename))
        .map(e => [e.level, `${e.filename} ${e.arguments.map(String).join(' ')}`]);
    storage.clearEvents();
    return [...said, ...logged];
";

/// Is a download under way?
const SAVING: &str = r"
    const done = arguments[arguments.length - 1];
    const { Downloads } = ChromeUtils.importESModule('resource://gre/modules/Downloads.sys.mjs');
    Downloads.getList(Downloads.ALL).then(list => list.getAll()).then(all => done(all.some(one => !one.stopped)));
";

pub(super) fn start(home: &Home) -> Start {
    let mut command = Command::new(program());
    command
        .args(["--port", "0", "--log", "info", "--allow-system-access", "--profile-root"])
        .arg(home.profile());
    super::home::name_files_in_unicode(&mut command);
    Start { command, port: Port::Printed(port), needs_screen: false }
}

/// `SIEGEL_GECKODRIVER`, which `cargo xtask test` sets to the one it has built, or one on the PATH.
fn program() -> PathBuf {
    std::env::var_os("SIEGEL_GECKODRIVER").map_or_else(|| "geckodriver".into(), PathBuf::from)
}

/// Finds the port in what the driver printed.
fn port(printed: &str) -> Option<u16> {
    let (_, rest) = printed.split_once("Listening on 127.0.0.1:")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

pub(super) fn capabilities(look: &Look, home: &Home) -> Value {
    let binary = std::env::var("SIEGEL_FIREFOX").unwrap_or_else(|_| "/usr/bin/firefox-esr".to_owned());
    json!({
        "browserName": "firefox",
        "moz:firefoxOptions": {
            "binary": binary,
            "args": ["-headless"],
            "prefs": {
                "intl.accept_languages": look.language,
                "layout.css.prefers-color-scheme.content-override": if look.dark { 0 } else { 1 },
                "browser.privatebrowsing.autostart": look.private,
                "dom.indexedDB.privateBrowsing.enabled": !look.private,
                "browser.download.folderList": 2, // the folder named next
                "browser.download.dir": home.downloads(),
                "browser.download.useDownloadDir": true,
                "browser.download.always_ask_before_handling_new_types": false,
                "browser.download.alwaysOpenPanel": false,
            },
        },
    })
}

/// New lines of the console: level and text.
pub(super) async fn console(driver: &WebDriver) -> Result<Vec<(String, String)>> {
    let lines = privileged(driver, async || driver.execute(CONSOLE, Vec::new()).await?.convert()).await?;
    Ok(lines)
}

/// Is the browser still writing a file that it saves? Its name does not tell: an empty file under the final name is
/// there from the beginning.
pub(super) async fn is_saving(driver: &WebDriver) -> Result<bool> {
    let saving =
        privileged(driver, async || driver.execute_async(SAVING, Vec::new()).await?.convert()).await?;
    Ok(saving)
}

/// Runs scripts with the browser's own powers instead of a page's.
async fn privileged<T>(
    driver: &WebDriver,
    scripts: impl AsyncFnOnce() -> WebDriverResult<T>,
) -> WebDriverResult<T> {
    let enter = |context| thirtyfour::common::command::Command::ExtensionCommand(Box::new(Context(context)));
    driver.cmd(enter("chrome")).await?;
    let result = scripts().await;
    driver.cmd(enter("content")).await?;
    result
}

/// Whose scripts run from now on: `chrome` or `content`.
#[derive(Debug)]
struct Context(&'static str);

impl ExtensionCommand for Context {
    fn parameters_json(&self) -> Option<Value> {
        Some(json!({ "context": self.0 }))
    }
    fn method(&self) -> reqwest::Method {
        reqwest::Method::POST
    }
    fn endpoint(&self) -> Arc<str> {
        "/moz/context".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read() {
        assert_eq!(port("1795299389667\tgeckodriver\tINFO\tListening on 127.0.0.1:39189\n"), Some(39189));
        assert_eq!(port("geckodriver\tINFO"), None);
    }
}
