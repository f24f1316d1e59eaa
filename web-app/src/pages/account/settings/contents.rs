//! What is on the page, and the way there.

use leptos::prelude::*;
use web_model::text::Language;

use crate::browser;
use crate::i18n::{Text, words};
use crate::keys::{State, keys};
use crate::session::account;

/// The parts of the page in their order: those that this account has.
#[component]
pub(super) fn Contents() -> impl IntoView {
    let (account, keys, words) = (account(), keys(), words());
    let is_staff = Memo::new(move |_| account.is_staff());
    let needs_keys = Memo::new(move |_| keys.state() != State::Needless);
    let has_keys = Memo::new(move |_| matches!(keys.state(), State::Locked | State::Unlocked));
    let parts = move || {
        let is_staff = is_staff.get();
        let parts: [(bool, &str, Text); 7] = [
            (true, "profile-title", Language::settings_profile),
            (needs_keys.get(), "secupass-title", Language::keys_title),
            (is_staff && has_keys.get(), "deputies-title", Language::deputy_title),
            (is_staff, "box-part-title", Language::own_box_title),
            (true, "password-title", Language::settings_password),
            (true, "second-factor-title", Language::factor_title),
            (true, "sessions-title", Language::sessions_title),
        ];
        let parts = parts.into_iter().filter(|(is_there, ..)| *is_there);
        parts.map(|(_, id, name)| view! { <Link id name/> }).collect_view()
    };
    view! {
        <nav class="contents" aria-labelledby="contents-title">
            <p class="kern-body kern-body--bold" id="contents-title">{words.text(Language::settings_contents)}</p>
            <ul>{parts}</ul>
        </nav>
    }
}

#[component]
fn Link(id: &'static str, name: Text) -> impl IntoView {
    let words = words();
    let go = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        browser::go_to(id);
    };
    view! { <li><a class="kern-link" href=format!("#{id}") on:click=go>{words.text(name)}</a></li> }
}
