//! Files from the picker, dropped anywhere on the page, or pasted.

use blob_api::Limits;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_model::text::Language;
use web_sys::{DataTransfer, File, FileList, HtmlInputElement};

use crate::i18n::words;
use crate::widgets::icon::Icon;

/// Files that came in, and whether a folder was among them.
pub(crate) struct Incoming {
    pub(crate) files: Vec<File>,
    pub(crate) folder: bool,
}

/// The zone. While it is mounted, the whole page takes drops and pastes.
#[component]
pub(crate) fn Dropzone(limits: Limits, on_files: impl Fn(Incoming) + Copy + Send + 'static) -> impl IntoView {
    let words = words();
    let over = RwSignal::new(false);
    take_drops(over, on_files);
    take_pastes(on_files);
    let picked = move |event: leptos::ev::Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else {
            return;
        };
        let files = input.files().map(|list| files_of(&list)).unwrap_or_default();
        // So that the same file can be picked again after it was removed.
        input.set_value("");
        on_files(Incoming { files, folder: false });
    };
    let call = move || if over.get() { words.get().new_drop_now() } else { words.get().new_drop() };
    let allowed = move || {
        let language = words.get();
        let count = language.files(limits.files as usize);
        let sum = language.size(limits.delivery_bytes);
        if limits.file_bytes < limits.delivery_bytes {
            language.new_limits(&count, &language.size(limits.file_bytes), &sum)
        } else {
            language.new_limits_sum(&count, &sum)
        }
    };
    view! {
        <div id="dropzone" class="dropzone" class:dropzone--over=move || over.get()>
            <Icon name="drive-folder-upload"/>
            <p class="kern-body" id="files-call">{call}</p>
            <input id="files" class="dropzone__input" type="file" multiple=true aria-describedby="files-limits" on:change=picked/>
            <label class="kern-btn kern-btn--secondary" for="files">
                <span class="kern-label">{words.text(Language::new_choose)}</span>
            </label>
            <p class="kern-body kern-body--small kern-body--muted" id="files-limits">{allowed}</p>
        </div>
    }
}

fn take_drops(over: RwSignal<bool>, on_files: impl Fn(Incoming) + Copy + Send + 'static) {
    let entered = window_event_listener(leptos::ev::dragover, move |event| {
        // Without this the browser would open the file instead of the page.
        event.prevent_default();
        over.set(true);
    });
    let left = window_event_listener(leptos::ev::dragleave, move |event| {
        if event.related_target().is_none() {
            over.set(false);
        }
    });
    let dropped = window_event_listener(leptos::ev::drop, move |event| {
        event.prevent_default();
        over.set(false);
        if let Some(data) = event.data_transfer() {
            on_files(incoming(&data));
        }
    });
    on_cleanup(move || {
        entered.remove();
        left.remove();
        dropped.remove();
    });
}

fn take_pastes(on_files: impl Fn(Incoming) + Copy + Send + 'static) {
    let pasted = window_event_listener(leptos::ev::paste, move |event| {
        let Some(data) = event.clipboard_data() else { return };
        let incoming = incoming(&data);
        // Text goes where the cursor is, as always.
        if !incoming.files.is_empty() || incoming.folder {
            event.prevent_default();
            on_files(incoming);
        }
    });
    on_cleanup(move || pasted.remove());
}

fn incoming(data: &DataTransfer) -> Incoming {
    let items = data.items();
    let entries =
        (0..items.length()).filter_map(|place| items.get(place)).filter(|item| item.kind() == "file");
    let mut incoming = Incoming { files: Vec::new(), folder: false };
    for item in entries {
        match item.webkit_get_as_entry() {
            Ok(Some(entry)) if entry.is_directory() => incoming.folder = true,
            _ => incoming.files.extend(item.get_as_file().ok().flatten()),
        }
    }
    incoming
}

fn files_of(list: &FileList) -> Vec<File> {
    (0..list.length()).filter_map(|place| list.get(place)).collect()
}
