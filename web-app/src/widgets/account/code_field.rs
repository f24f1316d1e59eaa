//! A field for a code of digits that came from elsewhere.

use leptos::prelude::*;

use crate::i18n::Text;
use crate::widgets::errors::{Errors, FieldError};
use crate::widgets::field::{Hint, Label, described};

/// One field for all digits, so that they can be pasted at once, and that browsers can fill in.
#[component]
pub(crate) fn CodeField(
    id: &'static str,
    label: Text,
    #[prop(optional)] hint: Option<Text>,
    value: RwSignal<String>,
    errors: Errors,
) -> impl IntoView {
    view! {
        <div class="kern-form-input" class:kern-form-input--error=move || errors.is_at(id)>
            <Label id label optional=false/>
            <Hint id hint/>
            <input
                id=id
                class="kern-form-input__input code"
                type="text"
                inputmode="numeric"
                autocomplete="one-time-code"
                spellcheck="false"
                aria-describedby=move || described(id, hint, errors)
                aria-invalid=move || errors.is_at(id).then_some("true")
                aria-required="true"
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            />
            <FieldError id errors/>
        </div>
    }
}
