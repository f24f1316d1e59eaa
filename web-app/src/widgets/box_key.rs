//! How it stands with the key of a submit box: a note above what is typed, or a refusal in its place.

use leptos::prelude::*;
use web_model::protocol::{BoxFault, Fingerprint};
use web_model::text::Language;

use crate::boxes::{BoxKey, Refusal};
use crate::i18n::{Text, words};
use crate::widgets::icon::Icon;
use crate::widgets::secupass::words::Words;

/// The key of a box, in the words of who sends something in.
#[component]
pub(crate) fn BoxKeyNote(key: BoxKey) -> impl IntoView {
    match key {
        BoxKey::Named(_) => view! {
            <Note state="named" tone="success" title=Language::letterbox_key_named as Text text=Language::letterbox_key_named_text/>
        }
        .into_any(),
        BoxKey::Vouched(look) => view! {
            <Note state="vouched" tone="info" title=Language::letterbox_key_vouched as Text
                text=Language::letterbox_key_vouched_text fingerprint=Some(look.fingerprint)/>
        }
        .into_any(),
        BoxKey::Without => view! {
            <Note state="none" tone="info" title=Language::letterbox_key_none as Text text=Language::letterbox_key_none_text/>
        }
        .into_any(),
        BoxKey::Refused(why) => {
            let text: Text = match why {
                Refusal::Key(BoxFault::BrokenLink) => Language::letterbox_refused_link,
                Refusal::Key(BoxFault::OtherKey) => Language::letterbox_refused_other,
                Refusal::Key(BoxFault::Expired) => Language::letterbox_refused_expired,
                Refusal::Key(BoxFault::Damaged) => Language::letterbox_refused_damaged,
                Refusal::Stripped => Language::letterbox_refused_stripped,
            };
            view! { <Note state="refused" tone="danger" title=Language::letterbox_refused as Text text/> }.into_any()
        }
    }
}

#[component]
fn Note(
    state: &'static str,
    tone: &'static str,
    title: Text,
    text: Text,
    /// Its words are shown, for comparing.
    #[prop(default = None)]
    fingerprint: Option<Fingerprint>,
) -> impl IntoView {
    let words = words();
    // A refusal stands where everything else was expected.
    let role = (state == "refused").then_some("alert");
    view! {
        <div id="box-key" class=format!("kern-alert kern-alert--{tone} notice") data-state=state role=role>
            <div class="kern-alert__header">
                <Icon name=tone/>
                <span class="kern-title">{words.text(title)}</span>
            </div>
            <div class="kern-alert__body">
                <p class="kern-body">{words.text(text)}</p>
                {fingerprint.map(|fingerprint| view! {
                    <p class="kern-body">{words.text(Language::letterbox_compare)}</p>
                    <Words id="box-words" fingerprint/>
                })}
            </div>
        </div>
    }
}
