//! What became of what was sent into a box.

use blob_api::{RecipientState, Submission, TicketInfo};
use leptos::prelude::*;
use web_model::text::Language;

use super::Found;
use super::answers::Answers;
use super::confirmed::groups;
use crate::browser;
use crate::i18n::{Text, words};
use crate::pages::delivery::Contents;
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::level::LevelSeal;
use crate::widgets::page::Page;

#[component]
pub(super) fn StatusPage(found: Found, write: Callback<Found>, open: Callback<Contents>) -> impl IntoView {
    let words = words();
    let errors = Errors::new();
    let TicketInfo { submit_box, live, may_add, submissions, .. } = found.info.clone();
    let rows = submissions.into_iter().map(|submission| view! { <Row submission/> }).collect_view();
    let title = submit_box.title;
    let more: Option<Text> = match (live, may_add) {
        (true, _) => Some(Language::ticket_again),
        (false, true) => Some(Language::ticket_add),
        (false, false) => None,
    };
    view! {
        <Page name="ticket-status" title=Language::ticket_status_title errors>
            <p class="kern-body lead" dir="auto">{move || words.get().ticket_status_text(&title)}</p>
            {(!found.info.answers.is_empty()).then(|| view! { <Answers found=found.clone() errors open/> })}
            <ul class="entries" id="submissions">{rows}</ul>
            {more.is_none().then(|| view! { <p class="kern-body" id="ticket-closed">{words.text(Language::ticket_closed)}</p> })}
            {more.map(|label| {
                let found = found.clone();
                view! { <Button id="ticket-more" label=label look=Look::Secondary icon="add" on_press=move |()| write.run(found.clone())/> }
            })}
        </Page>
    }
}

#[component]
fn Row(submission: Submission) -> impl IntoView {
    let words = words();
    let Submission { level, sent, files, bytes, digest, state, deleted, .. } = submission;
    let date = move |seconds| browser::date(words.get(), seconds, true);
    let title = move || words.get().ticket_sent_at(&date(sent));
    let size = move || {
        let language = words.get();
        (files > 0)
            .then(|| language.ticket_sent_files(&language.files(files as usize), &language.size(bytes)))
    };
    let said = move || {
        let language = words.get();
        match state {
            RecipientState::Collected { at, .. } => language.ticket_state_collected(&date(at)),
            RecipientState::Opened { at, .. } => language.ticket_state_opened(&date(at)),
            RecipientState::NeedsRelease { .. } => language.ticket_state_lost().to_owned(),
            RecipientState::Expired { at, collected: true, .. } => language.ticket_state_done(&date(at)),
            RecipientState::Expired { at, .. } if deleted => language.ticket_state_deleted(&date(at)),
            RecipientState::Expired { at, .. } | RecipientState::Revoked { at, .. } => {
                language.ticket_state_ended(&date(at))
            }
            _ => language.ticket_state_waiting().to_owned(),
        }
    };
    let name = match state {
        RecipientState::Collected { .. } => "collected",
        RecipientState::Opened { .. } => "opened",
        RecipientState::NeedsRelease { .. } => "lost",
        RecipientState::Expired { .. } if deleted => "deleted",
        RecipientState::Expired { .. } | RecipientState::Revoked { .. } => "ended",
        _ => "waiting",
    };
    view! {
        <li class="entry submission" data-state=name>
            <LevelSeal level/>
            <div class="entry__text">
                <p class="kern-body entry__title">{title}</p>
                <p class="kern-body submission__state">{said}</p>
                <ul class="kern-body kern-body--small kern-body--muted facts">
                    <li>{size}</li>
                    <li class="receipt-digest" translate="no">{move || words.get().ticket_digest(&groups(&digest.0))}</li>
                </ul>
            </div>
        </li>
    }
}
