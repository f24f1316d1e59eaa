//! Looking at a received file before it is saved: what can be shown, and what the page in the sandbox says about it.
//!
//! A file's kind is what its name promises *and* its first bytes keep. The sender's word for it is never asked, and what
//! shows it (`www/preview.js`) runs where it can reach nothing of ours: see `docs/THREAT-MODEL.md`.

use std::io::Cursor;

use imagesize::{Compression, ImageType};

use crate::text::Language;

/// Largest file that is shown, in bytes: it has to fit into memory, several times.
pub const MOST_BYTES: u64 = 64 << 20;
/// What is shown of a text, in bytes.
pub const MOST_TEXT: u64 = 2 << 20;
/// What [`Kind::check`] wants to see of a file, in bytes: before a photograph's size there may stand much about it.
pub const HEAD: u64 = 1 << 20;
/// Most pixels of a picture: decoded they take four bytes each.
const MOST_PIXELS: u64 = 100_000_000;
/// Where a PDF may begin at the latest, as all readers do it.
const PDF_WITHIN: usize = 1024;

/// What can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A picture that the browser decodes.
    Picture(Format),
    /// An SVG, shown as a picture: then nothing in it runs or loads.
    Drawing,
    /// Anything that is read as plain text, source of pages included.
    Text,
    /// A PDF.
    Pdf,
}

/// How a picture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `.png`
    Png,
    /// `.jpg`
    Jpeg,
    /// `.gif`
    Gif,
    /// `.webp`
    Webp,
    /// `.avif`
    Avif,
    /// `.bmp`
    Bmp,
}

/// Why a file is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// More than [`MOST_BYTES`].
    TooLarge,
    /// A picture that could fill the memory.
    TooManyPixels,
    /// The first bytes are not what the name promises.
    OtherKind,
    /// The browser could not show it.
    NotShown,
}

impl Kind {
    /// What a name promises; `None` for what is never shown.
    #[must_use]
    pub fn promised(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        Some(match extension.to_ascii_lowercase().as_str() {
            "png" => Self::Picture(Format::Png),
            "jpg" | "jpeg" | "jpe" | "jfif" => Self::Picture(Format::Jpeg),
            "gif" => Self::Picture(Format::Gif),
            "webp" => Self::Picture(Format::Webp),
            "avif" => Self::Picture(Format::Avif),
            "bmp" => Self::Picture(Format::Bmp),
            "svg" => Self::Drawing,
            "pdf" => Self::Pdf,
            "txt" | "text" | "asc" | "md" | "markdown" | "rst" | "tex" | "log" | "csv" | "tsv" | "json"
            | "jsonl" | "xml" | "xsd" | "xsl" | "html" | "htm" | "xhtml" | "css" | "js" | "mjs" | "ts"
            | "ini" | "conf" | "cfg" | "properties" | "toml" | "yaml" | "yml" | "srt" | "vtt" | "ics"
            | "vcf" | "eml" | "rs" | "py" | "java" | "kt" | "c" | "h" | "cpp" | "hpp" | "cs" | "go"
            | "rb" | "php" | "pl" | "r" | "sh" | "bat" | "ps1" | "sql" | "diff" | "patch" => Self::Text,
            _ => return None,
        })
    }

    /// What the file is, when its first [`HEAD`] bytes keep the promise: a picture, even in another format than its name
    /// says, is still a picture.
    ///
    /// # Errors
    /// When they do not, or when showing it could do harm.
    pub fn check(self, head: &[u8]) -> Result<Self, Refusal> {
        match self {
            Self::Picture(_) => picture(head).map(Self::Picture),
            Self::Drawing if is_text(head) && contains(head, b"<svg") => Ok(self),
            Self::Text if is_text(head) => Ok(self),
            Self::Pdf if contains(&head[..head.len().min(PDF_WITHIN)], b"%PDF-") => Ok(self),
            Self::Drawing | Self::Text | Self::Pdf => Err(Refusal::OtherKind),
        }
    }

    /// How the page in the sandbox calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Picture(_) => "picture",
            Self::Drawing => "drawing",
            Self::Text => "text",
            Self::Pdf => "pdf",
        }
    }

    /// What the browser's decoder is told that it is.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Picture(Format::Png) => "image/png",
            Self::Picture(Format::Jpeg) => "image/jpeg",
            Self::Picture(Format::Gif) => "image/gif",
            Self::Picture(Format::Webp) => "image/webp",
            Self::Picture(Format::Avif) => "image/avif",
            Self::Picture(Format::Bmp) => "image/bmp",
            Self::Drawing => "image/svg+xml",
            Self::Text => "text/plain",
            Self::Pdf => "application/pdf",
        }
    }

    /// How many bytes of a file of this size are handed to the sandbox.
    #[must_use]
    pub fn shown_bytes(self, size: u64) -> u64 {
        if self == Self::Text { size.min(MOST_TEXT) } else { size }
    }
}

