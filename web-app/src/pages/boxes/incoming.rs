//! `/inbox/<id>`: one received delivery, and what it is opened with.

use blob_api::{Received, RecipientState, path};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use web_model::arrival::PastedLink;
use web_model::text::Language;

use super::Badge;
use super::inbox::{facts, told};
use super::received::AReceived;
use crate::browser;
use crate::i18n::words;
use crate::pages::account::home::Member;
use crate::pages::answer::ToAnswer;
use crate::pages::delivery::{Contents, Delivery};
use crate::pages::granted::{ByKeptLink, Granted, Place, has_ended, of_submission};
use crate::session::account;
use crate::widgets::errors::Errors;
use crate::widgets::level::LevelSeal;
use crate::widgets::page::Page;
use crate::widgets::paste_link::PasteLink;

#[component]
pub(crate) fn Incoming() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("delivery")).and_then(|id| id.parse().ok());
    let show = |received: Received| {
        if received.level.needs_keys() && !has_ended(&received) {
            return view! { <Granted received place=Place::Inbox/> }.into_any();
        }
        view! { <Found received/> }.into_any()
    };
    view! { <Member wanted=true><AReceived id show/></Member> }
}

#[component]
fn Found(received: Received) -> impl IntoView {
    let opened = RwSignal::new(None::<Contents>);
    move || match opened.get() {
        None => view! { <Closed received=received.clone() opened/> }.into_any(),
        Some(mut contents) => {
            let (about, delete) = of_submission(&mut contents).unzip();
            let actions = view! { <ToAnswer delivery=contents.access.delivery/> {delete} };
            view! { <Delivery contents about actions=Some(actions.into_any())/> }.into_any()
        }
    }
}

/// What it is, and what it is opened with.
#[component]
fn Closed(received: Received, opened: RwSignal<Option<Contents>>) -> impl IntoView {
    let words = words();
    let account = account();
    let errors = Errors::new();
    let kept = received.clone();
    let Received { delivery, level, state, sent, .. } = received;
    let sender = received.sender.clone();
    let stands = received.clone();
    let said = move || {
        let facts = facts(words.get(), &received).into_iter();
        facts.map(|fact| view! { <li class="kern-body">{fact}</li> }).collect_view()
    };
    let badge = move || {
        let told = told(words.get(), &stands);
        view! { <Badge told/> }
    };
    // By a full load: the start of that page takes the secret out of the address.
    let open = move |link: PastedLink| {
        browser::leave_to(&path::link(level, &link.delivery, &link.fragment));
    };
    let how = move || words.get().box_how(&browser::date(words.get(), sent, true));
    let was_opened = matches!(state, RecipientState::Opened { .. } | RecipientState::Collected { .. });
    view! {
        <Page name="inbox-delivery" title=Language::box_received_title errors>
            <div class="level">
                <LevelSeal level/>
                <div>
                    <p class="kern-body kern-body--bold" dir="auto">{move || words.get().box_from(&sender)}</p>
                    <ul class="facts">{said}</ul>
                </div>
            </div>
            <p>{badge}</p>
            {state.is_open().then(|| view! {
                <div class="part">
                    <p class="kern-body">{how}</p>
                    <p class="kern-body">{words.text(Language::box_paste)}</p>
                    <PasteLink delivery=delivery.to_string() errors on_link=open/>
                </div>
            })}
            {(state.is_open() && level.needs_account() && account.has_keys()).then(|| view! {
                <div class="part"><ByKeptLink received=kept opened errors/></div>
            })}
            {was_opened.then(|| view! { <ToAnswer delivery/> })}
            <p><a class="kern-link" href="/inbox">{words.text(Language::box_back)}</a></p>
        </Page>
    }
}
