//! Another SecuPass, for whoever has the present one or the recovery code.

use leptos::prelude::*;
use web_model::protocol::{Opener, Secret};
use web_model::secupass::KeysFault;
use web_model::text::Language;
use web_model::trouble::{Tells, Trouble};

use super::super::Sections;
use crate::browser;
use crate::i18n::{Text, words};
use crate::keys::keys;
use crate::widgets::button::{Button, Look};
use crate::widgets::field::PasswordField;
use crate::widgets::secupass::code::{CODE, CodeField, place};
use crate::widgets::secupass::fields::{NewSecuPass, NewSecuPassFields};

const OLD: &str = "secupass-old";

#[component]
pub(super) fn Change(sections: Sections) -> impl IntoView {
    let words = words();
    let open = RwSignal::new(false);
    let begin = move |()| {
        open.set(true);
        browser::focus(OLD);
    };
    let shown = move || {
        if open.get() {
            view! { <Form sections open/> }.into_any()
        } else {
            view! {
                <div class="actions">
                    <Button id="secupass-change" label=Language::keys_change as Text on_press=begin/>
                </div>
            }
            .into_any()
        }
    };
    view! {
        <div class="part">
            <h3 class="kern-heading-small">{words.text(Language::keys_change)}</h3>
            <p class="kern-body">{words.text(Language::keys_change_text)}</p>
            {shown}
        </div>
    }
}

#[component]
fn Form(sections: Sections, open: RwSignal<bool>) -> impl IntoView {
    let (keys, errors) = (keys(), sections.errors);
    let by_code = RwSignal::new(false);
    let (old, code, value) = (RwSignal::new(String::new()), RwSignal::new(String::new()), NewSecuPass::new());
    let busy = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (typed, field) = if by_code.get_untracked() { (code, CODE) } else { (old, OLD) };
        let typed = Secret(typed.get_untracked());
        if typed.0.is_empty() {
            return errors.at(field, Trouble::Missing);
        }
        let secupass = match value.read() {
            Ok(secupass) => secupass,
            Err((field, trouble)) => return errors.at(field, trouble),
        };
        let opener = if field == CODE { Opener::RecoveryCode(typed) } else { Opener::SecuPass(typed) };
        sections.attempt(busy, async move || {
            keys.change(opener.clone(), secupass.clone()).await.map_err(|trouble| {
                if trouble.kind() == KeysFault::Wrong.kind() {
                    return (Some(field), trouble);
                }
                match place(trouble) {
                    (None, trouble) => NewSecuPass::place(trouble),
                    placed => placed,
                }
            })?;
            value.clear();
            open.set(false);
            sections.say(Language::keys_changed);
            browser::focus("secupass-title");
            Ok(())
        });
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::keys_changing } else { Language::keys_change_save }
    });
    let other = Signal::derive(move || -> Text {
        if by_code.get() { Language::keys_by_secupass } else { Language::keys_by_code }
    });
    let turn = move |()| {
        errors.clear();
        by_code.update(|by_code| *by_code = !*by_code);
        browser::focus(if by_code.get_untracked() { CODE } else { OLD });
    };
    let opener = move || {
        if by_code.get() {
            view! { <CodeField value=code errors/> }.into_any()
        } else {
            view! { <PasswordField id=OLD label=Language::keys_old autocomplete="off" value=old errors/> }
                .into_any()
        }
    };
    let stop = move |()| {
        errors.clear();
        open.set(false);
        browser::focus("secupass-change");
    };
    view! {
        <form class="form form--narrow" novalidate=true on:submit=submit>
            {opener}
            <Button id="secupass-other" label=other look=Look::Tertiary on_press=turn/>
            <NewSecuPassFields value errors/>
            <div class="actions">
                <Button id="secupass-save" label=label look=Look::Primary busy=busy/>
                <Button id="secupass-stop" label=Language::factor_stop as Text look=Look::Tertiary on_press=stop/>
            </div>
        </form>
    }
}
