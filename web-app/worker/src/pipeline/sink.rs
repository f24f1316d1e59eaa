//! Where decrypted bytes rest until their end has verified: memory for small files, and a file in the browser's private
//! folder (OPFS) for others. Nothing is visible to anybody before [`Sink::publish`], and dropping a sink
//! without publishing deletes what was written. What fits nowhere goes to a download of the browser, chunk by chunk.
//!
//! Each worker writes into a folder of its own, named in a Web Lock that it holds for as long as it lives. A worker that
//! starts waits for the locks of all folders it finds and removes each: that is how files of closed tabs go away. A page
//! that is being closed has no time left to do it itself.

use std::cell::OnceCell;

use crypto_core::stream::Complete;
use futures_util::future::{Either, select};
use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::*};
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};
use web_model::protocol::Failure;
use web_sys::{
    File, FilePropertyBag, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions,
    FileSystemGetFileOptions, FileSystemReadWriteOptions, FileSystemRemoveOptions,
    FileSystemSyncAccessHandle, MessagePort,
};

use super::{Cancel, number, outlet::Outlet};
use crate::worker::scope;

/// Our folder in OPFS, and the prefix of our locks.
const FOLDER: &str = "siegel-received";
/// Files up to this size never touch the disk before they are saved.
const SMALL: u64 = 8 << 20;
/// Largest file for browsers without OPFS: it has to fit into memory.
const MOST_IN_MEMORY: u64 = 512 << 20;
/// What every file is saved as, so that no browser is tempted to show it.
const MEDIA_TYPE: &str = "application/octet-stream";

/// Takes plaintext in order.
pub(crate) enum Sink {
    /// A file in OPFS.
    Disk(Disk),
    /// Pieces in memory.
    Memory(Array),
    /// A download of the browser.
    Stream(Outlet),
}

/// An open file in OPFS; closed and deleted when dropped.
pub(crate) struct Disk {
    folder: FileSystemDirectoryHandle,
    name: String,
    file: FileSystemFileHandle,
    access: FileSystemSyncAccessHandle,
    at: u64,
    published: bool,
}

impl Sink {
    /// A sink that can keep so many bytes until the last of them has verified; `None` when there is no such room. It is
    /// really taken, because what browsers say about their room may be far from true.
    pub(crate) async fn reserve(size: u64) -> Option<Self> {
        if size <= SMALL {
            return Some(Self::Memory(Array::new()));
        }
        Disk::reserve(size).await.ok().map(Self::Disk)
    }

    /// A sink for so many bytes; with ports, those of a download of the browser.
    pub(crate) async fn open(size: u64, ports: Option<[MessagePort; 2]>) -> Result<Self, Failure> {
        if let Some(ports) = ports {
            return Outlet::new(ports).map(Self::Stream);
        }
        match Self::reserve(size).await {
            Some(sink) => Ok(sink),
            None if size <= MOST_IN_MEMORY => Ok(Self::Memory(Array::new())),
            None => Err(Failure::TooLargeHere),
        }
    }

    /// Does what is written leave at once?
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self, Self::Stream(_))
    }

    /// Waits until there is room for more.
    pub(crate) async fn ready(&self, cancel: &Cancel) -> Result<(), Failure> {
        match self {
            Self::Stream(outlet) => outlet.ready(cancel).await,
            Self::Memory(_) | Self::Disk(_) => Ok(()),
        }
    }

    /// Appends, and may take the view's buffer.
    pub(crate) fn write(&mut self, plain: &Uint8Array) -> Result<(), Failure> {
        match self {
            Self::Memory(pieces) => {
                pieces.push(plain);
                Ok(())
            }
            Self::Disk(disk) => disk.write(plain),
            Self::Stream(outlet) => outlet.write(plain),
        }
    }

    /// The finished file, or `None` when it went to the browser. The proofs say that all that was written is verified to
    /// each file's end.
    pub(crate) async fn publish(
        self,
        _proofs: Vec<Complete>,
        name: &str,
        cancel: &Cancel,
    ) -> Result<Option<File>, Failure> {
        let options = FilePropertyBag::new();
        options.set_type(MEDIA_TYPE);
        let parts = match self {
            Self::Memory(pieces) => pieces,
            Self::Disk(mut disk) => Array::of1(&disk.finish().await?.into()),
            Self::Stream(outlet) => return outlet.finish(cancel).await.map(|()| None),
        };
        File::new_with_blob_sequence_and_options(&parts, name, &options)
            .map(Some)
            .map_err(|_| Failure::NoSpace)
    }
}

impl Disk {
    async fn reserve(size: u64) -> Result<Self, JsValue> {
        let folder = own_folder().await?;
        // A new name each time: the removal of an earlier try may still be under way.
        let name = random_name()?;
        let options = FileSystemGetFileOptions::new();
        options.set_create(true);
        let file: FileSystemFileHandle =
            JsFuture::from(folder.get_file_handle_with_options(&name, &options)).await?.unchecked_into();
        let access = JsFuture::from(file.create_sync_access_handle()).await?.unchecked_into();
        let disk = Self { folder, name, file, access, at: 0, published: false };
        disk.access.truncate_with_f64(number(size))?;
        Ok(disk)
    }

