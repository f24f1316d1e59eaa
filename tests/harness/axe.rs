//! axe-core in the page: what it finds wrong for people who see, hear or move differently.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::browser::Browser;

/// Rules of WCAG 2.2, levels A and AA, and axe's best practices.
const RUN: &str = r"
    const found = await axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        resultTypes: ['violations'],
        iframes: false,
    });
    return found.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.target.join(' ') + ' — ' + n.failureSummary));
";

/// What axe finds wrong with the page that is shown, or with the frame that was entered; nothing, if it is well.
///
/// # Errors
/// When axe-core is not installed (`npm ci`), or fails.
pub async fn findings(browser: &Browser) -> Result<Vec<String>> {
    let path = crate::workspace().join("node_modules/axe-core/axe.min.js");
    let source = std::fs::read_to_string(path).context("reading axe-core (npm ci installs it)")?;
    if browser.script("return typeof axe", &[]).await? == "undefined" {
        browser.script(&source, &[]).await.context("loading axe-core into the page")?;
    }
    let found = browser.script_async(RUN, &[]).await?;
    let text = |finding: &Value| finding.as_str().map(str::to_owned);
    found.as_array().and_then(|list| list.iter().map(text).collect()).context("a list of findings")
}
