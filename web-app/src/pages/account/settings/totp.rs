//! The authenticator app.

use blob_api::{Hidden, ProblemKind, TotpConfirm, TotpOffer};
use leptos::prelude::*;
use web_model::input;
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::Sections;
use super::codes::Codes;
use crate::i18n::{Text, words};
use crate::widgets::account::CodeField;
use crate::widgets::account::attempts::anywhere;
use crate::widgets::button::{Button, Look};
use crate::widgets::qr::Qr;
use crate::{api, browser};

const DIGITS: usize = 6;
const FIELD: &str = "totp-code";

#[component]
pub(super) fn AuthenticatorApp(sections: Sections, fresh: Codes) -> impl IntoView {
    let words = words();
    let busy = RwSignal::new(false);
    let offer = RwSignal::new(None::<TotpOffer>);
    let is_set_up = Memo::new(move |_| sections.info.with(|info| info.totp));
    let begin = move |()| {
        sections.attempt(busy, async move || {
            offer.set(Some(api::totp_offer().await.map_err(anywhere)?));
            browser::focus(FIELD);
            Ok(())
        });
    };
    let remove = move |()| {
        sections.attempt(busy, async move || {
            api::totp_remove().await.map_err(anywhere)?;
            sections.say(Language::factor_app_removed);
            sections.reload().await
        });
    };
    let shown = move || match (offer.get(), is_set_up.get()) {
        (Some(found), _) => view! { <Offer sections fresh found offer/> }.into_any(),
        (None, true) => view! {
            <p class="kern-body">{words.text(Language::factor_app_there)}</p>
            <Button id="totp-remove" label=Language::factor_app_remove as Text busy=busy on_press=remove/>
        }
        .into_any(),
        (None, false) => view! {
            <p class="kern-body">{words.text(Language::factor_app_text)}</p>
            <Button id="totp-begin" label=Language::factor_app_begin as Text busy=busy on_press=begin/>
        }
        .into_any(),
    };
    view! {
        <div class="part">
            <h3 class="kern-heading-small">{words.text(Language::factor_app)}</h3>
            {shown}
        </div>
    }
}

/// The secret, as a picture and as text, and the first code that shows that the app has it.
#[component]
fn Offer(
    sections: Sections,
    fresh: Codes,
    found: TotpOffer,
    offer: RwSignal<Option<TotpOffer>>,
) -> impl IntoView {
    let words = words();
    let typed = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(code) = input::digits(&typed.get_untracked(), DIGITS) else {
            return sections.errors.at(FIELD, Trouble::told("code", Language::second_code_form));
        };
        sections.attempt(busy, async move || {
            let answer = api::totp_confirm(&TotpConfirm { code: Hidden(code.clone()) }).await;
            let made = answer.map_err(|trouble| match trouble {
                Trouble::Server(ProblemKind::WrongCode, _) => (Some(FIELD), trouble),
                trouble => (None, trouble),
            })?;
            offer.set(None);
            sections.say(Language::factor_app_added);
            fresh.set(made.codes);
            sections.reload().await
        });
    };
    let stop = move |()| {
        sections.errors.clear();
        offer.set(None);
    };
    let label = Signal::derive(move || words.get().factor_app_qr().to_owned());
    let uri = found.uri.0;
    view! {
        <p class="kern-body">{words.text(Language::factor_app_scan)}</p>
        // On a phone the picture is on the very screen that would have to scan it.
        <p class="kern-body"><a class="kern-link" id="totp-open" href=uri.clone()>{words.text(Language::factor_app_open)}</a></p>
        <div class="offer">
            <Qr text=uri.clone() label/>
            <p class="kern-body">
                {words.text(Language::factor_app_secret)} " "
                <code id="totp-secret" class="secret">{in_groups(&found.secret.0)}</code>
            </p>
        </div>
        <form class="form form--narrow" novalidate=true on:submit=submit>
            <CodeField id=FIELD label=Language::factor_app_code hint=Language::second_code_hint as Text value=typed errors=sections.errors/>
            <div class="actions">
                <Button id="totp-confirm" label=Language::factor_app_confirm as Text look=Look::Primary busy=busy/>
                <Button id="totp-stop" label=Language::factor_stop as Text look=Look::Tertiary on_press=stop/>
            </div>
        </form>
    }
}

/// Four letters at a time are easier to type.
fn in_groups(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
}
