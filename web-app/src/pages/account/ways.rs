//! `/login`, `/register`, `/reset`.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use web_model::text::Language;

use super::home::Member;
use crate::i18n::Text;
use crate::session::account;
use crate::widgets::account::gate::{AccountGate, Way};
use crate::widgets::errors::Errors;
use crate::widgets::page::Page;

#[component]
pub(crate) fn Login() -> impl IntoView {
    view! { <Member wanted=false><WayPage way=Way::LogIn/></Member> }
}

#[component]
pub(crate) fn Register() -> impl IntoView {
    view! { <Member wanted=false><WayPage way=Way::Register/></Member> }
}

#[component]
pub(crate) fn Reset() -> impl IntoView {
    view! { <Member wanted=false><WayPage way=Way::Reset/></Member> }
}

#[component]
fn WayPage(way: Way) -> impl IntoView {
    let account = account();
    let errors = Errors::new();
    let navigate = StoredValue::new(use_navigate());
    let done = move |()| {
        let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
        navigate.with_value(|go| go(&account.next(), options));
    };
    let (name, title): (_, Text) = match way {
        Way::LogIn => ("login", Language::login_title),
        Way::Register => ("register", Language::register_title),
        Way::Reset => ("reset", Language::reset_title),
    };
    view! {
        <Page name title errors>
            <AccountGate way=Signal::stored(way) errors on_done=done/>
        </Page>
    }
}
