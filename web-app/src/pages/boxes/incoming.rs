//! `/inbox/<id>`: one received delivery, and what it is opened with.

use blob_api::{DeliveryId, ProblemKind, Received, RecipientState, path};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_location, use_params_map};
use web_model::arrival::PastedLink;
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::Badge;
use super::inbox::facts;
use crate::i18n::{Text, words};
use crate::pages::account::home::{Go, Member};
use crate::pages::{Loading, notice};
use crate::session::account;
use crate::widgets::errors::Errors;
use crate::widgets::level::LevelSeal;
use crate::widgets::page::Page;
use crate::widgets::paste_link::PasteLink;
use crate::{api, browser};

#[component]
pub(crate) fn Incoming() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("delivery"));
    match id.and_then(|id| id.parse::<DeliveryId>().ok()) {
        Some(delivery) => view! { <Member wanted=true><Asked delivery/></Member> }.into_any(),
        None => view! { <notice::NotFound/> }.into_any(),
    }
}

#[component]
fn Asked(delivery: DeliveryId) -> impl IntoView {
    let account = account();
    let here = use_location().pathname;
    let answer = RwSignal::new(None::<Result<Received, Trouble>>);
    let ask = move || {
        answer.set(None);
        spawn_local(async move { answer.set(Some(api::received(&delivery).await)) });
    };
    ask();
    move || match answer.get() {
        None => view! { <Loading/> }.into_any(),
        Some(Ok(received)) => view! { <Found received/> }.into_any(),
        Some(Err(Trouble::LoggedOut)) => {
            account.ended();
            account.want(here.get_untracked());
            view! { <Go to="/login"/> }.into_any()
        }
        Some(Err(Trouble::Server(ProblemKind::NotFound, _))) => view! { <notice::NotFound/> }.into_any(),
        Some(Err(trouble)) => view! { <notice::Failed trouble retry=ask/> }.into_any(),
    }
}

#[component]
fn Found(received: Received) -> impl IntoView {
    let words = words();
    let errors = Errors::new();
    let Received { delivery, level, state, sent, .. } = received;
    let sender = received.sender.clone();
    let said = move || {
        let facts = facts(words.get(), &received).into_iter();
        facts.map(|fact| view! { <li class="kern-body">{fact}</li> }).collect_view()
    };
    let badge = move || {
        let language = words.get();
        let told = language.received_state(state, &|seconds| browser::date(language, seconds, true));
        view! { <Badge told/> }
    };
    // By a full load: the start of that page takes the secret out of the address.
    let open = move |link: PastedLink| {
        browser::leave_to(&path::link(level, &link.delivery, &link.fragment));
    };
    let how = move || words.get().box_how(&browser::date(words.get(), sent, true));
    let opened = matches!(state, RecipientState::Opened { .. } | RecipientState::Collected { .. });
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
            {opened.then(|| view! {
                <p><a class="kern-btn kern-btn--secondary" id="answer" href=format!("/answer/{delivery}") rel="external">
                    <span class="kern-label">{words.text(Language::delivery_answer as Text)}</span>
                </a></p>
            })}
            <p><a class="kern-link" href="/inbox">{words.text(Language::box_back)}</a></p>
        </Page>
    }
}
