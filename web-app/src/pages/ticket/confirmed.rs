//! It has arrived: what the submitter should keep.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_model::protocol::{Letter, Secret};
use web_model::text::Language;
use web_model::trouble::Trouble;

use crate::browser;
use crate::i18n::{Text, words};
use crate::pages::new::composer::Confirmation;
use crate::widgets::button::{Button, Look};
use crate::widgets::errors::Errors;
use crate::widgets::level::LevelSeal;
use crate::widgets::page::Page;
use crate::widgets::progress::{Status, StatusLine};
use crate::widgets::secupass::words::Words;

#[component]
pub(super) fn Confirmed(confirmation: Confirmation, kept: StoredValue<bool>) -> impl IntoView {
    let words = words();
    let (errors, status) = (Errors::new(), Status::new());
    let Confirmation { ticket, title, level, at, expires, letter, files, digest, sealed_to, receipt } =
        confirmation;
    let Letter { name, reference, .. } = letter;
    let link = receipt.map(|Secret(fragment)| format!("{}/t/{ticket}#{fragment}", browser::origin()));
    let count = files.len();
    let names = files.into_iter().map(|file| {
        let path = if file.folder.is_empty() { file.name } else { format!("{}/{}", file.folder, file.name) };
        let size = file.size;
        view! { <li class="kern-body" dir="auto">{path}" "<span class="kern-body--muted">{move || words.get().size(size)}</span></li> }
    });
    let names = names.collect_view();
    let when = move || words.get().ticket_done_when(&browser::date(words.get(), at, true), &title);
    view! {
        <Page name="submitted" title=Language::ticket_done_title tab=Language::ticket_done_title as Text errors>
            <div class="level">
                <LevelSeal level/>
                <p class="kern-body lead" id="submitted-when" dir="auto">{when}</p>
            </div>
            <p class="kern-body">{words.text(Language::ticket_done_mail)}</p>
            {link.map(|link| view! { <Keep link kept errors status/> })}
            <section class="part" id="receipt" aria-labelledby="receipt-title">
                <h2 class="kern-heading-small" id="receipt-title">{words.text(Language::ticket_receipt)}</h2>
                {(!name.is_empty()).then(|| view! { <p class="kern-body" dir="auto">{move || words.get().submission_name(&name)}</p> })}
                {(!reference.is_empty()).then(|| view! { <p class="kern-body" id="receipt-reference" dir="auto">{move || words.get().submission_reference(&reference)}</p> })}
                {(count > 0).then(|| view! { <ul class="receipt-files">{names}</ul> })}
                <p class="kern-body">{move || words.get().sent_expires(&browser::date(words.get(), expires, true))}</p>
                {sealed_to.map(|fingerprint| view! {
                    <p class="kern-body kern-body--small">{words.text(Language::ticket_receipt_key)}</p>
                    <Words id="receipt-words" fingerprint/>
                })}
                <p class="kern-body kern-body--small">{words.text(Language::ticket_receipt_digest)}</p>
                <p class="kern-body kern-body--small receipt-digest" id="receipt-digest" translate="no">{groups(&digest.0)}</p>
                <div class="actions"><Button id="receipt-print" label=Language::ticket_receipt_print as Text on_press=|()| browser::print()/></div>
            </section>
            <StatusLine status/>
        </Page>
    }
}

/// The link that opens the answer; nobody can show it again.
#[component]
fn Keep(link: String, kept: StoredValue<bool>, errors: Errors, status: Status) -> impl IntoView {
    let words = words();
    let (shown, printed) = (link.clone(), link.clone());
    let copy = move |()| {
        let link = link.clone();
        spawn_local(async move {
            if browser::copy(&link).await {
                errors.clear();
                kept.set_value(true);
                status.say(words.now().sent_copied().to_owned());
            } else {
                errors.show(Trouble::Copy);
                browser::select("receipt-link");
            }
        });
    };
    view! {
        <section class="part part--framed" aria-labelledby="receipt-link-title">
            <h2 class="kern-heading-small" id="receipt-link-title">{words.text(Language::ticket_keep_title)}</h2>
            <p class="kern-body">{words.text(Language::ticket_keep_text)}</p>
            <div class="kern-form-input">
                <label class="kern-label" for="receipt-link">{words.text(Language::ticket_keep_link)}</label>
                <input id="receipt-link" class="kern-form-input__input link" type="text" readonly=true spellcheck="false" prop:value=shown
                    on:focus=|_| browser::select("receipt-link") on:copy=move |_| kept.set_value(true)/>
            </div>
            <p class="kern-body receipt-digest print-only">{printed}</p>
            <Button id="receipt-copy" label=Language::sent_copy as Text look=Look::Primary icon="content-copy" on_press=copy/>
        </section>
    }
}

/// Hexadecimal in groups of eight, for people to compare.
pub(super) fn groups(digest: &[u8; 32]) -> String {
    let groups =
        digest.chunks(4).map(|group| group.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    groups.collect::<Vec<_>>().join(" ")
}
