//! File names from other people, made safe to show and to save under.
//!
//! A sender chooses the names, and the sender may be hostile: a right-to-left mark turns `invoice\u{202e}fdp.exe` into
//! something that reads `invoiceexe.pdf`, a separator leaves the folder, a reserved word opens a device. [`safe`] takes
//! all of that away and leaves umlauts, other scripts and emoji as they are. It never fails, and it changes nothing when
//! it is applied a second time.

use std::collections::{HashMap, HashSet};

use crate::letters;

/// Longest safe name in bytes of UTF-8: what ext4, APFS and NTFS all take.
pub const MAX_BYTES: usize = 255;

/// Most folders within each other; what lies deeper is put into the last of them. Some programs take no more.
pub const MAX_DEPTH: usize = 32;
/// Longest path of a folder in bytes of UTF-8; what lies deeper is put into the last folder that fits.
pub const MAX_FOLDER_BYTES: usize = 1024;

/// What a file is called whose name has nothing left.
const NAMELESS: &str = "file";
/// What a folder is called whose name has nothing left.
const NAMELESS_FOLDER: &str = "folder";
/// Longest extension, with its dot, that survives the shortening of a long name.
const MAX_EXTENSION_BYTES: usize = 32;
/// Room for the number after a name: a blank, parentheses, the digits of a `u32`.
const MAX_NUMBER_BYTES: usize = 13;

/// The name, safe on every system.
#[must_use]
pub fn safe(name: &str) -> String {
    safe_or(name, NAMELESS)
}

/// The name made safe, or another one when nothing of it is left.
fn safe_or(name: &str, nameless: &str) -> String {
    let visible = visible(name);
    let trimmed = visible.trim_start_matches(['.', '-', ' ']).trim_end_matches(['.', ' ']);
    let named = match trimmed {
        "" => nameless.to_owned(),
        device if is_device(device) => format!("_{device}"),
        other => other.to_owned(),
    };
    shortened(&named, MAX_BYTES)
}

/// Where a file belongs inside a delivery, safe to show and to save under on every system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafePath {
    /// Names of folders with `/` between them; empty at the top.
    pub folder: String,
    /// What the file is called in its folder.
    pub name: String,
}

/// The places of all files of one delivery, given as folder and name. No two are the same, nor is a file where a folder
/// is; also where upper and lower case are the same, or an umlaut and its two parts.
#[must_use]
pub fn safe_paths<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<SafePath> {
    let mut shelf = Shelf { folders: vec![Folder::default()], by_name: HashMap::new() };
    files.into_iter().map(|(folder, name)| shelf.put(folder, name)).collect()
}

/// The folders of a delivery while their names are made safe.
struct Shelf<'a> {
    /// The first is the top.
    folders: Vec<Folder>,
    /// By the folder they are in and the name that the sender gave them.
    by_name: HashMap<(usize, &'a str), usize>,
}

#[derive(Default)]
struct Folder {
    path: String,
    depth: usize,
    taken: Taken,
}

impl<'a> Shelf<'a> {
    fn put(&mut self, folder: &'a str, name: &str) -> SafePath {
        let place = self.folder(folder);
        let folder = &mut self.folders[place];
        SafePath { folder: folder.path.clone(), name: folder.taken.claim(safe(name)) }
    }

    /// Finds a folder, or makes it and those it lies in.
    fn folder(&mut self, path: &'a str) -> usize {
        let mut here = 0;
        for name in path.split('/').filter(|name| !matches!(*name, "" | ".")) {
            here = match self.by_name.get(&(here, name)) {
                Some(known) => *known,
                None => match self.make(here, name) {
                    Some(made) => made,
                    None => return here,
                },
            };
        }
        here
    }

    /// `None` when the new folder would be too deep.
    fn make(&mut self, parent: usize, name: &'a str) -> Option<usize> {
        let place = self.folders.len();
        let above = &mut self.folders[parent];
        let safe = safe_or(name, NAMELESS_FOLDER);
        let longest = above.path.len() + 1 + safe.len() + MAX_NUMBER_BYTES;
        if above.depth == MAX_DEPTH || longest > MAX_FOLDER_BYTES {
            return None;
        }
        let depth = above.depth + 1;
        let safe = above.taken.claim(safe);
        let path = if parent == 0 { safe } else { format!("{}/{safe}", above.path) };
        self.folders.push(Folder { path, depth, taken: Taken::default() });
        self.by_name.insert((parent, name), place);
        Some(place)
    }
}

