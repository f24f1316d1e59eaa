//! `/setup#<token>`: the first account.

use blob_api::Token;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use web_model::input;
use web_model::text::Language;
use web_model::trouble::Trouble;

use crate::Arrival;
use crate::app::server;
use crate::crypto::door;
use crate::i18n::{Text, words};
use crate::session::{self, NewAdmin, account};
use crate::widgets::account::new_password::{NewPassword, NewPasswordFields};
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::field::TextField;
use crate::widgets::page::Page;

#[component]
pub(crate) fn Setup() -> impl IntoView {
    let token = expect_context::<StoredValue<Arrival>>()
        .try_update_value(|arrival| arrival.take("/setup"))
        .flatten()
        .and_then(|fragment| Token::from_text(&fragment));
    let done_already = server().now().is_some_and(|instance| instance.set_up);
    match token {
        _ if done_already => view! { <Told text=Language::setup_done_already to_login=true/> }.into_any(),
        None => view! { <Told text=Language::setup_no_token to_login=false/> }.into_any(),
        Some(token) => view! { <SetupForm token/> }.into_any(),
    }
}

/// Why there is nothing to fill in.
#[component]
fn Told(text: Text, to_login: bool) -> impl IntoView {
    let words = words();
    let errors = Errors::new();
    view! {
        <Page name="setup" title=Language::setup_title errors>
            <p class="kern-body">{words.text(text)}</p>
            {to_login.then(|| view! { <a class="kern-link" href="/login">{words.text(Language::setup_to_login)}</a> })}
        </Page>
    }
}

/// What is typed here, as signals.
#[derive(Clone, Copy)]
struct Form {
    name: RwSignal<String>,
    email: RwSignal<String>,
    password: NewPassword,
    errors: Errors,
}

impl Form {
    fn new() -> Self {
        let field = || RwSignal::new(String::new());
        Self { name: field(), email: field(), password: NewPassword::new(), errors: Errors::new() }
    }

    /// What was typed, or the field that has to change.
    fn read(self, token: Token, language: Language) -> Result<NewAdmin, (&'static str, Trouble)> {
        let name = self.name.get_untracked().trim().to_owned();
        if name.is_empty() {
            return Err(("setup-name", Trouble::Missing));
        }
        let typed = self.email.get_untracked();
        let email = input::email(&typed).ok_or(("setup-email", Trouble::Email))?.to_owned();
        let password = self.password.read(&email)?;
        Ok(NewAdmin { token, email, name, password, language })
    }
}

#[component]
fn SetupForm(token: Token) -> impl IntoView {
    let words = words();
    let (door, account, server) = (door(), account(), server());
    let form = Form::new();
    let errors = form.errors;
    let busy = RwSignal::new(false);
    let navigate = StoredValue::new(use_navigate());
    let go = move |to: &str| {
        navigate.with_value(|go| go(to, NavigateOptions { replace: true, ..NavigateOptions::default() }));
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let new = match form.read(token.clone(), words.now()) {
            Ok(new) => new,
            Err((field, trouble)) => return errors.at(field, trouble),
        };
        errors.clear();
        busy.set(true);
        spawn_local(async move {
            let made = session::set_up(door, &new).await;
            if let Err(trouble) = made {
                busy.set(false);
                return errors.show(trouble);
            }
            server.was_set_up();
            // When only this login fails, the account exists all the same, and the login page asks for it.
            let logged_in = account.log_in(door, &new.email, &new.password).await.is_ok();
            go(if logged_in { account.home() } else { "/login" });
        });
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::setup_working } else { Language::setup_submit }
    });
    view! {
        <Page name="setup" title=Language::setup_title errors>
            <p class="kern-body lead">{words.text(Language::setup_intro)}</p>
            <form class="form form--narrow" novalidate=true on:submit=submit>
                <TextField id="setup-name" label=Language::setup_name hint=Language::setup_name_hint as Text
                    autocomplete="name" value=form.name errors/>
                <TextField id="setup-email" kind="email" label=Language::setup_email hint=Language::setup_email_hint as Text
                    autocomplete="username" value=form.email errors/>
                <NewPasswordFields value=form.password email=form.email errors/>
                <Button id="setup-submit" label=label look=Look::Primary busy=busy/>
            </form>
        </Page>
    }
}
