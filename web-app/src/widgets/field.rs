//! Fields of forms: KERN's inputs with label, hint and error.

use leptos::prelude::*;
use web_model::text::Language;

use crate::i18n::{Text, words};
use crate::widgets::errors::{Errors, FieldError};
use crate::widgets::icon::Icon;

/// A field of one line.
#[component]
pub(crate) fn TextField(
    id: &'static str,
    label: Text,
    #[prop(optional)] hint: Option<Text>,
    /// `text` or `email`.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] optional: bool,
    value: RwSignal<String>,
    errors: Errors,
) -> impl IntoView {
    view! {
        <div class="kern-form-input" class:kern-form-input--error=move || errors.is_at(id)>
            <Label id label optional/>
            <Hint id hint/>
            <input
                id=id
                class="kern-form-input__input"
                type=kind
                autocomplete=autocomplete
                spellcheck=(kind == "email").then_some("false")
                aria-describedby=move || described(id, hint, errors)
                aria-invalid=move || errors.is_at(id).then_some("true")
                aria-required=(!optional).then_some("true")
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            />
            <FieldError id errors/>
        </div>
    }
}

/// A field of one line that offers values to choose from, those of the `datalist` with the id `list`.
#[component]
pub(crate) fn ListField(
    id: &'static str,
    label: Text,
    #[prop(into)] hint: Signal<Text>,
    list: &'static str,
    value: RwSignal<String>,
    errors: Errors,
) -> impl IntoView {
    let words = words();
    let described = move || described(id, Some(hint.get()), errors);
    view! {
        <div class="kern-form-input" class:kern-form-input--error=move || errors.is_at(id)>
            <Label id label optional=false/>
            <div class="kern-hint" id=format!("{id}-hint")>{move || hint.get()(words.get())}</div>
            <input id=id class="kern-form-input__input" type="text" inputmode="email" autocomplete="off" autocapitalize="none"
                spellcheck="false" list=list aria-describedby=described
                aria-invalid=move || errors.is_at(id).then_some("true")
                prop:value=move || value.get() on:input=move |event| value.set(event_target_value(&event))/>
            <FieldError id errors/>
        </div>
    }
}

/// A field of several lines.
#[component]
pub(crate) fn TextArea(
    id: &'static str,
    label: Text,
    #[prop(optional)] hint: Option<Text>,
    #[prop(optional)] optional: bool,
    value: RwSignal<String>,
    errors: Errors,
) -> impl IntoView {
    view! {
        <div class="kern-form-input" class:kern-form-input--error=move || errors.is_at(id)>
            <Label id label optional/>
            <Hint id hint/>
            <textarea
                id=id
                class="kern-form-input__input message"
                rows={6}
                aria-describedby=move || described(id, hint, errors)
                aria-invalid=move || errors.is_at(id).then_some("true")
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            ></textarea>
            <FieldError id errors/>
        </div>
    }
}

/// A field for the words of a code. Nothing that a browser does with words, such as sending them to a spelling checker, is
/// wanted.
#[component]
pub(crate) fn WordsField(
    id: &'static str,
    label: Text,
    hint: Text,
    value: RwSignal<String>,
    errors: Errors,
) -> impl IntoView {
    let hint = Some(hint);
    view! {
        <div class="kern-form-input" class:kern-form-input--error=move || errors.is_at(id)>
            <Label id label optional=false/>
            <Hint id hint/>
            <textarea
                id=id
                class="kern-form-input__input"
                rows={3}
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                translate="no"
                aria-describedby=move || described(id, hint, errors)
                aria-invalid=move || errors.is_at(id).then_some("true")
                aria-required="true"
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            ></textarea>
            <FieldError id errors/>
        </div>
    }
}

/// A password that can be shown while it is typed.
#[component]
pub(crate) fn PasswordField(
    id: &'static str,
    label: Text,
    #[prop(optional)] hint: Option<Text>,
    autocomplete: &'static str,
    value: RwSignal<String>,
    /// Is it shown? Without this only its own button decides.
    #[prop(optional)]
    shown: Option<RwSignal<bool>>,
    errors: Errors,
) -> impl IntoView {
    let words = words();
    let shown = shown.unwrap_or_else(|| RwSignal::new(false));
    let toggle_text = move || words.get().app_show_field(label(words.get()));
    let icon = move || if shown.get() { "visibility-off" } else { "visibility" };
    view! {
        <div class="kern-form-input" class:kern-form-input--error=move || errors.is_at(id)>
            <Label id label optional=false/>
            <Hint id hint/>
            <div class="password">
                <input
                    id=id
                    class="kern-form-input__input"
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    aria-describedby=move || described(id, hint, errors)
                    aria-invalid=move || errors.is_at(id).then_some("true")
                    aria-required="true"
                    prop:value=move || value.get()
                    on:input=move |event| value.set(event_target_value(&event))
                />
                <button
                    type="button"
                    class="kern-btn kern-btn--tertiary password__toggle"
                    aria-controls=id
                    aria-pressed=move || shown.get().to_string()
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || view! { <Icon name=icon()/> }}
                    <span class="kern-label kern-sr-only">{toggle_text}</span>
                </button>
            </div>
            <FieldError id errors/>
        </div>
    }
}

#[component]
pub(crate) fn Label(id: &'static str, label: Text, optional: bool) -> impl IntoView {
    let words = words();
    view! {
        <label class="kern-label" for=id>
            {words.text(label)}
            {optional.then(|| view! {
                <span class="kern-label__optional">" (" {words.text(Language::app_optional)} ")"</span>
            })}
        </label>
    }
}

#[component]
pub(crate) fn Hint(id: &'static str, hint: Option<Text>) -> impl IntoView {
    let words = words();
    hint.map(|hint| view! { <div class="kern-hint" id=format!("{id}-hint")>{words.text(hint)}</div> })
}

/// What a screen reader adds to the label: the hint, and the error when it is about this field.
pub(crate) fn described(id: &str, hint: Option<Text>, errors: Errors) -> Option<String> {
    match (hint.is_some(), errors.is_at(id)) {
        (true, true) => Some(format!("{id}-hint {id}-error")),
        (true, false) => Some(format!("{id}-hint")),
        (false, true) => Some(format!("{id}-error")),
        (false, false) => None,
    }
}
