//! How files come from the server to the recipient's disk.

use std::sync::Arc;

use blob_api::{Collected, Token};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::{Answer, Failure, FileEntry, Job, JobId, Progress};
use web_model::transfer::{Batch, File, State, Transfer};
use web_model::trouble::Trouble;

use super::{Access, Contents};
use crate::crypto::{Door, Kept, door};
use crate::i18n::{Words, words};
use crate::widgets::errors::Errors;
use crate::widgets::progress::{Speed, Status};
use crate::{api, browser};

/// Fetches files, as signals that the page follows.
#[derive(Clone, Copy)]
pub(super) struct Receiver {
    door: Door,
    words: Words,
    source: StoredValue<Source>,
    pub(super) transfer: RwSignal<Transfer>,
    fetches: StoredValue<Vec<Fetch>>,
    pub(super) errors: Errors,
    pub(super) status: Status,
    pub(super) speed: Speed,
}

struct Source {
    link: Arc<Kept>,
    access: Access,
    opening: Token,
    files: Vec<FileEntry>,
}

/// What is known of a file's way here, beside how far it is.
#[derive(Clone, Default)]
struct Fetch {
    /// Where the verified file can be saved from again.
    address: Option<String>,
    /// The job that fetches it.
    job: Option<JobId>,
    /// The user has stopped it.
    cancelled: bool,
}

impl Receiver {
    pub(super) fn new(contents: &Contents) -> Self {
        let Contents { link, access, opening, cover, .. } = contents;
        let files = cover.files.clone();
        let transfer = RwSignal::new(Transfer::new(files.iter().map(|file| file.size)));
        Self {
            door: door(),
            words: words(),
            transfer,
            fetches: StoredValue::new(vec![Fetch::default(); files.len()]),
            source: StoredValue::new(Source {
                link: Arc::clone(link),
                access: access.clone(),
                opening: opening.clone(),
                files,
            }),
            errors: Errors::new(),
            status: Status::new(),
            speed: Speed::of(transfer, |transfer| transfer.batch().map(|batch| (batch.done, batch.total))),
        }
    }

    pub(super) fn file(self, index: usize) -> File {
        self.transfer.with(|transfer| transfer.files.get(index).copied().unwrap_or_default())
    }

    /// What is on its way, of all that was wanted together.
    pub(super) fn batch(self) -> Option<Batch> {
        self.transfer.with(Transfer::batch)
    }

    /// Would leaving the page stop something?
    pub(super) fn is_under_way(self) -> bool {
        self.transfer.with_untracked(|transfer| transfer.batch().is_some())
    }

    pub(super) fn entry(self, index: usize) -> FileEntry {
        self.source.with_value(|source| source.files[index].clone())
    }

    /// Stops a job of [`Receiver::verified`].
    pub(super) fn stop(self, job: JobId) {
        self.door.cancel(job);
    }

    fn set(self, index: usize, state: State) {
        self.transfer.update(|transfer| transfer.set(index, state));
    }

    fn fetch_of(self, index: usize) -> Fetch {
        self.fetches.with_value(|fetches| fetches[index].clone())
    }

    fn note(self, index: usize, change: impl FnOnce(&mut Fetch)) {
        self.fetches.update_value(|fetches| change(&mut fetches[index]));
    }

    /// One after the other, all that are not saved yet. Whoever cancels one wants no others to begin by themselves.
    pub(super) fn save_all(self) {
        let open = |file: &File| !matches!(file.state, State::Done | State::Running);
        let missing: Vec<usize> = self.transfer.with_untracked(|transfer| {
            (0..).zip(&transfer.files).filter(|(_, file)| open(file)).map(|(index, _)| index).collect()
        });
        self.transfer.update(|transfer| transfer.want(missing.iter().copied()));
        spawn_local(async move {
            for index in missing {
                // Somebody may have pressed its own button meanwhile.
                let still_open = self.transfer.with_untracked(|transfer| open(&transfer.files[index]));
                if still_open && self.save(index).await == Err(Trouble::Cancelled) {
                    return self.transfer.update(Transfer::want_no_more);
                }
            }
        });
    }

    /// Stops what [`Receiver::save`] began.
    pub(super) fn cancel(self, index: usize) {
        self.note(index, |fetch| fetch.cancelled = true);
        if let Some(job) = self.fetch_of(index).job {
            self.door.cancel(job);
        }
    }

    /// Fetches a file and gives it to the browser, when it verified to its end; a second time without fetching.
    pub(super) async fn save(self, index: usize) -> Result<(), Trouble> {
        let entry = self.entry(index);
        if let Some(address) = self.fetch_of(index).address {
            browser::save(&address, &entry.name);
            return Ok(());
        }
        self.errors.clear();
        self.status.restart();
        self.note(index, |fetch| *fetch = Fetch::default());
        self.transfer.update(|transfer| transfer.want([index]));
        self.set(index, State::Running);
        match self.fetch(index, &entry.name).await {
            Ok(address) => {
                self.saved(index, &entry, address).await;
                Ok(())
            }
            Err(trouble) => {
                self.stopped(index, &entry.name, &trouble);
                Err(trouble)
            }
        }
    }

