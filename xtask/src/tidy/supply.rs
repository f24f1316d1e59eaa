//! Licences, bans and sources of dependencies, by the rules of deny.toml.
//!
//! `cargo deny check bans licenses sources` reads the same file; this check needs no further program, so it runs with
//! every test.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde::Deserialize;
use spdx::{Expression, Licensee, ParseMode};

use super::Tree;

#[derive(Deserialize)]
struct Deny {
    licenses: Licenses,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
}

pub(super) fn check(tree: &Tree, wrong: &mut Vec<String>) -> Result<()> {
    let text = std::fs::read_to_string(tree.root.join("deny.toml")).context("reading deny.toml")?;
    let rules: Deny = toml::from_str(&text).context("deny.toml")?;
    for package in tree.packages() {
        let name = package["name"].as_str().unwrap_or_default();
        if rules.bans.deny.iter().any(|banned| banned.name == name) {
            wrong.push(format!("{name} is banned by deny.toml"));
        }
        if let Some(source) = package["source"].as_str()
            && source != "registry+https://github.com/rust-lang/crates.io-index"
        {
            wrong.push(format!("{name} does not come from the crate registry"));
        }
        let allowed = allowed(&rules.licenses, name);
        match package["license"].as_str().map(|text| Expression::parse_mode(text, ParseMode::LAX)) {
            Some(Ok(expression))
                if expression.evaluate(|wanted| allowed.iter().any(|have| have.satisfies(wanted))) => {}
            Some(Ok(expression)) => {
                wrong.push(format!("{name}: its licence {expression} is not in deny.toml"))
            }
            Some(Err(error)) => wrong.push(format!("{name}: its licence cannot be read: {}", error.reason)),
            None => wrong.push(format!("{name} names no licence")),
        }
    }
    for (path, text) in tree.files.iter().filter(|(path, _)| path.ends_with("Cargo.toml")) {
        uncommented(path, text, wrong);
    }
    Ok(())
}

fn allowed(rules: &Licenses, name: &str) -> Vec<Licensee> {
    let extra = rules.exceptions.iter().filter(|e| e.name == name).flat_map(|e| &e.allow);
    let ids: BTreeSet<&String> = rules.allow.iter().chain(extra).collect();
    ids.into_iter().filter_map(|id| Licensee::parse(id).ok()).collect()
}

/// Each dependency says in one line what it is for.
fn uncommented(path: &str, text: &str, wrong: &mut Vec<String>) {
    let mut in_dependencies = false;
    let mut commented = false;
    for (number, line) in text.lines().enumerate() {
        if line.starts_with('[') {
            in_dependencies = line.ends_with("dependencies]") && !line.starts_with("[workspace");
        } else if in_dependencies
            && line.contains('=')
            && !line.contains(" # ")
            && !commented
            && !line.starts_with(['#', ' '])
        {
            wrong.push(format!("{path}:{}: say in a comment what this dependency is for", number + 1));
        }
        commented = line.starts_with('#');
    }
}
