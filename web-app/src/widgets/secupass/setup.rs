//! Lets somebody choose their first SecuPass over whatever page needs it.

use leptos::prelude::*;
use web_model::text::Language;

use super::making::{Choose, Steps, UnderWay};
use crate::browser;
use crate::i18n::{Text, words};
use crate::keys::{State, keys};
use crate::widgets::account::attempts::Attempts;
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::{ErrorBox, Errors};
use crate::widgets::icon::Icon;

const DIALOG: &str = "setup-dialog";

/// The steps of the settings, and then the page goes on.
#[component]
pub(super) fn SetUpDialog() -> impl IntoView {
    let (keys, words) = (keys(), words());
    let gone = untrack(|| keys.state() == State::Gone);
    let close = |()| browser::close_dialog(DIALOG);
    let errors = Errors::with_id("setup-error");
    let under_way = UnderWay::new(Attempts::new(errors, None), close);
    // The Escape key must not take away a code that is shown only now.
    let cancel = move |event: leptos::ev::Event| {
        if under_way.has_begun() {
            event.prevent_default();
        }
    };
    browser::show_dialog(DIALOG);
    view! {
        <dialog id=DIALOG class="kern-dialog" aria-labelledby="setup-title" on:cancel=cancel
            on:close=move |_| keys.stop_asking()>
            <header class="kern-dialog__header">
                <h2 class="kern-title" id="setup-title">{words.text(Language::keys_begin)}</h2>
            </header>
            <section class="kern-dialog__body">
                <ErrorBox errors/>
                {if gone {
                    view! {
                        <KeysGone/>
                        <Button id="setup-close" label=Language::app_close as Text look=Look::Tertiary on_press=close/>
                    }.into_any()
                } else {
                    view! {
                        <p class="kern-body">{words.text(Language::keys_intro)}</p>
                        <Steps under_way begin=ViewFn::from(move || view! { <Choose under_way/> }) done=close/>
                    }.into_any()
                }}
            </section>
        </dialog>
    }
}

/// The server says that there are no keys, and this browser has seen some: nothing is made in their place.
#[component]
pub(crate) fn KeysGone() -> impl IntoView {
    let words = words();
    view! {
        <div class="kern-alert kern-alert--danger notice" id="keys-gone" role="alert">
            <div class="kern-alert__header">
                <Icon name="danger"/>
                <p class="kern-body notice__text">{words.text(Language::keys_gone)}</p>
            </div>
        </div>
    }
}
