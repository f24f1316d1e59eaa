//! A number, chosen from some.

use leptos::prelude::*;
use web_model::text::Language;

use crate::i18n::{Text, words};

#[component]
pub(crate) fn ChoiceField(
    id: &'static str,
    label: Text,
    #[prop(optional)] hint: Option<Text>,
    choices: Vec<u16>,
    value: RwSignal<u16>,
    /// What a choice is called: `14 days`.
    name: fn(Language, u16) -> String,
) -> impl IntoView {
    let words = words();
    let choose = move |event| {
        if let Ok(chosen) = event_target_value(&event).parse() {
            value.set(chosen);
        }
    };
    let hint_id = hint.map(|_| format!("{id}-hint"));
    view! {
        <div class="kern-form-input">
            <label class="kern-label" for=id>{words.text(label)}</label>
            {hint.map(|hint| view! { <div class="kern-hint" id=hint_id.clone()>{words.text(hint)}</div> })}
            <div class="kern-form-input__select-wrapper lifetime">
                <select id=id class="kern-form-input__select" aria-describedby=hint_id on:change=choose>
                    {choices.into_iter().map(|choice| view! {
                        <option value=choice.to_string() prop:selected=move || value.get() == choice>
                            {move || name(words.get(), choice)}
                        </option>
                    }).collect_view()}
                </select>
            </div>
        </div>
    }
}
