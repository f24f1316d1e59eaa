//! Files in the folders they belong to: what the lists of both pages draw.

use std::collections::HashMap;
use std::ops::Range;

use crate::letters;

/// What a tree is told of a file.
#[derive(Debug, Clone, Copy)]
pub struct Leaf<'a> {
    /// Names the file's row; it stays when other files come and go.
    pub key: u32,
    /// The folder's path, with `/` between names; empty at the top.
    pub folder: &'a str,
    /// What it is called.
    pub name: &'a str,
    /// Its size.
    pub bytes: u64,
}

/// The files of one delivery, each in its folder. A folder comes before the files beside it and is sorted by name, and so
/// are the files within a folder; those at the top stay in the order they were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// The first is the top.
    folders: Vec<Folder>,
    by_path: HashMap<String, usize>,
    keys: Vec<u32>,
    /// All files, depth first, so that those below a folder lie side by side.
    depth_first: Vec<usize>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Folder {
    path: String,
    folders: Vec<usize>,
    files: Vec<usize>,
    /// Of [`Tree::depth_first`].
    below: Range<usize>,
    bytes: u64,
}

/// One row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Row {
    /// A folder by its path.
    Folder(String),
    /// A file by its key.
    File(u32),
}

impl Tree {
    /// The files in the delivery's order.
    #[must_use]
    pub fn new<'a>(files: impl IntoIterator<Item = Leaf<'a>>) -> Self {
        let mut tree = Self {
            folders: vec![Folder::default()],
            by_path: HashMap::from([(String::new(), 0)]),
            keys: Vec::new(),
            depth_first: Vec::new(),
        };
        let mut names = Vec::new();
        for (place, file) in files.into_iter().enumerate() {
            let folder = tree.plant(file.folder);
            let folder = &mut tree.folders[folder];
            folder.files.push(place);
            folder.bytes = folder.bytes.saturating_add(file.bytes);
            tree.keys.push(file.key);
            names.push(file.name);
        }
        tree.arrange(0, &names);
        tree
    }

    /// Finds a folder, or makes it and those it lies in.
    fn plant(&mut self, path: &str) -> usize {
        if let Some(folder) = self.by_path.get(path) {
            return *folder;
        }
        let parent = self.plant(path.rsplit_once('/').map_or("", |(parent, _)| parent));
        let place = self.folders.len();
        self.folders.push(Folder { path: path.to_owned(), ..Folder::default() });
        self.folders[parent].folders.push(place);
        self.by_path.insert(path.to_owned(), place);
        place
    }

    /// Sorts what is in a folder and counts what is below it.
    fn arrange(&mut self, place: usize, names: &[&str]) {
        let start = self.depth_first.len();
        let mut folders = std::mem::take(&mut self.folders[place].folders);
        folders.sort_by_cached_key(|folder| sorting(name_of(&self.folders[*folder].path)));
        for folder in &folders {
            self.arrange(*folder, names);
            let bytes = self.folders[*folder].bytes;
            self.folders[place].bytes = self.folders[place].bytes.saturating_add(bytes);
        }
        let folder = &mut self.folders[place];
        folder.folders = folders;
        if place > 0 {
            folder.files.sort_by_cached_key(|file| sorting(names[*file]));
        }
        self.depth_first.extend(&folder.files);
        folder.below = start..self.depth_first.len();
    }

    fn folder(&self, path: &str) -> Option<&Folder> {
        self.by_path.get(path).map(|place| &self.folders[*place])
    }

    /// The first rows of a folder's list, at most so many; none for a folder that is gone.
    #[must_use]
    pub fn rows(&self, path: &str, most: usize) -> Vec<Row> {
        let Some(folder) = self.folder(path) else { return Vec::new() };
        let folders = folder.folders.iter().map(|place| Row::Folder(self.folders[*place].path.clone()));
        let files = folder.files.iter().map(|place| Row::File(self.keys[*place]));
        folders.chain(files).take(most).collect()
    }

    /// How many rows a folder's list has in all.
    #[must_use]
    pub fn length(&self, path: &str) -> usize {
        self.folder(path).map_or(0, |folder| folder.folders.len() + folder.files.len())
    }

    /// The files below a folder, however deep, as positions in the delivery's order.
    #[must_use]
    pub fn below(&self, path: &str) -> &[usize] {
        self.folder(path).map_or(&[], |folder| &self.depth_first[folder.below.clone()])
    }

    /// The size of all files below a folder together.
    #[must_use]
    pub fn bytes(&self, path: &str) -> u64 {
        self.folder(path).map_or(0, |folder| folder.bytes)
    }

    /// Is there any folder?
    #[must_use]
    pub fn has_folders(&self) -> bool {
        self.folders.len() > 1
    }
}

