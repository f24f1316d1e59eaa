//! The link of a delivery that was sent, and how to hand it over.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::codes::{Codes, PassedOver, ToProve, ToRelease};
use super::composer::{Parcel, Recipient};
use crate::browser;
use crate::i18n::{Text, words};
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::level::LevelSeal;
use crate::widgets::page::Page;
use crate::widgets::progress::{Status, StatusLine};
use crate::widgets::qr::Qr;

#[component]
pub(super) fn SentPage(
    parcel: Parcel,
    link_copied: StoredValue<bool>,
    codes_kept: StoredValue<bool>,
    /// Begins another delivery; after an answer there is none.
    on_next: Option<Callback<()>>,
) -> impl IntoView {
    let words = words();
    let errors = Errors::new();
    let status = Status::new();
    let Parcel { delivery, level, link, recipients, passed_over, by_mail, with_password, expires } = parcel;
    let intro: Text = match (&link, by_mail) {
        (None, true) if !level.has_cover() => Language::sent_mailed_intro_4,
        (None, true) => Language::sent_mailed_intro,
        (None, false) if !level.has_cover() => Language::sent_handed_intro_4,
        (None, false) => Language::sent_handed_intro,
        (Some(_), _) if with_password => Language::sent_intro_password,
        (Some(_), _) => Language::sent_intro,
    };
    let title: Text = if by_mail { Language::sent_mailed_title } else { Language::sent_title };
    let has_recipients = !recipients.is_empty();
    // A link without a secret needs no advice.
    let handed = !by_mail && level.has_cover();
    let code = |Recipient { email, code, .. }: &Recipient| code.clone().map(|code| (email.clone(), code));
    let codes: Vec<_> = recipients.iter().filter_map(code).collect();
    let waiting = |unproved: bool| {
        let waits = |to: &&Recipient| to.to_release && to.code.is_none() && to.unproved == unproved;
        recipients.iter().filter(waits).map(|to| to.email.clone()).collect::<Vec<_>>()
    };
    let (to_release, to_prove) = (waiting(false), waiting(true));
    let recipients = recipients.into_iter().map(|Recipient { email, link, .. }| (email, link)).collect();
    view! {
        <Page name="sent" title=title tab=Language::sent_tab as Text errors>
            <div class="level">
                <LevelSeal level/>
                <p class="kern-body lead">{words.text(intro)}</p>
            </div>
            {link.clone().map(|link| view! { <OpenLink link link_copied errors status/> })}
            {(!codes.is_empty()).then(|| view! { <Codes codes codes_kept expires errors status/> })}
            {has_recipients.then(|| view! { <Recipients recipients by_mail link_copied errors status/> })}
            {(!to_prove.is_empty()).then(|| view! { <ToProve emails=to_prove/> })}
            {(!to_release.is_empty()).then(|| view! { <ToRelease emails=to_release/> })}
            {(!passed_over.is_empty()).then(|| view! { <PassedOver emails=passed_over/> })}
            <p class="kern-body" id="sent-expires">
                {move || words.get().sent_expires(&browser::date(words.get(), expires, true))}
            </p>
            {(link.is_some() || handed).then(|| view! { <Advice with_password/> })}
            {has_recipients.then(|| view! {
                <p class="kern-body"><a class="kern-link" id="see-status" href=format!("/sent/{delivery}")>{words.text(Language::sent_status)}</a></p>
            })}
            {match on_next {
                Some(on_next) => view! {
                    <Button id="new-delivery" label=Language::sent_new as Text icon="add" on_press=on_next/>
                }
                .into_any(),
                None => view! {
                    <p class="kern-body"><a class="kern-link" id="see-inbox" href="/inbox">{words.text(Language::box_back)}</a></p>
                }
                .into_any(),
            }}
            <StatusLine status/>
        </Page>
    }
}

/// The delivery's own link, as text and as a picture.
#[component]
fn OpenLink(link: String, link_copied: StoredValue<bool>, errors: Errors, status: Status) -> impl IntoView {
    let words = words();
    let label = Signal::derive(move || words.get().sent_qr().to_owned());
    view! {
        <div class="sent">
            <LinkField link=link.clone() link_copied errors status/>
            <figure class="sent__qr">
                <Qr text=link label/>
                <figcaption class="kern-body kern-body--small kern-body--muted">{words.text(Language::sent_qr_hint)}</figcaption>
            </figure>
        </div>
    }
}

