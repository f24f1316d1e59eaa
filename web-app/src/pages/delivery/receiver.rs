//! How files come from the server to the recipient's disk.

use std::sync::Arc;

use blob_api::{Collected, Token};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::name;
use web_model::protocol::{Answer, FileEntry, Job, JobId, Progress, Wanted};
use web_model::transfer::{Batch, File, State, Transfer};
use web_model::trouble::Trouble;

use super::{Access, Contents};
use crate::crypto::{Door, Kept, door};
use crate::i18n::{Words, words};
use crate::saving::Download;
use crate::widgets::errors::Errors;
use crate::widgets::progress::{Speed, Status};
use crate::{Scripts, api, browser};

/// Fetches files, as signals that the page follows. Files come first, numbered as in the delivery; behind them stand the
/// archives that were asked for, which are saved, paused and cancelled like files.
#[derive(Clone, Copy)]
pub(super) struct Receiver {
    door: Door,
    words: Words,
    source: StoredValue<Source>,
    pub(super) transfer: RwSignal<Transfer>,
    fetches: StoredValue<Vec<Fetch>>,
    /// How many archives were asked for.
    archives: RwSignal<usize>,
    pub(super) errors: Errors,
    pub(super) status: Status,
    pub(super) speed: Speed,
}

struct Source {
    link: Arc<Kept>,
    access: Access,
    opening: Token,
    subject: String,
    files: Vec<FileEntry>,
    saving_script: String,
}

/// What is known of the way of a file or an archive, beside how far it is.
#[derive(Clone)]
struct Fetch {
    wanted: Wanted,
    /// What it is saved as.
    name: String,
    /// Where the verified file can be saved from again.
    address: Option<String>,
    /// The job that fetches it.
    job: Option<JobId>,
    /// The user has stopped it.
    cancelled: bool,
}

/// What came of a job.
enum Fetched {
    /// The verified file.
    File(web_sys::File),
    /// The browser has saved it meanwhile.
    Streamed,
}

impl Fetch {
    fn new(wanted: Wanted, name: String) -> Self {
        Self { wanted, name, address: None, job: None, cancelled: false }
    }
}

