//! Passkeys: those there are, and one more.

use blob_api::{PasskeyInfo, PasskeyMade};
use leptos::prelude::*;
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::Sections;
use super::codes::Codes;
use crate::i18n::{Text, words};
use crate::widgets::account::attempts::anywhere;
use crate::widgets::button::{Button, Look};
use crate::widgets::field::TextField;
use crate::{api, browser, passkey};

const NAME: &str = "passkey-name";

#[component]
pub(super) fn Passkeys(sections: Sections, fresh: Codes) -> impl IntoView {
    let words = words();
    let all = move || sections.info.with(|info| info.passkeys.clone());
    view! {
        <div class="part">
            <h3 class="kern-heading-small">{words.text(Language::factor_passkeys)}</h3>
            <p class="kern-body">{words.text(Language::factor_passkeys_text)}</p>
            <ul class="entries" id="passkeys">
                <For each=all key=|one| (one.passkey, one.used) children=move |one| view! { <One sections one/> }/>
            </ul>
            {passkey::are_known().then(|| view! { <Add sections fresh/> })}
        </div>
    }
}

#[component]
fn One(sections: Sections, one: PasskeyInfo) -> impl IntoView {
    let words = words();
    let busy = RwSignal::new(false);
    let PasskeyInfo { passkey, name, created, used } = one;
    let remove = move |()| {
        sections.attempt(busy, async move || {
            api::passkey_remove(&passkey).await.map_err(anywhere)?;
            sections.say(Language::factor_passkey_removed);
            sections.reload().await
        });
    };
    let facts = move || {
        let language = words.get();
        let date = |seconds| browser::date(language, seconds, true);
        let added = language.factor_added_on(&date(created));
        let used = used.map(|used| language.factor_used_on(&date(used)));
        [Some(added), used].into_iter().flatten().map(|fact| view! { <li>{fact}</li> }).collect_view()
    };
    view! {
        <li class="entry">
            <div class="entry__text">
                <p class="kern-body entry__title">{name.clone()}</p>
                <ul class="kern-body kern-body--small kern-body--muted facts">{facts}</ul>
            </div>
            <Button label=Language::app_remove as Text look=Look::Tertiary class="remove" about=name busy=busy on_press=remove/>
        </li>
    }
}

#[component]
fn Add(sections: Sections, fresh: Codes) -> impl IntoView {
    // Most people have one on each device.
    let agent = sections.info.with_untracked(|info| {
        info.sessions.iter().find(|session| session.current).map(|session| session.agent.clone())
    });
    let name = RwSignal::new(agent.unwrap_or_default());
    let busy = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = name.get_untracked().trim().to_owned();
        if typed.is_empty() {
            return sections.errors.at(NAME, Trouble::Missing);
        }
        sections.attempt(busy, async move || {
            let offer = api::passkey_offer().await.map_err(anywhere)?;
            let credential = passkey::make(&offer.options).await.map_err(anywhere)?;
            let made = PasskeyMade { name: typed.clone(), credential };
            let made = api::passkey_made(&made).await.map_err(anywhere)?;
            sections.say(Language::factor_passkey_added);
            fresh.set(made.codes);
            sections.reload().await
        });
    };
    view! {
        <form class="form form--narrow" novalidate=true on:submit=submit>
            <TextField id=NAME label=Language::factor_passkey_name hint=Language::factor_passkey_name_hint as Text value=name errors=sections.errors/>
            <Button id="passkey-add" label=Language::factor_passkey_add as Text busy=busy/>
        </form>
    }
}
