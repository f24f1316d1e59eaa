//! What stands in the way of sending, and what is wrong with a new password. Only members' pages tell of it.

use blob_api::NewRecipient;

use crate::draft::Fault;
use crate::input::PasswordFault;
use crate::text::Language;
use crate::tone::Tone;
use crate::trouble::Tells;

/// What stands in the way of sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// The draft cannot be sent as it is.
    Draft(Fault),
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
    /// The keys of these are not those that were known, or none at all: nothing is sent to them before words were compared.
    Keys(Vec<String>),
    /// The sender's own keys are locked.
    Locked,
    /// Longer than so many characters.
    TooLong(usize),
    /// These files are of no type that the box accepts; and the types that it does.
    WrongType(Vec<String>, Vec<String>),
    /// The server shows another key for the box than the one that was looked at before, and it must not be used.
    BoxKey,
    /// The server says that it has something else than what was submitted.
    ReceiptDiffers,
}

impl Tells for Obstacle {
    fn kind(&self) -> &'static str {
        match self {
            Self::Draft(fault) => draft_kind(fault),
            Self::Twice(_) => "twice",
            Self::EmptyFolder => "empty-folder",
            Self::NotRead(_) => "not-read",
            Self::ChooseAgain(_) => "choose-again",
            Self::NotAddresses(_) => "not-addresses",
            Self::Keys(_) => "recipients-keys",
            Self::Locked => "secupass-locked",
            Self::TooLong(_) => "too-long",
            Self::WrongType(..) => "wrong-type",
            Self::BoxKey => "box-key",
            Self::ReceiptDiffers => "receipt-differs",
        }
    }

    fn sentence(&self, language: Language) -> String {
        match self {
            Self::Draft(fault) => draft_sentence(fault, language),
            Self::Twice(names) => language.trouble_twice(&some_of(names, language)),
            Self::EmptyFolder => language.trouble_empty_folder().to_owned(),
            Self::NotRead(names) => language.trouble_not_read(&some_of(names, language)),
            Self::ChooseAgain(names) => language.trouble_choose_again(&some_of(names, language)),
            Self::NotAddresses(typed) => language.trouble_not_addresses(&some_of(typed, language)),
            Self::Locked => language.trouble_secupass_locked().to_owned(),
            Self::TooLong(most) => language.trouble_too_long(&most.to_string()),
            Self::WrongType(names, types) => {
                language.trouble_wrong_type(&some_of(names, language), &types.join(", "))
            }
            Self::BoxKey => language.letterbox_refused_other().to_owned(),
            Self::ReceiptDiffers => language.trouble_receipt_differs().to_owned(),
            Self::Keys(emails) => language.trouble_recipients_keys(&some_of(emails, language)),
        }
    }

    fn tone(&self) -> Tone {
        match self {
            Self::EmptyFolder | Self::NotRead(_) | Self::Locked | Self::WrongType(..) => Tone::Warning,
            Self::Twice(_) => Tone::Info,
            _ => Tone::Danger,
        }
    }
}

impl Tells for PasswordFault {
    fn kind(&self) -> &'static str {
        password_kind(*self)
    }
    fn sentence(&self, language: Language) -> String {
        password_sentence(*self, language)
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
        Fault::NoteTooLong => language.trouble_note_too_long(&NewRecipient::NOTE_CHARS.to_string()),
        Fault::SubjectTooLong => language.trouble_subject_too_long().to_owned(),
        Fault::MessageTooLong => language.trouble_message_too_long().to_owned(),
        Fault::NameTooLong(name) => language.trouble_name_too_long(&beginning(name)),
        Fault::FolderTooLong(path) => language.trouble_folder_too_long(&beginning(path)),
        Fault::ListTooLong => language.trouble_list_too_long().to_owned(),
        Fault::TooManyFiles(most) => language.trouble_too_many_files(&most.to_string()),
        Fault::FileTooLarge(name, most) => {
            language.trouble_file_too_large(&language.size(*most), &beginning(name))
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
        more => language.trouble_and_more(&more.to_string(), &told),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shortened_and_limits_are_told() {
        let fault = Fault::FileTooLarge("n".repeat(300), 5 << 30);
        let sentence = Obstacle::Draft(fault).sentence(Language::De);
        assert!(
            sentence.contains("nn…“ ist zu groß: höchstens 5\u{a0}GB") && sentence.len() < 300,
            "{sentence}"
        );
    }

    #[test]
    fn hundreds_of_names_are_one_sentence() {
        let names = |count: usize| (0..count).map(|n| format!("{n}.jpg")).collect::<Vec<_>>();
        let few = Obstacle::Twice(names(2)).sentence(Language::En);
        assert!(few.ends_with("0.jpg, 1.jpg"), "{few}");
        let many = Obstacle::Twice(names(300)).sentence(Language::En);
        assert!(many.ends_with("0.jpg, 1.jpg, 2.jpg, 3.jpg, 4.jpg and 295 more"), "{many}");
    }
}
