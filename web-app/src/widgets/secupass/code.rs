//! The recovery code: on paper, and typed from there.

use leptos::prelude::*;
use web_model::protocol::Secret;
use web_model::secupass::KeysFault;
use web_model::text::Language;
use web_model::trouble::{Tells, Trouble};

use crate::browser;
use crate::i18n::{Text, words};
use crate::session::account;
use crate::widgets::button::Button;
use crate::widgets::errors::Errors;
use crate::widgets::field::WordsField;

/// The field's id.
pub(crate) const CODE: &str = "recovery-code";
/// What the settings are asked with by whoever has forgotten the SecuPass, and goes on with the code.
pub(crate) const FORGOTTEN: &str = "forgotten";
/// The same for whoever has no SecuPass yet.
pub(crate) const BEGIN: &str = "secupass";

/// The words, numbered, and a way to a printed sheet.
#[component]
pub(crate) fn Paper(code: RwSignal<Secret>) -> impl IntoView {
    let (words, email) = (words(), account().email());
    let list = move || {
        code.with(|code| {
            code.0.split(' ').map(|word| view! { <li><code>{word.to_owned()}</code></li> }).collect_view()
        })
    };
    view! {
        <div class="fresh-codes part" id="recovery-sheet">
            <h3 class="kern-heading-small" id="recovery-title" tabindex="-1">{words.text(Language::keys_code_title)}</h3>
            <p class="kern-body">{words.text(Language::keys_code_text)}</p>
            <ol class="codes codes--numbered" translate="no">{list}</ol>
            <p class="kern-body kern-body--small">{move || words.get().keys_code_for(&email)}</p>
            <div class="actions">
                <Button id="recovery-print" label=Language::keys_code_print as Text on_press=|()| browser::print()/>
            </div>
        </div>
    }
}

/// Where the words are typed.
#[component]
pub(crate) fn CodeField(value: RwSignal<String>, errors: Errors) -> impl IntoView {
    view! { <WordsField id=CODE label=Language::keys_code hint=Language::keys_code_hint value errors/> }
}

/// The field that has to change, when the code was not the right one.
pub(crate) fn place(trouble: Trouble) -> (Option<&'static str>, Trouble) {
    let ours = [KeysFault::CodeWord(1), KeysFault::CodeCount, KeysFault::CodeMistyped];
    let field = ours.iter().any(|fault| fault.kind() == trouble.kind()).then_some(CODE);
    (field, trouble)
}
