//! The half for those who have an account: everything but `/d/`.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;
use web_model::text::Language;

use crate::app::{Half, mount};
use crate::i18n::{Text, words};
use crate::pages;
use crate::session::{Account, account};
use crate::widgets::button::{Button, Look};
use crate::{Arrival, Scripts, api, browser};

/// Shows this half.
pub fn start(arrival: Arrival, scripts: Scripts) {
    let half = Half { pages: || view! { <Pages/> }.into_any(), actions: || view! { <LogOut/> }.into_any() };
    mount(half, arrival, scripts, Account::provide);
}

#[component]
fn Pages() -> impl IntoView {
    let (account, words) = (account(), words());
    Effect::new(move || {
        if let Some(language) = account.language() {
            words.prefer(language);
        }
    });
    view! {
        <Router>
            <Routes fallback=|| view! { <pages::notice::NotFound/> }>
                <Route path=path!("/") view=pages::account::home::Home/>
                <Route path=path!("/setup") view=pages::account::setup::Setup/>
                <Route path=path!("/login") view=pages::account::ways::Login/>
                <Route path=path!("/register") view=pages::account::ways::Register/>
                <Route path=path!("/reset") view=pages::account::ways::Reset/>
                <Route path=path!("/new") view=pages::new::New/>
                <Route path=path!("/answer/:delivery") view=pages::answer::Answer/>
                <Route path=path!("/r/:delivery") view=pages::addressed::Addressed/>
            </Routes>
        </Router>
    }
}

/// Shown to those who are logged in.
#[component]
fn LogOut() -> impl IntoView {
    let account = account();
    view! {
        <Show when=move || account.is_known()>
            <Button id="logout" label=Language::app_logout as Text look=Look::Tertiary on_press=log_out/>
        </Show>
    }
}

/// Ends the session and leaves by a full load: nothing of it stays in memory.
fn log_out((): ()) {
    spawn_local(async {
        // When the server cannot be reached, the login page says so.
        let _ = api::logout().await;
        browser::leave_to("/login");
    });
}
