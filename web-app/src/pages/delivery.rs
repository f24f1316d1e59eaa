//! An opened delivery: subject, message, files.

use std::sync::Arc;

use blob_api::{Collected, DeliveryId, OpenDelivery, Token, UnixSeconds};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::{Answer, Cover, Failure, FileEntry, Job, JobId, Progress};
use web_model::text::Language;
use web_model::transfer::{File, State, Transfer};
use web_model::trouble::Trouble;

use crate::crypto::{Door, Kept, door};
use crate::i18n::{Text, Words, words};
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::file_row::{FileRow, Way};
use crate::widgets::level::LevelSeal;
use crate::widgets::page::Page;
use crate::widgets::progress::{Status, StatusLine};
use crate::{api, browser};

/// What opening gave.
#[derive(Clone)]
pub(crate) struct Contents {
    /// Names the link in the worker.
    pub(crate) link: Arc<Kept>,
    pub(crate) access: Access,
    pub(crate) opening: Token,
    pub(crate) cover: Cover,
    /// The sender's name, as the server has it.
    pub(crate) sender: String,
    pub(crate) expires: UnixSeconds,
}

/// What the server wants to see before it gives the right to fetch: an opening lasts a day, a page may stay open longer.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) delivery: DeliveryId,
    pub(crate) gate: Token,
    /// What the recipient typed.
    pub(crate) email: String,
    /// Proves possession of link and password.
    pub(crate) auth: Token,
}

impl Access {
    /// The right to fetch.
    pub(crate) async fn open(&self) -> Result<Token, Trouble> {
        let ask = OpenDelivery { email: self.email.clone(), auth: self.auth.clone() };
        Ok(api::open(&self.delivery, &self.gate, &ask).await?.token)
    }
}

#[component]
pub(crate) fn Delivery(contents: Contents) -> impl IntoView {
    let words = words();
    let receiver = Receiver::new(&contents);
    let Contents { cover, sender, expires, .. } = contents;
    let Cover { level, letter, created, files } = cover;
    browser::guard_leaving(move || receiver.running_percent_untracked().is_some());
    let heading = (!letter.subject.is_empty())
        .then(|| view! { <span id="subject-shown" dir="auto">{letter.subject}</span> }.into_any());
    let heading = heading.unwrap_or_else(|| view! { {words.text(Language::delivery_title)} }.into_any());
    let from = move || words.get().open_from(&sender);
    let sealed = move || words.get().delivery_sealed(&browser::date(words.get(), created, true));
    let until = move || words.get().open_expires(&browser::date(words.get(), expires, true));
    let progress = Signal::derive(move || receiver.running_percent());
    view! {
        <Page name="delivery" title=Language::delivery_title tab=Language::delivery_tab as Text heading progress
            errors=receiver.errors
        >
            <div class="level">
                <LevelSeal level/>
                <div>
                    <p id="sender-shown" class="kern-body kern-body--bold" dir="auto">{from}</p>
                    <p class="kern-body kern-body--small kern-body--muted">{sealed}</p>
                    <p class="kern-body kern-body--small kern-body--muted">{until}</p>
                </div>
            </div>
            <section class="letter" aria-label=words.text(Language::delivery_message)>
                {if letter.message.is_empty() {
                    view! { <p class="kern-body kern-body--muted">{words.text(Language::delivery_no_message)}</p> }.into_any()
                } else {
                    view! { <p id="message-shown" class="kern-body letter__text" dir="auto">{letter.message}</p> }.into_any()
                }}
            </section>
            <Files files receiver/>
            <StatusLine status=receiver.status/>
        </Page>
    }
}

#[component]
fn Files(files: Vec<FileEntry>, receiver: Receiver) -> impl IntoView {
    let words = words();
    if files.is_empty() {
        return view! { <p class="kern-body kern-body--muted">{words.text(Language::delivery_no_files)}</p> }
            .into_any();
    }
    let several = files.len() > 1;
    view! {
        <section class="files" aria-labelledby="files-title">
            <div class="files__head">
                <h2 class="kern-heading-medium" id="files-title">{words.text(Language::delivery_files)}</h2>
                {several.then(|| view! {
                    <Button id="save-all" label=Language::delivery_save_all as Text look=Look::Primary icon="download"
                        on_press=move |()| receiver.save_all()/>
                })}
            </div>
            <p class="kern-body kern-body--small">{words.text(Language::delivery_checked)}</p>
            <ul id="received" class="file-list">
                {files.into_iter().enumerate().map(|(index, file)| view! { <Received file index several receiver/> }).collect_view()}
            </ul>
        </section>
    }
    .into_any()
}

#[component]
fn Received(file: FileEntry, index: usize, several: bool, receiver: Receiver) -> impl IntoView {
    let progress = Signal::derive(move || receiver.file(index));
    let moving = Signal::derive(move || progress.get().state != State::Waiting);
    let label = Signal::derive(move || -> Text {
        match progress.get().state {
            State::Waiting | State::Running => Language::delivery_save,
            State::Done => Language::delivery_save_again,
            State::Failed | State::Damaged => Language::delivery_retry,
        }
    });
    let busy = Signal::derive(move || progress.get().state == State::Running);
    let about = file.name.clone();
    let about_cancel = file.name.clone();
    let running = move || busy.get();
    // One obvious next step: the one file, or all of them.
    let look = if several { Look::Secondary } else { Look::Primary };
    view! {
        <FileRow name=file.name size=file.size index way=Way::In progress moving>
            <Button class="file-save" label=label look=look about=about busy=busy icon="download"
                on_press=move |()| spawn_local(async move { drop(receiver.save(index).await) })/>
            <Show when=running>
                <Button class="file-cancel" label=Language::delivery_cancel as Text look=Look::Tertiary about=about_cancel.clone()
                    on_press=move |()| receiver.cancel(index)/>
            </Show>
        </FileRow>
    }
}

