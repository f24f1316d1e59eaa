//! Ciphertext as objects, behind `object_store`: a folder now, S3 by another constructor.

use std::ops::Range;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::{FutureExt, Stream, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload, UploadPart};

use super::read::{self, Buffers, Extent};
use super::{ObjectKey, StoreError, space};

/// Bytes handed to the disk at once, where few write: to wake another thread takes longer than to copy what is handed
/// over, so it should be rare.
const MOST_WRITTEN: usize = 1 << 20;
/// The same where many write: 500 uploads, each with as much being written and as much arriving, fit in 128 MiB.
const LEAST_WRITTEN: usize = 128 << 10;
/// Bytes that all uploads together may have in memory before they hand over less at once.
const IN_MEMORY: usize = 32 << 20;

/// Keeps ciphertext.
#[derive(Clone)]
pub struct BlobStore {
    objects: Arc<dyn ObjectStore>,
    folder: PathBuf,
    reserve: u64,
    buffers: Buffers,
    writers: Writers,
}

/// Bytes of an object that will be sent.
pub struct ObjectRange {
    /// As rows name it.
    pub name: String,
    /// Which of its bytes.
    pub bytes: Range<u64>,
}

/// An object that the store lists.
pub struct StoredObject {
    /// As rows name it.
    pub name: String,
    /// When it was written, by the machine's clock.
    pub written: SystemTime,
}

impl BlobStore {
    /// Objects as files below `folder`, which must exist. Writes are refused while they would leave less than `reserve`
    /// bytes of the disk free. Each object is synchronised to the disk, with its folder, before its write returns.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn in_folder(folder: &FsPath, reserve: u64) -> Result<Self, StoreError> {
        let files = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true).with_automatic_cleanup(true);
        Ok(Self {
            objects: Arc::new(files),
            folder: folder.to_owned(),
            reserve,
            buffers: Buffers::default(),
            writers: Writers::default(),
        })
    }

    /// Starts to write an object. `promised` are the bytes that all objects being written may still need, this one
    /// included; the part of them that is written already counts twice, which errs on the side of the reserve. Until
    /// [`BlobWriter::finish`] nothing is visible under `key`; a writer that is dropped leaves nothing.
    ///
    /// # Errors
    /// [`StoreError::Full`] when the disk's reserve would be touched.
    pub async fn write(&self, key: &ObjectKey, promised: u64) -> Result<BlobWriter, StoreError> {
        self.check_space(promised).await?;
        let upload = self.objects.put_multipart(&key.path()).await?;
        let writers = self.writers.enter();
        Ok(BlobWriter { upload, waiting: Vec::new(), waiting_bytes: 0, running: None, writers })
    }

    /// The bytes of objects, one after the other, read as they are asked for.
    pub fn read<S>(&self, objects: S) -> impl Stream<Item = Result<Bytes, StoreError>> + Send + use<S>
    where
        S: Stream<Item = Result<ObjectRange, StoreError>> + Send,
    {
        let folder = self.folder.clone();
        // Names are base64url and slashes, which the store keeps as they are.
        let files =
            objects.map_ok(move |ObjectRange { name, bytes }| Extent { path: folder.join(name), bytes });
        read::extents(files, self.buffers.clone())
    }

    /// Deletes an object; one that is already gone is no error.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn delete(&self, name: &str) -> Result<(), StoreError> {
        match self.objects.delete(&Path::from(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Every finished object.
    pub fn list(&self) -> impl Stream<Item = Result<StoredObject, StoreError>> + Send + use<> {
        let root = Path::from(ObjectKey::ROOT);
        self.objects
            .list(Some(&root))
            .map_ok(|meta| StoredObject {
                name: meta.location.to_string(),
                written: meta.last_modified.into(),
            })
            .map_err(StoreError::from)
    }

    /// Deletes what a crash left of unfinished writes: the files `…#<number>` that `object_store` writes to before it
    /// renames, and that its listing hides. Returns how many were older than `before` and are gone.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn delete_unfinished(&self, before: SystemTime) -> Result<u64, StoreError> {
        let root = self.folder.join(ObjectKey::ROOT);
        let swept = tokio::task::spawn_blocking(move || delete_staged(&root, before)).await;
        Ok(swept.map_err(|_| StoreError::Missing("worker thread"))??)
    }

    /// Can the store be read and has it space to write?
    ///
    /// # Errors
    /// When not.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.check_space(0).await
    }

    async fn check_space(&self, size: u64) -> Result<(), StoreError> {
        let folder = self.folder.clone();
        let free = tokio::task::spawn_blocking(move || space::free_bytes(&folder)).await;
        let free = free.map_err(|_| StoreError::Missing("worker thread"))??;
        if size > 0 && free < self.reserve.saturating_add(size) { Err(StoreError::Full) } else { Ok(()) }
    }
}

