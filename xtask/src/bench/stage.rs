//! Where the browser's parts of the bench take place: the product's server, a browser, and someone who uses its pages.

use std::{
    fs::{self, File},
    io::{Read, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use base64ct::{Base64, Encoding};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    devtools::{Browser, Page},
    siegel::Siegel,
};

/// What the product sends at a time: 32 chunks of 256 KiB of plaintext.
pub(super) const PART_BYTES: usize = 8 << 20;
/// What every page runs first.
const PAGE: &str = include_str!("www/page.js");

/// Server and browser, with a first account logged in.
pub(super) struct Stage {
    pub(super) browser: Browser,
    pub(super) siegel: Siegel,
    /// Where the product is for the browser.
    pub(super) origin: String,
}

/// What runs before the product's own scripts.
#[derive(Default)]
pub(super) struct Before {
    /// In the page.
    pub(super) page: &'static str,
    /// In its workers.
    pub(super) workers: Option<&'static str>,
}

/// A file of random bytes, and the SHA-256 of each of its parts as the server takes it. Deleted when dropped.
pub(super) struct Sample {
    pub(super) path: PathBuf,
    pub(super) mib: f64,
    pub(super) digests: Vec<String>,
}

impl Stage {
    /// Starts both with everything they store in this folder, and makes the first account.
    pub(super) fn new(root: &Path, folder: &Path) -> Result<Self> {
        let siegel = Siegel::start(root, folder)?;
        let browser = Browser::start(folder.join(format!("profile-{}", siegel.port())))?;
        let origin = format!("http://localhost:{}", siegel.port());
        let mut stage = Self { browser, siegel, origin };
        stage.set_up()?;
        Ok(stage)
    }

    fn set_up(&mut self) -> Result<()> {
        let address = format!("{}/setup#{}", self.origin, self.siegel.setup_token()?);
        let mut page = self.visit(&address, "main[data-page=setup] #setup-submit", &Before::default())?;
        for (field, text) in [
            ("#setup-name", "Anna Grün"),
            ("#setup-email", "anna@amt.example"),
            ("#new-password", "ein ruhiger Vormittag im Mai"),
            ("#new-password-again", "ein ruhiger Vormittag im Mai"),
        ] {
            page.fill(field, text)?;
        }
        page.value("bench.timed('#setup-submit', 'main[data-page=new]')")?;
        Ok(())
    }

    /// A new tab at an address, once it shows what the selector names.
    pub(super) fn visit(&mut self, address: &str, selector: &str, before: &Before) -> Result<Page<'_>> {
        let mut page = self.browser.open(&format!("{PAGE}\n{}", before.page))?;
        if let Some(script) = before.workers {
            page.in_workers(script)?;
        }
        page.visit(address)?;
        page.wait(&format!("!!document.querySelector({})", json!(selector)))?;
        Ok(page)
    }

    /// A new tab with an empty new delivery.
    pub(super) fn new_delivery(&mut self) -> Result<Page<'_>> {
        self.visit(&format!("{}/new", self.origin), "main[data-page=new] #send", &Before::default())
    }

    /// A new tab with a delivery opened.
    pub(super) fn opened(&mut self, link: &str, before: &Before) -> Result<Page<'_>> {
        let mut page = self.visit(link, "main[data-page=open] #open", before)?;
        page.fill("#recipient-email", "bert@example.org")?;
        page.value("bench.timed('#open', 'main[data-page=delivery]')")?;
        Ok(page)
    }
}

impl Page<'_> {
    /// Replaces the text of a field.
    pub(super) fn fill(&mut self, field: &str, text: &str) -> Result<()> {
        self.value(&format!("bench.fill({}, {})", json!(field), json!(text))).map(|_| ())
    }

    /// Fills in a new delivery with this file.
    pub(super) fn compose(&mut self, file: &Path) -> Result<()> {
        self.fill("#subject", "Bench")?;
        self.choose("#files", &[file])?;
        self.wait("!!document.querySelector('#chosen .file-row')")
    }

    /// Milliseconds from pressing “send” until the page shows the link.
    pub(super) fn send(&mut self) -> Result<f64> {
        self.number("bench.timed('#send', 'main[data-page=sent]')")
    }

    /// The link that the page shows.
    pub(super) fn link(&mut self) -> Result<String> {
        let link = self.value("document.querySelector('#link').value")?;
        link.as_str().map(str::to_owned).context("the page shows a link")
    }

    /// Milliseconds from pressing “save” until the page says that the file is saved. The browser itself is told to
    /// write nothing into its download folder: that would be the same work for every page of the web.
    pub(super) fn save(&mut self) -> Result<f64> {
        self.call("Browser.setDownloadBehavior", json!({ "behavior": "deny" }))?;
        let row = "#received .file-row[data-index='0']";
        self.number(&format!(r#"bench.timed("{row} .file-save", "{row}[data-state=saved]")"#))
    }

    /// What the browser sends as `Cookie` to where it is.
    pub(super) fn cookies(&mut self) -> Result<String> {
        let answer = self.call("Network.getCookies", json!({}))?;
        let cookies = answer["cookies"].as_array().context("a list of cookies")?;
        let pair =
            |cookie: &Value| Some(format!("{}={}", cookie["name"].as_str()?, cookie["value"].as_str()?));
        Ok(cookies.iter().filter_map(pair).collect::<Vec<_>>().join("; "))
    }

    /// Deletes a delivery of this account, by its link.
    pub(super) fn delete(&mut self, link: &str) -> Result<()> {
        let (_, rest) = link.rsplit_once("/d/").context("a link has a delivery")?;
        let id = rest.split('#').next().unwrap_or_default();
        self.value(&format!("bench.ask('DELETE', '/api/deliveries/{id}').then(() => true)")).map(|_| ())
    }
}

impl Sample {
    /// Writes a file of so many MiB into a folder.
    pub(super) fn new(folder: &Path, mib: u32) -> Result<Self> {
        let path = folder.join(format!("sample-{mib}"));
        let mut random = File::open("/dev/urandom")?;
        let mut file = File::create(&path)?;
        let mut part = vec![0; PART_BYTES];
        let mut digests = Vec::new();
        for _ in 0..mib / 8 {
            random.read_exact(&mut part)?;
            file.write_all(&part)?;
            digests.push(Base64::encode_string(&Sha256::digest(&part)));
        }
        Ok(Self { path, mib: f64::from(mib), digests })
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
