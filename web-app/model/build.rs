//! Turns `www/locales/*.json` into Rust: an `enum Language` with one method for each text.
//!
//! A key that one language has and another lacks, or a placeholder that differs, stops the build with a sentence that
//! names it. A new language is one new file here and nothing else.
//!
//! `{"login": {"title": "Log in"}}` becomes `Language::login_title(self) -> &'static str`;
//! `"Expires on {date}"` becomes a method that takes `date: &str` and returns a `String`.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

/// The language of a browser that wants none of ours, and the one whose texts become the methods' documentation.
const DEFAULT: &str = "en";

type Texts = BTreeMap<String, String>;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../www/locales");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut languages = BTreeMap::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            println!("cargo::rerun-if-changed={}", path.display());
            let tag = path.file_stem().ok_or("a locale without a name")?.to_string_lossy().into_owned();
            languages.insert(tag, read(&path)?);
        }
    }
    let out = Path::new(&env::var("OUT_DIR")?).join("texts.rs");
    fs::write(out, generate(&languages)?)?;
    Ok(())
}

/// One file, its nested keys joined by `_`.
fn read(path: &Path) -> Result<Texts, Box<dyn Error>> {
    let value: serde_json::Value = serde_json::from_str(&fs::read_to_string(path)?)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let mut texts = Texts::new();
    flatten("", &value, &mut texts).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(texts)
}

fn flatten(prefix: &str, value: &serde_json::Value, texts: &mut Texts) -> Result<(), String> {
    match value {
        serde_json::Value::String(text) if !text.trim().is_empty() => {
            texts.insert(prefix.to_owned(), text.clone());
            Ok(())
        }
        serde_json::Value::Object(members) => members.iter().try_for_each(|(key, member)| {
            let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}_{key}") };
            flatten(&name, member, texts)
        }),
        _ => Err(format!("`{prefix}` is not a text")),
    }
}

/// The names between braces.
fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect()
}

/// `de-AT` → `DeAt`.
fn variant(tag: &str) -> String {
    tag.split('-')
        .map(|part| {
            let mut letters = part.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
                .unwrap_or_default()
        })
        .collect()
}

fn generate(languages: &BTreeMap<String, Texts>) -> Result<String, Box<dyn Error>> {
    let default = languages.get(DEFAULT).ok_or("the default language has no file")?;
    agree(languages, default)?;
    let mut code = String::from(
        "/// A language of the pages; made from `www/locales/*.json`.\n#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]\npub enum Language {\n",
    );
    for tag in languages.keys() {
        let mark = if tag == DEFAULT { "#[default] " } else { "" };
        writeln!(code, "    /// `{tag}`\n    {mark}{},", variant(tag))?;
    }
    code.push_str("}\nimpl Language {\n    /// All languages.\n    pub const ALL: &[Self] = &[");
    for tag in languages.keys() {
        write!(code, "Self::{}, ", variant(tag))?;
    }
    code.push_str("];\n    /// The BCP 47 tag.\n    pub const fn tag(self) -> &'static str { match self {");
    for tag in languages.keys() {
        write!(code, "Self::{} => {tag:?}, ", variant(tag))?;
    }
    code.push_str("} }\n");
    for (key, text) in default {
        method(&mut code, key, text, languages)?;
    }
    code.push_str("}\n");
    Ok(code)
}

/// Fails when a language lacks a text, has one too many, or fills it differently.
fn agree(languages: &BTreeMap<String, Texts>, default: &Texts) -> Result<(), String> {
    for (tag, texts) in languages {
        for (key, text) in default {
            let other = texts.get(key).ok_or(format!("{tag}.json lacks `{key}`"))?;
            if placeholders(other) != placeholders(text) {
                return Err(format!("{tag}.json fills `{key}` differently"));
            }
        }
        if let Some(key) = texts.keys().find(|key| !default.contains_key(*key)) {
            return Err(format!("{tag}.json has `{key}`, {DEFAULT}.json has not"));
        }
    }
    Ok(())
}

fn method(
    code: &mut String,
    key: &str,
    text: &str,
    languages: &BTreeMap<String, Texts>,
) -> Result<(), Box<dyn Error>> {
    let names = placeholders(text);
    let arguments: String = names.iter().map(|name| format!(", {name}: &str")).collect();
    let (result, call) = if names.is_empty() { ("&'static str", "") } else { ("String", "format!") };
    writeln!(code, "    #[doc = {text:?}]\n    pub fn {key}(self{arguments}) -> {result} {{ match self {{")?;
    for (tag, texts) in languages {
        let text = &texts[key];
        match call {
            "" => writeln!(code, "        Self::{} => {text:?},", variant(tag))?,
            call => writeln!(code, "        Self::{} => {call}({text:?}),", variant(tag))?,
        }
    }
    code.push_str("    } }\n");
    Ok(())
}
