//! What a delivery holds: subject, message, and the list of its files. SPEC §7.

use crate::codec::{DecodeError, Read, WriteError, Writer, decode_exactly};
use crate::error::{ParseError, SealError};
use crate::id::{BlobId, DeliveryId, Level};
use crate::stream::{ChunkSize, FileRef, Layout};

/// The manifest format that this software writes.
const VERSION: u8 = 1;

/// Most characters of a subject.
pub const MAX_SUBJECT_CHARS: usize = 500;
/// Most bytes of a message, in UTF-8.
pub const MAX_MESSAGE_BYTES: usize = 1 << 20;
/// Most files.
pub const MAX_FILES: usize = 10_000;
/// Most characters of a file's name, and of each name in a folder's path; the least is 1.
pub const MAX_NAME_CHARS: usize = 255;
/// Most bytes of a media type.
pub const MAX_MEDIA_TYPE_BYTES: usize = 255;
/// Most bytes of a folder's path, in UTF-8.
pub const MAX_FOLDER_BYTES: usize = 1024;
/// Most characters of a submitter's name and reference.
pub const MAX_CLAIM_CHARS: usize = 100;
/// Bytes that one character takes at most, in UTF-8.
const CHAR_BYTES: usize = 4;

/// Everything that a delivery says about itself. It has no `Debug`, for it is what encryption hides.
#[derive(Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The delivery it belongs to.
    pub delivery: DeliveryId,
    /// That delivery's level.
    pub level: Level,
    /// One line of text.
    pub subject: String,
    /// Plain text.
    pub message: String,
    /// When it was sealed, by the sender's clock: seconds since 1970-01-01T00:00:00Z.
    pub created: u64,
    /// When the sender wants it to end, likewise. The server enforces its own record.
    pub expires: Option<u64>,
    /// In the sender's order. No two share a blob.
    pub files: Vec<FileEntry>,
    /// What somebody without an account calls themselves, in what they send into a box; else empty. Nobody vouches for it.
    pub name: String,
    /// What they call it, such as a case number; may be empty.
    pub reference: String,
}

/// One file of a [`Manifest`]. Name, folder and media type are what a sender, perhaps a hostile one, chose.
#[derive(Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Its ciphertext.
    pub content: FileRef,
    /// Its name. Make it safe before showing it or saving under it.
    pub name: String,
    /// Its media type as the sender's browser guessed it; may be empty. Never act on it.
    pub media_type: String,
    /// When it was last changed: seconds since 1970-01-01T00:00:00Z.
    pub modified: Option<u64>,
    /// The folder inside the delivery where it belongs: names with `/` between them, empty at the top. No name in it is
    /// empty, `.` or `..`; beyond that, make each safe as the file's own. Files of different folders may share a name.
    pub folder: String,
}

impl Manifest {
    /// Divides it by its level into what the link opens and what only the granted open.
    ///
    /// > SPEC §15.1: at levels 1 and 2 all is cover; at level 3 subject and message are cover, the files are sealed; at
    /// > level 4 all is sealed.
    pub fn split(self) -> (Option<Self>, Option<Self>) {
        match self.level {
            Level::One | Level::Two => (Some(self), None),
            Level::Three => {
                let cover = Self { files: Vec::new(), ..self.clone() };
                let none = String::new;
                let sealed =
                    Self { subject: none(), message: none(), name: none(), reference: none(), ..self };
                (Some(cover), Some(sealed))
            }
            Level::Four => (None, Some(self)),
        }
    }

    /// Deterministic CBOR.
    ///
    /// # Errors
    /// [`SealError::TooLarge`] and [`SealError::BadInput`] for what [`Manifest::decode`] would refuse.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, SealError> {
        self.check()?;
        // Writing to memory cannot fail; see `codec::Writer`.
        write(self).map_err(|_| SealError::BadInput)
    }

    /// Reads what [`Manifest::encode`] wrote, and nothing else.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, ParseError> {
        let manifest = decode_exactly(bytes, read, write)?;
        manifest.check().map_err(|_| ParseError::Malformed)?;
        Ok(manifest)
    }

    /// The limits that hold for writer and reader alike.
    fn check(&self) -> Result<(), SealError> {
        let is_long = |claim: &str| claim.chars().count() > MAX_CLAIM_CHARS;
        let too_large = self.subject.chars().count() > MAX_SUBJECT_CHARS
            || is_long(&self.name)
            || is_long(&self.reference)
            || self.message.len() > MAX_MESSAGE_BYTES
            || self.files.len() > MAX_FILES
            || self.files.iter().any(FileEntry::is_too_large);
        if too_large {
            return Err(SealError::TooLarge);
        }
        let mut blobs: Vec<BlobId> = self.files.iter().map(|file| file.content.blob).collect();
        blobs.sort_unstable();
        let repeated = blobs.windows(2).any(|pair| pair[0] == pair[1]);
        if repeated || self.files.iter().any(FileEntry::is_malformed) {
            return Err(SealError::BadInput);
        }
        Ok(())
    }
}

impl FileEntry {
    fn is_too_large(&self) -> bool {
        self.name.chars().count() > MAX_NAME_CHARS
            || self.media_type.len() > MAX_MEDIA_TYPE_BYTES
            || self.folder.len() > MAX_FOLDER_BYTES
            || self.folder.split('/').any(|name| name.chars().count() > MAX_NAME_CHARS)
    }

