//! What mails say in each language: `locales/`, one file a language, read when the server starts.

use blob_api::{Language, UnixSeconds};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

/// The texts of all languages.
pub(super) struct Texts {
    de: Catalogue,
    en: Catalogue,
}

impl Texts {
    /// Reads the files that the build put into this program. A text that is missing, or that nobody uses, is an error.
    pub(super) fn read() -> Result<Self, serde_json::Error> {
        Ok(Self {
            de: serde_json::from_str(include_str!("../../locales/de.json"))?,
            en: serde_json::from_str(include_str!("../../locales/en.json"))?,
        })
    }

    /// Those of one language.
    pub(super) fn of(&self, language: Language) -> &Catalogue {
        match language {
            Language::De => &self.de,
            Language::En => &self.en,
        }
    }
}

macro_rules! catalogue {
    ($($part:ident $type:ident { $($text:ident)+ })+) => {
        /// The texts of one language.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct Catalogue {
            $(pub(super) $part: $type,)+
        }
        $(
            #[derive(Deserialize)]
            #[serde(deny_unknown_fields)]
            pub(super) struct $type {
                $(pub(super) $text: String,)+
            }
        )+
    };
}

catalogue! {
    format Format { months time file files message decimal }
    frame Frame { greeting footer settings }
    invitation Invitation {
        subject subject_answer lead lead_answer note open account log_in keys secupass release code anyone
        password expires reply
    }
    reminder Reminder { subject lead find }
    released Released { subject lead open }
    release_needed ReleaseNeeded { subject lead lead_one reset deputy open }
    release_reminder ReleaseReminder { subject lead lead_one }
    deputy_named DeputyNamed { subject lead what }
    code Code { subject_register subject_reset lead_register lead_reset use_it not_you }
    has_account HasAccount { subject lead open forgotten not_you }
    password_changed PasswordChanged { subject lead }
    secupass_changed SecuPassChanged { subject changed reset }
    second_factor_changed SecondFactorChanged {
        subject app_added app_removed passkey_added passkey_removed recovery_codes
    }
    recovery_code_used RecoveryCodeUsed { subject lead }
    new_login NewLogin { subject lead what }
    alarm Alarm { was_you open not_you }
    ticket Ticket { subject lead open expires keep not_you }
    request Request { subject lead open due expires }
    request_reminder RequestReminder { subject lead find find_other }
    submission Submission { subject lead open proven }
    submitted Submitted { subject lead digest key state state_request }
    submission_collected SubmissionCollected { subject lead }
    answer_waiting AnswerWaiting { subject lead receipt }
    collected Collected { subject lead open }
}

impl Catalogue {
    /// A time in the operator's zone, which it names: the mail may be read in another one.
    pub(super) fn time(&self, at: UnixSeconds, zone: &TimeZone) -> String {
        let local = Timestamp::from_second(at).unwrap_or(Timestamp::MAX).to_zoned(zone.clone());
        let month = usize::try_from(local.month()).unwrap_or_default().saturating_sub(1);
        let offset = local.offset().seconds();
        let (hours, minutes) = (offset / 3600, (offset % 3600).abs() / 60);
        let zone = match (hours, minutes) {
            (0, 0) => "UTC".to_owned(),
            (hours, 0) => format!("UTC{hours:+}"),
            (hours, minutes) => format!("UTC{hours:+}:{minutes:02}"),
        };
        fill(
            &self.format.time,
            &[
                ("day", &local.day().to_string()),
                ("month", self.format.months.split(' ').nth(month).unwrap_or_default()),
                ("year", &local.year().to_string()),
                ("clock", &format!("{}:{:02}", local.hour(), local.minute())),
                ("zone", &zone),
            ],
        )
    }

    /// How many files, in words; the message when there is none.
    pub(super) fn files(&self, count: u32) -> String {
        match count {
            0 => self.format.message.clone(),
            1 => self.format.file.clone(),
            count => fill(&self.format.files, &[("count", &count.to_string())]),
        }
    }

    /// A size, with one digit after the decimal mark.
    pub(super) fn size(&self, bytes: u64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"];
        let power = (bytes.max(1).ilog2() / 10).min(4);
        let unit = units.get(power as usize).copied().unwrap_or_default();
        if power == 0 {
            return format!("{bytes} {unit}");
        }
        let (whole, rest) = (bytes >> (10 * power), bytes & ((1 << (10 * power)) - 1));
        // Shifted first, so that nothing overflows.
        let tenth = ((rest >> (10 * (power - 1))) * 10) >> 10;
        format!("{whole}{}{tenth} {unit}", self.format.decimal)
    }
}

/// A text with its `{placeholders}` filled in, in one pass: what a value says is never read as a placeholder.
pub(super) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        rest = after;
        let Some((name, after)) = after.split_once('}') else { break };
        filled.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn values_are_not_read_as_placeholders() {
        assert_eq!(fill("{a}, {b}!", &[("a", "{b}"), ("b", "{a")]), "{b}, {a!");
    }

    #[test]
    fn sizes_have_one_digit_after_the_decimal_mark() {
        let texts = Texts::read().unwrap();
        let (de, en) = (texts.of(Language::De), texts.of(Language::En));
        assert_eq!([0, 1023, 1024].map(|bytes| de.size(bytes)), ["0 B", "1023 B", "1,0 KiB"]);
        assert_eq!([(3 << 20) - 1, 3 << 29].map(|bytes| en.size(bytes)), ["2.9 MiB", "1.5 GiB"]);
        assert_eq!(en.size(u64::MAX), "16777215.9 TiB");
    }

    #[test]
    fn times_name_their_zone() {
        let texts = Texts::read().unwrap();
        let (de, en) = (texts.of(Language::De), texts.of(Language::En));
        let zone = |seconds| TimeZone::fixed(jiff::tz::Offset::from_seconds(seconds).unwrap());
        let at = 1_800_000_000; // 2027-01-15T08:00:00Z
        assert_eq!(de.time(at, &TimeZone::UTC), "15. Januar 2027, 8:00 Uhr (UTC)");
        assert_eq!(de.time(at, &zone(3600)), "15. Januar 2027, 9:00 Uhr (UTC+1)");
        assert_eq!(en.time(at, &zone(-12_600)), "15 January 2027, 4:30 (UTC-3:30)");
        assert_eq!(de.time(i64::MAX, &TimeZone::UTC), de.time(253_402_207_200, &TimeZone::UTC));
    }
}
