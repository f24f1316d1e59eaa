//! `/login`.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use web_model::text::Language;

use crate::pages::home::Member;
use crate::widgets::errors::Errors;
use crate::widgets::login_form::LoginForm;
use crate::widgets::page::Page;

#[component]
pub(crate) fn Login() -> impl IntoView {
    view! { <Member wanted=false><LoginPage/></Member> }
}

#[component]
fn LoginPage() -> impl IntoView {
    let errors = Errors::new();
    let navigate = StoredValue::new(use_navigate());
    let done = move |()| {
        navigate.with_value(|go| go("/new", NavigateOptions { replace: true, ..NavigateOptions::default() }));
    };
    view! {
        <Page name="login" title=Language::login_title errors>
            <LoginForm errors on_done=done/>
        </Page>
    }
}
