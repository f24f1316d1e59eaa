//! `/answer/<id>`: a delivery that answers another one, at its level and to its sender.

use blob_api::{DeliveryId, ProblemKind};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_params_map;
use web_model::trouble::Trouble;

use crate::api;
use crate::pages::account::home::Member;
use crate::pages::new::{Question, Writer};
use crate::pages::{Loading, notice};

#[component]
pub(crate) fn Answer() -> impl IntoView {
    view! { <Member wanted=true><Asked/></Member> }
}

/// Finds out what is answered.
#[component]
fn Asked() -> impl IntoView {
    let id: Option<DeliveryId> =
        use_params_map().with_untracked(|params| params.get("delivery")).and_then(|id| id.parse().ok());
    let found = RwSignal::new(None::<Result<Question, Trouble>>);
    let ask = move || {
        found.set(None);
        spawn_local(async move {
            let result = match id {
                Some(id) => api::received(&id).await,
                None => Err(Trouble::Server(ProblemKind::NotFound, None)),
            };
            found.set(Some(result.map(|received| Question {
                delivery: received.delivery,
                level: received.level,
                sender: received.sender,
                sender_email: received.sender_email,
            })));
        });
    };
    ask();
    move || match found.get() {
        None => view! { <Loading/> }.into_any(),
        Some(Ok(question)) => {
            // What comes after an answer is a delivery of its own, which not everybody may begin.
            view! { <Writer question=Some(question) on_next=move |()| crate::browser::leave_to("/")/> }
                .into_any()
        }
        Some(Err(Trouble::Server(ProblemKind::NotFound, _))) => view! { <notice::NotFound/> }.into_any(),
        Some(Err(trouble)) => view! { <notice::Failed trouble retry=ask/> }.into_any(),
    }
}
