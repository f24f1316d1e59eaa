//! `/`: leads to the page that comes next. And who may see a page.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use web_model::trouble::Trouble;

use crate::app::server;
use crate::pages::{Loading, notice};
use crate::session::account;

#[component]
pub(crate) fn Home() -> impl IntoView {
    let account = account();
    view! { <Member wanted=true><Go to=account.home()/></Member> }
}

/// Goes to another page of the application, in place of this one.
#[component]
pub(crate) fn Go(to: &'static str) -> impl IntoView {
    use_navigate()(to, NavigateOptions { replace: true, ..NavigateOptions::default() });
    view! { <Loading/> }
}

/// What only those see who are logged in, or, with `wanted` false, only those who are not; the others are sent where
/// they belong, and come back when they have logged in. A server without an account says so. A session that ends later
/// takes nothing away that is shown already.
#[component]
pub(crate) fn Member(wanted: bool, children: ChildrenFn) -> impl IntoView {
    if server().now().is_some_and(|instance| !instance.set_up) {
        return view! { <notice::NoServer/> }.into_any();
    }
    let account = account();
    let location = use_location();
    let here = move || {
        let (path, search) = (location.pathname.get_untracked(), location.search.get_untracked());
        if search.is_empty() { path } else { format!("{path}?{search}") }
    };
    let known = RwSignal::new(None::<Result<bool, Trouble>>);
    let ask = move || {
        known.set(None);
        spawn_local(async move { known.set(Some(account.ask().await)) });
    };
    ask();
    (move || match known.get() {
        None => view! { <Loading/> }.into_any(),
        Some(Ok(logged_in)) if logged_in == wanted => children().into_any(),
        Some(Ok(true)) => view! { <Go to=account.home()/> }.into_any(),
        Some(Ok(false)) => {
            account.want(here());
            view! { <Go to="/login"/> }.into_any()
        }
        Some(Err(trouble)) => view! { <notice::Failed trouble retry=ask/> }.into_any(),
    })
    .into_any()
}
