//! The texts of the pages, and figures as each language writes them.

use crate::pace::Figures;

include!(concat!(env!("OUT_DIR"), "/texts.rs"));

impl From<blob_api::Language> for Language {
    fn from(language: blob_api::Language) -> Self {
        match language {
            blob_api::Language::De => Self::De,
            blob_api::Language::En => Self::En,
        }
    }
}
impl From<Language> for blob_api::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::De => Self::De,
            Language::En => Self::En,
        }
    }
}

impl Language {
    /// The language a tag asks for: exactly, else by its first part (`de-AT` → German).
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let tag = tag.to_ascii_lowercase();
        let first = tag.split('-').next().unwrap_or_default();
        let find =
            |wanted: &str| Self::ALL.iter().copied().find(|known| known.tag().eq_ignore_ascii_case(wanted));
        find(&tag).or_else(|| find(first))
    }

    /// The first language in the browser's list that there is, else the default.
    #[must_use]
    pub fn preferred<'a>(tags: impl IntoIterator<Item = &'a str>) -> Self {
        tags.into_iter().find_map(Self::from_tag).unwrap_or_default()
    }

    /// The next language, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        let place = Self::ALL.iter().position(|language| *language == self).unwrap_or_default();
        Self::ALL[(place + 1) % Self::ALL.len()]
    }

    /// A size in the largest fitting unit of 1024, with one decimal below ten: `9,5 MB`. As people's file managers on
    /// Windows show it; the exact number of bytes never matters to them.
    #[must_use]
    pub fn size(self, bytes: u64) -> String {
        const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
        if bytes < 1024 {
            return if bytes == 1 {
                self.format_byte().to_owned()
            } else {
                self.format_bytes(&bytes.to_string())
            };
        }
        let mut unit = 0;
        let mut tenths = u128::from(bytes) * 10 / 1024;
        while tenths >= 10 * 1024 && unit + 1 < UNITS.len() {
            tenths /= 1024;
            unit += 1;
        }
        let (whole, tenth) = (tenths / 10, tenths % 10);
        let figure = if whole < 10 && tenth > 0 {
            format!("{whole}{}{tenth}", self.format_decimal_mark())
        } else {
            whole.to_string()
        };
        format!("{figure}\u{a0}{}", UNITS[unit])
    }

    /// `1 file`, `3 files`.
    #[must_use]
    pub fn files(self, count: usize) -> String {
        if count == 1 { self.format_file().to_owned() } else { self.format_files(&self.grouped(count)) }
    }

    /// A number with a mark between its thousands, from five digits on.
    fn grouped(self, count: usize) -> String {
        let digits = count.to_string();
        if digits.len() < 5 {
            return digits;
        }
        let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
        groups.join(self.format_group_mark())
    }

    /// `1 day`, `14 days`.
    #[must_use]
    pub fn days(self, count: u16) -> String {
        if count == 1 { self.format_day().to_owned() } else { self.format_days(&count.to_string()) }
    }

    /// A span to wait: `40 seconds`, `3 minutes`, `5 hours` (rounded up).
    #[must_use]
    pub fn wait(self, seconds: u64) -> String {
        match seconds {
            0 | 1 => self.format_second().to_owned(),
            2..=90 => self.format_seconds(&seconds.to_string()),
            91..=5_400 => self.format_minutes(&seconds.div_ceil(60).to_string()),
            _ => self.format_hours(&seconds.div_ceil(3_600).to_string()),
        }
    }

    /// `69%`, as each language writes it.
    #[must_use]
    pub fn percent(self, percent: u8) -> String {
        self.format_percent(&percent.to_string())
    }

    /// Speed and time left: `12 MB/s · about 3 minutes left`.
    #[must_use]
    pub fn pace(self, figures: Figures) -> String {
        let speed = self.format_speed(&self.size(figures.bytes_a_second));
        match figures.seconds_left {
            Some(seconds) => format!("{speed} · {}", self.format_remaining(&self.wait(seconds))),
            None => speed,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn tags() {
        assert_eq!(Language::from_tag("de-AT"), Some(Language::De));
        assert_eq!(Language::from_tag("EN"), Some(Language::En));
        assert_eq!(Language::from_tag("fr"), None);
        assert_eq!(Language::preferred(["fr-FR", "de", "en"]), Language::De);
        assert_eq!(Language::preferred(["fr"]), Language::En);
        assert_eq!(Language::De.next(), Language::En);
        assert_eq!(Language::En.next(), Language::De);
    }

    #[test]
    fn sizes() {
        let (de, en) = (Language::De, Language::En);
        assert_eq!(en.size(0), "0\u{a0}bytes");
        assert_eq!(de.size(1), "1\u{a0}Byte");
        assert_eq!(en.size(1023), "1023\u{a0}bytes");
        assert_eq!(en.size(1024), "1\u{a0}KB");
        assert_eq!(de.size(9_961_472), "9,5\u{a0}MB");
        assert_eq!(en.size(9_961_472), "9.5\u{a0}MB");
        assert_eq!(en.size(104_857_600), "100\u{a0}MB");
        assert_eq!(en.size(u64::MAX), "16383\u{a0}PB");
    }

    #[test]
    fn counts() {
        assert_eq!(Language::En.files(1), "1 file");
        assert_eq!(Language::De.files(3), "3 Dateien");
        assert_eq!(Language::De.files(9_999), "9999 Dateien");
        assert_eq!(Language::De.files(10_000), "10.000 Dateien");
        assert_eq!(Language::En.files(1_234_567), "1,234,567 files");
        assert_eq!(Language::De.days(1), "1 Tag");
        assert_eq!(Language::En.wait(91), "2 minutes");
        assert_eq!(Language::En.wait(1), "1 second");
        assert_eq!(Language::De.wait(5_400), "90 Minuten");
        assert_eq!(Language::De.wait(5_401), "2 Stunden");
        assert_eq!((Language::De.percent(69), Language::En.percent(69)), ("69\u{a0}%".into(), "69%".into()));
    }

    #[test]
    fn paces() {
        let figures = Figures { bytes_a_second: 12 << 20, seconds_left: Some(180) };
        assert_eq!(Language::De.pace(figures), "12\u{a0}MB/s · noch etwa 3 Minuten");
        assert_eq!(Language::En.pace(Figures { seconds_left: None, ..figures }), "12\u{a0}MB/s");
    }
}
