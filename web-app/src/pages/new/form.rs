//! The form of a new delivery; while it is being sent, the progress in its place.

use blob_api::Level;
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
use crate::widgets::choice::ChoiceField;
use crate::widgets::dropzone::Dropzone;
use crate::widgets::field::{PasswordField, TextArea, TextField};
use crate::widgets::level::{LevelCard, LevelPicker};

#[component]
pub(in crate::pages) fn Form(composer: Composer) -> impl IntoView {
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
                        Some(question) if question.is_submission => view! { <AnswerToSubmission composer question/> }.into_any(),
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

/// What is answered that came through a box: at which level is to be chosen, and whether its submitter needs an account.
#[component]
fn AnswerToSubmission(composer: Composer, question: Question) -> impl IntoView {
    let words = words();
    let Question { sender, delivery, receipt, .. } = question;
    let was_opened = receipt.is_some();
    let way = move |id: &'static str, to_receipt: bool, label: Text, hint: Text| {
        let hint_id = format!("{id}-hint");
        view! {
            <div class="kern-form-check choice">
                <input id=id class="kern-form-check__radio" type="radio" name="answer-way" aria-describedby=hint_id.clone()
                    prop:checked=move || composer.to_receipt.get() == to_receipt
                    on:change=move |_| composer.to_receipt.set(to_receipt)/>
                <div>
                    <label class="kern-label" for=id>{words.text(label)}</label>
                    <p class="kern-hint" id=hint_id>{words.text(hint)}</p>
                </div>
            </div>
        }
    };
    let ways = move || {
        view! {
            <fieldset class="kern-fieldset" id="answer-ways">
                <legend class="kern-label">{words.text(Language::submission_answer_how)}</legend>
                <div class="kern-fieldset__body">
                    {way("to-receipt", true, Language::submission_to_receipt, Language::submission_to_receipt_hint)}
                    {way("to-account", false, Language::submission_to_account, Language::submission_to_account_hint)}
                </div>
            </fieldset>
        }
    };
    view! {
        <p class="kern-body kern-body--bold" id="answer-to" dir="auto">{move || words.get().new_answer_to(&sender)}</p>
        <LevelPicker level=composer.level levels=composer.levels.get_value() level_4=Language::submission_answer_level_4 as Text
            on_choice=move |()| composer.ask_readiness()/>
        <Show when=move || composer.level.get() == Level::Four>
            {if was_opened {
                ways().into_any()
            } else {
                view! { <p class="kern-body"><a class="kern-link" href=format!("/inbox/{delivery}")>{words.text(Language::submission_open_first)}</a></p> }.into_any()
            }}
        </Show>
    }
}

/// Says that a file is not what it was when it was begun.
#[component]
pub(in crate::pages) fn ChangedFile(composer: Composer) -> impl IntoView {
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
    let (choices, _) = draft::lifetimes(&composer.limits);
    view! {
        <ChoiceField id="days" label=Language::new_days hint=Language::new_days_hint as Text choices value=composer.days name=Language::days/>
    }
}
