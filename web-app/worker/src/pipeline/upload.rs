//! File → source → seal → part → PUT.
//!
//! Parts are read and sealed one after another, because a file's chunks have their order, and while one part is being
//! sealed up to [`IN_FLIGHT`] earlier ones are on their way. Buffers for parts are reused.

use std::{
    cell::{Cell, OnceCell},
    rc::Rc,
};

use base64ct::{Base64, Encoding};
use blob_api::{CompleteBlob, MAX_PART_BYTES, ProblemKind, path};
use crypto_core::{
    error::SealError,
    id::{BlobId, DeliveryId, Level},
    link::CoverKey,
    stream::{ChunkSize, FileContext, FileRef, Layout, PART_CHUNKS, Sealer},
};
use futures_util::{
    StreamExt,
    future::LocalBoxFuture,
    stream::{FuturesOrdered, FuturesUnordered},
};
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_model::protocol::Failure;
use web_sys::File;

use super::{
    Cancel,
    http::{self, Body},
    meter::Meter,
    number,
    web_crypto::{WebCryptoAead, sha256},
};
use crate::{jobs::rng, worker::Reporter};

/// Parts on their way at the same time: enough to fill a line, little enough to bound memory.
const IN_FLIGHT: usize = 2;
/// Chunks in the cipher at the same time; more gain nothing.
pub(crate) const OUTSTANDING: usize = 4;

/// What all files of an upload share.
pub(crate) struct Uploader<'a> {
    delivery: DeliveryId,
    level: Level,
    key: &'a CoverKey,
    reporter: Reporter,
    cancel: Cancel,
    buffers: Vec<Uint8Array>,
    in_flight: FuturesUnordered<LocalBoxFuture<'static, Result<Landed, Failure>>>,
}

/// A request that was acknowledged.
enum Landed {
    /// A part, whose buffer is free again.
    Part(Rc<Sending>, Uint8Array),
    /// The completion of a file.
    Complete(Rc<Sending>),
}

/// One file being uploaded.
struct Sending {
    index: u32,
    layout: Layout,
    blob: BlobId,
    meter: Meter,
    /// Parts that are not acknowledged yet.
    open_parts: Cell<u64>,
    /// What the manifest will say; known when the last chunk is sealed.
    sealed: OnceCell<FileRef>,
}

impl<'a> Uploader<'a> {
    pub(crate) fn new(
        delivery: DeliveryId,
        level: Level,
        key: &'a CoverKey,
        reporter: Reporter,
        cancel: Cancel,
    ) -> Self {
        Self {
            delivery,
            level,
            key,
            reporter,
            cancel,
            buffers: Vec::new(),
            in_flight: FuturesUnordered::new(),
        }
    }

    /// Uploads the files, each under its position and the blob chosen for it; `stored` hears of each that is complete.
    pub(crate) async fn run(
        &mut self,
        files: impl Iterator<Item = (u32, File, BlobId)>,
        mut stored: impl FnMut(u32, FileRef),
    ) -> Result<(), Failure> {
        for (index, file, blob) in files {
            let (sending, mut sealer) = self.start(index, &file, blob).await?;
            for part in 0..sending.layout.parts() {
                while self.in_flight.len() >= IN_FLIGHT {
                    self.land(&mut stored).await?;
                }
                self.cancel.check()?;
                let bytes = self.seal_part(&file, index, &mut sealer, part).await?;
                if let Ok(sealed) = sealer.finish() {
                    let _ = sending.sealed.set(sealed);
                }
                self.dispatch(&sending, part, bytes).await?;
            }
        }
        while !self.in_flight.is_empty() {
            self.land(&mut stored).await?;
        }
        Ok(())
    }

    async fn start(
        &self,
        index: u32,
        file: &File,
        blob: BlobId,
    ) -> Result<(Rc<Sending>, Sealer<WebCryptoAead>), Failure> {
        let layout =
            Layout::new(size(file), ChunkSize::STANDARD).ok_or(Failure::Server(ProblemKind::TooLarge))?;
        let context = FileContext { delivery: self.delivery, blob, level: self.level };
        let sealer = Sealer::new(self.key, context, layout, &mut rng()).await.map_err(seal_failure)?;
        let meter = Meter::new(self.reporter, index, layout.size());
        let open_parts = Cell::new(layout.parts());
        Ok((Rc::new(Sending { index, layout, blob, meter, open_parts, sealed: OnceCell::new() }), sealer))
    }

