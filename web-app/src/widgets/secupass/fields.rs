//! A new SecuPass, typed twice, and words for whoever would rather not think of one.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::Secret;
use web_model::secupass::{self, KeysFault, Rating};
use web_model::text::Language;
use web_model::trouble::{Tells, Trouble};

use crate::i18n::{Text, words};
use crate::keys::keys;
use crate::widgets::button::Button;
use crate::widgets::errors::Errors;
use crate::widgets::field::PasswordField;
use crate::widgets::icon::Icon;

const FIRST: &str = "secupass";
const AGAIN: &str = "secupass-again";

/// What is typed into the two fields.
#[derive(Clone, Copy)]
pub(crate) struct NewSecuPass {
    first: RwSignal<String>,
    again: RwSignal<String>,
    shown: RwSignal<bool>,
    /// How long it would last; `None` while that is not known.
    rating: RwSignal<Option<Rating>>,
}

impl NewSecuPass {
    pub(crate) fn new() -> Self {
        Self {
            first: RwSignal::new(String::new()),
            again: RwSignal::new(String::new()),
            shown: RwSignal::new(false),
            rating: RwSignal::new(None),
        }
    }

    /// The SecuPass, or the field that has to change.
    pub(crate) fn read(self) -> Result<Secret, (&'static str, Trouble)> {
        let typed = self.first.get_untracked();
        match secupass::check(&typed, &self.again.get_untracked()) {
            Ok(()) => Ok(Secret(typed)),
            Err(fault @ KeysFault::Differs) => Err((AGAIN, fault.into())),
            Err(fault) => Err((FIRST, fault.into())),
        }
    }

    /// The field that has to change, when the worker did not take what was typed.
    pub(crate) fn place(trouble: Trouble) -> (Option<&'static str>, Trouble) {
        let ours = [
            KeysFault::TooShort,
            KeysFault::TooLong,
            KeysFault::Unusable,
            KeysFault::TooEasy,
            KeysFault::Same,
            KeysFault::IsLogin,
        ];
        let field = ours.iter().any(|fault| fault.kind() == trouble.kind()).then_some(FIRST);
        (field, trouble)
    }

    pub(crate) fn clear(self) {
        self.first.set(String::new());
        self.again.set(String::new());
        self.shown.set(false);
    }
}

/// The two fields, words for how long it would last, and a way to six random words.
#[component]
pub(crate) fn NewSecuPassFields(value: NewSecuPass, errors: Errors) -> impl IntoView {
    let (keys, words) = (keys(), words());
    let proposed = RwSignal::new(false);
    Effect::new(move || {
        let typed = value.first.get();
        value.rating.set(None);
        if typed.is_empty() || secupass::missing(&typed) > 0 {
            return;
        }
        spawn_local(async move {
            // Without an answer nothing is said here; whether it is good enough is asked again when it is chosen.
            if let Ok(rating) = keys.rate(Secret(typed.clone())).await
                && value.first.with_untracked(|now| *now == typed)
            {
                value.rating.set(Some(rating));
            }
        });
    });
    let propose = move |()| {
        spawn_local(async move {
            match keys.propose(words.now()).await {
                Ok(six) => {
                    value.first.set(six);
                    value.again.set(String::new());
                    value.shown.set(true);
                    proposed.set(true);
                }
                Err(trouble) => errors.show(trouble),
            }
        });
    };
    let missing =
        Memo::new(move |_| value.first.with(|typed| (!typed.is_empty()).then(|| secupass::missing(typed))));
    let told = move || {
        let language = words.get();
        let (icon, text) = match (missing.get()?, value.rating.get()) {
            (1, _) => ("info", language.keys_short_one().to_owned()),
            (0, None) => return None,
            (0, Some(Rating::Weak)) => ("warning", language.keys_weak().to_owned()),
            (0, Some(Rating::Fair)) => ("check", language.keys_fair().to_owned()),
            (0, Some(Rating::Strong)) => ("success", language.keys_strong().to_owned()),
            (missing, _) => ("info", language.keys_short(&missing.to_string())),
        };
        Some(view! { <Icon name=icon/> <span>{text}</span> })
    };
    let advice = move || proposed.get().then(|| words.get().keys_proposed());
    view! {
        <div class="new-password">
            <PasswordField id=FIRST label=Language::keys_new hint=Language::keys_hint as Text autocomplete="off"
                value=value.first shown=value.shown errors/>
            <p class="kern-body kern-body--small strength" id="secupass-strength" role="status">{told}</p>
            <Button id="secupass-propose" label=Language::keys_propose as Text on_press=propose/>
            <p class="kern-body kern-body--small" id="secupass-proposed" role="status">{advice}</p>
        </div>
        <PasswordField id=AGAIN label=Language::keys_again autocomplete="off" value=value.again errors/>
    }
}
