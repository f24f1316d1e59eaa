//! Everything that can go wrong, as a sentence that says what happened and what to do.

use core::fmt::Debug;
use std::sync::Arc;

use blob_api::{Problem, ProblemKind};

use crate::preview::{MOST_BYTES, Refusal};
use crate::protocol::Failure;
use crate::text::Language;
use crate::tone::Tone;

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// A field holds no e-mail address.
    Email,
    /// A field that must be filled is empty.
    Missing,
    /// Another tab is at work on this delivery.
    Elsewhere,
    /// Login while the draft waited: it worked, now send again.
    LoggedOut,
    /// What was opened a day ago could not be opened again by itself.
    OpeningEnded,
    /// The server's answer, with the seconds to wait if it named them.
    Server(ProblemKind, Option<u64>),
    /// The server cannot be reached.
    Network,
    /// The link is not one of ours.
    BrokenLink,
    /// The link is newer than this page.
    UnknownFormat,
    /// The cover is not what the sender sealed.
    DamagedCover,
    /// A file is not what the sender sealed.
    DamagedFile(String),
    /// The same, when the browser was writing to the disk what had arrived already.
    DamagedDownload(String),
    /// This file could not be read, or changed meanwhile.
    Unreadable(String),
    /// The browser has no room for the file.
    NoSpace,
    /// This browser cannot save so large a file.
    TooLargeHere,
    /// The browser stopped a download before the file was complete.
    DownloadStopped,
    /// A file cannot be looked at here.
    Preview(Refusal),
    /// The user stopped it.
    Cancelled,
    /// The browser does not let the page copy.
    Copy,
    /// What only some pages can tell: their sentences are not among those that every page brings along.
    Told(Arc<dyn Tells>),
    /// A defect of this software.
    Internal,
}

/// What only some pages can tell: where nothing of this kind is made, nothing of it is loaded.
pub trait Tells: Debug + Send + Sync {
    /// As [`Trouble::kind`].
    fn kind(&self) -> &'static str;
    /// As [`Trouble::sentence`].
    fn sentence(&self, language: Language) -> String;
    /// As [`Trouble::tone`].
    fn tone(&self) -> Tone {
        Tone::Danger
    }
}

impl PartialEq for dyn Tells {
    fn eq(&self, other: &Self) -> bool {
        self.kind() == other.kind()
    }
}
impl Eq for dyn Tells {}

/// A sentence that is always the same.
#[derive(Debug)]
struct Fixed {
    kind: &'static str,
    sentence: fn(Language) -> &'static str,
}

impl Tells for Fixed {
    fn kind(&self) -> &'static str {
        self.kind
    }
    fn sentence(&self, language: Language) -> String {
        (self.sentence)(language).to_owned()
    }
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        match problem.kind {
            ProblemKind::LoggedOut => Self::LoggedOut,
            kind => Self::Server(kind, problem.retry_after),
        }
    }
}

impl<T: Tells + 'static> From<T> for Trouble {
    fn from(told: T) -> Self {
        Self::Told(Arc::new(told))
    }
}

impl Trouble {
    /// A sentence that only its own page brings along.
    #[must_use]
    pub fn told(kind: &'static str, sentence: fn(Language) -> &'static str) -> Self {
        Fixed { kind, sentence }.into()
    }

    /// A failure of the worker; `names` are the files of the job.
    #[must_use]
    pub fn of_worker(failure: Failure, names: &[String]) -> Self {
        match failure {
            Failure::BrokenLink => Self::BrokenLink,
            Failure::UnknownFormat => Self::UnknownFormat,
            Failure::WrongLogin => Self::Server(ProblemKind::WrongLogin, None),
            Failure::WrongPassword => Self::Server(ProblemKind::WrongPassword, None),
            Failure::UnusablePassword => Self::told("password-unusable", Language::trouble_password_unusable),
            Failure::Damaged(None) => Self::DamagedCover,
            Failure::Damaged(Some(file)) => {
                Self::DamagedFile(names.get(file as usize).cloned().unwrap_or_default())
            }
            Failure::Unreadable(file) => {
                Self::Unreadable(names.get(file as usize).cloned().unwrap_or_default())
            }
            Failure::NoSpace => Self::NoSpace,
            Failure::Elsewhere => Self::Elsewhere,
            Failure::TooLargeHere => Self::TooLargeHere,
            Failure::DownloadStopped => Self::DownloadStopped,
            Failure::Network => Self::Network,
            Failure::Server(kind) => Problem::new(kind).into(),
            Failure::Cancelled => Self::Cancelled,
            Failure::Internal => Self::Internal,
        }
    }

