//! The list of a delivery's files and what can be done with them.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::FileEntry;
use web_model::text::Language;
use web_model::transfer::State;
use web_model::tree::{Leaf, Tree};

use super::preview::{Preview, Viewer};
use super::receiver::Receiver;
use crate::i18n::{Text, words};
use crate::widgets::button::{Button, Look};
use crate::widgets::file_row::{FileRow, Way};
use crate::widgets::file_tree::{FileTree, Listing};
use crate::widgets::progress::{Bar, FiguresLine};

#[component]
pub(super) fn Files(files: Vec<FileEntry>, receiver: Receiver) -> impl IntoView {
    let words = words();
    if files.is_empty() {
        return view! { <p class="kern-body kern-body--muted">{words.text(Language::delivery_no_files)}</p> }
            .into_any();
    }
    let several = files.len() > 1;
    let viewer = Viewer::new(receiver, &files);
    let tree = Tree::new((0..).zip(&files).map(|(key, file)| Leaf {
        key,
        folder: &file.folder,
        name: &file.name,
        bytes: file.size,
    }));
    let files = StoredValue::new(files);
    let row = move |key: u32| {
        let file = files.with_value(|files| files.get(key as usize).cloned());
        file.map(|file| view! { <Received file index=key as usize several receiver viewer/> }).into_any()
    };
    let listing = Listing {
        tree: Signal::stored(tree),
        transfer: receiver.transfer,
        way: Way::In,
        file: Callback::new(row),
        actions: Callback::new(|_| ().into_any()),
    };
    let label = Signal::derive(move || words.get().delivery_files().to_owned());
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
            <Overall receiver/>
            <FileTree id="received" label listing/>
            <Preview viewer/>
        </section>
    }
    .into_any()
}

/// How far several files are together; one alone says it in its own row.
#[component]
fn Overall(receiver: Receiver) -> impl IntoView {
    let words = words();
    let several = Memo::new(move |_| receiver.batch().is_some_and(|batch| batch.files > 1));
    let percent = Signal::derive(move || receiver.batch().map_or(100, |batch| batch.percent));
    let label = Signal::derive(move || words.get().sending_overall().to_owned());
    view! {
        <Show when=move || several.get()>
            <Bar id="overall" label percent/>
            <FiguresLine percent figures=receiver.speed.overall()/>
        </Show>
    }
}

#[component]
fn Received(
    file: FileEntry,
    index: usize,
    several: bool,
    receiver: Receiver,
    viewer: Viewer,
) -> impl IntoView {
    let progress = Memo::new(move |_| receiver.file(index));
    let pace = Memo::new(move |_| receiver.speed.file(index));
    let moving = Signal::derive(move || progress.get().state != State::Waiting);
    let label = Signal::derive(move || -> Text {
        match progress.get().state {
            State::Waiting | State::Running => Language::delivery_save,
            State::Done => Language::delivery_save_again,
            State::Failed | State::Damaged | State::Missing => Language::delivery_retry,
        }
    });
    let busy = Signal::derive(move || progress.get().state == State::Running);
    let about = file.name.clone();
    let about_cancel = file.name.clone();
    let about_preview = viewer.shows(index).then(|| file.name.clone());
    let running = move || busy.get();
    // One obvious next step: the one file, or all of them.
    let look = if several { Look::Secondary } else { Look::Primary };
    view! {
        <FileRow name=file.name size=file.size index way=Way::In progress pace moving>
            <Button class="file-save" label=label look=look about=about busy=busy icon="download"
                on_press=move |()| spawn_local(async move { drop(receiver.save(index).await) })/>
            <Show when=running>
                <Button class="file-cancel" label=Language::delivery_cancel as Text look=Look::Tertiary about=about_cancel.clone()
                    on_press=move |()| receiver.cancel(index)/>
            </Show>
            {about_preview.map(|about| view! {
                <Button class="file-preview" label=Language::preview_open as Text look=Look::Tertiary about=about icon="visibility"
                    on_press=move |()| viewer.open(index)/>
            })}
        </FileRow>
    }
}
