//! The form of a new delivery; while it is being sent, the progress in its place.

use leptos::prelude::*;
use web_model::draft;
use web_model::text::Language;

use super::composer::{Composer, Fixed, Question};
use super::files::ChosenFiles;
use super::recipients::{Handover, Recipients};
use super::sending::Sending;
use crate::browser;
use crate::i18n::{Text, words};
use crate::widgets::button::{Button, Look};
use crate::widgets::dropzone::Dropzone;
use crate::widgets::field::{PasswordField, TextArea, TextField};
use crate::widgets::level::{LevelCard, LevelPicker};

#[component]
pub(super) fn Form(composer: Composer) -> impl IntoView {
    let words = words();
    let errors = composer.errors;
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        composer.send();
    };
    let label = Signal::derive(move || -> Text {
        if composer.can_continue() { Language::new_again } else { Language::new_send }
    });
    // The fields are hidden while sending, not taken away: nothing typed is lost when it stops.
    let hidden = move || composer.is_sending();
    view! {
        <form class="form" novalidate=true on:submit=submit>
            <div class="form__group" hidden=hidden>
                {move || match composer.kept.get() {
                    Some(Fixed { terms, .. }) => view! { <LevelCard level=terms.level/> }.into_any(),
                    None => match composer.question.get_value() {
                        Some(question) => view! { <AnswerTo question/> }.into_any(),
                        None => view! { <LevelPicker level=composer.level levels=composer.levels.get_value() on_choice=move |()| composer.ask_readiness()/> }.into_any(),
                    }
                }}
                <Recipients composer/>
                <TextField id="subject" label=Language::new_subject optional=true value=composer.subject errors/>
                <TextArea id="message" label=Language::new_message optional=true value=composer.message errors/>
            </div>
            <Show when=move || composer.is_sending()><Sending composer/></Show>
            <ChangedFile composer/>
            <div class="form__group" role="group" aria-labelledby="files-label">
                <p class="kern-label" id="files-label" hidden=hidden>{words.text(Language::new_files)}</p>
                <div hidden=hidden><Dropzone limits=composer.limits on_files=move |incoming| composer.add(incoming)/></div>
                <ChosenFiles composer/>
            </div>
            <div class="form__group" hidden=hidden>
                {move || match composer.kept.get() {
                    None => view! {
                        <Show when=move || !composer.level.get().needs_keys()><Protection composer/></Show>
                        <Lifetime composer/>
                    }
                    .into_any(),
                    Some(Fixed { with_password, terms, .. }) => {
                        let password = (!terms.level.needs_keys()).then_some(with_password);
                        view! { <KeptTerms password days=terms.days/> }.into_any()
                    }
                }}
                <Handover composer/>
                <Button id="send" label=label look=Look::Primary/>
            </div>
        </form>
    }
}

/// What is answered, at its level.
#[component]
fn AnswerTo(question: Question) -> impl IntoView {
    let words = words();
    let Question { level, sender, .. } = question;
    view! {
        <LevelCard level/>
        <p class="kern-body kern-body--bold" id="answer-to" dir="auto">{move || words.get().new_answer_to(&sender)}</p>
    }
}

/// Says that a file is not what it was when it was begun.
#[component]
fn ChangedFile(composer: Composer) -> impl IntoView {
    let words = words();
    let sentence = move || composer.changed.get().map(|name| words.get().sending_changed(&name));
    view! { <p class="kern-body" id="changed-file" role="status" hidden=move || composer.changed.with(Option::is_none)>{sentence}</p> }
}

/// What a delivery that goes on cannot change any more. Where there are no passwords, nothing is said of one.
#[component]
fn KeptTerms(password: Option<bool>, days: u16) -> impl IntoView {
    let words = words();
    let about = password.map(|password| -> Text {
        if password { Language::unfinished_password } else { Language::unfinished_no_password }
    });
    view! {
        {about.map(|about| view! { <p class="kern-body" id="kept-password">{words.text(about)}</p> })}
        <p class="kern-body">{move || words.get().unfinished_days(&words.get().days(days))}</p>
    }
}

#[component]
fn Protection(composer: Composer) -> impl IntoView {
    let words = words();
    let toggle = move |event| {
        let on = event_target_checked(&event);
        composer.with_password.set(on);
        if on {
            browser::focus("delivery-password");
        }
    };
    view! {
        <div class="kern-form-check">
            <input
                id="use-password"
                class="kern-form-check__checkbox"
                type="checkbox"
                prop:checked=move || composer.with_password.get()
                on:change=toggle
            />
            <label class="kern-label" for="use-password">{words.text(Language::new_use_password)}</label>
        </div>
        <Show when=move || composer.with_password.get()>
            <PasswordField
                id="delivery-password"
                label=Language::new_password
                hint=Language::new_password_hint as Text
                autocomplete="off"
                value=composer.password
                errors=composer.errors
            />
        </Show>
    }
}

#[component]
fn Lifetime(composer: Composer) -> impl IntoView {
    let words = words();
    let (choices, _) = draft::lifetimes(&composer.limits);
    let choose = move |event| {
        if let Ok(days) = event_target_value(&event).parse() {
            composer.days.set(days);
        }
    };
    view! {
        <div class="kern-form-input">
            <label class="kern-label" for="days">{words.text(Language::new_days)}</label>
            <div class="kern-hint" id="days-hint">{words.text(Language::new_days_hint)}</div>
            <div class="kern-form-input__select-wrapper lifetime">
                <select id="days" class="kern-form-input__select" aria-describedby="days-hint" on:change=choose>
                    {choices.into_iter().map(|days| view! {
                        <option value=days.to_string() prop:selected=move || composer.days.get() == days>
                            {move || words.get().days(days)}
                        </option>
                    }).collect_view()}
                </select>
            </div>
        </div>
    }
}
