//! A delivery that is being written, checked before anything is sent.

use std::collections::HashSet;

use blob_api::{Limits, NewRecipient};
use serde::{Deserialize, Serialize};

use crate::input::{self, PasswordFault};
use crate::protocol::Addressing;

/// Longest subject in bytes of UTF-8.
pub const MAX_SUBJECT_BYTES: usize = 500;
/// Longest message in bytes of UTF-8.
pub const MAX_MESSAGE_BYTES: usize = 1 << 20;
/// Longest name of a file or folder in characters.
pub const MAX_NAME_CHARS: usize = 255;
/// Longest path of a folder in bytes of UTF-8.
pub const MAX_FOLDER_BYTES: usize = 1024;
/// Longest media type of a file that is sent along; a longer one tells nothing and is left out.
pub const MAX_MEDIA_TYPE_BYTES: usize = 127;
/// Most bytes that subject, message and the list of files take together as the worker writes them: what a cover of 4 MiB
/// holds beside its own data and its padding (crypto-core/SPEC.md §8.2).
const MAX_MANIFEST_BYTES: u64 = (4 << 20) - (1 << 16) - 4;
/// More than what the worker writes beside subject, message and files.
const MANIFEST_BYTES: u64 = 128;
/// More than what it writes for a file beside its names: identifier, salt, sizes, times, media type.
const ENTRY_BYTES: u64 = 112 + MAX_MEDIA_TYPE_BYTES as u64;
/// The lifetimes offered, in days; those above the server's limit are left out.
const DAYS: [u16; 6] = [1, 7, 14, 30, 60, 90];

/// What the browser tells about a chosen file. Two with the same values are the same file chosen twice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Chosen {
    /// The folder it was chosen with, as a path with `/` between names; empty when it was chosen by itself.
    pub folder: String,
    /// As it is called on the sender's computer.
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// Milliseconds since 1970.
    pub modified: i64,
}

/// What the sender has written.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// One line.
    pub subject: String,
    /// Several lines.
    pub message: String,
    /// In the order they were added.
    pub files: Vec<Chosen>,
    /// Is the delivery to have a password?
    pub with_password: bool,
    /// To whom it goes.
    pub addressing: Addressing,
    /// Can it do without recipients, since it has a link for whoever has it?
    pub open_link: bool,
}

/// Why a draft cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Neither message nor file.
    Empty,
    /// Nobody is named, and at this level somebody must be.
    NoRecipient,
    /// More recipients than the server allows.
    TooManyRecipients(u16),
    /// The note for the mails is longer than [`NewRecipient::NOTE_CHARS`], or has several lines.
    NoteTooLong,
    /// More than [`MAX_SUBJECT_BYTES`].
    SubjectTooLong,
    /// More than [`MAX_MESSAGE_BYTES`].
    MessageTooLong,
    /// A file's name has more than [`MAX_NAME_CHARS`].
    NameTooLong(String),
    /// The names of the folders that a file lies in, this one first, are too long: see [`MAX_FOLDER_BYTES`].
    FolderTooLong(String),
    /// Subject, message and names do not fit together into one delivery.
    ListTooLong,
    /// More files than the server allows.
    TooManyFiles(u32),
    /// This file is larger than the server allows.
    FileTooLarge(String, u64),
    /// Together the files are larger than the server allows.
    SumTooLarge(u64),
    /// The password is not good enough.
    Password(PasswordFault),
}

impl Draft {
    /// The first thing that is wrong, if any. `password` stays outside the draft so that no copy of it is kept.
    ///
    /// # Errors
    /// What has to change before this can be sent.
    pub fn check(&self, password: &str, limits: &Limits) -> Result<(), Fault> {
        self.check_addressing(limits)?;
        if self.message.trim().is_empty() && self.files.is_empty() {
            return Err(Fault::Empty);
        }
        if self.subject.len() > MAX_SUBJECT_BYTES {
            return Err(Fault::SubjectTooLong);
        }
        if self.message.len() > MAX_MESSAGE_BYTES {
            return Err(Fault::MessageTooLong);
        }
        check_files(&self.files, limits)?;
        if self.cover_bytes() > MAX_MANIFEST_BYTES {
            return Err(Fault::ListTooLong);
        }
        if self.with_password {
            input::delivery_password(password).map_err(Fault::Password)?;
        }
        Ok(())
    }

    fn check_addressing(&self, limits: &Limits) -> Result<(), Fault> {
        let Addressing { recipients, note, .. } = &self.addressing;
        if recipients.is_empty() && !self.open_link {
            return Err(Fault::NoRecipient);
        }
        if recipients.len() > usize::from(limits.recipients) {
            return Err(Fault::TooManyRecipients(limits.recipients));
        }
        let fits = note.chars().count() <= NewRecipient::NOTE_CHARS && !note.chars().any(char::is_control);
        if fits { Ok(()) } else { Err(Fault::NoteTooLong) }
    }

