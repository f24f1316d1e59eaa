//! A notice for a wall: seen on paper alone.

use leptos::portal::Portal;
use leptos::prelude::*;
use web_model::protocol::Fingerprint;
use web_model::text::Language;

use crate::i18n::words;
use crate::widgets::qr::Qr;

/// It stands beside the application, so that printing leaves the page out.
#[component]
pub(super) fn Sheet(title: String, link: String, fingerprint: Option<Fingerprint>) -> impl IntoView {
    let (title, link, fingerprint) =
        (StoredValue::new(title), StoredValue::new(link), StoredValue::new(fingerprint));
    view! { <Portal><Printed title link fingerprint/></Portal> }
}

#[component]
fn Printed(
    title: StoredValue<String>,
    link: StoredValue<String>,
    fingerprint: StoredValue<Option<Fingerprint>>,
) -> impl IntoView {
    let words = words();
    let label = Signal::derive(move || words.get().own_box_qr().to_owned());
    let shown = move |key: Fingerprint| {
        let spelled = move || match words.get() {
            Language::De => key.german.join(" "),
            Language::En => key.english.join(" "),
        };
        view! {
            <p>{words.text(Language::own_box_sheet_words)}</p>
            <p class="words" id="box-sheet-words">{spelled}</p>
        }
    };
    view! {
        <div class="box-sheet" id="box-sheet">
            <p class="kern-heading-large">{title.get_value()}</p>
            <p class="kern-body lead">{words.text(Language::own_box_sheet_text)}</p>
            <Qr id="box-sheet-qr" text=link.get_value() label/>
            <p class="box-sheet__link" translate="no">{link.get_value()}</p>
            <ol class="kern-body">
                <li>{words.text(Language::own_box_sheet_1)}</li>
                <li>{words.text(Language::own_box_sheet_2)}</li>
                <li>{words.text(Language::own_box_sheet_3)}</li>
            </ol>
            {fingerprint.get_value().map(shown)}
        </div>
    }
}
