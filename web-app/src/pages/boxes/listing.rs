//! A list that comes page by page.

use blob_api::DeliveryId;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::text::Language;
use web_model::trouble::Trouble;

use crate::i18n::{Text, words};
use crate::pages::account::home::Go;
use crate::session::account;
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;

/// One page of a list, and whether there is more.
pub(super) type Page<T> = (Vec<T>, bool);

/// What has come of a list so far.
#[derive(Clone, Copy)]
struct Listing<T: 'static> {
    items: RwSignal<Vec<T>>,
    more: RwSignal<bool>,
    /// Something came, were it nothing.
    known: RwSignal<bool>,
    busy: RwSignal<bool>,
}

/// A list: `fetch` gets a page of it, from the beginning or after a delivery; `row` shows one of it, and `empty` what stands
/// there when there is none.
#[component]
pub(super) fn List<T, Fetch, Row>(
    id: &'static str,
    errors: Errors,
    fetch: Fetch,
    key: fn(&T) -> DeliveryId,
    row: Row,
    empty: ViewFn,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    Fetch: AsyncFn(Option<DeliveryId>) -> Result<Page<T>, Trouble> + Copy + Send + Sync + 'static,
    Row: Fn(T) -> AnyView + Copy + Send + Sync + 'static,
{
    let words = words();
    let account = account();
    let here = leptos_router::hooks::use_location().pathname;
    let list = Listing {
        items: RwSignal::new(Vec::new()),
        more: RwSignal::new(false),
        known: RwSignal::new(false),
        busy: RwSignal::new(false),
    };
    let ended = RwSignal::new(false);
    let load = move || {
        errors.clear();
        list.busy.set(true);
        let last = list.items.with_untracked(|items| items.last().map(key));
        spawn_local(async move {
            let answer = fetch(last).await;
            list.busy.set(false);
            match answer {
                Ok((items, more)) => {
                    list.items.update(|all| all.extend(items));
                    list.more.set(more);
                    list.known.set(true);
                }
                Err(Trouble::LoggedOut) => {
                    account.ended();
                    account.want(here.get_untracked());
                    ended.set(true);
                }
                Err(trouble) => errors.show(trouble),
            }
        });
    };
    load();
    let label = Signal::derive(move || -> Text {
        match (list.busy.get(), list.known.get()) {
            (true, _) => Language::box_loading,
            (false, true) => Language::box_more,
            (false, false) => Language::app_retry,
        }
    });
    let is_empty = move || list.known.get() && list.items.with(Vec::is_empty);
    let foot = move || list.more.get() || !list.known.get() && !list.busy.get();
    view! {
        <Show when=move || list.busy.get() && !list.known.get()>
            <p class="loading kern-body" role="status">{words.text(Language::box_loading)}</p>
        </Show>
        <Show when=is_empty>{empty.run()}</Show>
        <ul id=id class="entries" data-known=move || list.known.get().to_string()>
            <For each=move || list.items.get() key=move |item| (key)(item) children=row/>
        </ul>
        <Show when=foot>
            <Button id="more" label=label look=Look::Secondary busy=list.busy on_press=move |()| load()/>
        </Show>
        <Show when=move || ended.get()><Go to="/login"/></Show>
    }
}