    /// At least as many bytes as the cover's content will have.
    fn cover_bytes(&self) -> u64 {
        let names = |file: &Chosen| (file.folder.len() + file.name.len()) as u64 + ENTRY_BYTES;
        let files: u64 = self.files.iter().map(names).sum();
        MANIFEST_BYTES + (self.subject.len() + self.message.len()) as u64 + files
    }

    /// All files together, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        sum(&self.files)
    }
}

/// Is this a file that a computer makes for itself in every folder that it shows?
#[must_use]
pub fn is_litter(name: &str) -> bool {
    [".DS_Store", "Thumbs.db", "desktop.ini"].iter().any(|litter| name.eq_ignore_ascii_case(litter))
}

/// Which of the added files are not there yet (their positions), and the names of those that are.
#[must_use]
pub fn fresh(have: &[Chosen], added: &[Chosen]) -> (Vec<usize>, Vec<String>) {
    let mut known: HashSet<&Chosen> = have.iter().collect();
    let (fresh, twice): (Vec<usize>, Vec<usize>) =
        (0..added.len()).partition(|place| known.insert(&added[*place]));
    (fresh, twice.into_iter().map(|place| added[place].name.clone()).collect())
}

fn sum(files: &[Chosen]) -> u64 {
    files.iter().fold(0, |sum, file| sum.saturating_add(file.size))
}

/// The first file, or sum of files, that the server would not take.
///
/// # Errors
/// What is too much.
pub fn check_files(files: &[Chosen], limits: &Limits) -> Result<(), Fault> {
    if files.len() > limits.files as usize {
        return Err(Fault::TooManyFiles(limits.files));
    }
    for file in files {
        if file.name.chars().count() > MAX_NAME_CHARS {
            return Err(Fault::NameTooLong(file.name.clone()));
        }
        if folder_is_too_long(&file.folder) {
            return Err(Fault::FolderTooLong(file.folder.clone()));
        }
        if file.size > limits.file_bytes {
            return Err(Fault::FileTooLarge(file.name.clone(), limits.file_bytes));
        }
    }
    if sum(files) > limits.delivery_bytes { Err(Fault::SumTooLarge(limits.delivery_bytes)) } else { Ok(()) }
}

fn folder_is_too_long(path: &str) -> bool {
    path.len() > MAX_FOLDER_BYTES || path.split('/').any(|name| name.chars().count() > MAX_NAME_CHARS)
}

