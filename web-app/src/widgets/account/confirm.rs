//! Asks for the password once more, before something changes how the account logs in.

use blob_api::ProblemKind;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::Secret;
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::attempts::Attempts;
use crate::browser;
use crate::crypto::door;
use crate::i18n::{Text, words};
use crate::session::{self, account};
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::{ErrorBox, Errors};
use crate::widgets::field::PasswordField;

const FIELD: &str = "confirm-password";

/// One beside what attempts something that the server may want confirmed.
#[component]
pub(crate) fn ConfirmDialog(attempts: Attempts) -> impl IntoView {
    view! { <Show when=move || attempts.confirming.get()><Dialog attempts/></Show> }
}

#[component]
fn Dialog(attempts: Attempts) -> impl IntoView {
    let (words, account, door) = (words(), account(), door());
    let errors = Errors::with_id("confirm-error");
    let password = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let close = move || attempts.confirming.set(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let secret = Secret(password.get_untracked());
        if secret.0.is_empty() {
            return errors.at(FIELD, Trouble::Missing);
        }
        errors.clear();
        busy.set(true);
        spawn_local(async move {
            let confirmed = session::confirm(door, &account.email(), &secret).await;
            busy.set(false);
            match confirmed {
                Ok(()) => {
                    close();
                    if let Some(again) = attempts.waiting.try_update_value(Option::take).flatten() {
                        again();
                    }
                }
                Err(trouble @ Trouble::Server(ProblemKind::WrongLogin, _)) => errors.at(FIELD, trouble),
                Err(trouble) => errors.show(trouble),
            }
        });
    };
    let email = account.email();
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::code_working } else { Language::confirm_submit }
    });
    browser::show_dialog("confirm-dialog");
    view! {
        <dialog id="confirm-dialog" class="kern-dialog" aria-labelledby="confirm-title" on:close=move |_| close()>
            <header class="kern-dialog__header">
                <h2 class="kern-title" id="confirm-title">{words.text(Language::confirm_title)}</h2>
            </header>
            <section class="kern-dialog__body">
                <p class="kern-body">{words.text(Language::confirm_text)}</p>
                <ErrorBox errors/>
                <form class="form form--narrow" novalidate=true on:submit=submit>
                    // For the browser's own list of passwords.
                    <input type="email" autocomplete="username" hidden=true readonly=true prop:value=email/>
                    <PasswordField id=FIELD label=Language::login_password autocomplete="current-password" value=password errors/>
                    <Button id="confirm" label=label look=Look::Primary busy=busy/>
                </form>
                <Button id="confirm-close" label=Language::app_close as Text look=Look::Tertiary on_press=move |()| close()/>
            </section>
        </dialog>
    }
}
