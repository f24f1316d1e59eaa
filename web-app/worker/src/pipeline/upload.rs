//! File → source → seal → part → PUT.
//!
//! Parts are read and sealed one after another, because a file's chunks have their order, and while one part is being
//! sealed up to two full ones are on their way. Buffers for parts are reused.
//!
//! A file that goes on is sealed from its first byte, also what the server has: that proves that it is the same file, and
//! only then does anything new leave under its key (SPEC §6.5).

use std::{cell::Cell, rc::Rc};

use base64ct::{Base64, Encoding};
use blob_api::{CompleteBlob, MAX_PART_BYTES, ProblemKind, Token, path};
use crypto_core::{
    error::{LedgerError, SealError},
    id::{DeliveryId, Level},
    stream::{Admitted, ChunkSize, FileContext, FileRoot, HEADER_BYTES, Layout, PART_CHUNKS, Sealer},
};
use futures_util::{
    FutureExt, StreamExt,
    future::RemoteHandle,
    stream::{FuturesOrdered, FuturesUnordered},
};
use js_sys::Uint8Array;
use wasm_bindgen_futures::spawn_local;
use web_model::protocol::{Failure, Note};
use web_sys::File;

use super::{
    Cancel,
    http::{self, Body},
    meter::{Meter, Try},
    source::Source,
    track::Track,
    web_crypto::{WebCryptoAead, sha256},
};
use crate::{jobs::rng, journal::Pages, worker::Reporter};

/// Bytes on their way at the same time: two full parts fill a line, and little enough memory.
const MOST_BYTES: u64 = 2 * MAX_PART_BYTES;
/// Requests on their way at the same time, where parts are small. One less than browsers make to a server over HTTP/1.1, so
/// that none of ours waits in a queue and the page's own still get through.
const MOST_REQUESTS: usize = 5;
/// Chunks in the cipher at the same time; more gain nothing.
pub(crate) const OUTSTANDING: usize = 4;
/// Parts below this many bytes get buffers of their own size, which are not kept.
const SMALL_PART: u64 = 1 << 20;

/// A file to upload.
pub(crate) struct Item {
    /// Its position in the job.
    pub(crate) index: u32,
    pub(crate) file: File,
    pub(crate) track: Rc<Track>,
}

/// Why an upload ended early.
pub(crate) enum Stop {
    Failed(Failure),
    /// The file at this position is not the one that was begun. Nothing of it has left in this try but what had left before.
    Changed(u32),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What all files of an upload share.
pub(crate) struct Uploader<'a> {
    delivery: DeliveryId,
    level: Level,
    key: FileRoot<'a>,
    pages: &'a Rc<Pages>,
    reporter: Reporter,
    cancel: Cancel,
    bearer: Option<Token>,
    buffers: Vec<Uint8Array>,
    in_flight: FuturesUnordered<RemoteHandle<Result<Landed, Failure>>>,
    bytes_in_flight: u64,
}

/// A request that was acknowledged.
enum Landed {
    /// A part, whose buffer is free again. A file of one part is complete with it.
    Part(Rc<Sending>, u64, Uint8Array),
    /// The completion of a file of several parts.
    Complete(Rc<Sending>),
}

/// One file being uploaded.
struct Sending {
    index: u32,
    track: Rc<Track>,
    meter: Meter,
    /// Parts that are not at the server yet, as far as this try knows.
    open_parts: Cell<u64>,
    /// Is what is there being compared?
    checking: Cell<bool>,
}

impl<'a> Uploader<'a> {
    pub(crate) fn new(
        delivery: DeliveryId,
        level: Level,
        key: FileRoot<'a>,
        pages: &'a Rc<Pages>,
        reporter: Reporter,
        cancel: Cancel,
    ) -> Self {
        Self {
            delivery,
            level,
            key,
            pages,
            reporter,
            cancel,
            bearer: None,
            buffers: Vec::new(),
            in_flight: FuturesUnordered::new(),
            bytes_in_flight: 0,
        }
    }

