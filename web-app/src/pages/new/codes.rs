//! Invitation codes, shown once to be handed over, and who must be released later.

use blob_api::UnixSeconds;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::Secret;
use web_model::text::Language;
use web_model::trouble::Trouble;

use super::letters::Letters;
use crate::browser;
use crate::i18n::{Text, words};
use crate::widgets::button::Button;
use crate::widgets::errors::Errors;
use crate::widgets::progress::Status;

/// The words for each recipient, by phone or letter.
#[component]
pub(super) fn Codes(
    codes: Vec<(String, Secret)>,
    /// Set once all of them are in somebody's hands.
    codes_kept: StoredValue<bool>,
    /// When the delivery ends.
    expires: UnixSeconds,
    errors: Errors,
    status: Status,
) -> impl IntoView {
    let words = words();
    let left = StoredValue::new(codes.len());
    let only = RwSignal::new(None);
    let for_paper = codes.clone();
    let several = codes.len() > 1;
    let row = move |(place, (email, Secret(code))): (usize, (String, Secret))| {
        let kept = StoredValue::new(false);
        let keep = move || {
            if !kept.get_value() {
                kept.set_value(true);
                left.update_value(|left| *left -= 1);
            }
            codes_kept.update_value(|kept| *kept |= left.get_value() == 0);
        };
        let (shown, label, data) = (email.clone(), email.clone(), email.clone());
        let (about, about_letter) = (email.clone(), email.clone());
        let text = code.clone();
        let to_paper = move |()| {
            print(only, Some(place));
            keep();
        };
        let copy = move |()| {
            let (code, email) = (code.clone(), email.clone());
            spawn_local(async move {
                if !browser::copy(&code).await {
                    return errors.show(Trouble::Copy);
                }
                errors.clear();
                keep();
                status.say(words.now().sent_code_copied(&email));
            });
        };
        view! {
            <li class="sent-to">
                <span class="sent-to__address" dir="auto">{shown}</span>
                <p class="words invitation-code" data-email=data translate="no"
                    aria-label=move || words.get().sent_code_for(&label)>{text}</p>
                <div class="actions">
                    <Button class="sent-to__copy" label=Language::sent_code_copy as Text about icon="content-copy" on_press=copy/>
                    <Button class="sent-to__print" label=Language::sent_code_print as Text about=about_letter
                        on_press=to_paper/>
                </div>
            </li>
        }
    };
    let all_to_paper = move |()| {
        print(only, None);
        codes_kept.set_value(true);
    };
    view! {
        <section class="invitation-codes" aria-labelledby="codes-title">
            <h2 class="kern-heading-small" id="codes-title">{words.text(Language::sent_codes_title)}</h2>
            <p class="kern-body">{words.text(Language::sent_codes_text)}</p>
            <ul class="sent-to-list">{codes.into_iter().enumerate().map(row).collect_view()}</ul>
            {several.then(|| view! {
                <div class="actions">
                    <Button id="codes-print" label=Language::sent_codes_print as Text on_press=all_to_paper/>
                </div>
            })}
            <Letters codes=for_paper only expires/>
        </section>
    }
}

/// Prints one of the letters or all, once the page has taken notice. What was chosen stays so: some browsers look at the page only
/// later, and nobody's letter may hold another's code.
fn print(only: RwSignal<Option<usize>>, letter: Option<usize>) {
    only.set(letter);
    request_animation_frame(browser::print);
}

/// Who has no keys yet and no code either.
#[component]
pub(super) fn ToRelease(emails: Vec<String>) -> impl IntoView {
    let words = words();
    view! {
        <section id="to-release" aria-labelledby="to-release-title">
            <h2 class="kern-heading-small" id="to-release-title">{words.text(Language::sent_release_title)}</h2>
            <p class="kern-body">{words.text(Language::sent_release_text)}</p>
            <Addresses emails/>
        </section>
    }
}

/// Who has keys that the sender must check before anything is released to them, and where.
#[component]
pub(super) fn ToProve(emails: Vec<String>) -> impl IntoView {
    let words = words();
    view! {
        <section id="to-prove" aria-labelledby="to-prove-title">
            <h2 class="kern-heading-small" id="to-prove-title">{words.text(Language::sent_prove_title)}</h2>
            <p class="kern-body">{words.text(Language::sent_prove_text)}</p>
            <Addresses emails/>
            <div class="actions">
                <a class="kern-btn kern-btn--secondary to-release" href="/release">
                    <span class="kern-label">{words.text(Language::release_go)}</span>
                </a>
            </div>
        </section>
    }
}

/// Deputies who hold nothing of it.
#[component]
pub(super) fn PassedOver(emails: Vec<String>) -> impl IntoView {
    let words = words();
    view! {
        <section id="passed-over" aria-labelledby="passed-over-title">
            <h2 class="kern-heading-small" id="passed-over-title">{words.text(Language::sent_passed_over_title)}</h2>
            <p class="kern-body">{words.text(Language::sent_passed_over_text)}</p>
            <Addresses emails/>
            <p><a class="kern-link" href="/settings">{words.text(Language::settings_title)}</a></p>
        </section>
    }
}

#[component]
fn Addresses(emails: Vec<String>) -> impl IntoView {
    let address = |email| view! { <li class="kern-body" dir="auto">{email}</li> };
    view! { <ul class="kern-list kern-list--bullet">{emails.into_iter().map(address).collect_view()}</ul> }
}
