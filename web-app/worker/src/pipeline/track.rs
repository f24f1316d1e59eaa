//! What is known of one file's ciphertext, from one try to the next.

use std::{cell::RefCell, collections::HashSet};

use crypto_core::{
    id::BlobId,
    stream::{FileRef, Layout, PartLedger},
};

/// One file under one key. A file that has changed gets a new one.
pub(crate) struct Track {
    pub(crate) blob: BlobId,
    pub(crate) layout: Layout,
    progress: RefCell<Progress>,
}

#[derive(Default)]
struct Progress {
    /// Known from the first try on.
    salt: Option<[u8; 32]>,
    /// Of the parts that may have left, from the first without a gap.
    digests: Vec<[u8; 32]>,
    /// Parts that are at the server.
    arrived: HashSet<u64>,
    /// All of it is at the server.
    complete: bool,
}

impl Track {
    /// Nothing of it has been sealed.
    pub(crate) fn new(blob: BlobId, layout: Layout) -> Self {
        Self { blob, layout, progress: RefCell::default() }
    }

    /// All of it is at the server; the digests are those that are still known.
    pub(crate) fn complete(content: FileRef, digests: Vec<[u8; 32]>) -> Self {
        let track = Self::begun(content.blob, content.layout, content.salt, digests, HashSet::new());
        track.set_complete();
        track
    }

    /// These parts may have left, and some have arrived.
    pub(crate) fn begun(
        blob: BlobId,
        layout: Layout,
        salt: [u8; 32],
        digests: Vec<[u8; 32]>,
        arrived: HashSet<u64>,
    ) -> Self {
        let progress = Progress { salt: Some(salt), digests, arrived, complete: false };
        Self { blob, layout, progress: RefCell::new(progress) }
    }

    pub(crate) fn salt(&self) -> Option<[u8; 32]> {
        self.progress.borrow().salt
    }
    pub(crate) fn set_salt(&self, salt: [u8; 32]) {
        self.progress.borrow_mut().salt = Some(salt);
    }
    /// For one more pass over the file.
    pub(crate) fn ledger(&self) -> PartLedger {
        PartLedger::restore(self.progress.borrow().digests.clone())
    }
    /// One more part may leave.
    pub(crate) fn admitted(&self, digest: [u8; 32]) {
        self.progress.borrow_mut().digests.push(digest);
    }
    pub(crate) fn has_arrived(&self, part: u64) -> bool {
        self.progress.borrow().arrived.contains(&part)
    }
    pub(crate) fn arrived(&self, part: u64) {
        self.progress.borrow_mut().arrived.insert(part);
    }
    pub(crate) fn set_complete(&self) {
        self.progress.borrow_mut().complete = true;
    }

    /// SHA-256 of each of its parts; `None` when not all are known.
    pub(crate) fn digests(&self) -> Option<Vec<[u8; 32]>> {
        let digests = self.progress.borrow().digests.clone();
        (digests.len() as u64 == self.layout.parts()).then_some(digests)
    }

    /// What the manifest says of the file, once all of it is at the server.
    pub(crate) fn content(&self) -> Option<FileRef> {
        let progress = self.progress.borrow();
        let salt = progress.salt.filter(|_| progress.complete)?;
        Some(FileRef { blob: self.blob, layout: self.layout, salt })
    }
}