    /// Gives a file to the browser that is here and verified already.
    pub(super) async fn keep(self, index: usize, file: &web_sys::File) {
        let entry = self.entry(index);
        if let Some(address) = browser::address_of(file) {
            self.saved(index, &entry, address).await;
        }
    }

    async fn saved(self, index: usize, entry: &FileEntry, address: String) {
        browser::save(&address, &entry.name);
        self.note(index, |fetch| fetch.address = Some(address));
        self.set(index, State::Done);
        self.status.say(self.words.now().delivery_announce_saved(&entry.name));
        self.collected(entry).await;
    }

    /// What came is not what the sender sealed.
    pub(super) fn damaged(self, index: usize) {
        self.set(index, State::Damaged);
    }

    fn stopped(self, index: usize, name: &str, trouble: &Trouble) {
        if *trouble == Trouble::Cancelled {
            self.set(index, State::Waiting);
            self.status.say(self.words.now().delivery_announce_cancelled(name));
            // The button that was pressed goes away.
            return browser::focus_on(format!("#received [data-index='{index}'] .file-save"));
        }
        self.set(
            index,
            if matches!(trouble, Trouble::DamagedFile(_)) { State::Damaged } else { State::Failed },
        );
        self.status.say(self.words.now().delivery_announce_failed(name));
        self.errors.show(trouble.clone());
    }

    /// The address of the verified file.
    async fn fetch(self, index: usize, name: &str) -> Result<String, Trouble> {
        let progress = |step: Progress| {
            let percent =
                self.transfer.try_update(|transfer| transfer.receive(index, step)).unwrap_or_default();
            self.status.quarter(percent, |quarter| self.words.now().delivery_announce(name, quarter));
        };
        let begin = |job| {
            self.note(index, |fetch| fetch.job = Some(job));
            !self.fetch_of(index).cancelled
        };
        let result = self.verified(index, begin, progress).await;
        self.note(index, |fetch| fetch.job = None);
        browser::address_of(&result?).ok_or(Trouble::Internal)
    }

    /// The verified file. `begin` learns the job's id, so that the job can be stopped, and says whether it shall run at all.
    /// When the opening has ended meanwhile, opens again by itself, once.
    pub(super) async fn verified(
        self,
        index: usize,
        begin: impl Fn(JobId) -> bool,
        progress: impl Fn(Progress),
    ) -> Result<web_sys::File, Trouble> {
        let opening = self.source.with_value(|source| source.opening.clone());
        match self.verified_with(&opening, index, &begin, &progress).await {
            Err(Trouble::LoggedOut) => {}
            result => return result,
        }
        let opening = self.open_again(&opening).await.map_err(ended)?;
        self.verified_with(&opening, index, &begin, &progress).await.map_err(ended)
    }

    /// An opening in place of `old`; another file may have got one already.
    async fn open_again(self, old: &Token) -> Result<Token, Trouble> {
        let (access, current) =
            self.source.with_value(|source| (source.access.clone(), source.opening.clone()));
        if current != *old {
            return Ok(current);
        }
        let opening = access.open().await?;
        self.source.update_value(|source| source.opening = opening.clone());
        Ok(opening)
    }

    async fn verified_with(
        self,
        opening: &Token,
        index: usize,
        begin: &impl Fn(JobId) -> bool,
        progress: &impl Fn(Progress),
    ) -> Result<web_sys::File, Trouble> {
        let file = u32::try_from(index).map_err(|_| Trouble::Internal)?;
        let (link, name) =
            self.source.with_value(|source| (source.link.id(), source.files[index].name.clone()));
        let running = self.door.give(Job::Download { link, opening: opening.clone(), file }, &[]);
        if !begin(running.id()) {
            self.door.cancel(running.id());
        }
        match running.finish(progress).await {
            Ok((Answer::File, Some(file))) => Ok(file),
            Ok(_) => Err(Trouble::Internal),
            Err(Failure::Damaged(_)) => Err(Trouble::DamagedFile(name)),
            Err(failure) => Err(Trouble::of_worker(failure, &[])),
        }
    }

    /// Tells the sender's server that the file was saved or seen. It is here already, so a failure is nothing to the
    /// recipient.
    pub(super) async fn collected(self, entry: &FileEntry) {
        let (delivery, opening) =
            self.source.with_value(|source| (source.access.delivery, source.opening.clone()));
        let _ = api::collected(&delivery, &opening, &Collected { blob: entry.blob }).await;
    }
}

/// A recipient has no session: what ended is the opening.
fn ended(trouble: Trouble) -> Trouble {
    if trouble == Trouble::LoggedOut { Trouble::OpeningEnded } else { trouble }
}
