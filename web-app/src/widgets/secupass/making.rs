//! New keys, or a new way to them: something is typed, then the recovery code is on paper, then it is typed again. Only after
//! that the server has them.

use leptos::prelude::*;
use web_model::protocol::{Making, Secret};
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
pub(crate) struct UnderWay {
    pub(crate) attempts: Attempts,
    step: RwSignal<Step>,
    code: RwSignal<Secret>,
    made: StoredValue<Option<Kept>, LocalStorage>,
    stop: Callback<()>,
}

impl UnderWay {
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
    pub(crate) fn has_begun(self) -> bool {
        self.step.get_untracked() > Step::Begin
    }

    /// Back to the beginning; what was not finished is forgotten.
    pub(crate) fn restart(self) {
        self.attempts.errors.clear();
        self.code.set(Secret::default());
        self.made.set_value(None);
        self.step.set(Step::Begin);
    }

    fn stop(self) {
        self.restart();
        self.stop.run(());
    }

    fn go(self, step: Step, focus: &'static str) {
        self.attempts.errors.clear();
        self.step.set(step);
        browser::focus(focus);
    }
}

/// All steps. `begin` shows the first one and leads on by [`UnderWay::goes_on`]; `done` is run when the server has the keys.
#[component]
pub(crate) fn Steps(under_way: UnderWay, begin: ViewFn, #[prop(into)] done: Callback<()>) -> impl IntoView {
    // The code is shown only now: a reload by accident must not take it away unasked.
    browser::guard_leaving(move || under_way.has_begun());
    move || match under_way.step.get() {
        Step::Begin => begin.run(),
        Step::Paper => view! { <OnPaper under_way/> }.into_any(),
        Step::Prove => view! { <Prove under_way done/> }.into_any(),
    }
}

/// The first step towards the first SecuPass: it is chosen.
#[component]
pub(crate) fn Choose(under_way: UnderWay) -> impl IntoView {
    let (keys, words) = (keys(), words());
    let errors = under_way.attempts.errors;
    let value = NewSecuPass::new();
    let busy = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let secupass = match value.read() {
            Ok(secupass) => secupass,
            Err((field, trouble)) => return errors.at(field, trouble),
        };
        under_way.attempts.attempt(busy, async move || {
            let first = Making::First { secupass: secupass.clone() };
            under_way.goes_on(keys.make(first, words.now()).await.map_err(NewSecuPass::place)?);
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
                <Stop under_way/>
            </div>
        </form>
    }
}

/// The way out.
#[component]
pub(crate) fn Stop(under_way: UnderWay) -> impl IntoView {
    view! {
        <Button id="secupass-stop" label=Language::factor_stop as Text look=Look::Tertiary on_press=move |()| under_way.stop()/>
    }
}

#[component]
fn OnPaper(under_way: UnderWay) -> impl IntoView {
    let next = move |()| under_way.go(Step::Prove, CODE);
    view! {
        <Paper code=under_way.code/>
        <div class="actions">
            <Button id="recovery-next" label=Language::keys_code_next as Text look=Look::Primary on_press=next/>
            <Stop under_way/>
        </div>
    }
}

#[component]
fn Prove(under_way: UnderWay, done: Callback<()>) -> impl IntoView {
    let (keys, words) = (keys(), words());
    let typed = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        under_way.attempts.attempt(busy, async move || {
            keys.finish(&under_way.made, Secret(typed.get_untracked())).await.map_err(place)?;
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
            <CodeField value=typed errors=under_way.attempts.errors/>
            <div class="actions">
                <Button id="recovery-finish" label=label look=Look::Primary busy=busy/>
                <Button id="recovery-back" label=Language::keys_code_back as Text look=Look::Tertiary
                    on_press=move |()| under_way.go(Step::Paper, "recovery-title")/>
            </div>
        </form>
    }
}
