//! `/inbox`: what was sent to the account.

use blob_api::{Received, RecipientState};
use leptos::prelude::*;
use web_model::boxes::Told;
use web_model::text::Language;

use super::Entry;
use super::listing::List;
use super::sent::ToRequests;
use crate::i18n::words;
use crate::pages::account::home::Member;
use crate::pages::granted::Deletion;
use crate::session::account;
use crate::widgets::errors::Errors;
use crate::widgets::icon::Icon;
use crate::widgets::page::Page;
use crate::{api, browser};

#[component]
pub(crate) fn Inbox() -> impl IntoView {
    view! { <Member wanted=true><InboxPage/></Member> }
}

#[component]
fn InboxPage() -> impl IntoView {
    let errors = Errors::new();
    let account = account();
    let fetch = async move |before| {
        api::inbox(before).await.map(|page| {
            if page.deliveries.iter().any(|one| matches!(one.state, RecipientState::NeedsKeys { .. })) {
                account.got_sealed();
            }
            (page.deliveries, page.more)
        })
    };
    let row = |received| view! { <Row received/> }.into_any();
    let deleted = Deletion::was_noted();
    view! {
        <Page name="inbox" title=Language::box_inbox_title errors>
            {deleted.then(|| view! { <Deleted/> })}
            <ToRequests/>
            <List id="received-list" errors fetch key=|received: &Received| received.delivery row empty=ViewFn::from(|| view! { <Empty/> })/>
        </Page>
    }
}

/// A submission was deleted just now.
#[component]
fn Deleted() -> impl IntoView {
    let words = words();
    view! {
        <div class="kern-alert kern-alert--success notice" id="submission-deleted" role="status">
            <div class="kern-alert__header">
                <Icon name="success"/>
                <p class="kern-body notice__text">{words.text(Language::submission_deleted)}</p>
            </div>
        </div>
    }
}

#[component]
fn Empty() -> impl IntoView {
    let words = words();
    let email = account().email();
    view! {
        <div class="empty">
            <p class="kern-body">{move || words.get().box_inbox_empty(&email)}</p>
            <p class="kern-body">{words.text(Language::box_inbox_empty_todo)}</p>
        </div>
    }
}

/// One delivery; all of it is written anew when the language changes.
#[component]
fn Row(received: Received) -> impl IntoView {
    let words = words();
    move || {
        let language = words.get();
        let title = language.box_from(&received.sender);
        let href = format!("/inbox/{}", received.delivery);
        let title = view! { <a class="kern-link" href=href>{title}</a> }.into_any();
        let (facts, told) = (facts(language, &received), Some(told(language, &received)));
        view! { <Entry level=received.level title facts told/> }
    }
}

/// How far a received delivery is.
pub(super) fn told(language: Language, received: &Received) -> Told {
    let date = |seconds| browser::date(language, seconds, true);
    match received.submission {
        None => language.received_state(received.state, &date),
        Some(_) => language.submission_state(received.state, &date),
    }
}

/// What there is to say of any received delivery.
pub(crate) fn facts(language: Language, received: &Received) -> Vec<String> {
    let date = |seconds| browser::date(language, seconds, true);
    let mut facts = match &received.submission {
        None => vec![received.sender_email.clone()],
        // Who sent it is an address already.
        Some(about) => {
            vec![language.submission_short(about), language.submission_list_unverified().to_owned()]
        }
    };
    facts.push(language.box_at(&date(received.sent)));
    if received.state.is_open() {
        facts.push(language.box_until(&date(received.expires)));
    }
    if received.password {
        facts.push(language.box_password().to_owned());
    }
    if received.answer_to.is_some() {
        facts.push(language.box_answer().to_owned());
    }
    facts
}