    /// With what is to be shown to the server, where a session does not do.
    pub(crate) fn proved_by(self, bearer: Option<Token>) -> Self {
        Self { bearer, ..self }
    }

    /// Uploads what is missing of these files. Each one's track tells afterwards how far it is.
    pub(crate) async fn run(&mut self, items: &[Item]) -> Result<(), Stop> {
        for item in items {
            self.send_file(item).await?;
        }
        Ok(self.land_all().await?)
    }

    async fn send_file(&mut self, item: &Item) -> Result<(), Stop> {
        let (sending, mut sealer) = self.start(item).await?;
        let mut ledger = item.track.ledger();
        let mut source = Source::new(&item.file, PART_PLAIN);
        for part in 0..item.track.layout.parts() {
            self.cancel.passable().await?;
            let bytes = self.seal_part(&mut source, item.index, &mut sealer, part).await?;
            let digest = sha256(&bytes).await.map_err(|_| Failure::Internal)?;
            match ledger.admit(part, digest) {
                Ok(Admitted::New) => {
                    item.track.admitted(digest);
                    self.dispatch(&sending, part, bytes, digest).await?;
                }
                Ok(Admitted::Again) if item.track.has_arrived(part) => {
                    sending.tell_checking(self.reporter);
                    sending.meter.add(bytes.length());
                    self.keep_buffer(&bytes);
                    self.part_is_there(sending.clone())?;
                }
                Ok(Admitted::Again) => self.dispatch(&sending, part, bytes, digest).await?,
                Err(LedgerError::Changed) => {
                    self.keep_buffer(&bytes);
                    self.land_all().await?;
                    return Err(Stop::Changed(item.index));
                }
                Err(LedgerError::OutOfOrder) => return Err(Failure::Internal.into()),
            }
        }
        Ok(())
    }

    fn has_room(&self, bytes: u64) -> bool {
        self.in_flight.is_empty()
            || (self.in_flight.len() < MOST_REQUESTS && self.bytes_in_flight + bytes <= MOST_BYTES)
    }

    async fn start(&self, item: &Item) -> Result<(Rc<Sending>, Sealer<WebCryptoAead>), Failure> {
        let Item { index, file: _, track } = item;
        let context = FileContext { delivery: self.delivery, blob: track.blob, level: self.level };
        let sealer = match track.salt() {
            None => Sealer::new(self.key, context, track.layout, &mut rng()).await,
            Some(salt) => Sealer::again(self.key, context, track.layout, &salt).await,
        };
        let sealer = sealer.map_err(seal_failure)?;
        track.set_salt(sealer.header().salt);
        let sending = Sending {
            index: *index,
            track: Rc::clone(track),
            meter: Meter::new(self.reporter, *index, track.layout.size()),
            open_parts: Cell::new(track.layout.parts()),
            checking: Cell::new(false),
        };
        Ok((Rc::new(sending), sealer))
    }

    /// Reads a part of the file and seals it into a buffer; returns the view of what was written.
    async fn seal_part(
        &mut self,
        source: &mut Source,
        index: u32,
        sealer: &mut Sealer<WebCryptoAead>,
        part: u64,
    ) -> Result<Uint8Array, Failure> {
        let layout = sealer.layout();
        let plain = layout.size().saturating_sub(part * u64::from(PART_PLAIN)).min(u64::from(PART_PLAIN));
        let plain = u32::try_from(plain).map_err(|_| Failure::Internal)?;
        let plain = source.read(plain).await.map_err(|_| Failure::Unreadable(index))?;
        let mut out = Filled { buffer: self.buffer(part_bytes(layout, part)), length: 0 };
        if part == 0 {
            out.append(&Uint8Array::from(sealer.header().to_bytes().as_slice()));
        }
        let mut in_cipher = FuturesOrdered::new();
        let mut at = 0;
        let end = layout.chunks().min((part + 1) * PART_CHUNKS);
        while sealer.position() < end {
            let length = layout.plain_bytes(sealer.position()).ok_or(Failure::Internal)?;
            let next = at + u32::try_from(length).map_err(|_| Failure::Internal)?;
            // A file that has shrunk gives a shorter view, which the sealer refuses.
            let chunk = sealer.seal(plain.subarray(at, next)).map_err(|_| Failure::Unreadable(index))?;
            in_cipher.push_back(chunk);
            at = next;
            if in_cipher.len() == OUTSTANDING
                && let Some(sealed) = in_cipher.next().await
            {
                out.append(&sealed.map_err(seal_failure)?);
            }
        }
        while let Some(sealed) = in_cipher.next().await {
            out.append(&sealed.map_err(seal_failure)?);
        }
        Ok(out.buffer.subarray(0, out.length))
    }