impl Receiver {
    pub(super) fn new(contents: &Contents) -> Self {
        let Contents { link, access, opening, cover, .. } = contents;
        let files = cover.files.clone();
        let fetches =
            (0..).zip(&files).map(|(number, file)| Fetch::new(Wanted::File(number), file.name.clone()));
        let transfer = RwSignal::new(Transfer::new(files.iter().map(|file| file.size)));
        Self {
            door: door(),
            words: words(),
            transfer,
            fetches: StoredValue::new(fetches.collect()),
            archives: RwSignal::new(0),
            source: StoredValue::new(Source {
                link: Arc::clone(link),
                access: access.clone(),
                opening: opening.clone(),
                subject: cover.letter.subject.clone(),
                files,
                saving_script: expect_context::<Scripts>().saving,
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

    /// What a file or archive is saved as.
    pub(super) fn name(self, index: usize) -> String {
        self.fetch_of(index).name
    }

    /// Numbers of the archives that were asked for.
    pub(super) fn archives(self) -> Vec<usize> {
        let files = self.files();
        (files..files + self.archives.get()).collect()
    }

    /// The connection is lost and is being tried again.
    pub(super) fn is_reconnecting(self) -> bool {
        self.transfer.with(|transfer| transfer.reconnecting && transfer.batch().is_some())
    }

    fn files(self) -> usize {
        self.source.with_value(|source| source.files.len())
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
        let open = |file: &File| matches!(file.state, State::Waiting | State::Failed | State::Damaged);
        let missing: Vec<usize> = self.transfer.with_untracked(|transfer| {
            (0..self.files())
                .zip(&transfer.files)
                .filter(|(_, file)| open(file))
                .map(|(index, _)| index)
                .collect()
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

    /// All files as one archive, called like the delivery.
    pub(super) fn save_all_as_archive(self) {
        let subject = self.source.with_value(|source| source.subject.clone());
        let title = if subject.is_empty() { self.words.now().delivery_tab().to_owned() } else { subject };
        let every = (0..).zip(0..self.files()).map(|(file, _)| file).collect();
        self.save_archive(&title, every);
    }

    /// These files as one archive with this title.
    pub(super) fn save_archive(self, title: &str, files: Vec<u32>) {
        let index = self.archive_of(title, files);
        let state = self.transfer.with_untracked(|transfer| transfer.files[index].state);
        if !matches!(state, State::Running | State::Paused) {
            spawn_local(async move { drop(self.save(index).await) });
        }
    }

    /// The number of the archive of these files, which may be a new one.
    fn archive_of(self, title: &str, files: Vec<u32>) -> usize {
        let same =
            |fetch: &Fetch| matches!(&fetch.wanted, Wanted::Archive { files: these, .. } if *these == files);
        if let Some(known) = self.fetches.with_value(|fetches| fetches.iter().position(same)) {
            return known;
        }
        let name = name::safe(&format!("{}.zip", title.trim()));
        let size = |transfer: &Transfer| files.iter().map(|file| transfer.files[*file as usize].total).sum();
        let total = self.transfer.with_untracked(size);
        let wanted = Wanted::Archive { name: name.clone(), files };
        self.fetches.update_value(|fetches| fetches.push(Fetch::new(wanted, name)));
        self.transfer.update(|transfer| transfer.files.push(File { total, ..File::default() }));
        self.archives.update(|archives| *archives += 1);
        self.fetches.with_value(Vec::len) - 1
    }

    /// Stops what [`Receiver::save`] began.
    pub(super) fn cancel(self, index: usize) {
        self.note(index, |fetch| fetch.cancelled = true);
        if let Some(job) = self.fetch_of(index).job {
            self.door.cancel(job);
        }
    }

    /// Lets it rest, or go on.
    pub(super) fn pause(self, index: usize, pause: bool) {
        if let Some(job) = self.fetch_of(index).job {
            self.door.pause(job, pause);
            self.transfer.update(|transfer| transfer.pause(index, pause));
        }
    }

    /// Fetches a file or an archive and gives it to the browser, when it verified to its end; a second time without
    /// fetching.
    pub(super) async fn save(self, index: usize) -> Result<(), Trouble> {
        let Fetch { name, address, .. } = self.fetch_of(index);
        if let Some(address) = address {
            browser::save(&address, &name);
            return Ok(());
        }
        self.errors.clear();
        self.status.restart();
        self.note(index, |fetch| fetch.cancelled = false);
        self.transfer.update(|transfer| transfer.want([index]));
        self.set(index, State::Running);
        let result = match self.fetch(index).await {
            Ok(fetched) => self.saved(index, fetched).await,
            Err(trouble) => Err(trouble),
        };
        if let Err(trouble) = &result {
            self.stopped(index, trouble);
        }
        result
    }

    /// Gives a file to the browser that is here and verified already.
    pub(super) async fn keep(self, index: usize, file: web_sys::File) {
        // A browser that gives no address has no memory left; the file can be asked for again.
        let _ = self.saved(index, Fetched::File(file)).await;
    }

    async fn saved(self, index: usize, fetched: Fetched) -> Result<(), Trouble> {
        let name = self.name(index);
        if let Fetched::File(file) = fetched {
            let address = browser::address_of(&file).ok_or(Trouble::Internal)?;
            browser::save(&address, &name);
            self.note(index, |fetch| fetch.address = Some(address));
        }
        self.set(index, State::Done);
        self.status.say(self.words.now().delivery_announce_saved(&name));
        self.collected(index).await;
        Ok(())
    }

    /// What came is not what the sender sealed.
    pub(super) fn damaged(self, index: usize) {
        self.set(index, State::Damaged);
    }

    fn stopped(self, index: usize, trouble: &Trouble) {
        let name = self.name(index);
        if *trouble == Trouble::Cancelled {
            self.set(index, State::Waiting);
            self.status.say(self.words.now().delivery_announce_cancelled(&name));
            // The button that was pressed goes away.
            return browser::focus_on(format!(".files [data-index='{index}'] .file-save"));
        }
        let damaged = matches!(trouble, Trouble::DamagedFile(_) | Trouble::DamagedDownload(_));
        self.set(index, if damaged { State::Damaged } else { State::Failed });
        self.status.say(self.words.now().delivery_announce_failed(&name));
        self.errors.show(trouble.clone());
    }

    /// Fetches a file or an archive, by a download of the browser where it must be.
    async fn fetch(self, index: usize) -> Result<Fetched, Trouble> {
        let Fetch { wanted, name, .. } = self.fetch_of(index);
        let download = self.download_of_the_browser(&wanted, &name).await?;
        let progress = |step: Progress| {
            let percent =
                self.transfer.try_update(|transfer| transfer.receive(index, step)).unwrap_or_default();
            self.status.quarter(percent, |quarter| self.words.now().delivery_announce(&name, quarter));
        };
        let begin = |job| {
            self.note(index, |fetch| fetch.job = Some(job));
            !self.fetch_of(index).cancelled
        };
        let result = self.obtain(&wanted, download.as_ref(), &begin, &progress).await;
        self.note(index, |fetch| fetch.job = None);
        match result {
            Err(Trouble::DamagedFile(name)) if download.is_some() => Err(Trouble::DamagedDownload(name)),
            result => result,
        }
    }

    /// The verified file. `begin` learns the job's id, so that the job can be stopped, and says whether it shall run at all.
    pub(super) async fn verified(
        self,
        index: usize,
        begin: impl Fn(JobId) -> bool,
        progress: impl Fn(Progress),
    ) -> Result<web_sys::File, Trouble> {
        match self.obtain(&self.fetch_of(index).wanted, None, &begin, &progress).await? {
            Fetched::File(file) => Ok(file),
            Fetched::Streamed => Err(Trouble::Internal),
        }
    }

    /// When the opening has ended meanwhile, opens again by itself, once.
    async fn obtain(
        self,
        wanted: &Wanted,
        download: Option<&Download>,
        begin: &impl Fn(JobId) -> bool,
        progress: &impl Fn(Progress),
    ) -> Result<Fetched, Trouble> {
        let opening = self.source.with_value(|source| source.opening.clone());
        match self.obtain_with(&opening, wanted, download, begin, progress).await {
            Err(Trouble::LoggedOut) => {}
            result => return result,
        }
        let opening = self.open_again(&opening).await.map_err(ended)?;
        // The worker goes on where it stopped, and so with the same download.
        self.obtain_with(&opening, wanted, None, begin, progress).await.map_err(ended)
    }

    /// Begins a download of the browser for what it cannot keep until its end is verified. `None` when it can; also when
    /// it can do neither, and then the worker says whether memory is enough.
    async fn download_of_the_browser(self, wanted: &Wanted, name: &str) -> Result<Option<Download>, Trouble> {
        let (link, script) =
            self.source.with_value(|source| (source.link.id(), source.saving_script.clone()));
        match self.door.ask(Job::Room { link, wanted: wanted.clone() }).await {
            Ok(Answer::Room { enough: true, .. }) => Ok(None),
            Ok(Answer::Room { enough: false, size }) => Ok(Download::begin(&script, name, size).await),
            Ok(_) => Err(Trouble::Internal),
            Err(failure) => Err(Trouble::of_worker(failure, &[])),
        }
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

    async fn obtain_with(
        self,
        opening: &Token,
        wanted: &Wanted,
        download: Option<&Download>,
        begin: &impl Fn(JobId) -> bool,
        progress: &impl Fn(Progress),
    ) -> Result<Fetched, Trouble> {
        let link = self.source.with_value(|source| source.link.id());
        let ports = download.map(Download::ports);
        let job = Job::Download { link, opening: opening.clone(), wanted: wanted.clone() };
        let running = self.door.give_with_ports(job, &[], ports.as_ref().map_or(&[], |ports| ports));
        if !begin(running.id()) {
            self.door.cancel(running.id());
        }
        match running.finish(progress).await {
            Ok((Answer::File, Some(file))) => Ok(Fetched::File(file)),
            Ok((Answer::Streamed, None)) => Ok(Fetched::Streamed),
            Ok(_) => Err(Trouble::Internal),
            Err(failure) => {
                let name = |file: &FileEntry| file.name.clone();
                let names: Vec<_> = self.source.with_value(|source| source.files.iter().map(name).collect());
                Err(Trouble::of_worker(failure, &names))
            }
        }
    }

    /// Tells the sender's server that a file, or all of an archive, was saved or seen. It is here already, so a failure
    /// is nothing to the recipient.
    pub(super) async fn collected(self, index: usize) {
        let files = match self.fetch_of(index).wanted {
            Wanted::File(file) => vec![file],
            Wanted::Archive { files, .. } => files,
        };
        let (delivery, opening) =
            self.source.with_value(|source| (source.access.delivery, source.opening.clone()));
        for files in files.chunks(Collected::MOST) {
            let blobs = files.iter().map(|file| self.entry(*file as usize).blob).collect();
            let _ = api::collected(&delivery, &opening, &Collected { blobs }).await;
        }
    }
}

/// A recipient has no session: what ended is the opening.
fn ended(trouble: Trouble) -> Trouble {
    if trouble == Trouble::LoggedOut { Trouble::OpeningEnded } else { trouble }
}
