//! A delivery that was sent to who is logged in, as the server knows it.

use blob_api::{DeliveryId, ProblemKind, Received};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_location;
use web_model::trouble::Trouble;

use crate::api;
use crate::pages::account::home::Go;
use crate::pages::{Loading, notice};
use crate::session::account;

/// Asks for it and shows it. Whose session has ended logs in first and comes back.
#[component]
pub(crate) fn AReceived(
    /// `None` when the address names no delivery.
    id: Option<DeliveryId>,
    show: fn(Received) -> AnyView,
) -> impl IntoView {
    let account = account();
    let here = use_location().pathname;
    let answer = RwSignal::new(None::<Result<Received, Trouble>>);
    let ask = move || {
        answer.set(None);
        spawn_local(async move {
            answer.set(Some(match id {
                Some(id) => api::received(&id).await,
                None => Err(Trouble::Server(ProblemKind::NotFound, None)),
            }));
        });
    };
    ask();
    move || match answer.get() {
        None => view! { <Loading/> }.into_any(),
        Some(Ok(received)) => show(received),
        Some(Err(Trouble::LoggedOut)) => {
            account.ended();
            account.want(here.get_untracked());
            view! { <Go to="/login"/> }.into_any()
        }
        Some(Err(Trouble::Server(ProblemKind::NotFound, _))) => view! { <notice::NotFound/> }.into_any(),
        Some(Err(trouble)) => view! { <notice::Failed trouble retry=ask/> }.into_any(),
    }
}
