//! Looking at a received file without saving it, in a dialog over the delivery.
//!
//! The file may be hostile. It is fetched and verified as for saving, and then given to a page in a sandbox
//! ([`frame`]) that reaches nothing of ours. What that page says is read as a stranger's words.

mod frame;

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::preview::{HEAD, Kind, MOST_BYTES, Refusal, Report, Shown};
use web_model::protocol::{FileEntry, JobId, Progress};
use web_model::text::Language;
use web_model::transfer::State;
use web_model::trouble::Trouble;
use web_sys::File;

use super::receiver::Receiver;
use crate::browser;
use crate::i18n::{Text, Words, words};
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::{ErrorBox, Errors};
use crate::widgets::progress::{Bar, Status, StatusLine};
use frame::{Content, Frame, Line};

const DIALOG: &str = "preview";

/// What is looked at, as signals that the dialog follows.
#[derive(Clone, Copy)]
pub(super) struct Viewer {
    receiver: Receiver,
    words: Words,
    /// What each file's name promises.
    kinds: StoredValue<Vec<Option<Kind>>>,
    /// The file that is looked at.
    index: RwSignal<Option<usize>>,
    stage: RwSignal<Stage>,
    percent: RwSignal<u8>,
    /// Something in the file could not be shown.
    incomplete: RwSignal<bool>,
    /// Counts the looks, so that what belongs to an earlier one is noticed.
    look: StoredValue<u32>,
    job: StoredValue<Option<JobId>>,
    /// All that the present look holds in memory.
    held: StoredValue<Held, LocalStorage>,
    errors: Errors,
    status: Status,
}

/// How far a look is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The file is being fetched and verified.
    Loading,
    /// The sandbox has been told to show it.
    Opening,
    /// It is to be seen.
    Shown(Shown),
    /// It will not be shown; the dialog's error place says why.
    Refused,
}

impl Stage {
    /// The stage for style sheet and tests; it never changes.
    fn name(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Opening => "opening",
            Self::Shown(_) => "shown",
            Self::Refused => "refused",
        }
    }
}

#[derive(Default)]
struct Held {
    file: Option<File>,
    /// Until the sandbox takes it.
    content: Option<Content>,
    line: Option<Line>,
}

impl Viewer {
    pub(super) fn new(receiver: Receiver, files: &[FileEntry]) -> Self {
        Self {
            receiver,
            words: words(),
            kinds: StoredValue::new(files.iter().map(|file| Kind::promised(&file.name)).collect()),
            index: RwSignal::new(None),
            stage: RwSignal::new(Stage::Loading),
            percent: RwSignal::new(0),
            incomplete: RwSignal::new(false),
            look: StoredValue::new(0),
            job: StoredValue::new(None),
            held: StoredValue::new_local(Held::default()),
            errors: Errors::with_id("preview-error"),
            status: Status::new(),
        }
    }

    /// Can this file be looked at, by its name?
    pub(super) fn shows(self, index: usize) -> bool {
        self.kind(index).is_some()
    }

    fn kind(self, index: usize) -> Option<Kind> {
        self.kinds.with_value(|kinds| kinds.get(index).copied().flatten())
    }

    /// Fetches and shows a file; the dialog opens unless it is there already.
    pub(super) fn open(self, index: usize) {
        self.forget();
        self.errors.clear();
        self.status.restart();
        self.percent.set(0);
        self.incomplete.set(false);
        self.stage.set(Stage::Loading);
        if self.index.get_untracked().is_none() {
            browser::show_dialog(DIALOG);
        }
        self.index.set(Some(index));
        let look = self.look.get_value();
        spawn_local(async move {
            let loaded = self.load(index, look).await;
            if self.is_over(look) {
                return;
            }
            match loaded {
                Ok(()) => self.stage.set(Stage::Opening),
                Err(trouble) => self.refuse(index, trouble),
            }
        });
    }

