//! Cases of kind `stream`: one file.

use super::case::{Case, Failed};
use super::open_outcome;
use crate::error::OpenError;
use crate::link::CoverKey;
use crate::stream::{
    ChunkAead, ChunkSize, Complete, FileContext, FileRef, HEADER_BYTES, Layout, Opener, RustCryptoAead,
    Sealer,
};
use crate::suite;

/// How the buffers of a cipher are made from bytes and turned back.
pub struct Buffers<A: ChunkAead> {
    /// Bytes to plaintext.
    pub plain: fn(&[u8]) -> A::Plain,
    /// Bytes to ciphertext.
    pub sealed: fn(&[u8]) -> A::Sealed,
    /// Plaintext to bytes.
    pub plain_bytes: fn(A::Plain) -> Vec<u8>,
    /// Ciphertext to bytes.
    pub sealed_bytes: fn(A::Sealed) -> Vec<u8>,
}

impl Buffers<RustCryptoAead> {
    /// Those of the cipher in Rust.
    pub const RUST: Self = Self {
        plain: <[u8]>::to_vec,
        sealed: <[u8]>::to_vec,
        plain_bytes: |plain| plain,
        sealed_bytes: |sealed| sealed,
    };
}

/// Opens the body and, when that is right, seals its plaintext again with the same salt. A case without a body gives the
/// SHA-256 of what sealing must give.
pub(super) async fn run<A: ChunkAead>(case: &Case<'_>, buffers: &Buffers<A>) -> Result<(), Failed> {
    let key = case.cover_key()?;
    let chunk = u8::try_from(case.number("chunk_log2")?).map_err(|_| "chunk_log2 is too large")?;
    let chunk = ChunkSize::from_log2(chunk).map_err(|_| "chunk_log2 is unknown")?;
    let layout = Layout::new(case.number("size")?, chunk).ok_or("size is too large")?;
    let file = FileRef { blob: case.blob()?, layout, salt: case.bytes("salt")? };

    let body = if case.has_body() { case.body()? } else { seal(case, &key, layout, buffers).await? };
    let plain = match open(case, &key, &file, &body, buffers).await? {
        Ok((plain, Complete { .. })) => plain,
        Err(error) => return case.expect(open_outcome(error)),
    };
    case.expect("ok")?;
    if plain != pattern(layout) {
        return Err("the plaintext differs".to_owned());
    }
    let again = seal(case, &key, layout, buffers).await?;
    if again != body {
        return Err("sealing again gives other bytes".to_owned());
    }
    match case.optional("sealed_sha256") {
        Some(_) => case.equal("sealed_sha256", &suite::sha256(&again)),
        None => Ok(()),
    }
}

/// The plaintext of every case: byte `i` is `i` mod 251.
fn pattern(layout: Layout) -> Vec<u8> {
    (0..layout.size()).map(|i| (i % 251) as u8).collect()
}

async fn seal<A: ChunkAead>(
    case: &Case<'_>,
    key: &CoverKey,
    layout: Layout,
    buffers: &Buffers<A>,
) -> Result<Vec<u8>, Failed> {
    let file = FileContext { delivery: case.delivery()?, blob: case.blob()?, level: case.level()? };
    let mut sealer = Sealer::<A>::new(key, file, layout, &mut case.replay("salt")?)
        .await
        .map_err(|error| error.to_string())?;
    let plain = pattern(layout);
    let mut rest = plain.as_slice();
    let mut running = Vec::new();
    while let Some(length) = layout.plain_bytes(sealer.position()) {
        let (chunk, tail) = rest.split_at(length as usize);
        rest = tail;
        running.push(sealer.seal((buffers.plain)(chunk)).map_err(|error| error.to_string())?);
    }
    // All chunks are in the cipher now; what order they finish in must not matter, so the last is awaited first.
    let mut chunks = Vec::new();
    for chunk in running.into_iter().rev() {
        chunks.push((buffers.sealed_bytes)(chunk.await.map_err(|error| error.to_string())?));
    }
    sealer.finish().map_err(|error| error.to_string())?;
    let body = sealer.header().to_bytes().into_iter().chain(chunks.into_iter().rev().flatten());
    Ok(body.collect())
}

/// Opens as a download does: with what bytes there are, to their end. The outer error is a defect of the case.
async fn open<A: ChunkAead>(
    case: &Case<'_>,
    key: &CoverKey,
    file: &FileRef,
    body: &[u8],
    buffers: &Buffers<A>,
) -> Result<Result<(Vec<u8>, Complete), OpenError>, Failed> {
    let (delivery, level) = (case.delivery()?, case.level()?);
    Ok(async {
        let (header, mut rest) = body.split_at(body.len().min(HEADER_BYTES));
        let mut opener = Opener::<A>::new(key, delivery, level, file, header).await?;
        let mut plain = Vec::new();
        while !rest.is_empty() {
            let length = opener.next_sealed_bytes().unwrap_or(u64::MAX).min(rest.len() as u64);
            let (chunk, tail) = rest.split_at(length as usize);
            rest = tail;
            let opened = opener.open((buffers.sealed)(chunk))?.await?;
            plain.append(&mut (buffers.plain_bytes)(opener.accept(opened)?));
        }
        Ok((plain, opener.finish()?))
    }
    .await)
}
