//! A new login password, typed twice.

use leptos::prelude::*;
use web_model::input::{self, PasswordFault, Strength};
use web_model::protocol::Secret;
use web_model::text::Language;
use web_model::trouble::Trouble;

use crate::i18n::{Text, words};
use crate::widgets::errors::Errors;
use crate::widgets::field::PasswordField;
use crate::widgets::icon::Icon;

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
    let strength = Memo::new(move |_| {
        let typed = value.first.with(|typed| !typed.is_empty());
        typed.then(|| value.first.with(|typed| email.with(|email| input::strength(typed, email))))
    });
    let told = move || {
        strength.get().map(|strength| {
            let language = words.get();
            let (icon, text) = match strength {
                Strength::Short(1) => ("info", language.password_short_one().to_owned()),
                Strength::Short(missing) => ("info", language.password_short(&missing.to_string())),
                Strength::Weak => ("warning", language.password_weak().to_owned()),
                Strength::Fair => ("check", language.password_fair().to_owned()),
                Strength::Strong => ("success", language.password_strong().to_owned()),
            };
            view! { <Icon name=icon/> <span>{text}</span> }
        })
    };
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
            <p class="kern-body kern-body--small strength" id="strength" role="status">{told}</p>
        </div>
        <PasswordField id=AGAIN label=Language::password_again autocomplete="new-password" value=value.again errors/>
    }
}
