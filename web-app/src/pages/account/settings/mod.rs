//! `/settings`: what an account's owner looks after.

mod codes;
mod confirm;
mod passkeys;
mod password;
mod profile;
mod secupass;
mod sessions;
mod totp;

use std::rc::Rc;

use blob_api::{AccountInfo, ProblemKind};
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
use crate::widgets::errors::Errors;
use crate::widgets::page::Page;
use crate::widgets::progress::{Status, StatusLine};

#[component]
pub(crate) fn Settings() -> impl IntoView {
    view! { <Member wanted=true><Asked/></Member> }
}

/// What went wrong, and the field that has to change.
type Fault = (Option<&'static str>, Trouble);

/// What is wrong with no field.
fn anywhere(trouble: Trouble) -> Fault {
    (None, trouble)
}

/// What the sections share.
#[derive(Clone, Copy)]
struct Sections {
    info: RwSignal<AccountInfo>,
    errors: Errors,
    status: Status,
    /// The password is asked for once more, before what waits.
    confirming: RwSignal<bool>,
    waiting: StoredValue<Option<Rc<dyn Fn()>>, LocalStorage>,
    ended: RwSignal<bool>,
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
        if busy.get_untracked() {
            return;
        }
        self.errors.clear();
        busy.set(true);
        spawn_local(async move {
            let result = action().await;
            busy.set(false);
            match result {
                Ok(()) => {}
                Err((_, Trouble::Server(ProblemKind::Unconfirmed, _))) => {
                    let again = Rc::new(move || self.attempt(busy, action.clone()));
                    self.waiting.set_value(Some(again));
                    self.confirming.set(true);
                }
                Err((_, Trouble::LoggedOut)) => {
                    self.account.ended();
                    self.account.want("/settings".to_owned());
                    self.ended.set(true);
                }
                Err((Some(field), trouble)) => self.errors.at(field, trouble),
                Err((None, trouble)) => self.errors.show(trouble),
            }
        });
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
    let sections = Sections {
        info: RwSignal::new(info),
        errors: Errors::new(),
        status: Status::new(),
        confirming: RwSignal::new(false),
        waiting: StoredValue::new_local(None),
        ended: RwSignal::new(false),
        account: account(),
        door: door(),
        words,
    };
    view! {
        <Page name="settings" title=Language::settings_title errors=sections.errors>
            <profile::Profile sections/>
            <secupass::SecuPass sections/>
            <password::Password sections/>
            <section class="part" aria-labelledby="second-factor-title">
                <h2 class="kern-heading-medium" id="second-factor-title">{words.text(Language::factor_title)}</h2>
                <p class="kern-body">{words.text(Language::factor_intro)}</p>
                <codes::Fresh sections fresh/>
                <totp::AuthenticatorApp sections fresh/>
                <passkeys::Passkeys sections fresh/>
                <codes::Recovery sections fresh/>
            </section>
            <sessions::Sessions sections/>
            <StatusLine status=sections.status/>
            <confirm::ConfirmDialog sections/>
            <Show when=move || sections.ended.get()><Go to="/login"/></Show>
        </Page>
    }
}