    /// Fetches the file and finds out what it is. When it stays unshown, what was fetched can still be saved.
    async fn load(self, index: usize, look: u32) -> Result<(), Trouble> {
        let entry = self.receiver.entry(index);
        let promised = self.kind(index).ok_or(Trouble::Internal)?;
        if entry.size > MOST_BYTES {
            return Err(Trouble::Preview(Refusal::TooLarge));
        }
        let begin = |job| {
            self.job.try_set_value(Some(job));
            !self.is_over(look)
        };
        let file = self.receiver.verified(index, begin, |step| self.moved(look, step)).await?;
        if self.is_over(look) {
            return Err(Trouble::Cancelled);
        }
        self.job.set_value(None);
        self.held.update_value(|held| held.file = Some(file.clone()));
        let unread = Trouble::Preview(Refusal::NotShown);
        let head = browser::bytes_of(&file, HEAD.min(entry.size)).await.ok_or_else(|| unread.clone())?;
        let kind = promised.check(&js_sys::Uint8Array::new(&head).to_vec()).map_err(Trouble::Preview)?;
        let bytes = browser::bytes_of(&file, kind.shown_bytes(entry.size)).await.ok_or(unread)?;
        if !self.is_over(look) {
            self.held.update_value(|held| held.content = Some(Content { kind, size: entry.size, bytes }));
        }
        Ok(())
    }

    fn moved(self, look: u32, step: Progress) {
        if self.is_over(look) {
            return;
        }
        let percent =
            (step.done * 100).checked_div(step.total).and_then(|percent| u8::try_from(percent).ok());
        let percent = percent.unwrap_or_default().min(100);
        self.percent.set(percent);
        self.status.quarter(percent, |quarter| self.words.now().preview_announce(quarter));
    }

    fn refuse(self, index: usize, trouble: Trouble) {
        if matches!(trouble, Trouble::DamagedFile(_)) {
            self.receiver.damaged(index);
        }
        self.held.update_value(|held| (held.content, held.line) = (None, None));
        self.stage.set(Stage::Refused);
        self.errors.show(trouble);
    }

    /// The sandbox listens: it gets the file. Who looks at a file has received it, and the sender's server is told.
    fn hand_over(self, frame: &web_sys::HtmlIFrameElement) {
        let Some(index) = self.index.get_untracked() else { return };
        let content = self.held.try_update_value(|held| held.content.take()).flatten();
        let Some(content) = content else { return };
        let look = self.look.get_value();
        let report = move |report| {
            if !self.is_over(look) {
                self.reported(index, report);
            }
        };
        let Some(line) = Line::open(frame, &content, self.words.now(), report) else {
            return self.refuse(index, Trouble::Preview(Refusal::NotShown));
        };
        self.held.update_value(|held| held.line = Some(line));
        spawn_local(self.receiver.collected(index));
        set_timeout(
            move || {
                let silent = self.held.try_with_value(|held| held.line.as_ref().is_some_and(Line::is_silent));
                if !self.is_over(look) && silent == Some(true) {
                    self.refuse(index, Trouble::Preview(Refusal::NotShown));
                }
            },
            frame::PATIENCE,
        );
    }

    fn reported(self, index: usize, report: Report) {
        match report {
            Report::Ready => {}
            Report::Shown(shown) => self.stage.set(Stage::Shown(shown)),
            Report::Incomplete => self.incomplete.set(true),
            Report::Failed => self.refuse(index, Trouble::Preview(Refusal::NotShown)),
            Report::Closed => browser::close_dialog(DIALOG),
        }
    }

    /// Gives the file to the browser, without fetching it again when it is here.
    fn save(self) {
        let Some(index) = self.index.get_untracked() else { return };
        match self.held.with_value(|held| held.file.clone()) {
            Some(file) => {
                let name = self.receiver.entry(index).name;
                self.status.say(self.words.now().delivery_announce_saved(&name));
                spawn_local(async move { self.receiver.keep(index, file).await });
            }
            None => {
                browser::close_dialog(DIALOG);
                spawn_local(async move { drop(self.receiver.save(index).await) });
            }
        }
    }

    /// The dialog was closed, in whatever way.
    fn closed(self) {
        self.forget();
        if let Some(index) = self.index.get_untracked() {
            self.index.set(None);
            browser::focus_on(format!("#received [data-index='{index}'] .file-preview"));
        }
    }

    /// Ends the present look and frees what it holds.
    fn forget(self) {
        self.look.update_value(|look| *look = look.wrapping_add(1));
        if let Some(job) = self.job.try_update_value(Option::take).flatten() {
            self.receiver.stop(job);
        }
        self.held.set_value(Held::default());
    }