/// The lifetimes to choose from, and the one chosen at first.
#[must_use]
pub fn lifetimes(limits: &Limits) -> (Vec<u16>, u16) {
    let most = limits.max_days.max(1);
    let first = limits.default_days.clamp(1, most);
    let mut days: Vec<u16> = DAYS.into_iter().filter(|days| *days <= most).chain([most, first]).collect();
    days.sort_unstable();
    days.dedup();
    (days, first)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const LIMITS: Limits = Limits {
        file_bytes: 100,
        delivery_bytes: 150,
        files: 3,
        recipients: 10,
        default_days: 60,
        max_days: 90,
    };

    fn file(name: &str, size: u64) -> Chosen {
        Chosen { name: name.to_owned(), size, ..Chosen::default() }
    }
    fn draft(message: &str, files: Vec<Chosen>) -> Draft {
        Draft { message: message.to_owned(), files, open_link: true, ..Draft::default() }
    }

    #[test]
    fn what_can_be_sent() {
        assert_eq!(draft("hello", vec![]).check("", &LIMITS), Ok(()));
        assert_eq!(draft("", vec![file("a", 0)]).check("", &LIMITS), Ok(()));
        assert_eq!(draft("", vec![file("a", 100), file("b", 50)]).check("", &LIMITS), Ok(()));
    }

    #[test]
    fn what_cannot() {
        assert_eq!(draft(" \n", vec![]).check("", &LIMITS), Err(Fault::Empty));
        let subject = Draft { subject: "x".repeat(501), ..draft("m", vec![]) };
        assert_eq!(subject.check("", &LIMITS), Err(Fault::SubjectTooLong));
        assert_eq!(draft(&"x".repeat((1 << 20) + 1), vec![]).check("", &LIMITS), Err(Fault::MessageTooLong));
        assert_eq!(
            draft("", vec![file("a", 101)]).check("", &LIMITS),
            Err(Fault::FileTooLarge("a".to_owned(), 100))
        );
        let sum = vec![file("a", 100), file("b", 51)];
        assert_eq!(draft("", sum).check("", &LIMITS), Err(Fault::SumTooLarge(150)));
        assert_eq!(draft("", vec![file("a", 1); 4]).check("", &LIMITS), Err(Fault::TooManyFiles(3)));
        let long = "ä".repeat(256);
        assert_eq!(draft("", vec![file(&long, 1)]).check("", &LIMITS), Err(Fault::NameTooLong(long)));
        let locked = Draft { with_password: true, ..draft("m", vec![]) };
        assert_eq!(locked.check("", &LIMITS), Err(Fault::Password(PasswordFault::TooShort(8))));
        assert_eq!(locked.check("long enough", &LIMITS), Ok(()));
    }

    #[test]
    fn whom_it_may_go_to() {
        let to = |recipients: &[&str], note: &str, open_link| {
            let recipients = recipients.iter().map(|email| (*email).to_owned()).collect();
            let addressing = Addressing { recipients, note: note.to_owned(), ..Addressing::default() };
            Draft { addressing, open_link, ..draft("m", vec![]) }.check("", &LIMITS)
        };
        assert_eq!(to(&[], "", true), Ok(()));
        assert_eq!(to(&[], "", false), Err(Fault::NoRecipient));
        assert_eq!(to(&["a@b.example"], "about the flat", false), Ok(()));
        assert_eq!(to(&["a@b.example"; 11], "", false), Err(Fault::TooManyRecipients(10)));
        assert_eq!(to(&["a@b.example"], &"x".repeat(201), false), Err(Fault::NoteTooLong));
        assert_eq!(to(&["a@b.example"], "two\nlines", false), Err(Fault::NoteTooLong));
    }

    #[test]
    fn huge_sums_do_not_wrap() {
        let limits = Limits { file_bytes: u64::MAX, ..LIMITS };
        let files = vec![file("a", u64::MAX), file("b", 2)];
        assert_eq!(check_files(&files, &limits), Err(Fault::SumTooLarge(150)));
    }

    #[test]
    fn the_same_file_twice() {
        let added = [file("a", 1), file("a", 2), file("c", 1), file("c", 1)];
        assert_eq!(
            fresh(&[file("a", 1), file("b", 1)], &added),
            (vec![1, 2], vec!["a".to_owned(), "c".to_owned()])
        );
        assert_eq!(draft("", added.to_vec()).bytes(), 5);
    }

    #[test]
    fn the_same_name_in_two_folders() {
        let within = |folder: &str| Chosen { folder: folder.to_owned(), ..file("a", 1) };
        let added = [within("x"), within("y"), within("x")];
        assert_eq!(fresh(&[file("a", 1)], &added), (vec![0, 1], vec!["a".to_owned()]));
    }

    #[test]
    fn folders_that_are_too_long() {
        let within = |folder: String| vec![Chosen { folder, ..file("a", 1) }];
        assert_eq!(check_files(&within(vec!["x".repeat(255); 4].join("/")), &LIMITS), Ok(()));
        let name = "x".repeat(256);
        assert_eq!(check_files(&within(name.clone()), &LIMITS), Err(Fault::FolderTooLong(name)));
        let deep = vec!["abc"; 300].join("/");
        assert_eq!(check_files(&within(deep.clone()), &LIMITS), Err(Fault::FolderTooLong(deep)));
    }

    #[test]
    fn a_list_that_does_not_fit() {
        let limits = Limits { files: 10_000, ..LIMITS };
        let chosen = |folder: usize| Chosen { folder: "x".repeat(folder), ..file("name.pdf", 0) };
        assert_eq!(draft("", vec![chosen(100); 10_000]).check("", &limits), Ok(()));
        assert_eq!(draft("", vec![chosen(200); 10_000]).check("", &limits), Err(Fault::ListTooLong));
    }

    #[test]
    fn litter() {
        assert!(is_litter(".DS_Store") && is_litter("thumbs.db") && is_litter("Desktop.ini"));
        assert!(!is_litter("desktop.ini.txt") && !is_litter(""));
    }

    #[test]
    fn lifetimes_fit_the_server() {
        assert_eq!(lifetimes(&LIMITS), (vec![1, 7, 14, 30, 60, 90], 60));
        assert_eq!(
            lifetimes(&Limits { default_days: 10, max_days: 20, ..LIMITS }),
            (vec![1, 7, 10, 14, 20], 10)
        );
        assert_eq!(lifetimes(&Limits { default_days: 60, max_days: 1, ..LIMITS }), (vec![1], 1));
        assert_eq!(lifetimes(&Limits { default_days: 0, max_days: 0, ..LIMITS }), (vec![1], 1));
    }
}