fn picture(head: &[u8]) -> Result<Format, Refusal> {
    let format = match imagesize::image_type(head).map_err(|_| Refusal::OtherKind)? {
        ImageType::Png => Format::Png,
        ImageType::Jpeg => Format::Jpeg,
        ImageType::Gif => Format::Gif,
        ImageType::Webp => Format::Webp,
        ImageType::Bmp => Format::Bmp,
        ImageType::Heif(Compression::Av1 | Compression::Unknown) => Format::Avif,
        _ => return Err(Refusal::OtherKind),
    };
    // A picture that does not tell its size is not decoded: it could have any.
    let size = imagesize::reader_size(Cursor::new(head)).map_err(|_| Refusal::NotShown)?;
    match (size.width as u64).checked_mul(size.height as u64) {
        Some(pixels) if pixels <= MOST_PIXELS => Ok(format),
        _ => Err(Refusal::TooManyPixels),
    }
}

/// Text has no zero bytes, but in UTF-16, which says so at its beginning.
fn is_text(head: &[u8]) -> bool {
    head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) || !head.contains(&0)
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// What the page in the sandbox says. It has read a stranger's file and may be under that stranger's control, so nothing
/// but these few forms is understood, and figures are brought within what is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// It listens.
    Ready,
    /// The file is shown.
    Shown(Shown),
    /// Something in the file could not be shown.
    Incomplete,
    /// The file could not be shown.
    Failed,
    /// The Escape key was pressed there.
    Closed,
}

/// What is shown, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Width and height in pixels.
    Picture(u32, u32),
    /// A drawing has no size of its own.
    Drawing,
    /// A text; not all of it when it has more than [`MOST_TEXT`] bytes.
    Text {
        /// Is it only the beginning?
        cut: bool,
    },
    /// Pages, and how many of them are shown.
    Pdf {
        /// All.
        pages: u32,
        /// From the first on.
        shown: u32,
    },
}

impl Report {
    /// Reads a report about a file of this kind and size: its word, and two figures.
    #[must_use]
    pub fn read(kind: Kind, size: u64, word: &str, figures: [Option<f64>; 2]) -> Option<Self> {
        Some(match word {
            "ready" => Self::Ready,
            "incomplete" => Self::Incomplete,
            "failed" => Self::Failed,
            "closed" => Self::Closed,
            "shown" => Self::Shown(match kind {
                Kind::Drawing => Shown::Drawing,
                Kind::Text => Shown::Text { cut: size > MOST_TEXT },
                Kind::Picture(_) => Shown::Picture(count(figures[0])?, count(figures[1])?),
                Kind::Pdf => {
                    let pages = count(figures[0])?;
                    Shown::Pdf { pages, shown: count(figures[1])?.min(pages) }
                }
            }),
            _ => return None,
        })
    }
}

/// A whole number from 1 to a million.
fn count(figure: Option<f64>) -> Option<u32> {
    figure.filter(|figure| (1.0..=1e6).contains(figure) && figure.fract() == 0.0).map(
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 1 to a million")]
        |figure| figure as u32,
    )
}

