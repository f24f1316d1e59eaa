//! A delivery that was begun and not sent, as far as this browser knows it.

use std::collections::{HashMap, HashSet};

use blob_api::{BlobId, DeliveryId, StoredBlobs};
use serde::{Deserialize, Serialize};

use crate::draft::Chosen;
use crate::protocol::{Terms, Written};

/// What was written and chosen, so that it need not be written and chosen again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfinished {
    /// Its id.
    pub delivery: DeliveryId,
    /// Subject and message, and whom it is for.
    pub written: Written,
    /// Level and lifetime.
    pub terms: Terms,
    /// Has it a password? It stays as it was: nobody keeps it.
    pub password: bool,
    /// In the sender's order.
    pub files: Vec<Begun>,
}

/// A file of an [`Unfinished`] delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// What tells it apart from other files.
    pub chosen: Chosen,
    /// Its ciphertext.
    pub blob: BlobId,
    /// Does this browser still know what the manifest must say of the ciphertext?
    pub known: bool,
}

impl Unfinished {
    /// For each file: is all of it at the server, so that it need not be chosen again?
    #[must_use]
    pub fn arrived(&self, stored: &StoredBlobs) -> Vec<bool> {
        let complete: HashSet<BlobId> =
            stored.blobs.iter().filter(|blob| blob.complete).map(|blob| blob.blob).collect();
        self.files.iter().map(|file| file.known && complete.contains(&file.blob)).collect()
    }
}

/// What a file that is chosen has to do with one that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It is that file: the one at this position among those chosen.
    Same(usize),
    /// It stands in its place, but is not the file that was begun.
    Changed,
}

/// Finds the files that were begun (`None` for others) among those chosen now: their positions, ascending, and what was
/// found. Name and folder say which file is meant; size and time, whether it is still the same.
pub fn again<'a>(begun: impl Iterator<Item = Option<&'a Chosen>>, chosen: &[Chosen]) -> Vec<(usize, Again)> {
    let begun: Vec<Option<&Chosen>> = begun.collect();
    let all_begun: HashSet<&Chosen> = begun.iter().copied().flatten().collect();
    let places: HashMap<&Chosen, usize> =
        chosen.iter().enumerate().map(|(place, file)| (file, place)).collect();
    let others = chosen.iter().filter(|file| !all_begun.contains(file));
    let changed: HashSet<(&str, &str)> =
        others.map(|file| (file.folder.as_str(), file.name.as_str())).collect();
    let find = |(place, begun): (usize, Option<&Chosen>)| {
        let begun = begun?;
        let is_changed = || changed.contains(&(begun.folder.as_str(), begun.name.as_str()));
        let again = places.get(begun).map(|place| Again::Same(*place));
        Some((place, again.or_else(|| is_changed().then_some(Again::Changed))?))
    };
    begun.into_iter().enumerate().filter_map(find).collect()
}

#[cfg(test)]
mod tests {
    use blob_api::{Level, StoredBlob, StoredPart, Token};

    use super::*;

    fn begun(blob: u8, known: bool) -> Begun {
        Begun { chosen: Chosen::default(), blob: BlobId([blob; 16]), known }
    }

    #[test]
    fn only_complete_files_of_which_all_is_known_have_arrived() {
        let unfinished = Unfinished {
            delivery: DeliveryId([0; 16]),
            written: Written::default(),
            terms: Terms { level: Level::One, days: 7, answer_to: None },
            password: false,
            files: vec![begun(1, true), begun(2, false), begun(3, true), begun(4, true)],
        };
        let part = StoredPart { number: 0, digest: Token([0; 32]) };
        let stored = |blob, complete, parts| StoredBlob { blob: BlobId([blob; 16]), complete, parts };
        let blobs = vec![
            stored(1, true, vec![]),
            stored(2, true, vec![]),
            stored(3, false, vec![part]),
            stored(9, true, vec![]),
        ];
        assert_eq!(unfinished.arrived(&StoredBlobs { blobs }), [true, false, false, false]);
    }

    #[test]
    fn a_file_is_known_again_by_name_and_folder_and_is_the_same_by_size_and_time() {
        let file = |folder: &str, name: &str, size| Chosen {
            folder: folder.to_owned(),
            name: name.to_owned(),
            size,
            modified: 5,
        };
        let begun = [file("", "a", 1), file("f", "a", 1), file("", "b", 2), file("", "c", 3)];
        let chosen = [file("f", "a", 1), file("", "b", 9), file("", "d", 3)];
        let found = again(begun.iter().map(Some), &chosen);
        assert_eq!(found, [(1, Again::Same(0)), (2, Again::Changed)]);
        // The same file once changed and once not: the unchanged one is meant.
        let both = [file("", "a", 9), file("", "a", 1)];
        assert_eq!(again([None, Some(&begun[0])].into_iter(), &both), [(1, Again::Same(1))]);
        // Two files of one name were begun, and one of them is chosen.
        let twins = [file("", "a", 1), file("", "a", 2)];
        assert_eq!(again(twins.iter().map(Some), &twins[1..]), [(1, Again::Same(0))]);
    }
}
