//! GET → sealed chunk → open → chunk → sink.
//!
//! One streaming request; when the connection breaks, another one asks for the rest. Chunks are opened several at a time
//! and written in order.

use blob_api::{Token, path};
use crypto_core::{
    error::OpenError,
    id::{DeliveryId, Level},
    stream::{Complete, FileRef, FileRoot, HEADER_BYTES, Opener},
};
use futures_util::{FutureExt, StreamExt, stream::FuturesOrdered};
use js_sys::Uint8Array;
use web_model::protocol::Failure;

use super::{Cancel, body::Body, meter::Meter, upload::OUTSTANDING, web_crypto::WebCryptoAead};

/// Where files come from, and what opens them.
pub(crate) struct Source<'a> {
    pub(crate) delivery: DeliveryId,
    pub(crate) level: Level,
    pub(crate) key: FileRoot<'a>,
    pub(crate) opening: &'a Token,
    pub(crate) cancel: &'a Cancel,
}

/// Takes verified plaintext, in order.
pub(crate) trait Taker {
    /// Waits until there is room for more.
    async fn ready(&mut self, cancel: &Cancel) -> Result<(), Failure>;
    /// Takes a chunk, whether it waited before or not.
    fn take(&mut self, plain: &Uint8Array) -> Result<(), Failure>;
}

/// One file between its first chunk and its last. After a failure of the network or the server all chunks up to a certain
/// one are verified and taken, and [`Incoming::pour`] goes on with the next.
pub(crate) struct Incoming {
    content: FileRef,
    opener: Opener<WebCryptoAead>,
    /// Bytes of the blob up to the chunk that is opened next.
    at: u64,
}

impl Source<'_> {
    /// The blob of a file from a position on.
    pub(crate) fn body<'a>(&'a self, content: &FileRef, at: u64, meter: &'a Meter) -> Body<'a> {
        let (delivery, blob) = (blob_api::DeliveryId(self.delivery.0), blob_api::BlobId(content.blob.0));
        Body::new(path::blob(&delivery, &blob), at, self.opening, self.cancel, meter)
    }
}

impl Incoming {
    /// Reads and verifies the header.
    pub(crate) async fn begin(
        source: &Source<'_>,
        content: FileRef,
        body: &mut Body<'_>,
    ) -> Result<Self, Failure> {
        let mut header = [0; HEADER_BYTES];
        let view = bytes(HEADER_BYTES as u64)?;
        body.fill(&view).await?;
        view.copy_to(&mut header);
        let opener = Opener::new(source.key, source.delivery, source.level, &content, &header);
        Ok(Self { content, opener: opener.await.map_err(failure)?, at: HEADER_BYTES as u64 })
    }

    /// Bytes of the blob that need not be fetched again.
    pub(crate) fn position(&self) -> u64 {
        self.at
    }

    /// Moves all chunks that are left from the network to `taker`.
    pub(crate) async fn pour(
        &mut self,
        cancel: &Cancel,
        body: &mut Body<'_>,
        taker: &mut impl Taker,
    ) -> Result<(), Failure> {
        // A buffer is used again after OUTSTANDING + 1 chunks, when its chunk has long been accepted.
        let largest = self.content.layout.sealed_bytes(0).ok_or(Failure::Internal)?;
        let buffers = (0..=OUTSTANDING).map(|_| bytes(largest)).collect::<Result<Vec<_>, _>>()?;
        let mut in_cipher = FuturesOrdered::new();
        let mut end = Ok(());
        for buffer in buffers.iter().cycle() {
            let Some(length) = self.opener.next_sealed_bytes() else { break };
            let sealed = buffer.subarray(0, u32::try_from(length).map_err(|_| Failure::Internal)?);
            end = async {
                taker.ready(cancel).await?;
                body.fill(&sealed).await
            }
            .await;
            if end.is_err() {
                break;
            }
            self.at += length;
            in_cipher.push_back(self.opener.open(sealed).map_err(failure)?);
            // Polled at once, so that the cipher works while the next chunk arrives.
            let opened = match in_cipher.len() {
                OUTSTANDING.. => in_cipher.next().await,
                _ => in_cipher.next().now_or_never().flatten(),
            };
            if let Some(opened) = opened {
                taker.take(&self.opener.accept(opened.map_err(failure)?).map_err(failure)?)?;
            }
        }
        // What arrived before an end is not fetched again.
        while let Some(opened) = in_cipher.next().await {
            taker.take(&self.opener.accept(opened.map_err(failure)?).map_err(failure)?)?;
        }
        end
    }

    /// Proof that this was the whole file.
    pub(crate) fn finish(self) -> Result<Complete, Failure> {
        self.opener.finish().map_err(failure)
    }
}

fn bytes(length: u64) -> Result<Uint8Array, Failure> {
    u32::try_from(length).map(Uint8Array::new_with_length).map_err(|_| Failure::Internal)
}

pub(crate) fn failure(error: OpenError) -> Failure {
    match error {
        OpenError::UnknownFormat => Failure::UnknownFormat,
        OpenError::Damaged => Failure::Damaged(None),
    }
}
