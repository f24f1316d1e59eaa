//! The second step of a login: a code of the authenticator app, a passkey, or a recovery code.

use blob_api::{Factor, Hidden, ProblemKind, SecondFactorNeeded};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::input;
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::CodeField;
use crate::i18n::{Text, words};
use crate::session::account;
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::field::TextField;
use crate::{browser, passkey};

/// Digits that an authenticator app shows.
const DIGITS: usize = 6;
const CODE: &str = "second-code";
const RECOVERY: &str = "second-recovery";

/// Asks for what is needed besides the password.
#[component]
pub(super) fn SecondFactorForm(
    needed: SecondFactorNeeded,
    errors: Errors,
    #[prop(into)] on_done: Callback<()>,
    /// Back to the password.
    #[prop(into)]
    on_back: Callback<()>,
) -> impl IntoView {
    let words = words();
    let account = account();
    let busy = RwSignal::new(false);
    let login = StoredValue::new(needed.login);
    let show = Callback::new(move |(field, shown): (Option<&'static str>, Factor)| {
        errors.clear();
        busy.set(true);
        spawn_local(async move {
            let result = account.show(&login.get_value(), shown).await;
            busy.set(false);
            match (result, field) {
                (Ok(()), _) => on_done.run(()),
                (Err(trouble @ Trouble::Server(ProblemKind::WrongCode, _)), Some(field)) => {
                    errors.at(field, trouble);
                }
                (Err(trouble), _) => errors.show(trouble),
            }
        });
    });
    let passkey = needed.passkey.filter(|_| passkey::are_known());
    let only_recovery = !needed.totp && passkey.is_none();
    let recovering = RwSignal::new(only_recovery);
    let with_passkey = StoredValue::new(passkey.clone());
    let use_passkey = move |()| {
        let Some(options) = with_passkey.get_value() else { return };
        errors.clear();
        busy.set(true);
        spawn_local(async move {
            match passkey::show(&options).await {
                Ok(credential) => show.run((None, Factor::Passkey(Hidden(credential)))),
                Err(trouble) => {
                    busy.set(false);
                    errors.show(trouble);
                }
            }
        });
    };
    let passkey_look = if needed.totp { Look::Secondary } else { Look::Primary };
    let recover = move |()| {
        recovering.set(true);
        browser::focus(RECOVERY);
    };
    browser::focus(if needed.totp { CODE } else { "second-title" });
    let left = usize::from(needed.recovery_codes);
    view! {
        <section class="form form--narrow" aria-labelledby="second-title">
            <h2 class="kern-heading-small" id="second-title" tabindex="-1">{words.text(Language::second_title)}</h2>
            <p class="kern-body">{words.text(Language::second_intro)}</p>
            {needed.totp.then(|| view! { <Totp show busy errors/> })}
            {passkey.is_some().then(|| view! {
                <Button id="second-passkey" label=Language::second_passkey as Text look=passkey_look busy=busy on_press=use_passkey/>
            })}
            <Show when=move || recovering.get()>
                <Recovery left show busy errors/>
            </Show>
            <div class="actions">
                <Show when=move || !recovering.get()>
                    <Button id="second-recover" label=Language::second_recover as Text look=Look::Tertiary on_press=recover/>
                </Show>
                <Button id="second-back" label=Language::second_back as Text look=Look::Tertiary on_press=on_back/>
            </div>
        </section>
    }
}

type ShowFactor = Callback<(Option<&'static str>, Factor)>;

#[component]
fn Totp(show: ShowFactor, busy: RwSignal<bool>, errors: Errors) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        match input::digits(&typed.get_untracked(), DIGITS) {
            _ if busy.get_untracked() => {}
            Some(code) => show.run((Some(CODE), Factor::Totp(Hidden(code)))),
            None => errors.at(CODE, super::credential_form::not_a_code(Language::second_code_form)),
        }
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::login_working } else { Language::login_submit }
    });
    view! {
        <form class="form" novalidate=true on:submit=submit>
            <CodeField id=CODE label=Language::second_code hint=Language::second_code_hint as Text value=typed errors/>
            <Button id="second-submit" label=label look=Look::Primary busy=busy/>
        </form>
    }
}

#[component]
fn Recovery(left: usize, show: ShowFactor, busy: RwSignal<bool>, errors: Errors) -> impl IntoView {
    let words = words();
    let typed = RwSignal::new(String::new());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let code = typed.get_untracked().trim().to_owned();
        match code.is_empty() {
            _ if busy.get_untracked() => {}
            true => errors.at(RECOVERY, Trouble::Missing),
            false => show.run((Some(RECOVERY), Factor::Recovery(Hidden(code)))),
        }
    };
    view! {
        <form class="form" novalidate=true on:submit=submit>
            <TextField id=RECOVERY label=Language::second_recovery hint=Language::second_recovery_hint as Text value=typed errors/>
            <p class="kern-body kern-body--small">{move || words.get().second_left(&left.to_string())}</p>
            <Button id="recovery-submit" label=Language::second_use_recovery as Text busy=busy/>
        </form>
    }
}