impl Shown {
    /// What is shown, in words.
    #[must_use]
    pub fn sentence(self, language: Language) -> String {
        match self {
            Self::Picture(width, height) => language.preview_picture(&height.to_string(), &width.to_string()),
            Self::Drawing => language.preview_drawing().to_owned(),
            Self::Text { cut: false } => language.preview_text().to_owned(),
            Self::Text { cut: true } => language.preview_text_cut(&language.size(MOST_TEXT)),
            Self::Pdf { pages: 1, .. } => language.preview_pdf_page().to_owned(),
            Self::Pdf { pages, shown } if shown < pages => {
                language.preview_pdf_cut(&pages.to_string(), &shown.to_string())
            }
            Self::Pdf { pages, .. } => language.preview_pdf(&pages.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const PNG: Kind = Kind::Picture(Format::Png);

    fn png(width: u32, height: u32) -> Vec<u8> {
        [
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(),
            &width.to_be_bytes(),
            &height.to_be_bytes(),
            &[8, 6, 0, 0, 0],
        ]
        .concat()
    }

    #[test]
    fn names_promise_a_kind() {
        assert_eq!(Kind::promised("Foto.JPG"), Some(Kind::Picture(Format::Jpeg)));
        assert_eq!(Kind::promised("a.b.svg"), Some(Kind::Drawing));
        assert_eq!(Kind::promised("Seite.html"), Some(Kind::Text));
        assert_eq!(Kind::promised("Bescheid.pdf"), Some(Kind::Pdf));
        for name in ["pdf", "Akte.zip", "Brief.docx", "x.exe", "png.", "Bild.png.exe"] {
            assert_eq!(Kind::promised(name), None, "{name}");
        }
    }

    #[test]
    fn first_bytes_must_keep_the_promise() {
        assert_eq!(PNG.check(&png(10, 10)), Ok(PNG));
        for other in [b"hello, I am a text".as_slice(), b"II*\0\x08\0\0\0\0\0\0\0", b"", b"\x89PNG"] {
            assert_eq!(PNG.check(other), Err(Refusal::OtherKind), "{other:?}");
        }
        assert_eq!(Kind::Picture(Format::Jpeg).check(&png(1, 1)), Ok(PNG));
        assert_eq!(Kind::Text.check(b"<script>alert(1)</script>"), Ok(Kind::Text));
        assert_eq!(Kind::Text.check(b""), Ok(Kind::Text));
        assert_eq!(Kind::Text.check(b"\xff\xfeH\0i\0"), Ok(Kind::Text));
        assert_eq!(Kind::Text.check(b"MZ\x90\0\x03"), Err(Refusal::OtherKind));
        assert_eq!(Kind::Drawing.check(b"<?xml version='1.0'?><svg/>"), Ok(Kind::Drawing));
        assert_eq!(Kind::Drawing.check(b"<html></html>"), Err(Refusal::OtherKind));
        assert_eq!(Kind::Pdf.check(b"\n%PDF-1.7\n"), Ok(Kind::Pdf));
        assert_eq!(
            Kind::Pdf.check(&[vec![b' '; 2000], b"%PDF-1.7".to_vec()].concat()),
            Err(Refusal::OtherKind)
        );
    }

    #[test]
    fn pictures_that_would_fill_the_memory_are_not_decoded() {
        assert_eq!(PNG.check(&png(10_000, 10_000)), Ok(PNG));
        for (width, height) in [(10_001, 10_000), (u32::MAX, u32::MAX), (65_536, 65_536)] {
            assert_eq!(PNG.check(&png(width, height)), Err(Refusal::TooManyPixels));
        }
        // No size told: it could have any.
        assert_eq!(
            Kind::Picture(Format::Jpeg).check(b"\xff\xd8\xff\xe0\0\x02\xff\xd9\0\0\0\0"),
            Err(Refusal::NotShown)
        );
    }

    #[test]
    fn reports_from_the_sandbox_are_not_trusted() {
        let read = |word: &str, figures| Report::read(PNG, 10, word, figures);
        assert_eq!(read("shown", [Some(3.0), Some(4.0)]), Some(Report::Shown(Shown::Picture(3, 4))));
        for figure in [0.0, -1.0, 1.5, 2e6, f64::NAN, f64::INFINITY] {
            assert_eq!(read("shown", [Some(figure), Some(4.0)]), None, "{figure}");
        }
        assert_eq!(read("shown", [None, None]), None);
        assert_eq!(read("<b>", [None, None]), None);
        assert_eq!(read("closed", [None, None]), Some(Report::Closed));
        let pdf = Report::read(Kind::Pdf, 10, "shown", [Some(3.0), Some(9.0)]);
        assert_eq!(pdf, Some(Report::Shown(Shown::Pdf { pages: 3, shown: 3 })));
        let long = Report::read(Kind::Text, MOST_TEXT + 1, "shown", [None, None]);
        assert_eq!(long, Some(Report::Shown(Shown::Text { cut: true })));
    }

    #[test]
    fn what_is_shown_is_said() {
        let english = |shown: Shown| shown.sentence(Language::En);
        assert_eq!(english(Shown::Picture(3, 4)), "Picture, 3 × 4 pixels");
        assert_eq!(english(Shown::Pdf { pages: 1, shown: 1 }), "PDF, one page");
        assert!(english(Shown::Pdf { pages: 9, shown: 3 }).contains("first 3 "));
        assert!(Shown::Text { cut: true }.sentence(Language::De).contains("2\u{a0}MB"));
    }
}
