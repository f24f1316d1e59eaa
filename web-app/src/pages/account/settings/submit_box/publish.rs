//! What the owner of a box publishes: its link, as text, as HTML, as a picture, and on paper.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::BoxLook;
use web_model::submit_box::snippet;
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::super::Sections;
use super::sheet::Sheet;
use crate::browser;
use crate::i18n::{Text, words};
use crate::own_box::own_boxes;
use crate::widgets::button::Button;
use crate::widgets::qr::Qr;

/// How long a button says that it has copied.
const COPIED: Duration = Duration::from_secs(4);

/// `look` is what the vault knows of the box's key; the server's word does not count here.
#[component]
pub(super) fn Publish(sections: Sections, look: Option<BoxLook>) -> impl IntoView {
    let words = words();
    let own = own_boxes();
    let settings = Memo::new(move |_| {
        own.known().and_then(|own| own.settings).map(|settings| (settings.name, settings.title))
    });
    move || {
        let (name, title) = settings.get()?;
        let page = format!("{}/box/{name}", browser::origin());
        let link = look.as_ref().map_or_else(|| page.clone(), |look| format!("{page}#{}", look.fragment));
        let html = snippet(&link, &title);
        let rows = 2 + html.len() / 24;
        let (for_copy, for_html, for_qr, for_sheet) =
            (link.clone(), html.clone(), link.clone(), link.clone());
        let fingerprint = look.clone().map(|look| look.fingerprint);
        let label = Signal::derive(move || words.get().own_box_qr().to_owned());
        Some(view! {
            <div class="sent">
                <div class="sent__link">
                    <div class="kern-form-input">
                        <label class="kern-label" for="box-link">{words.text(Language::own_box_link)}</label>
                        <div class="kern-hint" id="box-link-hint">{words.text(Language::own_box_link_hint)}</div>
                        <input id="box-link" class="kern-form-input__input link" type="text" readonly=true spellcheck="false"
                            aria-describedby="box-link-hint" prop:value=link on:focus=|_| browser::select("box-link")/>
                    </div>
                    <Copy id="box-copy" label=Language::sent_copy text=for_copy sections/>
                    <div class="kern-form-input">
                        <label class="kern-label" for="box-snippet">{words.text(Language::own_box_snippet)}</label>
                        <div class="kern-hint" id="box-snippet-hint">{words.text(Language::own_box_snippet_hint)}</div>
                        <textarea id="box-snippet" class="kern-form-input__input snippet" readonly=true spellcheck="false" rows=rows
                            translate="no" aria-describedby="box-snippet-hint" prop:value=html></textarea>
                    </div>
                    <Copy id="box-snippet-copy" label=Language::own_box_snippet_copy text=for_html sections/>
                </div>
                <figure class="sent__qr">
                    <Qr id="box-qr" text=for_qr label/>
                    <figcaption class="kern-body kern-body--small kern-body--muted">{words.text(Language::own_box_qr_hint)}</figcaption>
                </figure>
            </div>
            <div class="actions">
                <Button id="box-print" label=Language::own_box_print as Text on_press=|()| browser::print()/>
            </div>
            <Sheet title link=for_sheet fingerprint/>
        })
    }
}

/// A button that copies, and says so.
#[component]
fn Copy(id: &'static str, label: Text, text: String, sections: Sections) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |()| {
        let text = text.clone();
        spawn_local(async move {
            if !browser::copy(&text).await {
                return sections.errors.show(Trouble::Copy);
            }
            sections.errors.clear();
            copied.set(true);
            sections.say(Language::sent_copied);
            set_timeout(
                move || {
                    let _ = copied.try_set(false);
                },
                COPIED,
            );
        });
    };
    let label = Signal::derive(move || -> Text {
        if copied.get() { Language::sent_copied } else { label }
    });
    view! { <Button id=id label=label icon="content-copy" on_press=copy/> }
}
