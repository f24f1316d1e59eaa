//! Lets somebody choose their first SecuPass over whatever page needs it.

use leptos::prelude::*;
use web_model::text::Language;

use super::making::{Choose, Making, Steps};
use crate::browser;
use crate::i18n::words;
use crate::keys::keys;
use crate::widgets::account::attempts::Attempts;
use crate::widgets::errors::{ErrorBox, Errors};

const DIALOG: &str = "setup-dialog";

/// The steps of the settings, and then the page goes on.
#[component]
pub(super) fn SetUpDialog() -> impl IntoView {
    let (keys, words) = (keys(), words());
    let close = |()| browser::close_dialog(DIALOG);
    let errors = Errors::with_id("setup-error");
    let making = Making::new(Attempts::new(errors, None), close);
    // The Escape key must not take away a code that is shown only now.
    let cancel = move |event: leptos::ev::Event| {
        if making.is_under_way() {
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
                <p class="kern-body">{words.text(Language::keys_intro)}</p>
                <ErrorBox errors/>
                <Steps making begin=ViewFn::from(move || view! { <Choose making/> }) done=close/>
            </section>
        </dialog>
    }
}
