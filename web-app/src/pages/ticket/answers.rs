//! What the owner of a box answered.

use std::sync::Arc;

use blob_api::{TicketAnswer, path};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::{Answer, Failure, MemberAnswer, MemberJob, SubmitAnswer, SubmitJob, UnsealJob};
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::Found;
use crate::crypto::{Door, door};
use crate::i18n::{Text, words};
use crate::pages::delivery::{Access, Contents};
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::level::LevelSeal;
use crate::{api, browser};

#[component]
pub(super) fn Answers(found: Found, errors: Errors, open: Callback<Contents>) -> impl IntoView {
    let words = words();
    let rows = found.info.answers.clone().into_iter().map(|answer| {
        let found = found.clone();
        view! { <Row found answer errors open/> }
    });
    let rows = rows.collect_view();
    view! {
        <section aria-labelledby="answers-title">
            <h2 class="kern-heading-medium" id="answers-title">{words.text(Language::ticket_answers)}</h2>
            <ul class="entries" id="answers">{rows}</ul>
        </section>
    }
}

#[component]
fn Row(found: Found, answer: TicketAnswer, errors: Errors, open: Callback<Contents>) -> impl IntoView {
    let (words, door) = (words(), door());
    let TicketAnswer { level, by_card, sent, state, .. } = answer.clone();
    let (from, whom) = (answer.sender.clone(), answer.sender.clone());
    let title = move || words.get().ticket_answer_from(&browser::date(words.get(), sent, true), &from);
    let without = move || words.get().ticket_answer_receipt(&whom);
    let busy = RwSignal::new(false);
    let can_open = by_card && found.is_receipt && state.is_open();
    let account = (!by_card).then(|| path::link(level, answer.delivery, ""));
    let press = move |()| {
        if busy.get_untracked() {
            return;
        }
        errors.clear();
        busy.set(true);
        let (found, answer) = (found.clone(), answer.clone());
        spawn_local(async move {
            let opened = read(door, &found, &answer).await;
            busy.set(false);
            match opened {
                Ok(contents) => open.run(contents),
                Err(trouble) => errors.show(trouble),
            }
        });
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::open_working } else { Language::open_submit }
    });
    view! {
        <li class="entry answer">
            <LevelSeal level/>
            <div class="entry__text">
                <p class="kern-body entry__title" dir="auto">{title}</p>
                {if can_open {
                    view! { <div class="actions"><Button class="answer-open" label=label look=Look::Primary busy=busy on_press=press/></div> }.into_any()
                } else if by_card {
                    view! { <p class="kern-body answer-needs-receipt" dir="auto">{without}</p> }.into_any()
                } else {
                    let text = match &account {
                        Some(_) if level.needs_account() => words.text(Language::ticket_answer_account),
                        _ => words.text(Language::ticket_answer_mail),
                    };
                    view! { <p class="kern-body">{text}</p> }.into_any()
                }}
            </div>
        </li>
    }
}

/// Opens an answer by what the submitter keeps.
async fn read(door: Door, found: &Found, answer: &TicketAnswer) -> Result<Contents, Trouble> {
    let received = api::ticket_answer(&found.ticket, &answer.delivery, &found.token).await?;
    let job = SubmitJob::Answer {
        link: found.link.id(),
        submission: answer.answer_to,
        answer: answer.delivery,
        email: found.info.email.clone(),
        received,
    };
    let told = |failure: Failure| match failure {
        Failure::BrokenLink => Trouble::told("other-receipt", Language::ticket_answer_other),
        failure => Trouble::of_worker(failure, &[]),
    };
    let (granted, opened) = door.keep(MemberJob::Submit(job)).await.map_err(told)?;
    let Some(MemberAnswer::Submit(SubmitAnswer::Opened(auth))) = opened.member() else {
        return Err(Trouble::Internal);
    };
    let access = Access { delivery: answer.delivery, gate: Some(found.token.clone()), email: None, auth };
    let opening = access.open().await?;
    let job = UnsealJob::Open { granted: granted.id(), opening: opening.clone() };
    let kept = door.keep(job).await.map_err(|failure| Trouble::of_worker(failure, &[]))?;
    let (link, Answer::Cover(cover)) = kept else { return Err(Trouble::Internal) };
    let (sender, expires) = (answer.sender.clone(), answer.expires);
    Ok(Contents { link: Arc::new(link), access, opening, cover, sender, expires, submission: None })
}