/// Whom it went to; with the links, when the sender hands them over.
#[component]
fn Recipients(
    recipients: Vec<(String, String)>,
    by_mail: bool,
    link_copied: StoredValue<bool>,
    errors: Errors,
    status: Status,
) -> impl IntoView {
    let words = words();
    // All of them must be in somebody's hands before the page may go.
    let left = StoredValue::new(recipients.len());
    let row = move |(email, link): (String, String)| {
        let shown = email.clone();
        let copied = StoredValue::new(false);
        let copy = move |(email, link): (String, String)| {
            spawn_local(async move {
                if !browser::copy(&link).await {
                    return errors.show(Trouble::Copy);
                }
                errors.clear();
                if !copied.get_value() {
                    copied.set_value(true);
                    left.update_value(|left| *left -= 1);
                }
                link_copied.set_value(left.get_value() == 0);
                status.say(words.now().sent_copied_for(&email));
            });
        };
        let (for_field, for_button) = (link.clone(), (email.clone(), link));
        let label = move || words.get().sent_copy_for(&email);
        view! {
            <li class="sent-to">
                <span class="sent-to__address" dir="auto">{shown}</span>
                {(!by_mail).then(|| view! {
                    <input class="kern-form-input__input link" type="text" readonly=true spellcheck="false" aria-label=label.clone()
                        prop:value=for_field/>
                    <Button class="sent-to__copy" label=Language::sent_copy as Text about=for_button.0.clone() icon="content-copy"
                        on_press=move |()| copy(for_button.clone())/>
                })}
            </li>
        }
    };
    view! {
        <section aria-labelledby="sent-to-title">
            <h2 class="kern-heading-small" id="sent-to-title">{words.text(Language::sent_to)}</h2>
            <ul class="sent-to-list">{recipients.into_iter().map(row).collect_view()}</ul>
        </section>
    }
}

#[component]
fn LinkField(link: String, link_copied: StoredValue<bool>, errors: Errors, status: Status) -> impl IntoView {
    let words = words();
    let copied = RwSignal::new(false);
    let shown = link.clone();
    let copy = move |()| {
        let link = link.clone();
        spawn_local(async move {
            if browser::copy(&link).await {
                errors.clear();
                copied.set(true);
                link_copied.set_value(true);
                status.say(words.now().sent_copied().to_owned());
                set_timeout(move || copied.set(false), Duration::from_secs(4));
            } else {
                errors.show(Trouble::Copy);
                browser::select("link");
            }
        });
    };
    let label = Signal::derive(move || -> Text {
        if copied.get() { Language::sent_copied } else { Language::sent_copy }
    });
    let icon = Signal::derive(move || if copied.get() { "check" } else { "content-copy" });
    view! {
        <div class="sent__link">
            <div class="kern-form-input">
                <label class="kern-label" for="link">{words.text(Language::sent_link)}</label>
                <input
                    id="link"
                    class="kern-form-input__input link"
                    type="text"
                    readonly=true
                    spellcheck="false"
                    prop:value=shown
                    on:focus=|_| browser::select("link")
                    on:copy=move |_| link_copied.set_value(true)
                />
            </div>
            <Button id="copy-link" label=label look=Look::Primary icon=icon on_press=copy/>
        </div>
    }
}

#[component]
fn Advice(with_password: bool) -> impl IntoView {
    let words = words();
    let mut advice: Vec<Text> = vec![Language::sent_advice_channel, Language::sent_advice_whole];
    if with_password {
        advice.push(Language::sent_advice_password);
    }
    advice.push(Language::sent_advice_once);
    view! {
        <section class="advice" aria-labelledby="advice-title">
            <h2 class="kern-heading-small" id="advice-title">{words.text(Language::sent_advice_title)}</h2>
            <ul class="kern-list kern-list--bullet">
                {advice.into_iter().map(|text| view! { <li class="kern-body">{words.text(text)}</li> }).collect_view()}
            </ul>
        </section>
    }
}