    /// Has another look begun, or was the page left?
    fn is_over(self, look: u32) -> bool {
        self.look.try_get_value() != Some(look)
    }

    /// The next file that can be looked at, before or after the present one.
    fn neighbour(self, forward: bool) -> Option<usize> {
        let here = self.index.get()?;
        self.kinds.with_value(|kinds| {
            let mut shown = (0..kinds.len()).filter(|index| kinds[*index].is_some());
            if forward { shown.find(|index| *index > here) } else { shown.rfind(|index| *index < here) }
        })
    }

    /// What the dialog says about what it shows.
    fn sentence(self) -> String {
        let language = self.words.get();
        match self.stage.get() {
            Stage::Loading => language.preview_loading().to_owned(),
            Stage::Opening => language.preview_opening().to_owned(),
            Stage::Shown(shown) if self.incomplete.get() => {
                format!("{}. {}", shown.sentence(language), language.preview_incomplete())
            }
            Stage::Shown(shown) => shown.sentence(language),
            Stage::Refused => String::new(),
        }
    }
}

/// The dialog; nothing while no file is looked at.
#[component]
pub(super) fn Preview(viewer: Viewer) -> impl IntoView {
    let open = move || viewer.index.with(Option::is_some);
    view! { <Show when=open><Dialog viewer/></Show> }
}

#[component]
fn Dialog(viewer: Viewer) -> impl IntoView {
    let words = words();
    let entry = Memo::new(move |_| viewer.index.get().map(|index| viewer.receiver.entry(index).name));
    let name = Signal::derive(move || entry.get().unwrap_or_default());
    let framed = move || matches!(viewer.stage.get(), Stage::Opening | Stage::Shown(_));
    let loading = move || viewer.stage.get() == Stage::Loading;
    let bar = Signal::derive(move || words.get().delivery_overall(&name.get()));
    let save = Signal::derive(move || -> Text {
        let saved = |index| viewer.receiver.file(index).state == State::Done;
        if viewer.index.get().is_some_and(saved) {
            Language::delivery_save_again
        } else {
            Language::preview_save
        }
    });
    view! {
        <dialog
            id=DIALOG
            class="kern-dialog preview"
            aria-labelledby="preview-title"
            data-state=move || viewer.stage.get().name()
            on:close=move |_| viewer.closed()
        >
            <header class="kern-dialog__header">
                <h2 class="kern-title" id="preview-title"><bdi>{name}</bdi></h2>
                <Button id="preview-close" label=Language::app_close as Text look=Look::Tertiary icon="close"
                    on_press=move |()| browser::close_dialog(DIALOG)/>
            </header>
            <section class="kern-dialog__body preview__body">
                <ErrorBox errors=viewer.errors/>
                <p id="preview-says" class="kern-body kern-body--small" role="status">{move || viewer.sentence()}</p>
                <Show when=loading><Bar label=bar percent=viewer.percent/></Show>
                <Show when=framed>
                    <Frame title=Signal::derive(move || words.get().preview_title(&name.get()))
                        on_load=move |frame| viewer.hand_over(&frame)/>
                </Show>
                <StatusLine status=viewer.status/>
            </section>
            <footer class="kern-dialog__footer preview__foot">
                <Step viewer forward=false/>
                <Step viewer forward=true/>
                <Button id="preview-save" label=save look=Look::Primary icon="download" on_press=move |()| viewer.save()/>
            </footer>
        </dialog>
    }
}

/// Goes to the file before or after, when there are several.
#[component]
fn Step(viewer: Viewer, forward: bool) -> impl IntoView {
    let several = viewer.kinds.with_value(|kinds| kinds.iter().flatten().count() > 1);
    let (id, label, icon) = if forward {
        ("preview-next", Language::preview_next as Text, "arrow-forward")
    } else {
        ("preview-previous", Language::preview_previous as Text, "arrow-back")
    };
    // A button that ends the row stays where it is: the focus must not get lost.
    let end = Signal::derive(move || viewer.neighbour(forward).is_none());
    let step = move |()| {
        if let Some(index) = untrack(|| viewer.neighbour(forward)) {
            viewer.open(index);
        }
    };
    several.then(|| view! { <Button id label look=Look::Secondary icon busy=end on_press=step/> })
}
