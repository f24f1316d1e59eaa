//! `/box/<name>#1b.<fingerprint>`: what somebody sees who wants to send something in, up to the ticket that is mailed to them.
//! It needs no account. Before anything can be typed the box's key was looked at.

use std::time::Duration;

use blob_api::{AskTicket, Level, ProblemKind, PublicBox};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_params_map;
use web_model::input;
use web_model::text::Language;
use web_model::trouble::Trouble;

use crate::app::server;
use crate::boxes::{self, BoxKey, Names};
use crate::crypto::{Door, door};
use crate::i18n::{Text, words};
use crate::pages::{Loading, notice};
use crate::widgets::box_key::BoxKeyNote;
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::field::TextField;
use crate::widgets::level::LevelSeal;
use crate::widgets::page::Page;
use crate::{Arrival, api, browser};

const EMAIL: &str = "ticket-email";
/// Before the mail can be asked for once more: most have arrived by then.
const PAUSE: Duration = Duration::from_secs(30);

/// How far the page is.
#[derive(Clone)]
enum Stage {
    Asking,
    Unknown,
    Failed(Trouble),
    Found(PublicBox, BoxKey),
}

#[component]
pub(crate) fn SubmitBox() -> impl IntoView {
    let door = door();
    let typed = use_params_map().with_untracked(|params| params.get("name").unwrap_or_default());
    let arrival = expect_context::<StoredValue<Arrival>>();
    let fragment = arrival.try_update_value(|arrival| arrival.take(&format!("/box/{typed}"))).flatten();
    // Keyboards of phones begin with a capital letter.
    let (name, fragment) = (StoredValue::new(typed.to_ascii_lowercase()), StoredValue::new(fragment));
    let stage = RwSignal::new(Stage::Asking);
    let ask = move || {
        stage.set(Stage::Asking);
        spawn_local(async move { stage.set(find(door, &name.get_value(), fragment.get_value()).await) });
    };
    ask();
    move || {
        match stage.get() {
        Stage::Asking => view! { <Loading/> }.into_any(),
        Stage::Unknown => view! {
            <notice::Notice name="box-unknown" title=Language::letterbox_unknown_title text=Language::letterbox_unknown_text
                todo=Language::letterbox_unknown_todo/>
        }
        .into_any(),
        Stage::Failed(trouble) => view! { <notice::Failed trouble retry=ask/> }.into_any(),
        Stage::Found(shown, key) => view! { <Found shown key/> }.into_any(),
    }
    }
}

async fn find(door: Door, name: &str, named: Option<String>) -> Stage {
    let shown = match api::submit_box(name).await {
        Ok(shown) if shown.name == name => shown,
        Ok(_) => return Stage::Failed(Trouble::Internal),
        Err(Trouble::Server(ProblemKind::NotFound, _)) => return Stage::Unknown,
        Err(trouble) => return Stage::Failed(trouble),
    };
    match boxes::look(door, &shown, named.map_or(Names::Nothing, Names::Link)).await {
        Ok(key) => Stage::Found(shown, key),
        Err(trouble) => Stage::Failed(trouble),
    }
}

#[component]
fn Found(shown: PublicBox, key: BoxKey) -> impl IntoView {
    let words = words();
    let errors = Errors::new();
    let title = shown.title.clone();
    let heading = view! { <span id="box-title-shown" dir="auto">{title}</span> }.into_any();
    let may_be_used = key.may_be_used();
    let owner = shown.owner.clone();
    let form = may_be_used.then(|| {
        view! {
            <BoxLimits shown=shown.clone()/>
            <Ask shown=shown.clone() key=key.clone() errors/>
        }
    });
    let greeting = may_be_used.then(|| view! { <BoxGreeting shown=shown.clone()/> });
    view! {
        <Page name="submit-box" title=Language::letterbox_title tab=Language::letterbox_title as Text heading errors>
            <p class="kern-body lead" id="box-owner" dir="auto">{move || words.get().letterbox_owner(&owner)}</p>
            {greeting}
            <BoxKeyNote key/>
            {form}
        </Page>
    }
}

/// What the owner says to those who send something in.
#[component]
pub(crate) fn BoxGreeting(shown: PublicBox) -> impl IntoView {
    let words = words();
    let PublicBox { greeting_de, greeting_en, .. } = shown;
    let is_empty = greeting_de.is_empty() && greeting_en.is_empty();
    let text = move || {
        let (first, other) = match words.get() {
            Language::De => (&greeting_de, &greeting_en),
            Language::En => (&greeting_en, &greeting_de),
        };
        if first.is_empty() { other.clone() } else { first.clone() }
    };
    (!is_empty).then(|| view! { <div class="letter"><p class="kern-body letter__text" id="box-greeting" dir="auto">{text}</p></div> })
}

