//! Everything that can go wrong, as a sentence that says what happened and what to do.

use blob_api::{Problem, ProblemKind};

use crate::draft::Fault;
use crate::input::PasswordFault;
use crate::preview::{MOST_BYTES, Refusal};
use crate::protocol::Failure;
use crate::recipients;
use crate::text::Language;

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The draft cannot be sent as it is.
    Draft(Fault),
    /// A field holds no e-mail address.
    Email,
    /// A field that must be filled is empty.
    Missing,
    /// A new login password is not good enough.
    Password(PasswordFault),
    /// These files were chosen before.
    Twice(Vec<String>),
    /// A folder was given that holds nothing to send.
    EmptyFolder,
    /// These files and folders could not be read when they were given, and are not included.
    NotRead(Vec<String>),
    /// These files were begun and must be chosen again before the rest can be sent.
    ChooseAgain(Vec<String>),
    /// This was typed among the recipients and is no address.
    NotAddresses(Vec<String>),
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
    Told(Told),
    /// A defect of this software.
    Internal,
}

/// A sentence that its own page brings along.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// As [`Trouble::kind`].
    pub kind: &'static str,
    /// As [`Trouble::sentence`].
    pub sentence: fn(Language) -> &'static str,
}

impl PartialEq for Told {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}
impl Eq for Told {}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        match problem.kind {
            ProblemKind::LoggedOut => Self::LoggedOut,
            kind => Self::Server(kind, problem.retry_after),
        }
    }
}

impl Trouble {
    /// A failure of the worker; `names` are the files of the job.
    #[must_use]
    pub fn of_worker(failure: Failure, names: &[String]) -> Self {
        match failure {
            Failure::BrokenLink => Self::BrokenLink,
            Failure::UnknownFormat => Self::UnknownFormat,
            Failure::WrongLogin => Self::Server(ProblemKind::WrongLogin, None),
            Failure::WrongPassword => Self::Server(ProblemKind::WrongPassword, None),
            Failure::UnusablePassword => Self::Password(PasswordFault::Unusable),
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
            Self::Draft(fault) => draft_kind(fault),
            Self::Email => "email",
            Self::Missing => "missing",
            Self::Password(fault) => password_kind(*fault),
            Self::Twice(_) => "twice",
            Self::EmptyFolder => "empty-folder",
            Self::NotRead(_) => "not-read",
            Self::ChooseAgain(_) => "choose-again",
            Self::NotAddresses(_) => "not-addresses",
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
            Self::Told(told) => told.kind,
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

    /// What happened and what to do.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        match self {
            Self::Draft(fault) => draft_sentence(fault, language),
            Self::Email => language.trouble_email().to_owned(),
            Self::Missing => language.trouble_missing().to_owned(),
            Self::Password(fault) => password_sentence(*fault, language),
            Self::Twice(names) => language.trouble_twice(&some_of(names, language)),
            Self::EmptyFolder => language.trouble_empty_folder().to_owned(),
            Self::NotRead(names) => language.trouble_not_read(&some_of(names, language)),
            Self::ChooseAgain(names) => language.trouble_choose_again(&some_of(names, language)),
            Self::NotAddresses(typed) => language.trouble_not_addresses(&some_of(typed, language)),
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
            Self::Told(told) => (told.sentence)(language).to_owned(),
            Self::Internal => language.trouble_internal().to_owned(),
        }
    }
}

fn draft_kind(fault: &Fault) -> &'static str {
    match fault {
        Fault::Empty => "empty",
        Fault::NoRecipient => "no-recipient",
        Fault::TooManyRecipients(_) => "too-many-recipients",
        Fault::NoteTooLong => "note-too-long",
        Fault::SubjectTooLong => "subject-too-long",
        Fault::MessageTooLong => "message-too-long",
        Fault::NameTooLong(_) => "name-too-long",
        Fault::FolderTooLong(_) => "folder-too-long",
        Fault::ListTooLong => "list-too-long",
        Fault::TooManyFiles(_) => "too-many-files",
        Fault::FileTooLarge(..) => "file-too-large",
        Fault::SumTooLarge(_) => "sum-too-large",
        Fault::Password(fault) => password_kind(*fault),
    }
}

fn draft_sentence(fault: &Fault, language: Language) -> String {
    match fault {
        Fault::Empty => language.trouble_empty().to_owned(),
        Fault::NoRecipient => language.trouble_no_recipient().to_owned(),
        Fault::TooManyRecipients(most) => language.trouble_too_many_recipients(&most.to_string()),
        Fault::NoteTooLong => language.trouble_note_too_long(&recipients::NOTE_CHARS.to_string()),
        Fault::SubjectTooLong => language.trouble_subject_too_long().to_owned(),
        Fault::MessageTooLong => language.trouble_message_too_long().to_owned(),
        Fault::NameTooLong(name) => language.trouble_name_too_long(&beginning(name)),
        Fault::FolderTooLong(path) => language.trouble_folder_too_long(&beginning(path)),
        Fault::ListTooLong => language.trouble_list_too_long().to_owned(),
        Fault::TooManyFiles(most) => language.trouble_too_many_files(&most.to_string()),
        Fault::FileTooLarge(name, most) => {
            language.trouble_file_too_large(&beginning(name), &language.size(*most))
        }
        Fault::SumTooLarge(most) => language.trouble_sum_too_large(&language.size(*most)),
        Fault::Password(fault) => password_sentence(*fault, language),
    }
}

/// Some names, and how many more there are.
fn some_of(names: &[String], language: Language) -> String {
    const SOME: usize = 5;
    let told: Vec<String> = names.iter().take(SOME).map(|name| beginning(name)).collect();
    let told = told.join(", ");
    match names.len().saturating_sub(SOME) {
        0 => told,
        more => language.trouble_and_more(&told, &more.to_string()),
    }
}

/// Enough of a name to recognise it.
fn beginning(name: &str) -> String {
    match name.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

fn password_kind(fault: PasswordFault) -> &'static str {
    match fault {
        PasswordFault::TooShort(_) => "password-too-short",
        PasswordFault::TooLong => "password-too-long",
        PasswordFault::Unusable => "password-unusable",
        PasswordFault::TooEasy => "password-too-easy",
        PasswordFault::Differs => "password-differs",
    }
}

fn password_sentence(fault: PasswordFault, language: Language) -> String {
    match fault {
        PasswordFault::TooShort(least) => language.trouble_password_too_short(&least.to_string()),
        PasswordFault::TooLong => language.trouble_password_too_long().to_owned(),
        PasswordFault::Unusable => language.trouble_password_unusable().to_owned(),
        PasswordFault::TooEasy => language.trouble_password_too_easy().to_owned(),
        PasswordFault::Differs => language.trouble_password_differs().to_owned(),
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
    fn names_are_shortened_and_limits_are_told() {
        let fault = Fault::FileTooLarge("n".repeat(300), 5 << 30);
        let sentence = Trouble::Draft(fault).sentence(Language::De);
        assert!(
            sentence.contains("5\u{a0}GB") && sentence.contains('…') && sentence.len() < 300,
            "{sentence}"
        );
    }

    #[test]
    fn hundreds_of_names_are_one_sentence() {
        let names = |count: usize| (0..count).map(|n| format!("{n}.jpg")).collect::<Vec<_>>();
        let few = Trouble::Twice(names(2)).sentence(Language::En);
        assert!(few.ends_with("0.jpg, 1.jpg"), "{few}");
        let many = Trouble::Twice(names(300)).sentence(Language::En);
        assert!(many.contains("4.jpg") && !many.contains("5.jpg") && many.contains("295"), "{many}");
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
