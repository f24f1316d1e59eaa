//! A delivery is opened in this browser.

use std::{cell::RefCell, rc::Rc};

use blob_api::{Token, path};
use crypto_core::{
    delivery::{self, MAX_COVER_BYTES},
    error::ParseError,
    id::{DeliveryId, Level},
    link::{Link, LinkKeys},
    manifest::Manifest,
};
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_model::{
    name::{self, SafePath},
    protocol::{Answer, Cover, Failure, FileEntry, JobId, Letter, Secret},
};

use super::{Kept, optional_password, send::api_level};
use crate::{
    pipeline::{
        Cancel,
        download::{self, Download},
        http,
    },
    worker::{Outcome, Reporter, Worker},
};

/// A link that was read, and what was derived and opened with it.
pub(crate) struct Opened {
    link: Link,
    keys: RefCell<Option<Rc<LinkKeys>>>,
    manifest: RefCell<Option<Rc<Received>>>,
}

/// An opened manifest with its files' names and folders made safe.
struct Received {
    manifest: Manifest,
    paths: Vec<SafePath>,
}

pub(crate) fn read_link(
    worker: &Worker,
    id: JobId,
    delivery: &str,
    fragment: &str,
) -> Result<Outcome, Failure> {
    let delivery: blob_api::DeliveryId = delivery.parse().map_err(|_| Failure::BrokenLink)?;
    // A program that found the link in a sentence may have taken the sentence's end along.
    let fragment = fragment.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let link = Link::parse(DeliveryId(delivery.0), fragment).map_err(|error| match error {
        ParseError::UnknownFormat => Failure::UnknownFormat,
        ParseError::Malformed => Failure::BrokenLink,
    })?;
    let gate = Token(link.gate().to_bytes());
    let opened = Opened { link, keys: RefCell::default(), manifest: RefCell::default() };
    worker.keep(id, Kept::Link(Rc::new(opened)));
    Ok(Answer::LinkRead { delivery, gate }.into())
}

pub(crate) fn prove(worker: &Worker, link: JobId, typed: &Secret) -> Result<Outcome, Failure> {
    let opened = find(worker, link)?;
    // A password that could not have been chosen is a wrong one; the server need not be asked.
    let password = optional_password(typed).map_err(|_| Failure::WrongPassword)?;
    let keys = opened.link.keys(password.as_ref()).map_err(|_| Failure::Internal)?;
    let auth = Token(keys.auth.to_bytes());
    opened.keys.replace(Some(Rc::new(keys)));
    Ok(Answer::Proof { auth }.into())
}

pub(crate) async fn open_cover(
    worker: &Worker,
    link: JobId,
    opening: &Token,
    cancel: Cancel,
) -> Result<Outcome, Failure> {
    let opened = find(worker, link)?;
    let keys = opened.keys.borrow().clone().ok_or(Failure::Internal)?;
    let delivery = opened.link.delivery;
    let bytes = fetch_cover(delivery, opening, &cancel).await?;
    let manifest =
        delivery::open_cover(&keys.cover, delivery, Level::One, &bytes).map_err(download::failure)?;
    // The sender may be hostile: names are made safe where they are opened.
    let paths =
        name::safe_paths(manifest.files.iter().map(|file| (file.folder.as_str(), file.name.as_str())));
    let cover = show(&manifest, &paths);
    opened.manifest.replace(Some(Rc::new(Received { manifest, paths })));
    Ok(Answer::Cover(cover).into())
}

pub(crate) async fn download(
    worker: &Worker,
    link: JobId,
    opening: &Token,
    file: u32,
    reporter: Reporter,
    cancel: Cancel,
) -> Result<Outcome, Failure> {
    let opened = find(worker, link)?;
    let keys = opened.keys.borrow().clone().ok_or(Failure::Internal)?;
    let received = opened.manifest.borrow().clone().ok_or(Failure::Internal)?;
    let (entry, path) = received
        .manifest
        .files
        .get(file as usize)
        .zip(received.paths.get(file as usize))
        .ok_or(Failure::Internal)?;
    let download = Download {
        delivery: opened.link.delivery,
        level: received.manifest.level,
        key: &keys.cover,
        opening,
        file,
        content: entry.content,
        name: &path.name,
        reporter,
        cancel,
    };
    download.run().await.map(|saved| Outcome(Answer::File, Some(saved)))
}

fn find(worker: &Worker, link: JobId) -> Result<Rc<Opened>, Failure> {
    worker.get(link, |kept| match kept {
        Kept::Link(opened) => Some(Rc::clone(opened)),
        _ => None,
    })
}

async fn fetch_cover(delivery: DeliveryId, opening: &Token, cancel: &Cancel) -> Result<Vec<u8>, Failure> {
    let path = path::cover(&blob_api::DeliveryId(delivery.0));
    let body = http::persist(
        cancel,
        || {},
        async || {
            let response = http::get(&path, opening, 0, cancel).await?;
            let body = response.array_buffer().map_err(|_| http::interrupted(cancel))?;
            JsFuture::from(body).await.map_err(|_| http::interrupted(cancel))
        },
    );
    let bytes = Uint8Array::new(body.await?.unchecked_ref::<ArrayBuffer>());
    if bytes.length() as usize > MAX_COVER_BYTES {
        return Err(Failure::Damaged(None));
    }
    Ok(bytes.to_vec())
}

fn show(manifest: &Manifest, paths: &[SafePath]) -> Cover {
    Cover {
        level: api_level(manifest.level),
        letter: Letter { subject: manifest.subject.clone(), message: manifest.message.clone() },
        created: i64::try_from(manifest.created).unwrap_or(i64::MAX),
        files: manifest
            .files
            .iter()
            .zip(paths)
            .map(|(file, SafePath { folder, name })| FileEntry {
                blob: blob_api::BlobId(file.content.blob.0),
                folder: folder.clone(),
                name: name.clone(),
                size: file.content.layout.size(),
            })
            .collect(),
    }
}
