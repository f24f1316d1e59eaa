//! A new SecuPass, typed twice, and words for whoever would rather not think of one.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::Secret;
use web_model::secupass::{self, KeysFault};
use web_model::strength::{Estimate, Rating, Reason};
use web_model::text::Language;
use web_model::trouble::{Tells, Trouble};

use crate::i18n::{Text, words};
use crate::keys::keys;
use crate::widgets::account::strength::{Judge, Judged, Strength, Told, missing as short};
use crate::widgets::button::Button;
use crate::widgets::errors::Errors;
use crate::widgets::field::PasswordField;

const FIRST: &str = "secupass";
const AGAIN: &str = "secupass-again";

/// What is typed into the two fields.
#[derive(Clone, Copy)]
pub(crate) struct NewSecuPass {
    first: RwSignal<String>,
    again: RwSignal<String>,
    shown: RwSignal<bool>,
}

impl NewSecuPass {
    pub(crate) fn new() -> Self {
        Self {
            first: RwSignal::new(String::new()),
            again: RwSignal::new(String::new()),
            shown: RwSignal::new(false),
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

    /// The field that has to change, when what was typed may be no SecuPass.
    pub(crate) fn place(trouble: Trouble) -> (Option<&'static str>, Trouble) {
        let ours = [
            KeysFault::TooShort,
            KeysFault::TooLong,
            KeysFault::Unusable,
            KeysFault::TooEasy(Reason::Few),
            KeysFault::Unrated,
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
    let is_proposed = Memo::new(move |_| value.first.with(|typed| keys.has_proposed(typed)));
    // Words that were drawn need no estimate, so that they can be chosen without the estimator.
    let own = Signal::derive(move || if is_proposed.get() { String::new() } else { value.first.get() });
    let known = Signal::derive(move || keys.known());
    let judge = Judge::new(own, |typed| secupass::missing(typed) == 0, known);
    let told = Memo::new(move |_| {
        let language = words.get();
        let missing = value.first.with(|typed| (!typed.is_empty()).then(|| secupass::missing(typed)))?;
        match (missing, judge.get()) {
            _ if is_proposed.get() => {
                Some(Told::Estimate(Estimate::PROPOSED, Some(language.keys_proposed().to_owned())))
            }
            (0, Judged::Known(estimate)) => {
                // Below the field stands the same once it was refused.
                let weak = estimate.rating() == Rating::Weak && !errors.is_at(FIRST);
                let longer = || format!("{} {}", estimate.reason.sentence(language), language.keys_longer());
                Some(Told::Estimate(estimate, weak.then(longer)))
            }
            (0, Judged::Waiting) => Some(Told::Note(language.strength_loading().to_owned())),
            (0, Judged::Unknown) if errors.is_at(FIRST) => Some(Told::Nothing),
            (0, Judged::Unknown) => Some(Told::Note(language.keys_unrated().to_owned())),
            (0, Judged::Nothing) => Some(Told::Nothing),
            (missing, _) => Some(short(language, missing)),
        }
    });
    // What was said of one does not stand beside the next.
    Effect::new(move || {
        value.first.track();
        errors.clear_at(FIRST);
    });
    let propose = move |()| {
        spawn_local(async move {
            match keys.propose(words.now()).await {
                Ok(six) => {
                    value.first.set(six);
                    value.again.set(String::new());
                    value.shown.set(true);
                }
                Err(trouble) => errors.show(trouble),
            }
        });
    };
    let unknown = move || judge.get() == Judged::Unknown && !is_proposed.get();
    view! {
        <div class="new-password">
            <PasswordField id=FIRST label=Language::keys_new hint=Language::keys_hint as Text autocomplete="off"
                value=value.first shown=value.shown errors/>
            // The field is too narrow for them on a phone.
            <Show when=move || is_proposed.get()>
                <p class="proposed" id="secupass-words" translate="no">{move || value.first.get()}</p>
            </Show>
            <Strength id="secupass-strength" told/>
            <div class="actions">
                <Button id="secupass-propose" label=Language::keys_propose as Text on_press=propose/>
                <Show when=unknown>
                    <Button id="secupass-rate" label=Language::keys_unrated_retry as Text
                        on_press=move |()| judge.again()/>
                </Show>
            </div>
        </div>
        <PasswordField id=AGAIN label=Language::keys_again autocomplete="off" value=value.again errors/>
    }
}