    fn buffer(&mut self, bytes: u64) -> Uint8Array {
        let new = |bytes| Uint8Array::new_with_length(u32::try_from(bytes).unwrap_or(u32::MAX));
        if bytes < SMALL_PART {
            new(bytes)
        } else {
            self.buffers.pop().unwrap_or_else(|| new(MAX_PART_BYTES))
        }
    }

    /// Keeps the buffer behind a view for the next part.
    fn keep_buffer(&mut self, bytes: &Uint8Array) {
        let whole = Uint8Array::new(&bytes.buffer());
        if u64::from(whole.length()) == MAX_PART_BYTES {
            self.buffers.push(whole);
        }
    }

    /// Sends a part on its way when there is room, and once the journal has it: also one that was noted in an earlier try,
    /// whose end nobody waited for. A file of a single part is not noted, since it starts over.
    async fn dispatch(
        &mut self,
        sending: &Rc<Sending>,
        part: u64,
        bytes: Uint8Array,
        digest: [u8; 32],
    ) -> Result<(), Failure> {
        let track = &sending.track;
        let number = u32::try_from(part).map_err(|_| Failure::Internal)?;
        let blob = blob_api::BlobId(track.blob.0);
        let path = path::part(&blob_api::DeliveryId(self.delivery.0), &blob, number);
        let content_digest = format!("sha-256=:{}:", Base64::encode_string(&digest));
        let salt = track.salt().ok_or(Failure::Internal)?;
        let whole = track.layout.parts() == 1;
        // It comes to the disk while there is no room yet.
        let noted = (!whole).then(|| self.pages.part(blob, salt, number, digest));
        while !self.has_room(u64::from(bytes.length())) {
            self.land().await?;
        }
        sending.tell_sending(self.reporter);
        self.bytes_in_flight += u64::from(bytes.length());
        let body = http::Part { bytes, digest: content_digest, whole };
        let (sending, cancel, by) = (Rc::clone(sending), self.cancel.clone(), self.bearer.clone());
        self.begin(async move {
            if let Some(noted) = noted {
                noted.await?;
            }
            let gauge = sending.meter.gauge();
            http::persist(
                &cancel,
                || sending.meter.waiting(),
                async || {
                    let (this, gauge) = (Try::new(&gauge), gauge.clone());
                    let to = ("PUT", path.as_str());
                    http::send(to, by.as_ref(), Body::Part(&body), &cancel, move |sent| gauge.set(sent))
                        .await?;
                    this.succeeded();
                    Ok(())
                },
            )
            .await?;
            Ok(Landed::Part(sending, part, body.bytes))
        });
        Ok(())
    }

    /// Lets a request run beside all else, until it ends or this is dropped: it must not wait for us while we are sealing.
    fn begin(&self, request: impl Future<Output = Result<Landed, Failure>> + 'static) {
        let (running, handle) = request.remote_handle();
        spawn_local(running);
        self.in_flight.push(handle);
    }

    async fn land_all(&mut self) -> Result<(), Failure> {
        while !self.in_flight.is_empty() {
            self.land().await?;
        }
        Ok(())
    }

