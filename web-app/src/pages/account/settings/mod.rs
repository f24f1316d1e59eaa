//! `/settings`: what an account's owner looks after.

mod codes;
mod contents;
mod deputies;
mod passkeys;
mod password;
mod profile;
mod secupass;
mod sessions;
mod submit_box;
mod totp;

use blob_api::AccountInfo;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::home::{Go, Member};
use crate::api;
use crate::crypto::{Door, door};
use crate::i18n::{Text, Words, words};
use crate::pages::{Loading, notice};
use crate::session::{Account, account};
use crate::widgets::account::attempts::{Attempts, Fault, anywhere};
use crate::widgets::account::confirm::ConfirmDialog;
use crate::widgets::errors::Errors;
use crate::widgets::page::Page;
use crate::widgets::progress::{Status, StatusLine};

#[component]
pub(crate) fn Settings() -> impl IntoView {
    view! { <Member wanted=true><Asked/></Member> }
}

/// What the sections share.
#[derive(Clone, Copy)]
struct Sections {
    info: RwSignal<AccountInfo>,
    attempts: Attempts,
    errors: Errors,
    status: Status,
    account: Account,
    door: Door,
    words: Words,
}

impl Sections {
    /// Does something at the server, and once more when the server wants the password first.
    fn attempt<Action>(self, busy: RwSignal<bool>, action: Action)
    where
        Action: AsyncFn() -> Result<(), Fault> + Clone + 'static,
    {
        self.attempts.attempt(busy, action);
    }

    /// Asks for all of it anew.
    async fn reload(self) -> Result<(), Fault> {
        self.info.set(api::account().await.map_err(anywhere)?);
        Ok(())
    }

    /// Tells what was done, on the page and to screen readers.
    fn say(self, text: Text) {
        self.status.say(text(self.words.now()).to_owned());
    }
}

#[component]
fn Asked() -> impl IntoView {
    let account = account();
    let answer = RwSignal::new(None::<Result<AccountInfo, Trouble>>);
    let ask = move || {
        answer.set(None);
        spawn_local(async move { answer.set(Some(api::account().await)) });
    };
    ask();
    move || match answer.get() {
        None => view! { <Loading/> }.into_any(),
        Some(Ok(info)) => view! { <All info/> }.into_any(),
        Some(Err(Trouble::LoggedOut)) => {
            account.ended();
            account.want("/settings".to_owned());
            view! { <Go to="/login"/> }.into_any()
        }
        Some(Err(trouble)) => view! { <notice::Failed trouble retry=ask/> }.into_any(),
    }
}

#[component]
fn All(info: AccountInfo) -> impl IntoView {
    let words = words();
    let fresh = RwSignal::new(Vec::new());
    let (account, errors, ended) = (account(), Errors::new(), RwSignal::new(false));
    let leave = Callback::new(move |()| {
        account.want("/settings".to_owned());
        ended.set(true);
    });
    let sections = Sections {
        info: RwSignal::new(info),
        attempts: Attempts::new(errors, Some(leave)),
        errors,
        status: Status::new(),
        account,
        door: door(),
        words,
    };
    view! {
        <Page name="settings" title=Language::settings_title errors=sections.errors>
            <contents::Contents/>
            <profile::Profile sections/>
            <secupass::SecuPass sections/>
            <deputies::Deputies sections/>
            <submit_box::Own sections/>
            <password::Password sections/>
            <section class="part" aria-labelledby="second-factor-title">
                <h2 class="kern-heading-medium" id="second-factor-title" tabindex="-1">{words.text(Language::factor_title)}</h2>
                <p class="kern-body">{words.text(Language::factor_intro)}</p>
                <codes::Fresh sections fresh/>
                <totp::AuthenticatorApp sections fresh/>
                <passkeys::Passkeys sections fresh/>
                <codes::Recovery sections fresh/>
            </section>
            <sessions::Sessions sections/>
            <StatusLine status=sections.status/>
            <ConfirmDialog attempts=sections.attempts/>
            <Show when=move || ended.get()><Go to="/login"/></Show>
        </Page>
    }
}
