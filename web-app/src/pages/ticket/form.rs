//! The form: what is sent into the box.

use blob_api::{PublicBox, UnixSeconds};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_model::obstacle::Obstacle;
use web_model::protocol::Asked;
use web_model::text::Language;
use web_sys::HtmlInputElement;

use super::Found;
use super::confirmed::Confirmed;
use crate::boxes::BoxKey;
use crate::browser;
use crate::i18n::{Text, words};
use crate::leaving;
use crate::pages::new::composer::{Composer, IntoBox, Stage};
use crate::pages::new::files::ChosenFiles;
use crate::pages::new::form::ChangedFile;
use crate::pages::new::sending::Sending;
use crate::pages::new::unfinished::{GoesOn, UnfinishedDeliveries};
use crate::pages::submit_box::{BoxGreeting, BoxLimits};
use crate::reading::{Given, Incoming};
use crate::widgets::box_key::BoxKeyNote;
use crate::widgets::button::{Button, Look};
use crate::widgets::dropzone::Dropzone;
use crate::widgets::field::{TextArea, TextField};
use crate::widgets::icon::Icon;
use crate::widgets::page::Page;
use crate::widgets::progress::StatusLine;

/// Most characters of a name and of a reference.
const CLAIM_CHARS: usize = 100;

#[component]
pub(super) fn SubmissionPage(found: Found) -> impl IntoView {
    let Found { ticket, token, info, asked, link, key, .. } = found;
    let shown = key.shown().cloned();
    let before = Before {
        is_more: !info.submissions.is_empty(),
        due: info.request.as_ref().and_then(|request| request.due),
    };
    let into = IntoBox { ticket, token, email: info.email, submit_box: info.submit_box, shown };
    let composer = Composer::into_box(into.clone());
    composer.look_for_unfinished();
    leaving::guard(move || composer.has_something_to_lose());
    // The worker keeps what the link carries for as long as this page is there.
    on_cleanup(move || drop(link));
    let submitted = move || match composer.stage.get() {
        Stage::Submitted(confirmation) => Some(confirmation),
        _ => None,
    };
    let is_submitted = Memo::new(move |_| composer.stage.with(|stage| matches!(stage, Stage::Submitted(_))));
    move || {
        if is_submitted.get()
            && let Some(confirmation) = submitted()
        {
            return view! { <Confirmed confirmation kept=composer.link_copied/> }.into_any();
        }
        view! { <Form composer submit_box=into.submit_box.clone() email=into.email.clone() asked=asked.clone() before key=key.clone()/> }
            .into_any()
    }
}

/// What was there before this form.
#[derive(Clone, Copy)]
struct Before {
    /// Was something submitted already?
    is_more: bool,
    /// When what is asked for is due.
    due: Option<UnixSeconds>,
}

#[component]
fn Form(
    composer: Composer,
    submit_box: PublicBox,
    email: String,
    asked: Option<Asked>,
    before: Before,
    key: BoxKey,
) -> impl IntoView {
    let words = words();
    let errors = composer.errors;
    let PublicBox { title, owner, types, .. } = submit_box.clone();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        for (id, value) in [("submitter-name", composer.name), ("submitter-reference", composer.reference)] {
            if value.with_untracked(|text| text.trim().chars().count() > CLAIM_CHARS) {
                return errors.at(id, Obstacle::TooLong(CLAIM_CHARS).into());
            }
        }
        composer.send();
    };
    let label = Signal::derive(move || -> Text {
        if composer.can_continue() { Language::new_again } else { Language::ticket_send }
    });
    let hidden = move || composer.is_sending();
    let progress = Signal::derive(move || composer.percent());
    let heading = view! { <span dir="auto">{title}</span> }.into_any();
    let types = StoredValue::new(types);
    let take = Callback::new(move |incoming| composer.add_welcome(incoming, &types.get_value()));
    let intro = move || match before.is_more {
        true => words.get().ticket_intro_more(&owner),
        false => words.get().ticket_intro(&email, &owner),
    };
    view! {
        <Page name="ticket" title=Language::ticket_title heading progress errors>
            <p class="kern-body lead" hidden=hidden>{intro}</p>
            <div class="form__group" hidden=hidden>
                <BoxGreeting shown=submit_box.clone()/>
                <BoxLimits shown=submit_box/>
                <BoxKeyNote key/>
            </div>
            {asked.map(|asked| view! { <Wanted composer asked before take/> })}
            <UnfinishedDeliveries composer/>
            <GoesOn composer/>
            <form class="form" novalidate=true on:submit=submit>
                <div class="form__group" hidden=hidden>
                    <TextField id="submitter-name" label=Language::ticket_name hint=Language::ticket_name_hint as Text autocomplete="name"
                        optional=true value=composer.name errors/>
                    <TextField id="submitter-reference" label=Language::ticket_reference hint=Language::ticket_reference_hint as Text
                        optional=true value=composer.reference errors/>
                    <TextArea id="message" label=Language::new_message optional=true value=composer.message errors/>
                </div>
                <Show when=move || composer.is_sending()><Sending composer/></Show>
                <ChangedFile composer/>
                <div class="form__group" role="group" aria-labelledby="files-label">
                    <p class="kern-label" id="files-label" hidden=hidden>{words.text(Language::new_files)}</p>
                    <div hidden=hidden><Dropzone limits=composer.limits on_files=move |incoming| take.run(incoming)/></div>
                    <ChosenFiles composer/>
                </div>
                <div class="form__group" hidden=hidden>
                    <Button id="send" label=label look=Look::Primary/>
                </div>
            </form>
            <StatusLine status=composer.status/>
        </Page>
    }
}

