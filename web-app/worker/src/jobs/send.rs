//! A delivery leaves this browser.

use std::{cell::RefCell, rc::Rc};

use blob_api::{Level as ApiLevel, Token, path};
use crypto_core::{
    delivery,
    error::SealError,
    id::{BlobId, Level},
    link::{Link, LinkKeys},
    manifest::{FileEntry, Manifest},
    stream::FileRef,
};
use js_sys::{Date, Uint8Array};
use web_model::{
    draft::MAX_MEDIA_TYPE_BYTES,
    protocol::{Answer, Failure, JobId, Letter, Secret},
};
use web_sys::File;

use super::{Kept, optional_password, rng};
use crate::{
    pipeline::{
        Cancel,
        http::{self, Body},
        meter::Meter,
        upload::{self, Uploader},
    },
    worker::{Outcome, Reporter, Worker},
};

/// A delivery from its first key to its link.
pub(crate) struct Prepared {
    link: Link,
    keys: LinkKeys,
    /// Files that are complete at the server, from this or an earlier try.
    stored: RefCell<Vec<Stored>>,
    /// Ciphertext of tries that did not complete: to be removed before the delivery is sent.
    abandoned: RefCell<Vec<BlobId>>,
}

/// A file that is complete at the server.
#[derive(Clone)]
struct Stored {
    identity: Identity,
    content: FileRef,
}

/// A file to send, and the folder it belongs to.
pub(crate) struct Chosen {
    file: File,
    folder: String,
}

impl Chosen {
    /// Each file with its folder; they come to the worker side by side.
    pub(crate) fn list(files: Vec<File>, folders: Vec<String>) -> Result<Vec<Self>, Failure> {
        if files.len() != folders.len() {
            return Err(Failure::Internal);
        }
        Ok(files.into_iter().zip(folders).map(|(file, folder)| Self { file, folder }).collect())
    }
}

/// What tells two chosen files apart. The browser shows no more of a file's origin.
#[derive(Clone, PartialEq)]
struct Identity {
    folder: String,
    name: String,
    size: u64,
    modified: f64,
}

impl Identity {
    fn of(Chosen { file, folder }: &Chosen) -> Self {
        let (name, size) = (file.name(), upload::size(file));
        Self { folder: folder.clone(), name, size, modified: file.last_modified() }
    }
}

pub(crate) fn prepare(worker: &Worker, id: JobId, typed: &Secret) -> Result<Outcome, Failure> {
    let password = optional_password(typed)?;
    let link = Link::generate(&mut rng());
    let keys = link.keys(password.as_ref()).map_err(|_| Failure::UnusablePassword)?;
    let answer = Answer::Prepared {
        delivery: blob_api::DeliveryId(link.delivery.0),
        gate_hash: Token(link.gate().hash().to_bytes()),
        auth_hash: Token(keys.auth.hash().to_bytes()),
    };
    let prepared = Prepared { link, keys, stored: RefCell::default(), abandoned: RefCell::default() };
    worker.keep(id, Kept::Prepared(Rc::new(prepared)));
    Ok(answer.into())
}

pub(crate) async fn upload(
    worker: &Worker,
    prepared: JobId,
    letter: Letter,
    files: Vec<Chosen>,
    reporter: Reporter,
    cancel: Cancel,
) -> Result<Outcome, Failure> {
    let prepared = worker.get(prepared, |kept| match kept {
        Kept::Prepared(prepared) => Some(Rc::clone(prepared)),
        _ => None,
    })?;
    let contents = prepared.send_files(&files, reporter, &cancel).await?;
    prepared.send_cover(letter, &files, contents, &cancel).await?;
    Ok(Answer::Uploaded { fragment: Secret(prepared.link.fragment().to_string()) }.into())
}

