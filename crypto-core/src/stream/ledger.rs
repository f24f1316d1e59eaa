//! Which parts of a file have been sealed, so that nothing is ever sealed in two ways under one key.

use crate::error::LedgerError;

/// What may happen with a sealed part.
#[must_use = "it says whether the part must be recorded before it is sent"]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admitted {
    /// Never sealed before: record its digest durably, and only then let the first byte leave.
    New,
    /// Sealed before with these very bytes: send them if the server does not have them.
    Again,
}

/// The SHA-256 of every part of one file that may have left, part 0 with the header first.
///
/// AES-GCM breaks when two plaintexts are sealed under one key and nonce and both leave. A file that goes on after an
/// interruption keeps its key ([`Sealer::again`](super::Sealer::again)), but the file on disk may have changed. So all of it
/// is sealed once more, and each part passes through here before anything is done with it: the same digest means the
/// same ciphertext and thereby, under one key and nonce, the same plaintext.
///
/// > SPEC §6.5: parts in order from 0; the recorded digest or none; at the first difference nothing leaves any more.
///
/// One ledger belongs to one salt. Only one sender may work with it at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartLedger {
    digests: Vec<[u8; 32]>,
    /// Number of the part that is admitted next.
    next: usize,
    changed: bool,
}

impl PartLedger {
    /// For a file that starts under a new salt, with [`Sealer::new`](super::Sealer::new).
    #[allow(
        clippy::new_without_default,
        reason = "an empty ledger is right for a new salt only, never by default"
    )]
    pub const fn new() -> Self {
        Self::restore(Vec::new())
    }

    /// For a file that goes on: the digests recorded under its salt, part 0 first.
    pub const fn restore(digests: Vec<[u8; 32]>) -> Self {
        Self { digests, next: 0, changed: false }
    }

    /// Decides about the next sealed part. `digest` is the SHA-256 of its bytes as they are sent, the header included in
    /// part 0.
    ///
    /// # Errors
    /// [`LedgerError::Changed`] when it differs from what was recorded, and for every part after that: forget this salt,
    /// remove the blob and start the file over. [`LedgerError::OutOfOrder`] for any part but the next; it changes nothing.
    pub fn admit(&mut self, part: u64, digest: [u8; 32]) -> Result<Admitted, LedgerError> {
        if self.changed {
            return Err(LedgerError::Changed);
        }
        if usize::try_from(part) != Ok(self.next) {
            return Err(LedgerError::OutOfOrder);
        }
        let admitted = match self.digests.get(self.next) {
            None => {
                self.digests.push(digest);
                Admitted::New
            }
            Some(recorded) if *recorded == digest => Admitted::Again,
            Some(_) => {
                self.changed = true;
                return Err(LedgerError::Changed);
            }
        };
        self.next += 1;
        Ok(admitted)
    }

    /// What must be recorded: the digests of all parts that may have left, part 0 first.
    pub fn digests(&self) -> &[[u8; 32]] {
        &self.digests
    }
}

#[cfg(test)]
mod tests {
    use super::{Admitted, PartLedger};
    use crate::error::LedgerError;

    #[test]
    fn a_new_file_records_every_part() {
        let mut ledger = PartLedger::new();
        assert_eq!(ledger.admit(0, [1; 32]), Ok(Admitted::New));
        assert_eq!(ledger.admit(1, [2; 32]), Ok(Admitted::New));
        assert_eq!(ledger.digests(), [[1; 32], [2; 32]]);
    }

    #[test]
    fn a_file_that_goes_on_repeats_itself_before_it_continues() {
        let mut ledger = PartLedger::restore(vec![[1; 32], [2; 32]]);
        assert_eq!(ledger.admit(0, [1; 32]), Ok(Admitted::Again));
        assert_eq!(ledger.admit(1, [2; 32]), Ok(Admitted::Again));
        assert_eq!(ledger.admit(2, [3; 32]), Ok(Admitted::New));
        assert_eq!(ledger.digests(), [[1; 32], [2; 32], [3; 32]]);
    }

    #[test]
    fn after_a_difference_nothing_is_admitted() {
        let mut ledger = PartLedger::restore(vec![[1; 32], [2; 32]]);
        assert_eq!(ledger.admit(0, [1; 32]), Ok(Admitted::Again));
        assert_eq!(ledger.admit(1, [9; 32]), Err(LedgerError::Changed));
        assert_eq!(ledger.admit(1, [2; 32]), Err(LedgerError::Changed));
        assert_eq!(ledger.admit(2, [3; 32]), Err(LedgerError::Changed));
        assert_eq!(ledger.digests(), [[1; 32], [2; 32]]);
    }

    #[test]
    fn parts_are_admitted_in_order_and_once() {
        let mut ledger = PartLedger::restore(vec![[1; 32]]);
        // Skipping what was sealed before would leave a change in it unseen.
        assert_eq!(ledger.admit(1, [2; 32]), Err(LedgerError::OutOfOrder));
        assert_eq!(ledger.admit(u64::MAX, [2; 32]), Err(LedgerError::OutOfOrder));
        assert_eq!(ledger.admit(0, [1; 32]), Ok(Admitted::Again));
        assert_eq!(ledger.admit(0, [1; 32]), Err(LedgerError::OutOfOrder));
        assert_eq!(ledger.admit(1, [2; 32]), Ok(Admitted::New));
    }
}
