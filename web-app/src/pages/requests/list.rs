//! One request: how far it is, what was asked, and what can be done with it.

use blob_api::{MailState, OwnRequest};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::{Asked, MemberAnswer, MemberJob, Secret, SubmitAnswer, SubmitJob};
use web_model::text::Language;
use web_model::trouble::Trouble;

use crate::crypto::door;
use crate::i18n::{Text, words};
use crate::keys::keys;
use crate::widgets::ask::{AskDialog, Question};
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::progress::Status;
use crate::{api, browser};

#[component]
pub(super) fn One(
    request: OwnRequest,
    errors: Errors,
    status: Status,
    on_change: Callback<()>,
) -> impl IntoView {
    let (words, keys, door) = (words(), keys(), door());
    let OwnRequest {
        ticket,
        email,
        created,
        expires,
        due,
        uses,
        used,
        last,
        mail,
        withdrawn,
        overdue,
        kept,
        ..
    } = request;
    let busy = RwSignal::new(false);
    let shown = RwSignal::new(None::<(Asked, String)>);
    let date = move |seconds| browser::date(words.get(), seconds, true);
    let is_open = withdrawn.is_none() && used < uses && browser::now() < expires;
    let (state, name) = match (withdrawn, last) {
        (Some(at), _) => (Signal::derive(move || words.get().request_withdrawn(&date(at))), "withdrawn"),
        (None, Some(at)) if used >= uses || uses == 1 => {
            (Signal::derive(move || words.get().request_fulfilled(&date(at))), "fulfilled")
        }
        (None, Some(at)) => {
            let (used, at) = (used.to_string(), at);
            (Signal::derive(move || words.get().request_some(&date(at), &used)), "some")
        }
        (None, None) if !is_open => {
            (Signal::derive(move || words.get().request_over(&date(expires))), "over")
        }
        (None, None) if overdue => {
            (Signal::derive(move || words.get().request_overdue().to_owned()), "overdue")
        }
        (None, None) => (Signal::derive(move || words.get().request_open(&date(expires))), "open"),
    };
    let mailed = move || {
        let language = words.get();
        match mail {
            MailState::None => None,
            MailState::Waiting => Some(language.request_mail_waiting().to_owned()),
            MailState::Gone(at) => Some(language.request_mail_gone(&date(at))),
            MailState::Refused(at) => Some(language.request_mail_refused(&date(at))),
        }
    };
    let has_kept = kept.is_some();
    let read = Callback::new(move |()| {
        let Some(kept) = kept.clone() else { return };
        errors.clear();
        spawn_local(async move {
            let result = async {
                let Some(keys) = keys.need().await else { return Err(Trouble::Cancelled) };
                let detail = api::request_detail(&ticket).await?;
                let job = SubmitJob::OwnRequest { keys, ticket, kept, sealed: detail.sealed };
                let answer = door.ask(MemberJob::Submit(job)).await;
                match answer.map_err(|failure| Trouble::of_worker(failure, &[]))?.member() {
                    Some(MemberAnswer::Submit(SubmitAnswer::Own(asked, Secret(fragment)))) => {
                        Ok((asked, format!("{}/t/{ticket}#{fragment}", browser::origin())))
                    }
                    _ => Err(Trouble::Internal),
                }
            };
            match result.await {
                Ok(own) => shown.set(Some(own)),
                Err(Trouble::Cancelled) => {}
                Err(trouble) => errors.show(trouble),
            }
        });
    });
    let (about, whom, mailbox, asked_of) = (email.clone(), email.clone(), email.clone(), email.clone());
    let question = RwSignal::new(None);
    let withdraw = Callback::new(move |()| {
        if busy.get_untracked() {
            return;
        }
        errors.clear();
        busy.set(true);
        let whom = whom.clone();
        spawn_local(async move {
            let done = api::withdraw_request(&ticket).await;
            busy.set(false);
            match done {
                Ok(()) => {
                    status.say(words.now().request_withdrawn_now(&whom));
                    on_change.run(());
                }
                Err(trouble) => errors.show(trouble),
            }
        });
    });
    let ask = move |()| {
        question.set(Some(Question {
            title: Language::request_withdraw_title,
            text: |language, email| language.request_withdraw_text(email),
            about: asked_of.clone(),
            label: Language::request_withdraw,
            keep: Language::request_keep,
            yes: withdraw,
        }));
    };
    let copy = move |link: String| {
        spawn_local(async move {
            if browser::copy(&link).await {
                status.say(words.now().sent_copied().to_owned());
            } else {
                errors.show(Trouble::Copy);
            }
        });
    };
    let own = move || {
        shown.get().map(|(asked, link)| {
            let has_items = !asked.items.is_empty();
            let items = asked.items.into_iter().map(|item| view! { <li class="kern-body" dir="auto">{item}</li> });
            let items = items.collect_view();
            view! {
                <div class="letter">
                    {(!asked.note.is_empty()).then(|| view! { <p class="kern-body letter__text" dir="auto">{asked.note}</p> })}
                    {has_items.then(|| view! { <ul class="kern-list kern-list--bullet">{items}</ul> })}
                    {is_open.then(|| view! { <Button label=Language::sent_copy as Text class="request-copy" icon="content-copy" on_press=move |()| copy(link.clone())/> })}
                </div>
            }
        })
    };
    let can_read = Signal::derive(move || has_kept && shown.with(Option::is_none));
    view! {
        <li class="entry request" data-email=mailbox data-state=name>
            <div class="entry__text">
                <p class="kern-body entry__title" dir="auto">{email}</p>
                <p class="kern-body submission__state">{state}</p>
                <ul class="kern-body kern-body--small kern-body--muted facts">
                    <li>{move || words.get().request_made(&date(created))}</li>
                    {due.map(|due| view! { <li>{move || words.get().request_due(&browser::day(words.get(), due))}</li> })}
                    <li>{mailed}</li>
                </ul>
                {own}
                <div class="actions">
                    <Show when=move || can_read.get()>
                        <Button class="request-read" label=Language::request_read as Text look=Look::Tertiary on_press=read/>
                    </Show>
                    {is_open.then(|| view! {
                        <Button class="request-withdraw" label=Language::request_withdraw as Text look=Look::Tertiary about=about busy=busy on_press=ask/>
                    })}
                </div>
                <AskDialog question/>
            </div>
        </li>
    }
}
