//! A new login password, typed twice.

use leptos::prelude::*;
use web_model::input::{self, PasswordFault};
use web_model::protocol::Secret;
use web_model::strength::{self, Rating};
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::strength::{Judge, Judged, Strength, Told, missing as short};
use crate::app::server;
use crate::browser;
use crate::i18n::{Text, words};
use crate::widgets::errors::Errors;
use crate::widgets::field::PasswordField;

/// Ids of the two fields.
const FIRST: &str = "new-password";
const AGAIN: &str = "new-password-again";

/// What is typed into the two fields.
#[derive(Clone, Copy)]
pub(crate) struct NewPassword {
    first: RwSignal<String>,
    again: RwSignal<String>,
}

impl NewPassword {
    pub(crate) fn new() -> Self {
        Self { first: RwSignal::new(String::new()), again: RwSignal::new(String::new()) }
    }

    /// The password, or the field that has to change.
    pub(crate) fn read(self, email: &str) -> Result<Secret, (&'static str, Trouble)> {
        let password = self.first.get_untracked();
        match input::new_password(&password, &self.again.get_untracked(), email) {
            Ok(()) => Ok(Secret(password)),
            Err(fault @ PasswordFault::Differs) => Err((AGAIN, fault.into())),
            Err(fault) => Err((FIRST, fault.into())),
        }
    }

    pub(crate) fn clear(self) {
        self.first.set(String::new());
        self.again.set(String::new());
    }
}

/// The two fields, and between them words for how long the password would last.
#[component]
pub(crate) fn NewPasswordFields(
    value: NewPassword,
    /// The login name, which is no part of a good password.
    #[prop(into)]
    email: Signal<String>,
    errors: Errors,
) -> impl IntoView {
    let words = words();
    let server = server();
    let typed = Signal::derive(move || value.first.get());
    let known = Signal::derive(move || {
        let name = server.now().map(|server| server.name).unwrap_or_default();
        email.with(|email| strength::known([email, &name, &browser::origin()].map(String::as_str)))
    });
    let judge = Judge::new(typed, |typed| input::missing(typed) == 0, known);
    let told = Memo::new(move |_| {
        let language = words.get();
        let missing = value.first.with(|typed| (!typed.is_empty()).then(|| input::missing(typed)))?;
        match (missing, judge.get()) {
            (0, Judged::Known(estimate)) => {
                let longer =
                    || format!("{} {}", estimate.reason.sentence(language), language.strength_longer());
                Some(Told::Estimate(estimate, (estimate.rating() == Rating::Weak).then(longer)))
            }
            (0, Judged::Waiting) => Some(Told::Note(language.strength_loading().to_owned())),
            // It is a hint, and the password may be chosen without.
            (0, _) => Some(Told::Nothing),
            (missing, _) => Some(short(language, missing)),
        }
    });
    // What was said of a password does not stand beside the next one once that is right.
    Effect::new(move || {
        let (first, again) = (value.first.get(), value.again.get());
        match email.with(|email| input::new_password(&first, &again, email)) {
            Ok(()) => {
                errors.clear_at(FIRST);
                errors.clear_at(AGAIN);
            }
            Err(PasswordFault::Differs) => errors.clear_at(FIRST),
            Err(_) => {}
        }
    });
    view! {
        <div class="new-password">
            <PasswordField id=FIRST label=Language::password_new hint=Language::password_hint as Text
                autocomplete="new-password" value=value.first errors/>
            <Strength id="strength" told/>
        </div>
        <PasswordField id=AGAIN label=Language::password_again autocomplete="new-password" value=value.again errors/>
    }
}
