//! A delivery leaves this browser.
//!
//! `files` brings its files to the server, `kept` is what remains in this browser until it is sent, `grant` is what levels 3
//! and 4 need beside, `submit` what goes into a box.

mod files;
mod grant;
mod kept;
mod submit;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use blob_api::{Level as ApiLevel, NewLink, Opaque, Token, path};
use crypto_core::{
    delivery,
    draft::ResumeKey,
    error::SealError,
    id::{BlobId, Level, RecipientId},
    link::{Link, LinkKeys},
    manifest::{FileEntry, Manifest},
    personal::PersonalLink,
    sealed::DeliveryKey,
    stream::FileRoot,
    submission::ReceiptSecret,
};
use js_sys::{Date, Uint8Array};
use web_model::protocol::{
    Addressed, Author, Failure, JobId, Letter, MemberAnswer, Outgoing, OwnLink, Secret, Terms, Written,
};
use web_sys::File;

pub(crate) use self::grant::grant;
pub(crate) use self::kept::{discard, go_on, unfinished};
pub(crate) use self::submit::submit;
use self::{
    files::{OwnFile, Plan},
    kept::{Notebook, lock_name, owner},
};
use super::{Kept, optional_password, rng};
use crate::{
    journal::{Lock, Owner, Pages},
    pipeline::{
        Cancel,
        http::{self, Body},
    },
    worker::{Outcome, Reporter, Worker},
};

/// A delivery from its first key to its link.
pub(crate) struct Prepared {
    link: Link,
    keys: LinkKeys,
    /// From level 3 on: what files are sealed under, and what is granted.
    delivery_key: Option<DeliveryKey>,
    /// Into a box at level 4: who the sender is to its owner.
    receipt: Option<ReceiptSecret>,
    /// What proves the sender to the server, where that is no session.
    bearer: Option<Token>,
    /// SHA-256 of the sheet that was brought last.
    sheet: Cell<Option<[u8; 32]>>,
    /// Opens what the journal keeps; the server has it too.
    resume: ResumeKey,
    fixed: Fixed,
    /// What earlier tries have brought to the server, and how far.
    files: RefCell<Vec<OwnFile>>,
    /// Ciphertext that is no longer wanted: to be removed before the delivery is sent.
    abandoned: RefCell<Vec<BlobId>>,
    pages: Rc<Pages>,
    /// No other tab works on this delivery.
    _lock: Lock,
}

/// What does not change from the beginning to the end of a delivery.
#[derive(Clone, Copy)]
struct Fixed {
    owner: Owner,
    password: bool,
    terms: Terms,
}

impl Prepared {
    /// Is it this delivery?
    pub(crate) fn is(&self, delivery: blob_api::DeliveryId) -> bool {
        self.link.delivery.0 == delivery.0
    }

    fn level(&self) -> Level {
        core_level(self.fixed.terms.level)
    }

    fn delivery(&self) -> blob_api::DeliveryId {
        blob_api::DeliveryId(self.link.delivery.0)
    }

    /// What the files are sealed under.
    fn root(&self) -> FileRoot<'_> {
        match &self.delivery_key {
            Some(key) => key.into(),
            None => (&self.keys.cover).into(),
        }
    }
}

pub(crate) async fn prepare(
    worker: &Worker,
    id: JobId,
    author: &Author,
    typed: &Secret,
    terms: Terms,
) -> Result<Outcome, Failure> {
    let password = optional_password(typed)?;
    let link = Link::generate(&mut rng());
    let keys = link.keys(password.as_ref()).map_err(|_| Failure::UnusablePassword)?;
    let resume = ResumeKey::generate(&mut rng());
    let delivery = blob_api::DeliveryId(link.delivery.0);
    let answer = MemberAnswer::Prepared {
        delivery,
        gate_hash: Token(link.gate().hash().to_bytes()),
        auth_hash: Token(keys.auth.hash().to_bytes()),
        resume: Token(resume.to_bytes()),
    };
    let prepared = Prepared {
        link,
        keys,
        delivery_key: terms.level.needs_keys().then(|| DeliveryKey::generate(&mut rng())),
        receipt: (author.bearer().is_some() && terms.level.needs_keys())
            .then(|| ReceiptSecret::generate(&mut rng())),
        bearer: author.bearer().cloned(),
        sheet: Cell::default(),
        resume,
        fixed: Fixed { owner: owner(author).await?, password: password.is_some(), terms },
        files: RefCell::default(),
        abandoned: RefCell::default(),
        pages: Rc::new(worker.journal().in_time().await.of(delivery)),
        _lock: Lock::take(&lock_name(delivery)).await.ok_or(Failure::Elsewhere)?,
    };
    worker.keep(id, Kept::Prepared(Rc::new(prepared)));
    Ok(answer.into())
}