    /// Reads a part of the file and seals it into a buffer; returns the view of what was written.
    async fn seal_part(
        &mut self,
        file: &File,
        index: u32,
        sealer: &mut Sealer<WebCryptoAead>,
        part: u64,
    ) -> Result<Uint8Array, Failure> {
        let layout = sealer.layout();
        let part_bytes = PART_CHUNKS * layout.chunk_size().bytes();
        let start = part * part_bytes;
        let plain = read(file, start, layout.size().min(start + part_bytes)).await;
        let plain = plain.map_err(|_| Failure::Unreadable(index))?;
        let mut out = Filled { buffer: self.buffers.pop().unwrap_or_else(new_buffer), length: 0 };
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

    /// Sends a part on its way.
    async fn dispatch(&self, sending: &Rc<Sending>, part: u64, bytes: Uint8Array) -> Result<(), Failure> {
        let hash = sha256(&bytes).await.map_err(|_| Failure::Internal)?;
        let digest = format!("sha-256=:{}:", Base64::encode_string(&hash));
        let number = u32::try_from(part).map_err(|_| Failure::Internal)?;
        let path =
            path::part(&blob_api::DeliveryId(self.delivery.0), &blob_api::BlobId(sending.blob.0), number);
        let (sending, cancel) = (Rc::clone(sending), self.cancel.clone());
        self.in_flight.push(Box::pin(async move {
            let gauge = sending.meter.gauge();
            http::persist(
                &cancel,
                || sending.meter.waiting(),
                async || {
                    let gauge = gauge.clone();
                    let body = Body::Bytes(&bytes, Some(&digest));
                    http::send("PUT", &path, body, &cancel, move |sent| gauge.set(sent)).await
                },
            )
            .await?;
            Ok(Landed::Part(sending, bytes))
        }));
        Ok(())
    }

    /// Waits for one acknowledgement. The last part of a file is followed by the completion of the file.
    async fn land(&mut self, stored: &mut impl FnMut(u32, FileRef)) -> Result<(), Failure> {
        match self.in_flight.next().await {
            None => {}
            Some(Err(failure)) => return Err(failure),
            Some(Ok(Landed::Complete(sending))) => {
                sending.meter.finish();
                stored(sending.index, *sending.sealed.get().ok_or(Failure::Internal)?);
            }
            Some(Ok(Landed::Part(sending, bytes))) => {
                self.buffers.push(Uint8Array::new(&bytes.buffer()));
                sending.open_parts.set(sending.open_parts.get() - 1);
                if sending.open_parts.get() == 0 {
                    self.complete(sending)?;
                }
            }
        }
        Ok(())
    }

    fn complete(&self, sending: Rc<Sending>) -> Result<(), Failure> {
        let path = path::complete(&blob_api::DeliveryId(self.delivery.0), &blob_api::BlobId(sending.blob.0));
        let parts = u32::try_from(sending.layout.parts()).map_err(|_| Failure::Internal)?;
        let body = CompleteBlob { parts, size: sending.layout.blob_bytes() };
        let body = serde_json::to_string(&body).map_err(|_| Failure::Internal)?;
        let cancel = self.cancel.clone();
        self.in_flight.push(Box::pin(async move {
            http::persist(
                &cancel,
                || sending.meter.waiting(),
                async || http::send("POST", &path, Body::Json(body.clone()), &cancel, |_| {}).await,
            )
            .await?;
            Ok(Landed::Complete(sending))
        }));
        Ok(())
    }
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

fn new_buffer() -> Uint8Array {
    Uint8Array::new_with_length(u32::try_from(MAX_PART_BYTES).unwrap_or(u32::MAX))
}

/// Bytes `start..end` of a file, read now.
async fn read(file: &File, start: u64, end: u64) -> Result<Uint8Array, JsValue> {
    let slice = file.slice_with_f64_and_f64(number(start), number(end))?;
    Ok(Uint8Array::new(JsFuture::from(slice.array_buffer()).await?.unchecked_ref::<ArrayBuffer>()))
}

/// A file's size in bytes.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a size is a whole number below 2^53"
)]
pub(crate) fn size(file: &File) -> u64 {
    file.size() as u64
}

fn seal_failure(error: SealError) -> Failure {
    match error {
        SealError::TooLarge => Failure::Server(ProblemKind::TooLarge),
        SealError::BadInput | SealError::OutOfOrder | SealError::CipherFailed => Failure::Internal,
    }
}
