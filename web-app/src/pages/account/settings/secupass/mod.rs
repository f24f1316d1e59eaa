//! The SecuPass: chosen, unlocked and locked, changed, and what is behind it renewed.

mod change;
mod opener;
mod renew;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use web_model::text::Language;

use super::Sections;
use crate::browser;
use crate::i18n::{Text, words};
use crate::keys::{State, keys};
use crate::widgets::button::{Button, Look};
use crate::widgets::secupass::code::{BEGIN, CODE, FORGOTTEN};
use crate::widgets::secupass::making::{Choose, Steps, UnderWay};
use crate::widgets::secupass::setup::KeysGone;
use crate::widgets::secupass::words::{CheckKey, OwnWords};

/// Shown to those who may need it.
#[component]
pub(super) fn SecuPass(sections: Sections) -> impl IntoView {
    let (keys, words) = (keys(), words());
    let state = Memo::new(move |_| keys.state());
    let needed = Memo::new(move |_| state.get() != State::Needless);
    // Locking and unlocking takes away no form that somebody fills in.
    let there = Memo::new(move |_| match state.get() {
        State::Locked => State::Unlocked,
        other => other,
    });
    let (open, by_code) = (RwSignal::new(None), RwSignal::new(false));
    let (asked, go) = (use_location().search, use_navigate());
    Effect::new(move || {
        let asked = asked.get();
        if asked == FORGOTTEN || asked == BEGIN {
            if asked == BEGIN {
                browser::focus("secupass-begin");
            } else {
                open.set(Some(Way::Change));
                by_code.set(true);
                browser::focus(CODE);
            }
            // Once the address says so no longer, it can be asked for again.
            go("/settings", NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
        }
    });
    let body = move || {
        match there.get() {
            State::Missing => return view! { <Missing sections/> }.into_any(),
            State::Gone => return view! { <KeysGone/> }.into_any(),
            _ => {}
        }
        view! {
            <Lock state/>
            <p><a id="to-releases" class="kern-link" href="/release">{words.text(Language::keys_releases)}</a></p>
            <OwnWords errors=sections.errors/>
            <CheckKey errors=sections.errors/>
            <change::Change sections open by_code/>
            <renew::Renew sections open/>
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

/// What can be done about it. One at a time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Change,
    Code,
    Rotate,
    Reset,
}

impl Way {
    /// The id of the button that begins it.
    fn id(self) -> &'static str {
        match self {
            Self::Change => "secupass-change",
            Self::Code => "recovery-renew",
            Self::Rotate => "keys-rotate",
            Self::Reset => "keys-reset",
        }
    }
}

/// A way with its button, which turns into its form.
#[component]
fn Part(
    open: RwSignal<Option<Way>>,
    own: Way,
    title: Text,
    text: Text,
    begin: Text,
    /// Where typing begins.
    focus: &'static str,
    form: ViewFn,
) -> impl IntoView {
    let words = words();
    let is_open = Memo::new(move |_| open.get() == Some(own));
    let press = move |()| {
        open.set(Some(own));
        browser::focus(focus);
    };
    let shown = move || {
        if is_open.get() {
            return form.run();
        }
        view! { <div class="actions"><Button id=own.id() label=begin on_press=press/></div> }.into_any()
    };
    view! {
        <div class="part">
            <h3 class="kern-heading-small">{words.text(title)}</h3>
            <p class="kern-body">{words.text(text)}</p>
            {shown}
        </div>
    }
}

/// The way to the first one.
#[component]
fn Missing(sections: Sections) -> impl IntoView {
    let words = words();
    let begun = RwSignal::new(false);
    let under_way = UnderWay::new(sections.attempts, move |()| {
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
            let choose = ViewFn::from(move || view! { <Choose under_way/> });
            return view! { <Steps under_way begin=choose done/> }.into_any();
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
