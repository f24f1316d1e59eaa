//! `/new`: a delivery is written, sent, and its link shown.

mod codes;
mod composer;
mod files;
mod form;
mod granting;
mod recipients;
mod sending;
mod sent;
mod steps;
mod unfinished;

use leptos::prelude::*;
use web_model::text::Language;

pub(crate) use self::composer::Question;
use self::composer::{Composer, Stage};
use crate::browser;
use crate::i18n::Text;
use crate::pages::account::home::{Go, Member};
use crate::session::account;
use crate::widgets::account::login_form::LoginDialog;
use crate::widgets::page::Page;
use crate::widgets::progress::StatusLine;
use crate::widgets::secupass::words::CompareDialog;

#[component]
pub(crate) fn New() -> impl IntoView {
    view! { <Member wanted=true><Sender/></Member> }
}

/// Who may begin no delivery, but answer, is led to what there is to answer.
#[component]
fn Sender() -> impl IntoView {
    if account().may_send() {
        view! { <Deliveries/> }.into_any()
    } else {
        view! { <Go to="/inbox"/> }.into_any()
    }
}

/// One delivery after the other, each with a composer of its own.
#[component]
fn Deliveries() -> impl IntoView {
    let number = RwSignal::new(0_u32);
    move || {
        number.track();
        view! { <Writer question=None on_next=move |()| number.update(|number| *number += 1)/> }
    }
}

#[component]
pub(crate) fn Writer(
    question: Option<Question>,
    /// Begins another delivery. What comes after an answer is one of its own, which not everybody may begin.
    #[prop(optional, into)]
    on_next: Option<Callback<()>>,
) -> impl IntoView {
    let title: Text = if question.is_some() { Language::new_answer_title } else { Language::new_title };
    let composer = Composer::new(question);
    composer.look_for_unfinished();
    composer.look_when_unlocked();
    browser::guard_leaving(move || composer.has_something_to_lose());
    let sent = move || match composer.stage.get() {
        Stage::Sent(parcel) => Some(parcel),
        Stage::Writing | Stage::Sending(_) => None,
    };
    let is_sent = Memo::new(move |_| composer.stage.with(|stage| matches!(stage, Stage::Sent(_))));
    move || {
        if is_sent.get()
            && let Some(parcel) = sent()
        {
            return view! { <sent::SentPage parcel link_copied=composer.link_copied codes_kept=composer.codes_kept on_next/> }.into_any();
        }
        let progress = Signal::derive(move || composer.percent());
        view! {
            <Page name="new" title=title tab=Language::new_tab as Text progress errors=composer.errors>
                <unfinished::UnfinishedDeliveries composer/>
                <unfinished::GoesOn composer/>
                <form::Form composer/>
                <StatusLine status=composer.status/>
                <CompareDialog comparing=composer.comparing/>
                <LoginDialog open=composer.login_again on_done=move |()| composer.send()/>
            </Page>
        }
        .into_any()
    }
}
