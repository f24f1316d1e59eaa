//! The half for those who have an account: everything but `/d/`.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;
use web_model::text::Language;

use crate::app::{Half, here, mount};
use crate::i18n::{Text, words};
use crate::keys::Keys;
use crate::leaving::Leaving;
use crate::own_box::OwnBoxes;
use crate::pages;
use crate::pages::new::Begun;
use crate::releases::{Releases, releases};
use crate::session::{Account, account};
use crate::strength::Estimator;
use crate::widgets::button::{Button, Look};
use crate::widgets::icon::Icon;
use crate::widgets::progress::StatusLine;
use crate::widgets::secupass::state::KeysState;
use crate::widgets::secupass::unlock::KeysDialog;
use crate::{Arrival, Scripts, api, browser};

/// Shows this half. `strength` is the address of the script that estimates how long a SecuPass would last.
pub fn start(arrival: Arrival, scripts: Scripts, strength: String) {
    let half = Half {
        pages: || view! { <Pages/> }.into_any(),
        actions: || view! { <KeysState/> <LogOut/> }.into_any(),
        navigation: || view! { <Navigation/> }.into_any(),
        language: keep_language,
    };
    mount(half, arrival, scripts, || {
        Account::provide();
        Estimator::provide(strength);
        Keys::provide();
        pages::answer::Verified::provide();
        pages::granted::Deletion::provide();
        Begun::provide();
        Leaving::provide();
        Releases::provide();
        OwnBoxes::provide();
    });
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
                <Route path=path!("/settings") view=pages::account::settings::Settings/>
                <Route path=path!("/inbox") view=pages::boxes::inbox::Inbox/>
                <Route path=path!("/inbox/:delivery") view=pages::boxes::incoming::Incoming/>
                <Route path=path!("/sent") view=pages::boxes::sent::Sent/>
                <Route path=path!("/release") view=pages::release::Release/>
                <Route path=path!("/box/:name") view=pages::submit_box::SubmitBox/>
                <Route path=path!("/sent/:delivery") view=pages::boxes::outgoing::Outgoing/>
                <Route path=path!("/requests") view=pages::requests::Requests/>
                <Route path=path!("/t/:ticket") view=pages::ticket::Ticket/>
            </Routes>
        </Router>
        <KeysDialog/>
    }
}

/// Where the navigation leads: path, icon, name, and the pages that are there.
const PLACES: [(&str, &str, Text, &[&str]); 5] = [
    ("/inbox", "mail", Language::nav_inbox, &["inbox", "inbox-delivery"]),
    ("/sent", "arrow-forward", Language::nav_sent, &["sent-list", "sent-delivery"]),
    (RELEASE, "checklist", Language::nav_release, &["release"]),
    (NEW, "edit", Language::nav_new, WRITING),
    ("/settings", "account-circle", Language::nav_settings, &["settings"]),
];
/// Where deliveries are written.
const NEW: &str = "/new";
const WRITING: &[&str] = &["new", "sent"];
/// Where those are let in who wait; a place only while there are some.
const RELEASE: &str = "/release";

/// Leads those who are logged in from page to page.
#[component]
fn Navigation() -> impl IntoView {
    let (account, words, here, releases) = (account(), words(), here(), releases());
    let waits = Memo::new(move |_| releases.people() > 0 || here.get() == "release");
    let places = move || {
        let is_there = |path: &str| match path {
            NEW => account.may_send(),
            RELEASE => waits.get(),
            _ => true,
        };
        let places = PLACES.into_iter().filter(|(path, ..)| is_there(path));
        places
            .map(|(path, icon, name, pages)| {
                let is_here = move || pages.contains(&here.get());
                // Who is there already gets an empty page.
                let begun: Begun = expect_context();
                let again = move |event: leptos::ev::MouseEvent| {
                    let aside = event.ctrl_key() || event.meta_key() || event.shift_key();
                    if path == NEW && !aside && browser::is_at(NEW) {
                        begun.again();
                    }
                };
                view! {
                    <li>
                        <a class="place" href=path on:click=again aria-current=move || is_here().then_some("page")>
                            <Icon name=icon/>
                            <span>{words.text(name)}</span>
                            {(path == RELEASE).then(|| view! { <Badge/> })}
                        </a>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <Show when=move || account.is_known()>
            <nav class="places" aria-label=words.text(Language::nav_label)><ul>{places}</ul></nav>
            <StatusLine status=releases.status()/>
        </Show>
    }
}

/// How many people wait for a release.
#[component]
fn Badge() -> impl IntoView {
    let (words, releases) = (words(), releases());
    let people = Memo::new(move |_| releases.people());
    let sentence = move || match people.get() {
        1 => words.get().release_badge_one().to_owned(),
        people => words.get().release_badge(&people.to_string()),
    };
    view! {
        <Show when=move || { people.get() > 0 }>
            <span class="place__count"><span id="release-badge" aria-hidden="true">{people}</span>
                <span class="kern-sr-only">{sentence}</span></span>
        </Show>
    }
}

/// Writes the language that was chosen into the profile of who is logged in: mails come in it, and other browsers speak it.
fn keep_language() -> Callback<()> {
    let (account, words) = (account(), words());
    let writing = StoredValue::new(false);
    Callback::new(move |()| {
        if untrack(|| account.is_known()) && !writing.get_value() {
            writing.set_value(true);
            spawn_local(async move {
                account.speak(words).await;
                writing.set_value(false);
            });
        }
    })
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
