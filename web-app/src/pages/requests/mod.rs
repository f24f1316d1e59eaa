//! `/requests`: what the account has asked others for, and asking for more.

mod ask;
mod list;

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::text::Language;
use web_model::trouble::Trouble;

use self::ask::AskForm;
use self::list::One;
use crate::i18n::{Text, words};
use crate::pages::account::home::{Go, Member};
use crate::session::account;
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::page::Page;
use crate::widgets::progress::{Status, StatusLine};
use crate::{api, browser};

#[component]
pub(crate) fn Requests() -> impl IntoView {
    view! { <Member wanted=true><Staff/></Member> }
}

#[component]
fn Staff() -> impl IntoView {
    if account().is_staff() {
        view! { <RequestsPage/> }.into_any()
    } else {
        view! { <Go to="/inbox"/> }.into_any()
    }
}

#[component]
fn RequestsPage() -> impl IntoView {
    let (words, account) = (words(), account());
    let (errors, status) = (Errors::new(), Status::new());
    let known = RwSignal::new(None::<Vec<blob_api::OwnRequest>>);
    // Who has no box that is switched on has nowhere to have things sent to.
    let has_box = RwSignal::new(true);
    let asking = RwSignal::new(false);
    let load = Callback::new(move |()| {
        spawn_local(async move {
            match api::requests().await {
                Ok(all) => known.set(Some(all.requests)),
                Err(Trouble::LoggedOut) => {
                    account.ended();
                    errors.show(Trouble::LoggedOut);
                }
                Err(trouble) => errors.show(trouble),
            }
            if let Ok(own) = api::own_box().await {
                has_box.set(own.settings.is_some_and(|settings| settings.is_on));
            }
        });
    });
    load.run(());
    let done = Callback::new(move |()| {
        asking.set(false);
        load.run(());
    });
    let begin = move |()| {
        asking.set(true);
        browser::focus("request-email");
    };
    let is_empty = move || known.with(|known| known.as_ref().is_some_and(Vec::is_empty)) && !asking.get();
    view! {
        <Page name="requests" title=Language::request_title errors>
            <Show when=move || !has_box.get()>
                <p class="kern-body" id="request-no-box">{words.text(Language::request_no_box)}
                    " "<a class="kern-link" href="/settings">{words.text(Language::nav_settings)}</a></p>
            </Show>
            <Show when=move || asking.get()><AskForm done errors status/></Show>
            <Show when=move || !asking.get() && has_box.get()>
                <div class="actions">
                    <Button id="request-new" label=Language::request_new as Text look=Look::Primary icon="add" on_press=begin/>
                </div>
            </Show>
            <Show when=is_empty><p class="kern-body">{words.text(Language::request_none)}</p></Show>
            <ul class="entries" id="requests">
                <For each=move || known.get().unwrap_or_default()
                    key=|request| (request.ticket, request.used, request.withdrawn, request.overdue) let:request>
                    <One request errors status on_change=load/>
                </For>
            </ul>
            <StatusLine status/>
        </Page>
    }
}
