//! `/answer/<id>`: a delivery that answers another one, at its level and to its sender.

use blob_api::{DeliveryId, Received};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use web_model::text::Language;

use crate::i18n::{Text, words};
use crate::pages::account::home::Member;
use crate::pages::boxes::received::AReceived;
use crate::pages::new::{Question, Writer};

#[component]
pub(crate) fn Answer() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("delivery")).and_then(|id| id.parse().ok());
    view! { <Member wanted=true><AReceived id show=write/></Member> }
}

fn write(received: Received) -> AnyView {
    let Received { delivery, level, sender, sender_email, .. } = received;
    let question = Question { delivery, level, sender, sender_email };
    view! { <Writer question=Some(question)/> }.into_any()
}

/// Leads to the answer to a delivery that one has an account for.
#[component]
pub(crate) fn ToAnswer(delivery: DeliveryId) -> impl IntoView {
    let words = words();
    view! {
        <p class="kern-body"><a class="kern-btn kern-btn--secondary" id="answer" href=format!("/answer/{delivery}")>
            <span class="kern-label">{words.text(Language::delivery_answer as Text)}</span>
        </a></p>
    }
}
