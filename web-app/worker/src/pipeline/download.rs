//! GET → sealed chunk → open → chunk → sink.
//!
//! One streaming request; when the connection breaks, another one asks for the rest. Chunks are opened several at a time
//! and written in order.

use blob_api::{Token, path};
use crypto_core::{
    error::OpenError,
    id::{DeliveryId, Level},
    link::CoverKey,
    stream::{FileRef, HEADER_BYTES, Opener},
};
use futures_util::{FutureExt, StreamExt, stream::FuturesOrdered};
use js_sys::Uint8Array;
use web_model::protocol::Failure;
use web_sys::File;

use super::{Cancel, body::Body, meter::Meter, sink::Sink, upload::OUTSTANDING, web_crypto::WebCryptoAead};
use crate::worker::Reporter;

/// A file to fetch, as the opened manifest describes it.
pub(crate) struct Download<'a> {
    pub(crate) delivery: DeliveryId,
    pub(crate) level: Level,
    pub(crate) key: &'a CoverKey,
    pub(crate) opening: &'a Token,
    pub(crate) file: u32,
    pub(crate) content: FileRef,
    pub(crate) name: &'a str,
    pub(crate) reporter: Reporter,
    pub(crate) cancel: Cancel,
}

impl Download<'_> {
    /// Fetches, verifies and decrypts the whole file.
    pub(crate) async fn run(&self) -> Result<File, Failure> {
        self.verified().await.map_err(|failure| match failure {
            Failure::Damaged(None) => Failure::Damaged(Some(self.file)),
            failure => failure,
        })
    }

    async fn verified(&self) -> Result<File, Failure> {
        let (delivery, blob) = (blob_api::DeliveryId(self.delivery.0), blob_api::BlobId(self.content.blob.0));
        let meter = Meter::new(self.reporter, self.file, self.content.layout.size());
        let mut body = Body::new(path::blob(&delivery, &blob), self.opening, &self.cancel, &meter);
        let mut header = [0; HEADER_BYTES];
        let view = bytes(HEADER_BYTES as u64)?;
        body.fill(&view).await?;
        view.copy_to(&mut header);
        let opener =
            Opener::<WebCryptoAead>::new(self.key, self.delivery, self.level, &self.content, &header);
        let mut opener = opener.await.map_err(failure)?;
        let mut sink = Sink::open(self.content.layout.size()).await?;

        // A buffer is used again after OUTSTANDING + 1 chunks, when its chunk has long been accepted.
        let largest = self.content.layout.sealed_bytes(0).ok_or(Failure::Internal)?;
        let buffers = (0..=OUTSTANDING).map(|_| bytes(largest)).collect::<Result<Vec<_>, _>>()?;
        let mut in_cipher = FuturesOrdered::new();
        for buffer in buffers.iter().cycle() {
            let Some(length) = opener.next_sealed_bytes() else { break };
            let sealed = buffer.subarray(0, u32::try_from(length).map_err(|_| Failure::Internal)?);
            body.fill(&sealed).await?;
            in_cipher.push_back(opener.open(sealed).map_err(failure)?);
            // Polled at once, so that the cipher works while the next chunk arrives.
            let opened = match in_cipher.len() {
                OUTSTANDING.. => in_cipher.next().await,
                _ => in_cipher.next().now_or_never().flatten(),
            };
            if let Some(opened) = opened {
                let plain = opener.accept(opened.map_err(failure)?).map_err(failure)?;
                sink.write(&plain)?;
                meter.add(plain.length());
            }
        }
        while let Some(opened) = in_cipher.next().await {
            let plain = opener.accept(opened.map_err(failure)?).map_err(failure)?;
            sink.write(&plain)?;
            meter.add(plain.length());
        }
        body.expect_end().await?;
        let proof = opener.finish().map_err(failure)?;
        sink.publish(proof, self.name).await
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
