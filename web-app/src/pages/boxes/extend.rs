//! How long a sent delivery is available from now on.

use blob_api::{ChangeDelivery, DeliveryId, UnixSeconds};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::draft;
use web_model::text::Language;

use crate::app::server;
use crate::i18n::{Text, words};
use crate::widgets::button::Button;
use crate::widgets::choice::ChoiceField;
use crate::widgets::errors::Errors;
use crate::{api, browser};

const DAY: UnixSeconds = 24 * 3600;

/// A choice of days, the day that comes of it, and a button. `on_done` gets the new end.
#[component]
pub(super) fn Extend(
    delivery: DeliveryId,
    errors: Errors,
    #[prop(into)] on_done: Callback<UnixSeconds>,
) -> impl IntoView {
    let words = words();
    let (choices, usual) =
        server().now().map_or((Vec::new(), 1), |instance| draft::lifetimes(&instance.limits));
    let days = RwSignal::new(usual);
    let busy = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        errors.clear();
        busy.set(true);
        spawn_local(async move {
            let changed = api::change(&delivery, &ChangeDelivery { days: days.get_untracked() }).await;
            busy.set(false);
            match changed {
                Ok(sent) => on_done.run(sent.expires),
                Err(trouble) => errors.show(trouble),
            }
        });
    };
    let until = move || {
        let end = browser::now() + i64::from(days.get()) * DAY;
        words.get().outgoing_until(&browser::day(words.get(), end))
    };
    view! {
        <form class="inline-form" on:submit=submit>
            <ChoiceField id="extend-days" label=Language::outgoing_days choices value=days name=Language::days/>
            <p class="kern-body" id="extend-until" role="status">{until}</p>
            <Button id="extend" label=Language::outgoing_extend as Text busy=busy/>
        </form>
    }
}
