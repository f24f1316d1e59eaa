//! The engines, and what differs between them: a file for each says how it starts.

use std::{fmt, path::Path};

use anyhow::Result;
use serde_json::Value;

use super::{Look, chromium, driver::Start, firefox, home::Home, webkit};

/// Whose browser it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Chromium: all that the harness can do.
    Chromium,
    /// Firefox ESR: no phone, no other host names, no measuring of long tasks, no folder from the picker itself.
    Firefox,
    /// WebKitGTK's `MiniBrowser`: as Firefox; moreover no private file system, and a console that is only heard once
    /// a page has loaded.
    WebKit,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
            Self::WebKit => "WebKitGTK",
        })
    }
}

impl Engine {
    /// How its driver is started; what the driver itself can log goes to `log`.
    pub(super) fn start(self, look: &Look, home: &Home, log: &Path) -> Result<Start> {
        match self {
            Self::Chromium => Ok(chromium::start(log)),
            Self::Firefox => Ok(firefox::start(home)),
            Self::WebKit => webkit::start(look, home),
        }
    }

    /// What is asked of the driver: a fresh profile that saves without asking.
    pub(super) fn capabilities(self, look: &Look, home: &Home) -> Value {
        match self {
            Self::Chromium => chromium::capabilities(look, home),
            Self::Firefox => firefox::capabilities(look, home),
            Self::WebKit => webkit::capabilities(look),
        }
    }

    /// How the name of a file ends, or begins, that is not complete yet.
    pub(super) fn is_unfinished(self, name: &str) -> bool {
        match self {
            Self::Chromium => name.ends_with(".crdownload") || name.starts_with('.'),
            Self::Firefox => name.ends_with(".part"),
            Self::WebKit => name.ends_with(".wkdownload"),
        }
    }
}