    fn is_malformed(&self) -> bool {
        let folder_is_malformed = || self.folder.split('/').any(|name| matches!(name, "" | "." | ".."));
        self.name.is_empty() || (!self.folder.is_empty() && folder_is_malformed())
    }
}

/// > SPEC §7.1: `{1: version, 2: delivery, 3: level, 4: subject, 5: message, 6: created, ?7: expires, 8: [file], ?9: name,
/// > ?10: reference}`
fn write(manifest: &Manifest) -> Result<Vec<u8>, WriteError> {
    let mut out = Writer::new(Vec::new());
    let claims =
        [(9, &manifest.name), (10, &manifest.reference)].into_iter().filter(|(_, text)| !text.is_empty());
    out.map(7 + u64::from(manifest.expires.is_some()) + claims.clone().count() as u64)?;
    out.u8(1)?.u8(VERSION)?;
    out.u8(2)?.bytes(&manifest.delivery.0)?;
    out.u8(3)?.u8(manifest.level.number())?;
    out.u8(4)?.str(&manifest.subject)?;
    out.u8(5)?.str(&manifest.message)?;
    out.u8(6)?.u64(manifest.created)?;
    if let Some(expires) = manifest.expires {
        out.u8(7)?.u64(expires)?;
    }
    out.u8(8)?.array(manifest.files.len() as u64)?;
    for file in &manifest.files {
        write_file(&mut out, file)?;
    }
    for (key, text) in claims {
        out.u8(key)?.str(text)?;
    }
    Ok(out.into_writer())
}

/// > SPEC §7.2: `{1: blob, 2: name, 3: media type, 4: size, ?5: modified, 6: chunk_log2, 7: salt, ?8: folder}`
fn write_file(out: &mut Writer, file: &FileEntry) -> Result<(), WriteError> {
    let FileRef { blob, layout, salt } = &file.content;
    out.map(6 + u64::from(file.modified.is_some()) + u64::from(!file.folder.is_empty()))?;
    out.u8(1)?.bytes(&blob.0)?;
    out.u8(2)?.str(&file.name)?;
    out.u8(3)?.str(&file.media_type)?;
    out.u8(4)?.u64(layout.size())?;
    if let Some(modified) = file.modified {
        out.u8(5)?.u64(modified)?;
    }
    out.u8(6)?.u8(layout.chunk_size().log2())?;
    out.u8(7)?.bytes(salt)?;
    if !file.folder.is_empty() {
        out.u8(8)?.str(&file.folder)?;
    }
    Ok(())
}

fn read(input: &mut minicbor::Decoder<'_>) -> Result<Manifest, DecodeError> {
    // The number of entries is not looked at yet: another version may have others.
    let entries = input.entries(1, u64::MAX)?;
    input.key(1)?;
    if input.u64()? != u64::from(VERSION) {
        return Err(ParseError::UnknownFormat.into());
    }
    if !(7..=10).contains(&entries) {
        return Err(DecodeError::MALFORMED);
    }
    input.key(2)?;
    let delivery = DeliveryId(input.fixed()?);
    input.key(3)?;
    // An unknown level is damage here, not a newer format: it must be the one outside (SPEC §8.3, step 7).
    let level = Level::from_number(input.u8()?).map_err(|_| DecodeError::MALFORMED)?;
    input.key(4)?;
    let subject = input.text(MAX_SUBJECT_CHARS * CHAR_BYTES)?.to_owned();
    input.key(5)?;
    let message = input.text(MAX_MESSAGE_BYTES)?.to_owned();
    input.key(6)?;
    let created = input.u64()?;
    let expires = input.optional(7)?;
    input.key(8)?;
    let count = input.elements(MAX_FILES)?;
    let files = (0..count).map(|_| read_file(input)).collect::<Result<_, _>>()?;
    let (name, reference) = (read_claim(input, 9)?, read_claim(input, 10)?);
    Ok(Manifest { delivery, level, subject, message, created, expires, files, name, reference })
}

/// What is not there is empty; what is there and empty is not written so again.
fn read_claim(input: &mut minicbor::Decoder<'_>, key: u8) -> Result<String, DecodeError> {
    match input.has_key(key)? {
        true => Ok(input.text(MAX_CLAIM_CHARS * CHAR_BYTES)?.to_owned()),
        false => Ok(String::new()),
    }
}

fn read_file(input: &mut minicbor::Decoder<'_>) -> Result<FileEntry, DecodeError> {
    let entries = input.entries(6, 8)?;
    input.key(1)?;
    let blob = BlobId(input.fixed()?);
    input.key(2)?;
    let name = input.text(MAX_NAME_CHARS * CHAR_BYTES)?.to_owned();
    input.key(3)?;
    let media_type = input.text(MAX_MEDIA_TYPE_BYTES)?.to_owned();
    input.key(4)?;
    let size = input.u64()?;
    let modified = input.optional(5)?;
    input.key(6)?;
    let log2 = u8::try_from(input.u64()?).map_err(|_| ParseError::UnknownFormat)?;
    let chunk = ChunkSize::from_log2(log2)?;
    input.key(7)?;
    let salt = input.fixed()?;
    // The last key, so the number of entries tells whether it is there.
    let folder = if entries > 6 + u64::from(modified.is_some()) {
        input.key(8)?;
        input.text(MAX_FOLDER_BYTES)?.to_owned()
    } else {
        String::new()
    };
    let layout = Layout::new(size, chunk).ok_or(DecodeError::MALFORMED)?;
    Ok(FileEntry { content: FileRef { blob, layout, salt }, name, media_type, modified, folder })
}
