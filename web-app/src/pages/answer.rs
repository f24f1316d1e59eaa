//! `/answer/<id>`: a delivery that answers another one, at its level and to its sender.

use std::collections::HashMap;

use blob_api::{DeliveryId, Level, Received};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use web_model::protocol::ByReceipt;
use web_model::text::Language;

use crate::i18n::{Text, words};
use crate::pages::account::home::Member;
use crate::pages::boxes::received::AReceived;
use crate::pages::new::{Question, Writer};
use crate::pages::notice::Notice;

/// What was verified of opened deliveries, for as long as this document lives. The server says the same of them later, or they
/// are not answered.
#[derive(Clone, Copy)]
pub(crate) struct Verified(StoredValue<HashMap<DeliveryId, Seen>>);

/// What was verified of one.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) level: Level,
    /// The sender's address.
    pub(crate) sender: String,
    /// Of a submission: who sent it.
    pub(crate) submitter: Option<ByReceipt>,
}

impl Verified {
    pub(crate) fn provide() {
        provide_context(Self(StoredValue::new(HashMap::new())));
    }

    /// This delivery was opened.
    pub(crate) fn note(delivery: DeliveryId, seen: Seen) {
        expect_context::<Self>().0.update_value(|known| drop(known.insert(delivery, seen)));
    }

    /// Who sent a submission.
    fn submitter(delivery: &DeliveryId) -> Option<ByReceipt> {
        expect_context::<Self>().0.with_value(|known| known.get(delivery)?.submitter.clone())
    }

    fn contradicts(received: &Received) -> bool {
        expect_context::<Self>().0.with_value(|known| {
            known
                .get(&received.delivery)
                .is_some_and(|seen| (seen.level, &seen.sender) != (received.level, &received.sender_email))
        })
    }
}

#[component]
pub(crate) fn Answer() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("delivery")).and_then(|id| id.parse().ok());
    view! { <Member wanted=true><AReceived id show=write/></Member> }
}

fn write(received: Received) -> AnyView {
    if Verified::contradicts(&received) {
        return view! {
            <Notice name="answer-differs" title=Language::answer_differs_title text=Language::answer_differs_text
                todo=Language::answer_differs_todo/>
        }
        .into_any();
    }
    let Received { delivery, level, sender, sender_email, submission, .. } = received;
    let receipt = Verified::submitter(&delivery);
    let question =
        Question { delivery, level, sender, sender_email, is_submission: submission.is_some(), receipt };
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
