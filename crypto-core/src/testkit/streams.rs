//! Cases of kind `stream`: one file.

use super::case::{Case, Failed};
use super::open_outcome;
use crate::error::OpenError;
use crate::stream::{
    Admitted, ChunkAead, ChunkSize, Complete, FileContext, FileRef, FileRoot, HEADER_BYTES, Layout, Opener,
    PART_CHUNKS, PartLedger, RustCryptoAead, Sealer,
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

/// Opens the body and, when that is right, seals its plaintext again with the same salt. A case without a body is sealed
/// anew first, and gives the SHA-256 of what both must give, and of its parts' digests.
pub(super) async fn run<A: ChunkAead>(case: &Case<'_>, buffers: &Buffers<A>) -> Result<(), Failed> {
    let (cover, delivery);
    let key = if case.optional("delivery_key").is_some() {
        delivery = case.delivery_key()?;
        FileRoot::from(&delivery)
    } else {
        cover = case.cover_key()?;
        FileRoot::from(&cover)
    };
    let chunk = u8::try_from(case.number("chunk_log2")?).map_err(|_| "chunk_log2 is too large")?;
    let chunk = ChunkSize::from_log2(chunk).map_err(|_| "chunk_log2 is unknown")?;
    let layout = Layout::new(case.number("size")?, chunk).ok_or("size is too large")?;
    let file = FileRef { blob: case.blob()?, layout, salt: case.bytes("salt")? };

    let body = if case.has_body() { case.body()? } else { seal(case, key, layout, buffers).await? };
    let plain = match open(case, key, &file, &body, buffers).await? {
        Ok((plain, Complete { .. })) => plain,
        Err(error) => return case.expect(open_outcome(error)),
    };
    case.expect("ok")?;
    if plain != pattern(layout) {
        return Err("the plaintext differs".to_owned());
    }
    let again = seal_again(case, key, layout, buffers).await?;
    if again != body {
        return Err("sealing again gives other bytes".to_owned());
    }
    if case.optional("sealed_sha256").is_some() {
        case.equal("sealed_sha256", &suite::sha256(&again))?;
    }
    if case.optional("parts_sha256").is_some() {
        case.equal("parts_sha256", &suite::sha256(&parts(layout, &again)?))?;
    }
    Ok(())
}

/// Takes the parts of a blob through two ledgers, one for a file that is new and one for a file that goes on, and gives
/// their digests, one after the other.
fn parts(layout: Layout, blob: &[u8]) -> Result<Vec<u8>, Failed> {
    let (mut new, mut rest) = (PartLedger::new(), blob);
    let mut all = Vec::new();
    for part in 0..layout.parts() {
        let chunks = part * PART_CHUNKS..((part + 1) * PART_CHUNKS).min(layout.chunks());
        let header = if part == 0 { HEADER_BYTES as u64 } else { 0 };
        let length = header + chunks.filter_map(|chunk| layout.sealed_bytes(chunk)).sum::<u64>();
        let (bytes, tail) = rest.split_at_checked(length as usize).ok_or("the parts exceed the blob")?;
        rest = tail;
        let digest = suite::sha256(bytes);
        if new.admit(part, digest) != Ok(Admitted::New) {
            return Err(format!("part {part} is not new"));
        }
        all.push(digest);
    }
    let mut again = PartLedger::restore(all);
    for (part, digest) in (0..).zip(new.digests()) {
        if again.admit(part, *digest) != Ok(Admitted::Again) {
            return Err(format!("part {part} is not the same again"));
        }
    }
    if rest.is_empty() { Ok(again.digests().concat()) } else { Err("the parts leave bytes over".to_owned()) }
}

/// The plaintext of every case: byte `i` is `i` mod 251.
fn pattern(layout: Layout) -> Vec<u8> {
    (0..layout.size()).map(|i| (i % 251) as u8).collect()
}

fn context(case: &Case<'_>) -> Result<FileContext, Failed> {
    Ok(FileContext { delivery: case.delivery()?, blob: case.blob()?, level: case.level()? })
}

async fn seal<A: ChunkAead>(
    case: &Case<'_>,
    key: FileRoot<'_>,
    layout: Layout,
    buffers: &Buffers<A>,
) -> Result<Vec<u8>, Failed> {
    let sealer = Sealer::<A>::new(key, context(case)?, layout, &mut case.replay("salt")?).await;
    seal_all(sealer.map_err(|error| error.to_string())?, layout, buffers).await
}

/// As after an interruption.
async fn seal_again<A: ChunkAead>(
    case: &Case<'_>,
    key: FileRoot<'_>,
    layout: Layout,
    buffers: &Buffers<A>,
) -> Result<Vec<u8>, Failed> {
    let sealer = Sealer::<A>::again(key, context(case)?, layout, &case.bytes("salt")?).await;
    seal_all(sealer.map_err(|error| error.to_string())?, layout, buffers).await
}

async fn seal_all<A: ChunkAead>(
    mut sealer: Sealer<A>,
    layout: Layout,
    buffers: &Buffers<A>,
) -> Result<Vec<u8>, Failed> {
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
    key: FileRoot<'_>,
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
