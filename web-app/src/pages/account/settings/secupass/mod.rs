//! The SecuPass: chosen, unlocked and locked, changed.

mod change;

use leptos::prelude::*;
use web_model::text::Language;

use super::Sections;
use crate::browser;
use crate::i18n::{Text, words};
use crate::keys::{State, keys};
use crate::widgets::button::{Button, Look};
use crate::widgets::secupass::making::{Choose, Making, Steps};
use crate::widgets::secupass::words::{CheckKey, OwnWords};

/// Shown to those who may need it.
#[component]
pub(super) fn SecuPass(sections: Sections) -> impl IntoView {
    let (keys, words) = (keys(), words());
    let state = Memo::new(move |_| keys.state());
    let needed = Memo::new(move |_| state.get() != State::Needless);
    let missing = Memo::new(move |_| state.get() == State::Missing);
    let body = move || {
        if missing.get() {
            return view! { <Missing sections/> }.into_any();
        }
        view! {
            <Lock state/>
            <OwnWords errors=sections.errors/>
            <CheckKey errors=sections.errors/>
            <change::Change sections/>
        }
        .into_any()
    };
    view! {
        <Show when=move || needed.get()>
            <section class="part" id="secupass-part" aria-labelledby="secupass-title">
                <h2 class="kern-heading-medium" id="secupass-title" tabindex="-1">{words.text(Language::keys_title)}</h2>
                <p class="kern-body">{words.text(Language::keys_intro)}</p>
                {body}
            </section>
        </Show>
    }
}

/// The way to the first one.
#[component]
fn Missing(sections: Sections) -> impl IntoView {
    let words = words();
    let begun = RwSignal::new(false);
    let making = Making::new(sections.attempts, move |()| {
        begun.set(false);
        browser::focus("secupass-begin");
    });
    let begin = move |()| {
        begun.set(true);
        browser::focus("secupass");
    };
    let done = move |()| {
        sections.say(Language::keys_done);
        browser::focus("secupass-title");
    };
    move || {
        if begun.get() {
            let choose = ViewFn::from(move || view! { <Choose making/> });
            return view! { <Steps making begin=choose done/> }.into_any();
        }
        view! {
            <p class="kern-body" id="secupass-state" data-state="missing">{words.text(Language::keys_none)}</p>
            <div class="actions">
                <Button id="secupass-begin" label=Language::keys_begin as Text look=Look::Primary on_press=begin/>
            </div>
        }
        .into_any()
    }
}

/// Whether the keys are open, and the way to the other state.
#[component]
fn Lock(state: Memo<State>) -> impl IntoView {
    let (keys, words) = (keys(), words());
    let is_open = Memo::new(move |_| state.get() == State::Unlocked);
    let sentence = move || {
        let language = words.get();
        if is_open.get() { language.keys_unlocked() } else { language.keys_locked() }
    };
    let name = move || if is_open.get() { "unlocked" } else { "locked" };
    let button = move || {
        if is_open.get() {
            view! { <Button id="secupass-lock" label=Language::keys_lock as Text on_press=move |()| keys.lock()/> }
                .into_any()
        } else {
            view! {
                <Button id="secupass-unlock" label=Language::keys_unlock as Text look=Look::Primary
                    on_press=move |()| keys.ask()/>
            }
            .into_any()
        }
    };
    view! {
        <p class="kern-body" id="secupass-state" data-state=name>{sentence}</p>
        <div class="actions">{button}</div>
    }
}
