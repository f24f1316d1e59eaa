//! What the owner of a submit box types: its name in the link, and which files are welcome.

use blob_api::BoxSettings;

use crate::trouble::Trouble;

/// What is wrong with a box as it was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoxTypo {
    /// The name is too short, or holds nothing that may stand in a link.
    Name,
    /// This is no extension of a file, or there are too many.
    Types,
    /// Files of no kind at all would be welcome.
    NoTypes,
}

impl From<BoxTypo> for Trouble {
    fn from(typo: BoxTypo) -> Self {
        use crate::text::Language;
        match typo {
            BoxTypo::Name => Self::told("box-name", Language::own_box_name_fault),
            BoxTypo::Types => Self::told("box-types", Language::own_box_types_fault),
            BoxTypo::NoTypes => Self::told("box-no-types", Language::own_box_types_none),
        }
    }
}

/// Files that are chosen together.
pub const KINDS: [&[&str]; 3] = [
    &["pdf"],
    &["jpg", "jpeg", "png", "gif", "webp", "heic", "tif", "tiff"],
    &["docx", "xlsx", "pptx", "doc", "xls", "ppt", "odt", "ods", "odp", "rtf", "txt", "csv"],
];

/// Which files are welcome, as it is chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Types {
    /// All are.
    pub all: bool,
    /// Those of [`KINDS`].
    pub kinds: [bool; KINDS.len()],
    /// Other extensions, as typed.
    pub others: String,
}

impl Types {
    /// As it was chosen.
    #[must_use]
    pub fn of(types: &[String]) -> Self {
        let has = |extension: &&str| types.iter().any(|one| one == extension);
        let kinds = KINDS.map(|kind| kind.iter().all(has));
        let chosen = |one: &str| KINDS.iter().zip(kinds).any(|(kind, chosen)| chosen && kind.contains(&one));
        let others: Vec<_> = types.iter().map(String::as_str).filter(|one| !chosen(one)).collect();
        Self { all: types.is_empty(), kinds, others: others.join(", ") }
    }

    /// For [`BoxSettings::types`].
    ///
    /// # Errors
    /// [`BoxTypo::Types`] for what is no extension, [`BoxTypo::NoTypes`] when nothing was chosen.
    pub fn extensions(&self) -> Result<Vec<String>, BoxTypo> {
        if self.all {
            return Ok(Vec::new());
        }
        let chosen = KINDS.iter().zip(self.kinds).filter(|(_, chosen)| *chosen);
        let mut all: Vec<String> =
            chosen.flat_map(|(kind, _)| kind.iter().map(|one| (*one).to_owned())).collect();
        let separates = |c: char| c.is_whitespace() || matches!(c, ',' | ';');
        for typed in self.others.split(separates).filter(|typed| !typed.is_empty()) {
            let one = typed.trim_start_matches(['*', '.']).to_lowercase();
            let is_type = (1..=BoxSettings::TYPE_CHARS).contains(&one.len())
                && one.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
            if !is_type {
                return Err(BoxTypo::Types);
            }
            if !all.contains(&one) {
                all.push(one);
            }
        }
        match all.len() {
            0 => Err(BoxTypo::NoTypes),
            1..=BoxSettings::MOST_TYPES => Ok(all),
            _ => Err(BoxTypo::Types),
        }
    }
}

/// A name for the link of a box, of what somebody is called or typed: lower-case letters, digits, and dashes between them.
#[must_use]
pub fn name_of(text: &str) -> String {
    let mut name = String::new();
    for c in text.trim().chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => name.push(c),
            'ä' | 'æ' => name.push_str("ae"),
            'ö' | 'ø' | 'œ' => name.push_str("oe"),
            'ü' => name.push_str("ue"),
            'ß' => name.push_str("ss"),
            'à' | 'á' | 'â' | 'ã' | 'å' => name.push('a'),
            'è' | 'é' | 'ê' | 'ë' => name.push('e'),
            'ì' | 'í' | 'î' | 'ï' => name.push('i'),
            'ò' | 'ó' | 'ô' | 'õ' => name.push('o'),
            'ù' | 'ú' | 'û' => name.push('u'),
            'ç' => name.push('c'),
            'ñ' => name.push('n'),
            _ if name.ends_with('-') || name.is_empty() => {}
            _ => name.push('-'),
        }
    }
    name.truncate(*BoxSettings::NAME_CHARS.end());
    name.truncate(name.trim_end_matches('-').len());
    name
}

/// The same, if it is long enough.
///
/// # Errors
/// [`BoxTypo::Name`].
pub fn checked_name(text: &str) -> Result<String, BoxTypo> {
    let name = name_of(text);
    if BoxSettings::NAME_CHARS.contains(&name.len()) { Ok(name) } else { Err(BoxTypo::Name) }
}

/// A link for a web page: plain HTML, with no script and nothing that is loaded from here.
#[must_use]
pub fn snippet(link: &str, title: &str) -> String {
    format!("<a href=\"{}\">{}</a>", escaped(link), escaped(title))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(name_of("  Anna Grün, Bauamt (Süd)"), "anna-gruen-bauamt-sued");
        assert_eq!(name_of("Straße & Öl--7"), "strasse-oel-7");
        assert_eq!(name_of("日本"), "");
        assert_eq!(name_of(&"ab-".repeat(20)), "ab-".repeat(13) + "a");
        assert_eq!(checked_name("ab"), Err(BoxTypo::Name));
        assert_eq!(checked_name("--a b--"), Ok("a-b".to_owned()));
    }

    #[test]
    fn types_come_back_as_they_were_chosen() {
        let chosen = Types { all: false, kinds: [true, false, false], others: ".DWG; *.ifc zip".to_owned() };
        let extensions = chosen.extensions();
        assert_eq!(extensions, Ok(["pdf", "dwg", "ifc", "zip"].map(str::to_owned).to_vec()));
        let again = Types::of(&extensions.unwrap_or_default());
        assert_eq!(
            (again.kinds, again.others.as_str(), again.all),
            ([true, false, false], "dwg, ifc, zip", false)
        );
        assert!(Types::of(&[]).all);
        assert_eq!(Types { all: true, ..chosen.clone() }.extensions(), Ok(Vec::new()));
        assert_eq!(Types::default().extensions(), Err(BoxTypo::NoTypes));
        for typo in ["t@r", "elevenchars", "pd f/"] {
            let typed = Types { others: typo.to_owned(), ..chosen.clone() };
            assert_eq!(typed.extensions(), Err(BoxTypo::Types), "{typo}");
        }
    }

    #[test]
    fn snippets_are_one_link() {
        assert_eq!(
            snippet("https://x.example/box/a#1b.A", "Amt <b>\"1\" & 2"),
            "<a href=\"https://x.example/box/a#1b.A\">Amt &lt;b&gt;&quot;1&quot; &amp; 2</a>"
        );
    }
}