/// Fetches files, as signals that the page follows.
#[derive(Clone, Copy)]
struct Receiver {
    door: Door,
    words: Words,
    source: StoredValue<Source>,
    transfer: RwSignal<Transfer>,
    fetches: StoredValue<Vec<Fetch>>,
    errors: Errors,
    status: Status,
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
    fn new(contents: &Contents) -> Self {
        let Contents { link, access, opening, cover, .. } = contents;
        let files = cover.files.clone();
        Self {
            door: door(),
            words: words(),
            transfer: RwSignal::new(Transfer::new(files.iter().map(|file| file.size))),
            fetches: StoredValue::new(vec![Fetch::default(); files.len()]),
            source: StoredValue::new(Source {
                link: Arc::clone(link),
                access: access.clone(),
                opening: opening.clone(),
                files,
            }),
            errors: Errors::new(),
            status: Status::new(),
        }
    }

    fn file(self, index: usize) -> File {
        self.transfer.with(|transfer| transfer.files.get(index).copied().unwrap_or_default())
    }

    fn running_percent(self) -> Option<u8> {
        self.transfer.with(Transfer::running_percent)
    }

    fn running_percent_untracked(self) -> Option<u8> {
        self.transfer.with_untracked(Transfer::running_percent)
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
    fn save_all(self) {
        spawn_local(async move {
            for index in 0..self.source.with_value(|source| source.files.len()) {
                let state = self.transfer.with_untracked(|transfer| transfer.files[index].state);
                if !matches!(state, State::Done | State::Running)
                    && self.save(index).await == Err(Trouble::Cancelled)
                {
                    return;
                }
            }
        });
    }

    /// Stops what [`Receiver::save`] began.
    fn cancel(self, index: usize) {
        self.note(index, |fetch| fetch.cancelled = true);
        if let Some(job) = self.fetch_of(index).job {
            self.door.cancel(job);
        }
    }

    /// Fetches a file and gives it to the browser, when it verified to its end; a second time without fetching.
    async fn save(self, index: usize) -> Result<(), Trouble> {
        let entry = self.source.with_value(|source| source.files[index].clone());
        if let Some(address) = self.fetch_of(index).address {
            browser::save(&address, &entry.name);
            return Ok(());
        }
        self.errors.clear();
        self.status.restart();
        self.note(index, |fetch| *fetch = Fetch::default());
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

    async fn saved(self, index: usize, entry: &FileEntry, address: String) {
        browser::save(&address, &entry.name);
        self.note(index, |fetch| fetch.address = Some(address));
        self.set(index, State::Done);
        self.status.say(self.words.now().delivery_announce_saved(&entry.name));
        self.collected(entry).await;
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

    /// The address of the verified file. When the opening has ended meanwhile, opens again by itself, once.
    async fn fetch(self, index: usize, name: &str) -> Result<String, Trouble> {
        let opening = self.source.with_value(|source| source.opening.clone());
        match self.fetch_with(&opening, index, name).await {
            Err(Trouble::LoggedOut) => {}
            result => return result,
        }
        let opening = self.open_again(&opening).await.map_err(ended)?;
        self.fetch_with(&opening, index, name).await.map_err(ended)
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

    async fn fetch_with(self, opening: &Token, index: usize, name: &str) -> Result<String, Trouble> {
        if self.fetch_of(index).cancelled {
            return Err(Trouble::Cancelled);
        }
        let file = u32::try_from(index).map_err(|_| Trouble::Internal)?;
        let link = self.source.with_value(|source| source.link.id());
        let progress = |step: Progress| {
            let percent =
                self.transfer.try_update(|transfer| transfer.receive(index, step)).unwrap_or_default();
            self.status.quarter(percent, |quarter| self.words.now().delivery_announce(name, quarter));
        };
        let running = self.door.give(Job::Download { link, opening: opening.clone(), file }, &[]);
        self.note(index, |fetch| fetch.job = Some(running.id()));
        let result = running.finish(progress).await;
        self.note(index, |fetch| fetch.job = None);
        match result {
            Ok((Answer::File, Some(file))) => browser::address_of(&file).ok_or(Trouble::Internal),
            Ok(_) => Err(Trouble::Internal),
            Err(Failure::Damaged(_)) => Err(Trouble::DamagedFile(name.to_owned())),
            Err(failure) => Err(Trouble::of_worker(failure, &[])),
        }
    }

    /// Tells the sender's server. The file is saved already, so a failure here is nothing to the recipient.
    async fn collected(self, entry: &FileEntry) {
        let (delivery, opening) =
            self.source.with_value(|source| (source.access.delivery, source.opening.clone()));
        let _ = api::collected(&delivery, &opening, &Collected { blob: entry.blob }).await;
    }
}

/// A recipient has no session: what ended is the opening.
fn ended(trouble: Trouble) -> Trouble {
    if trouble == Trouble::LoggedOut { Trouble::OpeningEnded } else { trouble }
}
