//! What people wrote, made harmless before it goes into a mail.

/// Longest name in a mail, in characters.
const LONGEST_NAME: usize = 80;
/// Longest note in a mail, in characters.
const LONGEST_NOTE: usize = 400;

/// A name, or another short text: one line without control characters and without those that turn the direction of what
/// stands beside it, and not too long.
pub(super) fn name(text: &str) -> String {
    // In plain text what stands between `<` and `>` is a link of ours, and nobody is called like a link.
    harmless(text, LONGEST_NAME).replace('<', "‹").replace('>', "›").replace("://", ": //")
}

/// A note: one line, too, but a longer one.
pub(super) fn note(text: &str) -> String {
    harmless(text, LONGEST_NOTE)
}

fn harmless(text: &str, most: usize) -> String {
    let words: String = text.chars().map(|c| if is_harmless(c) { c } else { ' ' }).collect();
    // In a header `=?…?=` would be read as an encoding (RFC 2047), and what it decodes to has passed nothing.
    let words = words.replace("=?", "= ?");
    shorten(&words.split_whitespace().collect::<Vec<_>>().join(" "), most)
}

/// Text as HTML shows it as text, in an element or in a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// No control character, no line or paragraph separator, nothing that changes the direction of text or is invisible.
fn is_harmless(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0e}' | '\u{feff}' | '\u{fff9}'..='\u{fffc}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_one_harmless_line() {
        for (written, shown) in [
            ("Erika Muster", "Erika Muster"),
            ("  Erika \t Muster\n", "Erika Muster"),
            ("Erika\r\nBcc: x@y", "Erika Bcc: x@y"),
            ("a\u{202e}b\u{2066}c\u{0}d\u{2028}e", "a b c d e"),
            ("Jörg Müller 👍🏽", "Jörg Müller 👍🏽"),
            ("\u{200b}", ""),
            ("<https://x.example>", "‹https: //x.example›"),
            ("=?utf-8?q?=0D=0A?=", "= ?utf-8?q?=0D=0A?="),
        ] {
            assert_eq!(name(written), shown);
        }
        let long = name(&"ä".repeat(65_536));
        assert_eq!((long.chars().count(), long.ends_with('…')), (81, true));
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(escape(r#"<a href="x">&'"#), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
    }
}
