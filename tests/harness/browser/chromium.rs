//! What is particular to Chromium: how its driver starts, and its capabilities.

use std::path::Path;

use serde_json::{Value, json};
use tokio::process::Command;

use super::{
    Look,
    driver::{Port, Start},
    home::Home,
};

pub(super) fn start(log: &Path) -> Start {
    let program = std::env::var("SIEGEL_CHROMEDRIVER").unwrap_or_else(|_| "/usr/bin/chromedriver".to_owned());
    let mut command = Command::new(program);
    command.arg("--port=0").arg(format!("--log-path={}", log.display()));
    super::home::name_files_in_unicode(&mut command);
    Start { command, port: Port::Printed(port), needs_screen: false }
}

/// Finds the port in what the driver printed.
fn port(printed: &str) -> Option<u16> {
    let (_, rest) = printed.split_once("started successfully on port ")?;
    rest.trim_start().split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// A fresh profile that downloads without asking and speaks to no host but the one under test.
pub(super) fn capabilities(look: &Look, home: &Home) -> Value {
    let mut args = vec![
        "--headless".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-quic".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--no-first-run".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        format!("--window-size={},{}", look.width, look.height),
        format!("--lang={}", look.language),
        format!("--user-data-dir={}", home.profile().display()),
    ];
    if rustix::process::geteuid().is_root() {
        args.push("--no-sandbox".to_owned());
    }
    if let Some(rules) = look.hosts {
        args.push(format!("--host-resolver-rules={rules}"));
    }
    let binary = std::env::var("SIEGEL_CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    let mut capabilities = json!({
        "browserName": "chrome",
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": {
            "binary": binary,
            "args": args,
            "prefs": {
                "intl.accept_languages": look.language,
                "download.default_directory": home.downloads(),
                "download.prompt_for_download": false,
                "safebrowsing.enabled": false,
                "profile.default_content_setting_values.automatic_downloads": 1,
            },
        },
    });
    if look.asked {
        capabilities["unhandledPromptBehavior"] = json!({ "beforeUnload": "ignore" });
        // Without it the driver answers by itself all the same.
        capabilities["webSocketUrl"] = json!(true);
    }
    capabilities
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read() {
        let printed = "Starting ChromeDriver 1.2\nChromeDriver was started successfully on port 40123.\n";
        assert_eq!(port(printed), Some(40123));
        assert_eq!(port("Starting"), None);
    }
}
