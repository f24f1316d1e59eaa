//! Texts: every language has every key, every link in the documentation leads somewhere, nothing names this machine.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result};
use serde_json::Value;

use super::Tree;

pub(super) fn check(tree: &Tree, wrong: &mut Vec<String>) -> Result<()> {
    for folder in ["www/locales/", "blob-server/locales/"] {
        languages(tree, folder, wrong)?;
    }
    for (path, text) in tree.below("", ".md") {
        links(&tree.root, path, text, wrong);
    }
    Ok(())
}

/// All language files of a folder have the same keys, none empty, with the same placeholders.
fn languages(tree: &Tree, folder: &str, wrong: &mut Vec<String>) -> Result<()> {
    let mut files = Vec::new();
    for (path, text) in tree.below(folder, ".json") {
        let mut keys = BTreeMap::new();
        flatten("", &serde_json::from_str(text).with_context(|| path.to_owned())?, &mut keys);
        files.push((path, keys));
    }
    let Some((first, wanted)) = files.first() else {
        wrong.push(format!("{folder} has no language"));
        return Ok(());
    };
    for (path, keys) in &files {
        for (key, text) in keys.iter().filter(|(_, text)| text.trim().is_empty()) {
            wrong.push(format!("{path}: {key} is empty: {text:?}"));
        }
        for key in wanted.keys().filter(|key| !keys.contains_key(*key)) {
            wrong.push(format!("{path}: {key} is missing"));
        }
        for (key, text) in keys {
            match wanted.get(key) {
                None => wrong.push(format!("{first}: {key} is missing")),
                Some(other) if placeholders(other) != placeholders(text) => {
                    wrong.push(format!("{path}: {key} has other placeholders than {first}"));
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}

fn flatten(prefix: &str, value: &Value, keys: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                flatten(&name, value, keys);
            }
        }
        value => {
            keys.insert(prefix.to_owned(), value.as_str().unwrap_or_default().to_owned());
        }
    }
}

fn placeholders(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> =
        text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
    found.sort_unstable();
    found
}

/// Relative links of a Markdown file.
fn links(root: &Path, path: &str, text: &str, wrong: &mut Vec<String>) {
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    for (number, line) in text.lines().enumerate() {
        for rest in line.split("](").skip(1) {
            let target = rest.split([')', '#', ' ']).next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            if !root.join(folder).join(target).exists() {
                wrong.push(format!("{path}:{}: {target} does not exist", number + 1));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::placeholders;

    #[test]
    fn placeholders_are_compared_without_order() {
        assert_eq!(placeholders("{a} of {b}"), placeholders("{b} von {a}"));
        assert_ne!(placeholders("{a}"), placeholders("{b}"));
    }
}
