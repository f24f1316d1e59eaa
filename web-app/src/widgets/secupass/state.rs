//! In the header: whether the keys are open, and what can be done about it.

use leptos::prelude::*;
use web_model::text::Language;

use super::code::BEGIN;
use crate::i18n::{Text, words};
use crate::keys::{State, keys};
use crate::session::account;
use crate::widgets::button::{Button, Look};
use crate::widgets::icon::Icon;
use crate::widgets::progress::{Status, StatusLine};

/// Nothing for those who need no keys, or none yet: guests are asked for a SecuPass by the first delivery that needs one.
#[component]
pub(crate) fn KeysState() -> impl IntoView {
    let (keys, account, words) = (keys(), account(), words());
    let state = Memo::new(move |_| keys.state());
    let status = Status::new();
    Effect::new(move |before: Option<State>| {
        let now = state.get();
        let sentence: Option<Text> = match (before, now) {
            (Some(State::Unlocked), State::Locked) => Some(Language::keys_is_locked),
            (Some(State::Missing | State::Locked), State::Unlocked) => Some(Language::keys_is_unlocked),
            _ => None,
        };
        if let Some(sentence) = sentence {
            status.say(sentence(words.now()).to_owned());
        }
        now
    });
    let shown = move || {
        match state.get() {
        State::Needless => ().into_any(),
        State::Missing if !account.wants_keys() => ().into_any(),
        now @ (State::Missing | State::Gone) => {
            let text = if now == State::Gone { Language::keys_gone_short as Text } else { Language::keys_begin };
            view! {
                <a id="keys-missing" class="kern-btn kern-btn--tertiary keys-missing" href=format!("/settings?{BEGIN}")>
                    <Icon name="danger"/>
                    <span class="kern-label">{words.text(text)}</span>
                </a>
            }
            .into_any()
        }
        State::Locked => view! {
            <Button id="keys-unlock" label=Language::keys_unlock as Text look=Look::Tertiary about=title(words.now())
                icon="lock" on_press=move |()| keys.ask()/>
        }
        .into_any(),
        State::Unlocked => view! {
            <Button id="keys-lock" label=Language::keys_lock as Text look=Look::Tertiary about=title(words.now())
                icon="lock-open" on_press=move |()| keys.lock()/>
        }
        .into_any(),
    }
    };
    view! { {shown} <StatusLine status/> }
}

fn title(language: Language) -> String {
    language.keys_title().to_owned()
}