    fn write(&mut self, plain: &Uint8Array) -> Result<(), Failure> {
        let options = FileSystemReadWriteOptions::new();
        options.set_at(number(self.at));
        let written = self
            .access
            .write_with_buffer_source_and_options(plain, &options)
            .map_err(|_| Failure::NoSpace)?;
        if written < f64::from(plain.length()) {
            return Err(Failure::NoSpace);
        }
        self.at += u64::from(plain.length());
        Ok(())
    }

    async fn finish(&mut self) -> Result<File, Failure> {
        self.access.flush().map_err(|_| Failure::NoSpace)?;
        self.access.close();
        let file = JsFuture::from(self.file.get_file()).await.map_err(|_| Failure::NoSpace)?;
        self.published = true;
        Ok(file.unchecked_into())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.published {
            return; // lives until this worker's folder is removed
        }
        self.access.close();
        let removal = self.folder.remove_entry(&self.name);
        spawn_local(async move {
            let _ = JsFuture::from(removal).await;
        });
    }
}

thread_local! {
    /// The name of this worker's folder and lock, once it holds the lock.
    static OWN: OnceCell<String> = const { OnceCell::new() };
}

/// This worker's folder, made when first needed.
async fn own_folder() -> Result<FileSystemDirectoryHandle, JsValue> {
    let name = match OWN.with(|own| own.get().cloned()) {
        Some(name) => name,
        None => {
            let name = format!("{FOLDER}-{}", random_name()?);
            hold_lock(&name).await?;
            OWN.with(|own| own.get_or_init(|| name).clone())
        }
    };
    let options = FileSystemGetDirectoryOptions::new();
    options.set_create(true);
    let folder = JsFuture::from(root().await?.get_directory_handle_with_options(&name, &options)).await?;
    Ok(folder.unchecked_into())
}

/// Removes the folders of other workers: now those that nobody holds any more, and the others as soon as their tabs are
/// closed or reloaded. Fails silently: there is always a next time.
pub(crate) async fn remove_left_behind() {
    for folder in folders().await.unwrap_or_default() {
        // The browser calls back when the lock is free, and keeps it for us until the folder is gone.
        let remove = Closure::once_into_js({
            let folder = folder.clone();
            move || {
                future_to_promise(async move {
                    let options = FileSystemRemoveOptions::new();
                    options.set_recursive(true);
                    JsFuture::from(root().await?.remove_entry_with_options(&folder, &options)).await
                })
            }
        });
        if let Ok(locks) = locks() {
            let removal = locks.request(&folder, remove.unchecked_ref());
            spawn_local(async move {
                let _ = JsFuture::from(removal).await;
            });
        }
    }
}

/// The names of all our folders.
async fn folders() -> Result<Vec<String>, JsValue> {
    let mut folders = Vec::new();
    let names = root().await?.keys();
    loop {
        let next = JsFuture::from(names.next()?).await?;
        if Reflect::get(&next, &"done".into())?.is_truthy() {
            return Ok(folders);
        }
        folders.extend(
            Reflect::get(&next, &"value".into())?.as_string().filter(|name| name.starts_with(FOLDER)),
        );
    }
}

async fn root() -> Result<FileSystemDirectoryHandle, JsValue> {
    // Asked by name, since some browsers have no such folder.
    let storage = Reflect::get(&scope().navigator(), &"storage".into())?;
    let get: Function = Reflect::get(&storage, &"getDirectory".into())?.dyn_into()?;
    let root: Promise = get.call0(&storage)?.dyn_into()?;
    Ok(JsFuture::from(root).await?.unchecked_into())
}

#[wasm_bindgen]
extern "C" {
    /// The Web Locks API, which web-sys counts as unstable although every browser has had it since 2022.
    type LockManager;
    #[wasm_bindgen(method)]
    fn request(this: &LockManager, name: &str, granted: &Function) -> Promise;
}

fn locks() -> Result<LockManager, JsValue> {
    let locks = Reflect::get(&scope().navigator(), &"locks".into())?;
    if locks.is_object() { Ok(locks.unchecked_into()) } else { Err(JsValue::NULL) }
}

/// Takes a lock and keeps it until this worker ends.
async fn hold_lock(name: &str) -> Result<(), JsValue> {
    let locks = locks()?;
    let mut ended = None;
    let granted = Promise::new(&mut |resolve, _| {
        // The callback's promise never settles, so the browser never takes the lock back.
        let hold = Closure::once_into_js(move || {
            let _ = resolve.call0(&JsValue::NULL);
            Promise::new(&mut |_, _| {})
        });
        ended = Some(locks.request(name, hold.unchecked_ref()));
    });
    // The request's own promise settles only when the lock is refused.
    let ended = JsFuture::from(ended.ok_or(JsValue::NULL)?);
    match select(JsFuture::from(granted), ended).await {
        Either::Left((granted, _)) => granted.map(|_| ()),
        Either::Right((refused, _)) => Err(refused.err().unwrap_or(JsValue::NULL)),
    }
}

fn random_name() -> Result<String, JsValue> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|_| JsValue::NULL)?;
    Ok(blob_api::BlobId(bytes).to_string())
}
