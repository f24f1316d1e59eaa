//! Whose a delivery is, and how far that is known.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::{Look, Standing, Trust};
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::Open;
use crate::i18n::{Text, words};
use crate::keys::keys;
use crate::widgets::button::{Button, Look as ButtonLook};
use crate::widgets::errors::{ErrorBox, Errors};
use crate::widgets::icon::Icon;
use crate::widgets::secupass::words::{CompareDialog, Comparing, standing};

/// How far the key is known under which a delivery was opened.
#[component]
pub(super) fn SenderTrust(look: Look, deputy: Option<String>) -> impl IntoView {
    let words = words();
    let errors = Errors::with_id("sender-error");
    let email = look.email.clone();
    let now = RwSignal::new(look.standing);
    let name = move || standing(now.get()).0;
    let icon = Signal::derive(move || standing(now.get()).1);
    let sentence = {
        let email = email.clone();
        move || {
            let language = words.get();
            match now.get() {
                Standing::Known(Trust::Pinned) => language.granted_from_pinned(&email),
                Standing::Known(Trust::WordsCompared) => language.granted_from_compared(&email),
                Standing::Known(Trust::Invited) => language.granted_from_invited(&email),
                _ => language.granted_from_vouched(&email),
            }
        }
    };
    let could_be_better =
        Memo::new(move |_| matches!(now.get(), Standing::Known(Trust::ServerVouched | Trust::Pinned)));
    let done = Callback::new(move |()| now.set(Standing::Known(Trust::WordsCompared)));
    view! {
        <div class="part" id="sender-trust" data-trust=name>
            <p class="kern-body strength" dir="auto">
                {move || view! { <Icon name=icon.get()/> }}
                <span>{sentence}</span>
            </p>
            {deputy.map(|deputy| view! {
                <p class="kern-body" id="released-by" dir="auto">{move || words.get().granted_by_deputy(&deputy)}</p>
            })}
            <ErrorBox errors/>
            <Show when=move || could_be_better.get()>
                <Compare email=email.clone() errors done/>
            </Show>
        </div>
    }
}

/// The sender has another key than before: nothing is opened until its words were compared.
#[component]
pub(super) fn OtherKey(open: Open) -> impl IntoView {
    let words = words();
    let email = open.received.with_untracked(|received| received.sender_email.clone());
    let about = email.clone();
    view! {
        <div id="sender-changed" class="kern-alert kern-alert--danger notice" role="alert">
            <div class="kern-alert__header">
                <Icon name="danger"/>
                <span class="kern-title">{words.text(Language::granted_other_title)}</span>
            </div>
            <div class="kern-alert__body"><p class="kern-body" dir="auto">{move || words.get().granted_other(&about)}</p></div>
        </div>
        <Compare email errors=open.errors done=Callback::new(move |()| open.open())/>
    }
}

/// Leads to comparing words.
#[component]
fn Compare(email: String, errors: Errors, done: Callback<()>) -> impl IntoView {
    let keys = keys();
    let busy = RwSignal::new(false);
    let comparing = RwSignal::new(None);
    let begin = move |()| {
        if busy.get_untracked() {
            return;
        }
        errors.clear();
        busy.set(true);
        let email = email.clone();
        spawn_local(async move {
            let looked = keys.look_at(email).await;
            busy.set(false);
            match looked {
                Ok((person, look)) => comparing.set(Some(Comparing { person, look, done })),
                Err(Trouble::Cancelled) => {}
                Err(trouble) => errors.show(trouble),
            }
        });
    };
    view! {
        <div class="actions">
            <Button id="compare-sender" label=Language::compare_begin as Text look=ButtonLook::Tertiary busy=busy on_press=begin/>
        </div>
        <CompareDialog comparing/>
    }
}
