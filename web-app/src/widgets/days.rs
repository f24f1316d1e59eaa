//! A number of days, chosen from some.

use leptos::prelude::*;

use crate::i18n::{Text, words};

#[component]
pub(crate) fn DaysField(
    id: &'static str,
    label: Text,
    #[prop(optional)] hint: Option<Text>,
    choices: Vec<u16>,
    days: RwSignal<u16>,
) -> impl IntoView {
    let words = words();
    let choose = move |event| {
        if let Ok(chosen) = event_target_value(&event).parse() {
            days.set(chosen);
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
                        <option value=choice.to_string() prop:selected=move || days.get() == choice>
                            {move || words.get().days(choice)}
                        </option>
                    }).collect_view()}
                </select>
            </div>
        </div>
    }
}
