//! An opened delivery: subject, message, files.

use blob_api::{Collected, DeliveryId, Token, UnixSeconds};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::{Answer, Cover, Failure, FileEntry, Job, JobId, Progress};
use web_model::text::Language;
use web_model::transfer::{File, State, Transfer};
use web_model::trouble::Trouble;

use crate::crypto::{Door, door};
use crate::i18n::{Text, Words, words};
use crate::widgets::button::Button;
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
    pub(crate) link: JobId,
    pub(crate) delivery: DeliveryId,
    pub(crate) opening: Token,
    pub(crate) cover: Cover,
    pub(crate) expires: UnixSeconds,
}

#[component]
pub(crate) fn Delivery(contents: Contents) -> impl IntoView {
    let words = words();
    let receiver = Receiver::new(&contents);
    let Contents { cover, expires, .. } = contents;
    let Cover { level, letter, created, files } = cover;
    browser::guard_leaving(move || receiver.running_percent_untracked().is_some());
    let heading = (!letter.subject.is_empty())
        .then(|| view! { <span id="subject-shown" dir="auto">{letter.subject}</span> }.into_any());
    let heading = heading.unwrap_or_else(|| view! { {words.text(Language::delivery_title)} }.into_any());
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
                    <Button id="save-all" label=Language::delivery_save_all as Text icon="download"
                        on_press=move |()| receiver.save_all()/>
                })}
            </div>
            <p class="kern-body kern-body--small">{words.text(Language::delivery_checked)}</p>
            <ul id="received" class="file-list">
                {files.into_iter().enumerate().map(|(index, file)| view! { <Received file index receiver/> }).collect_view()}
            </ul>
        </section>
    }
    .into_any()
}

#[component]
fn Received(file: FileEntry, index: usize, receiver: Receiver) -> impl IntoView {
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
    view! {
        <FileRow name=file.name size=file.size index way=Way::In progress moving>
            <Button class="file-save" label=label about=about busy=busy icon="download"
                on_press=move |()| spawn_local(receiver.save(index))/>
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
    /// Where the verified files can be saved from again.
    addresses: StoredValue<Vec<Option<String>>>,
    errors: Errors,
    status: Status,
}

struct Source {
    link: JobId,
    delivery: DeliveryId,
    opening: Token,
    files: Vec<FileEntry>,
}

impl Receiver {
    fn new(contents: &Contents) -> Self {
        let Contents { link, delivery, opening, cover, .. } = contents;
        let files = cover.files.clone();
        Self {
            door: door(),
            words: words(),
            transfer: RwSignal::new(Transfer::new(files.iter().map(|file| file.size))),
            addresses: StoredValue::new(vec![None; files.len()]),
            source: StoredValue::new(Source {
                link: *link,
                delivery: *delivery,
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

    /// One after the other, all that are not saved yet.
    fn save_all(self) {
        spawn_local(async move {
            for index in 0..self.source.with_value(|source| source.files.len()) {
                let state = self.transfer.with_untracked(|transfer| transfer.files[index].state);
                if !matches!(state, State::Done | State::Running) {
                    self.save(index).await;
                }
            }
        });
    }

    /// Fetches a file and gives it to the browser, when it verified to its end; a second time without fetching.
    async fn save(self, index: usize) {
        let Some(entry) = self.source.with_value(|source| source.files.get(index).cloned()) else { return };
        if let Some(address) = self.addresses.with_value(|addresses| addresses[index].clone()) {
            return browser::save(&address, &entry.name);
        }
        self.errors.clear();
        self.status.restart();
        self.set(index, State::Running);
        match self.fetch(index, &entry.name).await {
            Ok(address) => {
                browser::save(&address, &entry.name);
                self.addresses.update_value(|addresses| addresses[index] = Some(address));
                self.set(index, State::Done);
                self.status.say(self.words.now().delivery_announce_saved(&entry.name));
                self.collected(&entry).await;
            }
            Err(trouble) => {
                self.set(index, if trouble == Trouble::DamagedFile { State::Damaged } else { State::Failed });
                self.status.say(self.words.now().delivery_announce_failed(&entry.name));
                self.errors.show(trouble);
            }
        }
    }

    /// The address of the verified file.
    async fn fetch(self, index: usize, name: &str) -> Result<String, Trouble> {
        let file = u32::try_from(index).map_err(|_| Trouble::Internal)?;
        let job = self.source.with_value(|source| Job::Download {
            link: source.link,
            opening: source.opening.clone(),
            file,
        });
        let progress = |step: Progress| {
            let percent =
                self.transfer.try_update(|transfer| transfer.receive(index, step)).unwrap_or_default();
            self.status.quarter(percent, |quarter| self.words.now().delivery_announce(name, quarter));
        };
        match self.door.give(job, &[]).finish(progress).await {
            Ok((Answer::File, Some(file))) => browser::address_of(&file).ok_or(Trouble::Internal),
            Ok(_) => Err(Trouble::Internal),
            Err(Failure::Damaged(_)) => Err(Trouble::DamagedFile),
            Err(failure) => Err(Trouble::of_worker(failure, &[])),
        }
    }

    /// Tells the sender's server. The file is saved already, so a failure here is nothing to the recipient.
    async fn collected(self, entry: &FileEntry) {
        let (delivery, opening) = self.source.with_value(|source| (source.delivery, source.opening.clone()));
        let _ = api::collected(&delivery, &opening, &Collected { blob: entry.blob }).await;
    }
}
