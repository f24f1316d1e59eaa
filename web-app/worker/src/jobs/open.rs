//! A delivery is opened in this browser.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use blob_api::{Level as ApiLevel, Token, path};
use crypto_core::{
    delivery::{self, MAX_COVER_BYTES},
    error::{OpenError, ParseError},
    id::{DeliveryId, RecipientId},
    link::{Link, LinkKeys},
    manifest::Manifest,
    personal::{AnyLink, PersonalLink},
};
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_model::{
    name::{self, SafePath},
    protocol::{Answer, Cover, Failure, FileEntry, JobId, Letter, Secret, Wanted},
};
use web_sys::MessagePort;

use super::{Kept, optional_password, send::core_level};
use crate::{
    pipeline::{
        Cancel,
        download::{self, Source},
        http,
        receipt::{self, Item, Receipt},
        sink::Sink,
    },
    worker::{Outcome, Reporter, Worker},
};

/// A link that was read, and what was derived and opened with it.
pub(crate) struct Opened {
    delivery: DeliveryId,
    /// The recipient's own link, which leads to the delivery's.
    personal: Option<PersonalLink>,
    /// The delivery's link, once it is known.
    link: RefCell<Option<Rc<Link>>>,
    keys: RefCell<Option<Rc<LinkKeys>>>,
    manifest: RefCell<Option<Rc<Received>>>,
    /// What can go on where it stopped.
    unfinished: RefCell<HashMap<Wanted, Receipt>>,
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
    let link = AnyLink::parse(DeliveryId(delivery.0), fragment).map_err(|error| match error {
        ParseError::UnknownFormat => Failure::UnknownFormat,
        ParseError::Malformed => Failure::BrokenLink,
    })?;
    let (gate, link, personal) = match link {
        AnyLink::Own(link) => (link.gate(), Some(Rc::new(link)), None),
        AnyLink::Personal(personal) => (personal.gate(), None, Some(personal)),
    };
    let gate = Token(gate.to_bytes());
    let opened = Opened {
        delivery: DeliveryId(delivery.0),
        personal,
        link: RefCell::new(link),
        keys: RefCell::default(),
        manifest: RefCell::default(),
        unfinished: RefCell::default(),
    };
    worker.keep(id, Kept::Link(Rc::new(opened)));
    Ok(Answer::LinkRead { delivery, gate }.into())
}

pub(crate) fn unwrap(
    worker: &Worker,
    link: JobId,
    level: ApiLevel,
    recipient: blob_api::RecipientId,
    sealed: &[u8],
) -> Result<Outcome, Failure> {
    let opened = find(worker, link)?;
    let personal = opened.personal.as_ref().ok_or(Failure::Damaged(None))?;
    let own =
        personal.open(RecipientId(recipient.0), core_level(level), sealed).map_err(|error| match error {
            OpenError::UnknownFormat => Failure::UnknownFormat,
            OpenError::Damaged => Failure::Damaged(None),
        })?;
    opened.link.replace(Some(Rc::new(own)));
    Ok(Answer::Nothing.into())
}

pub(crate) fn prove(worker: &Worker, link: JobId, typed: &Secret) -> Result<Outcome, Failure> {
    let opened = find(worker, link)?;
    // A password that could not have been chosen is a wrong one; the server need not be asked.
    let password = optional_password(typed).map_err(|_| Failure::WrongPassword)?;
    let own = opened.link.borrow().clone().ok_or(Failure::Internal)?;
    let keys = own.keys(password.as_ref()).map_err(|_| Failure::Internal)?;
    let auth = Token(keys.auth.to_bytes());
    opened.keys.replace(Some(Rc::new(keys)));
    Ok(Answer::Proof { auth }.into())
}

pub(crate) async fn open_cover(
    worker: &Worker,
    link: JobId,
    level: ApiLevel,
    opening: &Token,
    cancel: Cancel,
) -> Result<Outcome, Failure> {
    let opened = find(worker, link)?;
    let keys = opened.keys.borrow().clone().ok_or(Failure::Internal)?;
    let delivery = opened.delivery;
    let bytes = fetch_cover(delivery, opening, &cancel).await?;
    let manifest =
        delivery::open_cover(&keys.cover, delivery, core_level(level), &bytes).map_err(download::failure)?;
    // The sender may be hostile: names are made safe where they are opened.
    let paths =
        name::safe_paths(manifest.files.iter().map(|file| (file.folder.as_str(), file.name.as_str())));
    let cover = show(level, &manifest, &paths);
    opened.manifest.replace(Some(Rc::new(Received { manifest, paths })));
    Ok(Answer::Cover(cover).into())
}

