//! The few things the pages ask of the browser itself.

use std::time::Duration;

use futures_channel::oneshot;
use js_sys::{ArrayBuffer, Date, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_model::text::Language;
use web_sys::{HtmlAnchorElement, HtmlDialogElement, HtmlElement, HtmlInputElement};

/// An element by its id.
pub(crate) fn element(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Moves the focus to an element once it is drawn.
pub(crate) fn focus(id: &'static str) {
    request_animation_frame(move || {
        if let Some(element) = element(id) {
            // A browser that refuses the focus leaves the page as it was.
            let _ = element.focus();
        }
    });
}

/// Goes to a place of the page, which gets the focus. As a link it would change the address, where nothing may stand behind `#`.
pub(crate) fn go_to(id: &str) {
    if let Some(element) = element(id) {
        element.scroll_into_view();
        let _ = element.focus();
    }
}

/// Moves the focus to what a selector names, once it is drawn.
pub(crate) fn focus_on(selector: String) {
    request_animation_frame(move || {
        let found = document().query_selector(&selector).ok().flatten();
        if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
        }
    });
}

/// The languages the browser asks for, best first.
pub(crate) fn languages() -> Vec<String> {
    window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect()
}

/// Tells the document which language it is in, for screen readers and hyphenation.
pub(crate) fn set_language(tag: &str) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", tag);
    }
}

/// A remembered setting; nothing when the browser keeps none.
pub(crate) fn remembered(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Remembers a setting; a browser that keeps none is no error.
pub(crate) fn remember(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(key, value);
    }
}

/// Remembers a setting no longer.
pub(crate) fn forget(key: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.remove_item(key);
    }
}

/// Scheme, host and port of this page.
pub(crate) fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// Shows another path in the address bar without going there.
pub(crate) fn show_path(path: &str) {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(path));
    }
}

/// The address of this page.
pub(crate) fn address() -> String {
    window().location().href().unwrap_or_default()
}

/// Is this the page's path?
pub(crate) fn is_at(path: &str) -> bool {
    window().location().pathname().is_ok_and(|here| here == path)
}

/// Shows another path in the address bar as a step forward, without going there.
pub(crate) fn go_to_path(path: &str) {
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(path));
    }
}

/// Leaves for another page of this server and forgets everything in memory.
pub(crate) fn leave_to(path: &str) {
    let _ = window().location().assign(path);
}

/// Milliseconds on a clock that only goes forward.
pub(crate) fn clock() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Ends after a time. The browser draws and hears clicks meanwhile, however short it is.
pub(crate) fn pause(time: Duration) -> oneshot::Receiver<()> {
    let (end, ended) = oneshot::channel();
    let over = move || {
        // Nobody listens when something else came first.
        let _ = end.send(());
    };
    set_timeout(over, time);
    ended
}

/// Copies a text; false when the browser does not allow it.
pub(crate) async fn copy(text: &str) -> bool {
    JsFuture::from(window().navigator().clipboard().write_text(text)).await.is_ok()
}

/// Asks the browser to print the page.
pub(crate) fn print() {
    // A browser that cannot says so itself.
    let _ = window().print();
}

/// Selects all of an input's text.
pub(crate) fn select(id: &str) {
    if let Some(input) = element(id).and_then(|element| element.dyn_into::<HtmlInputElement>().ok()) {
        let _ = input.focus();
        input.select();
    }
}

/// The time by this computer's clock.
#[allow(clippy::cast_possible_truncation, reason = "whole seconds are meant")]
pub(crate) fn now() -> blob_api::UnixSeconds {
    (Date::now() / 1000.0) as blob_api::UnixSeconds
}

/// The same without a sign, for what is sealed and signed; 0 before 1970.
pub(crate) fn since_1970() -> u64 {
    now().try_into().unwrap_or_default()
}

/// A date as the language writes it: `20 January 2027`, with the time when asked.
pub(crate) fn date(language: Language, seconds: i64, with_time: bool) -> String {
    let time = with_time.then_some(("timeStyle", "short"));
    written(language, seconds, [Some(("dateStyle", "long")), time])
}

/// A day with its name: `Wednesday 20 January 2027`.
pub(crate) fn day(language: Language, seconds: i64) -> String {
    written(language, seconds, [Some(("dateStyle", "full")), None])
}

fn written(language: Language, seconds: i64, style: [Option<(&str, &str)>; 2]) -> String {
    // JavaScript counts in milliseconds, as a double; years that do not fit are not ours.
    #[allow(clippy::cast_precision_loss)]
    let date = Date::new(&JsValue::from_f64(seconds as f64 * 1000.0));
    let options = Object::new();
    for (name, value) in style.into_iter().flatten() {
        let _ = Reflect::set(&options, &name.into(), &value.into());
    }
    // Plain "en" would write dates the American way.
    let tag = if language == Language::En { "en-GB" } else { language.tag() };
    date.to_locale_string(tag, &options).into()
}

/// An address under which this page alone finds a file. It lives as long as the page.
pub(crate) fn address_of(file: &web_sys::File) -> Option<String> {
    web_sys::Url::create_object_url_with_blob(file).ok()
}

/// The bytes of a file from its beginning to `end`; nothing when the browser has no memory for them.
pub(crate) async fn bytes_of(file: &web_sys::File, end: u64) -> Option<ArrayBuffer> {
    // Doubles count whole numbers further than files are large.
    #[allow(clippy::cast_precision_loss)]
    let piece = file.slice_with_f64_and_f64(0.0, end as f64).ok()?;
    JsFuture::from(piece.array_buffer()).await.ok()?.dyn_into().ok()
}

/// Shows a dialog over the page, once it is drawn.
pub(crate) fn show_dialog(id: &'static str) {
    request_animation_frame(move || {
        if let Some(dialog) = dialog(id) {
            // It fails only when it is open already.
            let _ = dialog.show_modal();
        }
    });
}

/// Closes a dialog; the focus returns to where it was before.
pub(crate) fn close_dialog(id: &str) {
    if let Some(dialog) = dialog(id) {
        dialog.close();
    }
}

fn dialog(id: &str) -> Option<HtmlDialogElement> {
    element(id)?.dyn_into().ok()
}

/// Lets the browser save what is at an address of [`address_of`], under a name.
pub(crate) fn save(address: &str, name: &str) {
    let Ok(anchor) = document().create_element("a") else { return };
    let Ok(anchor) = anchor.dyn_into::<HtmlAnchorElement>() else { return };
    anchor.set_href(address);
    anchor.set_download(name);
    anchor.set_rel("noopener");
    // leptos_router looks at clicks on links in the document; this one never enters it.
    anchor.click();
}

/// Asks before the page is left while `active` is true.
pub(crate) fn guard_leaving(active: impl Fn() -> bool + 'static) {
    let handle = window_event_listener(leptos::ev::beforeunload, move |event| {
        if active() {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
}

/// Ends after some milliseconds, or when the browser says that it has a network again.
pub(crate) async fn online_or_after(milliseconds: u64) {
    let (end, ended) = oneshot::channel();
    let end = StoredValue::new(Some(end));
    let over = move || {
        if let Some(end) = end.try_update_value(Option::take).flatten() {
            // Nobody listens when the waiting was given up.
            let _ = end.send(());
        }
    };
    let online = window_event_listener(leptos::ev::online, move |_| over());
    let _listening = Listening(Some(online));
    set_timeout(over, Duration::from_millis(milliseconds));
    let _ = ended.await;
}

/// Listens no longer when dropped.
struct Listening(Option<WindowListenerHandle>);

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(handle) = self.0.take() {
            handle.remove();
        }
    }
}
