//! New keys, or a new way to them: something is typed, then the recovery code is on paper, then it is typed again. Only after
//! that the server has them.

use leptos::prelude::*;
use web_model::protocol::Secret;
use web_model::text::Language;

use super::code::{CODE, CodeField, Paper, place};
use super::fields::{NewSecuPass, NewSecuPassFields};
use crate::browser;
use crate::crypto::Kept;
use crate::i18n::{Text, words};
use crate::keys::keys;
use crate::widgets::account::attempts::Attempts;
use crate::widgets::button::{Button, Look};

/// How far it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Begin,
    Paper,
    Prove,
}

/// What the steps share. Keys that were made and not finished are forgotten with it.
#[derive(Clone, Copy)]
pub(crate) struct Making {
    pub(crate) attempts: Attempts,
    step: RwSignal<Step>,
    code: RwSignal<Secret>,
    made: StoredValue<Option<Kept>, LocalStorage>,
    stop: Callback<()>,
}

impl Making {
    /// `stop` is run when the owner wants none of it after all.
    pub(crate) fn new(attempts: Attempts, stop: impl Fn(()) + Send + Sync + 'static) -> Self {
        Self {
            attempts,
            step: RwSignal::new(Step::Begin),
            code: RwSignal::new(Secret::default()),
            made: StoredValue::new_local(None),
            stop: Callback::new(stop),
        }
    }

    /// The worker has made something, and these are the words of its recovery code.
    pub(crate) fn goes_on(self, (made, code): (Kept, Secret)) {
        self.made.set_value(Some(made));
        self.code.set(code);
        self.go(Step::Paper, "recovery-title");
    }

    /// Is there a code that is shown only now?
    pub(crate) fn is_under_way(self) -> bool {
        self.step.get_untracked() > Step::Begin
    }

    fn stop(self) {
        self.attempts.errors.clear();
        self.code.set(Secret::default());
        self.made.set_value(None);
        self.step.set(Step::Begin);
        self.stop.run(());
    }

    fn go(self, step: Step, focus: &'static str) {
        self.attempts.errors.clear();
        self.step.set(step);
        browser::focus(focus);
    }
}

/// All steps. `begin` shows the first one and leads on by [`Making::goes_on`]; `done` is run when the server has the keys.
#[component]
pub(crate) fn Steps(making: Making, begin: ViewFn, #[prop(into)] done: Callback<()>) -> impl IntoView {
    // The code is shown only now: a reload by accident must not take it away unasked.
    browser::guard_leaving(move || making.is_under_way());
    move || match making.step.get() {
        Step::Begin => begin.run(),
        Step::Paper => view! { <OnPaper making/> }.into_any(),
        Step::Prove => view! { <Prove making done/> }.into_any(),
    }
}

/// The first step towards the first SecuPass: it is chosen.
#[component]
pub(crate) fn Choose(making: Making) -> impl IntoView {
    let (keys, words) = (keys(), words());
    let errors = making.attempts.errors;
    let value = NewSecuPass::new();
    let busy = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let secupass = match value.read() {
            Ok(secupass) => secupass,
            Err((field, trouble)) => return errors.at(field, trouble),
        };
        making.attempts.attempt(busy, async move || {
            making.goes_on(keys.make(secupass.clone(), words.now()).await.map_err(NewSecuPass::place)?);
            Ok(())
        });
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::keys_making } else { Language::keys_create }
    });
    view! {
        <form class="form form--narrow" novalidate=true on:submit=submit>
            <NewSecuPassFields value errors/>
            <div class="actions">
                <Button id="secupass-create" label=label look=Look::Primary busy=busy/>
                <Stop making/>
            </div>
        </form>
    }
}

/// The way out.
#[component]
pub(crate) fn Stop(making: Making) -> impl IntoView {
    view! {
        <Button id="secupass-stop" label=Language::factor_stop as Text look=Look::Tertiary on_press=move |()| making.stop()/>
    }
}

#[component]
fn OnPaper(making: Making) -> impl IntoView {
    let next = move |()| making.go(Step::Prove, CODE);
    view! {
        <Paper code=making.code/>
        <div class="actions">
            <Button id="recovery-next" label=Language::keys_code_next as Text look=Look::Primary on_press=next/>
            <Stop making/>
        </div>
    }
}

#[component]
fn Prove(making: Making, done: Callback<()>) -> impl IntoView {
    let (keys, words) = (keys(), words());
    let typed = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        making.attempts.attempt(busy, async move || {
            keys.finish(&making.made, Secret(typed.get_untracked())).await.map_err(place)?;
            done.run(());
            Ok(())
        });
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::keys_code_finishing } else { Language::keys_code_finish }
    });
    view! {
        <p class="kern-body">{words.text(Language::keys_code_again_text)}</p>
        <form class="form form--narrow" novalidate=true on:submit=submit>
            <CodeField value=typed errors=making.attempts.errors/>
            <div class="actions">
                <Button id="recovery-finish" label=label look=Look::Primary busy=busy/>
                <Button id="recovery-back" label=Language::keys_code_back as Text look=Look::Tertiary
                    on_press=move |()| making.go(Step::Paper, "recovery-title")/>
            </div>
        </form>
    }
}
