//! A list of files with their folders, which open in place. What is in a folder is drawn when it is opened, and a long list
//! a piece at a time, so that ten thousand files are as light as ten.

use leptos::html::Ul;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_model::transfer::{File, State, Transfer};
use web_model::tree::{Row, Tree, name_of};
use web_sys::HtmlElement;

use crate::i18n::words;
use crate::widgets::file_row::Way;
use crate::widgets::icon::Icon;
use crate::widgets::progress::Bar;

/// Rows that are drawn of one list before somebody asks for more.
const AT_ONCE: usize = 200;

/// What all lists of a page have in common.
#[derive(Clone, Copy)]
pub(crate) struct Listing {
    pub(crate) tree: Signal<Tree>,
    /// How far the files are, in the order in which the tree was given them.
    pub(crate) transfer: RwSignal<Transfer>,
    pub(crate) way: Way,
    /// Draws the row of a file, by its key.
    pub(crate) file: Callback<u32, AnyView>,
    /// Draws what can be done with a folder, by its path.
    pub(crate) actions: Callback<String, AnyView>,
}

/// The whole list. It is there, hidden, when it is empty.
#[component]
pub(crate) fn FileTree(
    id: &'static str,
    #[prop(into)] label: Signal<String>,
    listing: Listing,
) -> impl IntoView {
    let list = NodeRef::<Ul>::new();
    let empty = Memo::new(move |_| listing.tree.with(|tree| tree.length("") == 0));
    view! {
        <ul id=id class="file-list" aria-label=label hidden=move || empty.get() node_ref=list>
            <Rows folder=String::new() list listing/>
        </ul>
    }
}

/// What is in one folder, as far as it is shown.
#[component]
fn Rows(folder: String, list: NodeRef<Ul>, listing: Listing) -> impl IntoView {
    let words = words();
    let folder = StoredValue::new(folder);
    let shown = RwSignal::new(AT_ONCE);
    let rows = move || listing.tree.with(|tree| folder.with_value(|folder| tree.rows(folder, shown.get())));
    let hidden = Memo::new(move |_| {
        let length = listing.tree.with(|tree| folder.with_value(|folder| tree.length(folder)));
        length.saturating_sub(shown.get())
    });
    let more = move |_| {
        let place = shown.get_untracked() + 1;
        shown.update(|shown| *shown += AT_ONCE);
        focus_row(list, place);
    };
    view! {
        <For each=rows key=Row::clone let:row>
            {match row {
                Row::Folder(path) => view! { <FolderRow path listing/> }.into_any(),
                Row::File(key) => listing.file.run(key),
            }}
        </For>
        <Show when=move || { hidden.get() > 0 }>
            <li class="file-list__more">
                <button type="button" class="kern-btn kern-btn--tertiary" on:click=more>
                    <span class="kern-label">{move || {
                        let language = words.get();
                        language.files_more(&hidden.get().min(AT_ONCE).to_string(), &hidden.get().to_string())
                    }}</span>
                </button>
            </li>
        </Show>
    }
}

/// Moves the focus to a row that was not shown before: the button that was pressed has moved to the list's end, or is gone.
fn focus_row(list: NodeRef<Ul>, place: usize) {
    request_animation_frame(move || {
        let row = list.get_untracked().and_then(|list| {
            list.query_selector(&format!(":scope > li:nth-child({place}) button")).ok().flatten()
        });
        if let Some(row) = row.and_then(|row| row.dyn_into::<HtmlElement>().ok()) {
            // A browser that refuses the focus leaves the page as it was.
            let _ = row.focus();
        }
    });
}

/// A folder: its name opens it; how many files it holds, their size, how far they are together, and what can be done.
#[component]
fn FolderRow(path: String, listing: Listing) -> AnyView {
    let words = words();
    let Listing { tree, transfer, way, actions, .. } = listing;
    let open = RwSignal::new(false);
    let list = NodeRef::<Ul>::new();
    let name = name_of(&path).to_owned();
    let label = {
        let name = name.clone();
        Signal::derive(move || words.get().delivery_overall(&name))
    };
    let stored = StoredValue::new(path);
    let of = move |tree: &Tree| stored.with_value(|path| (tree.below(path).len(), tree.bytes(path)));
    let contents = Memo::new(move |_| tree.with(of));
    let progress: Memo<File> = Memo::new(move |_| {
        tree.with(|tree| {
            transfer.with(|transfer| transfer.together(stored.with_value(|path| tree.below(path))))
        })
    });
    let state = move || progress.get().state;
    let moving = Memo::new(move |_| match way {
        Way::Out => transfer.with(|transfer| !transfer.files.is_empty()),
        Way::In => state() != State::Waiting,
    });
    let percent = Signal::derive(move || progress.get().percent());
    let size = move || {
        let (files, bytes) = contents.get();
        let language = words.get();
        language.files_sum(&language.files(files), &language.size(bytes))
    };
    view! {
        <li class="folder" data-folder=stored.get_value()>
            <div class="file-row" data-state=move || way.name(state())>
                <button type="button" class="folder__toggle" aria-expanded=move || open.get().to_string()
                    on:click=move |_| open.update(|open| *open = !*open)
                >
                    <span class="file-row__type"><Icon name="chevron-right"/></span>
                    <span class="file-row__text">
                        <bdi class="file-row__name kern-body">{name}</bdi>
                        <span class="file-row__size kern-body kern-body--small kern-body--muted">
                            {size}
                            <Show when=move || moving.get()>
                                " · "
                                <span class="file-row__state">{move || way.text(state())(words.get())}</span>
                            </Show>
                        </span>
                    </span>
                </button>
                <div class="file-row__actions">{actions.run(stored.get_value())}</div>
                <Show when=move || moving.get() && way.has_bar(state())>
                    <div class="file-row__bar"><Bar label percent/></div>
                </Show>
            </div>
            <Show when=move || open.get()>
                <ul class="file-list" aria-label=stored.with_value(|path| name_of(path).to_owned()) node_ref=list>
                    <Rows folder=stored.get_value() list listing/>
                </ul>
            </Show>
        </li>
    }
    .into_any()
}
