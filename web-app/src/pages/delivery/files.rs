//! The list of a delivery's files and what can be done with them.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::FileEntry;
use web_model::text::Language;
use web_model::transfer::State;
use web_model::tree::{Leaf, Tree, name_of};

use super::preview::{Preview, Viewer};
use super::receiver::Receiver;
use crate::i18n::{Text, words};
use crate::widgets::button::{Button, Look};
use crate::widgets::file_row::{FileRow, Way};
use crate::widgets::file_tree::{FileTree, Listing};
use crate::widgets::progress::{Bar, FiguresLine};

/// Most files that are better saved one by one than as an archive.
const MOST_APART: usize = 10;

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
    // Browsers ask before a page saves many files one by one, and they save none into a folder.
    let archive_first = files.len() > MOST_APART || tree.has_folders();
    let (apart, together) =
        if archive_first { (Look::Secondary, Look::Primary) } else { (Look::Primary, Look::Secondary) };
    let tree = Signal::stored(tree);
    let files = StoredValue::new(files);
    let row = move |key: u32| {
        let file = files.with_value(|files| files.get(key as usize).cloned());
        let row = |file: FileEntry| {
            let preview = viewer.shows(key as usize).then_some(viewer);
            view! { <Received name=file.name size=file.size index=key as usize several receiver preview/> }
        };
        file.map(row).into_any()
    };
    let listing = Listing {
        tree,
        transfer: receiver.transfer,
        way: Way::In,
        file: Callback::new(row),
        actions: Callback::new(move |path: String| view! { <SaveFolder path tree receiver/> }.into_any()),
    };
    let label = Signal::derive(move || words.get().delivery_files().to_owned());
    let reconnecting = move || receiver.is_reconnecting().then(|| words.get().delivery_reconnecting());
    view! {
        <section class="files" aria-labelledby="files-title">
            <div class="files__head">
                <h2 class="kern-heading-medium" id="files-title">{words.text(Language::delivery_files)}</h2>
                {several.then(|| view! {
                    <div class="files__all">
                        <Button id="save-all" label=Language::delivery_save_all as Text look=apart icon="download"
                            on_press=move |()| receiver.save_all()/>
                        <Button id="save-archive" label=Language::delivery_save_archive as Text look=together icon="download"
                            on_press=move |()| receiver.save_all_as_archive()/>
                    </div>
                })}
            </div>
            <p class="kern-body kern-body--small">{words.text(Language::delivery_checked)}</p>
            <p id="reconnecting" class="kern-body" role="status">{reconnecting}</p>
            <Overall receiver/>
            <Show when=move || !receiver.archives().is_empty()>
                <ul id="archives" class="file-list">
                    <For each=move || receiver.archives() key=|index| *index let:index>
                        <Received name=receiver.name(index) size=receiver.file(index).total index several receiver/>
                    </For>
                </ul>
            </Show>
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

/// What can be done with a folder.
#[component]
fn SaveFolder(path: String, tree: Signal<Tree>, receiver: Receiver) -> impl IntoView {
    let about = name_of(&path).to_owned();
    let press = move |()| {
        let files = tree.with_untracked(|tree| tree.below(&path).to_vec());
        receiver.save_archive(
            name_of(&path),
            files.into_iter().filter_map(|file| file.try_into().ok()).collect(),
        );
    };
    view! { <Button class="folder-save" label=Language::delivery_save_folder as Text about=about on_press=press/> }
}

/// A file or an archive, and what can be done with it.
#[component]
fn Received(
    name: String,
    size: u64,
    index: usize,
    several: bool,
    receiver: Receiver,
    /// Where it can be looked at.
    #[prop(default = None)]
    preview: Option<Viewer>,
) -> impl IntoView {
    let progress = Memo::new(move |_| receiver.file(index));
    let pace = Memo::new(move |_| receiver.speed.file(index));
    let moving = Signal::derive(move || progress.get().state != State::Waiting);
    let under_way = move || matches!(progress.get().state, State::Running | State::Paused);
    let busy = Signal::derive(under_way);
    let paused = move || progress.get().state == State::Paused;
    let label = Signal::derive(move || -> Text {
        match progress.get().state {
            State::Waiting | State::Running | State::Paused => Language::delivery_save,
            State::Done => Language::delivery_save_again,
            State::Failed | State::Damaged | State::Missing => Language::delivery_retry,
        }
    });
    let pause_label = Signal::derive(move || -> Text {
        if paused() { Language::sending_go_on } else { Language::sending_pause }
    });
    let about = StoredValue::new(name.clone());
    // One obvious next step: the one file, or all of them.
    let look = if several { Look::Secondary } else { Look::Primary };
    view! {
        <FileRow name size index way=Way::In progress pace moving>
            <Button class="file-save" label=label look=look about=about.get_value() busy=busy icon="download"
                on_press=move |()| spawn_local(async move { drop(receiver.save(index).await) })/>
            <Show when=under_way>
                <Button class="file-pause" label=pause_label about=about.get_value()
                    on_press=move |()| receiver.pause(index, !paused())/>
                <Button class="file-cancel" label=Language::delivery_cancel as Text look=Look::Tertiary about=about.get_value()
                    on_press=move |()| receiver.cancel(index)/>
            </Show>
            {preview.map(|viewer| view! {
                <Button class="file-preview" label=Language::preview_open as Text look=Look::Tertiary about=about.get_value() icon="visibility"
                    on_press=move |()| viewer.open(index)/>
            })}
        </FileRow>
    }
}
