//! What deliveries are made of, on their way between page and worker.

use blob_api::{
    AccountId, BlobId, DeliveryId, DeputyGrant, GiveGrant, Language, Level, NewLink, Opaque, RecipientId,
    UnixSeconds, Vault,
};
use serde::{Deserialize, Serialize};

use super::{JobId, Person};
use crate::draft::Chosen;

/// What a recipient saves at once. `Debug` shows no name.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Wanted {
    /// One file, by its position in [`Cover::files`].
    File(u32),
    /// Several files as one archive.
    Archive {
        /// What the archive is called.
        name: String,
        /// Their positions, in the archive's order.
        files: Vec<u32>,
    },
}

impl core::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::File(file) => write!(f, "File({file})"),
            Self::Archive { files, .. } => write!(f, "Archive({} files)", files.len()),
        }
    }
}

/// A password or the fragment of a link, between page and worker. `Debug` hides it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret(pub String);

impl core::fmt::Debug for Secret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// What a delivery has from its beginning to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// How well it is protected; its keys are bound to it.
    pub level: Level,
    /// Days that it will live.
    pub days: u16,
    /// The delivery that it answers.
    pub answer_to: Option<DeliveryId>,
}

/// What was made for one recipient, for [`blob_api::NewRecipient`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressed {
    /// Names the recipient.
    pub recipient: RecipientId,
    /// Their link; none at level 4, where links carry no secret.
    pub link: Option<OwnLink>,
    /// The delivery's keys, granted to them: from level 3 on, when they have keys.
    pub grant: Option<GiveGrant>,
    /// What an invitation code opens.
    pub invitation: Option<Invitation>,
    /// They have keys, for which nothing but the server vouches, and that is not enough.
    pub unproved: bool,
}

/// A link that is one recipient's alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnLink {
    /// What the server knows of it.
    pub new: NewLink,
    /// What stands after `#`.
    pub fragment: Secret,
}

/// An invitation code, which the sender hands over by another way than the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// For the server to keep.
    pub offer: Opaque,
    /// Seven words.
    pub code: Secret,
}

/// All that a delivery of level 3 or 4 needs once its files are uploaded. `Debug` hides what was written.
#[derive(Debug, Serialize, Deserialize)]
pub struct Granting {
    /// Id of the [`super::MemberJob::Prepare`].
    pub prepared: JobId,
    /// The sender's open keys.
    pub keys: JobId,
    /// What the delivery says.
    pub letter: Letter,
    /// The recipients, with the cards that the server shows.
    pub people: Vec<Person>,
    /// The sender's deputies, likewise. Whose key may not be used gets nothing.
    pub deputies: Vec<(AccountId, Person)>,
    /// Those without keys get an invitation code, in this language.
    pub codes: Option<Language>,
    /// The only recipient is somebody who has sent something into a box, and is granted to by what they keep of it.
    pub receipt: Option<ByReceipt>,
    /// Is nothing granted to a key that was neither compared nor proved? Its owner is treated as if there was none.
    pub needs_proof: bool,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub now: u64,
}

/// Somebody without an account, as they were when what they sent was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByReceipt {
    /// What they sent.
    pub submission: DeliveryId,
    /// Their card for it.
    pub card: Opaque,
    /// Its fingerprint in digits, as it was verified.
    pub digits: String,
}

/// What came of a [`Granting`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// In the order of the recipients.
    pub recipients: Vec<Addressed>,
    /// The delivery's keys, granted to the sender.
    pub own_grant: Opaque,
    /// The same for the sender's deputies.
    pub deputies: Vec<DeputyGrant>,
    /// Addresses of deputies who got none: their keys have changed, or not been proved where that is needed.
    pub passed_over: Vec<String>,
    /// Remembers the keys that were granted to, and the invitations. It must be stored before anything is sent.
    pub vault: Vault,
}

/// What the sender wrote, and to whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Sealed in the cover.
    pub letter: Letter,
    /// For the server.
    pub addressing: Addressing,
}

/// Whom a delivery is for, and how they get it. `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressing {
    /// Addresses, none when the delivery has only a link for whoever has it.
    pub recipients: Vec<String>,
    /// Do recipients see each other?
    pub listed: bool,
    /// Does the server mail the links?
    pub by_mail: bool,
    /// What stands in the mails for all to read; empty when there is nothing.
    pub note: String,
    /// From level 3 on: do those without keys get an invitation code?
    pub codes: bool,
}

impl Default for Addressing {
    fn default() -> Self {
        Self { recipients: Vec::new(), listed: false, by_mail: true, note: String::new(), codes: false }
    }
}

impl core::fmt::Debug for Addressing {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Addressing({} recipients)", self.recipients.len())
    }
}

/// What the sender wrote. `Debug` hides it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// Plain text, several lines.
    pub message: String,
    /// Into a box: what the submitter calls themselves; else empty.
    pub name: String,
    /// Into a box: a case number, say; else empty.
    pub reference: String,
}

impl core::fmt::Debug for Letter {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Letter(hidden)")
    }
}

/// A file of a [`super::MemberJob::Upload`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// What tells it apart.
    pub chosen: Chosen,
    /// Does its `File` come along? Only a file that has arrived completely can do without.
    pub here: bool,
}

/// An opened cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// Its level, as sealed inside.
    pub level: Level,
    /// Subject and message.
    pub letter: Letter,
    /// When the sender sealed it.
    pub created: UnixSeconds,
    /// The files in the sender's order.
    pub files: Vec<FileEntry>,
}

/// One file of an opened cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its ciphertext.
    pub blob: BlobId,
    /// The folder it belongs to, as a path with `/` between names; empty at the top. Safe: see `name::safe_paths`.
    pub folder: String,
    /// Safe to show and to save under, likewise. Unique within its folder.
    pub name: String,
    /// Plaintext bytes.
    pub size: u64,
}
