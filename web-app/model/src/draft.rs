//! A delivery that is being written, checked before anything is sent.

use blob_api::Limits;

use crate::input::{self, PasswordFault};

/// Longest subject in bytes of UTF-8.
pub const MAX_SUBJECT_BYTES: usize = 500;
/// Longest message in bytes of UTF-8.
pub const MAX_MESSAGE_BYTES: usize = 1 << 20;
/// Longest file name in characters.
pub const MAX_NAME_CHARS: usize = 255;
/// The lifetimes offered, in days; those above the server's limit are left out.
const DAYS: [u16; 6] = [1, 7, 14, 30, 60, 90];

/// What the browser tells about a chosen file. Two with the same values are the same file chosen twice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
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
}

/// Why a draft cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Neither message nor file.
    Empty,
    /// More than [`MAX_SUBJECT_BYTES`].
    SubjectTooLong,
    /// More than [`MAX_MESSAGE_BYTES`].
    MessageTooLong,
    /// A file's name has more than [`MAX_NAME_CHARS`].
    NameTooLong(String),
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
        if self.with_password {
            input::delivery_password(password).map_err(Fault::Password)?;
        }
        Ok(())
    }

    /// All files together, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        sum(&self.files)
    }
}

/// Which of the added files are not there yet (their positions), and the names of those that are.
#[must_use]
pub fn fresh(have: &[Chosen], added: &[Chosen]) -> (Vec<usize>, Vec<String>) {
    let (fresh, twice): (Vec<usize>, Vec<usize>) = (0..added.len())
        .partition(|place| !have.contains(&added[*place]) && !added[..*place].contains(&added[*place]));
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
        if file.size > limits.file_bytes {
            return Err(Fault::FileTooLarge(file.name.clone(), limits.file_bytes));
        }
    }
    if sum(files) > limits.delivery_bytes { Err(Fault::SumTooLarge(limits.delivery_bytes)) } else { Ok(()) }
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

    const LIMITS: Limits =
        Limits { file_bytes: 100, delivery_bytes: 150, files: 3, default_days: 60, max_days: 90 };

    fn file(name: &str, size: u64) -> Chosen {
        Chosen { name: name.to_owned(), size, ..Chosen::default() }
    }
    fn draft(message: &str, files: Vec<Chosen>) -> Draft {
        Draft { message: message.to_owned(), files, ..Draft::default() }
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
