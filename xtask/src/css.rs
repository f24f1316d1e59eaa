//! Leaves out of a style sheet what no page of ours can use: rules for classes that stand nowhere in our sources, then
//! custom properties that nothing reads any more. The sheet of a design system is mostly that.
//!
//! It understands minified CSS without nested rules, and keeps what it does not understand.

use std::{collections::BTreeSet, fs, path::PathBuf};

use anyhow::{Context, Result};

/// Endings of files in which a class can be named.
const SOURCES: [&str; 4] = ["rs", "html", "css", "js"];

/// The words of sources: whatever could be the name of a class or of a custom property.
pub(crate) struct Words(BTreeSet<String>);

impl Words {
    /// Of all pages, scripts, styles and Rust files in these folders and below, without what is left out.
    pub(crate) fn below(folders: &[PathBuf], left_out: &[PathBuf]) -> Result<Self> {
        let mut words = Self(BTreeSet::new());
        let mut folders = folders.to_vec();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
                let path = entry?.path();
                if left_out.contains(&path) {
                    continue;
                }
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|kind| SOURCES.iter().any(|source| kind == *source)) {
                    words.add(&fs::read_to_string(path)?);
                }
            }
        }
        Ok(words)
    }

    fn add(&mut self, text: &str) {
        let words = text.split(|c| !is_name(c)).filter(|word| !word.is_empty());
        self.0.extend(words.map(str::to_owned));
    }

    /// Does the class stand in the sources, or both halves that it is put together from (`kern-icon--` and `download`)?
    fn has_class(&self, class: &str) -> bool {
        let halves = class.find("--").map(|at| class.split_at(at + 2));
        self.0.contains(class)
            || halves.is_some_and(|(start, end)| self.0.contains(start) && self.0.contains(end))
    }
}

/// The style sheet without what is not used. `prefix` starts the names of its own classes; others are kept.
pub(crate) fn purge(css: &str, prefix: &str, words: &Words) -> String {
    let mut rest = rules(css, &|selector| {
        classes(selector).filter(|class| class.starts_with(prefix)).all(|class| words.has_class(class))
    });
    loop {
        let read: BTreeSet<&str> =
            rest.split("var(").skip(1).map(|after| first_name(after.trim_start())).collect();
        let fewer = declarations(&rest, &|name| read.contains(name) || words.0.contains(name));
        if fewer == rest {
            return rest;
        }
        rest = fewer;
    }
}

/// Keeps selectors, and rules that have one left.
fn rules(css: &str, keep: &dyn Fn(&str) -> bool) -> String {
    rewrite(css, &|head, body| {
        let kept: Vec<&str> = split(head, ',').into_iter().filter(|selector| keep(selector)).collect();
        (!kept.is_empty()).then(|| format!("{}{{{body}}}", kept.join(",")))
    })
}

/// Keeps declarations of ordinary properties, and of custom ones that are wanted.
fn declarations(css: &str, keep: &dyn Fn(&str) -> bool) -> String {
    rewrite(css, &|head, body| {
        let wanted = |declaration: &&str| !declaration.starts_with("--") || keep(first_name(declaration));
        let kept: Vec<&str> = split(body, ';').into_iter().filter(wanted).collect();
        (!kept.is_empty()).then(|| format!("{head}{{{}}}", kept.join(";")))
    })
}

