//! What remains of a delivery in this browser until it is sent, so that it can go on after its tab was closed.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
    rc::Rc,
};

use blob_api::{DraftInfo, ProblemKind, StoredBlob, StoredBlobs};
use crypto_core::{
    draft::{self, Draft, ResumeKey},
    id::{BlobId, DeliveryId},
    sealed::DeliveryKey,
    stream::FileRef,
    submission::ReceiptSecret,
};
use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};
use web_model::{
    draft::Chosen,
    protocol::{self, Answer, Author, Failure, JobId, MemberAnswer, Note, Terms, Written},
    unfinished::{Begun, Unfinished},
};

use super::{Fixed, Prepared, files::OwnFile, seal_failure};
use crate::{
    jobs::{
        Kept,
        keys::{self, Keys},
        rng,
    },
    journal::{self, Lock, Owner},
    pipeline::{track::Track, upload, web_crypto::sha256},
    worker::{Outcome, Reporter, Worker},
};

/// What a record holds beside the keys.
#[derive(Serialize, Deserialize)]
struct Notes {
    written: Written,
    terms: Terms,
    password: bool,
    files: Vec<Noted>,
}

#[derive(Serialize, Deserialize)]
struct Noted {
    chosen: Chosen,
    media_type: String,
    blob: blob_api::BlobId,
}

/// With what and for whom it is written down how far a delivery is.
pub(super) struct Notebook<'a> {
    pub(super) worker: &'a Worker,
    /// The sender's keys, as long as they are open.
    pub(super) keys: Option<JobId>,
    pub(super) written: &'a Written,
    pub(super) reporter: Reporter,
}

impl Prepared {
    /// Writes down what is needed to go on, and forgets the files behind these blobs. From level 3 on only the sender's keys
    /// can seal it: once they are locked, nothing more is kept.
    pub(super) async fn note(&self, notebook: &Notebook<'_>, gone: &[BlobId]) -> Result<(), Failure> {
        let noted = |file: &OwnFile| Noted {
            chosen: file.chosen.clone(),
            media_type: file.media_type.clone(),
            blob: blob_api::BlobId(file.track.blob.0),
        };
        let Fixed { owner, password, terms } = self.fixed;
        let files = self.files.borrow().iter().map(noted).collect();
        let notes = Notes { written: notebook.written.clone(), terms, password, files };
        let notes = protocol::encode(&notes).map_err(|_| Failure::Internal)?;
        let record = match (&self.delivery_key, &self.receipt) {
            (None, _) => Some(draft::seal(&self.resume, &self.link, &self.keys, &notes, &mut rng())),
            (Some(key), Some(receipt)) => {
                let keys = (&self.link, &self.keys, key, receipt);
                Some(draft::seal_submission(&self.resume, keys, &notes, &mut rng()))
            }
            (Some(key), None) => opened(notebook.worker, notebook.keys).map(|open| {
                let keys = (&self.link, &self.keys, key);
                draft::seal_own(&self.resume, open.identity(), keys, &notes, &mut rng())
            }),
        };
        match record.transpose().map_err(seal_failure)? {
            Some(record) => {
                let gone: Vec<_> = gone.iter().map(|blob| blob_api::BlobId(blob.0)).collect();
                self.pages.record(owner, &record, &gone).await?;
            }
            // What was kept so far would lead to other files.
            None if !self.pages.erase().await => return Err(Failure::NoSpace),
            None => {}
        }
        if !self.pages.are_kept() {
            notebook.reporter.note(Note::NotKept);
        }
        Ok(())
    }
}

/// The sender's keys, when they are (still) open.
fn opened(worker: &Worker, keys: Option<JobId>) -> Option<Rc<Keys>> {
    keys::get(worker, keys?).ok()
}

pub(crate) async fn unfinished(
    worker: &Worker,
    author: &Author,
    keys: Option<JobId>,
    drafts: Vec<DraftInfo>,
) -> Result<Outcome, Failure> {
    let keys = opened(worker, keys);
    let journal = worker.journal().at_last().await;
    let mut records = journal.deliveries(owner(author).await?).await;
    let (mut known, mut locked, mut elsewhere) = (Vec::new(), false, false);
    for DraftInfo { delivery, resume, .. } in drafts {
        let Some(record) = records.remove(&delivery) else { continue };
        // A tab that is at work on it says itself how far it is.
        let Some(_lock) = Lock::take(&lock_name(delivery)).await else {
            elsewhere = true;
            continue;
        };
        if keys.is_none() && draft::is_own(&record) {
            locked = true;
            continue;
        }
        match open(&resume, keys.as_deref(), delivery, &record) {
            Ok(Record { notes, .. }) => {
                known.push(notes.into_unfinished(delivery, &journal.files(delivery).await))
            }
            Err(_) => drop(journal.of(delivery).erase().await),
        }
    }
    // The server knows these no longer.
    for delivery in records.into_keys() {
        if let Some(_lock) = Lock::take(&lock_name(delivery)).await {
            journal.of(delivery).erase().await;
        }
    }
    Ok(MemberAnswer::Unfinished { known, locked, elsewhere }.into())
}

