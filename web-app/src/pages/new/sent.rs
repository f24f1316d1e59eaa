//! The link of a delivery that was sent, and how to hand it over.

use std::time::Duration;

use blob_api::Level;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::composer::Parcel;
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
    on_next: Callback<()>,
) -> impl IntoView {
    let words = words();
    let errors = Errors::new();
    let status = Status::new();
    let Parcel { link, with_password, expires } = parcel;
    let intro: Text = if with_password { Language::sent_intro_password } else { Language::sent_intro };
    let label = Signal::derive(move || words.get().sent_qr().to_owned());
    view! {
        <Page name="sent" title=Language::sent_title tab=Language::sent_tab as Text errors>
            <div class="level">
                <LevelSeal level=Level::One/>
                <p class="kern-body lead">{words.text(intro)}</p>
            </div>
            <div class="sent">
                <LinkField link=link.clone() link_copied errors status/>
                <figure class="sent__qr">
                    <Qr text=link label/>
                    <figcaption class="kern-body kern-body--small kern-body--muted">{words.text(Language::sent_qr_hint)}</figcaption>
                </figure>
            </div>
            <p class="kern-body" id="sent-expires">
                {move || words.get().sent_expires(&browser::date(words.get(), expires, true))}
            </p>
            <Advice with_password/>
            <Button id="new-delivery" label=Language::sent_new as Text icon="add" on_press=on_next/>
            <StatusLine status/>
        </Page>
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