impl Prepared {
    /// Uploads what is not there yet. Returns what the manifest says of each file, in order.
    async fn send_files(
        &self,
        files: &[Chosen],
        reporter: Reporter,
        cancel: &Cancel,
    ) -> Result<Vec<FileRef>, Failure> {
        let mut contents = self.reuse(files);
        for (index, content) in (0_u32..).zip(&contents) {
            if let Some(content) = content {
                Meter::new(reporter, index, content.layout.size()).finish();
            }
        }
        self.remove_abandoned(cancel).await?;
        let missing: Vec<_> = (0_u32..)
            .zip(files)
            .zip(&contents)
            .filter(|(_, content)| content.is_none())
            .map(|((index, file), _)| (index, file.file.clone(), BlobId::generate(&mut rng())))
            .collect();
        // Until a file is complete, its ciphertext counts as abandoned: then every way out of here leaves the truth.
        self.abandoned.borrow_mut().extend(missing.iter().map(|(_, _, blob)| *blob));
        let mut uploader =
            Uploader::new(self.link.delivery, Level::One, &self.keys.cover, reporter, cancel.clone());
        uploader
            .run(missing.into_iter(), |index, content| {
                self.abandoned.borrow_mut().retain(|blob| *blob != content.blob);
                if let (Some(file), Some(slot)) =
                    (files.get(index as usize), contents.get_mut(index as usize))
                {
                    self.stored.borrow_mut().push(Stored { identity: Identity::of(file), content });
                    *slot = Some(content);
                }
            })
            .await?;
        contents.into_iter().collect::<Option<_>>().ok_or(Failure::Internal)
    }

    /// Finds the files that an earlier try has stored; those that are no longer wanted become abandoned.
    fn reuse(&self, files: &[Chosen]) -> Vec<Option<FileRef>> {
        let mut stored = self.stored.borrow_mut();
        let mut unused = std::mem::take(&mut *stored);
        let mut take = |file: &Chosen| {
            let identity = Identity::of(file);
            let found = unused.iter().position(|stored| stored.identity == identity)?;
            let found = unused.swap_remove(found);
            stored.push(found.clone());
            Some(found.content)
        };
        let contents = files.iter().map(&mut take).collect();
        self.abandoned.borrow_mut().extend(unused.into_iter().map(|stored| stored.content.blob));
        contents
    }

    async fn remove_abandoned(&self, cancel: &Cancel) -> Result<(), Failure> {
        let delivery = blob_api::DeliveryId(self.link.delivery.0);
        loop {
            let Some(blob) = self.abandoned.borrow().last().copied() else { return Ok(()) };
            let path = path::blob(&delivery, &blob_api::BlobId(blob.0));
            http::persist(
                cancel,
                || {},
                async || http::send("DELETE", &path, Body::None, cancel, |_| {}).await,
            )
            .await?;
            self.abandoned.borrow_mut().retain(|other| *other != blob);
        }
    }

    async fn send_cover(
        &self,
        letter: Letter,
        files: &[Chosen],
        contents: Vec<FileRef>,
        cancel: &Cancel,
    ) -> Result<(), Failure> {
        let entries = files.iter().zip(contents).map(|(Chosen { file, folder }, content)| FileEntry {
            content,
            name: file.name(),
            media_type: media_type(file),
            modified: Some(seconds(file.last_modified())),
            folder: folder.clone(),
        });
        let manifest = Manifest {
            delivery: self.link.delivery,
            level: Level::One,
            subject: letter.subject,
            message: letter.message,
            created: seconds(Date::now()),
            expires: None,
            files: entries.collect(),
        };
        let cover =
            delivery::seal_cover(&self.keys.cover, &manifest, &mut rng()).map_err(|error| match error {
                SealError::TooLarge => Failure::Server(blob_api::ProblemKind::TooLarge),
                SealError::BadInput | SealError::OutOfOrder | SealError::CipherFailed => Failure::Internal,
            })?;
        let cover = Uint8Array::from(cover.as_slice());
        let path = path::cover(&blob_api::DeliveryId(self.link.delivery.0));
        let attempt = async || http::send("PUT", &path, Body::Bytes(&cover, None), cancel, |_| {}).await;
        http::persist(cancel, || {}, attempt).await
    }
}

/// What the browser takes a file for; nothing when that is longer than any real type.
fn media_type(file: &File) -> String {
    Some(file.type_()).filter(|kind| kind.len() <= MAX_MEDIA_TYPE_BYTES).unwrap_or_default()
}

/// Milliseconds of JavaScript as seconds; 0 for times before 1970.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole seconds are meant; never negative"
)]
fn seconds(milliseconds: f64) -> u64 {
    (milliseconds / 1000.0).max(0.0) as u64
}

/// The level on the wire for the level in the keys.
pub(crate) const fn api_level(level: Level) -> ApiLevel {
    match level {
        Level::One => ApiLevel::One,
    }
}
