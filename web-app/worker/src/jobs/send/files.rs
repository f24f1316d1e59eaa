//! The files of a delivery, from the first try to the last.

use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

use blob_api::path;
use crypto_core::id::BlobId;
use web_model::{
    draft::{Chosen, MAX_MEDIA_TYPE_BYTES},
    protocol::{Failure, Note, Outgoing},
};
use web_sys::File;

use super::{Prepared, kept::Notebook};
use crate::{
    jobs::rng,
    pipeline::{
        Cancel,
        http::{self, Body},
        meter::Meter,
        track::Track,
        upload::{self, Item, Stop, Uploader},
    },
    worker::Reporter,
};

/// A file that belongs to the delivery.
#[derive(Clone)]
pub(super) struct OwnFile {
    /// What tells it apart: the browser shows no more of a file's origin.
    pub(super) chosen: Chosen,
    pub(super) media_type: String,
    pub(super) track: Rc<Track>,
}

/// One try to bring all files to the server.
pub(super) struct Plan<'a> {
    prepared: &'a Prepared,
    /// The browser's handle to each file, unless all of it is at the server already.
    handles: Vec<Option<File>>,
}

impl<'a> Plan<'a> {
    /// Takes over what earlier tries have done for these files; what they did for others becomes abandoned.
    pub(super) fn new(
        prepared: &'a Prepared,
        outgoing: Vec<Outgoing>,
        files: Vec<File>,
    ) -> Result<Self, Failure> {
        let mut files = files.into_iter();
        let mut earlier: HashMap<Chosen, OwnFile> =
            prepared.files.take().into_iter().map(|file| (file.chosen.clone(), file)).collect();
        let (mut own, mut handles) = (Vec::new(), Vec::new());
        for (index, Outgoing { chosen, here }) in (0_u32..).zip(outgoing) {
            let handle = if here { Some(files.next().ok_or(Failure::Internal)?) } else { None };
            let file = match (earlier.remove(&chosen), &handle) {
                (Some(file), handle) if handle.is_some() || file.track.content().is_some() => file,
                (None, Some(handle)) => {
                    OwnFile { track: new_track(chosen.size)?, media_type: media_type(handle), chosen }
                }
                // The page asks for a file that it does not have, and that is not there.
                _ => return Err(Failure::Unreadable(index)),
            };
            own.push(file);
            handles.push(handle);
        }
        prepared.files.replace(own);
        prepared.abandoned.borrow_mut().extend(earlier.into_values().map(|file| file.track.blob));
        Ok(Self { prepared, handles })
    }

    /// Uploads what is not there yet.
    pub(super) async fn send(&self, notebook: &Notebook<'_>, cancel: &Cancel) -> Result<(), Failure> {
        let reporter = notebook.reporter;
        for (index, file) in (0_u32..).zip(self.prepared.files.borrow().iter()) {
            if let Some(content) = file.track.content() {
                Meter::new(reporter, index, content.layout.size()).finish();
            }
        }
        let gone = self.prepared.abandoned.borrow().clone();
        self.prepared.note(notebook, &gone).await?;
        loop {
            self.prepared.remove_abandoned(cancel).await?;
            match self.send_missing(reporter, cancel).await {
                Ok(()) => return Ok(()),
                Err(Stop::Failed(failure)) => return Err(failure),
                Err(Stop::Changed(index)) => {
                    let gone = self.start_over(index)?;
                    self.prepared.note(notebook, &[gone]).await?;
                    reporter.note(Note::Changed(index));
                }
            }
        }
    }

    async fn send_missing(&self, reporter: Reporter, cancel: &Cancel) -> Result<(), Stop> {
        let Prepared { link, pages, .. } = self.prepared;
        let files = self.prepared.files.borrow().clone();
        let missing = (0_u32..).zip(files).zip(&self.handles).filter_map(|((index, file), handle)| {
            let handle = handle.clone().filter(|_| file.track.content().is_none())?;
            Some(Item { index, file: handle, track: file.track })
        });
        let missing: Vec<Item> = missing.collect();
        let mut uploader = Uploader::new(
            link.delivery,
            self.prepared.level(),
            self.prepared.root(),
            pages,
            reporter,
            cancel.clone(),
        )
        .proved_by(self.prepared.bearer.clone());
        uploader.run(&missing).await
    }

    /// Gives a file that has changed a new key and blob, and returns the old blob.
    fn start_over(&self, index: u32) -> Result<BlobId, Failure> {
        let mut files = self.prepared.files.borrow_mut();
        let file = files.get_mut(index as usize).ok_or(Failure::Internal)?;
        let old = std::mem::replace(&mut file.track, new_track(file.chosen.size)?).blob;
        self.prepared.abandoned.borrow_mut().push(old);
        Ok(old)
    }
}

impl Prepared {
    /// Removes from the server what is no longer wanted.
    async fn remove_abandoned(&self, cancel: &Cancel) -> Result<(), Failure> {
        loop {
            let Some(blob) = self.abandoned.borrow().last().copied() else { return Ok(()) };
            let path = path::blob(&self.delivery(), &blob_api::BlobId(blob.0));
            let by = self.bearer.as_ref();
            let attempt = async || http::send(("DELETE", &path), by, Body::None, cancel, |_| {}).await;
            http::persist(cancel, || {}, attempt).await?;
            self.abandoned.borrow_mut().retain(|other| *other != blob);
        }
    }

    /// Takes over what was done before this page was opened: what the journal and the server agree on. All else that the
    /// server has becomes abandoned.
    pub(super) fn take_over(&self, files: Vec<OwnFile>, stored: impl Iterator<Item = BlobId>) {
        let wanted: HashSet<[u8; 16]> = files.iter().map(|file| file.track.blob.0).collect();
        self.abandoned.borrow_mut().extend(stored.filter(|blob| !wanted.contains(&blob.0)));
        self.files.replace(files);
    }
}

/// What the browser takes a file for; nothing when that is longer than any real type.
fn media_type(file: &File) -> String {
    Some(file.type_()).filter(|kind| kind.len() <= MAX_MEDIA_TYPE_BYTES).unwrap_or_default()
}

fn new_track(size: u64) -> Result<Rc<Track>, Failure> {
    Ok(Rc::new(Track::new(BlobId::generate(&mut rng()), upload::layout(size)?)))
}
