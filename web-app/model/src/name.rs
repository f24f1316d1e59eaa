//! File names from other people, made safe to show and to save under.
//!
//! A sender chooses the names, and the sender may be hostile: a right-to-left mark turns `invoice\u{202e}fdp.exe` into
//! something that reads `invoiceexe.pdf`, a separator leaves the folder, a reserved word opens a device. [`safe`] takes
//! all of that away and leaves umlauts, other scripts and emoji as they are. It never fails, and it changes nothing when
//! it is applied a second time.

use std::collections::HashSet;

/// Longest safe name in bytes of UTF-8: what ext4, APFS and NTFS all take.
pub const MAX_BYTES: usize = 255;

/// What a file is called whose name has nothing left.
const NAMELESS: &str = "file";
/// Longest extension, with its dot, that survives the shortening of a long name.
const MAX_EXTENSION_BYTES: usize = 32;

/// The name, safe on every system.
#[must_use]
pub fn safe(name: &str) -> String {
    let visible = visible(name);
    let trimmed = visible.trim_start_matches(['.', '-', ' ']).trim_end_matches(['.', ' ']);
    let named = match trimmed {
        "" => NAMELESS.to_owned(),
        device if is_device(device) => format!("_{device}"),
        other => other.to_owned(),
    };
    shortened(&named, MAX_BYTES)
}

/// All names of one delivery, safe and each different from the others, also where upper and lower case are the same.
#[must_use]
pub fn safe_list<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut taken = HashSet::new();
    names
        .into_iter()
        .map(|name| {
            let name = safe(name);
            let mut candidate = name.clone();
            let mut number = 2_u32;
            while !taken.insert(candidate.to_lowercase()) {
                candidate = numbered(&name, number);
                number += 1;
            }
            candidate
        })
        .collect()
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
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_uppercase();
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
