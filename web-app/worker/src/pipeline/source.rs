//! A chosen file, read from its beginning to its end.

use js_sys::{ArrayBuffer, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{File, ReadableStreamByobReader};

use super::number;

/// Reads into one buffer over and over where the engine can: new memory for each part costs more than reading it.
pub(crate) struct Source {
    file: File,
    position: u64,
    stream: Option<Stream>,
}

struct Stream {
    reader: ReadableStreamByobReader,
    buffer: ArrayBuffer,
}

impl Source {
    /// Reads the file in pieces of at most `piece` bytes.
    pub(crate) fn new(file: &File, piece: u32) -> Self {
        let is_larger = file.size() > f64::from(piece);
        let reader = is_larger.then(|| ReadableStreamByobReader::new(&file.stream()).ok()).flatten();
        let stream = reader.map(|reader| Stream { reader, buffer: ArrayBuffer::new(piece) });
        Self { file: file.clone(), position: 0, stream }
    }

    /// The next bytes: less than asked for only at the end of the file. They are overwritten by the next call.
    pub(crate) async fn read(&mut self, bytes: u32) -> Result<Uint8Array, JsValue> {
        let read = match &mut self.stream {
            Some(stream) => stream.read(bytes).await,
            None => self.slice(bytes).await,
        };
        let view = match read {
            // A stream that rested for long may have ended; the file is still there.
            Err(_) if self.stream.take().is_some() => self.slice(bytes).await?,
            read => read?,
        };
        self.position += u64::from(view.length());
        Ok(view)
    }

    async fn slice(&self, bytes: u32) -> Result<Uint8Array, JsValue> {
        let end = self.position + u64::from(bytes);
        let slice = self.file.slice_with_f64_and_f64(number(self.position), number(end))?;
        Ok(Uint8Array::new(&JsFuture::from(slice.array_buffer()).await?))
    }
}

impl Stream {
    /// The reader takes the buffer away and gives it back under another name.
    async fn read(&mut self, bytes: u32) -> Result<Uint8Array, JsValue> {
        let mut filled = 0;
        while filled < bytes {
            let view = Uint8Array::new_with_byte_offset_and_length(&self.buffer, filled, bytes - filled);
            let result = JsFuture::from(self.reader.read_with_array_buffer_view(&view)).await?;
            let value: Uint8Array = Reflect::get(&result, &"value".into())?.dyn_into()?;
            self.buffer = value.buffer();
            filled += value.length();
            if Reflect::get(&result, &"done".into())?.is_truthy() {
                break;
            }
        }
        Ok(Uint8Array::new_with_byte_offset_and_length(&self.buffer, 0, filled))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let ended = JsFuture::from(self.reader.cancel());
        spawn_local(async move {
            // Nothing depends on when the browser lets go of the file.
            let _ = ended.await;
        });
    }
}
