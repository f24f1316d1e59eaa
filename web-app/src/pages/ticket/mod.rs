//! `/t/<ticket>#<fragment>`: somebody without an account sends into a box, and sees what became of it.
//!
//! Nothing here changes anything at the server before the button is pressed: mail scanners open links, too.

mod answers;
mod confirmed;
mod form;
mod status;

use std::sync::Arc;

use blob_api::{ProblemKind, TicketId, TicketInfo, Token};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_params_map;
use web_model::protocol::{
    Asked, Failure, MemberAnswer, MemberJob, Secret, SubmitAnswer, SubmitJob, TicketForm,
};
use web_model::text::Language;
use web_model::trouble::Trouble;

use self::form::SubmissionPage;
use self::status::StatusPage;
use super::delivery::{Contents, Delivery};
use super::{Loading, notice};
use crate::boxes::{self, BoxKey, Names};
use crate::crypto::{Door, Kept, door};
use crate::i18n::{Text, words};
use crate::widgets::box_key::BoxKeyNote;
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::page::Page;
use crate::{Arrival, api};

/// How far the visitor is.
#[derive(Clone)]
enum Stage {
    Reading,
    /// The fragment is missing, or is none of ours.
    Incomplete,
    NotFound,
    Expired,
    Damaged,
    Failed(Trouble),
    /// The visitor has asked for a ticket of another box, of this title, whose key was named.
    Another(Found, String),
    Form(Found),
    Status(Found),
    /// An answer.
    Opened(Box<Contents>),
}

/// A ticket that the server knows.
#[derive(Clone)]
struct Found {
    ticket: TicketId,
    token: Token,
    /// Names the link in the worker.
    link: Arc<Kept>,
    /// Is it the one that opens answers?
    is_receipt: bool,
    info: TicketInfo,
    /// What the owner of the box asks for.
    asked: Option<Asked>,
    /// How it stands with the box's key.
    key: BoxKey,
}

#[component]
pub(crate) fn Ticket() -> impl IntoView {
    let door = door();
    let id = use_params_map().with_untracked(|params| params.get("ticket")).unwrap_or_default();
    let arrival = expect_context::<StoredValue<Arrival>>();
    let path = format!("/t/{id}");
    let fragment = arrival.try_update_value(|arrival| arrival.take(&path)).flatten();
    let stage = RwSignal::new(Stage::Reading);
    let link = StoredValue::new(fragment.map(|fragment| (id, fragment)));
    let go = move || match link.get_value() {
        None => stage.set(Stage::Incomplete),
        Some((ticket, fragment)) => {
            stage.set(Stage::Reading);
            spawn_local(async move { stage.set(read(door, ticket, Secret(fragment)).await) });
        }
    };
    go();
    let write = Callback::new(move |found: Found| stage.set(Stage::Form(found)));
    let open = Callback::new(move |contents: Contents| stage.set(Stage::Opened(Box::new(contents))));
    move || match stage.get() {
        Stage::Reading => view! { <Loading/> }.into_any(),
        Stage::Incomplete => notice(
            "incomplete-ticket",
            Language::ticket_incomplete_title,
            Language::ticket_incomplete_text,
            Language::ticket_incomplete_todo,
        ),
        Stage::NotFound | Stage::Expired => notice(
            "ticket-expired",
            Language::ticket_expired_title,
            Language::ticket_expired_text,
            Language::ticket_expired_todo,
        ),
        Stage::Damaged => view! { <notice::Damaged/> }.into_any(),
        Stage::Failed(trouble) => view! { <notice::Failed trouble retry=go/> }.into_any(),
        Stage::Another(found, title) => view! { <Another found title write/> }.into_any(),
        Stage::Form(found) if !found.key.may_be_used() => view! { <Refused found/> }.into_any(),
        Stage::Form(found) => view! { <SubmissionPage found/> }.into_any(),
        Stage::Status(found) => view! { <StatusPage found write open/> }.into_any(),
        Stage::Opened(contents) => view! { <Delivery contents=*contents actions=None/> }.into_any(),
    }
}

