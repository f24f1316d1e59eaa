//! The page in the sandbox (`www/preview/`) and the line to it.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Array, ArrayBuffer, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_model::preview::{Kind, Report};
use web_model::text::Language;
use web_sys::{HtmlIFrameElement, MessageChannel, MessageEvent, MessagePort};

/// Where the server has that page.
const ADDRESS: &str = "/preview.html";
/// Its scripts run, and that is all it may: its origin is opaque, and it can open, send and save nothing. The server says
/// the same in the page's headers.
const SANDBOX: &str = "allow-scripts";
/// How long the page may be silent after it got a file: its script could not be loaded.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// What the page is given to show.
pub(super) struct Content {
    pub(super) kind: Kind,
    /// Of the whole file, in bytes.
    pub(super) size: u64,
    /// All of it, or what of it is shown.
    pub(super) bytes: ArrayBuffer,
}

/// The sandbox. `on_load` gets it when its page is there.
#[component]
pub(super) fn Frame(
    title: Signal<String>,
    #[prop(into)] on_load: UnsyncCallback<HtmlIFrameElement>,
) -> impl IntoView {
    let loaded = move |event: leptos::ev::Event| {
        if let Some(frame) = event.target().and_then(|target| target.dyn_into().ok()) {
            on_load.run(frame);
        }
    };
    view! { <iframe id="preview-frame" class="preview__frame" sandbox=SANDBOX src=ADDRESS title=title on:load=loaded></iframe> }
}

/// A line to the page; it is cut when this is dropped.
pub(super) struct Line {
    port: MessagePort,
    silent: Rc<Cell<bool>>,
    _listener: Closure<dyn Fn(MessageEvent)>,
}

impl Line {
    /// Gives the page the content, whose bytes leave our memory. `None` when the browser refuses.
    pub(super) fn open(
        frame: &HtmlIFrameElement,
        content: &Content,
        language: Language,
        report: impl Fn(Report) + 'static,
    ) -> Option<Self> {
        let channel = MessageChannel::new().ok()?;
        let (port, theirs) = (channel.port1(), channel.port2());
        let silent = Rc::new(Cell::new(true));
        let (kind, size, heard) = (content.kind, content.size, Rc::clone(&silent));
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            heard.set(false);
            // What is none of the few known forms changes nothing.
            if let Some(heard) = read(kind, size, &event.data()) {
                report(heard);
            }
        });
        port.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        let message = message(content, language).ok()?;
        // An opaque origin has no name by which to address it; the page in our own frame is the only one that can hear.
        let transfer = Array::of2(&theirs, &content.bytes);
        frame.content_window()?.post_message_with_transfer(&message, "*", &transfer).ok()?;
        Some(Self { port, silent, _listener: listener })
    }

    /// Has the page not said anything yet?
    pub(super) fn is_silent(&self) -> bool {
        self.silent.get()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}

fn message(content: &Content, language: Language) -> Result<Object, JsValue> {
    let object = |entries: &[(&str, &JsValue)]| -> Result<Object, JsValue> {
        let object = Object::new();
        for (name, value) in entries {
            Reflect::set(&object, &(*name).into(), value)?;
        }
        Ok(object)
    };
    let words = object(&[
        ("content", &language.preview_content().into()),
        // The page puts the figures in.
        ("page", &language.preview_page("{count}", "{number}").into()),
        ("larger", &language.preview_larger().into()),
        ("smaller", &language.preview_smaller().into()),
    ])?;
    let cut = content.kind.shown_bytes(content.size) < content.size;
    object(&[
        ("kind", &content.kind.name().into()),
        ("type", &content.kind.media_type().into()),
        ("bytes", &content.bytes),
        ("cut", &cut.into()),
        ("language", &language.tag().into()),
        ("words", &words),
    ])
}

/// `{ word: string, figures: number[] }`, from a stranger.
fn read(kind: Kind, size: u64, data: &JsValue) -> Option<Report> {
    let member = |of: &JsValue, name: &JsValue| Reflect::get(of, name).ok();
    let word = member(data, &"word".into())?.as_string()?;
    let figures = member(data, &"figures".into())?;
    let figure = |place: u32| member(&figures, &place.into())?.as_f64();
    Report::read(kind, size, &word, [figure(0), figure(1)])
}
