//! What is remembered between two messages: in memory, for a while, by the hash of the token that names it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use blob_api::UnixSeconds;

use super::Error;

/// Entries at a time.
const MOST: usize = 4096;

/// Entries that live for some seconds and are taken once.
pub(super) struct Pending<T> {
    lifetime: i64,
    entries: Mutex<HashMap<[u8; 32], Entry<T>>>,
}

struct Entry<T> {
    value: T,
    since: UnixSeconds,
}

impl<T> Pending<T> {
    /// Nothing yet; what comes lives for `lifetime` seconds.
    pub(super) fn lasting(lifetime: i64) -> Self {
        Self { lifetime, entries: Mutex::default() }
    }

    /// Remembers `value`, which began at `since`.
    ///
    /// # Errors
    /// [`Error::TooMany`] when there is no room.
    pub(super) fn insert(
        &self,
        hash: [u8; 32],
        value: T,
        since: UnixSeconds,
        now: UnixSeconds,
    ) -> Result<(), Error> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST {
            entries.retain(|_, entry| self.lives(entry, now));
        }
        if entries.len() >= MOST {
            return Err(Error::TooMany { seconds: self.lifetime.unsigned_abs() });
        }
        entries.insert(hash, Entry { value, since });
        Ok(())
    }

    /// Takes it out, so that one try runs at a time, with the time when it began; `None` when there is none any more.
    pub(super) fn take(&self, hash: &[u8; 32], now: UnixSeconds) -> Option<(T, UnixSeconds)> {
        let entry = self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(hash);
        entry.filter(|entry| self.lives(entry, now)).map(|entry| (entry.value, entry.since))
    }

    /// Forgets what is over.
    pub(super) fn sweep(&self, now: UnixSeconds) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, entry| self.lives(entry, now));
    }

    fn lives(&self, entry: &Entry<T>, now: UnixSeconds) -> bool {
        (0..self.lifetime).contains(&now.saturating_sub(entry.since))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn taken_once_and_in_time() {
        let pending = Pending::lasting(60);
        pending.insert([1; 32], 'a', 100, 100).ok().unwrap();
        assert_eq!(pending.take(&[2; 32], 100), None);
        assert_eq!(pending.take(&[1; 32], 159), Some(('a', 100)));
        assert_eq!(pending.take(&[1; 32], 159), None);
        pending.insert([1; 32], 'a', 100, 130).ok().unwrap();
        assert_eq!(pending.take(&[1; 32], 160), None, "its time runs from its beginning");
        pending.insert([1; 32], 'a', 100, 100).ok().unwrap();
        assert_eq!(pending.take(&[1; 32], 99), None, "from before it began");
    }

    #[test]
    fn memory_is_bounded() {
        let pending = Pending::lasting(60);
        for number in 0..MOST {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&number.to_be_bytes());
            pending.insert(hash, (), 100, 100).ok().unwrap();
        }
        assert!(matches!(pending.insert([9; 32], (), 100, 100), Err(Error::TooMany { seconds: 60 })));
        assert!(pending.insert([9; 32], (), 160, 160).is_ok(), "what is over makes room");
        pending.sweep(220);
        assert!(pending.entries.lock().unwrap().is_empty());
    }
}
