//! The file cipher by the browser's WebCrypto: the same bytes as crypto-core's own, some ten times as fast as wasm.

use crypto_core::stream::{ChunkAead, ChunkNonce, CipherFailed};
use js_sys::{Array, ArrayBuffer, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AesGcmParams, CryptoKey, SubtleCrypto};

use crate::worker::scope;

const TAG_BITS: u8 = 128;

/// AES-256-GCM over views of JavaScript buffers. The key is held by the browser and cannot be read back.
pub struct WebCryptoAead {
    subtle: SubtleCrypto,
    key: CryptoKey,
}

impl WebCryptoAead {
    fn parameters(nonce: ChunkNonce) -> AesGcmParams {
        let parameters = AesGcmParams::new("AES-GCM", &Uint8Array::from(nonce.as_bytes().as_slice()));
        parameters.set_tag_length(TAG_BITS);
        parameters
    }

    async fn run(operation: Result<Promise, JsValue>) -> Result<Uint8Array, CipherFailed> {
        let result = JsFuture::from(operation.map_err(|_| CipherFailed)?).await.map_err(|_| CipherFailed)?;
        Ok(Uint8Array::new(&result))
    }
}

impl ChunkAead for WebCryptoAead {
    type Plain = Uint8Array;
    type Sealed = Uint8Array;

    async fn import(key: &[u8; 32]) -> Result<Self, CipherFailed> {
        let subtle = subtle().map_err(|_| CipherFailed)?;
        let raw = Uint8Array::from(key.as_slice());
        let usages = Array::of2(&"encrypt".into(), &"decrypt".into());
        let imported = subtle.import_key_with_str("raw", &raw, "AES-GCM", false, &usages);
        let imported = JsFuture::from(imported.map_err(|_| CipherFailed)?).await;
        raw.fill(0, 0, raw.length());
        Ok(Self { subtle, key: imported.map_err(|_| CipherFailed)?.unchecked_into() })
    }

    // WebCrypto copies its input when it is called, which is when the stream first polls the future: until a future is
    // done, the buffer behind its view must stay as it is.
    fn seal(
        &self,
        nonce: ChunkNonce,
        plain: Uint8Array,
    ) -> impl Future<Output = Result<Uint8Array, CipherFailed>> {
        let parameters = Self::parameters(nonce);
        Self::run(self.subtle.encrypt_with_object_and_buffer_source(&parameters, &self.key, &plain))
    }

    fn open(
        &self,
        nonce: ChunkNonce,
        sealed: Uint8Array,
    ) -> impl Future<Output = Result<Uint8Array, CipherFailed>> {
        let parameters = Self::parameters(nonce);
        Self::run(self.subtle.decrypt_with_object_and_buffer_source(&parameters, &self.key, &sealed))
    }

    fn plain_bytes(plain: &Uint8Array) -> u64 {
        u64::from(plain.length())
    }

    fn sealed_bytes(sealed: &Uint8Array) -> u64 {
        u64::from(sealed.length())
    }
}

/// SHA-256 of a view.
pub(crate) async fn sha256(bytes: &Uint8Array) -> Result<[u8; 32], JsValue> {
    let hash = JsFuture::from(subtle()?.digest_with_str_and_buffer_source("SHA-256", bytes)?).await?;
    let mut out = [0; 32];
    Uint8Array::new(hash.unchecked_ref::<ArrayBuffer>()).copy_to(&mut out);
    Ok(out)
}

fn subtle() -> Result<SubtleCrypto, JsValue> {
    scope().crypto().map(|crypto| crypto.subtle())
}