/// What the owner of the box asks for: a note, and documents that can be ticked off by giving them.
#[component]
fn Wanted(composer: Composer, asked: Asked, before: Before, take: Callback<Incoming>) -> impl IntoView {
    let words = words();
    let Asked { note, items, .. } = asked;
    let Before { is_more, due } = before;
    let has_note = !note.is_empty();
    let rows =
        items.into_iter().enumerate().map(|(place, item)| view! { <Item composer place item is_more take/> });
    let rows: Vec<_> = rows.collect();
    let has_items = !rows.is_empty();
    view! {
        <section class="part" id="wanted" aria-labelledby="wanted-title" hidden=move || composer.is_sending()>
            <h2 class="kern-heading-medium" id="wanted-title">{words.text(Language::ticket_wanted)}</h2>
            {due.map(|due| view! {
                <p class="kern-body" id="wanted-due">{move || words.get().ticket_wanted_due(&browser::day(words.get(), due))}</p>
            })}
            {has_note.then(|| view! { <p class="kern-body letter__text" dir="auto" id="wanted-note">{note}</p> })}
            {(has_items && is_more).then(|| view! { <p class="kern-body">{words.text(Language::ticket_wanted_again)}</p> })}
            {has_items.then(|| view! { <ul class="wanted-list">{rows}</ul> })}
        </section>
    }
}

#[component]
fn Item(
    composer: Composer,
    place: usize,
    item: String,
    is_more: bool,
    take: Callback<Incoming>,
) -> impl IntoView {
    let words = words();
    let folder = folder_of(&item);
    let given = {
        let folder = folder.clone();
        Memo::new(move |_| {
            composer.picks.with(|picks| {
                picks.iter().filter(|pick| web_model::tree::is_within(&pick.chosen.folder, &folder)).count()
            })
        })
    };
    let id = format!("wanted-{place}");
    let for_id = id.clone();
    let picked = move |event: leptos::ev::Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else {
            return;
        };
        let given = input.files().map(|list| Given::picked(&list, false));
        input.set_value("");
        let folder = folder.clone();
        if let Some(given) = given {
            spawn_local(async move {
                let Some(mut incoming) = given.read(|_| true).await else { return };
                for found in &mut incoming.files {
                    found.chosen.folder.clone_from(&folder);
                }
                take.run(incoming);
            });
        }
    };
    let state = move || match given.get() {
        // Whether it came before, nobody but the owner knows.
        0 if is_more => String::new(),
        0 => words.get().ticket_wanted_missing().to_owned(),
        count => words.get().ticket_wanted_given(&words.get().files(count)),
    };
    view! {
        <li class="wanted" data-given=move || given.get().to_string()>
            <div class="wanted__text">
                <Show when=move || { given.get() > 0 } fallback=|| view! { <Icon name="draft"/> }><Icon name="check"/></Show>
                <div>
                    <p class="kern-body kern-body--bold" dir="auto">{item}</p>
                    <p class="kern-body kern-body--small kern-body--muted">{state}</p>
                </div>
            </div>
            <input id=id class="dropzone__input" type="file" multiple=true on:change=picked/>
            <label class="kern-btn kern-btn--secondary" for=for_id><span class="kern-label">{words.text(Language::new_choose)}</span></label>
        </li>
    }
}

/// The folder that an item's files are put into.
fn folder_of(item: &str) -> String {
    let name: String =
        item.chars().map(|c| if matches!(c, '/' | '\\') || c.is_control() { '-' } else { c }).collect();
    let name = name.trim().trim_matches('.').trim();
    if name.is_empty() { "-".to_owned() } else { name.to_owned() }
}
