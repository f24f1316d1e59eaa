//! Asks for the SecuPass over whatever page needs it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::Secret;
use web_model::secupass::KeysFault;
use web_model::text::Language;
use web_model::trouble::{Tells, Trouble};

use super::code::FORGOTTEN;
use super::setup::SetUpDialog;
use crate::browser;
use crate::i18n::{Text, words};
use crate::keys::keys;
use crate::session::account;
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::{ErrorBox, Errors};
use crate::widgets::field::PasswordField;

const FIELD: &str = "unlock-secupass";

/// One for all pages: they ask by [`crate::keys::Keys::need`] and stay as they are. Who has no SecuPass yet chooses one.
#[component]
pub(crate) fn KeysDialog() -> impl IntoView {
    let (keys, account) = (keys(), account());
    move || {
        // As it stands when it is asked for: setting up ends with keys that are open.
        let has_keys = || untrack(|| account.has_keys());
        match keys.is_asking() {
            true if has_keys() => view! { <Dialog/> }.into_any(),
            true => view! { <SetUpDialog/> }.into_any(),
            false => ().into_any(),
        }
    }
}

#[component]
fn Dialog() -> impl IntoView {
    let (keys, words) = (keys(), words());
    let errors = Errors::with_id("unlock-error");
    let secupass = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let typed = Secret(secupass.get_untracked());
        if typed.0.is_empty() {
            return errors.at(FIELD, Trouble::Missing);
        }
        errors.clear();
        busy.set(true);
        spawn_local(async move {
            let unlocked = keys.unlock(typed).await;
            busy.set(false);
            match unlocked {
                Ok(()) => browser::close_dialog("unlock-dialog"),
                Err(trouble) if trouble.kind() == KeysFault::Wrong.kind() => errors.at(FIELD, trouble),
                Err(trouble) => errors.show(trouble),
            }
        });
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::keys_unlocking } else { Language::keys_unlock }
    });
    let close = move |()| browser::close_dialog("unlock-dialog");
    browser::show_dialog("unlock-dialog");
    view! {
        <dialog id="unlock-dialog" class="kern-dialog" aria-labelledby="unlock-title" on:close=move |_| keys.stop_asking()>
            <header class="kern-dialog__header">
                <h2 class="kern-title" id="unlock-title">{words.text(Language::keys_unlock_title)}</h2>
            </header>
            <section class="kern-dialog__body">
                <p class="kern-body">{words.text(Language::keys_unlock_text)}</p>
                <ErrorBox errors/>
                <form class="form form--narrow" novalidate=true on:submit=submit>
                    <PasswordField id=FIELD label=Language::keys_title autocomplete="off" value=secupass errors/>
                    <Button id="unlock" label=label look=Look::Primary busy=busy/>
                </form>
                <div class="actions">
                    <a id="unlock-forgotten" class="kern-link" href=format!("/settings?{FORGOTTEN}") on:click=move |_| close(())>
                        {words.text(Language::keys_by_code)}
                    </a>
                    <Button id="unlock-close" label=Language::app_close as Text look=Look::Tertiary on_press=close/>
                </div>
            </section>
        </dialog>
    }
}