pub(crate) async fn go_on(
    worker: &Worker,
    id: JobId,
    author: &Author,
    keys: Option<JobId>,
    DraftInfo { delivery, resume, .. }: DraftInfo,
    stored: StoredBlobs,
) -> Result<Outcome, Failure> {
    let lock = Lock::take(&lock_name(delivery)).await.ok_or(Failure::Elsewhere)?;
    let is_alone = lock.is_real();
    let journal = worker.journal().at_last().await;
    let owner = owner(author).await?;
    let gone = Failure::Server(ProblemKind::NotFound);
    let record = journal.deliveries(owner).await.remove(&delivery).ok_or(gone.clone())?;
    let open_keys = opened(worker, keys);
    let Record { draft: Draft { link, keys, .. }, delivery_key, receipt, notes } =
        open(&resume, open_keys.as_deref(), delivery, &record).map_err(|_| gone)?;
    let kept = journal.files(delivery).await;
    let prepared = Prepared {
        link,
        keys,
        delivery_key,
        receipt,
        bearer: author.bearer().cloned(),
        sheet: Cell::default(),
        resume: ResumeKey::from_bytes(&resume.0),
        fixed: Fixed { owner, password: notes.password, terms: notes.terms },
        files: RefCell::default(),
        abandoned: RefCell::default(),
        pages: Rc::new(journal.of(delivery)),
        _lock: lock,
    };
    let at_server: HashMap<_, _> = stored.blobs.iter().map(|stored| (stored.blob, stored)).collect();
    let own = |file: &Noted| {
        // Without a lock another tab may be sealing this file under the same key: then only what is whole is taken over.
        let stored = at_server.get(&file.blob).filter(|stored| is_alone || stored.complete)?;
        let track = track(file, kept.get(&file.blob)?, stored)?;
        let (chosen, media_type) = (file.chosen.clone(), file.media_type.clone());
        Some(OwnFile { chosen, media_type, track: Rc::new(track) })
    };
    let files = notes.files.iter().filter_map(own).collect();
    prepared.take_over(files, stored.blobs.iter().map(|stored| BlobId(stored.blob.0)));
    worker.keep(id, Kept::Prepared(Rc::new(prepared)));
    Ok(MemberAnswer::GoesOn(notes.into_unfinished(delivery, &kept)).into())
}

pub(crate) async fn discard(worker: &Worker, delivery: blob_api::DeliveryId) -> Result<Outcome, Failure> {
    let _lock = match worker.works_on(delivery) {
        true => None,
        false => Some(Lock::take(&lock_name(delivery)).await.ok_or(Failure::Elsewhere)?),
    };
    // What cannot be erased is noise once the server has forgotten its half.
    worker.journal().in_time().await.of(delivery).erase().await;
    Ok(Answer::Nothing.into())
}

/// How far a file is by what journal and server say; `None` when it has to start over.
fn track(file: &Noted, kept: &journal::Kept, stored: &StoredBlob) -> Option<Track> {
    let layout = upload::layout(file.chosen.size).ok()?;
    let blob = BlobId(file.blob.0);
    if stored.complete {
        let content = FileRef { blob, layout, salt: kept.salt };
        return Some(Track::complete(content, kept.digests.clone()));
    }
    let is_recorded =
        |part: &blob_api::StoredPart| kept.digests.get(part.number as usize) == Some(&part.digest.0);
    if kept.digests.is_empty() || !stored.parts.iter().all(is_recorded) {
        return None;
    }
    let arrived: HashSet<u64> = stored.parts.iter().map(|part| u64::from(part.number)).collect();
    Some(Track::begun(blob, layout, kept.salt, kept.digests.clone(), arrived))
}

impl Notes {
    fn into_unfinished(
        self,
        delivery: blob_api::DeliveryId,
        kept: &HashMap<blob_api::BlobId, journal::Kept>,
    ) -> Unfinished {
        let begun = |Noted { chosen, blob, .. }| Begun { known: kept.contains_key(&blob), chosen, blob };
        let Self { written, terms, password, files } = self;
        Unfinished { delivery, written, terms, password, files: files.into_iter().map(begun).collect() }
    }
}

/// An opened record.
struct Record {
    draft: Draft,
    delivery_key: Option<DeliveryKey>,
    receipt: Option<ReceiptSecret>,
    notes: Notes,
}

fn open(
    resume: &blob_api::Token,
    keys: Option<&Keys>,
    delivery: blob_api::DeliveryId,
    record: &[u8],
) -> Result<Record, Failure> {
    let (key, delivery) = (ResumeKey::from_bytes(&resume.0), DeliveryId(delivery.0));
    let opened = if draft::is_own(record) {
        let identity = keys.ok_or(Failure::Internal)?.identity();
        draft::open_own(&key, identity, delivery, record).map(|(draft, key)| (draft, Some(key), None))
    } else if draft::is_submission(record) {
        let opened = draft::open_submission(&key, delivery, record);
        opened.map(|(draft, key, receipt)| (draft, Some(key), Some(receipt)))
    } else {
        draft::open(&key, delivery, record).map(|draft| (draft, None, None))
    };
    let (draft, delivery_key, receipt) = opened.map_err(|_| Failure::Internal)?;
    let notes: Notes = protocol::decode(&draft.notes).map_err(|_| Failure::Internal)?;
    // What is sealed under which key follows from the level, and from nothing else.
    if notes.terms.level.needs_keys() != delivery_key.is_some() {
        return Err(Failure::Internal);
    }
    Ok(Record { draft, delivery_key, receipt, notes })
}

/// Two tabs must not work on one delivery: both would seal, and neither knows what the other has sent.
pub(super) fn lock_name(delivery: blob_api::DeliveryId) -> String {
    format!("siegel-delivery-{delivery}")
}

pub(super) async fn owner(author: &Author) -> Result<Owner, Failure> {
    let text = match author {
        Author::Account(name) => format!("siegel unfinished deliveries of {}", name.to_lowercase()),
        Author::Ticket { ticket, .. } => format!("siegel unfinished submissions by {ticket}"),
    };
    let hash = sha256(&Uint8Array::from(text.as_bytes())).await.map_err(|_| Failure::Internal)?;
    let mut owner = Owner::default();
    owner.copy_from_slice(&hash[..16]);
    Ok(owner)
}
