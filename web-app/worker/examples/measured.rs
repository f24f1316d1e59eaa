//! What `cargo xtask bench` measures of this worker without a network: sealing a file's bytes, a password's key, and granting
//! to many. Built for WebAssembly with the profile of the product.

#[path = "../../../crypto-core/examples/grant_to_many.rs"]
mod grant_to_many;

use crypto_core::{
    id::{BlobId, Level},
    kdf::Password,
    link::Link,
    stream::{ChunkSize, FileContext, Layout, Sealer},
};
use crypto_worker::pipeline::web_crypto::WebCryptoAead;
use futures_util::{StreamExt, stream::FuturesOrdered};
use getrandom::SysRng;
use js_sys::Uint8Array;
use rand_core::UnwrapErr;
use wasm_bindgen::prelude::*;

/// Chunks in the cipher at a time, and bytes of a part's buffer, as in an upload.
const OUTSTANDING: usize = 4;
const PART_BYTES: u32 = 9 << 20;

fn main() {}

/// Seals as an upload does.
#[wasm_bindgen]
pub struct Sealing {
    link: Link,
    part: Uint8Array,
}

#[wasm_bindgen]
impl Sealing {
    /// For a delivery of its own.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::new_without_default, reason = "called from JavaScript")]
    pub fn new() -> Self {
        Self { link: Link::generate(&mut UnwrapErr(SysRng)), part: Uint8Array::new_with_length(PART_BYTES) }
    }

    /// Seals a file of these bytes chunk by chunk into a part's buffer, which is used again and again.
    ///
    /// # Errors
    /// Never, unless the browser's cipher refuses.
    pub async fn run(&self, plain: Uint8Array) -> Result<(), JsError> {
        let rng = &mut UnwrapErr(SysRng);
        let keys = self.link.keys(None)?;
        let file =
            FileContext { delivery: self.link.delivery, blob: BlobId::generate(rng), level: Level::One };
        let layout = Layout::new(u64::from(plain.length()), ChunkSize::STANDARD)
            .ok_or_else(|| JsError::new("too large"))?;
        let mut sealer = Sealer::<WebCryptoAead>::new(&keys.cover, file, layout, rng).await?;
        let (mut in_cipher, mut read, mut written) = (FuturesOrdered::new(), 0, 0);
        let mut append = |sealed: Uint8Array| {
            if written + sealed.length() > self.part.length() {
                written = 0;
            }
            self.part.set(&sealed, written);
            written += sealed.length();
        };
        while let Some(length) = layout.plain_bytes(sealer.position()) {
            let end = read + u32::try_from(length)?;
            in_cipher.push_back(sealer.seal(plain.subarray(read, end))?);
            read = end;
            if in_cipher.len() == OUTSTANDING
                && let Some(sealed) = in_cipher.next().await
            {
                append(sealed?);
            }
        }
        while let Some(sealed) = in_cipher.next().await {
            append(sealed?);
        }
        sealer.finish()?;
        Ok(())
    }
}

/// Derives a delivery's keys from its link and this password.
///
/// # Errors
/// When there is not enough memory.
#[wasm_bindgen]
pub fn derive(password: &str) -> Result<(), JsError> {
    Link::generate(&mut UnwrapErr(SysRng)).keys(Some(&Password::new(password)?))?;
    Ok(())
}

/// Grants a delivery to a thousand people.
#[wasm_bindgen]
pub struct Granting(grant_to_many::Crowd);

#[wasm_bindgen]
impl Granting {
    /// A sender, and those who have keys.
    ///
    /// # Errors
    /// Never, unless the browser has no random numbers.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Result<Self, JsError> {
        grant_to_many::Crowd::new().map(Self).map_err(|error| JsError::new(&error.to_string()))
    }

    /// Grants to all; gives the bytes of all grants.
    ///
    /// # Errors
    /// Never.
    pub fn run(&self) -> Result<usize, JsError> {
        self.0.grant().map_err(|error| JsError::new(&error.to_string()))
    }
}
