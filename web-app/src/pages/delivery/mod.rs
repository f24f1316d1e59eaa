//! An opened delivery: subject, message, files.

mod files;
mod preview;
mod receiver;

use std::sync::Arc;

use blob_api::{DeliveryId, OpenDelivery, SubmissionInfo, Token, UnixSeconds};
use leptos::prelude::*;
use web_model::protocol::Cover;
use web_model::text::Language;
use web_model::trouble::Trouble;

use crate::crypto::Kept;
use crate::i18n::{Text, words};
use crate::widgets::level::LevelSeal;
use crate::widgets::page::Page;
use crate::widgets::progress::StatusLine;
use crate::{api, browser};
use files::Files;
use receiver::Receiver;

/// What opening gave.
#[derive(Clone)]
pub(crate) struct Contents {
    /// Names what was opened in the worker.
    pub(crate) link: Arc<Kept>,
    pub(crate) access: Access,
    pub(crate) opening: Token,
    pub(crate) cover: Cover,
    /// The sender's name, as the server has it.
    pub(crate) sender: String,
    pub(crate) expires: UnixSeconds,
    /// Present when it came through a box of who opened it.
    pub(crate) submission: Option<SubmissionInfo>,
}

/// What the server wants to see before it gives the right to fetch: an opening lasts a day, a page may stay open longer.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) delivery: DeliveryId,
    /// Of the link; a recipient with keys needs none.
    pub(crate) gate: Option<Token>,
    /// What the recipient typed, where no account says who it is.
    pub(crate) email: Option<String>,
    /// Proves possession of link and password.
    pub(crate) auth: Token,
}

impl Access {
    /// The right to fetch.
    pub(crate) async fn open(&self) -> Result<Token, Trouble> {
        let ask = OpenDelivery { email: self.email.clone(), auth: self.auth.clone() };
        Ok(api::open(&self.delivery, self.gate.as_ref(), &ask).await?.token)
    }
}

#[component]
pub(crate) fn Delivery(
    contents: Contents,
    /// What there is to say of its sender.
    #[prop(optional_no_strip)]
    about: Option<AnyView>,
    actions: Option<AnyView>,
) -> impl IntoView {
    let words = words();
    let receiver = Receiver::new(&contents);
    let Contents { cover, sender, expires, .. } = contents;
    let Cover { level, letter, created, files } = cover;
    browser::guard_leaving(move || receiver.is_under_way());
    let heading = (!letter.subject.is_empty())
        .then(|| view! { <span id="subject-shown" dir="auto">{letter.subject}</span> }.into_any());
    let heading = heading.unwrap_or_else(|| view! { {words.text(Language::delivery_title)} }.into_any());
    let from = move || words.get().open_from(&sender);
    let sealed = move || words.get().delivery_sealed(&browser::date(words.get(), created, true));
    let until = move || words.get().open_expires(&browser::date(words.get(), expires, true));
    let progress = Signal::derive(move || receiver.batch().map(|batch| batch.percent));
    view! {
        <Page name="delivery" title=Language::delivery_title tab=Language::delivery_tab as Text heading progress
            errors=receiver.errors
        >
            <div class="level">
                <LevelSeal level/>
                <div>
                    <p id="sender-shown" class="kern-body kern-body--bold" dir="auto">{from}</p>
                    <p class="kern-body kern-body--small kern-body--muted">{sealed}</p>
                    <p class="kern-body kern-body--small kern-body--muted">{until}</p>
                </div>
            </div>
            {about}
            <section class="letter" aria-label=words.text(Language::delivery_message)>
                {if letter.message.is_empty() {
                    view! { <p class="kern-body kern-body--muted">{words.text(Language::delivery_no_message)}</p> }.into_any()
                } else {
                    view! { <p id="message-shown" class="kern-body letter__text" dir="auto">{letter.message}</p> }.into_any()
                }}
            </section>
            <Files files receiver/>
            {actions}
            <StatusLine status=receiver.status/>
        </Page>
    }
}