/// An object that is being written.
pub struct BlobWriter {
    upload: Box<dyn MultipartUpload>,
    waiting: Vec<Bytes>,
    waiting_bytes: usize,
    /// Goes to the disk while more arrives.
    running: Option<Running>,
    writers: Present,
}

impl BlobWriter {
    /// Do so few write now that processors may have time beside them?
    #[must_use]
    pub fn few_write(&self) -> bool {
        self.writers.share() == MOST_WRITTEN
    }

    /// Appends `bytes` without copying them; returns when there is room for more.
    ///
    /// # Errors
    /// [`StoreError::Full`] when the disk is full.
    pub async fn append(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.waiting_bytes += bytes.len();
        self.waiting.push(bytes);
        if self.waiting_bytes >= self.writers.share() { self.flush().await } else { Ok(()) }
    }

    /// Makes the object visible and durable.
    ///
    /// # Errors
    /// [`StoreError::Full`] when the disk is full; then nothing is visible.
    pub async fn finish(mut self) -> Result<(), StoreError> {
        self.flush().await?;
        self.settle().await?;
        self.upload.complete().await?;
        Ok(())
    }

    /// Forgets what was written.
    pub async fn abort(mut self) {
        // A file that cannot be removed now is found by `delete_unfinished`.
        let _ = self.upload.abort().await;
    }

    /// Hands what is waiting to the disk, once that has taken what it was given before.
    async fn flush(&mut self) -> Result<(), StoreError> {
        self.settle().await?;
        self.waiting_bytes = 0;
        let payload: PutPayload = std::mem::take(&mut self.waiting).into_iter().collect();
        self.running = Some(Running::begin(self.upload.put_part(payload)));
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), StoreError> {
        match self.running.take() {
            Some(Running::Begun(writing)) => Ok(writing.await?),
            Some(Running::Ended(result)) => Ok(result?),
            None => Ok(()),
        }
    }
}

/// Counts those who write.
#[derive(Clone, Default)]
struct Writers(Arc<AtomicUsize>);

/// One who writes, until it is dropped.
struct Present(Writers);

impl Writers {
    fn enter(&self) -> Present {
        self.0.fetch_add(1, Ordering::Relaxed);
        Present(self.clone())
    }
}

impl Present {
    /// Bytes that one of so many hands over at once; as many arrive meanwhile.
    fn share(&self) -> usize {
        let writers = self.0.0.load(Ordering::Relaxed).max(1);
        (IN_MEMORY / (2 * writers)).clamp(LEAST_WRITTEN, MOST_WRITTEN)
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A write that was asked for.
enum Running {
    /// It goes on by itself, on a thread that may wait for the disk.
    Begun(UploadPart),
    /// It needed no waiting.
    Ended(object_store::Result<()>),
}

impl Running {
    /// A future does nothing until it is polled. Once is enough for this one to hand its bytes to a thread; a task of its
    /// own would only add a second hand-over. Nobody is woken at its end, because nobody waits before there is more.
    fn begin(mut writing: UploadPart) -> Self {
        match (&mut writing).now_or_never() {
            Some(result) => Self::Ended(result),
            None => Self::Begun(writing),
        }
    }
}

fn delete_staged(folder: &FsPath, before: SystemTime) -> std::io::Result<u64> {
    let mut deleted = 0;
    for entry in unless_gone(std::fs::read_dir(folder))?.into_iter().flatten() {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            deleted += delete_staged(&entry.path(), before)?;
        } else if is_staged(&entry.file_name()) {
            let written = unless_gone(entry.metadata().and_then(|meta| meta.modified()))?;
            if written.is_some_and(|written| written < before) {
                unless_gone(std::fs::remove_file(entry.path()))?;
                deleted += 1;
            }
        }
    }
    Ok(deleted)
}

/// `None` for what was renamed or deleted while we looked.
fn unless_gone<T>(result: std::io::Result<T>) -> std::io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Is this the name of a file that `object_store` has not yet renamed to its final name?
fn is_staged(name: &std::ffi::OsStr) -> bool {
    let suffix = name.to_str().and_then(|name| name.rsplit_once('#')).map(|(_, suffix)| suffix);
    suffix.is_some_and(|suffix| !suffix.is_empty() && suffix.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_writers_hand_over_less_at_once() {
        let writers = Writers::default();
        let first = writers.enter();
        assert_eq!(first.share(), MOST_WRITTEN);
        let others: Vec<_> = (0..499).map(|_| writers.enter()).collect();
        assert_eq!(first.share(), LEAST_WRITTEN);
        assert!(2 * 500 * first.share() <= 128 << 20);
        drop(others);
        assert_eq!(first.share(), MOST_WRITTEN);
    }

    #[test]
    fn staged_names() {
        assert!(is_staged("0-abc#1".as_ref()));
        assert!(!is_staged("0-abc".as_ref()));
        assert!(!is_staged("0-abc#".as_ref()));
        assert!(!is_staged("0-abc#x".as_ref()));
    }
}
