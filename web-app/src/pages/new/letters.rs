//! Invitation codes on paper: a letter for each recipient, on a page of its own.

use blob_api::UnixSeconds;
use leptos::portal::Portal;
use leptos::prelude::*;
use web_model::protocol::Secret;
use web_model::text::Language;

use crate::browser;
use crate::i18n::words;
use crate::session::account;

/// They stand beside the application, so that printing leaves the page out.
#[component]
pub(super) fn Letters(
    codes: Vec<(String, Secret)>,
    /// The one that is printed; all of them without it.
    only: RwSignal<Option<usize>>,
    /// When the delivery ends.
    expires: UnixSeconds,
) -> impl IntoView {
    let codes = StoredValue::new(codes);
    let letters = move || {
        let codes = codes.get_value().into_iter().enumerate();
        codes
            .map(|(place, (to, code))| {
                let hidden = Signal::derive(move || only.get().is_some_and(|only| only != place));
                view! { <Letter to code hidden expires/> }
            })
            .collect_view()
    };
    view! { <Portal><div class="code-letters" id="code-letters">{letters()}</div></Portal> }
}

#[component]
fn Letter(to: String, code: Secret, hidden: Signal<bool>, expires: UnixSeconds) -> impl IntoView {
    let (words, account) = (words(), account());
    let sender = account.seen(|session| session.map(|session| session.name.clone())).unwrap_or_default();
    let Secret(code) = code;
    let address = to.clone();
    let until = move || words.get().sent_expires(&browser::date(words.get(), expires, true));
    view! {
        <article class="code-letter" hidden=move || hidden.get()>
            <p class="kern-body code-letter__to" dir="auto">{to}</p>
            <p class="kern-heading-large">{words.text(Language::sent_letter_title)}</p>
            <p class="kern-body">{move || words.get().sent_letter_text(&sender)}</p>
            <p class="words" translate="no">{code}</p>
            <ol class="kern-body">
                <li>{move || words.get().sent_letter_1(&address, &browser::origin())}</li>
                <li>{words.text(Language::sent_letter_2)}</li>
                <li>{words.text(Language::sent_letter_3)}</li>
            </ol>
            <p class="kern-body">{until}</p>
            <p class="kern-body">{words.text(Language::sent_letter_keep)}</p>
        </article>
    }
}