    /// Waits for one acknowledgement.
    async fn land(&mut self) -> Result<(), Failure> {
        match self.in_flight.next().await {
            None => Ok(()),
            Some(Err(failure)) => Err(failure),
            Some(Ok(Landed::Complete(sending))) => {
                sending.is_complete();
                Ok(())
            }
            Some(Ok(Landed::Part(sending, part, bytes))) => {
                self.bytes_in_flight -= u64::from(bytes.length());
                self.keep_buffer(&bytes);
                let track = &sending.track;
                track.arrived(part);
                if track.layout.parts() > 1 {
                    return self.part_is_there(sending);
                }
                let salt = track.salt().ok_or(Failure::Internal)?;
                self.pages.small_file(blob_api::BlobId(track.blob.0), salt);
                sending.is_complete();
                Ok(())
            }
        }
    }

    /// The last part of a file is followed by the completion of the file.
    fn part_is_there(&mut self, sending: Rc<Sending>) -> Result<(), Failure> {
        sending.open_parts.set(sending.open_parts.get() - 1);
        if sending.open_parts.get() == 0 { self.complete(sending) } else { Ok(()) }
    }

    fn complete(&mut self, sending: Rc<Sending>) -> Result<(), Failure> {
        let Track { blob, layout, .. } = &*sending.track;
        let path = path::complete(&blob_api::DeliveryId(self.delivery.0), &blob_api::BlobId(blob.0));
        let parts = u32::try_from(layout.parts()).map_err(|_| Failure::Internal)?;
        let body = CompleteBlob { parts, size: layout.blob_bytes() };
        let body = serde_json::to_string(&body).map_err(|_| Failure::Internal)?;
        let (cancel, by) = (self.cancel.clone(), self.bearer.clone());
        self.begin(async move {
            http::persist(
                &cancel,
                || sending.meter.waiting(),
                async || {
                    let body = Body::Json(body.clone());
                    http::send(("POST", &path), by.as_ref(), body, &cancel, |_| {}).await
                },
            )
            .await?;
            Ok(Landed::Complete(sending))
        });
        Ok(())
    }
}

impl Sending {
    fn is_complete(&self) {
        self.track.set_complete();
        self.meter.finish();
    }
    fn tell_checking(&self, reporter: Reporter) {
        if !self.checking.replace(true) {
            reporter.note(Note::Checking(self.index));
        }
    }
    fn tell_sending(&self, reporter: Reporter) {
        if self.checking.replace(false) {
            reporter.note(Note::Sending(self.index));
        }
    }
}

/// Plaintext bytes of a full part.
#[allow(clippy::cast_possible_truncation, reason = "8 MiB")]
const PART_PLAIN: u32 = (PART_CHUNKS * ChunkSize::STANDARD.bytes()) as u32;

/// Sealed bytes of a part, header included.
fn part_bytes(layout: Layout, part: u64) -> u64 {
    let chunks = part * PART_CHUNKS..layout.chunks().min((part + 1) * PART_CHUNKS);
    let header = if part == 0 { HEADER_BYTES as u64 } else { 0 };
    header + chunks.filter_map(|chunk| layout.sealed_bytes(chunk)).sum::<u64>()
}

/// The layout in which a file of this size is sealed.
pub(crate) fn layout(size: u64) -> Result<Layout, Failure> {
    Layout::new(size, ChunkSize::STANDARD).ok_or(Failure::Server(ProblemKind::TooLarge))
}

/// A buffer and how much of it is used.
struct Filled {
    buffer: Uint8Array,
    length: u32,
}

impl Filled {
    fn append(&mut self, bytes: &Uint8Array) {
        self.buffer.set(bytes, self.length);
        self.length += bytes.length();
    }
}

fn seal_failure(error: SealError) -> Failure {
    match error {
        SealError::TooLarge => Failure::Server(ProblemKind::TooLarge),
        SealError::BadInput | SealError::OutOfOrder | SealError::CipherFailed => Failure::Internal,
    }
}
