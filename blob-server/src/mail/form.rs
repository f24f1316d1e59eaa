//! A mail's two forms: plain text, which is enough by itself, and HTML.

use blob_api::Language;

use super::content::{Block, Content};
use super::plain::escape;

/// Width of a line of plain text.
const WIDTH: usize = 76;

/// As plain text. An address stands alone between `<` and `>` (RFC 3986, appendix C): programs that break lines, or leave
/// out what looks like punctuation, then still find its end.
pub(super) fn text(content: &Content) -> String {
    let mut text = String::new();
    for block in &content.blocks {
        match block {
            Block::Paragraph(paragraph) => wrap(&mut text, "", paragraph),
            Block::Quote(quote) => wrap(&mut text, "> ", quote),
            Block::Link { label, url } => text.push_str(&format!("{label}:\n<{url}>\n")),
            Block::Code(code) => text.push_str(&format!("    {code}\n")),
        }
        text.push('\n');
    }
    text.push_str("-- \n"); // the mark before a signature, with its space
    for line in &content.footer {
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// Adds a paragraph in lines of at most [`WIDTH`] characters, but for words that are longer.
fn wrap(text: &mut String, prefix: &str, paragraph: &str) {
    let mut width = 0;
    for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
        let letters = word.chars().count();
        if width > 0 && width + 1 + letters > WIDTH {
            text.push('\n');
            width = 0;
        }
        let before = if width == 0 { prefix } else { " " };
        text.push_str(before);
        text.push_str(word);
        width += before.len() + letters;
    }
    text.push('\n');
}

/// As HTML: a letter with one button, readable without any style.
pub(super) fn html(content: &Content) -> String {
    let language = match content.language {
        Language::De => "de",
        Language::En => "en",
    };
    let mut body = String::new();
    for block in &content.blocks {
        match block {
            Block::Paragraph(text) => body.push_str(&format!("<p>{}</p>\n", escape(text))),
            Block::Quote(text) => body.push_str(&format!(
                "<blockquote style=\"margin:1em 0;padding:0 1em;border-left:3px solid #8a94a6\">{}</blockquote>\n",
                escape(text)
            )),
            Block::Link { label, url } => {
                let (label, url) = (escape(label), escape(url));
                body.push_str(&format!(
                    "<p style=\"margin:1.5em 0\"><a href=\"{url}\" style=\"display:inline-block;padding:.75em 1.5em;\
                     background:#171a2b;color:#fff;border:1px solid #8a94a6;text-decoration:none;border-radius:4px;font-weight:600\">{label}</a></p>\n\
                     <p style=\"font-size:14px;word-break:break-all\"><a href=\"{url}\">{url}</a></p>\n"
                ));
            }
            Block::Code(code) => body.push_str(&format!(
                "<p style=\"font:600 28px/1.4 monospace;letter-spacing:.15em\">{}</p>\n",
                escape(code)
            )),
        }
    }
    let footer = content.footer.iter().map(|line| escape(line)).collect::<Vec<_>>().join("<br>\n");
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{}</title>\n</head>\n\
         <body style=\"font:16px/1.5 'Fira Sans',Calibri,Arial,sans-serif;max-width:36em;margin:0 auto;padding:1.5em\">\n\
         {body}<p style=\"margin-top:2em;padding-top:1em;border-top:1px solid #8a94a6;font-size:14px\">{footer}</p>\n\
         </body>\n</html>\n",
        escape(&content.subject),
    )
}
