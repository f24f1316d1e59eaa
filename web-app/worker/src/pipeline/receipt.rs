//! What a recipient saves at once: one file, or several as an archive, on their way into one sink.
//!
//! A receipt outlives a try that failed, so that the next one goes on where it stopped.

use crc32fast::Hasher;
use crypto_core::{manifest::FileEntry, stream::Complete};
use js_sys::{Date, Uint8Array};
use wasm_bindgen::JsValue;
use web_model::{
    name::SafePath,
    protocol::Failure,
    zip::{self, Entry, Modified},
};
use web_sys::File;

use super::{
    Cancel,
    download::{Incoming, Source, Taker},
    meter::Meter,
    number,
    sink::Sink,
};
use crate::worker::Reporter;

/// A file that is wanted.
#[derive(Clone)]
pub(crate) struct Item {
    /// Its position in the manifest.
    pub(crate) file: u32,
    pub(crate) entry: FileEntry,
    /// Its name and folders, made safe.
    pub(crate) path: SafePath,
}

/// Files on their way into a sink.
pub(crate) struct Receipt {
    items: Vec<Item>,
    /// One for each file that is there, in order.
    complete: Vec<Complete>,
    /// The file after those, once it has begun.
    incoming: Option<Incoming>,
    tray: Tray,
}

/// Where verified chunks go.
struct Tray {
    sink: Sink,
    archive: Option<Archive>,
    /// Plaintext bytes so far.
    taken: u64,
    meter: Option<Meter>,
}

/// What makes files an archive.
struct Archive {
    framing: zip::Writer,
    /// Of the present file.
    checksum: Hasher,
    /// A chunk on its way through the checksum.
    scratch: Vec<u8>,
}

/// Bytes that saving these files takes; as an archive, that of the archive.
pub(crate) fn size(items: &[Item], archive: bool) -> Result<u64, Failure> {
    if archive {
        zip::size(items.iter().map(Item::for_archive)).map_err(|_| Failure::Internal)
    } else {
        Ok(items.iter().map(|item| item.entry.content.layout.size()).sum())
    }
}

impl Receipt {
    /// Files on their way into this sink.
    pub(crate) fn new(items: Vec<Item>, archive: bool, sink: Sink) -> Self {
        let archive = archive.then(Archive::new);
        let tray = Tray { sink, archive, taken: 0, meter: None };
        Self { items, complete: Vec::new(), incoming: None, tray }
    }

    /// May this go on after a failure? A download of the browser waits only while somebody is about to go on.
    pub(crate) fn survives(&self, failure: &Failure) -> bool {
        match failure {
            Failure::Server(blob_api::ProblemKind::LoggedOut) => true,
            Failure::Server(_) | Failure::Network => !self.tray.sink.is_stream(),
            _ => false,
        }
    }

    /// Fetches and verifies all that is missing.
    pub(crate) async fn complete(&mut self, source: &Source<'_>, reporter: Reporter) -> Result<(), Failure> {
        let total = self.items.iter().map(|item| item.entry.content.layout.size()).sum();
        self.tray.meter = Some(Meter::new(reporter, 0, total).after(self.tray.taken));
        while let Some(item) = self.items.get(self.complete.len()).cloned() {
            self.next(source, &item).await.map_err(|failure| match failure {
                Failure::Damaged(None) => Failure::Damaged(Some(item.file)),
                failure => failure,
            })?;
        }
        Ok(())
    }

    /// Fetches the next file, or the rest of it.
    async fn next(&mut self, source: &Source<'_>, item: &Item) -> Result<(), Failure> {
        let content = item.entry.content;
        let at = self.incoming.as_ref().map_or(0, Incoming::position);
        let meter = self.tray.meter.clone().ok_or(Failure::Internal)?;
        let mut body = source.body(&content, at, &meter);
        let incoming = match &mut self.incoming {
            Some(incoming) => incoming,
            begun => {
                let incoming = Incoming::begin(source, content, &mut body).await?;
                self.tray.begin(item)?;
                begun.insert(incoming)
            }
        };
        incoming.pour(source.cancel, &mut body, &mut self.tray).await?;
        body.expect_end().await?;
        let incoming = self.incoming.take().ok_or(Failure::Internal)?;
        self.complete.push(incoming.finish()?);
        self.tray.end()
    }

    /// Hands over what is complete: a file under this name, or `None` when the browser has taken it all already.
    pub(crate) async fn publish(mut self, name: &str, cancel: &Cancel) -> Result<Option<File>, Failure> {
        if self.complete.len() != self.items.len() {
            return Err(Failure::Internal);
        }
        if let Some(archive) = self.tray.archive.take() {
            self.tray.sink.write(&bytes(&archive.framing.finish()))?;
        }
        self.tray.sink.publish(self.complete, name, cancel).await
    }
}

impl Item {
    fn for_archive(&self) -> Entry {
        let SafePath { folder, name } = &self.path;
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let modified = self.entry.modified.and_then(|seconds| i64::try_from(seconds).ok());
        Entry {
            path,
            size: self.entry.content.layout.size(),
            modified: modified.map(|seconds| Modified { seconds, zone_minutes: zone_minutes(seconds) }),
        }
    }
}

/// How far clocks here were ahead of UTC at that moment.
fn zone_minutes(seconds: i64) -> i32 {
    let then = Date::new(&JsValue::from_f64(number(seconds.unsigned_abs()) * 1000.0));
    // At most a day; a moment that JavaScript does not know gives no number, which becomes 0.
    #[allow(clippy::cast_possible_truncation, reason = "see above")]
    let behind = then.get_timezone_offset() as i32;
    -behind
}

impl Tray {
    /// A file begins.
    fn begin(&mut self, item: &Item) -> Result<(), Failure> {
        let Some(archive) = &mut self.archive else { return Ok(()) };
        archive.checksum = Hasher::new();
        let header = archive.framing.begin(item.for_archive()).map_err(|_| Failure::Internal)?;
        self.sink.write(&bytes(&header))
    }

    /// A file ends.
    fn end(&mut self) -> Result<(), Failure> {
        let Some(archive) = &mut self.archive else { return Ok(()) };
        let checksum = archive.checksum.clone().finalize();
        self.sink.write(&bytes(&archive.framing.end(checksum)))
    }
}

impl Taker for Tray {
    async fn ready(&mut self, cancel: &Cancel) -> Result<(), Failure> {
        self.sink.ready(cancel).await
    }

    fn take(&mut self, plain: &Uint8Array) -> Result<(), Failure> {
        let length = plain.length();
        if let Some(archive) = &mut self.archive {
            archive.take(plain);
        }
        self.sink.write(plain)?;
        self.taken += u64::from(length);
        if let Some(meter) = &self.meter {
            meter.add(length);
        }
        Ok(())
    }
}

impl Archive {
    fn new() -> Self {
        Self { framing: zip::Writer::default(), checksum: Hasher::new(), scratch: Vec::new() }
    }

    /// The only bulk bytes that enter WebAssembly memory: browsers have no CRC-32 of their own.
    fn take(&mut self, plain: &Uint8Array) {
        self.scratch.resize(plain.length() as usize, 0);
        plain.copy_to(&mut self.scratch);
        self.checksum.update(&self.scratch);
    }
}

fn bytes(framing: &[u8]) -> Uint8Array {
    Uint8Array::from(framing)
}
