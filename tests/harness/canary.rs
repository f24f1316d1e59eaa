//! Canaries: secrets that are planted before a journey and looked for after it, wherever the server could have put them.
//!
//! A leak rarely keeps its form. So each canary is looked for as it is, in hex, percent-encoded, JSON-escaped, as
//! UTF-16 of either order, and in base64 of both alphabets at each of the three alignments that a neighbour's length can give it.

use std::{collections::BTreeSet, path::Path};

use aho_corasick::AhoCorasick;
use anyhow::{Context, Result};
use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding};

use crate::files;

/// One secret to look for.
#[derive(Clone)]
pub struct Canary {
    /// Names it in a report.
    pub what: String,
    bytes: Vec<u8>,
}

impl Canary {
    /// A secret of at least 10 bytes: a shorter one would be found by chance.
    pub fn new(what: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { what: what.to_owned(), bytes: bytes.into() }
    }

    /// Every form it is looked for in, with the form's name.
    pub fn forms(&self) -> Vec<(String, Vec<u8>)> {
        let bytes = &self.bytes;
        let lower = hex(bytes);
        let mut forms = vec![
            ("raw".to_owned(), bytes.clone()),
            ("hex".to_owned(), lower.clone().into_bytes()),
            ("HEX".to_owned(), lower.to_uppercase().into_bytes()),
            ("percent, every byte".to_owned(), percent(bytes, |_| false).into_bytes()),
            ("percent, as in a path".to_owned(), percent(bytes, is_unreserved).into_bytes()),
        ];
        if let Ok(text) = std::str::from_utf8(bytes) {
            forms.push(("JSON, escaped".to_owned(), json_escaped(text).into_bytes()));
            forms.push(("UTF-16".to_owned(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()));
            // So do browsers write the keys of their databases.
            forms.push((
                "UTF-16, big end first".to_owned(),
                text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            ));
        }
        for offset in 0..3 {
            forms.push((format!("base64 at offset {offset}"), base64_core::<Base64Unpadded>(bytes, offset)));
            forms.push((
                format!("base64url at offset {offset}"),
                base64_core::<Base64UrlUnpadded>(bytes, offset),
            ));
        }
        forms
    }
}

/// Looks for many canaries in many places.
pub struct Search {
    automaton: AhoCorasick,
    names: Vec<String>,
}

impl Search {
    /// Prepares to look for these.
    ///
    /// # Errors
    /// When a canary is too short to mean anything.
    pub fn new(canaries: &[Canary]) -> Result<Self> {
        let mut names = Vec::new();
        let mut patterns = Vec::new();
        for canary in canaries {
            anyhow::ensure!(canary.bytes.len() >= 10, "the canary {} is too short", canary.what);
            for (form, bytes) in canary.forms() {
                names.push(format!("{} ({form})", canary.what));
                patterns.push(bytes);
            }
        }
        Ok(Self { automaton: AhoCorasick::new(patterns)?, names })
    }

    /// What was found in these bytes, each with the place's name.
    pub fn in_bytes(&self, place: &str, bytes: &[u8]) -> BTreeSet<String> {
        self.automaton
            .find_overlapping_iter(bytes)
            .map(|found| format!("{} in {place}", self.names[found.pattern().as_usize()]))
            .collect()
    }

    /// What was found in the files below a folder, in their bytes and their names.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn in_folder(&self, folder: &Path) -> Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        for path in files::walk(folder)? {
            let place = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
            match std::fs::read(&path) {
                Ok(bytes) => found.extend(self.in_bytes(&place, &bytes)),
                // A running server may remove a file (SQLite's journal) between listing and reading.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error).with_context(|| format!("reading {place}")),
            }
            found.extend(self.in_bytes("a file's name", place.as_bytes()));
        }
        Ok(found)
    }
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn percent(bytes: &[u8], keep: impl Fn(u8) -> bool) -> String {
    bytes
        .iter()
        .map(|&byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn json_escaped(text: &str) -> String {
    let unit = |unit: u16| match u8::try_from(unit) {
        Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
        _ => format!("\\u{unit:04x}"),
    };
    text.encode_utf16().map(unit).collect()
}

/// The characters that base64 gives these bytes when `offset` unknown bytes stand before them and any bytes after:
/// what the neighbours have a part in is left out.
fn base64_core<E: Encoding>(bytes: &[u8], offset: usize) -> Vec<u8> {
    let mut padded = vec![0; offset];
    padded.extend_from_slice(bytes);
    let text = E::encode_string(&padded);
    let first = (offset * 8).div_ceil(6);
    let end = padded.len() * 8 / 6;
    text.as_bytes()[first..end].to_vec()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SECRET: &str = "Käse-Canary-7f3a 🐤";

    fn search() -> Search {
        Search::new(&[Canary::new("cheese", SECRET)]).unwrap()
    }

    #[test]
    fn every_form_is_found_between_strangers() {
        for (form, bytes) in Canary::new("cheese", SECRET).forms() {
            let place = [b"before ".as_slice(), &bytes, b" after"].concat();
            let found = search().in_bytes("a log", &place);
            assert!(found.contains(&format!("cheese ({form}) in a log")), "{form} was not found: {found:?}");
        }
    }

    #[test]
    fn base64_is_found_wherever_it_begins() {
        for before in 0..7 {
            for after in 0..7 {
                let whole = [&vec![b'x'; before], SECRET.as_bytes(), &vec![b'y'; after]].concat();
                for text in [Base64Unpadded::encode_string(&whole), Base64UrlUnpadded::encode_string(&whole)]
                {
                    assert!(
                        !search().in_bytes("a body", text.as_bytes()).is_empty(),
                        "{before} before, {after} after"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        assert!(search().in_bytes("a log", "Käse-Canary-7f3b 🐤 and other words".as_bytes()).is_empty());
    }

    #[test]
    fn files_and_their_names_are_searched() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("deep")).unwrap();
        std::fs::write(folder.path().join("deep/blob"), format!("…{SECRET}…")).unwrap();
        std::fs::write(folder.path().join(hex(SECRET.as_bytes())), b"").unwrap();
        let found = search().in_folder(folder.path()).unwrap();
        assert!(found.iter().any(|text| text.ends_with("in deep/blob")), "{found:?}");
        assert!(found.iter().any(|text| text.ends_with("in a file's name")), "{found:?}");
    }

    #[test]
    fn short_canaries_are_refused() {
        assert!(Search::new(&[Canary::new("short", "123456789")]).is_err());
    }
}
