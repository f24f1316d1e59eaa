//! Objects on their way out, as near to `sendfile` as a server comes that hands bytes to hyper.
//!
//! A piece that the page cache holds is read right where it is sent: `preadv2` with `RWF_NOWAIT` never waits for the
//! disk, so no other thread is needed, and the bytes are still in the processor's cache when the socket takes them. A
//! piece that is not there is read by a thread that may wait, and the kernel reads ahead from it. Buffers come back when
//! the socket has taken their bytes.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};

use super::StoreError;

/// Bytes of a piece. A download holds one piece at a time, so 500 slow readers hold 64 MiB.
const PIECE_BYTES: usize = 128 << 10;
/// Buffers that wait for the next pieces: 8 MiB.
const IDLE_BUFFERS: usize = 64;
/// Files that are opened at a time: the one that is read, and the next.
const OPEN_FILES: usize = 2;

/// Bytes of a file that will be sent.
pub(super) struct Extent {
    /// The file.
    pub(super) path: PathBuf,
    /// Which of its bytes.
    pub(super) bytes: Range<u64>,
}

/// The bytes of files, one after the other, read as they are asked for; the next file is opened ahead.
pub(super) fn extents(
    extents: impl Stream<Item = Result<Extent, StoreError>> + Send,
    buffers: Buffers,
) -> impl Stream<Item = Result<Bytes, StoreError>> + Send {
    extents
        .map(async |extent| {
            let Extent { path, bytes } = extent?;
            let file = waiting(move || File::open(path)).await?;
            Ok::<_, StoreError>((Arc::new(file), bytes))
        })
        .buffered(OPEN_FILES)
        .map_ok(move |(file, bytes)| pieces(file, bytes, buffers.clone()))
        .try_flatten()
}

fn pieces(
    file: Arc<File>,
    bytes: Range<u64>,
    buffers: Buffers,
) -> impl Stream<Item = Result<Bytes, StoreError>> + Send {
    stream::try_unfold(bytes.start, move |at| {
        let (file, buffers, left) = (Arc::clone(&file), buffers.clone(), bytes.end - at);
        async move {
            if left == 0 {
                return Ok(None);
            }
            let piece = read(file, buffers.take(), at, left).await?;
            let next = at + piece.len() as u64;
            Ok(Some((piece, next)))
        }
    })
}

/// At most `left` bytes from `at` on; at least one.
async fn read(file: Arc<File>, mut buffer: Buffer, at: u64, left: u64) -> Result<Bytes, StoreError> {
    let wanted = usize::try_from(left).map_or(PIECE_BYTES, |left| left.min(PIECE_BYTES));
    buffer.filled = match read_cached(&file, &mut buffer.bytes[..wanted], at) {
        Some(read) => read,
        None => {
            let (filled, back) = waiting(move || {
                let filled = file.read_at(&mut buffer.bytes[..wanted], at)?;
                Ok((filled, buffer))
            })
            .await?;
            buffer = back;
            filled
        }
    };
    if buffer.filled == 0 { Err(StoreError::Missing("end of object")) } else { Ok(Bytes::from_owner(buffer)) }
}

/// Reads what is in memory; `None` when that is nothing, or when this system or file system cannot tell.
#[cfg(target_os = "linux")]
fn read_cached(file: &File, buffer: &mut [u8], at: u64) -> Option<usize> {
    let buffers = &mut [std::io::IoSliceMut::new(buffer)];
    // What fails here fails again, and is told, where the disk may be waited for.
    rustix::io::preadv2(file, buffers, at, rustix::io::ReadWriteFlags::NOWAIT).ok().filter(|read| *read > 0)
}
#[cfg(not(target_os = "linux"))]
fn read_cached(_file: &File, _buffer: &mut [u8], _at: u64) -> Option<usize> {
    None
}

/// Runs what may wait for the disk on a thread that may.
async fn waiting<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Missing("worker thread"))?;
    done.map_err(StoreError::of_object)
}

/// Buffers for pieces. Memory that is used again costs no page faults.
#[derive(Clone, Default)]
pub(super) struct Buffers {
    idle: Arc<Mutex<Vec<Box<[u8]>>>>,
}

/// A buffer that goes back to where it came from.
struct Buffer {
    bytes: Box<[u8]>,
    filled: usize,
    home: Buffers,
}

impl Buffers {
    fn take(&self) -> Buffer {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let bytes = idle.unwrap_or_else(|| vec![0; PIECE_BYTES].into_boxed_slice());
        Buffer { bytes, filled: 0, home: self.clone() }
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut idle = self.home.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_BUFFERS {
            idle.push(std::mem::take(&mut self.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn file(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    async fn collect(parts: Vec<Extent>, buffers: &Buffers) -> Result<Vec<Bytes>, StoreError> {
        extents(stream::iter(parts).map(Ok), buffers.clone()).try_collect().await
    }

    #[tokio::test]
    async fn files_are_joined_and_buffers_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let long: Vec<u8> = (0..PIECE_BYTES * 2 + 7).map(|at| (at / 251) as u8).collect();
        let paths = [file(&folder, "long", &long), file(&folder, "short", b"0123456789")];
        let buffers = Buffers::default();
        let parts = |from: u64, to: u64| {
            vec![
                Extent { path: paths[0].clone(), bytes: from..long.len() as u64 },
                Extent { path: paths[1].clone(), bytes: 0..to },
            ]
        };
        for (from, to) in [(0, 10), (1, 9), (PIECE_BYTES as u64, 1), (long.len() as u64 - 1, 10)] {
            let read = collect(parts(from, to), &buffers).await.unwrap();
            assert!(read.iter().all(|piece| (1..=PIECE_BYTES).contains(&piece.len())));
            let expected = [&long[from as usize..], &b"0123456789"[..to as usize]].concat();
            assert!(read.concat() == expected, "{from} {to}");
        }
        let idle = buffers.idle.lock().unwrap();
        assert!((1..=5).contains(&idle.len()), "as many as were in use at once: {}", idle.len());
    }

    #[tokio::test]
    async fn what_is_missing_is_no_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder, "short", b"0123456789");
        let cut = collect(vec![Extent { path, bytes: 5..20 }], &Buffers::default()).await;
        assert!(matches!(cut, Err(StoreError::Missing("end of object"))));
        let path = folder.path().join("nothing");
        let gone = collect(vec![Extent { path, bytes: 0..1 }], &Buffers::default()).await;
        assert!(matches!(gone, Err(StoreError::Missing("object"))));
    }
}
