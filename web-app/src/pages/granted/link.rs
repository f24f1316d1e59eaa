//! The link of a delivery of level 2, remembered with the SecuPass, so that the inbox opens it without the mail.

use std::sync::Arc;

use blob_api::{Level, ProblemKind, Received};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::{Secret, UnsealJob};
use web_model::text::Language;
use web_model::trouble::Trouble;

use crate::crypto::{Kept, door};
use crate::i18n::{Text, words};
use crate::keys::{State, keys};
use crate::pages::delivery::Contents;
use crate::pages::open::ByLink;
use crate::session::account;
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::{ErrorBox, Errors};
use crate::widgets::field::PasswordField;

/// Remembers the link as soon as the keys are open, and offers to open them.
#[component]
pub(crate) fn KeepLink(link: Arc<Kept>, level: Level) -> impl IntoView {
    let (words, keys, account) = (words(), keys(), account());
    let errors = Errors::with_id("keep-error");
    let (begun, done) = (StoredValue::new(false), RwSignal::new(false));
    let wanted = level.needs_account() && !level.needs_keys();
    Effect::new(move || {
        if wanted && keys.state() == State::Unlocked && !begun.get_value() {
            begun.set_value(true);
            let link = Arc::clone(&link);
            spawn_local(async move {
                let job = |keys| UnsealJob::KeepLink { keys, link: link.id() }.into();
                match keys.remembering(job).await {
                    Ok(_) => done.set(true),
                    Err(Trouble::Cancelled) => {}
                    Err(trouble) => errors.show(trouble),
                }
            });
        }
    });
    let has_keys = move || account.seen(|session| session.is_some_and(|session| session.keys));
    let shown = move || {
        match (wanted && has_keys(), done.get()) {
        (false, _) => ().into_any(),
        (true, true) => {
            view! { <p class="kern-body" id="link-kept">{words.text(Language::granted_link_kept)}</p> }.into_any()
        }
        (true, false) => view! {
            <p class="kern-body">{words.text(Language::granted_link_keep_text)}</p>
            <div class="actions">
                <Button id="keep-link" label=Language::granted_link_keep as Text on_press=move |()| keys.ask()/>
            </div>
        }
        .into_any(),
    }
    };
    view! { <div class="part"><ErrorBox errors/>{shown}</div> }
}

/// Opens by a link that was remembered; for those who have keys.
#[component]
pub(crate) fn ByKeptLink(
    received: Received,
    opened: RwSignal<Option<Contents>>,
    errors: Errors,
) -> impl IntoView {
    let (words, keys, door, account) = (words(), keys(), door(), account());
    let (password, busy) = (RwSignal::new(String::new()), RwSignal::new(false));
    let locked = received.password;
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let secret = Secret(password.get_untracked());
        if locked && secret.0.is_empty() {
            return errors.at("open-password", Trouble::Missing);
        }
        errors.clear();
        busy.set(true);
        let Received { delivery, level, sender, expires, submission, .. } = received.clone();
        spawn_local(async move {
            let steps = async {
                // Another browser may have remembered it since this one was unlocked.
                keys.refresh().await?;
                let job = |keys| UnsealJob::FindLink { keys, delivery }.into();
                let link = Arc::new(keys.remembering(job).await?.0);
                let by = ByLink { link, delivery, gate: None, level, sender, expires };
                Ok(Contents { submission, ..by.open(door, None, secret).await? })
            };
            let result = steps.await;
            busy.set(false);
            match result {
                Ok(contents) => opened.set(Some(contents)),
                Err(Trouble::Cancelled) => {}
                Err(trouble @ Trouble::Server(ProblemKind::WrongPassword, _)) if locked => {
                    errors.at("open-password", trouble);
                }
                Err(trouble) => {
                    if trouble == Trouble::LoggedOut {
                        account.ended();
                    }
                    errors.show(trouble);
                }
            }
        });
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::open_working } else { Language::granted_link_open }
    });
    view! {
        <form class="form form--narrow" novalidate=true on:submit=submit>
            <p class="kern-body">{words.text(Language::granted_link_open_text)}</p>
            {locked.then(|| view! {
                <PasswordField id="open-password" label=Language::open_password hint=Language::open_password_hint as Text
                    autocomplete="off" value=password errors/>
            })}
            <Button id="open-kept" label=label look=Look::Secondary busy=busy/>
        </form>
    }
}
