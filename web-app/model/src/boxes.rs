//! How far a delivery is, in words: for who sent it, and for who gets it.

use blob_api::{MailState, Recipient, RecipientState, SubmissionInfo, UnixSeconds};

use crate::text::Language;
use crate::tone::Tone;

/// A state in words, with what repeats them: colour and icon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Names colour and icon of the design system's badges.
    pub tone: Tone,
    /// Tells all of it.
    pub words: String,
}

/// How a time is written, in the reader's zone.
pub type Date<'a> = &'a dyn Fn(UnixSeconds) -> String;

fn told(tone: Tone, words: impl Into<String>) -> Told {
    Told { tone, words: words.into() }
}

impl Language {
    /// How far a delivery is with a recipient, for its sender.
    #[must_use]
    pub fn sent_state(self, state: RecipientState, date: Date) -> Told {
        match state {
            RecipientState::NeedsAccount { .. } => told(Tone::Warning, self.box_needs_account()),
            RecipientState::NeedsKeys { .. } => told(Tone::Warning, self.box_needs_keys()),
            RecipientState::NeedsRelease { .. } => told(Tone::Danger, self.box_needs_release()),
            RecipientState::Ready { .. } => told(Tone::Info, self.box_not_opened()),
            RecipientState::Opened { at, .. } => told(Tone::Info, self.box_opened(&date(at))),
            RecipientState::Collected { at, .. } => told(Tone::Success, self.box_collected(&date(at))),
            RecipientState::Expired { at, collected: true, .. } => {
                told(Tone::Success, self.box_collected_expired(&date(at)))
            }
            RecipientState::Expired { at, .. } => told(Tone::Warning, self.box_expired(&date(at))),
            RecipientState::Revoked { at, opened: true, .. } => {
                told(Tone::Warning, self.box_opened_revoked(&date(at)))
            }
            RecipientState::Revoked { at, .. } => told(Tone::Warning, self.box_revoked(&date(at))),
        }
    }

    /// How far a delivery is, for its recipient.
    #[must_use]
    pub fn received_state(self, state: RecipientState, date: Date) -> Told {
        match state {
            RecipientState::NeedsAccount { .. } | RecipientState::Ready { .. } => {
                told(Tone::Info, self.box_new())
            }
            RecipientState::NeedsKeys { .. } => told(Tone::Warning, self.box_choose_secupass()),
            RecipientState::NeedsRelease { .. } => told(Tone::Warning, self.box_waits_for_release()),
            RecipientState::Opened { at, .. } => told(Tone::Info, self.box_opened(&date(at))),
            RecipientState::Collected { at, .. } => told(Tone::Success, self.box_saved(&date(at))),
            RecipientState::Expired { at, .. } => told(Tone::Warning, self.box_expired(&date(at))),
            RecipientState::Revoked { at, .. } => told(Tone::Warning, self.box_taken_back(&date(at))),
        }
    }

    /// How far a submission is, for the box's owner. Nobody can release it: what was sealed to keys that are lost stays sealed.
    #[must_use]
    pub fn submission_state(self, state: RecipientState, date: Date) -> Told {
        match state {
            RecipientState::NeedsRelease { .. } => told(Tone::Danger, self.box_lost()),
            state => self.received_state(state, date),
        }
    }

    /// Which box a submission came through, in few words.
    #[must_use]
    pub fn submission_short(self, about: &SubmissionInfo) -> String {
        let SubmissionInfo { title, is_addition, request, .. } = about;
        match (request, is_addition) {
            (true, _) => self.submission_list_requested(title),
            (false, true) => self.submission_list_added(title),
            (false, false) => self.submission_list_through(title),
        }
    }

    /// What became of the mail with the link; nothing when there was none to send.
    #[must_use]
    pub fn mail_state(self, state: MailState, date: Date) -> Option<Told> {
        match state {
            MailState::None => None,
            MailState::Waiting => Some(told(Tone::Info, self.box_mail_waiting())),
            MailState::Gone(at) => Some(told(Tone::Success, self.box_mail_gone(&date(at)))),
            MailState::Refused(at) => Some(told(Tone::Danger, self.box_mail_refused(&date(at)))),
        }
    }