/// The box's key must not be used: nothing can be chosen or written.
#[component]
fn Refused(found: Found) -> impl IntoView {
    let title = found.info.submit_box.title;
    let heading = view! { <span dir="auto">{title}</span> }.into_any();
    view! {
        <Page name="ticket-refused" title=Language::ticket_title heading errors=Errors::new()>
            <BoxKeyNote key=found.key/>
        </Page>
    }
}

/// The server says that the ticket leads elsewhere than to where it was asked for.
#[component]
fn Another(found: Found, title: String, write: Callback<Found>) -> impl IntoView {
    let words = words();
    let (this, owner) = (found.info.submit_box.title.clone(), found.info.submit_box.owner.clone());
    let text = move || words.get().ticket_another_text(&owner, &this, &title);
    view! {
        <Page name="ticket-another" title=Language::ticket_another_title tab=Language::ticket_another_title as Text errors=Errors::new()>
            <p class="kern-body" id="another-box" dir="auto" role="alert">{text}</p>
            <p class="kern-body">{words.text(Language::ticket_another_todo)}</p>
            <div class="actions">
                <Button id="another-go" label=Language::ticket_another_go as Text look=Look::Secondary
                    on_press=move |()| write.run(found.clone())/>
            </div>
        </Page>
    }
}

fn notice(name: &'static str, title: Text, text: Text, todo: Text) -> AnyView {
    view! { <notice::Notice name title text todo/> }.into_any()
}

/// What the link leads to.
async fn read(door: Door, ticket: String, fragment: Secret) -> Stage {
    let job = MemberJob::Submit(SubmitJob::Read { ticket, fragment });
    let (link, answer) = match door.keep(job).await {
        Ok((kept, answer)) => (Arc::new(kept), answer),
        Err(Failure::BrokenLink) => return Stage::Incomplete,
        Err(failure) => return Stage::Failed(Trouble::of_worker(failure, &[])),
    };
    let Some(MemberAnswer::Submit(SubmitAnswer::Read { ticket, token, form })) = answer.member() else {
        return Stage::Failed(Trouble::Internal);
    };
    let info = match api::ticket(&ticket, &token).await {
        Ok(info) => info,
        Err(Trouble::Server(ProblemKind::NotFound, _)) => return Stage::NotFound,
        Err(Trouble::Server(ProblemKind::Expired, _)) => return Stage::Expired,
        Err(trouble) => return Stage::Failed(trouble),
    };
    let asked = match &info.request {
        Some(request) if form == TicketForm::Requested => {
            let job = SubmitJob::Open { link: link.id(), sealed: request.sealed.clone() };
            match door.ask(MemberJob::Submit(job)).await {
                Ok(answer) => match answer.member() {
                    Some(MemberAnswer::Submit(SubmitAnswer::Asked(asked))) => Some(asked),
                    _ => return Stage::Failed(Trouble::Internal),
                },
                Err(Failure::Damaged(_)) => return Stage::Damaged,
                Err(failure) => return Stage::Failed(Trouble::of_worker(failure, &[])),
            }
        }
        _ => None,
    };
    let names = asked.as_ref().and_then(|asked| asked.named.clone()).map_or(Names::Nothing, Names::Request);
    let key = match boxes::look(door, &info.submit_box, names).await {
        Ok(key) => key,
        Err(trouble) => return Stage::Failed(trouble),
    };
    let (nothing_yet, live) = (info.submissions.is_empty(), info.live);
    let is_receipt = form == TicketForm::Kept;
    let another = boxes::is_another(&info.submit_box, &key).filter(|_| form == TicketForm::Mailed);
    let found = Found { ticket, token, link, is_receipt, info, asked, key };
    if !nothing_yet {
        return Stage::Status(found);
    }
    // What was begun while the ticket was valid can be finished.
    if !live {
        match api::drafts(Some(&found.token)).await {
            Ok(begun) if begun.drafts.is_empty() => return Stage::Expired,
            Ok(_) => {}
            Err(trouble) => return Stage::Failed(trouble),
        }
    }
    match another {
        Some(title) => Stage::Another(found, title),
        None => Stage::Form(found),
    }
}
