//! Asking one address for documents.

use blob_api::{CreateRequest, Hidden, ProblemKind};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::input;
use web_model::obstacle::Obstacle;
use web_model::protocol::{Asked, MemberAnswer, MemberJob, Requested, SubmitAnswer, SubmitJob};
use web_model::text::Language;
use web_model::trouble::Trouble;

use crate::crypto::door;
use crate::i18n::{Text, words};
use crate::keys::keys;
use crate::session::account;
use crate::widgets::button::{Button, Look};
use crate::widgets::choice::ChoiceField;
use crate::widgets::errors::Errors;
use crate::widgets::field::{TextArea, TextField};
use crate::widgets::progress::Status;
use crate::{api, browser};

/// Most documents, and most characters of what one is called.
const MOST_ITEMS: usize = 50;
const ITEM_CHARS: usize = 200;
/// Most bytes of the note.
const NOTE_BYTES: usize = 20_000;
/// Days until it is due.
const DAYS: [u16; 5] = [7, 14, 30, 45, 60];
/// Days for which something can still be submitted after that: whoever is reminded is late already.
const GRACE: u16 = 14;
/// How often something can be submitted.
const USES: [u16; 6] = [1, 2, 3, 5, 10, 20];
const DAY: i64 = 86_400;

#[component]
pub(super) fn AskForm(done: Callback<()>, errors: Errors, status: Status) -> impl IntoView {
    let (words, keys, door, account) = (words(), keys(), door(), account());
    let (email, note, items) = (text(), text(), text());
    let days = RwSignal::new(14_u16);
    let uses = RwSignal::new(1_u16);
    let by_mail = RwSignal::new(true);
    let busy = RwSignal::new(false);
    let link = RwSignal::new(None::<String>);
    let ask = async move |address: String, asked: Asked| -> Result<Option<String>, Trouble> {
        let open = if account.has_keys() { Some(keys.need().await.ok_or(Trouble::Cancelled)?) } else { None };
        let own = api::own_box().await?.settings.filter(|own| own.is_on).ok_or_else(no_box)?;
        let job = MemberJob::Submit(SubmitJob::Request { keys: open, submit_box: own.id, asked });
        let answer = door.ask(job).await.map_err(|failure| Trouble::of_worker(failure, &[]))?;
        let Some(MemberAnswer::Submit(SubmitAnswer::Requested(made))) = answer.member() else {
            return Err(Trouble::Internal);
        };
        let Requested { ticket, token_hash, sealed, kept, fragment } = *made;
        let mails = by_mail.get_untracked();
        let due = days.get_untracked();
        let request = CreateRequest {
            ticket,
            token_hash,
            email: address,
            language: words.now().into(),
            sealed,
            kept,
            due: Some(browser::now().saturating_add(i64::from(due) * DAY)),
            days: due + GRACE,
            uses: uses.get_untracked(),
            mail: mails.then(|| Hidden(fragment.0.clone())),
            note: None,
        };
        api::create_request(&request).await.map_err(|trouble| match trouble {
            Trouble::Server(ProblemKind::NotAllowed | ProblemKind::NotFound, _) => no_box(),
            // The box was on just now.
            Trouble::Server(ProblemKind::Conflict, _) => {
                Trouble::told("request-too-many", Language::request_too_many)
            }
            other => other,
        })?;
        Ok((!mails).then(|| format!("{}/t/{ticket}#{}", browser::origin(), fragment.0)))
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        errors.clear();
        let typed = email.get_untracked();
        let Some(address) = input::email(&typed).map(str::to_owned) else {
            return errors.at("request-email", Trouble::Email);
        };
        let (note, items) = (note.get_untracked().trim().to_owned(), lines(&items.get_untracked()));
        let asked = Asked { note, items, named: None };
        if asked.note.is_empty() && asked.items.is_empty() {
            return errors.at("request-note", Trouble::told("request-empty", Language::request_empty));
        }
        if asked.note.len() > NOTE_BYTES {
            return errors.at("request-note", Obstacle::TooLong(NOTE_BYTES).into());
        }
        let is_long = |item: &String| item.chars().count() > ITEM_CHARS;
        if asked.items.len() > MOST_ITEMS || asked.items.iter().any(is_long) {
            return errors.at("request-items", Obstacle::TooLong(ITEM_CHARS).into());
        }
        busy.set(true);
        spawn_local(async move {
            let result = ask(address.clone(), asked).await;
            busy.set(false);
            match result {
                Ok(None) => {
                    status.say(words.now().request_sent(&address));
                    done.run(());
                }
                Ok(Some(made)) => link.set(Some(made)),
                Err(Trouble::Cancelled) => {}
                Err(trouble) => errors.show(trouble),
            }
        });
    };
    let label = Signal::derive(move || -> Text {
        if busy.get() { Language::request_sending } else { Language::request_send }
    });
    let until = move || {
        let end = browser::now() + i64::from(days.get()) * DAY;
        words.get().request_until(&browser::day(words.get(), end))
    };
    move || {
        match link.get() {
        Some(made) => view! { <HandOver link=made done errors status/> }.into_any(),
        None => view! {
            <form class="form" id="request-form" novalidate=true on:submit=submit>
                <div class="form__group">
                    <TextField id="request-email" kind="email" label=Language::request_email hint=Language::request_email_hint as Text
                        value=email errors/>
                    <TextArea id="request-note" label=Language::request_note optional=true value=note errors/>
                    <TextArea id="request-items" label=Language::request_items hint=Language::request_items_hint as Text optional=true
                        value=items errors/>
                    <ChoiceField id="request-days" label=Language::request_days hint=Language::request_days_hint as Text
                        choices=DAYS.to_vec() value=days name=Language::days/>
                    <p class="kern-body kern-body--small" id="request-until" role="status">{until}</p>
                    <ChoiceField id="request-uses" label=Language::request_uses choices=USES.to_vec() value=uses
                        name=times/>
                    <Check id="request-by-mail" label=Language::request_by_mail value=by_mail/>
                </div>
                <div class="actions">
                    <Button id="request-send" label=label look=Look::Primary busy=busy/>
                </div>
            </form>
        }
        .into_any(),
    }
    }
}

