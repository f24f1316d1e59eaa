//! Files and folders from the pickers, dropped anywhere on the page, or pasted.

use blob_api::Limits;
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_model::text::Language;
use web_sys::HtmlInputElement;

use crate::browser;
use crate::i18n::{Text, words};
use crate::reading::{Given, Incoming};
use crate::widgets::button::{Button, Look};
use crate::widgets::icon::Icon;

/// While what was given is being read: how many files were found so far. Taken away, it stops the reading.
type Reading = RwSignal<Option<usize>>;

/// The zone. While it is mounted, the whole page takes drops and pastes.
#[component]
pub(crate) fn Dropzone(limits: Limits, on_files: impl Fn(Incoming) + Copy + Send + 'static) -> impl IntoView {
    let words = words();
    let over = RwSignal::new(false);
    let reading: Reading = RwSignal::new(None);
    let (give, given) = unbounded();
    spawn_local(read_all(given, reading, on_files));
    take_drops(over, give.clone());
    take_pastes(give.clone());
    let picked = move |event: leptos::ev::Event, folder: bool| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else {
            return;
        };
        if let Some(list) = input.files() {
            hand_over(&give, Given::picked(&list, folder));
        }
        // So that the same can be picked again after it was removed.
        input.set_value("");
    };
    let picked_folder = picked.clone();
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
            <div class="dropzone__choices">
                <input id="files" class="dropzone__input" type="file" multiple=true aria-describedby="files-limits"
                    on:change=move |event| picked(event, false)/>
                <label class="kern-btn kern-btn--secondary" for="files">
                    <span class="kern-label">{words.text(Language::new_choose)}</span>
                </label>
                <input id="folder" class="dropzone__input" type="file" prop:webkitdirectory=true aria-describedby="files-limits"
                    on:change=move |event| picked_folder(event, true)/>
                <label class="kern-btn kern-btn--secondary" for="folder">
                    <span class="kern-label">{words.text(Language::new_choose_folder)}</span>
                </label>
            </div>
            <p class="kern-body kern-body--small kern-body--muted" id="files-limits">{allowed}</p>
            <ReadingLine reading/>
        </div>
    }
}

/// Says that folders are being read, once that takes long enough to be noticed.
#[component]
fn ReadingLine(reading: Reading) -> impl IntoView {
    let words = words();
    let is_reading = Memo::new(move |_| reading.with(Option::is_some));
    let count = move || words.get().files(reading.get().unwrap_or_default());
    let stop = move |()| {
        reading.set(None);
        browser::focus("folder");
    };
    view! {
        <p class="kern-body" role="status">
            <Show when=move || is_reading.get()>
                <span id="reading" class="loading">{words.text(Language::new_reading)}</span>
            </Show>
        </p>
        <Show when=move || is_reading.get()>
            <div class="dropzone__choices loading">
                <span class="kern-body figures" aria-hidden="true">{count}</span>
                <Button id="stop-reading" label=Language::new_stop_reading as Text look=Look::Tertiary on_press=stop/>
            </div>
        </Show>
    }
}

/// Reads what is given, one after the other, for as long as the zone is there.
async fn read_all(
    mut given: UnboundedReceiver<Given>,
    reading: Reading,
    on_files: impl Fn(Incoming) + Copy + Send + 'static,
) {
    while let Some(next) = given.next().await {
        reading.try_set(Some(0));
        // Once the zone is gone there is no signal either, and the reading ends.
        let go_on = |found: usize| {
            let counted = reading.try_update(|reading| reading.as_mut().map(|count| *count = found));
            counted.flatten().is_some()
        };
        let read = next.read(go_on).await;
        reading.try_set(None);
        if let Some(incoming) = read {
            on_files(incoming);
        }
    }
}

fn hand_over(give: &UnboundedSender<Given>, given: Given) {
    // Nobody reads any more when the page is just going away.
    let _ = give.unbounded_send(given);
}

fn take_drops(over: RwSignal<bool>, give: UnboundedSender<Given>) {
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
            hand_over(&give, Given::transferred(&data));
        }
    });
    on_cleanup(move || {
        entered.remove();
        left.remove();
        dropped.remove();
    });
}

fn take_pastes(give: UnboundedSender<Given>) {
    let pasted = window_event_listener(leptos::ev::paste, move |event| {
        let Some(data) = event.clipboard_data() else { return };
        let given = Given::transferred(&data);
        // Text goes where the cursor is, as always.
        if !given.is_empty() {
            event.prevent_default();
            hand_over(&give, given);
        }
    });
    on_cleanup(move || pasted.remove());
}