    /// The name that tests and screen readers' users can rely on; it never changes.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Missing => "missing",
            Self::Elsewhere => "elsewhere",
            Self::LoggedOut => "logged-out",
            Self::OpeningEnded => "opening-ended",
            Self::Server(kind, _) => server_kind(*kind),
            Self::Network => "network",
            Self::BrokenLink => "broken-link",
            Self::UnknownFormat => "unknown-format",
            Self::DamagedCover | Self::DamagedFile(_) | Self::DamagedDownload(_) => "damaged",
            Self::Unreadable(_) => "unreadable",
            Self::NoSpace => "no-space",
            Self::TooLargeHere => "too-large-here",
            Self::DownloadStopped => "download-stopped",
            Self::Preview(refusal) => preview_kind(*refusal),
            Self::Cancelled => "cancelled",
            Self::Copy => "copy",
            Self::Told(told) => told.kind(),
            Self::Internal => "internal",
        }
    }

    /// Seconds after which it makes sense to try again.
    #[must_use]
    pub fn wait(&self) -> Option<u64> {
        match self {
            Self::Server(ProblemKind::TooMany, seconds) => Some(seconds.unwrap_or(10)),
            _ => None,
        }
    }

    /// How badly it is meant: what the user did, or what is no misfortune, is told more quietly than what failed.
    #[must_use]
    pub fn tone(&self) -> Tone {
        match self {
            Self::LoggedOut | Self::Preview(Refusal::OtherKind) => Tone::Warning,
            Self::Cancelled | Self::Copy | Self::Preview(_) => Tone::Info,
            Self::Told(told) => told.tone(),
            _ => Tone::Danger,
        }
    }

    /// What happened and what to do.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        match self {
            Self::Email => language.trouble_email().to_owned(),
            Self::Missing => language.trouble_missing().to_owned(),
            Self::Elsewhere => language.trouble_elsewhere().to_owned(),
            Self::LoggedOut => language.trouble_logged_out().to_owned(),
            Self::OpeningEnded => language.trouble_opening_ended().to_owned(),
            Self::Server(kind, wait) => server_sentence(*kind, *wait, language),
            Self::Network => language.trouble_network().to_owned(),
            Self::BrokenLink => language.trouble_broken_link().to_owned(),
            Self::UnknownFormat => language.trouble_unknown_format().to_owned(),
            Self::DamagedCover => language.trouble_damaged_cover().to_owned(),
            Self::DamagedFile(name) => language.trouble_damaged_file(name),
            Self::DamagedDownload(name) => language.trouble_damaged_download(name),
            Self::Unreadable(name) => language.trouble_unreadable(name),
            Self::NoSpace => language.trouble_no_space().to_owned(),
            Self::TooLargeHere => language.trouble_too_large_here().to_owned(),
            Self::DownloadStopped => language.trouble_download_stopped().to_owned(),
            Self::Preview(refusal) => preview_sentence(*refusal, language),
            Self::Cancelled => language.trouble_cancelled().to_owned(),
            Self::Copy => language.trouble_copy().to_owned(),
            Self::Told(told) => told.sentence(language),
            Self::Internal => language.trouble_internal().to_owned(),
        }
    }
}

fn preview_kind(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::TooLarge => "preview-too-large",
        Refusal::TooManyPixels => "preview-too-many-pixels",
        Refusal::OtherKind => "preview-other-kind",
        Refusal::NotShown => "preview-not-shown",
    }
}

fn preview_sentence(refusal: Refusal, language: Language) -> String {
    match refusal {
        Refusal::TooLarge => language.preview_too_large(&language.size(MOST_BYTES)),
        Refusal::TooManyPixels => language.preview_too_many_pixels().to_owned(),
        Refusal::OtherKind => language.preview_other_kind().to_owned(),
        Refusal::NotShown => language.preview_not_shown().to_owned(),
    }
}