/// What a [`web_model::protocol::MemberJob::Upload`] asks for.
pub(crate) struct Uploading {
    pub(crate) prepared: JobId,
    pub(crate) keys: Option<JobId>,
    pub(crate) written: Written,
    pub(crate) files: (Vec<Outgoing>, Vec<File>),
}

pub(crate) async fn upload(
    worker: &Worker,
    Uploading { prepared, keys, written, files: (outgoing, files) }: Uploading,
    reporter: Reporter,
    cancel: Cancel,
) -> Result<Outcome, Failure> {
    let prepared = find(worker, prepared)?;
    let plan = Plan::new(&prepared, outgoing, files)?;
    plan.send(&Notebook { worker, keys, written: &written, reporter }, &cancel).await?;
    if prepared.delivery_key.is_none() {
        let manifest = prepared.manifest(written.letter)?;
        let cover =
            delivery::seal_cover(&prepared.keys.cover, &manifest, &mut rng()).map_err(seal_failure)?;
        prepared.put(&path::cover(&prepared.delivery()), &cover, &cancel).await?;
    }
    Ok(MemberAnswer::Uploaded { fragment: Secret(prepared.link.fragment().to_string()) }.into())
}

pub(crate) fn address(worker: &Worker, prepared: JobId, recipients: u32) -> Result<Outcome, Failure> {
    let prepared = find(worker, prepared)?;
    let addressed = |_| {
        let recipient = RecipientId::generate(&mut rng());
        let link = prepared.own_link(recipient)?;
        Ok(Addressed {
            unproved: false,
            recipient: blob_api::RecipientId(recipient.0),
            link: Some(link),
            grant: None,
            invitation: None,
        })
    };
    Ok(MemberAnswer::Addressed((0..recipients).map(addressed).collect::<Result<_, Failure>>()?).into())
}

fn find(worker: &Worker, prepared: JobId) -> Result<Rc<Prepared>, Failure> {
    worker.get(prepared, |kept| match kept {
        Kept::Prepared(prepared) => Some(Rc::clone(prepared)),
        _ => None,
    })
}

impl Prepared {
    /// A new link for one recipient.
    fn own_link(&self, recipient: RecipientId) -> Result<OwnLink, Failure> {
        let personal = PersonalLink::generate(self.link.delivery, &mut rng());
        let sealed = personal.seal(&self.link, recipient, self.level(), &mut rng()).map_err(seal_failure)?;
        let gate_hash = Token(personal.gate().hash().to_bytes());
        let new = NewLink { gate_hash, sealed: Opaque(sealed) };
        Ok(OwnLink { new, fragment: Secret(personal.fragment().to_string()) })
    }

    /// All that the delivery says, once its files are there.
    fn manifest(&self, letter: Letter) -> Result<Manifest, Failure> {
        let entry = |file: &OwnFile| {
            Some(FileEntry {
                content: file.track.content()?,
                name: file.chosen.name.clone(),
                media_type: file.media_type.clone(),
                modified: Some(u64::try_from(file.chosen.modified / 1000).unwrap_or(0)),
                folder: file.chosen.folder.clone(),
            })
        };
        let entries: Option<Vec<_>> = self.files.borrow().iter().map(entry).collect();
        Ok(Manifest {
            delivery: self.link.delivery,
            level: self.level(),
            subject: letter.subject,
            message: letter.message,
            created: now(),
            expires: None,
            files: entries.ok_or(Failure::Internal)?,
            name: letter.name,
            reference: letter.reference,
        })
    }

    /// Brings a sheet to the server, in place of an earlier one.
    async fn put(&self, path: &str, sheet: &[u8], cancel: &Cancel) -> Result<(), Failure> {
        self.sheet.set(Some(crypto_core::receipt::sheet(sheet)));
        let (sheet, by) = (Uint8Array::from(sheet), self.bearer.as_ref());
        let attempt = async || http::send(("PUT", path), by, Body::Bytes(&sheet), cancel, |_| {}).await;
        http::persist(cancel, || {}, attempt).await
    }
}

pub(super) fn seal_failure(error: SealError) -> Failure {
    match error {
        SealError::TooLarge => Failure::Server(blob_api::ProblemKind::TooLarge),
        SealError::BadInput | SealError::OutOfOrder | SealError::CipherFailed => Failure::Internal,
    }
}

/// Seconds since 1970 by this computer's clock; 0 before.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole seconds are meant; never negative"
)]
fn now() -> u64 {
    (Date::now() / 1000.0).max(0.0) as u64
}

/// The level in the keys for the level on the wire.
pub(crate) const fn core_level(level: ApiLevel) -> Level {
    match level {
        ApiLevel::One => Level::One,
        ApiLevel::Two => Level::Two,
        ApiLevel::Three => Level::Three,
        ApiLevel::Four => Level::Four,
    }
}