/// What may be sent, for how long it stays, and how well it is protected.
#[component]
pub(crate) fn BoxLimits(shown: PublicBox) -> impl IntoView {
    let words = words();
    let level = if shown.card.is_some() { Level::Four } else { Level::Two };
    let sentence: Text = match level {
        Level::Four => Language::letterbox_level_4,
        _ => Language::letterbox_level_2,
    };
    let most =
        server().now().map_or(shown.max_bytes, |server| server.limits.delivery_bytes.min(shown.max_bytes));
    let (types, days) = (shown.types, shown.days);
    let kinds = move || match &types[..] {
        [] => words.get().letterbox_types_all().to_owned(),
        some => words.get().letterbox_types(&some.join(", ").to_uppercase()),
    };
    view! {
        <div class="level">
            <LevelSeal level/>
            <ul class="facts kern-body" id="box-limits">
                <li>{words.text(sentence)}</li>
                <li>{kinds}</li>
                <li>{move || words.get().letterbox_size(&words.get().size(most))}</li>
                <li>{move || words.get().letterbox_days(&words.get().days(days))}</li>
            </ul>
        </div>
    }
}

/// Where the address is typed, and what is said once it was.
#[component]
fn Ask(shown: PublicBox, key: BoxKey, errors: Errors) -> impl IntoView {
    let words = words();
    let email = RwSignal::new(String::new());
    let (busy, asked, may_again) =
        (RwSignal::new(false), RwSignal::new(None::<String>), RwSignal::new(false));
    // Counts the mails, so that a pause ends only what it belongs to.
    let times = StoredValue::new(0_u32);
    let is_named = matches!(key, BoxKey::Named(_));
    let (last, is_again) = (StoredValue::new(String::new()), RwSignal::new(false));
    let ask = Callback::new(move |()| {
        let typed = email.get_untracked();
        let Some(address) = input::email(&typed).map(str::to_owned) else {
            return errors.at(EMAIL, Trouble::Email);
        };
        errors.clear();
        busy.set(true);
        let (shown, key) = (shown.clone(), key.clone());
        spawn_local(async move {
            let ask = AskTicket { email: address.clone(), language: words.now().into() };
            let answer = api::ask_ticket(&shown.name, &ask).await;
            busy.set(false);
            match answer {
                Ok(()) => {
                    boxes::asked(&shown, &key);
                    let again = times.get_value() > 0 && last.get_value() == address;
                    is_again.set(again);
                    last.set_value(address.clone());
                    asked.set(Some(address));
                    may_again.set(false);
                    times.update_value(|times| *times += 1);
                    let now = times.get_value();
                    set_timeout(
                        move || {
                            if times.try_get_value() == Some(now) {
                                may_again.set(true);
                            }
                        },
                        PAUSE,
                    );
                    browser::focus("ticket-asked");
                }
                Err(trouble) => errors.show(trouble),
            }
        });
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !busy.get_untracked() {
            ask.run(());
        }
    };
    let other = move |()| {
        asked.set(None);
        browser::focus(EMAIL);
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::letterbox_asking } else { Language::letterbox_ask }
    });
    // Elsewhere nothing would tell which key the link named.
    let todo: Text =
        if is_named { Language::letterbox_asked_todo_named } else { Language::letterbox_asked_todo };
    let told = move |address: String| {
        let title = Signal::derive(move || -> Text {
            if is_again.get() { Language::letterbox_asked_again } else { Language::letterbox_asked }
        });
        view! {
            <section class="part" id="ticket-asked" tabindex="-1" aria-labelledby="ticket-asked-title">
                <h2 class="kern-heading-medium" id="ticket-asked-title">{move || title.get()(words.get())}</h2>
                <p class="kern-body" dir="auto">{move || words.get().letterbox_asked_text(&address)}</p>
                <p class="kern-body" id="ticket-todo">{words.text(todo)}</p>
                <p class="kern-body">{words.text(Language::letterbox_asked_none)}</p>
                <div class="actions">
                    <Show when=move || may_again.get()>
                        <Button id="ticket-again" label=Language::letterbox_again as Text busy=busy on_press=ask/>
                    </Show>
                    <Button id="ticket-other" label=Language::letterbox_other as Text look=Look::Tertiary on_press=other/>
                </div>
            </section>
        }
    };
    let form = move || {
        view! {
            <form class="form form--narrow" novalidate=true on:submit=submit>
                <TextField id=EMAIL kind="email" label=Language::letterbox_email hint=Language::letterbox_email_hint as Text
                    autocomplete="email" value=email errors/>
                <Button id="ticket-ask" label=label look=Look::Primary busy=busy/>
            </form>
        }
    };
    move || match asked.get() {
        Some(address) => told(address).into_any(),
        None => form().into_any(),
    }
}