/// The last part of the kind's URN, so that server, log and page say the same word.
fn server_kind(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::BadRequest => "bad-request",
        ProblemKind::LoggedOut => "logged-out",
        ProblemKind::WrongLogin => "wrong-login",
        ProblemKind::WrongCode => "wrong-code",
        ProblemKind::WrongAccount => "wrong-account",
        ProblemKind::NotAllowed => "not-allowed",
        ProblemKind::Unconfirmed => "unconfirmed",
        ProblemKind::WrongPassword => "wrong-password",
        ProblemKind::ForeignOrigin => "foreign-origin",
        ProblemKind::SetupRefused => "setup-refused",
        ProblemKind::NotFound => "not-found",
        ProblemKind::MethodNotAllowed => "method-not-allowed",
        ProblemKind::Conflict => "conflict",
        ProblemKind::Expired => "expired",
        ProblemKind::TooLarge => "too-large",
        ProblemKind::UnsupportedMedia => "unsupported-media",
        ProblemKind::BadRange => "bad-range",
        ProblemKind::DigestMismatch => "digest-mismatch",
        ProblemKind::TooMany => "too-many",
        ProblemKind::Internal => "internal",
        ProblemKind::StorageFull => "storage-full",
    }
}

fn server_sentence(kind: ProblemKind, wait: Option<u64>, language: Language) -> String {
    match kind {
        ProblemKind::LoggedOut => language.trouble_logged_out(),
        ProblemKind::WrongLogin => language.trouble_wrong_login(),
        ProblemKind::WrongCode => language.trouble_wrong_code(),
        ProblemKind::WrongAccount => language.trouble_wrong_account(),
        ProblemKind::NotAllowed => language.trouble_not_allowed(),
        ProblemKind::Unconfirmed => language.trouble_unconfirmed(),
        ProblemKind::WrongPassword => language.trouble_wrong_password(),
        ProblemKind::ForeignOrigin => language.trouble_foreign_origin(),
        ProblemKind::SetupRefused => language.trouble_setup_refused(),
        ProblemKind::NotFound => language.trouble_not_found(),
        ProblemKind::Conflict => language.trouble_conflict(),
        ProblemKind::Expired => language.trouble_expired(),
        ProblemKind::TooLarge => language.trouble_too_large(),
        ProblemKind::DigestMismatch => language.trouble_digest_mismatch(),
        ProblemKind::TooMany => return language.trouble_too_many(&language.wait(wait.unwrap_or(10))),
        ProblemKind::StorageFull => language.trouble_storage_full(),
        // The page and the server do not understand each other: most often one of them is newer.
        ProblemKind::BadRequest
        | ProblemKind::MethodNotAllowed
        | ProblemKind::UnsupportedMedia
        | ProblemKind::BadRange => language.trouble_misunderstood(),
        ProblemKind::Internal => language.trouble_server(),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn the_kind_of_a_problem_is_its_urn() {
        for kind in ProblemKind::ALL {
            let written = serde_json::to_value(kind).unwrap();
            assert_eq!(written.as_str(), Some(format!("urn:siegel:{}", server_kind(*kind)).as_str()));
        }
    }

    #[test]
    fn every_problem_has_a_sentence_in_every_language() {
        for language in Language::ALL {
            for kind in ProblemKind::ALL {
                let sentence = Trouble::from(Problem::new(*kind)).sentence(*language);
                assert!(sentence.ends_with('.'), "{kind:?}: {sentence}");
                assert!(!sentence.contains('{'), "{sentence}");
            }
        }
        let (de, en) = (Language::De, Language::En);
        let wrong = Trouble::Server(ProblemKind::WrongPassword, None);
        assert_ne!(wrong.sentence(de), wrong.sentence(en));
    }

    #[test]
    fn waiting_is_told() {
        let problem = Problem { retry_after: Some(42), ..Problem::new(ProblemKind::TooMany) };
        let trouble = Trouble::from(problem);
        assert_eq!(trouble.wait(), Some(42));
        assert!(trouble.sentence(Language::En).contains("42 seconds"));
        assert_eq!(Trouble::Network.wait(), None);
    }

    #[test]
    fn failures_of_the_worker() {
        let names = ["a.txt".to_owned()];
        assert_eq!(
            Trouble::of_worker(Failure::Unreadable(0), &names),
            Trouble::Unreadable("a.txt".to_owned())
        );
        assert_eq!(Trouble::of_worker(Failure::Unreadable(7), &names), Trouble::Unreadable(String::new()));
        assert_eq!(Trouble::of_worker(Failure::Server(ProblemKind::LoggedOut), &names), Trouble::LoggedOut);
        assert_eq!(Trouble::of_worker(Failure::Damaged(Some(1)), &names).kind(), "damaged");
        assert_eq!(Trouble::of_worker(Failure::WrongLogin, &names).kind(), "wrong-login");
        assert_eq!(Trouble::of_worker(Failure::WrongPassword, &names).kind(), "wrong-password");
    }
}