    /// How far a delivery is with all of its recipients together; nothing when it has none.
    #[must_use]
    pub fn sent_states(self, recipients: &[Recipient], date: Date) -> Option<Told> {
        match recipients {
            [] => None,
            [one] => Some(self.sent_state(one.state, date)),
            many => {
                let count = |wanted: fn(RecipientState) -> bool| {
                    many.iter().filter(|recipient| wanted(recipient.state)).count()
                };
                let has_it = count(|state| {
                    matches!(
                        state,
                        RecipientState::Collected { .. } | RecipientState::Expired { collected: true, .. }
                    )
                });
                let opened = count(|state| {
                    matches!(
                        state,
                        RecipientState::Opened { .. } | RecipientState::Revoked { opened: true, .. }
                    )
                });
                let all = many.len().to_string();
                Some(if has_it == many.len() {
                    told(Tone::Success, self.box_all_collected(&all))
                } else if has_it + opened == 0 {
                    told(Tone::Info, self.box_none_opened(&all))
                } else {
                    let (has_it, opened) = (has_it.to_string(), (has_it + opened).to_string());
                    told(Tone::Info, self.box_some_opened(&all, &has_it, &opened))
                })
            }
        }
    }

    /// Whom a delivery was sent to: some addresses, and how many more there are.
    #[must_use]
    pub fn addressees(self, recipients: &[Recipient]) -> String {
        const SOME: usize = 3;
        let some: Vec<&str> =
            recipients.iter().take(SOME).map(|recipient| recipient.email.as_str()).collect();
        let some = some.join(", ");
        match recipients.len().saturating_sub(SOME) {
            0 if recipients.is_empty() => self.box_open_link().to_owned(),
            0 => some,
            more => self.trouble_and_more(&more.to_string(), &some),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use blob_api::{Level, RecipientId, Step};

    fn after(steps: &[Step]) -> RecipientState {
        at(Level::One, steps)
    }

    fn at(level: Level, steps: &[Step]) -> RecipientState {
        let start = RecipientState::new(level);
        steps.iter().fold(start, |state, step| state.after(level, *step).unwrap())
    }

    fn date(at: UnixSeconds) -> String {
        format!("day {at}")
    }

    fn recipient(state: RecipientState) -> Recipient {
        Recipient {
            recipient: RecipientId([0; 16]),
            email: "a@b.de".to_owned(),
            state,
            mail: MailState::None,
        }
    }

    /// Every state there is, by a way that leads there.
    fn states() -> Vec<RecipientState> {
        use Step::{Collected, Expired, Opened, Revoked};
        vec![
            at(Level::Two, &[]),
            at(Level::Four, &[Step::Registered]),
            at(Level::Four, &[Step::Registered, Step::Activated]),
            after(&[]),
            after(&[Opened(1)]),
            after(&[Opened(1), Collected(2)]),
            after(&[Expired(3)]),
            after(&[Opened(1), Collected(2), Expired(3)]),
            after(&[Revoked(4)]),
            after(&[Opened(1), Revoked(4)]),
        ]
    }

    #[test]
    fn each_state_has_words_of_its_own_in_each_language() {
        for language in Language::ALL {
            let mut all: Vec<String> =
                states().into_iter().map(|state| language.sent_state(state, &date).words).collect();
            assert!(all.iter().all(|words| !words.contains('{')), "{all:?}");
            all.sort();
            let count = all.len();
            all.dedup();
            assert_eq!(all.len(), count, "{all:?}");
        }
        let en = Language::En;
        assert!(en.sent_state(after(&[Step::Opened(7)]), &date).words.contains("day 7"));
        assert_eq!(en.received_state(after(&[]), &date).words, en.box_new());
        assert_eq!(en.submission_state(after(&[]), &date).words, en.box_new());
        let reset = at(Level::Four, &[Step::Registered, Step::Activated]);
        assert_eq!(en.submission_state(reset, &date).words, en.box_lost());
        assert_eq!(en.mail_state(MailState::None, &date), None);
        assert_eq!(en.mail_state(MailState::Refused(5), &date).unwrap().tone, Tone::Danger);
    }

    #[test]
    fn several_recipients_are_summed_up() {
        let en = Language::En;
        let of = |states: &[RecipientState]| {
            let all: Vec<_> = states.iter().copied().map(recipient).collect();
            en.sent_states(&all, &date)
        };
        let (ready, opened, collected) =
            (after(&[]), after(&[Step::Opened(1)]), after(&[Step::Opened(1), Step::Collected(2)]));
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[ready]).unwrap().words, en.box_not_opened());
        assert_eq!(of(&[ready, ready]).unwrap().words, en.box_none_opened("2"));
        assert_eq!(of(&[collected, collected]).unwrap().words, en.box_all_collected("2"));
        assert_eq!(of(&[ready, opened, collected]).unwrap().words, en.box_some_opened("3", "1", "2"));
    }

    #[test]
    fn some_addresses_stand_for_all() {
        let en = Language::En;
        let all = |count| vec![recipient(after(&[])); count];
        assert_eq!(en.addressees(&all(0)), en.box_open_link());
        assert_eq!(en.addressees(&all(2)), "a@b.de, a@b.de");
        assert!(en.addressees(&all(40)).contains("37"));
    }
}