fn times(language: Language, uses: u16) -> String {
    if uses == 1 { language.request_once().to_owned() } else { language.request_times(&uses.to_string()) }
}

fn no_box() -> Trouble {
    Trouble::told("request-not-allowed", Language::request_not_allowed)
}

fn text() -> RwSignal<String> {
    RwSignal::new(String::new())
}

/// One document a line.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[component]
fn Check(id: &'static str, label: Text, value: RwSignal<bool>) -> impl IntoView {
    let words = words();
    view! {
        <div class="kern-form-check">
            <input id=id class="kern-form-check__checkbox" type="checkbox" prop:checked=move || value.get()
                on:change=move |event| value.set(event_target_checked(&event))/>
            <label class="kern-label" for=id>{words.text(label)}</label>
        </div>
    }
}

/// The link, for who hands it over without the server.
#[component]
fn HandOver(link: String, done: Callback<()>, errors: Errors, status: Status) -> impl IntoView {
    let words = words();
    let shown = link.clone();
    let copy = move |()| {
        let link = link.clone();
        spawn_local(async move {
            if browser::copy(&link).await {
                errors.clear();
                status.say(words.now().sent_copied().to_owned());
            } else {
                errors.show(Trouble::Copy);
                browser::select("request-link");
            }
        });
    };
    view! {
        <section class="part" aria-labelledby="request-link-title">
            <h2 class="kern-heading-small" id="request-link-title">{words.text(Language::request_link_title)}</h2>
            <p class="kern-body">{words.text(Language::request_link_text)}</p>
            <input id="request-link" class="kern-form-input__input link" type="text" readonly=true spellcheck="false"
                aria-labelledby="request-link-title" prop:value=shown on:focus=|_| browser::select("request-link")/>
            <div class="actions">
                <Button id="request-copy" label=Language::sent_copy as Text look=Look::Primary icon="content-copy" on_press=copy/>
                <Button id="request-done" label=Language::request_done as Text look=Look::Secondary on_press=done/>
            </div>
        </section>
    }
}
