//! `/sent`: what the account has sent.

use blob_api::SentDelivery;
use leptos::prelude::*;
use web_model::text::Language;

use super::Entry;
use super::listing::List;
use crate::i18n::words;
use crate::pages::account::home::Member;
use crate::session::account;
use crate::widgets::errors::Errors;
use crate::widgets::page::Page;
use crate::{api, browser};

#[component]
pub(crate) fn Sent() -> impl IntoView {
    view! { <Member wanted=true><SentPage/></Member> }
}

#[component]
fn SentPage() -> impl IntoView {
    let errors = Errors::new();
    let fetch = async |before| api::sent(before).await.map(|page| (page.deliveries, page.more));
    let row = |delivery| view! { <Row delivery/> }.into_any();
    view! {
        <Page name="sent-list" title=Language::box_sent_title errors>
            <ToRequests/>
            <List id="sent-list" errors fetch key=|sent: &SentDelivery| sent.delivery row empty=ViewFn::from(|| view! { <Empty/> })/>
        </Page>
    }
}

/// Leads those who may ask others for documents to what they have asked for.
#[component]
pub(super) fn ToRequests() -> impl IntoView {
    let (words, account) = (words(), account());
    view! {
        <Show when=move || account.is_staff()>
            <p><a class="kern-link" id="to-requests" href="/requests">{words.text(Language::request_title)}</a></p>
        </Show>
    }
}

#[component]
fn Empty() -> impl IntoView {
    let words = words();
    let account = account();
    view! {
        <div class="empty">
            <p class="kern-body">{words.text(Language::box_sent_empty)}</p>
            <p class="kern-body">{words.text(Language::box_sent_empty_todo)}</p>
            <Show when=move || account.may_send()>
                <p><a class="kern-link" href="/new">{words.text(Language::nav_new)}</a></p>
            </Show>
        </div>
    }
}

#[component]
fn Row(delivery: SentDelivery) -> impl IntoView {
    let words = words();
    move || {
        let language = words.get();
        let date = |seconds| browser::date(language, seconds, true);
        let title = language.addressees(&delivery.recipients);
        let href = format!("/sent/{}", delivery.delivery);
        let title = view! { <a class="kern-link" href=href>{title}</a> }.into_any();
        let told = language.sent_states(&delivery.recipients, &date);
        view! { <Entry level=delivery.level title facts=facts(language, &delivery) told/> }
    }
}

/// What there is to say of any sent delivery.
pub(super) fn facts(language: Language, delivery: &SentDelivery) -> Vec<String> {
    let date = |seconds| browser::date(language, seconds, true);
    let files = match usize::try_from(delivery.files) {
        Ok(0) | Err(_) => language.outgoing_no_files().to_owned(),
        Ok(files) => language.files(files),
    };
    let mut facts = vec![language.box_at(&date(delivery.sent)), files];
    if delivery.password {
        facts.push(language.box_password().to_owned());
    }
    if delivery.answer_to.is_some() {
        facts.push(language.box_your_answer().to_owned());
    }
    facts.push(match delivery.ended {
        true => language.box_ended().to_owned(),
        false => language.box_until(&date(delivery.expires)),
    });
    facts
}
