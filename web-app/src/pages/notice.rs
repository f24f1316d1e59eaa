//! Pages that say what happened and what to do, and nothing else.

use leptos::prelude::*;
use web_model::text::Language;
use web_model::trouble::Trouble;

use crate::i18n::{Text, words};
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::page::Page;

/// What happened, and what to do; below it what the page offers.
#[component]
pub(crate) fn Notice(
    name: &'static str,
    title: Text,
    text: Text,
    todo: Text,
    #[prop(optional)] errors: Option<Errors>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let words = words();
    let errors = errors.unwrap_or_else(Errors::new);
    view! {
        <Page name title errors>
            <p class="kern-body lead">{words.text(text)}</p>
            <p class="kern-body">{words.text(todo)}</p>
            {children.map(|children| children())}
        </Page>
    }
}

#[component]
pub(crate) fn NotFound() -> impl IntoView {
    let words = words();
    view! {
        <Notice
            name="not-found"
            title=Language::not_found_title
            text=Language::not_found_text
            todo=Language::not_found_todo
        >
            <p><a class="kern-link" href="/">{words.text(Language::not_found_home)}</a></p>
        </Notice>
    }
}

#[component]
pub(crate) fn Expired() -> impl IntoView {
    view! {
        <Notice name="expired" title=Language::expired_title text=Language::expired_text todo=Language::expired_todo/>
    }
}

#[component]
pub(crate) fn Damaged() -> impl IntoView {
    view! {
        <Notice name="damaged" title=Language::damaged_title text=Language::damaged_text todo=Language::damaged_todo/>
    }
}

#[component]
pub(crate) fn NoServer() -> impl IntoView {
    view! {
        <Notice
            name="server-not-set-up"
            title=Language::no_server_title
            text=Language::no_server_text
            todo=Language::no_server_todo
        />
    }
}

/// A page for what kept another page from being shown, with a way to try again.
#[component]
pub(crate) fn Failed(trouble: Trouble, retry: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let errors = Errors::new();
    let title: Text = match trouble {
        Trouble::Network => Language::unreachable_title,
        _ => Language::trouble_title,
    };
    errors.show(trouble);
    view! {
        <Page name="unreachable" title errors>
            <Button label=Language::app_retry as Text look=Look::Primary on_press=move |()| retry()/>
        </Page>
    }
}