pub(crate) async fn room(worker: &Worker, link: JobId, wanted: Wanted) -> Result<Outcome, Failure> {
    let opened = find(worker, link)?;
    let items = opened.items(&wanted)?;
    let size = receipt::size(&items, is_archive(&wanted))?;
    if opened.unfinished.borrow().contains_key(&wanted) {
        return Ok(Answer::Room { size, enough: true }.into());
    }
    let sink = Sink::reserve(size).await;
    let enough = sink.is_some();
    if let Some(sink) = sink {
        let receipt = Receipt::new(items, is_archive(&wanted), sink);
        opened.unfinished.borrow_mut().insert(wanted, receipt);
    }
    Ok(Answer::Room { size, enough }.into())
}

pub(crate) async fn download(
    worker: &Worker,
    link: JobId,
    opening: &Token,
    wanted: Wanted,
    ports: Option<[MessagePort; 2]>,
    reporter: Reporter,
    cancel: Cancel,
) -> Result<Outcome, Failure> {
    let opened = find(worker, link)?;
    let keys = opened.keys.borrow().clone().ok_or(Failure::Internal)?;
    let level = opened.manifest.borrow().as_ref().ok_or(Failure::Internal)?.manifest.level;
    let begun = opened.unfinished.borrow_mut().remove(&wanted);
    let items = opened.items(&wanted)?;
    let name = match &wanted {
        Wanted::Archive { name, .. } => name.clone(),
        Wanted::File(_) => items.first().ok_or(Failure::Internal)?.path.name.clone(),
    };
    let mut receipt = match begun {
        Some(receipt) => receipt,
        None => {
            let archive = is_archive(&wanted);
            let sink = Sink::open(receipt::size(&items, archive)?, ports).await?;
            Receipt::new(items, archive, sink)
        }
    };
    let source = Source { delivery: opened.delivery, level, key: &keys.cover, opening, cancel: &cancel };
    if let Err(failure) = receipt.complete(&source, reporter).await {
        if receipt.survives(&failure) {
            opened.unfinished.borrow_mut().insert(wanted, receipt);
        }
        return Err(failure);
    }
    Ok(match receipt.publish(&name, &cancel).await? {
        Some(file) => Outcome(Answer::File, Some(file)),
        None => Answer::Streamed.into(),
    })
}

fn is_archive(wanted: &Wanted) -> bool {
    matches!(wanted, Wanted::Archive { .. })
}

impl Opened {
    /// The files that are wanted, in order.
    fn items(&self, wanted: &Wanted) -> Result<Vec<Item>, Failure> {
        let received = self.manifest.borrow().clone().ok_or(Failure::Internal)?;
        let files = match wanted {
            Wanted::File(file) => std::slice::from_ref(file),
            Wanted::Archive { files, .. } => files,
        };
        let item = |&file: &u32| {
            let entry = received.manifest.files.get(file as usize)?.clone();
            Some(Item { file, entry, path: received.paths.get(file as usize)?.clone() })
        };
        files.iter().map(item).collect::<Option<_>>().ok_or(Failure::Internal)
    }
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
            let answer = http::get(&path, opening, 0, cancel).await?;
            let body = answer.response.array_buffer().map_err(|_| http::interrupted(cancel))?;
            JsFuture::from(body).await.map_err(|_| http::interrupted(cancel))
        },
    );
    let bytes = Uint8Array::new(body.await?.unchecked_ref::<ArrayBuffer>());
    if bytes.length() as usize > MAX_COVER_BYTES {
        return Err(Failure::Damaged(None));
    }
    Ok(bytes.to_vec())
}

fn show(level: ApiLevel, manifest: &Manifest, paths: &[SafePath]) -> Cover {
    Cover {
        level,
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