/// Writes each style rule anew, also those within `@media` and its like; other at-rules stay.
fn rewrite(css: &str, rule: &dyn Fn(&str, &str) -> Option<String>) -> String {
    const GROUPS: [&str; 4] = ["@media", "@supports", "@layer", "@container"];
    let mut out = String::new();
    let mut rest = css;
    while let Some(at) = find(rest, |c| matches!(c, '{' | ';')) {
        let head = &rest[..at];
        if rest[at..].starts_with(';') {
            out.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            continue;
        }
        let mut depth = 0;
        let close = |c: char| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            depth == 0
        };
        // A rule without an end is left as it is.
        let Some(end) = find(&rest[at..], close).map(|end| at + end) else { break };
        let body = &rest[at + 1..end];
        if GROUPS.iter().any(|group| head.starts_with(group)) {
            let inner = rewrite(body, rule);
            if !inner.is_empty() {
                out.push_str(&format!("{head}{{{inner}}}"));
            }
        } else if head.starts_with('@') {
            out.push_str(&rest[..=end]);
        } else if let Some(text) = rule(head, body) {
            out.push_str(&text);
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    out
}

/// The place of the first character outside of strings that is looked for.
fn find(text: &str, mut wanted: impl FnMut(char) -> bool) -> Option<usize> {
    let mut quote = None;
    text.char_indices().find_map(|(at, c)| {
        match quote {
            Some(open) => quote = (c != open).then_some(open),
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if wanted(c) => return Some(at),
            None => {}
        }
        None
    })
}

/// Parts between separators that stand neither in strings nor in brackets.
fn split(mut text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    loop {
        let mut depth = 0;
        let end = |c: char| {
            depth += i32::from(matches!(c, '(' | '[')) - i32::from(matches!(c, ')' | ']'));
            depth == 0 && c == separator
        };
        let Some(at) = find(text, end) else {
            parts.push(text);
            return parts;
        };
        parts.push(&text[..at]);
        text = &text[at + 1..];
    }
}

/// The classes that elements must have. Those in `:not(…)` they must not have, those in `:is(…)` they may have.
fn classes(selector: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    let outside = selector.split_inclusive(['(', ')']).filter(move |piece| {
        let is_outside = depth == 0;
        depth += i32::from(piece.ends_with('(')) - i32::from(piece.ends_with(')'));
        is_outside
    });
    outside.flat_map(|piece| piece.split('.').skip(1).map(first_name))
}

fn first_name(text: &str) -> &str {
    text.split(|c| !is_name(c)).next().unwrap_or_default()
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

#[cfg(test)]
mod tests {
    use super::{BTreeSet, Words, purge};

    fn purged(css: &str) -> String {
        let mut words = Words(BTreeSet::new());
        words.add("class=\"kern-btn\" kern-icon--{name} icon=\"close\" var(--mine)");
        purge(css, "kern-", &words)
    }

    #[test]
    fn rules_of_unused_classes_go() {
        for (css, kept) in [
            (".kern-btn{a:b}.kern-tab{a:b}", ".kern-btn{a:b}"),
            (".kern-tab,.kern-btn:hover,b{a:b}", ".kern-btn:hover,b{a:b}"),
            (".kern-tab .kern-btn{a:b}.kern-btn.kern-tab{a:b}", ""),
            (".kern-btn:not(.kern-tab,.kern-x){a:b}", ".kern-btn:not(.kern-tab,.kern-x){a:b}"),
            (".kern-icon--close{a:b}.kern-icon--home{a:b}", ".kern-icon--close{a:b}"),
            (".kern-btn:is(.kern-tab,b) i.kern-tab,:is(.kern-tab,b){a:b}", ":is(.kern-tab,b){a:b}"),
            ("body{a:b}.other{a:b}", "body{a:b}.other{a:b}"),
            (
                "@media (x){.kern-tab{a:b}}@media (y){.kern-btn{a:b}.kern-tab{a:b}}",
                "@media (y){.kern-btn{a:b}}",
            ),
        ] {
            assert_eq!(purged(css), kept, "{css}");
        }
    }

    #[test]
    fn custom_properties_that_nothing_reads_go() {
        // One that only an unread one reads goes too.
        let css = ":root{--a:1;--b:var(--a);--c:2;--mine:3}.kern-btn{width:var(--c, 4px)}";
        assert_eq!(purged(css), ":root{--c:2;--mine:3}.kern-btn{width:var(--c, 4px)}");
        assert_eq!(purged(":root{--a:1}"), "");
    }

    #[test]
    fn strings_and_other_rules_stay_as_they_are() {
        for css in [
            "@charset \"UTF-8\";@font-face{src:url(x)}@keyframes k{0%{a:b}to{a:c}}",
            ".kern-btn{content:\"}.kern-tab{;\";mask:url('data:x;{')}",
            ".kern-btn{a:b",
        ] {
            assert_eq!(purged(css), css);
        }
    }
}
