//! What was opened, and how its files come out: the same at all levels.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use blob_api::{Level as ApiLevel, Token};
use crypto_core::{manifest::Manifest, stream::FileRoot};
use web_model::{
    name::{self, SafePath},
    protocol::{Answer, Cover, Failure, FileEntry, JobId, Letter, Wanted},
};
use web_sys::MessagePort;

use super::Kept;
use crate::{
    pipeline::{
        Cancel,
        download::Source,
        receipt::{self, Item, Receipt},
        sink::Sink,
    },
    worker::{Outcome, Reporter, Worker},
};

/// What the keys of files come from: what a link gave, or what was granted. Guests' worker knows only links.
pub(super) trait Root {
    fn root(&self) -> FileRoot<'_>;
}

/// An opened manifest with its files' names and folders made safe, and what opens the files.
pub(crate) struct Opened {
    root: Rc<dyn Root>,
    manifest: Manifest,
    paths: Vec<SafePath>,
    /// What can go on where it stopped.
    unfinished: RefCell<HashMap<Wanted, Receipt>>,
}

impl Opened {
    /// The sender may be hostile: names are made safe where they are opened.
    pub(super) fn new(manifest: Manifest, root: Rc<dyn Root>) -> Self {
        let paths =
            name::safe_paths(manifest.files.iter().map(|file| (file.folder.as_str(), file.name.as_str())));
        Self { root, manifest, paths, unfinished: RefCell::default() }
    }

    /// For the page.
    pub(super) fn show(&self, level: ApiLevel) -> Cover {
        let Self { manifest, paths, .. } = self;
        Cover {
            level,
            letter: Letter {
                subject: manifest.subject.clone(),
                message: manifest.message.clone(),
                name: manifest.name.clone(),
                reference: manifest.reference.clone(),
            },
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

    /// The files that are wanted, in order.
    fn items(&self, wanted: &Wanted) -> Result<Vec<Item>, Failure> {
        let files = match wanted {
            Wanted::File(file) => std::slice::from_ref(file),
            Wanted::Archive { files, .. } => files,
        };
        let item = |&file: &u32| {
            let entry = self.manifest.files.get(file as usize)?.clone();
            Some(Item { file, entry, path: self.paths.get(file as usize)?.clone() })
        };
        files.iter().map(item).collect::<Option<_>>().ok_or(Failure::Internal)
    }
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
    let Manifest { delivery, level, .. } = opened.manifest;
    let source = Source { delivery, level, key: opened.root.root(), opening, cancel: &cancel };
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

fn find(worker: &Worker, opened: JobId) -> Result<Rc<Opened>, Failure> {
    worker.get(opened, |kept| match kept {
        Kept::Link(read) => read.opened(),
        Kept::Opened(opened) => Some(Rc::clone(opened)),
        _ => None,
    })
}
