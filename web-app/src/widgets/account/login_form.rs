//! The login, as a page of its own or as a dialog over a page whose session ended.

use blob_api::{ProblemKind, SecondFactorNeeded};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::input;
use web_model::protocol::Secret;
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::second_factor::SecondFactorForm;
use crate::browser;
use crate::crypto::door;
use crate::i18n::{Text, words};
use crate::session::{LoggedIn, account};
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::{ErrorBox, Errors};
use crate::widgets::field::{PasswordField, TextField};

/// Address, password, button. When one more proof is needed, `second` is set.
#[component]
pub(super) fn LoginForm(
    errors: Errors,
    second: RwSignal<Option<SecondFactorNeeded>>,
    on_done: Callback<()>,
) -> impl IntoView {
    let (door, account) = (door(), account());
    let email = account.typed;
    let password = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let typed = email.get_untracked();
        let Some(address) = input::email(&typed).map(str::to_owned) else {
            return errors.at("login-email", Trouble::Email);
        };
        let secret = Secret(password.get_untracked());
        if secret.0.is_empty() {
            return errors.at("login-password", Trouble::Missing);
        }
        errors.clear();
        busy.set(true);
        spawn_local(async move {
            let result = account.log_in(door, &address, &secret).await;
            busy.set(false);
            match result {
                Ok(LoggedIn::Done) => {
                    password.set(String::new());
                    on_done.run(());
                }
                Ok(LoggedIn::SecondFactor(needed)) => {
                    password.set(String::new());
                    second.set(Some(needed));
                }
                Err(trouble @ Trouble::Server(ProblemKind::WrongLogin, _)) => {
                    errors.at("login-password", trouble)
                }
                Err(trouble) => errors.show(trouble),
            }
        });
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::login_working } else { Language::login_submit }
    });
    view! {
        <form class="form form--narrow" novalidate=true on:submit=submit>
            <TextField id="login-email" kind="email" label=Language::login_email autocomplete="username" value=email errors/>
            <PasswordField
                id="login-password"
                label=Language::login_password
                hint=Language::login_password_hint as Text
                autocomplete="current-password"
                value=password
                errors
            />
            <Button id="login-submit" label=label look=Look::Primary busy=busy/>
        </form>
    }
}

/// The login over a page that keeps everything typed. Shown while `open` is true.
#[component]
pub(crate) fn LoginDialog(open: RwSignal<bool>, #[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let words = words();
    let dialog = move || {
        let errors = Errors::with_id("login-error");
        let second = RwSignal::new(None);
        let done = Callback::new(move |()| {
            open.set(false);
            on_done.run(());
        });
        let back = move |()| {
            errors.clear();
            second.set(None);
        };
        browser::show_dialog("login-dialog");
        view! {
            <dialog
                id="login-dialog"
                class="kern-dialog"
                aria-labelledby="login-dialog-title"
                on:close=move |_| open.set(false)
            >
                <header class="kern-dialog__header">
                    <h2 class="kern-title" id="login-dialog-title">{words.text(Language::login_again_title)}</h2>
                </header>
                <section class="kern-dialog__body">
                    <p class="kern-body">{words.text(Language::login_again)}</p>
                    <ErrorBox errors/>
                    {move || match second.get() {
                        None => view! { <LoginForm errors second on_done=done/> }.into_any(),
                        Some(needed) => view! { <SecondFactorForm needed errors on_done=done on_back=back/> }.into_any(),
                    }}
                    <Button label=Language::app_close as Text look=Look::Tertiary on_press=move |()| open.set(false)/>
                </section>
            </dialog>
        }
    };
    view! { <Show when=move || open.get()>{dialog()}</Show> }
}