/// The last name of a path.
#[must_use]
pub fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Is this folder the other one, or within it?
#[must_use]
pub fn is_within(folder: &str, other: &str) -> bool {
    folder.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What people sort by: without upper and lower case, and numbers by their value, so that page 10 follows page 9.
fn sorting(name: &str) -> String {
    /// Digits of the longest number that is sorted by its value.
    const DIGITS: usize = 20;
    let mut key = String::with_capacity(name.len() + DIGITS);
    let mut rest = name;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (text, from) = rest.split_at(start);
        let end = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
        let (number, after) = from.split_at(end);
        key.push_str(&letters::lower(text));
        key.extend(std::iter::repeat_n('0', DIGITS.saturating_sub(number.len())));
        key.push_str(number);
        rest = after;
    }
    key.push_str(&letters::lower(rest));
    key
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn tree(files: &[(&str, &str, u64)]) -> Tree {
        Tree::new((100..).zip(files).map(|(key, &(folder, name, bytes))| Leaf { key, folder, name, bytes }))
    }
    fn folder(path: &str) -> Row {
        Row::Folder(path.to_owned())
    }

    #[test]
    fn folders_come_first_and_sort_as_people_do() {
        let tree = tree(&[
            ("", "z", 1),
            ("b/deep", "x", 2),
            ("a", "Seite 10", 4),
            ("a", "seite 9", 8),
            ("", "a", 16),
            ("b", "y", 32),
        ]);
        assert_eq!(tree.rows("", 9), [folder("a"), folder("b"), Row::File(100), Row::File(104)]);
        assert_eq!(tree.rows("", 3), tree.rows("", 9)[..3]);
        assert_eq!(tree.rows("a", 9), [Row::File(103), Row::File(102)]);
        assert_eq!(tree.rows("b", 9), [folder("b/deep"), Row::File(105)]);
        assert_eq!((tree.length(""), tree.length("b"), tree.length("b/deep")), (4, 2, 1));
        assert!(tree.has_folders());
    }

    #[test]
    fn a_folder_counts_all_that_is_below_it() {
        let tree = tree(&[("a/b/c", "1", 1), ("a", "2", 2), ("ab", "3", 4), ("a/b", "4", u64::MAX)]);
        assert_eq!(tree.below("a"), [0, 3, 1]);
        assert_eq!(tree.below("a/b"), [0, 3]);
        assert_eq!((tree.bytes("a/b/c"), tree.bytes("ab"), tree.bytes("")), (1, 4, u64::MAX));
        assert_eq!(tree.below("").len(), 4);
    }

    #[test]
    fn what_is_not_there_is_empty() {
        let tree = tree(&[]);
        assert!(!tree.has_folders());
        assert_eq!((tree.rows("", 9), tree.length("gone"), tree.bytes("gone")), (vec![], 0, 0));
        assert_eq!((tree.rows("gone", 9), tree.below("gone")), (vec![], &[][..]));
    }

    #[test]
    fn paths() {
        assert_eq!((name_of("a/b/c"), name_of("a")), ("c", "a"));
        assert!(is_within("a", "a") && is_within("a/b", "a"));
        assert!(!is_within("ab", "a") && !is_within("a", "a/b"));
    }

    #[test]
    fn ten_thousand_files_are_quick() {
        let folders: Vec<String> = (0..500).map(|n| format!("a/{}/{n}", n % 20)).collect();
        let files: Vec<String> = (0..10_000).map(|n| format!("Bild {n}.jpg")).collect();
        let leaf = |place: usize| Leaf {
            key: u32::try_from(place).unwrap(),
            folder: &folders[place % 500],
            name: &files[place],
            bytes: 1,
        };
        let tree = Tree::new((0..10_000).map(leaf));
        assert_eq!((tree.bytes("a"), tree.below("a/7").len(), tree.length("a/7/7")), (10_000, 500, 20));
        assert_eq!(tree.rows("a/7/7", 2), [Row::File(7), Row::File(507)]);
    }
}
