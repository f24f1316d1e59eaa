//! `/new`: a delivery is written, sent, and its link shown.

mod codes;
pub(in crate::pages) mod composer;
pub(in crate::pages) mod files;
pub(in crate::pages) mod form;
mod granting;
mod letters;
mod recipients;
pub(in crate::pages) mod sending;
mod sent;
mod steps;
mod submitting;
pub(in crate::pages) mod unfinished;

use leptos::prelude::*;
use web_model::text::Language;

pub(crate) use self::composer::Question;
use self::composer::{Composer, Stage};
use crate::i18n::Text;
use crate::leaving;
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

/// How often a new delivery was begun on this page: who is there already goes nowhere by a link to it.
#[derive(Clone, Copy)]
pub(crate) struct Begun(RwSignal<u32>);

impl Begun {
    pub(crate) fn provide() {
        provide_context(Self(RwSignal::new(0)));
    }

    /// Begins another delivery.
    pub(crate) fn again(self) {
        self.0.update(|number| *number = number.wrapping_add(1));
    }
}

/// One delivery after the other, each with a composer of its own.
#[component]
fn Deliveries() -> impl IntoView {
    let begun: Begun = expect_context();
    move || {
        begun.0.track();
        view! { <Writer question=None on_next=move |()| begun.again()/> }
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
    leaving::guard(move || composer.has_something_to_lose());
    let sent = move || match composer.stage.get() {
        Stage::Sent(parcel) => Some(parcel),
        Stage::Writing | Stage::Sending(_) | Stage::Submitted(_) => None,
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
