//! The first SecuPass: chosen, then the recovery code on paper, then typed again.

use leptos::prelude::*;
use web_model::protocol::Secret;
use web_model::text::Language;

use super::super::{Sections, anywhere};
use super::code::{CODE, CodeField, Paper, place};
use crate::browser;
use crate::crypto::Kept;
use crate::i18n::{Text, words};
use crate::keys::keys;
use crate::widgets::button::{Button, Look};
use crate::widgets::secupass::fields::{NewSecuPass, NewSecuPassFields};

/// How far it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Begin,
    Choose,
    Paper,
    Prove,
}

/// What the steps share. Keys that were made and not finished are forgotten with it.
#[derive(Clone, Copy)]
struct Choosing {
    sections: Sections,
    step: RwSignal<Step>,
    code: RwSignal<Secret>,
    made: StoredValue<Option<Kept>, LocalStorage>,
}

impl Choosing {
    fn go(self, step: Step, focus: &'static str) {
        self.sections.errors.clear();
        self.step.set(step);
        browser::focus(focus);
    }

    fn stop(self) {
        self.code.set(Secret::default());
        self.made.set_value(None);
        self.go(Step::Begin, "secupass-begin");
    }
}

#[component]
pub(super) fn Choose(sections: Sections) -> impl IntoView {
    let words = words();
    let choosing = Choosing {
        sections,
        step: RwSignal::new(Step::Begin),
        code: RwSignal::new(Secret::default()),
        made: StoredValue::new_local(None),
    };
    // The code is shown only now: a reload by accident must not take it away unasked.
    browser::guard_leaving(move || choosing.step.get_untracked() > Step::Choose);
    let begin = move |()| choosing.go(Step::Choose, "secupass");
    move || {
        match choosing.step.get() {
        Step::Begin => view! {
            <p class="kern-body" id="secupass-state" data-state="missing">{words.text(Language::keys_none)}</p>
            <div class="actions">
                <Button id="secupass-begin" label=Language::keys_begin as Text look=Look::Primary on_press=begin/>
            </div>
        }
        .into_any(),
        Step::Choose => view! { <Form choosing/> }.into_any(),
        Step::Paper => view! { <OnPaper choosing/> }.into_any(),
        Step::Prove => view! { <Prove choosing/> }.into_any(),
    }
    }
}

#[component]
fn Form(choosing: Choosing) -> impl IntoView {
    let (keys, words) = (keys(), words());
    let sections = choosing.sections;
    let value = NewSecuPass::new();
    let busy = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let secupass = match value.read() {
            Ok(secupass) => secupass,
            Err((field, trouble)) => return sections.errors.at(field, trouble),
        };
        sections.attempt(busy, async move || {
            let (made, code) = keys.make(secupass.clone(), words.now()).await.map_err(NewSecuPass::place)?;
            choosing.made.set_value(Some(made));
            choosing.code.set(code);
            choosing.go(Step::Paper, "recovery-title");
            Ok(())
        });
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::keys_making } else { Language::keys_create }
    });
    view! {
        <form class="form form--narrow" novalidate=true on:submit=submit>
            <NewSecuPassFields value errors=sections.errors/>
            <div class="actions">
                <Button id="secupass-create" label=label look=Look::Primary busy=busy/>
                <Button id="secupass-stop" label=Language::factor_stop as Text look=Look::Tertiary
                    on_press=move |()| choosing.stop()/>
            </div>
        </form>
    }
}

#[component]
fn OnPaper(choosing: Choosing) -> impl IntoView {
    let next = move |()| choosing.go(Step::Prove, CODE);
    let email = choosing.sections.info.with_untracked(|info| info.session.email.clone());
    view! {
        <Paper code=choosing.code email/>
        <div class="actions">
            <Button id="recovery-next" label=Language::keys_code_next as Text look=Look::Primary on_press=next/>
            <Button id="secupass-stop" label=Language::factor_stop as Text look=Look::Tertiary
                on_press=move |()| choosing.stop()/>
        </div>
    }
}

#[component]
fn Prove(choosing: Choosing) -> impl IntoView {
    let (keys, words) = (keys(), words());
    let sections = choosing.sections;
    let typed = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        sections.attempt(busy, async move || {
            keys.finish(&choosing.made, Secret(typed.get_untracked())).await.map_err(place)?;
            sections.say(Language::keys_done);
            browser::focus("secupass-title");
            sections.reload().await.map_err(|(_, trouble)| anywhere(trouble))
        });
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::keys_code_finishing } else { Language::keys_code_finish }
    });
    view! {
        <p class="kern-body">{words.text(Language::keys_code_again_text)}</p>
        <form class="form form--narrow" novalidate=true on:submit=submit>
            <CodeField value=typed errors=sections.errors/>
            <div class="actions">
                <Button id="recovery-finish" label=label look=Look::Primary busy=busy/>
                <Button id="recovery-back" label=Language::keys_code_back as Text look=Look::Tertiary
                    on_press=move |()| choosing.go(Step::Paper, "recovery-title")/>
            </div>
        </form>
    }
}
