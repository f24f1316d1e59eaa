//! What the page behind a link may weigh: most people see only that one, once, and often on a phone.

use std::{env, fs, path::Path};

use anyhow::{Context, Result, bail};

use crate::say;

/// Most bytes, compressed, that a browser is sent before that page can be used, answers of the API aside. To raise this is to
/// let everybody who gets a link wait longer: what only members need belongs to their half.
const MOST: u64 = 410_000;
/// The half of the web app that the page belongs to; all of it is loaded.
const HALF: &str = "guest-";
/// Settings of the environment that make cargo build faster and larger.
const OTHER_PROFILE: &str = "CARGO_PROFILE_WASM_RELEASE_";

/// Fails when the web app in this folder makes the page too heavy. Of a web app built by another profile it says nothing.
pub(crate) fn check(web: &Path) -> Result<()> {
    if !counts() {
        return Ok(());
    }
    let parts = first_load(web)?;
    let sum: u64 = parts.iter().map(|(_, bytes)| bytes).sum();
    let told = format!("The page behind a link weighs {} kB of at most {} kB", sum / 1000, MOST / 1000);
    if sum > MOST {
        let parts: Vec<_> = parts.iter().map(|(name, bytes)| format!("{bytes:>9}  {name}")).collect();
        bail!("{told}: move what only members need to their half.\n{}", parts.join("\n"));
    }
    say(&told);
    Ok(())
}

/// Is this the profile that is delivered, so that sizes mean something?
pub(crate) fn counts() -> bool {
    !env::vars_os().any(|(name, _)| name.to_string_lossy().starts_with(OTHER_PROFILE))
}

/// Everything that the page loads, and how many bytes of it are sent; the largest first.
fn first_load(web: &Path) -> Result<Vec<(String, u64)>> {
    let index = format!("{HALF}index.html");
    let page = fs::read_to_string(web.join(&index)).with_context(|| format!("reading {index}"))?;
    let mut parts = vec![(index.clone(), sent(&web.join(&index))?)];
    for entry in fs::read_dir(web.join("assets"))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).context("an asset's name is not UTF-8")?;
        let is_copy = [".br", ".gz"].iter().any(|suffix| name.ends_with(suffix));
        if !is_copy && (name.starts_with(HALF) || page.contains(name)) {
            parts.push((name.to_owned(), sent(&path)?));
        }
    }
    parts.sort_by(|(name, bytes), (other, most)| most.cmp(bytes).then_with(|| name.cmp(other)));
    Ok(parts)
}

/// As browsers ask for it: compressed, where that was worth it.
fn sent(path: &Path) -> Result<u64> {
    let compressed = path.with_added_extension("br");
    let path = if compressed.exists() { &compressed } else { path };
    Ok(path.metadata().with_context(|| format!("looking at {}", path.display()))?.len())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_loads_is_counted_as_it_is_sent() {
        let web = env::temp_dir().join(format!("siegel-weight-{}", std::process::id()));
        fs::create_dir_all(web.join("assets")).unwrap();
        let write = |name: &str, text: &str| fs::write(web.join(name), text).unwrap();
        let page = "<link href=\"/assets/text-1.woff2\">";
        write("guest-index.html", page);
        write("assets/text-1.woff2", "12345");
        write("assets/other-1.woff2", "not mentioned");
        write("assets/guest-app-1.js", "long before it was compressed");
        write("assets/guest-app-1.js.br", "short");
        write("assets/guest-app-1.js.gz", "shorter");
        write("assets/member-app-1.js", "of the other half");
        let parts = first_load(&web).unwrap();
        let counted: Vec<_> = parts.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
        assert_eq!(
            counted,
            [("guest-index.html", page.len() as u64), ("guest-app-1.js", 5), ("text-1.woff2", 5)]
        );
        fs::remove_dir_all(web).unwrap();
    }
}