/// The names in one folder, as the least discerning file system compares them.
#[derive(Default)]
struct Taken {
    names: HashSet<String>,
    /// The next number for names that begin and end alike: a hostile sender may repeat one name ten thousand times.
    next: HashMap<String, u32>,
}

impl Taken {
    /// The name, or with a number after it when it is taken.
    fn claim(&mut self, name: String) -> String {
        if self.names.insert(folded(&name)) {
            return name;
        }
        let number = self.next.entry(folded(&numbered(&name, u32::MAX))).or_insert(2);
        loop {
            let candidate = numbered(&name, *number);
            *number += 1;
            if self.names.insert(folded(&candidate)) {
                return candidate;
            }
        }
    }
}

/// Equal for names that some file system takes for the same.
fn folded(name: &str) -> String {
    // By way of upper case, since some letters have two lower ones: σ and ς, s and ſ.
    letters::decomposed(&letters::lower(&letters::upper(&letters::decomposed(name))))
}

/// `report.pdf` → `report (2).pdf`, within the limit.
fn numbered(name: &str, number: u32) -> String {
    let suffix = format!(" ({number})");
    let (stem, extension) = split(name);
    let stem = cut(stem, MAX_BYTES - extension.len() - suffix.len());
    format!("{stem}{suffix}{extension}")
}

/// Within `limit` bytes, the extension kept.
fn shortened(name: &str, limit: usize) -> String {
    if name.len() <= limit {
        return name.to_owned();
    }
    let (stem, extension) = split(name);
    format!("{}{extension}", cut(stem, limit - extension.len()))
}

/// Stem and extension with its dot; the extension is empty when there is none or it is too long to be one.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= MAX_EXTENSION_BYTES => name.split_at(dot),
        _ => (name, ""),
    }
}

/// At most `limit` bytes, ending neither within a character nor with something that needs a follower.
fn cut(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].trim_end_matches(['.', ' ', JOINER])
}

const JOINER: char = '\u{200d}';
const EMOJI_LOOK: char = '\u{fe0f}';

/// Without invisible characters; separators and characters that Windows forbids become `_`, runs of blanks one blank.
fn visible(name: &str) -> String {
    let mut kept = String::with_capacity(name.len());
    let mut rest = name.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => kept.push('_'),
            // A long run of blanks pushes the extension out of sight.
            blank if blank.is_whitespace() && !is_invisible(blank) => {
                if !kept.ends_with(' ') {
                    kept.push(' ');
                }
            }
            // Families and professions are several emoji held together by joiners; elsewhere a joiner only deceives.
            JOINER => {
                if ends_with_emoji(&kept) && rest.peek().copied().is_some_and(is_emoji) {
                    kept.push(JOINER);
                }
            }
            EMOJI_LOOK => {
                if kept.chars().next_back().is_some_and(is_emoji) {
                    kept.push(EMOJI_LOOK);
                }
            }
            hidden if is_invisible(hidden) => {}
            plain => kept.push(plain),
        }
    }
    kept
}

fn ends_with_emoji(text: &str) -> bool {
    text.chars()
        .rev()
        .find(|character| *character != EMOJI_LOOK && !is_skin_tone(*character))
        .is_some_and(is_emoji)
}

fn is_skin_tone(character: char) -> bool {
    matches!(character, '\u{1f3fb}'..='\u{1f3ff}')
}

/// The blocks in which emoji live; wider than the property, which does no harm here.
fn is_emoji(character: char) -> bool {
    matches!(character,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
        | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{25a0}'..='\u{27bf}'
        | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// Control characters (Cc), format characters (Cf), fillers, selectors, tags and noncharacters: all that shows nothing
/// by itself or changes how its neighbours are shown.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
            | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1345f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
        || u32::from(character) & 0xfffe == 0xfffe
}

/// A name that Windows takes for a device, with any extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            let mut digits = rest.chars();
            matches!((digits.next(), digits.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CLOCK$" | "CONIN$" | "CONOUT$")
        || numbered("COM")
        || numbered("LPT")
}

#[cfg(test)]
#[path = "name_test.rs"]
mod tests;
