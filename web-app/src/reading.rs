//! Reads what a person gives the page: files, and folders down to their last file.

use std::time::Duration;

use futures_util::future::join_all;
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_model::draft::{Chosen, MAX_FOLDER_BYTES, is_litter};
use web_sys::{
    DataTransfer, File, FileList, FileSystemDirectoryEntry, FileSystemDirectoryReader, FileSystemEntry,
    FileSystemFileEntry,
};

use crate::browser;

/// Files that are looked at before the page may draw. Asking for the size of one can take the browser a millisecond.
const AT_ONCE: usize = 50;

/// A file: what is known of it, and the browser's handle to its bytes.
pub(crate) struct Found {
    pub(crate) chosen: Chosen,
    pub(crate) file: File,
}

/// What was read.
#[derive(Default)]
pub(crate) struct Incoming {
    pub(crate) files: Vec<Found>,
    /// How many files were left out that computers make for themselves.
    pub(crate) litter: usize,
    /// Files and folders that the browser could not read.
    pub(crate) unreadable: Vec<String>,
    /// A folder was among it.
    pub(crate) folder: bool,
}

/// What an event brought. It has to be taken out while the event is handled; reading takes longer.
#[derive(Default)]
pub(crate) struct Given {
    files: Vec<File>,
    folders: Vec<FileSystemDirectoryEntry>,
    /// A folder is among it, which a picker takes apart by itself.
    folder: bool,
}

impl Given {
    /// Chosen in a file picker, as files or as one folder.
    pub(crate) fn picked(list: &FileList, folder: bool) -> Self {
        let files = (0..list.length()).filter_map(|place| list.get(place)).collect();
        Self { files, folder, ..Self::default() }
    }

    /// Dropped or pasted.
    pub(crate) fn transferred(data: &DataTransfer) -> Self {
        let mut given = Self::default();
        let items = data.items();
        for item in
            (0..items.length()).filter_map(|place| items.get(place)).filter(|item| item.kind() == "file")
        {
            match item.webkit_get_as_entry() {
                Ok(Some(entry)) if entry.is_directory() => given.folders.push(entry.unchecked_into()),
                _ => given.files.extend(item.get_as_file().ok().flatten()),
            }
        }
        given.folder = !given.folders.is_empty();
        given
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty() && !self.folder
    }

    /// Reads it all. `go_on` hears how many files there are so far; when it says no, nothing comes of it.
    pub(crate) async fn read(self, go_on: impl Fn(usize) -> bool) -> Option<Incoming> {
        let mut incoming = Incoming { folder: self.folder, ..Incoming::default() };
        for files in self.files.chunks(AT_ONCE) {
            for file in files {
                incoming.take(file.clone(), folder_of(file));
            }
            incoming.rest(&go_on).await?;
        }
        let mut open = self.folders;
        open.reverse();
        while let Some(folder) = open.pop() {
            let path = folder.full_path().trim_start_matches('/').to_owned();
            // Nothing of it could be sent, and a folder that contains itself has no end.
            if path.len() > MAX_FOLDER_BYTES {
                incoming.unreadable.push(folder.name());
                continue;
            }
            let reader = folder.create_reader();
            loop {
                let Ok(batch) = next_entries(&reader).await else {
                    incoming.unreadable.push(folder.name());
                    break;
                };
                if batch.is_empty() {
                    break;
                }
                let (folders, files): (Vec<_>, Vec<_>) = batch.into_iter().partition(|e| e.is_directory());
                open.extend(folders.into_iter().map(JsCast::unchecked_into));
                incoming.take_entries(files, &path).await;
                incoming.rest(&go_on).await?;
            }
        }
        Some(incoming)
    }
}

impl Incoming {
    fn take(&mut self, file: File, folder: String) {
        // Who picks such a file by itself wants it.
        if !folder.is_empty() && is_litter(&file.name()) {
            self.litter += 1;
        } else {
            self.files.push(Found { chosen: describe(&file, folder), file });
        }
    }

    /// Lets the page draw, where that is due, and asks whether to go on.
    async fn rest(&self, go_on: &impl Fn(usize) -> bool) -> Option<()> {
        if self.files.len() >= AT_ONCE {
            // It ends in any case; an error would mean that the page is gone.
            browser::pause(Duration::ZERO).await.ok()?;
        }
        go_on(self.files.len()).then_some(())
    }

    /// Takes the files of one folder, which the browser reads side by side.
    async fn take_entries(&mut self, entries: Vec<FileSystemEntry>, folder: &str) {
        let files = entries
            .into_iter()
            .map(async |entry| file_of(entry.unchecked_ref()).await.map_err(|_| entry.name()));
        for file in join_all(files).await {
            match file {
                Ok(file) => self.take(file, folder.to_owned()),
                Err(name) => self.unreadable.push(name),
            }
        }
    }
}

/// What the browser tells about a file.
fn describe(file: &File, folder: String) -> Chosen {
    // Sizes and times are whole numbers below 2^53, which a double holds exactly.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let (size, modified) = (file.size() as u64, file.last_modified() as i64);
    Chosen { folder, name: file.name(), size, modified }
}

/// The folder that a picked file was picked with. (web-sys does not know this property.)
fn folder_of(file: &File) -> String {
    let path = Reflect::get(file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
    path.as_deref()
        .and_then(|path| path.rsplit_once('/'))
        .map(|(folder, _)| folder.to_owned())
        .unwrap_or_default()
}

/// The next entries of a folder; none at its end. A browser gives them a hundred or so at a time.
async fn next_entries(reader: &FileSystemDirectoryReader) -> Result<Vec<FileSystemEntry>, JsValue> {
    let entries =
        called_back(|done, failed| reader.read_entries_with_callback_and_callback(done, failed)).await?;
    Ok(entries.unchecked_into::<Array>().iter().map(JsCast::unchecked_into).collect())
}

async fn file_of(entry: &FileSystemFileEntry) -> Result<File, JsValue> {
    let read = |done: &Function, failed: &Function| {
        entry.file_with_callback_and_callback(done, failed);
        Ok(())
    };
    Ok(called_back(read).await?.unchecked_into())
}

/// Waits for one of two callbacks.
async fn called_back(call: impl Fn(&Function, &Function) -> Result<(), JsValue>) -> Result<JsValue, JsValue> {
    let promise = Promise::new(&mut |done, failed| {
        if let Err(error) = call(&done, &failed) {
            // The promise rejects with it; calling a function of the browser's own does not fail.
            let _ = failed.call1(&JsValue::NULL, &error);
        }
    });
    JsFuture::from(promise).await
}
